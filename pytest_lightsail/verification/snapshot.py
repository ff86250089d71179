"""What an account holds at one moment, as far as it says how a caller's work ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from ..simulator.account import Account
from ..simulator.resources import ContainerService

__all__ = ["ServiceState", "States", "Whose", "by_name", "take"]

Whose: TypeAlias = tuple[str, str]
"""The Region and the name of a container service."""


class ServiceState(NamedTuple):
    """A container service at one moment.

    Attributes:
        state: its state.
        detail: the code of its ``stateDetail``; ``None`` without one.
        current: the version that runs; ``None`` if none does.
        deployments: the state of each deployment that is kept, by version.
    """

    state: str
    detail: str | None
    current: int | None
    deployments: Mapping[int, str]

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        running = f", version {self.current} runs" if self.current else ""
        return f"{self.state}{detail}{running}"


States: TypeAlias = Mapping[Whose, ServiceState]


def take(account: Account) -> States:
    """The services of an account."""
    with account.lock:
        return {
            (name, service.name): _state_of(service)
            for name, region in account.regions.items()
            for service in region.services.values()
        }


def by_name(states: States) -> dict[str, ServiceState]:
    """The services by name; where Regions share one, the last Region's."""
    return {name: state for (_, name), state in states.items()}


def _state_of(service: ContainerService) -> ServiceState:
    return ServiceState(
        service.state,
        service.detail,
        None if service.current is None else service.current.version,
        {deployment.version: deployment.state for deployment in service.deployments},
    )
