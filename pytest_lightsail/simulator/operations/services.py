"""Operations on container services, on their deployments, and what powers there are.

What the other operations ask of a service is here too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ...model.catalogue import parse_stored_image
from ...model.lifecycle import REFUSALS, moves
from ...model.rule import Path
from ..resources import ContainerService, Deployment, Region
from ..wire import ResponseBody, refuse

if TYPE_CHECKING:
    from ..account import Account


Parameters = dict[str, Any]
Document = dict[str, Any]
Handler = Callable[["Account", Region, Parameters], ResponseBody | Document]


def _one_service(account: Account, service: ContainerService) -> ResponseBody:
    document, body = service.shown(account.presenter)
    return ResponseBody({"containerService": document}, b'{"containerService":' + body + b"}")


def find(region: Region, parameters: Parameters) -> ContainerService:
    """Return the service that a request names, or refuse the request."""
    name = parameters["serviceName"]
    service = region.services.get(name)
    if service is None:
        raise refuse("service.exists", ("serviceName",), name, region=region.name)
    return service


def _member(parameters: Parameters, name: str) -> dict[str, Any]:
    return parameters.get(name) or {}


def _check_state(
    account: Account, region: Region, service: ContainerService, trigger: str
) -> ContainerService:
    """Return the service once its state has an edge for the trigger; refuse the call where it has none.

    If that refusal is let through, what the service is going through ends now.
    """
    while trigger not in moves(service.state):
        version = service.next and service.next.version
        refused = refuse(
            REFUSALS.get((service.state, trigger), "state.busy"),
            ("serviceName",),
            service.name,
            state=service.state,
            version=version,
        )
        account.object_to(refused)
        account.progress.finish(service, f"ended early: rule {refused.error.rule} was let through")
        service = find(region, {"serviceName": service.name})
    return service


def _new_deployment(account: Account, service: ContainerService, request: Parameters) -> Deployment:
    """Make the next version of what the service runs; keep it with the versions before."""
    service.versions += 1
    deployment = Deployment.requested(service.versions, request, account.clock.timestamp)
    service.deployments = [deployment, *service.deployments][: account.quotas["deployments-kept"]]
    return deployment


def _check_images(
    containers: Mapping[str, Parameters],
    existing: ContainerService | None = None,
    prefix: Path = (),
) -> None:
    """Refuse images that are not stored. Others are found out when the deployment pulls them."""
    for name, container in containers.items():
        image, path = container["image"], (*prefix, "containers", name, "image")
        is_there = existing is not None and existing.stored(image) is not None
        if parse_stored_image(image) is not None and not is_there:
            raise refuse("image.exists", path, image, container=name)


def plain_tags(tags: Iterable[Parameters] | None) -> list[dict[str, str]]:
    """Return tags as resources show them: a tag without a value has an empty one."""
    return [{"key": tag["key"], "value": tag.get("value") or ""} for tag in tags or ()]


def _create(account: Account, region: Region, parameters: Parameters) -> ResponseBody:
    name = parameters["serviceName"]
    if name in region.services:
        raise refuse("service.name-free", ("serviceName",), name)
    account.quotas.check("services", region.services.__len__, ("serviceName",), name)
    domains = _attached(_member(parameters, "publicDomainNames"))
    _check_domains(region, name, domains)
    request = parameters.get("deployment")
    if request is not None:
        _check_images(request["containers"], prefix=("deployment",))
    service = ContainerService(
        name=name,
        region=region.name,
        arn=account.arn(region.name, "ContainerService"),
        url=account.url(name, region.name),
        created_at=account.clock.timestamp,
        power=parameters["power"],
        scale=parameters["scale"],
        tags=plain_tags(parameters.get("tags")),
        puller_active=bool(_puller(parameters)),
        public_domain_names=domains,
    )
    if request is not None:
        service.next = _new_deployment(account, service, request)
    account.progress.create(region, service)
    return _one_service(account, service)


def _update(account: Account, region: Region, parameters: Parameters) -> ResponseBody:
    service = find(region, parameters)
    event, disable = "update", parameters.get("isDisabled")
    if disable is not None and disable != service.is_disabled:
        event = "disable" if disable else "enable"
    service = _check_state(account, region, service, event)
    # Certificates that the request leaves out stay; one with an empty list is detached.
    asked = _member(parameters, "publicDomainNames")
    domains = _attached({**service.public_domain_names, **asked})
    account.check("ContainerServicePublicDomains", domains, "publicDomainNames")
    _check_domains(region, service.name, _attached(asked))
    puller = _puller(parameters)
    if parameters.get("power") is not None:
        service.power = parameters["power"]
    if parameters.get("scale") is not None:
        service.scale = parameters["scale"]
    if puller is not None:
        service.puller_active = puller
    if disable is not None:
        service.is_disabled = disable
    service.public_domain_names = domains
    account.progress.update(service, event)
    return _one_service(account, service)


def _delete(account: Account, region: Region, parameters: Parameters) -> Document:
    service = _check_state(account, region, find(region, parameters), "delete")
    account.progress.delete(region, service)
    return {}


def _get_services(account: Account, region: Region, parameters: Parameters) -> ResponseBody:
    if parameters.get("serviceName") is None:
        services = list(region.services.values())
    else:
        services = [find(region, parameters)]
    now = account.clock.elapsed_ns
    shown = [service.seen(account.presenter, now) for service in services]
    body = b'{"containerServices":[' + b",".join(part for _, part in shown) + b"]}"
    account.progress.read(services)
    return ResponseBody({"containerServices": [document for document, _ in shown]}, body)


def _puller(parameters: Parameters) -> bool | None:
    """Return whether the request wants the ECR image puller role; ``None`` if it does not say."""
    access = _member(parameters, "privateRegistryAccess")
    active: bool | None = _member(access, "ecrImagePullerRole").get("isActive")
    return active


def _attached(domains: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: list(names) for name, names in domains.items() if names}


def _check_domains(region: Region, service: str, domains: Mapping[str, list[str]]) -> None:
    for name, names in domains.items():
        path: Path = ("publicDomainNames", name)
        certificate = region.certificates.get(name)
        if certificate is None:
            raise refuse("certificate.exists", path, name, service=service)
        if certificate.status != "ISSUED":
            raise refuse(
                "certificate.issued", path, name, service=service, status=certificate.status
            )
        for index, domain in enumerate(names):
            at = (*path, index)
            if domain not in certificate.domains:
                covered = ", ".join(certificate.domains)
                raise refuse(
                    "certificate.covers-domain", at, domain, certificate=name, names=covered
                )
            for owner in region.services.values():
                others = owner.public_domain_names.values() if owner.name != service else ()
                if any(domain in names for names in others):
                    raise refuse("domain.one-service", at, domain, owner=owner.name)


def _create_deployment(account: Account, region: Region, parameters: Parameters) -> ResponseBody:
    service = _check_state(account, region, find(region, parameters), "deploy")
    _check_images(parameters["containers"], service)
    account.progress.deploy(service, _new_deployment(account, service, parameters))
    return _one_service(account, service)


def _get_deployments(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    # Newest first, as every published caller takes it; the API Reference contradicts itself.
    answer = {"deployments": [deployment.describe() for deployment in service.deployments]}
    account.progress.read([service])
    return answer


class Power(NamedTuple):
    """A power: US dollars a month and node, virtual processors, memory in GB."""

    price: float
    cpus: float
    memory: float


POWERS: Mapping[str, Power] = {
    "nano": Power(7.0, 0.25, 0.5),
    "micro": Power(10.0, 0.25, 1.0),
    "small": Power(15.0, 0.5, 1.0),
    "medium": Power(40.0, 1.0, 2.0),
    "large": Power(80.0, 2.0, 4.0),
    "xlarge": Power(160.0, 4.0, 8.0),
}
"""The powers in the order of their size: a price table of August 2026, copied from AWS's page; xlarge
from AWS's launch blog, 2020. The memory of large is assumed, half of xlarge."""


def _get_powers(account: Account, region: Region, parameters: Parameters) -> Document:
    powers = [
        {
            "cpuCount": power.cpus,
            "isActive": True,
            "name": name,
            "powerId": f"{name}-1",
            "price": power.price,
            "ramSizeInGb": power.memory,
        }
        for name, power in POWERS.items()
    ]
    return {"powers": powers}


HANDLERS: Mapping[str, Handler] = {
    "CreateContainerService": _create,
    "CreateContainerServiceDeployment": _create_deployment,
    "DeleteContainerService": _delete,
    "GetContainerServiceDeployments": _get_deployments,
    "GetContainerServicePowers": _get_powers,
    "GetContainerServices": _get_services,
    "UpdateContainerService": _update,
}
