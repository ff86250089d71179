"""Parts of shapes lead to the shapes inside them."""

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
def test_a_part_leads_to_a_shape(shape: str, part: str, inner: str) -> None:
    assert MODEL.inner(MODEL.shapes[shape], part) is MODEL.shapes[inner]


@pytest.mark.parametrize(
    ("shape", "part"),
    [("ActRequest", "nothing"), ("Zone", "[]"), ("Zones", "[key]"), ("Region", "a")],
)
def test_a_part_that_the_model_does_not_have_leads_nowhere(shape: str, part: str) -> None:
    assert MODEL.inner(MODEL.shapes[shape], part) is None
