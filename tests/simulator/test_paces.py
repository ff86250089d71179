"""Paces, services that get stuck, and reads that lag behind."""

from __future__ import annotations

import pytest

from pytest_lightsail import ConfigurationError, options
from pytest_lightsail.model.lifecycle import PACES, STATE_DETAILS, STUCK, TIMELINES

from .conftest import World


def test_an_instant_change_is_complete_at_the_next_call() -> None:
    world = World(pace="instant", latency=0.1)
    assert world.create()["state"] == "PENDING"
    assert world.get()["state"] == "READY"
    assert world.deploy()["nextDeployment"]["state"] == "ACTIVATING"
    assert world.get()["currentDeployment"]["state"] == "ACTIVE"


def test_a_fast_change_takes_one_second_per_step() -> None:
    world = World(pace="fast")
    world.create()
    world.clock.advance(1)
    world.deploy()
    world.clock.advance(len(TIMELINES["deploy"]) - 0.5)
    assert world.get()["state"] == "DEPLOYING"
    world.clock.advance(0.5)
    assert world.get()["state"] == "RUNNING"


def test_a_new_pace_applies_to_the_next_event(world: World) -> None:
    world.create()
    world.account.script.preset("instant")
    assert world.get()["state"] == "PENDING"
    world.clock.advance(40)
    world.deploy()
    world.clock.advance(0)
    assert world.get()["state"] == "RUNNING"


def test_a_script_takes_precedence_over_the_pace() -> None:
    world = World(pace="instant")
    world.account.script.create(takes=70)
    world.create()
    world.clock.advance(69)
    assert world.get()["state"] == "PENDING"
    world.clock.advance(1)
    assert world.get()["state"] == "READY"


def test_an_instant_deployment_can_fail_at_a_step() -> None:
    world = World(pace="instant")
    world.create()
    world.clock.advance(0)
    world.account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    world.deploy()
    world.clock.advance(0)
    assert world.get()["state"] == "READY"


def test_an_unknown_pace_is_refused_with_the_known_paces(world: World) -> None:
    with pytest.raises(ConfigurationError, match="realistic, fast, instant"):
        world.account.script.preset("slow")


def test_every_pace_of_the_options_is_defined() -> None:
    assert set(PACES) == set(options.PACES)


@pytest.mark.parametrize("code", STUCK)
def test_a_service_can_get_stuck_during_its_creation(world: World, code: str) -> None:
    world.account.script.create(stuck_with=code)
    world.create()
    world.clock.advance(24 * 3600)
    service = world.get()
    assert service["state"] == "PENDING"
    assert service["stateDetail"] == {"code": code, "message": STATE_DETAILS[code]}


def test_only_a_creation_can_get_stuck(world: World) -> None:
    with pytest.raises(ConfigurationError, match="stuck_with"):
        world.account.script.deploy(stuck_with="UNKNOWN_ERROR")
    with pytest.raises(ConfigurationError, match="stuck_with"):
        world.account.script.create(stuck_with="CREATING_DEPLOYMENT")


def test_reads_can_lag_behind_a_deployment(world: World) -> None:
    world.create()
    world.clock.advance(60)
    world.account.script.deploy(lag=3)
    assert world.deploy()["state"] == "DEPLOYING"
    assert world.get()["state"] == "READY"
    assert "nextDeployment" not in world.get()
    world.clock.advance(3)
    assert world.get()["nextDeployment"]["version"] == 1


def test_only_a_deployment_can_have_a_lag(world: World) -> None:
    with pytest.raises(ConfigurationError, match="unknown argument 'lag'"):
        world.account.script.update(lag=3)
