"""What stands at a path below a shape."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.service import locate, parent_of, show_path, split_path
from tests.support.small_models import model, zone

MODEL = model(
    request={"zone": "Zone", "zones": "Zones", "map": "ZoneMap"},
    **zone("eu"),
)


@pytest.mark.parametrize(
    ("path", "shape", "owner"),
    [
        ("", "ActRequest", None),
        ("zone", "Zone", "ActRequest"),
        ("zone.region", "Region", "Zone"),
        ("zones", "Zones", "ActRequest"),
        ("zones[]", "Zone", None),
        ("zones[].region", "Region", "Zone"),
        ("map[]", "Zone", None),
        ("map[key]", "Region", None),
        ("map[].region", "Region", "Zone"),
    ],
)
def test_a_path_leads_to_a_shape_and_to_the_member_that_it_is(
    path: str, shape: str, owner: str | None
) -> None:
    located = locate(MODEL, "ActRequest", split_path(path))
    assert located is not None
    assert located.shape.name == shape
    assert (located.member is None) == (owner is None)


@pytest.mark.parametrize(
    "path", ["nothing", "nothing.region", "zone[]", "zones[key]", "zone.region.a", "zones.region"]
)
def test_a_path_that_the_model_does_not_have_leads_nowhere(path: str) -> None:
    assert locate(MODEL, "ActRequest", split_path(path)) is None


def test_nothing_stands_below_no_shape() -> None:
    assert locate(MODEL, None, ()) is None


@pytest.mark.parametrize(
    ("text", "path", "parent"),
    [
        ("", (), ""),
        ("zone", ("zone",), ""),
        ("zones[].region", ("zones", "[]", "region"), "zones[]"),
        ("map[key]", ("map", "[key]"), "map"),
        ("a.b[][]", ("a", "b", "[]", "[]"), "a.b[]"),
    ],
)
def test_a_path_is_read_as_it_is_written(text: str, path: tuple[str, ...], parent: str) -> None:
    assert split_path(text) == path
    assert show_path(path) == text
    assert parent_of(text) == parent
