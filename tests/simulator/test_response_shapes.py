"""Answers have the members, types and values of the service model's shapes, and no others."""

from __future__ import annotations

import json
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


def strangers(model: ServiceModel, shape_name: str, value: Any, path: str = "") -> list[str]:
    """Where a value differs from its shape."""
    shape = model.shapes[shape_name]
    if type(value) not in TYPES[shape.type]:
        return [f"{path}: {value!r} is no {shape.type}"]
    if shape.enum and value not in shape.enum:
        return [f"{path}: {value!r} is not in {shape_name}"]
    if shape.type == "structure":
        return [
            wrong
            for name, item in value.items()
            for wrong in (
                strangers(model, shape.members[name], item, f"{path}.{name}")
                if name in shape.members
                else [f"{path}.{name}: no member of {shape_name}"]
            )
        ]
    if shape.type == "map":
        return [
            wrong
            for name, item in value.items()
            for wrong in strangers(model, shape.parts["[value]"], item, f"{path}.{name}")
        ]
    if shape.type == "list":
        return [
            wrong
            for index, item in enumerate(value)
            for wrong in strangers(model, shape.parts["[]"], item, f"{path}[{index}]")
        ]
    return []


def wrong_in(world, operation: str, **parameters: Any) -> list[str]:
    reply = world.call(operation, **parameters)
    if reply.status == 200:
        return strangers(NEWEST, NEWEST.operations[operation].output, reply.body)
    body = {name: value for name, value in reply.body.items() if name != "__type"}
    return strangers(NEWEST, reply.error or reply.body["__type"], body)


def everything(world) -> dict[str, Any]:
    """The parameters of a service with all there is."""
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
    assert strangers(model, "ContainerService", {"nickname": "x"}) == [
        ".nickname: no member of ContainerService"
    ]
    assert strangers(model, "ContainerService", {"scale": "1"}) == [".scale: '1' is no integer"]
    assert strangers(model, "ContainerService", {"state": "ACTIVE"})
    assert strangers(model, "ContainerService", {"tags": [{"key": None}]})


def test_a_service_with_every_member_matches_its_shape_throughout_its_lifecycle(world):
    assert wrong_in(world, "CreateContainerService", **everything(world)) == []
    while world.step():
        assert wrong_in(world, "GetContainerServices") == []
    call = {"serviceName": "shop", "containers": world.CONTAINERS}
    assert wrong_in(world, "CreateContainerServiceDeployment", **call) == []
    while world.step():
        assert wrong_in(world, "GetContainerServices", serviceName="shop") == []
    assert wrong_in(world, "UpdateContainerService", serviceName="shop", isDisabled=True) == []
    while world.step():
        assert wrong_in(world, "GetContainerServices") == []
    assert wrong_in(world, "DeleteContainerService", serviceName="shop") == []


@pytest.mark.parametrize("state", STATES)
def test_a_service_matches_its_shape_in_every_state(world, state):
    world.service_in(state)
    assert wrong_in(world, "GetContainerServices") == []


def test_the_errors_of_lightsail_match_their_shapes(world):
    assert wrong_in(world, "GetContainerServices", serviceName="shop") == []
    assert wrong_in(world, "GetContainerServices", serviceName="!") == []
    for fault in (Fault.access_denied(), Fault.server_error()):
        world.account.faults.add(fault)
        assert wrong_in(world, "GetContainerServices") == []


def test_a_response_contains_no_null(world):
    world.create(**{**everything(world), "tags": [{"key": "team", "value": None}]})
    world.settle()
    assert b"null" not in world.handle("GetContainerServices").body


# --- older models ------------------------------------------------------------------------------------


def without(model: ServiceModel, *members: str) -> ServiceModel:
    """A model that does not know some members yet, given as ``Shape.member``."""
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


def test_a_service_that_an_account_shows_is_json_that_can_be_sent_again(world):
    world.create(**everything(world))
    assert json.loads(json.dumps(world.get())) == world.get()
