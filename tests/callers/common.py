"""The parts that all release tools share: the client, the steps of a release, and the errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

SERVICE = "shop"
AWS_ERRORS = (ClientError, BotoCoreError)


class ReleaseFailed(Exception):
    """The release failed."""


@lru_cache
def connect() -> Any:
    """Return a cached client, because creating one takes most of the time of a short run."""
    return boto3.client("lightsail", region_name="us-east-1")


def find(client: Any) -> dict[str, Any] | None:
    """Return the service, or ``None`` if it does not exist."""
    try:
        answer = client.get_container_services(serviceName=SERVICE)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    found: dict[str, Any] = answer["containerServices"][0]
    return found


def create(client: Any, scale: int = 1) -> None:
    client.create_container_service(serviceName=SERVICE, power="nano", scale=scale)


def deploy(client: Any, image: str, environment: Mapping[str, str] | None = None) -> int:
    """Start a deployment, and return its version."""
    web = {"image": image, "ports": {"80": "HTTP"}, "environment": dict(environment or {})}
    answer = client.create_container_service_deployment(
        serviceName=SERVICE,
        containers={"web": web},
        publicEndpoint={"containerName": "web", "containerPort": 80},
    )
    version: int = answer["containerService"]["nextDeployment"]["version"]
    return version


def wait_until(done: Callable[[], object], seconds: float = 900, pause: float = 10) -> None:
    """Call ``done`` until it returns a true value, for at most ``seconds``."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise ReleaseFailed(f"still not done after {seconds:g} s")
        time.sleep(pause)


def ensure_service(client: Any, scale: int = 1) -> None:
    """Create the service if it does not exist, and wait until it accepts deployments."""
    if find(client) is None:
        create(client, scale)

    def ready() -> bool:
        service = find(client)
        return service is not None and service["state"] in {"READY", "RUNNING"}

    wait_until(ready)


def wait_for(client: Any, version: int) -> None:
    """Wait until a version is active."""

    def runs() -> bool:
        answer = client.get_container_service_deployments(serviceName=SERVICE)
        states = {one["version"]: one["state"] for one in answer["deployments"]}
        if states.get(version) in {"FAILED", "INACTIVE"}:
            raise ReleaseFailed(f"version {version} is {states[version]}")
        return states.get(version) == "ACTIVE"

    wait_until(runs)
