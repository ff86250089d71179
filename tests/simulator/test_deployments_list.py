"""GetContainerServiceDeployments."""

from __future__ import annotations

from typing import Any

from .conftest import World


def deployments(world: World) -> list[dict[str, Any]]:
    reply = world.call("GetContainerServiceDeployments", serviceName="shop")
    found: list[dict[str, Any]] = reply.body["deployments"]
    return found


def test_a_new_service_has_no_deployments(world: World) -> None:
    world.ready()
    assert deployments(world) == []


def test_the_newest_deployment_is_listed_first(world: World) -> None:
    world.running()
    world.deploy()
    assert [(one["version"], one["state"]) for one in deployments(world)] == [
        (2, "ACTIVATING"),
        (1, "ACTIVE"),
    ]


def test_failed_and_replaced_deployments_are_listed(world: World) -> None:
    world.running()
    world.account.script.deploy(fails_at="CREATING_DEPLOYMENT")
    world.deploy()
    world.settle()
    world.deploy()
    world.settle()
    assert [one["state"] for one in deployments(world)] == ["ACTIVE", "FAILED", "INACTIVE"]


def test_the_50_newest_deployments_are_listed() -> None:
    world = World(pace="instant")
    world.create()
    world.clock.advance(0)
    for _ in range(53):
        world.deploy()
        world.clock.advance(0)
    kept = deployments(world)
    assert [kept[0]["version"], kept[-1]["version"], len(kept)] == [53, 4, 50]


def test_fewer_deployments_are_listed_if_the_quota_is_lower() -> None:
    world = World(pace="instant")
    world.account.quotas["deployments-kept"] = 2
    world.create()
    for _ in range(3):
        world.clock.advance(0)
        world.deploy()
    assert [one["version"] for one in deployments(world)] == [3, 2]


def test_the_current_deployment_stays_when_it_is_no_longer_listed() -> None:
    world = World(pace="instant")
    world.account.quotas["deployments-kept"] = 2
    world.create()
    world.clock.advance(0)
    world.deploy()
    world.clock.advance(0)
    world.account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", times=2)
    for _ in range(2):
        world.deploy()
        world.clock.advance(0)
    assert [(one["version"], one["state"]) for one in deployments(world)] == [
        (3, "FAILED"),
        (2, "FAILED"),
    ]
    assert world.get()["currentDeployment"]["version"] == 1
