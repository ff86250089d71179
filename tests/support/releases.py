"""A service, and what it runs at its own address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_lightsail import Certificate, Image

if TYPE_CHECKING:
    from pytest_lightsail import Lightsail
    from pytest_lightsail.simulation.views import ServiceView

DOMAIN = "www.example.com"
LONG_ENOUGH = 600
"""Virtual seconds after which a deployment is over."""


def create_shop(lightsail: Lightsail) -> ServiceView:
    """A service without a deployment."""
    lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(60)
    return lightsail.services["shop"]


def deploy(lightsail: Lightsail, image: str, *, public: bool = True, **behaviour: Any) -> None:
    """Begin to deploy an image, which does what it is told, at the public address."""
    lightsail.images[image] = Image(**behaviour)
    endpoint = {"publicEndpoint": {"containerName": "web", "containerPort": 80}} if public else {}
    lightsail.client().create_container_service_deployment(
        serviceName="shop",
        containers={"web": {"image": image, "ports": {"80": "HTTP"}}},
        **endpoint,
    )


def release(lightsail: Lightsail, image: str, **behaviour: Any) -> None:
    """Deploy it, and wait."""
    deploy(lightsail, image, **behaviour)
    lightsail.clock.advance(LONG_ENOUGH)


def attach_domain(lightsail: Lightsail) -> None:
    """Lead a domain of somebody's own to the service, and wait."""
    lightsail.certificates["cert"] = Certificate((DOMAIN,))
    lightsail.client().update_container_service(
        serviceName="shop", publicDomainNames={"cert": [DOMAIN]}
    )
    lightsail.clock.advance(200)


def delete_shop(lightsail: Lightsail) -> None:
    """Delete it, and wait."""
    lightsail.client().delete_container_service(serviceName="shop")
    lightsail.clock.advance(60)
