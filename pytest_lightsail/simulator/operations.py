"""The operations that the account simulates.

A handler receives parameters that the request validator has accepted. Before the handler changes
anything, it performs all checks that depend on the state of the account.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..model.catalogue import parse_stored_image
from ..model.lifecycle import ABSENT, CERTIFICATE_EDGES, REFUSALS, moves, take
from ..model.rule import Path
from ..options import REGIONS
from .clock import to_nanoseconds
from .resources import (
    GLOBAL,
    Certificate,
    ContainerService,
    Deployment,
    Domain,
    Region,
    without_nulls,
)
from .wire import refuse

if TYPE_CHECKING:
    from .account import Account

Parameters = dict[str, Any]
Document = dict[str, Any]
Handler = Callable[["Account", Region, Parameters], Document]

# --- container services and their deployments --------------------------------------------------------


def find(region: Region, parameters: Parameters) -> ContainerService:
    """Return the service named in a request. If there is no such service, refuse the request."""
    name = parameters["serviceName"]
    service = region.services.get(name)
    if service is None:
        raise refuse("service.exists", ("serviceName",), name)
    return service


def _check_state(account: Account, service: ContainerService, trigger: str) -> ContainerService:
    """Return the service if its state allows ``trigger``. Otherwise, refuse the call.

    Under lenient assumptions, end the service's current event instead of refusing the call.
    """
    while trigger not in moves(service.state):
        rule = REFUSALS.get((service.state, trigger), "state.busy")
        details = {"state": service.state, "version": service.next and service.next.version}
        account.object_to(refuse(rule, ("serviceName",), service.name, **details))
        account.progress.finish(service, f"ended early: a call that breaks rule {rule} was allowed")
        service = find(account.region(service.region), {"serviceName": service.name})
    return service


def _new_deployment(account: Account, service: ContainerService, request: Parameters) -> Deployment:
    """Add a deployment. If the service then has too many deployments, remove the oldest one."""
    service.versions += 1
    deployment = Deployment.requested(service.versions, request, account.clock.timestamp)
    service.deployments = [deployment, *service.deployments][: account.quotas["deployments-kept"]]
    return deployment


def _check_images(containers: Mapping[str, Parameters], service: ContainerService | None) -> None:
    """Refuse references to missing stored images. A new service (``None``) has no images."""
    prefix = ("deployment",) if service is None else ()
    for name, container in containers.items():
        image = container["image"]
        is_there = service is not None and service.stored(image) is not None
        if parse_stored_image(image) is not None and not is_there:
            path = (*prefix, "containers", name, "image")
            raise refuse("image.exists", path, image, container=name)


def plain_tags(tags: Iterable[Parameters] | None) -> list[dict[str, str]]:
    """Return tags in the form used in responses, with an empty string for each missing value."""
    return [{"key": tag["key"], "value": tag.get("value") or ""} for tag in tags or ()]


def _refuse_token(parameters: Parameters) -> None:
    """Refuse any page token. Responses contain whole lists and therefore no page tokens."""
    if token := parameters.get("pageToken"):
        raise refuse("page.token", ("pageToken",), token)


def _create(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters["serviceName"]
    if name in region.services:
        raise refuse("service.name-free", ("serviceName",), name)
    account.quotas.check("services", len(region.services), ("serviceName",), name)
    domains = _attached(parameters.get("publicDomainNames") or {})
    _check_domains(region, name, domains)
    request = parameters.get("deployment")
    if request is not None:
        _check_images(request["containers"], None)
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
    service = _check_state(account, service, event)
    # Keep certificates that the request omits. Detach a certificate if its list of domains is empty.
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
    service = _check_state(account, find(region, parameters), "delete")
    account.progress.begin(service, "delete")
    return {}


def _get_services(account: Account, region: Region, parameters: Parameters) -> Document:
    is_named = parameters.get("serviceName") is not None
    services = [find(region, parameters)] if is_named else list(region.services.values())
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
                if owner.name != service and domain.lower() in owner.hosts:
                    raise refuse("domain.one-service", at, domain, owner=owner.name)


def _create_deployment(account: Account, region: Region, parameters: Parameters) -> Document:
    service = _check_state(account, find(region, parameters), "deploy")
    _check_images(parameters["containers"], service)
    account.progress.deploy(service, _new_deployment(account, service, parameters))
    return {"containerService": service.describe()}


def _get_deployments(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    # The API Reference contradicts itself about the order of deployments. All published callers
    # expect the newest deployment first.
    return {"deployments": [deployment.describe() for deployment in service.deployments]}


_POWERS: Mapping[str, tuple[float, float, float]] = {
    "nano": (7.0, 0.25, 0.5),
    "micro": (10.0, 0.25, 1.0),
    "small": (15.0, 0.5, 1.0),
    "medium": (40.0, 1.0, 2.0),
    "large": (80.0, 2.0, 4.0),
    "xlarge": (160.0, 4.0, 8.0),
}
"""Maps each power to its monthly price per node in US dollars, number of vCPUs, and memory in GB.
The prices are from AWS's pricing page (August 2026). The values for ``xlarge`` are from AWS's blog
post about the launch of container services (2020). ``large`` is assumed to have half the memory of
``xlarge``."""


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
    """Store an image with a service. Refuse the image if the service has reached its image quota."""
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


def _create_registry_login(account: Account, region: Region, parameters: Parameters) -> Document:
    if not region.services:
        raise refuse("registry.needs-service")
    number = account.identifiers.account_number("aws-internal")
    login = {
        # A login is valid for twelve hours (API Reference, ContainerServiceRegistryLogin).
        "expiresAt": account.clock.timestamp + 12 * 3600,
        "password": account.identifiers.uuid("registry-password"),
        "registry": f"{number}.dkr.ecr.{region.name}.amazonaws.com",
        "username": "AWS",
    }
    return {"registryLogin": login}


def _get_api_metadata(account: Account, region: Region, parameters: Parameters) -> Document:
    # This is the latest release of lightsailctl, according to its repository.
    return {"metadata": [{"name": "lightsailctlVersion", "value": "1.0.8"}]}


_TERM = re.compile(r'([-?]?)(?:"([^"]*)"|(\S+))')
"""Matches a term in a filter pattern: an optional operator and a string. A string that contains
spaces must be quoted. A lone operator is treated as a string."""
_PAGE = 100
"""The number of log lines on a page (assumed)."""
_TOKEN = re.compile("[1-9][0-9]{0,6}00")
"""Matches a page token, which is the number of log lines before the page."""


def _passes(pattern: str, line: str) -> bool:
    """Return whether a log line matches a filter pattern. Patterns are case-sensitive.

    The GetContainerLog page of the API Reference describes filter patterns.
    """
    found: dict[str, list[bool]] = {"": [], "?": [], "-": []}
    for operator, quoted, plain in _TERM.findall(pattern):
        found[operator].append((quoted or plain) in line)
    # A line must contain every plain term, no `-` term, and at least one of the `?` terms, if any.
    return all(found[""]) and (any(found["?"]) or not found["?"]) and not any(found["-"])


def _get_log(account: Account, region: Region, parameters: Parameters) -> Document:
    service = find(region, parameters)
    name = parameters["containerName"]
    if all(container != name for _, container, _ in service.log):
        account.object_to(refuse("log.container", ("containerName",), name, service=service.name))
    begin, end = parameters.get("startTime") or 0, parameters.get("endTime")
    pattern = parameters.get("filterPattern") or ""
    until = account.clock.epoch_ns - to_nanoseconds(account.script.pace.logs_lag)
    events = [
        {"createdAt": at, "message": line}
        for at, line in service.lines(name, until)
        if begin <= at <= (math.inf if end is None else end) and _passes(pattern, line)
    ]
    token = parameters.get("pageToken")
    if token and not _TOKEN.fullmatch(token):
        raise refuse("page.token", ("pageToken",), token)
    first = int(token or 0)
    following = first + _PAGE
    more = {"nextPageToken": str(following)} if following < len(events) else {}
    return {"logEvents": events[first:following], **more}


_SHORTEST_PERIOD = 300
"""The shortest time between metric values, in seconds (API Reference, GetContainerServiceMetricData)."""


def _get_metrics(account: Account, region: Region, parameters: Parameters) -> Document:
    current = find(region, parameters).current
    times = range(0)
    # A new deployment deletes older metrics (developer guide, container service deployments).
    if current is not None and current.started is not None:
        first = math.ceil(max(parameters["startTime"], current.activated_at or 0))
        last = math.ceil(min(parameters["endTime"], account.clock.timestamp))
        times = range(first, last, max(parameters["period"], _SHORTEST_PERIOD))
    # Each data point consists of one sample of 1 percent, so every statistic is 1.0.
    values = {f"{each[0].lower()}{each[1:]}": 1.0 for each in sorted(parameters["statistics"])}
    points = [{**values, "timestamp": time, "unit": "Percent"} for time in times]
    return {"metricData": points, "metricName": parameters["metricName"]}


# --- certificates and tags --------------------------------------------------------------------------


def _create_certificate(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters["certificateName"]
    if name in region.certificates:
        raise refuse("certificate.name-free", ("certificateName",), name)
    account.quotas.check("certificates", len(region.certificates), ("certificateName",), name)
    names = [parameters["domainName"], *(parameters.get("subjectAlternativeNames") or [])]
    region.certificates[name] = Certificate(
        domains=tuple(dict.fromkeys(names)),
        status=take(CERTIFICATE_EDGES, ABSENT, "create").target,
        tags=plain_tags(parameters.get("tags")),
    )
    summary = _summary(account, region, name, details=True)
    created = _done(account, region, name, "Certificate", "CreateCertificate")
    return {"certificate": summary, "operations": [created]}


def _get_certificates(account: Account, region: Region, parameters: Parameters) -> Document:
    _refuse_token(parameters)
    name, statuses = parameters.get("certificateName"), parameters.get("certificateStatuses")
    # Published callers that pass a name expect the details of that certificate, or an empty list if
    # the name is unknown.
    details = name is not None or bool(parameters.get("includeCertificateDetails"))
    found = [
        _summary(account, region, each, details=details)
        for each, certificate in region.certificates.items()
        if name in {None, each} and (not statuses or certificate.status in statuses)
    ]
    return {"certificates": found}


def _delete_certificate(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters["certificateName"]
    if name not in region.certificates:
        raise refuse("certificate.known", ("certificateName",), name)
    if users := _users(region, name):
        account.object_to(
            refuse("certificate.unused", ("certificateName",), name, services=", ".join(users))
        )
    del region.certificates[name]
    deleted = _done(account, region, name, "Certificate", "DeleteCertificate")
    return {"operations": [deleted]}


def _users(region: Region, certificate: str) -> list[str]:
    services = region.services.values()
    return [each.name for each in services if certificate in each.public_domain_names]


def _summary(account: Account, region: Region, name: str, *, details: bool) -> dict[str, Any]:
    certificate = region.certificates[name]
    if not certificate.arn:  # a new certificate has no ARN yet
        arn, now = account.arn(region.name, "Certificate"), account.clock.timestamp
        certificate = region.certificates[name] = replace(certificate, arn=arn, created_at=now)
    domain = next(iter(certificate.domains), "")
    detail = {
        "arn": certificate.arn,
        "createdAt": certificate.created_at,
        "domainName": domain,
        "domainValidationRecords": [
            {
                "domainName": each,
                "resourceRecord": {
                    "name": f"_{account.identifiers.token(f'name/{each}')}.{each}.",
                    "type": "CNAME",
                    "value": f"_{account.identifiers.token(f'value/{each}')}.acm-validations.aws.",
                },
            }
            for each in certificate.domains
            if not each.lower().endswith(".test")
        ],
        "inUseResourceCount": len(_users(region, name)),
        "name": name,
        "status": certificate.status,
        "subjectAlternativeNames": list(certificate.domains),
        "tags": certificate.tags,
    }
    return {
        "certificateArn": certificate.arn,
        **({"certificateDetail": detail} if details else {}),
        "certificateName": name,
        "domainName": domain,
        "tags": certificate.tags,
    }


def _tag_resource(account: Account, region: Region, parameters: Parameters) -> Document:
    """Handle TagResource, which adds ``tags``, and UntagResource, which removes ``tagKeys``."""
    name, arn = parameters["resourceName"], parameters.get("resourceArn")
    resources: tuple[Mapping[str, ContainerService | Certificate | Domain], ...]
    resources = (region.services, region.certificates, account.domains)
    named = [kind[name] for kind in resources if name in kind]
    # If several resources have the same name, the ARN selects one of them.
    resource = next((each for each in named if arn in {None, each.arn}), None)
    if resource is None:
        path = "resourceArn" if named else "resourceName"
        raise refuse("resource.exists", (path,), parameters[path])
    given = {tag["key"]: tag for tag in parameters.get("tags", ())}
    replaced = {*given, *parameters.get("tagKeys", ())}
    kept = [tag for tag in resource.tags if tag["key"] not in replaced]
    # Create a new list, because recorded responses and the test may still use the old list.
    tags = [*kept, *plain_tags(given.values())]
    if given:
        account.check("TagList", tags, "tags")
    if isinstance(resource, Certificate):
        region.certificates[name] = replace(resource, tags=tags)
    else:
        resource.tags = tags
    if isinstance(resource, ContainerService):
        resource.changed()
    return {"operations": [_done(account, region, name, type(resource).__name__)]}


# --- GetOperation and similar operations -------------------------------------------------------------


def _done(
    account: Account, region: Region, name: str, kind: str, by: str | None = None
) -> dict[str, Any]:
    """Record and return an Operation that describes a completed change to a resource."""
    now, where = account.clock.timestamp, GLOBAL if kind == "Domain" else region.name
    operation = {
        "createdAt": now,
        "id": account.identifiers.uuid("operation"),
        "isTerminal": True,
        "location": {"availabilityZone": "all", "regionName": where},
        "operationDetails": "",
        **({} if by is None else {"operationType": by}),
        "resourceName": name,
        "resourceType": kind,
        "status": "Succeeded",
        "statusChangedAt": now,
    }
    region.operations.append(operation)
    return operation


def _get_operation(account: Account, region: Region, parameters: Parameters) -> Document:
    wanted = parameters["operationId"]
    for operation in region.operations:
        if operation["id"] == wanted:
            return {"operation": operation}
    raise refuse("operation.exists", ("operationId",), wanted)


def _get_operations(account: Account, region: Region, parameters: Parameters) -> Document:
    _refuse_token(parameters)
    name = parameters.get("resourceName")  # required by GetOperationsForResource
    newest = reversed(region.operations)
    return {"operations": [each for each in newest if name in {None, each["resourceName"]}]}


# --- Regions -----------------------------------------------------------------------------------------

_CONTINENTS: Mapping[str, str] = {"ap": "AS", "ca": "NA", "eu": "EU", "sa": "SA", "us": "NA"}


def _get_regions(account: Account, region: Region, parameters: Parameters) -> Document:
    letters = "abc" if parameters.get("includeAvailabilityZones") else ""
    regions = [
        {
            "availabilityZones": [{"state": "available", "zoneName": name + x} for x in letters],
            "continentCode": _CONTINENTS[name[:2]],
            "description": f"For users near {name}",
            "displayName": name,
            "name": name,
            "relationalDatabaseAvailabilityZones": [],
        }
        for name in REGIONS
    ]
    return {"regions": regions}


# --- domains -----------------------------------------------------------------------------------------

_HOME = "us-east-1"
"""The only Region in which domains can be managed (source: an observed error message)."""


def _check_region(region: Region) -> None:
    if region.name != _HOME:
        raise refuse("domain.region", (), region.name)


def _find(account: Account, region: Region, parameters: Parameters) -> Domain:
    _check_region(region)
    domain = account.domains.get(parameters["domainName"].lower())
    if domain is None:
        raise refuse("domain.known", ("domainName",), parameters["domainName"])
    return domain


def _create_domain(account: Account, region: Region, parameters: Parameters) -> Document:
    _check_region(region)
    name = parameters["domainName"].lower()
    if name in account.domains:
        raise refuse("domain.name-free", ("domainName",), name)
    account.domains[name] = Domain(
        name,
        arn=account.arn(GLOBAL, "Domain"),
        created_at=account.clock.timestamp,
        tags=plain_tags(parameters.get("tags")),
    )
    return {"operation": _done(account, region, name, "Domain", "CreateDomain")}


def _get_domain(account: Account, region: Region, parameters: Parameters) -> Document:
    return {"domain": _find(account, region, parameters).describe()}


def _get_domains(account: Account, region: Region, parameters: Parameters) -> Document:
    _check_region(region)
    _refuse_token(parameters)
    return {"domains": [domain.describe() for domain in account.domains.values()]}


def _delete_domain(account: Account, region: Region, parameters: Parameters) -> Document:
    name = _find(account, region, parameters).name
    del account.domains[name]
    return {"operation": _done(account, region, name, "Domain", "DeleteDomain")}


def _create_entry(account: Account, region: Region, parameters: Parameters) -> Document:
    domain = _find(account, region, parameters)
    number = str(int(account.identifiers.uuid("domain-entry")[:7], 16))
    given = without_nulls(parameters["domainEntry"])
    domain.entries[number] = {"isAlias": False, **given, "id": number}
    return {"operation": _done(account, region, domain.name, "Domain", "CreateDomainEntry")}


def _update_entry(account: Account, region: Region, parameters: Parameters) -> Document:
    domain, given = _find(account, region, parameters), parameters["domainEntry"]
    number = _entry_id(domain, given)
    domain.entries[number] = {**domain.entries[number], **without_nulls(given), "id": number}
    return {"operations": [_done(account, region, domain.name, "Domain", "UpdateDomainEntry")]}


def _delete_entry(account: Account, region: Region, parameters: Parameters) -> Document:
    domain = _find(account, region, parameters)
    del domain.entries[_entry_id(domain, parameters["domainEntry"])]
    return {"operation": _done(account, region, domain.name, "Domain", "DeleteDomainEntry")}


def _entry_id(domain: Domain, given: Mapping[str, Any]) -> str:
    """Return the id of the DNS record to which ``given`` refers, by id or by content."""
    # To delete a record, Terraform and the AWS CLI identify it by its content.
    by = ("id",) if given.get("id") else ("name", "type", "target")
    for number, entry in domain.entries.items():
        if all(entry.get(key) == given.get(key) for key in by):
            return number
    shown = " ".join(str(given.get(key)) for key in by)
    raise refuse("domain-entry.known", ("domainEntry",), shown, domain=domain.name)


CONTAINER_OPERATIONS: Mapping[str, Handler] = {
    "CreateCertificate": _create_certificate,
    "CreateContainerService": _create,
    "CreateContainerServiceDeployment": _create_deployment,
    "CreateContainerServiceRegistryLogin": _create_registry_login,
    "DeleteCertificate": _delete_certificate,
    "DeleteContainerImage": _delete_image,
    "DeleteContainerService": _delete,
    "GetCertificates": _get_certificates,
    "GetContainerAPIMetadata": _get_api_metadata,
    "GetContainerImages": _get_images,
    "GetContainerLog": _get_log,
    "GetContainerServiceDeployments": _get_deployments,
    "GetContainerServiceMetricData": _get_metrics,
    "GetContainerServicePowers": _get_powers,
    "GetContainerServices": _get_services,
    "RegisterContainerImage": _register_image,
    "TagResource": _tag_resource,
    "UntagResource": _tag_resource,
    "UpdateContainerService": _update,
}
"""The container-family operations, which count towards API coverage."""

OPERATIONS: Mapping[str, Handler] = {
    **CONTAINER_OPERATIONS,
    "CreateDomain": _create_domain,
    "CreateDomainEntry": _create_entry,
    "DeleteDomain": _delete_domain,
    "DeleteDomainEntry": _delete_entry,
    "GetDomain": _get_domain,
    "GetDomains": _get_domains,
    "GetOperation": _get_operation,
    "GetOperations": _get_operations,
    "GetOperationsForResource": _get_operations,
    "GetRegions": _get_regions,
    "UpdateDomainEntry": _update_entry,
}
"""All operations that the account simulates."""
