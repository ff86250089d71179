"""The states that GetContainerServices shows, from a call until no change is due."""

from __future__ import annotations

import pytest

from pytest_lightsail.simulator.resources import Certificate


def fails(world) -> None:
    world.account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")


# --- create ------------------------------------------------------------------------------------------


def test_a_creation_without_a_deployment_goes_from_pending_to_ready(world):
    world.create()
    assert world.walk() == ["PENDING", "READY"]


def test_a_creation_with_a_deployment_goes_on_to_running(world):
    world.create(deployment={"containers": world.CONTAINERS})
    assert world.walk() == ["PENDING", "DEPLOYING", "RUNNING"]


def test_a_creation_with_a_deployment_activates_version_1(world):
    world.create(deployment={"containers": world.CONTAINERS})
    assert world.walk(of="next") == [(1, "ACTIVATING"), None]
    assert world.get()["currentDeployment"]["version"] == 1
    assert world.get()["currentDeployment"]["state"] == "ACTIVE"


def test_a_creation_with_a_failing_deployment_ends_in_ready(world):
    fails(world)
    world.create(deployment={"containers": world.CONTAINERS})
    assert world.walk() == ["PENDING", "DEPLOYING", "READY"]


# --- deploy ------------------------------------------------------------------------------------------


def test_the_first_deployment_goes_from_deploying_to_running(world):
    world.ready()
    world.deploy()
    assert world.walk() == ["DEPLOYING", "RUNNING"]


def test_the_first_deployment_is_next_while_activating_and_current_when_active(world):
    world.ready()
    world.deploy()
    assert world.walk(of="next") == [(1, "ACTIVATING"), None]
    assert world.walk(of="current") == [(1, "ACTIVE")]


def test_there_is_no_current_deployment_before_the_first_one_succeeds(world):
    world.ready()
    world.deploy()
    assert world.walk(of="current") == [None, (1, "ACTIVE")]


def test_a_failed_first_deployment_goes_from_deploying_back_to_ready(world):
    world.ready()
    fails(world)
    world.deploy()
    assert world.walk() == ["DEPLOYING", "READY"]


def test_a_failed_first_deployment_leaves_neither_a_current_nor_a_next_one(world):
    world.ready()
    fails(world)
    world.deploy()
    world.settle()
    assert {"currentDeployment", "nextDeployment"}.isdisjoint(world.get())


def test_a_second_deployment_goes_from_deploying_to_running(world):
    world.running()
    world.deploy()
    assert world.walk() == ["DEPLOYING", "RUNNING"]


def test_the_old_deployment_stays_active_while_a_new_one_is_activating(world):
    world.running()
    world.deploy()
    service = world.get()
    assert (service["currentDeployment"]["version"], service["currentDeployment"]["state"]) == (
        1,
        "ACTIVE",
    )
    assert (service["nextDeployment"]["version"], service["nextDeployment"]["state"]) == (
        2,
        "ACTIVATING",
    )


def test_a_new_deployment_replaces_the_old_one_without_a_gap(world):
    world.running()
    world.deploy()
    assert world.walk(of="current") == [(1, "ACTIVE"), (2, "ACTIVE")]
    assert "nextDeployment" not in world.get()


def test_the_old_deployment_becomes_inactive_when_it_is_replaced(world):
    world.running()
    world.deploy()
    world.settle()
    states = [(one.version, one.state) for one in stored(world)]
    assert states == [(2, "ACTIVE"), (1, "INACTIVE")]


def test_a_failed_second_deployment_goes_from_deploying_back_to_running(world):
    world.running()
    fails(world)
    world.deploy()
    assert world.walk() == ["DEPLOYING", "RUNNING"]


def test_a_failed_deployment_leaves_the_old_one_active(world):
    world.running()
    fails(world)
    world.deploy()
    assert world.walk(of="current") == [(1, "ACTIVE")]
    assert "nextDeployment" not in world.get()
    states = [(one.version, one.state) for one in stored(world)]
    assert states == [(2, "FAILED"), (1, "ACTIVE")]


def stored(world):
    return world.account.region(world.HOME).services["shop"].deployments


# --- update ------------------------------------------------------------------------------------------

