"""Properties that every simulated account always has, checked while tests use the account."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pytest_lightsail import Lightsail, simulate
from pytest_lightsail.model.lifecycle import ABSENT, DEPLOYMENT_EDGES, SERVICE_EDGES, Edge
from pytest_lightsail.simulation.views import ServiceView
from pytest_lightsail.simulator.history import StateChange


class UnsoundAccount(AssertionError):
    """The simulated account lacks a property that it must always have."""


NAMES = st.sampled_from(["shop", "blog"])


class SoundAccount(RuleBasedStateMachine):
    """Change services in any order, and check the account after every step and at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._simulation = simulate()
        self.lightsail = self._simulation.start()
        self._client: Any = self.lightsail.client()
        self._soundness = Soundness(self.lightsail)

    @rule(name=NAMES)
    def create(self, name: str) -> None:
        with suppress(ClientError):
            self._client.create_container_service(serviceName=name, power="nano", scale=1)

    @rule(name=NAMES)
    def deploy(self, name: str) -> None:
        containers = {"web": {"image": "nginx"}}
        with suppress(ClientError):
            self._client.create_container_service_deployment(
                serviceName=name, containers=containers
            )

    @rule(name=NAMES, scale=st.integers(1, 20))
    def update(self, name: str, scale: int) -> None:
        with suppress(ClientError):
            self._client.update_container_service(serviceName=name, scale=scale)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        with suppress(ClientError):
            self._client.delete_container_service(serviceName=name)

    @rule(seconds=st.sampled_from([1, 5, 30, 60, 300, 3600]))
    def advance(self, seconds: int) -> None:
        self.lightsail.clock.advance(seconds)

    @invariant()
    def the_account_is_sound(self) -> None:
        self._soundness.check()

    def teardown(self) -> None:
        try:
            if sys.exc_info()[1] is None:  # no other error has ended the run
                self._soundness.check_deletions()
        finally:
            self._simulation.stop()


def _steps(edges: tuple[Edge, ...]) -> set[tuple[str, str]]:
    return {(edge.state, edge.target) for edge in edges}


def _ways(edges: tuple[Edge, ...]) -> set[tuple[str, str]]:
    """Return all pairs of a state and a state that can be reached from it in any number of steps."""
    ways = {(state, state) for edge in edges for state in (edge.state, edge.target)}
    while True:
        longer = {
            (start, end) for start, middle in ways for at, end in _steps(edges) if at == middle
        }
        if longer <= ways:
            return ways
        ways |= longer


_SERVICE_STEPS = _steps(SERVICE_EDGES)
_DEPLOYMENT_WAYS = _ways(DEPLOYMENT_EDGES)


class Soundness:
    """Check that an account behaves as Lightsail does. Each check covers the entries since the last.

    * Services and deployments change state only along the edges of ``model.lifecycle``.
    * The versions of a service increase by one.
    * At most one deployment is ACTIVE, and it is the current one.
    * A deployment runs until a newer one has succeeded. A failed deployment replaces nothing.
    * A service that is being deleted disappears eventually.
    """

    def __init__(self, lightsail: Lightsail) -> None:
        self._lightsail = lightsail
        self._read = 0
        """The number of entries of the history that have been checked."""
        self._service_states: dict[tuple[str, str], str] = {}
        self._scripted: set[tuple[str, str]] = set()
        """The services whose current change follows a script."""
        self._deployment_states: dict[tuple[str, str, int], str] = {}
        self._current: dict[tuple[str, str], int] = {}

    def check(self) -> None:
        """Check the entries since the last check.

        Raises:
            OperationNotSimulatedError: the caller used such an operation, even if it caught the error.
            UnsoundAccount: the account lacks one of the properties.
        """
        account = self._lightsail.account
        account.raise_swallowed()
        entries = account.history.entries
        for entry in entries[self._read :]:
            if isinstance(entry, StateChange):
                self._check_step(entry)
        self._read = len(entries)
        for service in self._services():
            self._check_deployments(service)

    def check_deletions(self) -> None:
        """Wait until all deletions have ended, except those that follow a script.

        Raises:
            UnsoundAccount: a deletion does not end.
        """
        self.check()
        clock = self._lightsail.clock
        for service in self._services():
            key = (service.region, service.name)
            if service.state == "DELETING" and key not in self._scripted:
                while self._service_states[key] == "DELETING" and clock.next_due is not None:
                    clock.advance_to(clock.next_due)
                    self.check()
                if self._service_states[key] == "DELETING":
                    raise UnsoundAccount(f"{service!r} will never be deleted")

    def _services(self) -> Iterator[ServiceView]:
        for name in list(self._lightsail.account.regions):
            yield from list(self._lightsail.region(name).services.values())

    def _check_step(self, change: StateChange) -> None:
        key = (change.region, change.service)
        before = self._service_states.get(key, ABSENT)
        if before != change.state:
            if (before, change.state) not in _SERVICE_STEPS:
                raise UnsoundAccount(f"{change.service} went from {before} to {change.state}")
            self._scripted.discard(key)
        if change.cause:
            self._scripted.add(key)
        self._service_states[key] = change.state
        if change.state == ABSENT:
            self._forget(key)

    def _forget(self, key: tuple[str, str]) -> None:
        """Forget the deployments of a deleted service, because a later one may have the same name."""
        self._current.pop(key, None)
        for known in [known for known in self._deployment_states if known[:2] == key]:
            del self._deployment_states[known]

    def _check_deployments(self, service: ServiceView) -> None:
        key, deployments = (service.region, service.name), service.deployments
        versions = [deployment.version for deployment in deployments]
        if versions and versions != list(range(versions[0], versions[0] - len(versions), -1)):
            raise UnsoundAccount(
                f"the versions of {service.name} do not increase by one: {versions}"
            )
        for deployment in deployments:
            known = (*key, deployment.version)
            before = self._deployment_states.get(known, ABSENT)
            if (before, deployment.state) not in _DEPLOYMENT_WAYS:
                raise UnsoundAccount(
                    f"deployment {deployment.version} of {service.name} went from {before} to "
                    f"{deployment.state}"
                )
            self._deployment_states[known] = deployment.state
        self._check_current(service, [one.version for one in deployments if one.state == "ACTIVE"])

    def _check_current(self, service: ServiceView, active: list[int]) -> None:
        current = service.current_deployment
        if active != ([] if current is None else [current.version]):
            raise UnsoundAccount(f"{service!r}: the ACTIVE deployments are {active}")
        key = (service.region, service.name)
        before = self._current.get(key)
        if before is not None and (current is None or current.version < before):
            raise UnsoundAccount(
                f"{service!r}: deployment {before} was not replaced by a newer one"
            )
        if current is not None:
            self._current[key] = current.version
