"""What differs between two shapes of one name."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.differences import shape_changes
from pytest_lightsail.model.service import Member, Shape
from pytest_lightsail.model.severity import Kind


def kinds(old: Shape, new: Shape) -> set[Kind]:
    return {finding.kind for finding in shape_changes(old, new)}


def test_a_wider_type_with_a_tighter_bound_is_both() -> None:
    old = Shape("Count", "integer", maximum=20)
    new = Shape("Count", "long", maximum=10)
    assert kinds(old, new) == {Kind.OTHER, Kind.MAXIMUM_LOWERED}


@pytest.mark.parametrize("was_document", [True, False])
def test_a_document_is_another_type_than_a_structure(was_document: bool) -> None:
    old = Shape("Thing", "structure", document=was_document)
    new = Shape("Thing", "structure", document=not was_document)
    assert kinds(old, new) == {Kind.TYPE_CHANGED}


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        ("a*", "a+", "a*", "a+"),
        (None, "a+", "none", "a+"),
        ("a+", None, "a+", "none"),
        (r"\p{L}", "a", r"\p{L}", "a"),
    ],
)
def test_another_pattern_is_a_change(
    before: str | None, after: str | None, was: str, now: str
) -> None:
    old, new = (Shape("Name", "string", pattern=pattern) for pattern in (before, after))
    (finding,) = shape_changes(old, new)
    assert (finding.kind, finding.old, finding.new) == (Kind.PATTERN_CHANGED, was, now)


def test_a_pattern_with_anchors_means_what_it_means_without() -> None:
    old, new = (Shape("Name", "string", pattern=pattern) for pattern in ("^a+$", "a+"))
    assert shape_changes(old, new) == ()


# --- tokens that botocore fills in ---------------------------------------------------------------

TOKEN, PLAIN = Member("String", idempotency_token=True), Member("String")


def request(member: Member | None, *required: str) -> Shape:
    members = {} if member is None else {"token": member}
    return Shape("Request", "structure", members=members, required=required)


@pytest.mark.parametrize("before", [request(None), request(TOKEN), request(PLAIN)])
def test_a_token_that_becomes_required_is_no_member_that_callers_have_to_pass(
    before: Shape,
) -> None:
    assert kinds(before, request(TOKEN, "token")) <= {Kind.MEMBER_ADDED}


def test_a_required_member_that_is_filled_in_no_more_has_to_be_passed() -> None:
    assert kinds(request(TOKEN, "token"), request(PLAIN, "token")) == {Kind.REQUIRED_ADDED}
    assert kinds(request(TOKEN), request(PLAIN)) == {Kind.OTHER}


def test_a_token_that_becomes_a_required_member_is_required() -> None:
    assert kinds(request(TOKEN), request(PLAIN, "token")) == {Kind.REQUIRED_ADDED}


# --- types ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", ["integer", "long"])
@pytest.mark.parametrize("real", ["float", "double"])
def test_a_real_number_is_wider_than_a_whole_one(whole: str, real: str) -> None:
    assert kinds(Shape("Count", whole), Shape("Count", real)) == {Kind.OTHER}
    assert kinds(Shape("Count", real), Shape("Count", whole)) == {Kind.TYPE_CHANGED}