CHANGES = [{"power": "micro"}, {"scale": 3}, {"publicDomainNames": {}}, {}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_an_update_of_a_ready_service_goes_from_updating_to_ready(world, change):
    world.ready()
    world.update(**change)
    assert world.walk() == ["UPDATING", "READY"]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_an_update_of_a_running_service_goes_from_updating_to_running(world, change):
    world.running()
    world.update(**change)
    assert world.walk() == ["UPDATING", "RUNNING"]


def test_an_update_of_domains_goes_from_updating_to_running(world):
    world.running()
    certificates = world.account.region(world.HOME).certificates
    certificates["site"] = Certificate(("www.example.com",))
    world.update(publicDomainNames={"site": ["www.example.com"]})
    assert world.walk() == ["UPDATING", "RUNNING"]
    assert world.get()["publicDomainNames"] == {"site": ["www.example.com"]}


@pytest.mark.parametrize("change", [{"power": "micro"}, {"scale": 3}], ids=str)
def test_an_update_of_the_capacity_creates_no_new_version(world, change):
    world.running()
    world.update(**change)
    world.settle()
    assert [(one.version, one.state) for one in stored(world)] == [(1, "ACTIVE")]


def test_an_update_leaves_the_current_deployment_in_place(world):
    world.running()
    world.update(power="micro")
    assert world.walk(of="current") == [(1, "ACTIVE")]
    assert world.walk(of="next") == [None]


def test_disabling_a_ready_service_goes_from_updating_to_disabled(world):
    world.ready()
    world.update(isDisabled=True)
    assert world.walk() == ["UPDATING", "DISABLED"]


def test_disabling_a_running_service_goes_from_updating_to_disabled(world):
    world.running()
    world.update(isDisabled=True)
    assert world.walk() == ["UPDATING", "DISABLED"]


def test_enabling_a_service_that_never_ran_goes_from_updating_to_ready(world):
    world.ready()
    world.update(isDisabled=True)
    world.settle()
    world.update(isDisabled=False)
    assert world.walk() == ["UPDATING", "READY"]


def test_enabling_a_service_with_a_current_deployment_goes_from_updating_to_running(world):
    world.disabled()
    world.update(isDisabled=False)
    assert world.walk() == ["UPDATING", "RUNNING"]


def test_the_current_deployment_survives_disabling_and_enabling(world):
    world.disabled()
    assert world.get()["currentDeployment"]["version"] == 1
    world.update(isDisabled=False)
    assert world.walk(of="current") == [(1, "ACTIVE")]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_an_update_of_a_disabled_service_ends_in_disabled(world, change):
    world.disabled()
    world.update(**change)
    assert world.walk()[-1] == "DISABLED"
    assert world.get()["isDisabled"] is True


# --- delete ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["READY", "RUNNING", "DISABLED"])
def test_a_deleted_service_is_deleting_and_then_gone(world, state):
    world.service_in(state)
    world.delete()
    assert world.walk() == ["DELETING", "gone"]


# --- refusals by state -------------------------------------------------------------------------------

WAIT = "Please wait for it to complete before trying again."
LATER = "Please try again in a few minutes."
REFUSED = [
    ("PENDING", "CreateContainerServiceDeployment", LATER),
    ("DEPLOYING", "CreateContainerServiceDeployment", WAIT),
    ("UPDATING", "CreateContainerServiceDeployment", LATER),
    ("DISABLED", "CreateContainerServiceDeployment", "is disabled"),
    ("DELETING", "CreateContainerServiceDeployment", LATER),
    ("PENDING", "UpdateContainerService", LATER),
    ("DEPLOYING", "UpdateContainerService", LATER),
    ("UPDATING", "UpdateContainerService", LATER),
    ("DELETING", "UpdateContainerService", LATER),
    ("PENDING", "DeleteContainerService", LATER),
    ("DEPLOYING", "DeleteContainerService", WAIT),
    ("UPDATING", "DeleteContainerService", LATER),
    ("DELETING", "DeleteContainerService", LATER),
]
ACCEPTED = [
    (state, operation)
    for operation, states in {
        "CreateContainerServiceDeployment": ["READY", "RUNNING"],
        "UpdateContainerService": ["READY", "RUNNING", "DISABLED"],
        "DeleteContainerService": ["READY", "RUNNING", "DISABLED"],
    }.items()
    for state in states
]
ALL_STATES = ["PENDING", "READY", "DEPLOYING", "RUNNING", "UPDATING", "DISABLED", "DELETING"]


def parameters(world, operation: str) -> dict[str, object]:
    more = {"containers": world.CONTAINERS} if "Deployment" in operation else {}
    return {"serviceName": "shop", **more}


@pytest.mark.parametrize(("state", "operation", "text"), REFUSED)
def test_a_change_that_a_state_does_not_allow_is_refused(world, state, operation, text):
    world.service_in(state)
    before = world.snapshot()
    reply = world.call(operation, **parameters(world, operation))
    assert (reply.status, reply.error) == (400, "InvalidInputException")
    assert text in reply.body["message"]
    assert world.snapshot() == before


@pytest.mark.parametrize(("state", "operation"), ACCEPTED)
def test_a_change_that_a_state_allows_is_accepted(world, state, operation):
    world.service_in(state)
    assert world.call(operation, **parameters(world, operation)).status == 200


def test_every_change_is_tested_in_every_state():
    refused = {(state, operation) for state, operation, _ in REFUSED}
    assert refused.isdisjoint(ACCEPTED)
    operations = {operation for _, operation in refused}
    assert refused | set(ACCEPTED) == {(s, o) for s in ALL_STATES for o in operations}


@pytest.mark.parametrize("state", ALL_STATES)
def test_a_name_is_in_use_in_every_state(world, state):
    world.service_in(state)
    body = world.refused("CreateContainerService", serviceName="shop", power="nano", scale=1)
    assert body["message"] == "Some names are already in use: shop"


def test_a_refused_change_is_accepted_once_the_state_allows_it(world):
    world.create()
    world.refused("UpdateContainerService", serviceName="shop", scale=2)
    world.settle()
    assert world.update(scale=2)["scale"] == 2
