"""Operations on container services: create, update, delete, get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...model.rule import Path
from ..errors import Refused, refuse
from ..resources import ContainerService, Region
from .shared import (
    Answer,
    Handler,
    Parameters,
    check_images,
    check_state,
    find,
    member,
    new_deployment,
    one_service,
    plain_tags,
)

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS"]


def _create_container_service(account: Account, region: Region, parameters: Parameters) -> Answer:
    name = parameters["serviceName"]
    if name in region.services:
        raise refuse("service.name-free", ("serviceName",), name)
    account.quotas.check("services", region.services.__len__, ("serviceName",), name)
    account.quotas.check("pending-services", lambda: _pending(region), ("serviceName",), name)
    domains = _attached(member(parameters, "publicDomainNames"))
    _check_domains(region, name, domains)
    puller_active = bool(_puller(parameters))
    request = parameters.get("deployment")
    if request is not None:
        check_images(
            region, name, request["containers"], puller_active=puller_active, prefix=("deployment",)
        )
    service = ContainerService(
        name=name,
        region=region.name,
        arn=account.arn(region.name, "ContainerService"),
        url=f"https://{name}.{account.identifiers.host(region.name)}.{region.name}"
        ".cs.amazonlightsail.com/",
        created_at=account.timestamp(),
        power=parameters["power"],
        scale=parameters["scale"],
        tags=plain_tags(parameters.get("tags")),
        puller_active=puller_active,
        public_domain_names=domains,
    )
    if request is not None:
        service.next = new_deployment(account, service, request)
    account.progress.create(region, service)
    return one_service(account, service)


def _update_container_service(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = find(region, parameters)
    event = _update_event(service, parameters)
    check_state(service, event)
    # Certificates that the request leaves out stay; one with an empty list is detached.
    asked = member(parameters, "publicDomainNames")
    domains = _attached({**service.public_domain_names, **asked})
    _check_limits_of_domains(account, domains)
    _check_domains(region, service.name, _attached(asked))
    puller = _puller(parameters)
    if parameters.get("power") is not None:
        service.power = parameters["power"]
    if parameters.get("scale") is not None:
        service.scale = parameters["scale"]
    if puller is not None:
        service.puller_active = puller
    if parameters.get("isDisabled") is not None:
        service.is_disabled = parameters["isDisabled"]
    service.public_domain_names = domains
    account.progress.update(service, event)
    return one_service(account, service)


def _delete_container_service(account: Account, region: Region, parameters: Parameters) -> Answer:
    service = find(region, parameters)
    check_state(service, "delete")
    account.progress.delete(region, service)
    return Answer({}, b"{}")


def _get_container_services(account: Account, region: Region, parameters: Parameters) -> Answer:
    if parameters.get("serviceName") is None:
        services = list(region.services.values())
    else:
        services = [find(region, parameters)]
    now = account.clock.elapsed_ns
    shown = [service.seen(account.presenter, now) for service in services]
    body = b'{"containerServices":[' + b",".join(part for _, part in shown) + b"]}"
    account.progress.read(services)
    return Answer({"containerServices": [document for document, _ in shown]}, body)


def _puller(parameters: Parameters) -> bool | None:
    """What the request says of the ECR image puller role; ``None`` where it says nothing."""
    access = member(parameters, "privateRegistryAccess")
    active: bool | None = member(access, "ecrImagePullerRole").get("isActive")
    return active


def _update_event(service: ContainerService, parameters: Parameters) -> str:
    disable = parameters.get("isDisabled")
    if disable is None or disable == service.is_disabled:
        return "update"
    return "disable" if disable else "enable"


def _attached(domains: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: list(names) for name, names in domains.items() if names}


def _check_limits_of_domains(account: Account, domains: Mapping[str, list[str]]) -> None:
    """The limits hold for what the service has after the change, not for the request alone."""
    shape, member = "ContainerServicePublicDomains", ("publicDomainNames",)
    for violation in account.validator.violations_of(shape, domains, member):
        raise Refused.by(violation)


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
            owner = _owner(region, domain)
            if owner not in {None, service}:
                raise refuse("domain.one-service", at, domain, owner=owner)


def _pending(region: Region) -> int:
    return sum(service.state == "PENDING" for service in region.services.values())


def _owner(region: Region, domain: str) -> str | None:
    for service in region.services.values():
        if any(domain in names for names in service.public_domain_names.values()):
            return service.name
    return None


HANDLERS: Mapping[str, Handler] = {
    "CreateContainerService": _create_container_service,
    "DeleteContainerService": _delete_container_service,
    "GetContainerServices": _get_container_services,
    "UpdateContainerService": _update_container_service,
}
