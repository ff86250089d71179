"""What the operations have in common: the form of an answer, and the checks that several of them make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ...model.catalogue import parse_ecr_image, parse_stored_image
from ...model.lifecycle import REFUSALS, possible_triggers
from ...model.rule import Path
from ..errors import refuse
from ..presenter import Answer
from ..resources import ContainerService, Deployment, Region

if TYPE_CHECKING:
    from ..account import Account

__all__ = [
    "Answer",
    "Handler",
    "Parameters",
    "check_images",
    "check_state",
    "find",
    "member",
    "new_deployment",
    "one_service",
    "operation_record",
    "plain_tags",
]

Parameters = dict[str, Any]


Handler = Callable[["Account", Region, Parameters], Answer]


def one_service(account: Account, service: ContainerService) -> Answer:
    """The answer of an operation that gives the service it has changed."""
    document, body = service.shown(account.presenter)
    return Answer({"containerService": document}, b'{"containerService":' + body + b"}")


def find(region: Region, parameters: Parameters) -> ContainerService:
    """The service that a request names; refused where there is none."""
    name = parameters["serviceName"]
    service = region.services.get(name)
    if service is None:
        raise refuse("service.exists", ("serviceName",), name, region=region.name)
    return service


def member(parameters: Parameters, name: str) -> dict[str, Any]:
    """A member that is a map; an empty one where the request leaves it out."""
    return parameters.get(name) or {}


def check_state(service: ContainerService, trigger: str) -> None:
    """Refuse what the state of the service has no edge for."""
    if trigger in possible_triggers(service.state):
        return
    version = service.next.version if service.next is not None else None
    raise refuse(
        REFUSALS.get((service.state, trigger), "state.busy"),
        ("serviceName",),
        service.name,
        state=service.state,
        version=version,
    )


def new_deployment(account: Account, service: ContainerService, request: Parameters) -> Deployment:
    """The next version of what the service runs, kept with the versions before."""
    service.versions += 1
    deployment = Deployment.requested(service.versions, request, account.timestamp())
    service.deployments = [deployment, *service.deployments][: account.quotas["deployments-kept"]]
    return deployment


def check_images(
    region: Region,
    service: str,
    containers: Mapping[str, Parameters],
    *,
    puller_active: bool,
    existing: ContainerService | None = None,
    prefix: Path = (),
) -> None:
    """Refuse images that the service cannot run: not stored, or out of its reach."""
    for name, container in containers.items():
        image, path = container["image"], (*prefix, "containers", name, "image")
        stored, private = parse_stored_image(image), parse_ecr_image(image)
        if stored is not None:
            have = [] if existing is None else [one.image for one in existing.images]
            prefixed = f":{stored.service}.{stored.label}."
            latest = stored.version == "latest" and any(one.startswith(prefixed) for one in have)
            if image not in have and not latest:
                raise refuse("image.exists", path, image, container=name)
        elif private is not None and private.region != region.name:
            raise refuse(
                "image.ecr-region",
                path,
                image,
                container=name,
                image_region=private.region,
                region=region.name,
            )
        elif private is not None and not puller_active:
            raise refuse("image.ecr-access", path, image, container=name, service=service)


def plain_tags(tags: Iterable[Parameters] | None) -> list[dict[str, str]]:
    """Tags as resources keep them: a value that is ``null`` is none."""
    return [{name: text for name, text in tag.items() if text is not None} for tag in tags or ()]


def operation_record(
    account: Account, region: str, name: str, kind: str, **more: str
) -> dict[str, Any]:
    """The entry of ``operations`` for a change of a resource, which has succeeded at once."""
    now = account.timestamp()
    record = {
        "createdAt": now,
        "id": account.identifiers.uuid("operation"),
        "isTerminal": True,
        "location": {"availabilityZone": "all", "regionName": region},
        "operationDetails": "",
        "resourceName": name,
        "resourceType": kind,
        "status": "Succeeded",
        "statusChangedAt": now,
        **more,
    }
    return {member: record[member] for member in sorted(record)}
