"""A test ends the current event of a service by hand."""

from __future__ import annotations

import pytest

from pytest_lightsail import ConfigurationError
from pytest_lightsail.model.lifecycle import BEGUN_BY, SERVICE_EDGES, Edge
from pytest_lightsail.simulator.history import StateChange

from .conftest import CONTAINERS, World


def enter(world: World, state: str) -> None:
    service = world.account.region(world.HOME).services["shop"]
    world.account.progress.enter(service, state)


def test_a_creation_can_be_ended_by_hand(world: World) -> None:
    world.create()
    enter(world, "READY")
    assert world.get()["state"] == "READY"
    assert world.get()["principalArn"]


def test_a_deployment_that_never_ends_can_be_ended_by_hand(world: World) -> None:
    world.ready()
    world.account.script.deploy(never_ends=True)
    world.deploy()
    enter(world, "RUNNING")
    assert world.get()["currentDeployment"]["state"] == "ACTIVE"


def test_a_first_deployment_can_be_made_to_fail_by_hand(world: World) -> None:
    world.ready()
    world.deploy()
    enter(world, "READY")
    assert "currentDeployment" not in world.get()


def test_a_second_deployment_can_be_ended_by_hand(world: World) -> None:
    world.running()
    world.deploy()
    enter(world, "RUNNING")
    assert world.get()["currentDeployment"]["version"] == 2


def test_a_deletion_can_be_ended_by_hand(world: World) -> None:
    world.ready()
    world.delete()
    enter(world, "ABSENT")
    assert world.names() == []


def test_an_event_that_was_ended_by_hand_does_not_continue(world: World) -> None:
    world.create()
    enter(world, "READY")
    world.clock.advance(3600)
    states = [
        event.state for event in world.account.history.entries if isinstance(event, StateChange)
    ]
    assert states == ["PENDING", "READY"]


def test_the_history_shows_that_an_event_was_ended_by_hand(world: World) -> None:
    world.create()
    enter(world, "READY")
    assert world.account.history.entries[-1].cause == "entered by hand: READY"  # type: ignore[union-attr]


def test_an_impossible_state_is_refused_with_the_possible_states(world: World) -> None:
    world.ready()
    world.deploy()
    with pytest.raises(ConfigurationError) as caught:
        enter(world, "DISABLED")
    assert str(caught.value) == (
        "shop is DEPLOYING and cannot enter DISABLED; possible: READY, RUNNING"
    )


@pytest.mark.parametrize("state", ["READY", "RUNNING", "DISABLED"])
def test_a_service_without_a_current_event_cannot_enter_a_state(world: World, state: str) -> None:
    world.service_in(state)
    with pytest.raises(ConfigurationError, match="cannot enter UPDATING; possible: none"):
        enter(world, "UPDATING")
    assert world.get()["state"] == state


BY_HAND = [
    edge
    for edge in SERVICE_EDGES
    if edge.trigger not in BEGUN_BY and edge.trigger != "failed-over-running"
]


def start(world: World, edge: Edge) -> None:
    """Bring a service into the state in which the edge starts."""
    if edge.trigger == "created-with-deployment":
        world.create(deployment={"containers": CONTAINERS})
    elif edge.trigger == "failed":
        world.ready()
        world.deploy()
    elif edge.trigger in {"updated", "updated-disabled"}:
        world.ready()
        world.update(isDisabled=edge.trigger == "updated-disabled")
    else:
        world.service_in(edge.state)


@pytest.mark.parametrize("edge", BY_HAND, ids=lambda edge: f"{edge.state}-{edge.trigger}")
def test_every_event_can_be_ended_by_hand(world: World, edge: Edge) -> None:
    start(world, edge)
    enter(world, edge.target)
    assert edge in world.account.history.edges
