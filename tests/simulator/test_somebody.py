"""Somebody else changes the account in the middle of the caller's work."""

from __future__ import annotations

import threading

import pytest

from pytest_lightsail import ConfigurationError
from pytest_lightsail.simulator.history import Call, StateChange
from pytest_lightsail.simulator.somebody import When

from .conftest import CONTAINERS, World


def ready(world: World) -> World:
    world.create()
    world.clock.advance(60)
    return world


def test_somebody_deletes_a_service_after_a_time(world: World) -> None:
    ready(world).account.somebody.deletes("shop", after=30)
    world.clock.advance(29)
    assert world.get()["state"] == "READY"
    world.clock.advance(1)
    assert world.get()["state"] == "DELETING"


def test_somebody_updates_a_service_at_once(world: World) -> None:
    ready(world).account.somebody.updates("shop", power="micro")
    assert world.get()["power"] == "micro"


def test_somebody_wins_the_race_for_a_name(world: World) -> None:
    world.account.somebody.creates("shop", before="CreateContainerService")
    error = world.refused("CreateContainerService", serviceName="shop", power="nano", scale=1)
    assert error["message"] == "Some names are already in use: shop"


def test_somebody_deploys_between_a_look_and_a_deployment(world: World) -> None:
    ready(world).account.somebody.deploys(
        "shop", image="other:1", before="CreateContainerServiceDeployment"
    )
    assert world.get()["state"] == "READY"
    error = world.refused(
        "CreateContainerServiceDeployment", serviceName="shop", containers=CONTAINERS
    )
    assert "deployment 1 is in progress" in error["message"]
    assert world.get()["nextDeployment"]["containers"]["web"]["image"] == "other:1"


def test_somebody_waits_for_the_nth_call(world: World) -> None:
    ready(world).account.somebody.deletes("shop", before="GetContainerServices", nth=3)
    assert [world.get()["state"] for _ in range(3)] == ["READY", "READY", "DELETING"]


def test_somebody_comes_before_the_first_call_unless_told_otherwise(world: World) -> None:
    somebody = ready(world).account.somebody
    somebody.updates("shop", power="micro", before="GetContainerServices")
    assert world.get()["power"] == "micro"
    somebody.deletes("shop", before="GetContainerServices")
    world.clock.advance(60)
    assert world.get()["state"] == "DELETING"


def test_somebody_is_refused_like_anybody(world: World) -> None:
    somebody = ready(world).account.somebody
    somebody.deletes("shap")
    (line,) = somebody.unused()
    assert "was refused: The ContainerService does not exist: shap" in line


def test_somebody_who_never_comes_is_told_of(world: World) -> None:
    somebody = ready(world).account.somebody
    somebody.deletes("shop", before="UpdateContainerService")
    somebody.deletes("shop", before="UpdateContainerService", optional=True)
    assert somebody.unused() == ["somebody.deletes(serviceName='shop'): never came"]


def test_the_callers_calls_are_the_callers_alone(world: World) -> None:
    ready(world).account.somebody.updates("shop", power="micro")
    assert len(world.account.history.calls) == 1
    assert world.account.history.events[-1].cause.startswith("somebody.updates(")  # type: ignore[union-attr]


def test_somebody_who_is_refused_before_a_call_is_not_that_calls_doing(world: World) -> None:
    somebody = ready(world).account.somebody
    somebody.deletes("shap", before="GetContainerServices")
    world.get()
    noted, call = world.account.history.events[-2:]
    assert isinstance(noted, StateChange)
    assert isinstance(call, Call)
    assert (noted.service, noted.state, noted.by_call) == ("shap", "ABSENT", False)


def test_what_nobody_could_ask_for_is_refused_when_it_is_said(world: World) -> None:
    with pytest.raises(ConfigurationError, match="giga"):
        ready(world).account.somebody.updates("shop", power="giga")
    with pytest.raises(ConfigurationError, match="not both"):
        world.account.somebody.deletes("shop", after=3, before="GetContainerServices")


def test_what_was_refused_when_it_was_said_does_not_happen(world: World) -> None:
    somebody = ready(world).account.somebody
    with pytest.raises(ConfigurationError, match="0 or more seconds"):
        somebody.deletes("shop", after=-1)
    assert somebody.unused() == []


def test_environment_values_stay_out_of_what_is_told(world: World) -> None:
    somebody = ready(world).account.somebody
    containers = {"web": {"image": "nginx", "environment": {"TOKEN": "hunter2"}}}
    somebody.deploys("shop", containers=containers, before="GetContainerServices")
    assert "hunter2" not in somebody.unused()[0]


@pytest.mark.parametrize("when", [{"before": "GetContainerServices"}, {"after": 30}, {}])
def test_what_another_thread_plans_waits_for_the_call_that_is_being_answered(
    world: World, when: When
) -> None:
    somebody = world.account.somebody
    plans = threading.Thread(target=lambda: somebody.creates("shop", **when))
    with world.account.lock:
        plans.start()
        plans.join(0.05)
        assert (somebody.waiting, somebody.to_come(), world.clock.next_due) == (False, [], None)
    plans.join()
    world.names()
    world.clock.advance(30)
    assert world.names() == ["shop"]
