"""DeleteContainerService and GetContainerServices."""

from __future__ import annotations

import pytest

# --- delete ------------------------------------------------------------------------------------------


def test_the_response_to_a_deletion_is_empty(world):
    world.ready()
    assert world.delete() == {}


def test_a_service_is_deleting_right_after_its_deletion(world):
    world.ready()
    world.delete()
    assert world.get()["state"] == "DELETING"


def test_a_deleted_service_is_eventually_not_found(world):
    world.ready()
    world.delete()
    world.settle()
    reply = world.call("GetContainerServices", serviceName="shop")
    assert (reply.status, reply.error) == (400, "NotFoundException")
    assert world.names() == []


def test_a_deletion_does_not_affect_other_services(world):
    world.ready("a")
    world.ready("b")
    world.delete("a")
    world.settle()
    assert world.names() == ["b"]


# --- get ---------------------------------------------------------------------------------------------


def test_a_new_account_has_an_empty_list_of_services(world):
    assert world.call("GetContainerServices").body == {"containerServices": []}


def test_a_service_requested_by_name_is_returned_in_a_list(world):
    world.ready()
    reply = world.call("GetContainerServices", serviceName="shop")
    assert set(reply.body) == {"containerServices"}
    assert len(reply.body["containerServices"]) == 1


def test_a_request_without_a_name_returns_all_services_of_the_region(world):
    for name in ("c", "a", "b"):
        world.create(name)
    assert sorted(world.names()) == ["a", "b", "c"]


def test_a_null_name_is_treated_as_absent(world):
    world.create()
    reply = world.call("GetContainerServices", serviceName=None)
    assert len(reply.body["containerServices"]) == 1


def test_a_service_looks_the_same_in_a_list_and_by_name(world):
    world.running("a")
    world.ready("b")
    for service in world.call("GetContainerServices").body["containerServices"]:
        assert service == world.get(service["containerServiceName"])


def test_reading_changes_nothing(world):
    world.running()
    world.deploy()
    before = world.snapshot()
    for _ in range(5):
        world.get()
    assert world.snapshot() == before


def test_a_change_returns_the_service_as_the_next_read_shows_it(world):
    world.ready()
    assert world.deploy() == world.get()
    world.settle()
    assert world.update(scale=2) == world.get()


# --- unknown services --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        "CreateContainerServiceDeployment",
        "DeleteContainerService",
        "GetContainerServices",
        "UpdateContainerService",
    ],
)
def test_an_unknown_service_is_not_found(world, operation):
    world.ready("other")
    more = {"containers": world.CONTAINERS} if "Deployment" in operation else {}
    reply = world.call(operation, serviceName="shop", **more)
    assert (reply.status, reply.error) == (400, "NotFoundException")
    assert "shop" in reply.body["message"]


def test_an_invalid_name_is_invalid_input_rather_than_not_found(world):
    reply = world.call("GetContainerServices", serviceName="Shop")
    assert reply.error == "InvalidInputException"
