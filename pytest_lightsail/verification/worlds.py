"""What a caller may find when it begins: worlds, each made of calls that anybody could have made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..simulator.clock import Clock

__all__ = ["WORLDS", "build"]

_CONTAINERS = {"app": {"image": "nginx:latest", "ports": {"80": "HTTP"}}}
_ENDPOINT = {"containerName": "app", "containerPort": 80}

_Step = Callable[[Any, str], object]


def _create(client: Any, service: str) -> None:
    client.create_container_service(serviceName=service, power="nano", scale=1)


def _deploy(client: Any, service: str) -> None:
    client.create_container_service_deployment(
        serviceName=service, containers=_CONTAINERS, publicEndpoint=_ENDPOINT
    )


def _disable(client: Any, service: str) -> None:
    client.update_container_service(serviceName=service, isDisabled=True)


WORLDS: Mapping[str, tuple[_Step, ...]] = {
    "absent": (),
    "ready": (_create,),
    "running": (_create, _deploy),
    "disabled": (_create, _deploy, _disable),
    "deploying": (_create, _deploy),
}
"""By name: the calls that make the world of a clean account, each to its end."""

_UNDER_WAY = {"deploying"}
"""Worlds whose last call has not come to its end when the caller begins."""


def build(world: str, client: Any, service: str, clock: Clock) -> None:
    """Make a world in a clean account.

    Args:
        world: its name.
        client: a botocore client of the account.
        service: the name of the service that it is about.
        clock: the clock of the account.
    """
    steps = WORLDS[world]
    for step in steps:
        step(client, service)
        if step is not steps[-1] or world not in _UNDER_WAY:
            clock.advance_until_settled()
