"""What an account holds at one moment, as far as it says how a caller's work ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..simulator.account import Account
from ..simulator.resources import ContainerService

__all__ = ["ServiceState", "take"]


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


def take(account: Account) -> dict[str, ServiceState]:
    """The services of an account by name; where Regions share one, the last Region's."""
    with account.lock:
        return {
            service.name: _state_of(service)
            for region in account.regions.values()
            for service in region.services.values()
        }


def _state_of(service: ContainerService) -> ServiceState:
    return ServiceState(
        service.state,
        service.detail,
        None if service.current is None else service.current.version,
        {deployment.version: deployment.state for deployment in service.deployments},
    )
