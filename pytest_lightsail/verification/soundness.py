"""What holds in a simulated account at any time, whatever is called and however long is waited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..exceptions import UnsoundAccount
from ..model.lifecycle import ABSENT, DEPLOYMENT_EDGES, SERVICE_EDGES, Edge
from ..simulator.history import StateChange

if TYPE_CHECKING:
    from ..simulation import Lightsail
    from ..simulation.views import ServiceView

__all__ = ["Soundness"]

_DELETING = "DELETING"


def _steps(edges: tuple[Edge, ...]) -> set[tuple[str, str]]:
    return {(edge.state, edge.target) for edge in edges}


def _ways(edges: tuple[Edge, ...]) -> set[tuple[str, str]]:
    """From which state which state can be reached, by any number of steps."""
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
    """Holds an account against its promises; each check looks at what has happened since the last.

    * A service goes from state to state along the edges of ``model.lifecycle`` alone, a deployment too.
    * Versions rise by one.
    * One deployment at most is ACTIVE, and it is the current one.
    * What runs goes on running until a newer deployment has succeeded; one that fails replaces nothing.
    * A service that is being deleted ends in NotFound.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     soundness = Soundness(lightsail)
    ...     _ = lightsail.client().create_container_service(serviceName="a", power="nano", scale=1)
    ...     soundness.check()
    """

    def __init__(self, lightsail: Lightsail) -> None:
        self._lightsail = lightsail
        self._read = 0
        """How many events of the history have been looked at."""
        self._service_states: dict[tuple[str, str], str] = {}
        self._scripted: set[tuple[str, str]] = set()
        """Services whose present change takes the course of a script."""
        self._deployment_states: dict[tuple[str, str, int], str] = {}
        self._current: dict[tuple[str, str], int] = {}

    def check(self) -> None:
        """Look at what is new.

        Raises:
            OperationNotSimulated: the caller has used such an operation; it may have swallowed that.
            UnsoundAccount: a promise is broken.
        """
        account = self._lightsail.account
        account.raise_swallowed()
        events = account.history.events
        for event in events[self._read :]:
            if isinstance(event, StateChange):
                self._check_step(event)
        self._read = len(events)
        for service in self._services():
            self._check_deployments(service)

    def check_deletions(self) -> None:
        """Wait for the end of deletions that are under way, but for those that a script has changed.

        Raises:
            UnsoundAccount: one does not end.
        """
        self.check()
        clock = self._lightsail.clock
        for service in self._services():
            key = (service.region, service.name)
            if service.state == _DELETING and key not in self._scripted:
                while self._service_states[key] == _DELETING and clock.next_due is not None:
                    clock.advance_to(clock.next_due)
                    self.check()
                if self._service_states[key] == _DELETING:
                    raise UnsoundAccount(f"{service!r} is not going to be deleted")

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
        """The next service of that name is another one."""
        self._current.pop(key, None)
        for known in [known for known in self._deployment_states if known[:2] == key]:
            del self._deployment_states[known]

    def _check_deployments(self, service: ServiceView) -> None:
        key, deployments = (service.region, service.name), service.deployments
        versions = [deployment.version for deployment in deployments]
        if versions and versions != list(range(versions[0], versions[0] - len(versions), -1)):
            raise UnsoundAccount(f"the versions of {service.name} do not rise by one: {versions}")
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
            raise UnsoundAccount(f"{service!r}: ACTIVE are the deployments {active}")
        key = (service.region, service.name)
        before = self._current.get(key)
        if before is not None and (current is None or current.version < before):
            raise UnsoundAccount(f"{service!r}: its deployment {before} has been replaced by none")
        if current is not None:
            self._current[key] = current.version
