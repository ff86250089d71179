"""Paths lead from a shape to the shapes inside it."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.rule import show_path
from pytest_lightsail.model.service import locate, split_path
from tests.support.small_models import model, zone

MODEL = model(
    request={"zone": "Zone", "zones": "Zones", "map": "ZoneMap"},
    **zone("eu"),
)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("", "ActRequest"),
        ("zone", "Zone"),
        ("zone.region", "Region"),
        ("zones", "Zones"),
        ("zones[]", "Zone"),
        ("zones[].region", "Region"),
        ("map[]", "Zone"),
        ("map[key]", "Region"),
        ("map[].region", "Region"),
    ],
)
def test_a_path_leads_to_a_shape(path: str, shape: str) -> None:
    located = locate(MODEL, "ActRequest", split_path(path))
    assert located is not None
    assert located.name == shape


@pytest.mark.parametrize(
    "path", ["nothing", "nothing.region", "zone[]", "zones[key]", "zone.region.a", "zones.region"]
)
def test_a_path_that_the_model_does_not_have_leads_nowhere(path: str) -> None:
    assert locate(MODEL, "ActRequest", split_path(path)) is None


def test_nothing_stands_below_no_shape() -> None:
    assert locate(MODEL, None, ()) is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        ("zone", ("zone",)),
        ("zones[].region", ("zones", "[]", "region")),
        ("map[key]", ("map", "[key]")),
        ("a.b[][]", ("a", "b", "[]", "[]")),
    ],
)
def test_a_path_is_read_as_it_is_written(text: str, path: tuple[str, ...]) -> None:
    assert split_path(text) == path
    assert show_path(path) == text
