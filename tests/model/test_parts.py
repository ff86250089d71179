"""``ServiceModel.inner`` returns the shape of a member, an element, a key or a value."""

from __future__ import annotations

import pytest

from tests.support.small_models import model, zone

MODEL = model(
    request={"zone": "Zone", "zones": "Zones", "map": "ZoneMap"},
    **zone("eu"),
)


@pytest.mark.parametrize(
    ("shape", "part", "inner"),
    [
        ("ActRequest", "zone", "Zone"),
        ("Zone", "region", "Region"),
        ("Zones", "[]", "Zone"),
        ("ZoneMap", "[]", "Zone"),
        ("ZoneMap", "[key]", "Region"),
    ],
)
def test_inner_returns_the_shape_of_a_part(shape: str, part: str, inner: str) -> None:
    assert MODEL.inner(MODEL.shapes[shape], part) is MODEL.shapes[inner]


@pytest.mark.parametrize(
    ("shape", "part"),
    [("ActRequest", "nothing"), ("Zone", "[]"), ("Zones", "[key]"), ("Region", "a")],
)
def test_inner_returns_none_for_an_unknown_part(shape: str, part: str) -> None:
    assert MODEL.inner(MODEL.shapes[shape], part) is None
