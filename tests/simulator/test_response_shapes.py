"""Responses have only the members, types and values that the service model defines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_lightsail.model.service import ServiceModel, load
from pytest_lightsail.simulator.faults import Fault
from pytest_lightsail.simulator.resources import Certificate
from tests.support.models import NEWEST

TYPES = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "timestamp": (int, float),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}
STATES = ["PENDING", "READY", "DEPLOYING", "RUNNING", "UPDATING", "DISABLED", "DELETING"]


def deviations(model: ServiceModel, shape_name: str, value: Any, path: str = "") -> list[str]:
    """Return the places where a value deviates from its shape."""
    shape = model.shapes[shape_name]
    if type(value) not in TYPES[shape.type]:
        return [f"{path}: {value!r} is not of type {shape.type}"]
    if shape.enum and value not in shape.enum:
        return [f"{path}: {value!r} is not in {shape_name}"]
    if shape.type == "structure":
        return [
            deviation
            for name, item in value.items()
            for deviation in (
                deviations(model, shape.members[name], item, f"{path}.{name}")
                if name in shape.members
                else [f"{path}.{name}: not a member of {shape_name}"]
            )
        ]
    if shape.type == "map":
        return [
            deviation
            for name, item in value.items()
            for deviation in deviations(model, shape.parts["[value]"], item, f"{path}.{name}")
        ]
    if shape.type == "list":
        return [
            deviation
            for index, item in enumerate(value)
            for deviation in deviations(model, shape.parts["[]"], item, f"{path}[{index}]")
        ]
    return []


def deviations_of(world, operation: str, **parameters: Any) -> list[str]:
    reply = world.call(operation, **parameters)
    if reply.status == 200:
        return deviations(NEWEST, NEWEST.operations[operation].output, reply.body)
    body = {name: value for name, value in reply.body.items() if name != "__type"}
    return deviations(NEWEST, reply.error or reply.body["__type"], body)


def everything(world) -> dict[str, Any]:
    """Return parameters that create a service with every member."""
    world.account.region(world.HOME).certificates["site"] = Certificate(("www.example.com",))
    return {
        "serviceName": "shop",
        "power": "small",
        "scale": 2,
        "tags": [{"key": "team", "value": "a"}, {"key": "alone"}],
        "publicDomainNames": {"site": ["www.example.com"]},
        "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True}},
        "deployment": {"containers": world.CONTAINERS, "publicEndpoint": world.ENDPOINT},
    }


def test_deviations_from_a_shape_are_found():
    model = NEWEST
    assert deviations(model, "ContainerService", {"nickname": "x"}) == [
        ".nickname: not a member of ContainerService"
    ]
    assert deviations(model, "ContainerService", {"scale": "1"}) == [
        ".scale: '1' is not of type integer"
    ]
    assert deviations(model, "ContainerService", {"state": "ACTIVE"})
    assert deviations(model, "ContainerService", {"tags": [{"key": None}]})


def test_a_service_with_every_member_matches_its_shape_throughout_its_lifecycle(world):
    assert deviations_of(world, "CreateContainerService", **everything(world)) == []
    while world.step():
        assert deviations_of(world, "GetContainerServices") == []
    call = {"serviceName": "shop", "containers": world.CONTAINERS}
    assert deviations_of(world, "CreateContainerServiceDeployment", **call) == []
    while world.step():
        assert deviations_of(world, "GetContainerServices", serviceName="shop") == []
    assert deviations_of(world, "UpdateContainerService", serviceName="shop", isDisabled=True) == []
    while world.step():
        assert deviations_of(world, "GetContainerServices") == []
    assert deviations_of(world, "DeleteContainerService", serviceName="shop") == []


@pytest.mark.parametrize("state", STATES)
def test_a_service_matches_its_shape_in_every_state(world, state):
    world.service_in(state)
    assert deviations_of(world, "GetContainerServices") == []


def test_the_errors_of_lightsail_match_their_shapes(world):
    assert deviations_of(world, "GetContainerServices", serviceName="shop") == []
    assert deviations_of(world, "GetContainerServices", serviceName="!") == []
    for fault in (Fault.access_denied(), Fault.server_error()):
        world.account.faults.add(fault)
        assert deviations_of(world, "GetContainerServices") == []


def test_a_response_contains_no_null(world):
    world.create(**{**everything(world), "tags": [{"key": "team", "value": None}]})
    world.settle()
    assert b"null" not in world.handle("GetContainerServices").body


# --- older models ------------------------------------------------------------------------------------


def without(model: ServiceModel, *members: str) -> ServiceModel:
    """Return a model without some members, given as ``Shape.member``."""
    shapes = dict(model.shapes)
    for shape_name, _, member in (one.partition(".") for one in members):
        shape = shapes[shape_name]
        known = {name: target for name, target in shape.members.items() if name != member}
        shapes[shape_name] = replace(shape, parts=known)
    return ServiceModel("an older one", model.metadata, model.operations, shapes)


@pytest.fixture(scope="module")
def older() -> ServiceModel:
    return without(
        load(),
        "ContainerService.privateRegistryAccess",
        "CreateContainerServiceRequest.privateRegistryAccess",
        "UpdateContainerServiceRequest.privateRegistryAccess",
    )


def test_a_member_that_an_older_model_lacks_is_refused(new_world, older):
    body = new_world(older).refused(
        "CreateContainerService",
        serviceName="shop",
        power="nano",
        scale=1,
        privateRegistryAccess={"ecrImagePullerRole": {"isActive": True}},
    )
    assert body["message"] == "Unknown parameter: privateRegistryAccess"


def test_an_error_that_an_older_model_lacks_has_only_a_message(new_world):
    model = load()
    shapes = {name: shape for name, shape in model.shapes.items() if name != "ServiceException"}
    world = new_world(ServiceModel("older", model.metadata, model.operations, shapes))
    world.account.faults.add(Fault.server_error())
    assert set(world.call("GetContainerServices").body) == {"__type", "message"}


def test_an_operation_that_an_older_model_lacks_is_unknown(new_world):
    model = load()
    operations = {
        name: one for name, one in model.operations.items() if name != "UpdateContainerService"
    }
    world = new_world(ServiceModel("older", model.metadata, operations, model.shapes))
    reply = world.call("UpdateContainerService", serviceName="shop")
    assert (reply.status, reply.error) == (404, "UnknownOperationException")
