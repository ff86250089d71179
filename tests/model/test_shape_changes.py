"""What differs between two shapes of one name."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.changes import shape_changes
from pytest_lightsail.model.service import Shape


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
    (finding,) = shape_changes(old, new, "Name")
    assert (finding.name, finding.old, finding.new) == ("pattern", was, now)
