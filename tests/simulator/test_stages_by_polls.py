"""A stage can last for a number of reads instead of a time."""

from __future__ import annotations

import pytest

from pytest_lightsail import ConfigurationError, Stage

from .conftest import World


def states(world: World, reads: int) -> list[str]:
    return [world.get()["state"] for _ in range(reads)]


def test_a_stage_by_polls_is_left_after_so_many_reads(world: World) -> None:
    world.account.script.create(stages=[Stage("PENDING", polls=3)])
    world.create()
    assert states(world, 4) == ["PENDING", "PENDING", "PENDING", "READY"]


def test_time_does_not_end_a_stage_by_polls(world: World) -> None:
    world.account.script.create(polls=2)
    world.create()
    world.clock.advance(3600)
    assert states(world, 3) == ["PENDING", "PENDING", "READY"]


def test_a_list_of_all_services_is_a_read_of_each(world: World) -> None:
    world.account.script.create(polls=1)
    world.create()
    assert world.names() == ["shop"]
    assert world.get()["state"] == "READY"


def test_polls_are_spread_over_the_steps_of_a_deployment(world: World) -> None:
    world.create()
    world.clock.advance(600)
    world.account.script.deploy(polls=16)
    world.deploy()
    seen = [world.get().get("stateDetail", {}).get("code") for _ in range(16)]
    assert seen[0] is None
    assert seen[-1] == "ACTIVATING_DEPLOYMENT"
    assert all(seen.count(code) == 2 for code in seen)
    assert world.get()["state"] == "RUNNING"


def test_fewer_polls_than_steps_show_that_many_states_on_the_way(world: World) -> None:
    world.create()
    world.clock.advance(600)
    world.account.script.deploy(polls=2)
    world.deploy()
    assert states(world, 3) == ["DEPLOYING", "DEPLOYING", "RUNNING"]


def test_polls_and_a_failure_go_together(world: World) -> None:
    world.create()
    world.clock.advance(600)
    stage = Stage("DEPLOYING", "EVALUATING_HEALTH_CHECK", polls=2)
    world.account.script.deploy(stages=[stage], fails_at="EVALUATING_HEALTH_CHECK")
    world.deploy()
    world.clock.advance(3600)
    assert world.get()["state"] == "READY"


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "3"])
def test_polls_is_a_whole_number_from_1(world: World, wrong: object) -> None:
    with pytest.raises(ConfigurationError, match="polls"):
        world.account.script.deploy(polls=wrong)  # type: ignore[arg-type]


def test_a_stage_lasts_for_seconds_or_for_polls(world: World) -> None:
    with pytest.raises(ConfigurationError, match="pass only one"):
        Stage("PENDING", seconds=3, polls=3)
    with pytest.raises(ConfigurationError, match="not both"):
        world.account.script.create(takes=3, polls=3)


def test_a_stage_by_polls_reads_as_it_is_written() -> None:
    assert repr(Stage("PENDING", polls=3)) == "Stage('PENDING', polls=3)"


@pytest.mark.parametrize(
    ("event", "change", "after"),
    [
        ("update", {"scale": 2}, "RUNNING"),
        ("disable", {"isDisabled": True}, "DISABLED"),
        ("enable", {"isDisabled": False}, "RUNNING"),
    ],
)
def test_an_update_can_last_for_a_number_of_reads(
    world: World, event: str, change: dict[str, object], after: str
) -> None:
    world.service_in("DISABLED" if event == "enable" else "RUNNING")
    getattr(world.account.script, event)(polls=2)
    world.update(**change)
    assert [world.get()["state"] for _ in range(3)] == ["UPDATING", "UPDATING", after]


def test_a_deletion_can_last_for_a_number_of_reads(world: World) -> None:
    world.ready()
    world.account.script.delete(polls=2)
    world.delete()
    assert [world.get()["state"] for _ in range(2)] == ["DELETING", "DELETING"]
    assert world.names() == []
