"""A service, and the images that it runs at its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_lightsail import Certificate, Image

if TYPE_CHECKING:
    from pytest_lightsail import Lightsail
    from pytest_lightsail.simulation.views import ServiceView

DOMAIN = "www.example.com"
LONG_ENOUGH = 600
"""Virtual seconds after which every deployment has ended."""


def create_shop(lightsail: Lightsail) -> ServiceView:
    """Create a service without a deployment, and wait until it is ready."""
    lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(60)
    return lightsail.services["shop"]


def deploy(lightsail: Lightsail, image: str, *, public: bool = True, **behaviour: Any) -> None:
    """Start the deployment of an image with the given behaviour, by default at the public address."""
    lightsail.images[image] = Image(**behaviour)
    endpoint = {"publicEndpoint": {"containerName": "web", "containerPort": 80}} if public else {}
    lightsail.client().create_container_service_deployment(
        serviceName="shop",
        containers={"web": {"image": image, "ports": {"80": "HTTP"}}},
        **endpoint,
    )


def release(lightsail: Lightsail, image: str, **behaviour: Any) -> None:
    """Deploy an image, and wait until the deployment has ended."""
    deploy(lightsail, image, **behaviour)
    lightsail.clock.advance(LONG_ENOUGH)


def attach_domain(lightsail: Lightsail) -> None:
    """Attach a custom domain to the service, and wait until the update has ended."""
    lightsail.certificates["cert"] = Certificate((DOMAIN,))
    lightsail.client().update_container_service(
        serviceName="shop", publicDomainNames={"cert": [DOMAIN]}
    )
    lightsail.clock.advance(200)


def delete_shop(lightsail: Lightsail) -> None:
    """Delete the service, and wait until it is gone."""
    lightsail.client().delete_container_service(serviceName="shop")
    lightsail.clock.advance(60)
