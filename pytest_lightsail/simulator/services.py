"""The operations on container services, their deployments, images, logs and metrics.

A handler receives parameters that the request validator has accepted. The handler makes all checks
that depend on the state of the account before it changes anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..model.catalogue import parse_stored_image
from ..model.lifecycle import REFUSALS, moves
from ..model.rule import Path
from .clock import to_nanoseconds
from .resources import ContainerService, Deployment, Region
from .wire import page, refuse

if TYPE_CHECKING:
    from .account import Account

Parameters = dict[str, Any]
Document = dict[str, Any]
Handler = Callable[["Account", Region, Parameters], Document]


def find(region: Region, parameters: Parameters) -> ContainerService:
    """Return the service that a request names. If there is none, refuse the request."""
    name = parameters["serviceName"]
    service = region.services.get(name)
    if service is None:
        raise refuse("service.exists", ("serviceName",), name)
    return service


def _check_state(
    account: Account, region: Region, service: ContainerService, trigger: str
) -> ContainerService:
    """Return the service if its state has an edge with this trigger. Otherwise, refuse the call.

    If lenient assumptions let the call through, end the service's current event first.
    """
    while trigger not in moves(service.state):
        rule = REFUSALS.get((service.state, trigger), "state.busy")
        details = {"state": service.state, "version": service.next and service.next.version}
        account.object_to(refuse(rule, ("serviceName",), service.name, **details))
        account.progress.finish(service, f"ended early: a violation of rule {rule} was let through")
        service = find(region, {"serviceName": service.name})
    return service


def _new_deployment(account: Account, service: ContainerService, request: Parameters) -> Deployment:
    """Add a deployment with the next version, and remove the oldest if there are too many."""
    service.versions += 1
    deployment = Deployment.requested(service.versions, request, account.clock.timestamp)
    service.deployments = [deployment, *service.deployments][: account.quotas["deployments-kept"]]
    return deployment


def _check_images(
    containers: Mapping[str, Parameters],
    existing: ContainerService | None = None,
    prefix: Path = (),
) -> None:
    """Refuse stored images that the service does not have. Other images are pulled later."""
    for name, container in containers.items():
        image, path = container["image"], (*prefix, "containers", name, "image")
        is_there = existing is not None and existing.stored(image) is not None
        if parse_stored_image(image) is not None and not is_there:
            raise refuse("image.exists", path, image, container=name)


def plain_tags(tags: Iterable[Parameters] | None) -> list[dict[str, str]]:
    """Return tags as resources show them. A missing value becomes an empty string."""
    return [{"key": tag["key"], "value": tag.get("value") or ""} for tag in tags or ()]


def _create(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters["serviceName"]
    if name in region.services:
        raise refuse("service.name-free", ("serviceName",), name)
    account.quotas.check("services", len(region.services), ("serviceName",), name)
    domains = _attached(parameters.get("publicDomainNames") or {})
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
    account.progress.create(service)
    return {"containerService": service.describe()}


def _update(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    event, disable = "update", parameters.get("isDisabled")
    if disable is not None and disable != service.is_disabled:
        event = "disable" if disable else "enable"
    service = _check_state(account, region, service, event)
    # A certificate that the request leaves out stays attached. An empty list detaches a
    # certificate.
    given = parameters.get("publicDomainNames") or {}
    domains = _attached({**service.public_domain_names, **given})
    account.check("ContainerServicePublicDomains", domains, "publicDomainNames")
    _check_domains(region, service.name, _attached(given))
    puller = _puller(parameters)
    service.power = parameters.get("power") or service.power
    service.scale = parameters.get("scale") or service.scale
    if puller is not None:
        service.puller_active = puller
    if disable is not None:
        service.is_disabled = disable
    service.public_domain_names = domains
    account.progress.begin(service, event)
    return {"containerService": service.describe()}


def _delete(account: Account, region: Region, parameters: Parameters) -> Document:
    service = _check_state(account, region, find(region, parameters), "delete")
    account.progress.begin(service, "delete")
    return {}


def _get_services(account: Account, region: Region, parameters: Parameters) -> Document:
    if parameters.get("serviceName") is None:
        services = list(region.services.values())
    else:
        services = [find(region, parameters)]
    now = account.clock.elapsed_ns
    return {"containerServices": [service.seen(now) for service in services]}


def _puller(parameters: Parameters) -> bool | None:
    """Return whether a request activates the ECR puller role. ``None`` means unspecified."""
    access = parameters.get("privateRegistryAccess") or {}
    active: bool | None = (access.get("ecrImagePullerRole") or {}).get("isActive")
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
                raise refuse("certificate.covers-domain", at, domain, certificate=name)
            for owner in region.services.values():
                others = owner.public_domain_names.values() if owner.name != service else ()
                if any(domain in names for names in others):
                    raise refuse("domain.one-service", at, domain, owner=owner.name)


def _create_deployment(account: Account, region: Region, parameters: Parameters) -> Document:
    service = _check_state(account, region, find(region, parameters), "deploy")
    _check_images(parameters["containers"], service)
    account.progress.deploy(service, _new_deployment(account, service, parameters))
    return {"containerService": service.describe()}


def _get_deployments(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    # List deployments from newest to oldest, as all published callers expect. The API Reference
    # contradicts itself about the order.
    return {"deployments": [deployment.describe() for deployment in service.deployments]}


_POWERS: Mapping[str, tuple[float, float, float]] = {
    "nano": (7.0, 0.25, 0.5),
    "micro": (10.0, 0.25, 1.0),
    "small": (15.0, 0.5, 1.0),
    "medium": (40.0, 1.0, 2.0),
    "large": (80.0, 2.0, 4.0),
    "xlarge": (160.0, 4.0, 8.0),
}
"""Maps each power to its price in US dollars per node and month, its number of virtual CPUs and its
memory in GB. The prices are from AWS's pricing page as of August 2026. The values for ``xlarge``
are from AWS's launch blog post of 2020. The memory of ``large`` is assumed to be half that of
``xlarge``.
"""


def _get_powers(account: Account, region: Region, parameters: Parameters) -> Document:
    powers = [
        {
            "cpuCount": cpus,
            "isActive": True,
            "name": name,
            "powerId": f"{name}-1",
            "price": price,
            "ramSizeInGb": memory,
        }
        for name, (price, cpus, memory) in _POWERS.items()
    ]
    return {"powers": powers}


# --- images, logs and metrics ------------------------------------------------------------------------


def register(
    account: Account, service: ContainerService, label: str, digest: str, version: int | None = None
) -> Document:
    """Store an image with a service, or refuse it if the service has reached its image quota."""
    account.quotas.check("images", len(service.images), ("serviceName",), service.name)
    service.image_versions = version or service.image_versions + 1
    image = f":{service.name}.{label}.{service.image_versions}"
    stored = {"createdAt": account.clock.timestamp, "digest": digest, "image": image}
    service.images[image] = stored
    return stored


def _register_image(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    return {"containerImage": register(account, service, parameters["label"], parameters["digest"])}


def _get_images(account: Account, region: Region, parameters: Parameters) -> Document:
    return {"containerImages": [*reversed(find(region, parameters).images.values())]}


def _delete_image(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    image, path = parameters["image"], ("image",)
    if image not in service.images:
        raise refuse("image.stored", path, image, service=service.name)
    for deployment in filter(None, (service.current, service.next)):
        containers = deployment.containers.values()
        if any(service.stored(each["image"]) == image for each in containers):
            account.object_to(refuse("image.unused", path, image, version=deployment.version))
    del service.images[image]
    return {}


_LOGIN_SECONDS = 12 * 3600
"""The number of seconds for which a login is valid (API Reference, ContainerServiceRegistryLogin)."""

_PLUGIN_VERSION = "1.0.8"
"""The latest release of lightsailctl, according to its repository."""


def _create_registry_login(account: Account, region: Region, parameters: Parameters) -> Document:
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


def _get_api_metadata(account: Account, region: Region, parameters: Parameters) -> Document:
    return {"metadata": [{"name": "lightsailctlVersion", "value": _PLUGIN_VERSION}]}


_TERM = re.compile(r'"([^"]*)"|(\S+)')
"""A term of a filter pattern: a string in quotation marks, or a string that ends at a space."""


def _get_log(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    name = parameters["containerName"]
    if all(container != name for _, container, _ in service.log):
        account.object_to(refuse("log.container", ("containerName",), name, service=service.name))
    begin, end = parameters.get("startTime") or 0, parameters.get("endTime")
    # The page on GetContainerLog in the API Reference describes the patterns. The simulated account
    # does not support their operators.
    found = _TERM.findall(parameters.get("filterPattern") or "")
    terms = [quoted or plain for quoted, plain in found]
    until = account.clock.epoch_ns - to_nanoseconds(account.script.pace.logs_lag)
    events = [
        {"createdAt": at, "message": line}
        for at, line in service.lines(name, until)
        if begin <= at <= (math.inf if end is None else end) and all(term in line for term in terms)
    ]
    shown, more = page(events, parameters.get("pageToken"))
    return {"logEvents": shown, **more}


_SHORTEST_PERIOD = 300
"""The shortest period of metrics, in seconds (API Reference, GetContainerServiceMetricData)."""

_LOAD = 1.0
"""The value of every statistic (invented): each data point stands for one sample of one percent."""


def _get_metrics(account: Account, region: Region, parameters: Parameters) -> Document:
    current = find(region, parameters).current
    times = range(0)
    # A new deployment deletes older metrics (developer guide, container service deployments).
    if current is not None and current.started is not None:
        first = math.ceil(max(parameters["startTime"], current.activated_at or 0))
        last = math.ceil(min(parameters["endTime"], account.clock.timestamp))
        times = range(first, last, max(parameters["period"], _SHORTEST_PERIOD))
    statistics = sorted(parameters["statistics"])
    values = {f"{each[0].lower()}{each[1:]}": _LOAD for each in statistics}
    points = [{**values, "timestamp": time, "unit": "Percent"} for time in times]
    return {"metricData": points, "metricName": parameters["metricName"]}


CONTAINER_HANDLERS: Mapping[str, Handler] = {
    "CreateContainerService": _create,
    "CreateContainerServiceDeployment": _create_deployment,
    "CreateContainerServiceRegistryLogin": _create_registry_login,
    "DeleteContainerImage": _delete_image,
    "DeleteContainerService": _delete,
    "GetContainerAPIMetadata": _get_api_metadata,
    "GetContainerImages": _get_images,
    "GetContainerLog": _get_log,
    "GetContainerServiceDeployments": _get_deployments,
    "GetContainerServiceMetricData": _get_metrics,
    "GetContainerServicePowers": _get_powers,
    "GetContainerServices": _get_services,
    "RegisterContainerImage": _register_image,
    "UpdateContainerService": _update,
}
