"""What a caller may find when it begins: worlds, each made of calls that anybody could have made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..simulation.handle import Lightsail

__all__ = ["WORLDS", "build"]

_CONTAINERS = {"app": {"image": "nginx:latest", "ports": {"80": "HTTP"}}}
_ENDPOINT = {"containerName": "app", "containerPort": 80}


def _absent(lightsail: Lightsail, service: str) -> None:
    """No service of that name."""


def _ready(lightsail: Lightsail, service: str) -> None:
    """The service has been created, and nothing deployed."""
    client: Any = lightsail.client()
    client.create_container_service(serviceName=service, power="nano", scale=1)
    _rest(lightsail)


def _running(lightsail: Lightsail, service: str) -> None:
    """Version 1 runs."""
    _deploying(lightsail, service)
    _rest(lightsail)


def _deploying(lightsail: Lightsail, service: str) -> None:
    """Somebody's version 1 is being deployed."""
    _ready(lightsail, service)
    client: Any = lightsail.client()
    client.create_container_service_deployment(
        serviceName=service, containers=_CONTAINERS, publicEndpoint=_ENDPOINT
    )


def _disabled(lightsail: Lightsail, service: str) -> None:
    """The service is disabled; version 1 ran before."""
    _running(lightsail, service)
    client: Any = lightsail.client()
    client.update_container_service(serviceName=service, isDisabled=True)
    _rest(lightsail)


def _rest(lightsail: Lightsail) -> None:
    """Let all that is under way come to its end."""
    clock = lightsail.clock
    while clock.next_due is not None:
        clock.advance_to(clock.next_due)


WORLDS: Mapping[str, Callable[[Lightsail, str], None]] = {
    "absent": _absent,
    "ready": _ready,
    "running": _running,
    "disabled": _disabled,
    "deploying": _deploying,
}
"""By name: what makes the world, of a clean account and the name of the service."""


def build(world: str, lightsail: Lightsail, service: str) -> None:
    """Make a world in a clean account."""
    WORLDS[world](lightsail, service)
