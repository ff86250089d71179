"""What differs between two shapes of one name."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.changes import Kind, shape_changes
from pytest_lightsail.model.service import Member, Shape


def kinds(old: Shape, new: Shape) -> set[Kind]:
    return {finding.kind for finding in shape_changes(old, new)}


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
    assert (finding.name, finding.old, finding.new) == ("pattern", was, now)


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


def test_a_token_that_becomes_a_required_member_is_required() -> None:
    assert kinds(request(TOKEN), request(PLAIN, "token")) == {Kind.REQUIRED_ADDED}
