"""Two service models are compared: what changed, where it is met, and what it means for a caller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.changes import Change, ModelChanges, UpdatedOperation, compare
from pytest_lightsail.model.service import ServiceModel, load, parse
from pytest_lightsail.model.severity import Direction, Kind, Severity
from pytest_lightsail.model.shape_pairs import show_path

DATA = Path(__file__).parents[1] / "data"
STRING = {"type": "string"}


def model(
    *,
    request: dict[str, str] | None = None,
    response: dict[str, str] | None = None,
    errors: tuple[str, ...] = (),
    operation: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    **shapes: dict[str, Any],
) -> ServiceModel:
    """A service with the operation Act, whose members are given as names of shapes."""
    return parse(
        {
            "metadata": {
                "serviceId": "Test",
                "serviceFullName": "Test Service",
                **(metadata or {}),
            },
            "operations": {
                "Act": {
                    "input": {"shape": "ActRequest"},
                    "output": {"shape": "ActResult"},
                    "errors": [{"shape": error} for error in errors],
                    **(operation or {}),
                }
            },
            "shapes": {
                "String": STRING,
                "Integer": {"type": "integer"},
                "ActRequest": structure(**(request or {})),
                "ActResult": structure(**(response or {})),
                **{error: {**structure(message="String"), "exception": True} for error in errors},
                **shapes,
            },
        },
        source="a test",
    )


def structure(*required: str, **members: str) -> dict[str, Any]:
    return {
        "type": "structure",
        "required": list(required),
        "members": {name: {"shape": shape} for name, shape in members.items()},
    }


def only(changes: ModelChanges) -> Change:
    (change,) = changes.changes
    return change


def act(changes: ModelChanges) -> UpdatedOperation:
    (updated,) = changes.updated_operations
    assert updated.operation == "Act"
    return updated


def paths(changes: ModelChanges) -> list[str]:
    return [show_path(path) for path, _ in act(changes).changes]


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
    assert [
        (updated.operation, updated.request, updated.response)
        for updated in changes.updated_operations
    ] == [
        ("CreateContainerService", REQUEST, {"containerService": SERVICE}),
        ("CreateContainerServiceDeployment", None, {"containerService": SERVICE}),
        ("GetContainerServices", None, {"containerServices": SERVICE}),
        ("UpdateContainerService", REQUEST, {"containerService": SERVICE}),
    ]


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
    assert changes.at_least(Severity.BREAKING)
    assert len(changes.updated_operations) == 4


# --- what is no change ---------------------------------------------------------------------------


def test_a_model_does_not_differ_from_itself():
    assert compare(load(), load()).changes == ()


def test_a_retarget_to_a_shape_with_the_same_constraints_is_silent():
    old = model(request={"name": "Name"}, Name={"type": "string", "max": 5, "pattern": "^a+$"})
    new = model(request={"name": "Other"}, Other={"type": "string", "max": 5, "pattern": "a+"})
    assert compare(old, new).changes == ()


def test_a_retarget_to_a_shape_with_other_constraints_is_a_change_of_the_member():
    old = model(request={"name": "String"})
    new = model(request={"name": "Short"}, Short={"type": "string", "max": 5})
    change = only(compare(old, new))
    assert (change.kind, change.site) == (Kind.MAXIMUM_LOWERED, "ActRequest.name")


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


def zone(*regions: str) -> dict[str, dict[str, Any]]:
    return {
        "Region": {"type": "string", "enum": list(regions)},
        "Zone": structure(region="Region"),
        "Zones": {"type": "list", "member": {"shape": "Zone"}},
        "ZoneMap": {"type": "map", "key": {"shape": "Region"}, "value": {"shape": "Zone"}},
    }


def test_a_change_is_recorded_once_with_all_its_places():
    response = {"zone": "Zone", "zones": "Zones", "byRegion": "ZoneMap"}
    changes = compare(
        model(response=response, **zone("eu")), model(response=response, **zone("eu", "us"))
    )
    assert only(changes).site == "Region"
    assert only(changes).finding.new == ("us",)
    assert only(changes).operations == ("Act",)
    assert paths(changes) == ["byRegion[].region", "byRegion[key]", "zone.region", "zones[].region"]


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
    assert paths(changes) == ["people[].age"]
    assert act(changes).response == {"people": {"age": "integer"}}


def test_a_member_that_makes_a_shape_recursive_ends_with_the_shape_s_name():
    response = {"people": "People"}
    changes = compare(
        model(response=response, **family(name="String")),
        model(response=response, **family(name="String", children="People")),
    )
    assert act(changes).response == {
        "people": {"children": {"name": "string", "children": "Person"}}
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
    assert act(changes).request is None


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


# --- operations, errors, metadata ----------------------------------------------------------------


def renamed(source: ServiceModel, name: str) -> ServiceModel:
    return parse(
        {
            "metadata": source.metadata,
            "operations": {name: {}},
            "shapes": {"String": STRING},
        },
        source="a test",
    )


def test_operations_come_and_go():
    changes = compare(model(), renamed(model(), "React"))
    assert changes.new_operations == ("React",)
    assert changes.removed_operations == ("Act",)
    assert changes.updated_operations == ()
    assert [(change.kind, change.site) for change in changes.changes] == [
        (Kind.OPERATION_REMOVED, "Act"),
        (Kind.OPERATION_ADDED, "React"),
    ]


def test_a_new_error_is_met_under_its_name():
    changes = compare(model(), model(errors=("Busy",)))
    assert only(changes).kind is Kind.ERROR_ADDED
    assert only(changes).severity is Severity.DANGEROUS
    assert paths(changes) == ["Busy"]
    assert act(changes).request is None
    assert act(changes).response is None


def test_an_error_that_is_not_raised_any_more_endangers_its_handlers():
    change = only(
        compare(
            model(errors=("Busy",)), model(Busy={**structure(message="String"), "exception": True})
        )
    )
    assert (change.kind, change.severity) == (Kind.ERROR_REMOVED, Severity.DANGEROUS)


def test_an_exception_class_that_is_gone_breaks_its_handlers():
    change = only(compare(model(errors=("Busy",)), model()))
    assert (change.kind, change.severity) == (Kind.EXCEPTION_REMOVED, Severity.BREAKING)


def test_a_member_of_an_error_is_met_under_the_error_s_name():
    changes = compare(
        model(errors=("Busy",)),
        model(
            errors=("Busy",), Busy={**structure(message="String", tip="String"), "exception": True}
        ),
    )
    assert paths(changes) == ["Busy.tip"]
    assert only(changes).direction is Direction.ERROR


def test_an_error_of_the_caller_that_becomes_one_of_the_service_is_a_change():
    fault = {**structure(message="String"), "exception": True, "fault": True}
    change = only(compare(model(errors=("Busy",)), model(errors=("Busy",), Busy=fault)))
    assert change.kind is Kind.FAULT_CHANGED


def test_a_deprecated_operation_is_updated():
    changes = compare(model(), model(operation={"deprecated": True}))
    assert only(changes).kind is Kind.DEPRECATED
    assert paths(changes) == [""]


def test_another_protocol_touches_no_single_operation():
    changes = compare(
        model(metadata={"protocol": "json"}), model(metadata={"protocol": "rest-json"})
    )
    assert (only(changes).kind, only(changes).site) == (Kind.METADATA_CHANGED, "protocol")
    assert changes.updated_operations == ()


# --- constraints ---------------------------------------------------------------------------------

CONSTRAINTS = {
    Kind.TYPE_CHANGED: ({"type": "string"}, {"type": "boolean"}),
    Kind.TYPE_WIDENED: ({"type": "integer"}, {"type": "long"}),
    Kind.ENUM_ADDED: ({"type": "string"}, {"type": "string", "enum": ["a"]}),
    Kind.ENUM_REMOVED: ({"type": "string", "enum": ["a"]}, {"type": "string"}),
    Kind.ENUM_VALUES_ADDED: (
        {"type": "string", "enum": ["a"]},
        {"type": "string", "enum": ["a", "b"]},
    ),
    Kind.ENUM_VALUES_REMOVED: (
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "enum": ["b"]},
    ),
    Kind.PATTERN_TIGHTENED: ({"type": "string"}, {"type": "string", "pattern": "a+"}),
    Kind.PATTERN_LOOSENED: ({"type": "string", "pattern": "a+"}, {"type": "string"}),
    Kind.PATTERN_CHANGED: (
        {"type": "string", "pattern": "a"},
        {"type": "string", "pattern": "b"},
    ),
    Kind.PATTERN_UNDECIDED: (
        {"type": "string", "pattern": r"\p{L}"},
        {"type": "string", "pattern": "a"},
    ),
    Kind.MINIMUM_RAISED: ({"type": "integer"}, {"type": "integer", "min": 0}),
    Kind.MINIMUM_LOWERED: ({"type": "string", "min": 2}, {"type": "string", "min": 1}),
    Kind.MAXIMUM_LOWERED: ({"type": "string"}, {"type": "string", "max": 5}),
    Kind.MAXIMUM_RAISED: ({"type": "integer", "max": 5}, {"type": "integer", "max": 6}),
    Kind.UNION_ADDED: (structure(), {**structure(), "union": True}),
    Kind.UNION_REMOVED: ({**structure(), "union": True}, structure()),
    Kind.SENSITIVE_ADDED: ({"type": "string"}, {"type": "string", "sensitive": True}),
    Kind.SENSITIVE_REMOVED: ({"type": "string", "sensitive": True}, {"type": "string"}),
    Kind.DEPRECATED: ({"type": "string"}, {"type": "string", "deprecated": True}),
    Kind.UNDEPRECATED: ({"type": "string", "deprecated": True}, {"type": "string"}),
    Kind.TIMESTAMP_FORMAT_CHANGED: (
        {"type": "timestamp"},
        {"type": "timestamp", "timestampFormat": "iso8601"},
    ),
}


@pytest.mark.parametrize("kind", CONSTRAINTS)
@pytest.mark.parametrize("direction", ["request", "response"])
def test_a_constraint_of_a_shape_that_changes_is_one_change(kind, direction):
    before, after = CONSTRAINTS[kind]
    member: dict[str, Any] = {direction: {"value": "Value"}}
    change = only(compare(model(**member, Value=before), model(**member, Value=after)))
    assert (change.kind, change.site, change.direction.value) == (kind, "Value", direction)


TRAITS = {
    Kind.DEPRECATED: ({}, {"deprecated": True}),
    Kind.UNDEPRECATED: ({"deprecated": True}, {}),
    Kind.IDEMPOTENCY_TOKEN_ADDED: ({}, {"idempotencyToken": True}),
    Kind.IDEMPOTENCY_TOKEN_REMOVED: ({"idempotencyToken": True}, {}),
    Kind.TIMESTAMP_FORMAT_CHANGED: (
        {"timestampFormat": "iso8601"},
        {"timestampFormat": "unixTimestamp"},
    ),
}


@pytest.mark.parametrize("kind", TRAITS)
def test_a_trait_of_a_member_that_changes_is_one_change(kind):
    def with_trait(trait: dict[str, Any]) -> ServiceModel:
        return model(
            ActRequest={"type": "structure", "members": {"value": {"shape": "String", **trait}}}
        )

    before, after = TRAITS[kind]
    change = only(compare(with_trait(before), with_trait(after)))
    assert (change.kind, change.site) == (kind, "ActRequest.value")


def test_a_member_of_another_type_is_not_looked_into():
    old = model(request={"zone": "Zone"}, **zone("eu"))
    new = model(request={"zone": "Zones"}, **zone("eu", "us"))
    change = only(compare(old, new))
    assert (change.kind, change.finding.old, change.finding.new) == (
        Kind.TYPE_CHANGED,
        "structure",
        "list",
    )


# --- choosing operations -------------------------------------------------------------------------


def test_other_operations_are_left_out():
    changes = compare(
        load(DATA / "botocore-1.26.8"), load(DATA / "botocore-1.26.9"), ["GetContainerServices"]
    )
    assert [updated.operation for updated in changes.updated_operations] == ["GetContainerServices"]
    assert only(changes).operations == ("GetContainerServices",)


def test_an_unknown_operation_is_refused_with_names_that_are_near():
    installed = load()
    with pytest.raises(ConfigurationError, match="did you mean GetContainerServices"):
        compare(installed, installed, ["getcontainerservice"])


def test_models_of_two_services_are_not_compared():
    with pytest.raises(ConfigurationError, match="is a model of Test"):
        compare(model(), load())
