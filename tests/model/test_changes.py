"""Two service models are compared: what changed, and where."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.bounds import DEEPEST
from pytest_lightsail.model.changes import Direction, Kind, Severity, compare
from pytest_lightsail.model.service import load, parse
from tests.support.small_models import DATA, STRING, act, model, only, structure, zone

# --- AWS's own changelog -------------------------------------------------------------------------

ROLE = {"isActive": "boolean"}
ROLE_READ = {"isActive": "boolean", "principalArn": "string"}
REQUEST = {"privateRegistryAccess": {"ecrImagePullerRole": ROLE}}
SERVICE = {"privateRegistryAccess": {"ecrImagePullerRole": ROLE_READ}}


def test_the_release_of_2022_05_26_is_reported_as_aws_published_it():
    changes = compare(load(DATA / "botocore-1.26.8"), load(DATA / "botocore-1.26.9"))
    assert (changes.service, changes.old, changes.new) == (
        "Amazon Lightsail",
        "botocore 1.26.8",
        "botocore 1.26.9",
    )
    assert changes.new_operations == ()
    assert changes.removed_operations == ()
    assert changes.updated_operations == {
        "CreateContainerService": (REQUEST, {"containerService": SERVICE}),
        "CreateContainerServiceDeployment": ({}, {"containerService": SERVICE}),
        "GetContainerServices": ({}, {"containerServices": SERVICE}),
        "UpdateContainerService": (REQUEST, {"containerService": SERVICE}),
    }


def test_the_release_of_2022_05_26_has_three_root_causes():
    changes = compare(load(DATA / "botocore-1.26.8"), load(DATA / "botocore-1.26.9"))
    assert {change.kind for change in changes.changes} == {Kind.MEMBER_ADDED}
    assert {change.site: change.operations for change in changes.changes} == {
        "CreateContainerServiceRequest.privateRegistryAccess": ("CreateContainerService",),
        "UpdateContainerServiceRequest.privateRegistryAccess": ("UpdateContainerService",),
        "ContainerService.privateRegistryAccess": (
            "CreateContainerService",
            "CreateContainerServiceDeployment",
            "GetContainerServices",
            "UpdateContainerService",
        ),
    }


def test_a_release_taken_back_is_reported_as_removed_members():
    changes = compare(load(DATA / "botocore-1.26.9"), load(DATA / "botocore-1.26.8"))
    assert {change.kind for change in changes.changes} == {Kind.MEMBER_REMOVED}
    assert {change.severity for change in changes.changes} == {Severity.BREAKING}
    assert len(changes.updated_operations) == 4


# --- what is no change ---------------------------------------------------------------------------


def test_a_model_does_not_differ_from_itself():
    assert compare(load(), load()).changes == ()


def test_a_retarget_to_a_shape_with_the_same_constraints_is_silent():
    old = model(request={"name": "Name"}, Name={"type": "string", "max": 5, "pattern": "^a+$"})
    new = model(request={"name": "Other"}, Other={"type": "string", "max": 5, "pattern": "^a+$"})
    assert compare(old, new).changes == ()


def test_a_retarget_to_a_shape_with_other_constraints_is_a_change_of_the_member():
    old = model(request={"name": "String"})
    new = model(request={"name": "Short"}, Short={"type": "string", "max": 5})
    change = only(compare(old, new))
    assert (change.kind, change.site) == (Kind.OTHER, "ActRequest.name")


def test_another_order_is_silent():
    old = model(request={"a": "Size", "b": "Size"}, Size={"type": "string", "enum": ["s", "m"]})
    new = model(request={"b": "Size", "a": "Size"}, Size={"type": "string", "enum": ["m", "s"]})
    assert compare(old, new).changes == ()


def test_a_minimum_length_of_zero_says_what_none_says():
    old = model(request={"name": "Name"}, Name={"type": "string"})
    new = model(request={"name": "Name"}, Name={"type": "string", "min": 0})
    assert compare(old, new).changes == ()


def test_a_shape_that_no_operation_uses_is_silent():
    assert compare(model(), model(Unused={"type": "string", "enum": ["a"]})).changes == ()


# --- one change, many places ---------------------------------------------------------------------


def test_a_change_is_recorded_once_wherever_it_shows():
    response = {"zone": "Zone", "zones": "Zones", "byRegion": "ZoneMap"}
    changes = compare(
        model(response=response, **zone("eu")), model(response=response, **zone("eu", "us"))
    )
    assert only(changes).site == "Region"
    assert only(changes).new == ("us",)
    assert only(changes).operations == ("Act",)


def test_a_change_is_recorded_once_for_each_direction():
    both = {"zone": "Zone"}
    changes = compare(
        model(request=both, response=both, **zone("eu")),
        model(request=both, response=both, **zone("eu", "us")),
    )
    assert {(change.site, change.direction, change.severity) for change in changes.changes} == {
        ("Region", Direction.REQUEST, Severity.COMPATIBLE),
        ("Region", Direction.RESPONSE, Severity.DANGEROUS),
    }


def test_who_uses_no_new_region_is_not_affected_by_one():
    region = {"type": "string", "enum": ["eu"]}
    old, new = (
        model(response={"region": "RegionName"}, RegionName={**region, "enum": values})
        for values in (["eu"], ["eu", "us"])
    )
    assert only(compare(old, new)).severity is Severity.COMPATIBLE


def test_the_worst_changes_come_first():
    old = model(request={"a": "String"}, response={"zone": "Zone"}, **zone("eu"))
    new = model(request={"b": "String"}, response={"zone": "Zone"}, **zone("eu", "us"))
    assert [change.severity for change in compare(old, new).changes] == [
        Severity.BREAKING,
        Severity.DANGEROUS,
        Severity.COMPATIBLE,
    ]


# --- recursive shapes ----------------------------------------------------------------------------


def family(**members: str) -> dict[str, dict[str, Any]]:
    return {
        "People": {"type": "list", "member": {"shape": "Person"}},
        "Person": structure(**members),
    }


def test_a_change_inside_of_a_recursive_shape_is_found_once():
    response = {"people": "People"}
    changes = compare(
        model(response=response, **family(name="String", children="People")),
        model(response=response, **family(name="String", children="People", age="Integer")),
    )
    assert only(changes).site == "Person.age"
    assert act(changes).response == {"people": {"age": "integer"}}


def test_a_member_that_makes_a_shape_recursive_ends_with_the_shape_s_name():
    response = {"people": "People"}
    changes = compare(
        model(response=response, **family(name="String")),
        model(response=response, **family(name="String", children="People")),
    )
    assert act(changes).response == {
        "people": {"children": {"name": "string", "children": "People"}}
    }


def test_a_list_of_itself_comes_to_an_end():
    changes = compare(
        model(), model(request={"deep": "Deep"}, Deep={"type": "list", "member": {"shape": "Deep"}})
    )
    assert act(changes).request == {"deep": "Deep"}


# --- trees of added members ----------------------------------------------------------------------


def test_lists_and_maps_are_transparent_in_a_tree():
    changes = compare(model(), model(response={"zones": "Zones", "map": "ZoneMap"}, **zone("eu")))
    assert act(changes).response == {"zones": {"region": "string"}, "map": {"region": "string"}}
    assert act(changes).request == {}


def test_a_tree_is_empty_where_something_else_has_changed():
    response = {"zone": "Zone"}
    changes = compare(
        model(response=response, **zone("eu")), model(response=response, **zone("eu", "us"))
    )
    assert act(changes).response == {}


def test_an_operation_that_gets_an_input_gets_its_members():
    old = parse(
        {
            "metadata": {"serviceId": "Test"},
            "operations": {"Act": {}},
            "shapes": {"String": STRING},
        },
        source="a test",
    )
    changes = compare(old, model(request={"name": "String"}))
    assert act(changes).request == {"name": "string"}


def lists(levels: int) -> dict[str, dict[str, Any]]:
    """Lists inside of lists, and a text inside of the last one."""
    return {
        f"In{level}": {"type": "list", "member": {"shape": shape}}
        for level, shape in inside(levels)
    }


def structures(levels: int) -> dict[str, dict[str, Any]]:
    """Structures inside of structures, and a text inside of the last one."""
    return {f"In{level}": structure(a=shape) for level, shape in inside(levels)}


def inside(levels: int) -> list[tuple[int, str]]:
    return list(enumerate([*(f"In{level}" for level in range(1, levels)), "String"]))


@pytest.mark.parametrize("shapes", [lists, structures])
def test_a_tree_is_drawn_as_deep_as_a_document_can_be_and_no_deeper(shapes):
    # The member itself is a level.
    request, levels = {"deep": "In0"}, DEEPEST - 1
    assert act(compare(model(), model(request=request, **shapes(levels)))).request
    with pytest.raises(ConfigurationError, match=f"more than {DEEPEST} levels deep"):
        compare(model(), model(request=request, **shapes(levels + 1)))


# --- choosing operations -------------------------------------------------------------------------


def test_other_operations_are_left_out():
    changes = compare(
        load(DATA / "botocore-1.26.8"), load(DATA / "botocore-1.26.9"), ["GetContainerServices"]
    )
    assert list(changes.updated_operations) == ["GetContainerServices"]
    assert only(changes).operations == ("GetContainerServices",)


def test_an_unknown_operation_is_refused_with_names_that_are_near():
    installed = load()
    with pytest.raises(ConfigurationError, match="did you mean 'GetContainerServices'"):
        compare(installed, installed, ["getcontainerservice"])
