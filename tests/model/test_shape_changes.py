"""What differs between two shapes of one name."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.severity import Kind
from pytest_lightsail.model.shape import Shape
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
