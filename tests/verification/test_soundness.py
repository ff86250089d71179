"""``Soundness`` accepts sound accounts, and finds damaged ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from pytest_lightsail import Lightsail, simulate
from pytest_lightsail.model.lifecycle import SERVICE_EDGES
from pytest_lightsail.simulator.history import StateChange
from pytest_lightsail.simulator.resources import ContainerService
from tests.support.soundness import SoundAccount, Soundness, UnsoundAccount

WEB = {"web": {"image": "nginx"}}


@pytest.fixture
def lightsail() -> Iterator[Lightsail]:
    """Yield an account with a service whose second deployment is running."""
    with simulate() as account:
        client = account.client()
        client.create_container_service(serviceName="shop", power="nano", scale=1)
        account.clock.advance(600)
        for _ in range(2):
            client.create_container_service_deployment(serviceName="shop", containers=WEB)
            account.clock.advance(600)
        yield account


def service(lightsail: Lightsail) -> ContainerService:
    (found,) = lightsail.account.region(lightsail.client().meta.region_name).services.values()
    return found


def second_active_deployment(broken: ContainerService) -> None:
    broken.deployments[1].state = "ACTIVE"


def skipped_version(broken: ContainerService) -> None:
    broken.deployments[1].version = 0


def inactive_to_activating(broken: ContainerService) -> None:
    broken.deployments[1].state = "ACTIVATING"


def no_current_deployment(broken: ContainerService) -> None:
    for deployment in broken.deployments:
        deployment.state = "INACTIVE"
    broken.current = None


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (second_active_deployment, "went from INACTIVE to ACTIVE"),
        (skipped_version, "the versions of shop do not increase by one"),
        (inactive_to_activating, "went from INACTIVE to ACTIVATING"),
        (no_current_deployment, "deployment 2 was not replaced by a newer one"),
    ],
)
def test_damage_between_two_checks_is_found(
    lightsail: Lightsail, damage: Callable[[ContainerService], None], message: str
) -> None:
    soundness = Soundness(lightsail)
    soundness.check()
    damage(service(lightsail))
    with pytest.raises(UnsoundAccount, match=message):
        soundness.check()


def test_two_active_deployments_are_found_by_the_first_check(lightsail: Lightsail) -> None:
    second_active_deployment(service(lightsail))
    with pytest.raises(UnsoundAccount, match=r"the ACTIVE deployments are \[2, 1\]"):
        Soundness(lightsail).check()


def test_a_transition_that_is_not_an_edge_of_the_lifecycle_is_found(lightsail: Lightsail) -> None:
    changes = [one for one in lightsail.account.history.entries if isinstance(one, StateChange)]
    lightsail.account.history.entries.remove(changes[0])
    with pytest.raises(UnsoundAccount, match="shop went from"):
        Soundness(lightsail).check()


def test_a_deletion_that_never_ends_is_found(lightsail: Lightsail) -> None:
    lightsail.client().delete_container_service(serviceName="shop")
    end = service(lightsail).appointment
    assert end is not None
    lightsail.clock.cancel(end)
    with pytest.raises(UnsoundAccount, match="will never be deleted"):
        Soundness(lightsail).check_deletions()


# --- sound accounts ------------------------------------------------------------------------------


class AllReached(Exception):
    """The runs have reached every expected result and state."""


class Reached(SoundAccount):
    """Collect the results of calls and the states of services over all runs."""

    calls: ClassVar[Counter[tuple[str, bool]]] = Counter()
    states: ClassVar[set[str]] = set()

    @invariant()
    def states_are_noted(self) -> None:
        self.states.update(service.state for service in self.lightsail.services.values())

    def teardown(self) -> None:
        self.calls.update((call.operation, call.error is None) for call in self.lightsail.calls)
        super().teardown()
        if self.states == STATES and self.calls.keys() >= WANTED:
            raise AllReached


STATES = {edge.target for edge in SERVICE_EDGES} - {"ABSENT", "DISABLED"}
WANTED = {
    (operation, succeeded)
    for operation in (
        "CreateContainerService",
        "CreateContainerServiceDeployment",
        "DeleteContainerService",
        "UpdateContainerService",
    )
    for succeeded in (True, False)
}
"""Each change must succeed in some run and be refused in some run."""


def test_an_account_stays_sound_while_random_steps_reach_every_state_and_refusal() -> None:
    how = settings(
        max_examples=120,
        stateful_step_count=40,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        derandomize=True,
    )
    with pytest.raises(AllReached):
        run_state_machine_as_test(Reached, settings=how)
