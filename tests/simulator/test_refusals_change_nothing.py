"""A refused request does not change the account, whatever the request and the state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.places import places, put
from tests.support.profiles import examples

quick = examples(37, among=50)

CREATE, DEPLOY, UPDATE, DELETE = (
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "UpdateContainerService",
    "DeleteContainerService",
)
STATES = ["PENDING", "READY", "DEPLOYING", "RUNNING", "UPDATING", "DISABLED", "DELETING"]
DEPLOYMENT: dict[str, Any] = {
    "containers": {"web": {"image": "nginx", "environment": {"A": "b"}, "ports": {"80": "HTTP"}}},
    "publicEndpoint": {
        "containerName": "web",
        "containerPort": 80,
        "healthCheck": {"path": "/", "timeoutSeconds": 5, "successCodes": "200-299"},
    },
}
VALID: dict[str, dict[str, Any]] = {
    CREATE: {
        "serviceName": "blog",
        "power": "nano",
        "scale": 1,
        "tags": [{"key": "team", "value": "a"}],
        "publicDomainNames": {},
        "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True}},
        "deployment": DEPLOYMENT,
    },
    DEPLOY: {"serviceName": "shop", **DEPLOYMENT},
    UPDATE: {
        "serviceName": "shop",
        "power": "micro",
        "scale": 2,
        "isDisabled": False,
        "publicDomainNames": {},
        "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True}},
    },
    DELETE: {"serviceName": "shop"},
}

# Invalid requests. Each differs from a valid one in one place.
INVALID: list[tuple[str, tuple[Any, ...], Any]] = [
    (CREATE, ("serviceName",), "Blog"),
    (CREATE, ("serviceName",), "shop"),
    (CREATE, ("power",), "huge"),
    (CREATE, ("scale",), 21),
    (CREATE, ("tags",), [{"key": "a"}, {"key": "a"}]),
    (CREATE, ("publicDomainNames",), {"missing": ["www.example.com"]}),
    (CREATE, ("deployment", "containers"), {}),
    (CREATE, ("deployment", "containers", "web", "image"), ":blog.web.1"),
    (CREATE, ("deployment", "publicEndpoint", "containerPort"), 81),
    (CREATE, ("deployment", "publicEndpoint", "healthCheck", "timeoutSeconds"), 61),
    (DEPLOY, ("serviceName",), "missing"),
    (DEPLOY, ("containers", "web", "image"), "nginx latest"),
    (DEPLOY, ("containers", "web", "image"), ":shop.web.9"),
    (DEPLOY, ("containers", "web", "ports"), {"80": "TCP"}),
    (DEPLOY, ("publicEndpoint", "containerName"), "api"),
    (DEPLOY, ("publicEndpoint", "healthCheck", "successCodes"), "500"),
    (UPDATE, ("serviceName",), "missing"),
    (UPDATE, ("power",), "huge"),
    (UPDATE, ("scale",), 0),
    (UPDATE, ("publicDomainNames",), {"missing": ["www.example.com"]}),
    (UPDATE, ("publicDomainNames",), {"a": [f"{n}.example.com" for n in range(5)]}),
    (UPDATE, ("isDisabled",), "true"),
    (UPDATE, ("force",), True),
    (DELETE, ("serviceName",), "missing"),
    (DELETE, ("force",), True),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=3) | st.just("shop"),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=3,
)


PLACES = [(operation, path) for operation, full in VALID.items() for path in places(full)]


@pytest.mark.parametrize(("operation", "path", "value"), INVALID, ids=str)
def test_an_invalid_request_changes_nothing(world, operation, path, value):
    world.running()
    before = world.snapshot()
    assert world.refused(operation, **put(VALID[operation], path, value))["__type"]
    assert world.snapshot() == before


@pytest.mark.parametrize("operation", VALID)
def test_the_valid_request_is_accepted(world, operation):
    world.running()
    assert world.call(operation, **VALID[operation]).status == 200


@quick
@given(st.sampled_from(STATES), st.sampled_from(INVALID))
def test_an_invalid_request_changes_nothing_in_any_state(new_world, state, invalid):
    operation, path, value = invalid
    world = new_world()
    world.service_in(state)
    before = world.snapshot()
    assert world.refused(operation, **put(VALID[operation], path, value))["__type"]
    assert world.snapshot() == before


@quick
@given(st.sampled_from(PLACES), json_values)
def test_a_request_with_arbitrary_json_changes_nothing_if_it_is_refused(new_world, place, value):
    operation, path = place
    world = new_world()
    world.running()
    before = world.snapshot()
    reply = world.call(operation, **put(VALID[operation], path, value))
    if reply.status != 200:
        assert reply.status == 400
        assert world.snapshot() == before


def test_a_refused_request_does_not_use_up_a_script(world):
    world.ready()
    world.account.script.deploy(takes=30)
    world.refused(DEPLOY, serviceName="shop", containers={})
    world.deploy()
    world.advance(31)
    assert world.get()["state"] == "RUNNING"


def test_a_refused_request_does_not_change_later_identifiers(new_world):
    troubled, calm = new_world(), new_world()
    troubled.refused(CREATE, serviceName="Blog", power="nano", scale=1)
    assert troubled.create()["arn"] == calm.create()["arn"]
