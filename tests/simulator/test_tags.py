"""TagResource and UntagResource on container services."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.simulator.resources import Certificate

from .conftest import World


def tag(world: World, **tags: str | None) -> Any:
    given = [
        {"key": key, **({} if value is None else {"value": value})} for key, value in tags.items()
    ]
    return world.call("TagResource", resourceName="shop", tags=given)


def tags(world: World) -> dict[str, str | None]:
    return {one["key"]: one.get("value") for one in world.get()["tags"]}


def test_tags_are_added_and_overwritten(world: World) -> None:
    world.create(tags=[{"key": "team", "value": "red"}, {"key": "env", "value": "test"}])
    tag(world, team="blue", stage=None)
    assert tags(world) == {"env": "test", "team": "blue", "stage": ""}


def test_tags_are_removed_and_absent_keys_are_ignored(world: World) -> None:
    world.create(tags=[{"key": "team", "value": "red"}])
    reply = world.call("UntagResource", resourceName="shop", tagKeys=["team", "none"])
    assert reply.status == 200
    assert tags(world) == {}


def test_the_response_to_tagging_is_a_succeeded_operation(world: World) -> None:
    world.create()
    (operation,) = tag(world, team="red").body["operations"]
    assert operation["status"] == "Succeeded"
    assert operation["resourceType"] == "ContainerService"
    assert operation["isTerminal"] is True


@pytest.mark.parametrize("state", ["PENDING", "DEPLOYING", "RUNNING", "DISABLED"])
def test_a_service_can_be_tagged_in_any_state(world: World, state: str) -> None:
    world.service_in(state)
    assert tag(world, team="red").status == 200


def test_the_limit_of_50_tags_applies_to_all_tags_together(world: World) -> None:
    world.create(tags=[{"key": str(number)} for number in range(49)])
    assert tag(world, one="1").status == 200
    reply = tag(world, two="2")
    assert "at most 50" in reply.body["message"]
    assert len(tags(world)) == 50


def test_an_arn_of_another_resource_is_not_found(world: World) -> None:
    arn = world.create()["arn"]
    given = {"resourceName": "shop", "tags": []}
    assert world.call("TagResource", **given, resourceArn=arn).status == 200
    other = arn[:-1] + ("0" if arn[-1] != "0" else "1")
    assert world.refused("TagResource", **given, resourceArn=other)["__type"] == "NotFoundException"


def test_an_earlier_response_keeps_its_tags(world: World) -> None:
    world.create(tags=[{"key": "team", "value": "red"}])
    world.get()
    tag(world, team="blue")
    response = world.account.history.calls[1].response
    assert response is not None
    assert response["containerServices"][0]["tags"] == [{"key": "team", "value": "red"}]


def test_a_certificate_can_be_tagged(world: World) -> None:
    world.call("CreateCertificate", certificateName="shop", domainName="www.example.com")
    tag(world, team="red")
    (certificate,) = world.call("GetCertificates").body["certificates"]
    assert certificate["tags"] == [{"key": "team", "value": "red"}]


def test_an_account_does_not_change_the_certificate_object_of_a_test(
    new_world: type[World],
) -> None:
    ours = Certificate(("www.example.com",), tags=[{"key": "team", "value": "red"}])
    for _ in range(2):
        world = new_world()
        world.account.region(world.HOME).certificates["shop"] = ours
        world.call("GetCertificates")
        world.call("UntagResource", resourceName="shop", tagKeys=["team"])
        assert ours.tags == [{"key": "team", "value": "red"}]
