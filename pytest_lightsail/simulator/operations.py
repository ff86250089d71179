"""The table of all operations, and handlers for operations unrelated to container services.

These handlers cover certificates, tags, Regions, domains, GetOperation and similar operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..model.lifecycle import ABSENT, CERTIFICATE_EDGES, take
from ..options import REGIONS
from .resources import Certificate, ContainerService, Domain, Region, without_nulls
from .services import CONTAINER_HANDLERS, Document, Handler, Parameters, plain_tags
from .wire import page, refuse

if TYPE_CHECKING:
    from .account import Account


_HOME = "us-east-1"
"""The only Region in which domains can be managed, according to an observed error."""
_GLOBAL = "global"
"""The Region in descriptions of domains and their operations (source: AWS CLI, get-domain)."""

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
    name, statuses = parameters.get("certificateName"), parameters.get("certificateStatuses")
    # A request with a name gets the details, or an empty list if the name is unknown. Published
    # callers rely on both behaviours.
    details = name is not None or bool(parameters.get("includeCertificateDetails"))
    found = [
        _summary(account, region, each, details=details)
        for each, certificate in region.certificates.items()
        if name in {None, each} and (not statuses or certificate.status in statuses)
    ]
    shown, more = page(found, parameters.get("pageToken"))
    return {"certificates": shown, **more}


def _delete_certificate(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters["certificateName"]
    if name not in region.certificates:
        raise refuse("certificate.known", ("certificateName",), name, region=region.name)
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
    if not certificate.arn:  # a new certificate, or one that the test added
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
    """Add the ``tags`` of TagResource to a resource, or remove the ``tagKeys`` of UntagResource."""
    name, arn = parameters["resourceName"], parameters.get("resourceArn")
    resources: tuple[Mapping[str, ContainerService | Certificate | Domain], ...]
    resources = (region.services, region.certificates, account.domains)
    named = [kind[name] for kind in resources if name in kind]
    # If several resources have this name, the ARN selects one.
    resource = next((each for each in named if arn in {None, each.arn}), None)
    if resource is None:
        path = "resourceArn" if named else "resourceName"
        raise refuse("resource.exists", (path,), parameters[path], region=region.name)
    given = {tag["key"]: tag for tag in parameters.get("tags", ())}
    replaced = {*given, *parameters.get("tagKeys", ())}
    kept = [tag for tag in resource.tags if tag["key"] not in replaced]
    # Create a new list, because recorded responses or the test may refer to the old one.
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
    """Record a change to a resource as an Operation that has already succeeded. Return the Operation."""
    now, where = account.clock.timestamp, _GLOBAL if kind == "Domain" else region.name
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
    name = parameters.get("resourceName")  # GetOperationsForResource requires it
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
        arn=account.arn(_GLOBAL, "Domain"),
        created_at=account.clock.timestamp,
        tags=plain_tags(parameters.get("tags")),
    )
    return {"operation": _done(account, region, name, "Domain", "CreateDomain")}


def _get_domain(account: Account, region: Region, parameters: Parameters) -> Document:
    return {"domain": _find(account, region, parameters).describe()}


def _get_domains(account: Account, region: Region, parameters: Parameters) -> Document:
    _check_region(region)
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
    domain.entries[number] = {**domain.entries[number], **without_nulls(given)}
    return {"operations": [_done(account, region, domain.name, "Domain", "UpdateDomainEntry")]}


def _delete_entry(account: Account, region: Region, parameters: Parameters) -> Document:
    domain = _find(account, region, parameters)
    del domain.entries[_entry_id(domain, parameters["domainEntry"])]
    return {"operation": _done(account, region, domain.name, "Domain", "DeleteDomainEntry")}


def _entry_id(domain: Domain, given: Mapping[str, Any]) -> str:
    """Return the id of the stored record with the same id, or with the same content."""
    # Terraform and the AWS CLI identify a record that they delete by its content.
    by = ("id",) if given.get("id") else ("name", "type", "target")
    for number, entry in domain.entries.items():
        if all(entry.get(key) == given.get(key) for key in by):
            return number
    shown = " ".join(str(given.get(key)) for key in by)
    raise refuse("domain-entry.known", ("domainEntry",), shown, domain=domain.name)


CONTAINER_OPERATIONS: Mapping[str, Handler] = {
    **CONTAINER_HANDLERS,
    "CreateCertificate": _create_certificate,
    "DeleteCertificate": _delete_certificate,
    "GetCertificates": _get_certificates,
    "TagResource": _tag_resource,
    "UntagResource": _tag_resource,
}
"""The operations of the container family. API coverage counts these operations."""

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
