"""A test moves a service by hand, along the edges of the table and in no other way."""

from __future__ import annotations

import pytest

from pytest_lightsail import ImpossibleTransitionError, Stage
from pytest_lightsail.model.lifecycle import ABSENT, SERVICE_EDGES, Edge
from pytest_lightsail.simulator.history import StateChange
from pytest_lightsail.simulator.interventions import enter, possible
from pytest_lightsail.simulator.resources import ContainerService

from .conftest import CONTAINERS, World


def shop(world: World) -> ContainerService:
    return world.account.region(world.HOME).services["shop"]


def go(world: World, state: str, detail: str | None = None, by: str | None = None) -> None:
    enter(world.account, shop(world), state, detail, by)


def test_a_creation_is_ended_at_once(world: World) -> None:
    world.create()
    go(world, "READY")
    assert world.get()["state"] == "READY"
    assert world.get()["principalArn"]


def test_a_deployment_that_never_ends_is_ended_by_hand(world: World) -> None:
    world.create()
    go(world, "READY")
    world.account.script.deploy(never_ends=True)
    world.deploy()
    go(world, "RUNNING")
    assert world.get()["currentDeployment"]["state"] == "ACTIVE"


def test_a_first_deployment_is_made_to_fail(world: World) -> None:
    world.create()
    go(world, "READY")
    world.deploy()
    go(world, "READY")
    assert "currentDeployment" not in world.get()


def test_a_deployment_over_another_is_made_to_fail_by_naming_the_edge(world: World) -> None:
    world.create()
    go(world, "READY")
    world.deploy()
    go(world, "RUNNING")
    world.deploy()
    go(world, "RUNNING", by="failed-over-running")
    assert world.get()["currentDeployment"]["version"] == 1


def test_a_deployment_goes_to_a_step_ahead(world: World) -> None:
    world.create()
    go(world, "READY")
    world.deploy()
    go(world, "DEPLOYING", "EVALUATING_HEALTH_CHECK")
    assert world.get()["stateDetail"]["code"] == "EVALUATING_HEALTH_CHECK"
    world.clock.advance(600)
    assert world.get()["state"] == "RUNNING"


def test_the_stages_that_were_left_by_hand_do_not_come_back(world: World) -> None:
    world.create()
    go(world, "READY")
    world.clock.advance(3600)
    states = [
        event.state for event in world.account.history.events if isinstance(event, StateChange)
    ]
    assert states == ["PENDING", "READY"]


def test_a_service_begins_a_deployment_by_hand(world: World) -> None:
    world.create()
    go(world, "READY")
    go(world, "DEPLOYING")
    assert world.get()["nextDeployment"]["version"] == 1


def test_a_service_is_disabled_by_naming_the_edge(world: World) -> None:
    world.create()
    go(world, "READY")
    go(world, "UPDATING", by="disable")
    go(world, "DISABLED")
    assert world.get()["isDisabled"] is True


def test_a_deletion_is_ended_at_once(world: World) -> None:
    world.create()
    go(world, "READY")
    go(world, "DELETING")
    go(world, "ABSENT")
    assert world.names() == []


def test_an_impossible_move_is_refused_with_the_moves_that_are_possible(world: World) -> None:
    world.create()
    with pytest.raises(ImpossibleTransitionError) as caught:
        go(world, "RUNNING")
    assert str(caught.value) == (
        "shop is PENDING and cannot enter RUNNING; possible moves: READY (created)"
    )


def test_a_step_behind_is_refused_with_the_steps_ahead(world: World) -> None:
    world.create()
    go(world, "READY")
    world.deploy()
    go(world, "DEPLOYING", "EVALUATING_HEALTH_CHECK")
    with pytest.raises(ImpossibleTransitionError, match="steps ahead: ACTIVATING_DEPLOYMENT"):
        go(world, "DEPLOYING", "PROVISIONING_SERVICE")


def test_a_step_that_a_state_does_not_have_is_refused(world: World) -> None:
    world.ready()
    with pytest.raises(
        ImpossibleTransitionError, match="cannot enter EVALUATING_HEALTH_CHECK from its first step"
    ):
        go(world, "UPDATING", "EVALUATING_HEALTH_CHECK")


def test_a_state_and_a_step_of_it_are_entered_together(world: World) -> None:
    world.create(deployment={"containers": CONTAINERS})
    go(world, "DEPLOYING", "EVALUATING_HEALTH_CHECK")
    assert world.get()["stateDetail"]["code"] == "EVALUATING_HEALTH_CHECK"


def test_the_first_step_of_a_state_is_entered_with_it(world: World) -> None:
    world.ready()
    world.account.script.deploy(stages=[Stage("DEPLOYING", "CREATING_DEPLOYMENT", seconds=60)])
    go(world, "DEPLOYING", "CREATING_DEPLOYMENT")
    assert world.get()["stateDetail"]["code"] == "CREATING_DEPLOYMENT"


def test_a_deployment_that_the_account_refuses_is_an_impossible_move(world: World) -> None:
    service = world.ready() and world.account.region(world.HOME).services["shop"]
    stored = service.register_image("web", "sha256:" + "0" * 64, 0)
    world.deploy(containers={"web": {"image": stored.image}})
    world.settle()
    service.images.clear()
    before = world.snapshot()
    with pytest.raises(ImpossibleTransitionError, match=r"entered by hand: DEPLOYING: .*stored"):
        go(world, "DEPLOYING")
    assert world.snapshot() == before


def test_the_moves_of_a_service_depend_on_what_it_has(world: World) -> None:
    world.create()
    go(world, "READY")
    world.deploy()
    assert possible(shop(world)) == {"activated": "RUNNING", "failed": "READY"}
    go(world, "RUNNING")
    world.deploy()
    assert possible(shop(world)) == {"activated": "RUNNING", "failed-over-running": "RUNNING"}


def test_who_moved_it_stands_in_the_history(world: World) -> None:
    world.create()
    go(world, "READY")
    assert world.account.history.events[-1].cause == "entered by hand: READY"  # type: ignore[union-attr]


# --- the whole table ------------------------------------------------------------------------------------

STATES = ("PENDING", "READY", "DEPLOYING", "RUNNING", "UPDATING", "DISABLED", "DELETING")
BY_HAND = [edge for edge in SERVICE_EDGES if edge.state != ABSENT]


def before(world: World, edge: Edge) -> None:
    """A service in the state from which the edge leaves, with what the edge depends on."""
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
def test_every_edge_can_be_taken_by_hand(world: World, edge: Edge) -> None:
    before(world, edge)
    go(world, edge.target, by=edge.trigger)
    if edge.target == ABSENT:
        assert world.names() == []
    else:
        assert world.get()["state"] == edge.target


@pytest.mark.parametrize("target", STATES)
@pytest.mark.parametrize("state", STATES)
def test_where_no_edge_leads_the_refusal_names_those_there_are(
    world: World, state: str, target: str
) -> None:
    world.service_in(state)
    moves = possible(shop(world))
    if target in moves.values():
        go(world, target)
        assert world.get()["state"] == target
        return
    with pytest.raises(ImpossibleTransitionError) as caught:
        go(world, target)
    assert all(f"{to} ({trigger})" in str(caught.value) for trigger, to in moves.items())
    assert world.get()["state"] == state
