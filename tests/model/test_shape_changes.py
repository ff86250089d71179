"""What differs between two shapes of one name."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.severity import Kind
from pytest_lightsail.model.shape import Member, Shape
from pytest_lightsail.model.shape_changes import shape_changes


def kinds(old: Shape, new: Shape) -> set[Kind]:
    return {finding.kind for finding in shape_changes(old, new)}


def test_a_wider_type_with_a_tighter_bound_is_both() -> None:
    old = Shape("Count", "integer", maximum=20)
    new = Shape("Count", "long", maximum=10)
    assert kinds(old, new) == {Kind.TYPE_WIDENED, Kind.MAXIMUM_LOWERED}


@pytest.mark.parametrize("was_document", [True, False])
def test_a_document_is_another_type_than_a_structure(was_document: bool) -> None:
    old = Shape("Thing", "structure", document=was_document)
    new = Shape("Thing", "structure", document=not was_document)
    assert kinds(old, new) == {Kind.TYPE_CHANGED}


def test_a_pattern_that_takes_the_empty_string_no_more_is_tighter_where_it_had_no_least_length() -> (
    None
):
    old, new = (Shape("Name", "string", pattern=pattern) for pattern in ("a*", "a+"))
    (finding,) = shape_changes(old, new)
    assert finding.kind is Kind.PATTERN_TIGHTENED
    assert finding.pattern is not None
    assert finding.pattern.only_old == ""


# --- tokens that botocore fills in ---------------------------------------------------------------

TOKEN, PLAIN = Member("String", idempotency_token=True), Member("String")


def request(member: Member | None, *required: str) -> Shape:
    members = {} if member is None else {"token": member}
    return Shape("Request", "structure", members=members, required=required)


@pytest.mark.parametrize("before", [request(None), request(TOKEN), request(PLAIN)])
def test_a_token_that_becomes_required_is_no_member_that_callers_have_to_pass(
    before: Shape,
) -> None:
    found = kinds(before, request(TOKEN, "token"))
    assert found - {Kind.IDEMPOTENCY_TOKEN_ADDED} == {Kind.REQUIRED_TOKEN_ADDED}


def test_a_required_member_that_is_filled_in_no_more_is_told_from_an_optional_one() -> None:
    required = kinds(request(TOKEN, "token"), request(PLAIN, "token"))
    assert required == {Kind.REQUIRED_TOKEN_REMOVED}
    assert kinds(request(TOKEN), request(PLAIN)) == {Kind.IDEMPOTENCY_TOKEN_REMOVED}


def test_a_token_that_becomes_a_required_member_is_required() -> None:
    found = kinds(request(TOKEN), request(PLAIN, "token"))
    assert found == {Kind.REQUIRED_ADDED, Kind.IDEMPOTENCY_TOKEN_REMOVED}


# --- types, unions, enumerations with patterns ---------------------------------------------------


@pytest.mark.parametrize("whole", ["integer", "long"])
@pytest.mark.parametrize("real", ["float", "double"])
def test_a_real_number_is_wider_than_a_whole_one(whole: str, real: str) -> None:
    assert kinds(Shape("Count", whole), Shape("Count", real)) == {Kind.TYPE_WIDENED}
    assert kinds(Shape("Count", real), Shape("Count", whole)) == {Kind.TYPE_CHANGED}


def test_a_member_that_a_union_gains_is_one_more_kind_of_it() -> None:
    old, new = (
        Shape("Either", "structure", members=dict.fromkeys(names, PLAIN), union=True)
        for names in ("ab", "abc")
    )
    assert kinds(old, new) == {Kind.UNION_MEMBER_ADDED}


def closed(*values: str, pattern: str | None = None) -> Shape:
    return Shape("Size", "string", enum=values, pattern=pattern)


def test_a_pattern_that_takes_all_values_of_an_enumeration_changes_nothing() -> None:
    assert kinds(closed("a", "b"), closed("a", "b", pattern="[ab]")) == set()
    assert kinds(closed("a", "b", pattern="[abc]"), closed("a", "b")) == set()


def test_a_pattern_that_refuses_a_value_of_an_enumeration_is_shown_by_the_value() -> None:
    (finding,) = shape_changes(closed("a", "bb"), closed("a", "bb", pattern="[ab]"))
    assert finding.kind is Kind.PATTERN_TIGHTENED
    assert finding.pattern is not None
    assert finding.pattern.only_old == "bb"


def test_a_value_that_comes_with_a_pattern_that_takes_it_is_one_more_value() -> None:
    old, new = closed("a", pattern="a"), closed("a", "b", pattern="a|b")
    assert Kind.ENUM_VALUES_ADDED in kinds(old, new)
    assert Kind.PATTERN_TIGHTENED not in kinds(old, new)
