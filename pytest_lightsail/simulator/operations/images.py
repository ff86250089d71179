"""Operations on stored images, and what pushing one needs: the registry's login, the plugin's version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import refuse
from ..resources import ContainerService, Region, StoredContainerImage
from .services import Document, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS", "register"]


def register(
    account: Account, service: ContainerService, label: str, digest: str
) -> StoredContainerImage:
    """Store an image with a service, unless it has as many as it can."""
    account.quotas.check("images", service.images.__len__, ("serviceName",), service.name)
    return service.register_image(label, digest, account.clock.timestamp)


def _register_container_image(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    stored = register(account, service, parameters["label"], parameters["digest"])
    return {"containerImage": _described(stored)}


def _get_container_images(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    images = [_described(stored) for stored in service.images]
    return {"containerImages": images}


def _delete_container_image(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    image, path = parameters["image"], ("image",)
    stored = next((one for one in service.images if one.image == image), None)
    if stored is None:
        raise refuse("image.stored", path, image, service=service.name)
    for deployment in (service.current, service.next):
        if deployment is not None and image in _images_of(service, deployment.containers):
            raise refuse("image.unused", path, image, version=deployment.version)
    service.images.remove(stored)
    return {}


def _images_of(service: ContainerService, containers: Mapping[str, Any]) -> set[str]:
    """The stored images that containers run, ``latest`` taken for the newest of its label."""
    used = set()
    for container in containers.values():
        prefix, _, version = container["image"].rpartition(".")
        newest = (one.image for one in service.images if one.image.startswith(f"{prefix}."))
        used.add(next(newest, "") if version == "latest" else container["image"])
    return used


def _described(stored: StoredContainerImage) -> dict[str, Any]:
    return {"createdAt": stored.created_at, "digest": stored.digest, "image": stored.image}


_LOGIN_SECONDS = 12 * 3600
"""API Reference, ContainerServiceRegistryLogin."""

_PLUGIN_VERSION = "1.0.8"
"""The release of lightsailctl that its repository shows as the latest."""


def _create_container_service_registry_login(
    account: Account, region: Region, parameters: Parameters
) -> Document:
    if not region.services:
        raise refuse("registry.needs-service")
    number = account.identifiers.account_number("aws-internal")
    login = {
        "expiresAt": account.clock.timestamp + _LOGIN_SECONDS,
        "password": account.identifiers.uuid("registry-password"),
        "registry": f"{number}.dkr.ecr.{region.name}.amazonaws.com",
        "username": "AWS",
    }
    return {"registryLogin": login}


def _get_container_api_metadata(
    account: Account, region: Region, parameters: Parameters
) -> Document:
    metadata = [{"name": "lightsailctlVersion", "value": _PLUGIN_VERSION}]
    return {"metadata": metadata}


HANDLERS: Mapping[str, Handler] = {
    "CreateContainerServiceRegistryLogin": _create_container_service_registry_login,
    "DeleteContainerImage": _delete_container_image,
    "GetContainerAPIMetadata": _get_container_api_metadata,
    "GetContainerImages": _get_container_images,
    "RegisterContainerImage": _register_container_image,
}
