"""Visits to the address of a service."""

from __future__ import annotations

from typing import Any

from pytest_lightsail import Image
from pytest_lightsail.simulator.wire import Disconnect, Response
from tests.support.profiles import examples

GONE = Disconnect("dns_failure")
DEFAULT_LATENCY = 0.1

quick = examples(13, among=50)


def host(world, name: str = "shop") -> str:
    return world.account.regions[world.HOME].services[name].url.split("/")[2]


def opened(world, path: str = "/", name: str = "shop", **more: Any) -> Response | Disconnect:
    return world.account.visit(host(world, name), path, **more)


def status(world, path: str = "/", **more: Any) -> int | str:
    response = opened(world, path, **more)
    return response.status if isinstance(response, Response) else response.kind


def deploy(world, image: Image, version: int = 1, **health_check: Any) -> None:
    """Start a public deployment of an image."""
    world.account.images[f"shop:{version}"] = image
    endpoint = {**world.ENDPOINT, "healthCheck": health_check}
    web = {"image": f"shop:{version}", "ports": {"80": "HTTP"}}
    world.deploy(containers={"web": web}, publicEndpoint=endpoint)


def serve(world, image: Image, **health_check: Any) -> None:
    """Create a service, and wait until it runs an image at its address."""
    world.ready()
    deploy(world, image, **health_check)
    world.settle()
