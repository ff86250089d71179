"""Operations on the images that are stored with a container service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import refuse
from ..resources import ContainerService, Region, StoredContainerImage
from .shared import Answer, Handler, Parameters, find

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS", "register"]


def register(
    account: Account, service: ContainerService, label: str, digest: str
) -> StoredContainerImage:
    """Store an image with a service, unless it has as many as it can."""
    account.quotas.check("images", service.images.__len__, ("serviceName",), service.name)
    return service.register_image(label, digest, account.timestamp())


def _register_container_image(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = find(region, parameters)
    stored = register(account, service, parameters["label"], parameters["digest"])
    return account.presenter.answer(
        "RegisterContainerImage", {"containerImage": _described(stored)}
    )


def _get_container_images(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = find(region, parameters)
    images = [_described(stored) for stored in service.images]
    return account.presenter.answer("GetContainerImages", {"containerImages": images})


def _delete_container_image(account: Account, region: Region, parameters: Parameters) -> Answer:
    del account
    service = find(region, parameters)
    image, path = parameters["image"], ("image",)
    stored = next((one for one in service.images if one.image == image), None)
    if stored is None:
        raise refuse("image.stored", path, image, service=service.name)
    for deployment in (service.current, service.next):
        if deployment is not None and image in _images_of(service, deployment.containers):
            raise refuse("image.unused", path, image, version=deployment.version)
    service.images.remove(stored)
    return Answer({}, b"{}")


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


HANDLERS: Mapping[str, Handler] = {
    "DeleteContainerImage": _delete_container_image,
    "GetContainerImages": _get_container_images,
    "RegisterContainerImage": _register_container_image,
}
