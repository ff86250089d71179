"""``compare`` finds the differences between two service models, and where they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.changes import compare
from pytest_lightsail.model.service import load
from tests.support.small_models import DATA, model, only, structure, zone

OLD, NEW = (load(DATA / f"botocore-1.26.{n}" / "service-2.json.gz") for n in (8, 9))

# --- AWS's own changelog -------------------------------------------------------------------------


def test_the_release_of_2022_05_26_has_three_changes():
    changes = compare(OLD, NEW)
    assert {change.kind for change in changes} == {"member-added"}
    assert {change.site: change.operations for change in changes} == {
        "CreateContainerServiceRequest.privateRegistryAccess": ("CreateContainerService",),
        "UpdateContainerServiceRequest.privateRegistryAccess": ("UpdateContainerService",),
        "ContainerService.privateRegistryAccess": (
            "CreateContainerService",
            "CreateContainerServiceDeployment",
            "GetContainerServices",
            "UpdateContainerService",
        ),
    }


def test_reverting_a_release_is_reported_as_removed_members():
    changes = compare(NEW, OLD)
    assert {change.kind for change in changes} == {"member-removed"}
    assert {change.severity for change in changes} == {"breaking"}
    assert len({name for change in changes for name in change.operations}) == 4


# --- models without changes ----------------------------------------------------------------------


def test_a_model_does_not_differ_from_itself():
    assert compare(load(), load()) == ()


def test_a_renamed_shape_with_the_same_constraints_is_not_a_change():
    old = model(request={"name": "Name"}, Name={"type": "string", "max": 5, "pattern": "^a+$"})
    new = model(request={"name": "Other"}, Other={"type": "string", "max": 5, "pattern": "^a+$"})
    assert compare(old, new) == ()


def test_a_member_changes_if_its_new_shape_has_other_constraints():
    old = model(request={"name": "String"})
    new = model(request={"name": "Short"}, Short={"type": "string", "max": 5})
    change = only(compare(old, new))
    assert (change.kind, change.site) == ("other", "ActRequest.name")


def test_a_different_order_is_not_a_change():
    old = model(request={"a": "Size", "b": "Size"}, Size={"type": "string", "enum": ["s", "m"]})
    new = model(request={"b": "Size", "a": "Size"}, Size={"type": "string", "enum": ["m", "s"]})
    assert compare(old, new) == ()


def test_a_new_shape_that_no_operation_uses_is_not_a_change():
    assert compare(model(), model(Unused={"type": "string", "enum": ["a"]})) == ()


# --- one change in several places ----------------------------------------------------------------


def test_a_change_to_a_shared_shape_is_reported_once():
    response = {"zone": "Zone", "zones": "Zones", "byRegion": "ZoneMap"}
    changes = compare(
        model(response=response, **zone("eu")), model(response=response, **zone("eu", "us"))
    )
    assert only(changes).site == "Region"
    assert only(changes).new == ("us",)
    assert only(changes).operations == ("Act",)


def test_a_change_is_reported_once_for_each_direction():
    both = {"zone": "Zone"}
    changes = compare(
        model(request=both, response=both, **zone("eu")),
        model(request=both, response=both, **zone("eu", "us")),
    )
    assert {(change.site, change.direction, change.severity) for change in changes} == {
        ("Region", "request", "compatible"),
        ("Region", "response", "dangerous"),
    }


def test_a_new_region_is_a_compatible_change():
    region = {"type": "string", "enum": ["eu"]}
    old, new = (
        model(response={"region": "RegionName"}, RegionName={**region, "enum": values})
        for values in (["eu"], ["eu", "us"])
    )
    assert only(compare(old, new)).severity == "compatible"


def test_the_most_severe_changes_come_first():
    old = model(request={"a": "String"}, response={"zone": "Zone"}, **zone("eu"))
    new = model(request={"b": "String"}, response={"zone": "Zone"}, **zone("eu", "us"))
    assert [change.severity for change in compare(old, new)] == [
        "breaking",
        "dangerous",
        "compatible",
    ]


# --- recursive shapes ----------------------------------------------------------------------------


def family(**members: str) -> dict[str, dict[str, Any]]:
    return {
        "People": {"type": "list", "member": {"shape": "Person"}},
        "Person": structure(**members),
    }


def test_a_change_inside_a_recursive_shape_is_reported_once():
    response = {"people": "People"}
    changes = compare(
        model(response=response, **family(name="String", children="People")),
        model(response=response, **family(name="String", children="People", age="Integer")),
    )
    assert only(changes).site == "Person.age"


def test_a_list_shape_that_contains_itself_is_compared():
    deep = {"type": "list", "member": {"shape": "Deep"}}
    old, new = (
        model(request={"deep": "Deep"}, Deep={**deep, "max": maximum}) for maximum in (1, 2)
    )
    assert only(compare(old, new)).site == "Deep"


# --- operations without input or output ------------------------------------------------------------


def test_adding_an_input_to_an_operation_adds_its_members():
    new = model(request={"name": "String"})
    without = replace(new.operations["Act"], input="Empty")
    old = replace(new, operations={"Act": without})
    assert only(compare(old, new)).site == "ActRequest.name"
    assert only(compare(old, new)).kind == "member-added"
    assert only(compare(new, old)).site == "ActRequest.name"
    assert only(compare(new, old)).kind == "member-removed"


# --- choosing operations -------------------------------------------------------------------------


def test_only_the_given_operations_are_compared():
    changes = compare(OLD, NEW, ["GetContainerServices"])
    assert only(changes).operations == ("GetContainerServices",)


def test_an_unknown_operation_is_refused_with_a_suggestion():
    installed = load()
    with pytest.raises(ConfigurationError, match="did you mean 'GetContainerServices'"):
        compare(installed, installed, ["getcontainerservice"])
