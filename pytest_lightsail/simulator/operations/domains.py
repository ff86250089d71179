"""What deployments use beyond containers: domains, Regions, and operations that calls have handed out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..resources import Domain, Region
from ..wire import page, refuse
from .services import Document, Handler, Parameters, plain_tags

if TYPE_CHECKING:
    from ..account import Account


# --- operations --------------------------------------------------------------------------------------


def done(account: Account, region: str, name: str, kind: str, **more: str) -> dict[str, Any]:
    """Return the operation by which a resource was changed, and remember it. It has succeeded at once."""
    now = account.clock.timestamp
    operation = {
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
    operation = {member: operation[member] for member in sorted(operation)}
    account.operations.append(operation)
    return operation


def _get_operation(account: Account, region: Region, parameters: Parameters) -> Document:
    wanted = parameters["operationId"]
    for operation in _handed_out(account, region):
        if operation["id"] == wanted:
            return {"operation": operation}
    raise refuse("operation.exists", ("operationId",), wanted, region=region.name)


def _get_operations(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters.get("resourceName")  # of GetOperationsForResource, which must have it
    found = [one for one in _handed_out(account, region) if name in {None, one["resourceName"]}]
    shown, more = page(found, parameters.get("pageToken"))
    return {"operations": shown, **more}


def _handed_out(account: Account, region: Region) -> list[dict[str, Any]]:
    """The operations of a Region, the newest first; those on domains are in the Region of domains."""
    here = {region.name, *([_GLOBAL] if region.name == _HOME else [])}
    return [one for one in reversed(account.operations) if one["location"]["regionName"] in here]


# --- Regions -----------------------------------------------------------------------------------------

_CITIES: Mapping[str, tuple[str, str]] = {
    "ap-east-1": ("AS", "Hong Kong"),
    "ap-northeast-1": ("AS", "Tokyo"),
    "ap-northeast-2": ("AS", "Seoul"),
    "ap-south-1": ("AS", "Mumbai"),
    "ap-southeast-1": ("AS", "Singapore"),
    "ap-southeast-2": ("OC", "Sydney"),
    "ap-southeast-3": ("AS", "Jakarta"),
    "ap-southeast-5": ("AS", "Malaysia"),
    "ca-central-1": ("NA", "Montreal"),
    "eu-central-1": ("EU", "Frankfurt"),
    "eu-north-1": ("EU", "Stockholm"),
    "eu-south-2": ("EU", "Spain"),
    "eu-west-1": ("EU", "Ireland"),
    "eu-west-2": ("EU", "London"),
    "eu-west-3": ("EU", "Paris"),
    "sa-east-1": ("SA", "São Paulo"),
    "us-east-1": ("NA", "Virginia"),
    "us-east-2": ("NA", "Ohio"),
    "us-west-2": ("NA", "Oregon"),
}
"""Continent and display name of each Region (Amazon Lightsail endpoints and quotas; AWS CLI,
get-regions)."""


def _get_regions(account: Account, region: Region, parameters: Parameters) -> Document:
    known = account.model.shapes["RegionName"].enum  # an older botocore knows fewer
    asked = [
        member
        for flag, member in (
            ("includeAvailabilityZones", "availabilityZones"),
            ("includeRelationalDatabaseAvailabilityZones", "relationalDatabaseAvailabilityZones"),
        )
        if parameters.get(flag)
    ]
    regions = []
    for name, (continent, city) in _CITIES.items():
        if name in known:
            zones = [{"state": "available", "zoneName": f"{name}{letter}"} for letter in "abc"]
            regions.append(
                {
                    "continentCode": continent,
                    "description": f"For users near {city}",
                    "displayName": city,
                    "name": name,
                    **dict.fromkeys(asked, zones),
                }
            )
    return {"regions": regions}


# --- domains -----------------------------------------------------------------------------------------

_HOME = "us-east-1"
"""The only Region in which domains are managed (observed text of an error)."""
_GLOBAL = "global"
"""The Region that domains and their operations show (AWS CLI, get-domain)."""


def _changed(account: Account, name: str, operation: str) -> dict[str, Any]:
    return done(account, _GLOBAL, name, "Domain", operationType=operation)


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
    return {"operation": _changed(account, name, "CreateDomain")}


def _get_domain(account: Account, region: Region, parameters: Parameters) -> Document:
    return {"domain": _find(account, region, parameters).describe()}


def _get_domains(account: Account, region: Region, parameters: Parameters) -> Document:
    _check_region(region)
    shown, more = page(list(account.domains.values()), parameters.get("pageToken"))
    return {"domains": [domain.describe() for domain in shown], **more}


def _delete_domain(account: Account, region: Region, parameters: Parameters) -> Document:
    name = _find(account, region, parameters).name
    del account.domains[name]
    return {"operation": _changed(account, name, "DeleteDomain")}


def _create_entry(account: Account, region: Region, parameters: Parameters) -> Document:
    domain, given = _find(account, region, parameters), parameters["domainEntry"]
    number = str(int(account.identifiers.uuid("domain-entry")[:7], 16))
    domain.entries.append({**_entry(given), "id": number})
    return {"operation": _changed(account, domain.name, "CreateDomainEntry")}


def _update_entry(account: Account, region: Region, parameters: Parameters) -> Document:
    domain, given = _find(account, region, parameters), parameters["domainEntry"]
    index = _index(domain, given, ("id",) if given.get("id") else ("name", "type"))
    domain.entries[index] = {**domain.entries[index], **_entry(given)}
    return {"operations": [_changed(account, domain.name, "UpdateDomainEntry")]}


def _delete_entry(account: Account, region: Region, parameters: Parameters) -> Document:
    domain, given = _find(account, region, parameters), parameters["domainEntry"]
    # Terraform and the AWS CLI name the record by what it says.
    by = ("id",) if given.get("id") else ("name", "type", "target")
    del domain.entries[_index(domain, given, by)]
    return {"operation": _changed(account, domain.name, "DeleteDomainEntry")}


def _entry(given: Mapping[str, Any]) -> dict[str, Any]:
    """A record as a domain keeps it; one that is no alias says so."""
    named = {key: value for key, value in given.items() if value is not None and key != "id"}
    return {"isAlias": False, **named}


def _index(domain: Domain, given: Mapping[str, Any], by: tuple[str, ...]) -> int:
    for index, entry in enumerate(domain.entries):
        if all(entry.get(key) == given.get(key) for key in by):
            return index
    shown = " ".join(str(given.get(key)) for key in by)
    raise refuse("domain-entry.known", ("domainEntry",), shown, domain=domain.name)


HANDLERS: Mapping[str, Handler] = {
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
