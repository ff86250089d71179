"""DeleteContainerService and GetContainerServices."""

from __future__ import annotations

import pytest

# --- delete ------------------------------------------------------------------------------------------


def test_the_answer_to_delete_is_empty(world):
    world.ready()
    assert world.delete() == {}


def test_a_service_is_deleting_for_a_moment(world):
    world.ready()
    world.delete()
    assert world.get()["state"] == "DELETING"


def test_a_service_is_gone_after_that_moment(world):
    world.ready()
    world.delete()
    world.settle()
    reply = world.call("GetContainerServices", serviceName="shop")
    assert (reply.status, reply.error) == (400, "NotFoundException")
    assert world.names() == []


def test_delete_touches_no_other_service(world):
    world.ready("a")
    world.ready("b")
    world.delete("a")
    world.settle()
    assert world.names() == ["b"]


# --- get ---------------------------------------------------------------------------------------------


def test_without_services_the_list_is_empty(world):
    assert world.call("GetContainerServices").body == {"containerServices": []}


def test_one_service_comes_in_a_list_too(world):
    world.ready()
    reply = world.call("GetContainerServices", serviceName="shop")
    assert set(reply.body) == {"containerServices"}
    assert len(reply.body["containerServices"]) == 1


def test_without_a_name_all_services_of_the_region_come(world):
    for name in ("c", "a", "b"):
        world.create(name)
    assert sorted(world.names()) == ["a", "b", "c"]


def test_a_null_name_is_none(world):
    world.create()
    reply = world.call("GetContainerServices", serviceName=None)
    assert len(reply.body["containerServices"]) == 1


def test_alone_or_among_others_a_service_is_shown_the_same(world):
    world.running("a")
    world.ready("b")
    for service in world.call("GetContainerServices").body["containerServices"]:
        assert service == world.get(service["containerServiceName"])


def test_looking_changes_nothing(world):
    world.running()
    world.deploy()
    before = world.snapshot()
    for _ in range(5):
        world.get()
    assert world.snapshot() == before


def test_what_a_call_answers_is_what_the_next_look_shows(world):
    world.ready()
    assert world.deploy() == world.get()
    world.settle()
    assert world.update(scale=2) == world.get()


# --- a service that is not there ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        "CreateContainerServiceDeployment",
        "DeleteContainerService",
        "GetContainerServices",
        "UpdateContainerService",
    ],
)
def test_a_service_that_is_not_there_is_not_found(world, operation):
    world.ready("other")
    more = {"containers": world.CONTAINERS} if "Deployment" in operation else {}
    reply = world.call(operation, serviceName="shop", **more)
    assert (reply.status, reply.error) == (400, "NotFoundException")
    assert "shop" in reply.body["message"]


def test_a_bad_name_is_invalid_rather_than_not_found(world):
    reply = world.call("GetContainerServices", serviceName="Shop")
    assert reply.error == "InvalidInputException"
