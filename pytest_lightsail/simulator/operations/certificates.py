"""Operations on certificates, as far as public domains need them, and on tags.

Certificates and container services are what can be tagged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...model.lifecycle import ABSENT, CERTIFICATE_EDGES, follow
from ..resources import Certificate, ContainerService, Region
from ..wire import Refused, page, refuse
from .services import Document, Handler, Parameters, plain_tags

if TYPE_CHECKING:
    from ..account import Account


def _create_certificate(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters["certificateName"]
    if name in region.certificates:
        raise refuse("certificate.name-free", ("certificateName",), name)
    account.quotas.check("certificates", region.certificates.__len__, ("certificateName",), name)
    names = [parameters["domainName"], *(parameters.get("subjectAlternativeNames") or [])]
    region.certificates[name] = Certificate(
        domains=tuple(dict.fromkeys(names)),
        status=follow(CERTIFICATE_EDGES, ABSENT, "create"),
        tags=plain_tags(parameters.get("tags")),
        arn=account.arn(region.name, "Certificate"),
        created_at=account.clock.timestamp,
    )
    summary = _summary(account, region, name, details=True)
    done = _record(account, region.name, name, "Certificate", operationType="CreateCertificate")
    return {"certificate": summary, "operations": [done]}


def _get_certificates(account: Account, region: Region, parameters: Parameters) -> Document:
    name, statuses = parameters.get("certificateName"), parameters.get("certificateStatuses")
    if name is not None and name not in region.certificates:
        raise refuse("certificate.known", ("certificateName",), name, region=region.name)
    found = [
        _summary(account, region, each, details=bool(parameters.get("includeCertificateDetails")))
        for each, certificate in region.certificates.items()
        if name in {None, each} and (not statuses or certificate.status in statuses)
    ]
    if "nextPageToken" not in account.model.shapes["GetCertificatesResult"].members:
        return {"certificates": found}  # an older botocore knows no pages
    shown, more = page(found, parameters.get("pageToken"))
    return {"certificates": shown, **more}


def _delete_certificate(account: Account, region: Region, parameters: Parameters) -> Document:
    name = parameters["certificateName"]
    if name not in region.certificates:
        raise refuse("certificate.known", ("certificateName",), name, region=region.name)
    users = _users(region, name)
    if users:
        raise refuse("certificate.unused", ("certificateName",), name, services=", ".join(users))
    del region.certificates[name]
    done = _record(account, region.name, name, "Certificate", operationType="DeleteCertificate")
    return {"operations": [done]}


def _users(region: Region, certificate: str) -> list[str]:
    return [
        service.name
        for service in region.services.values()
        if certificate in service.public_domain_names
    ]


def _summary(account: Account, region: Region, name: str, *, details: bool) -> dict[str, Any]:
    certificate = region.certificates[name]
    if not certificate.arn:  # a test has put it in: it gets its identity when it is first seen
        certificate = replace(
            certificate,
            arn=account.arn(region.name, "Certificate"),
            created_at=account.clock.timestamp,
        )
        region.certificates[name] = certificate
    summary: dict[str, Any] = {
        "certificateArn": certificate.arn,
        "certificateName": name,
        "domainName": certificate.domains[0] if certificate.domains else "",
        "tags": certificate.tags,
    }
    if details:
        summary["certificateDetail"] = {
            "arn": certificate.arn,
            "createdAt": certificate.created_at,
            "domainName": summary["domainName"],
            "inUseResourceCount": len(_users(region, name)),
            "name": name,
            "status": certificate.status,
            "subjectAlternativeNames": list(certificate.domains),
            "tags": certificate.tags,
        }
    return {member: summary[member] for member in sorted(summary)}


_Resource = ContainerService | Certificate


def _tag_resource(account: Account, region: Region, parameters: Parameters) -> Document:
    resource = _resource(region, parameters)
    given = {tag["key"]: tag for tag in parameters["tags"]}
    kept = [tag for tag in resource.tags if tag["key"] not in given]
    tags = [*kept, *plain_tags(given.values())]
    # The limit holds for what the resource has afterwards, not for the request alone.
    for violation in account.validator.violations_of("TagList", tags, ("tags",)):
        raise Refused.by(violation)
    return _done(account, region, resource, parameters, tags)


def _untag_resource(account: Account, region: Region, parameters: Parameters) -> Document:
    resource = _resource(region, parameters)
    gone = set(parameters["tagKeys"])
    tags = [tag for tag in resource.tags if tag["key"] not in gone]
    return _done(account, region, resource, parameters, tags)


def _resource(region: Region, parameters: Parameters) -> _Resource:
    """What a request names; the ARN tells resources apart that have the same name."""
    name, arn = parameters["resourceName"], parameters.get("resourceArn")
    named: list[_Resource] = [
        resource
        for resource in (region.services.get(name), region.certificates.get(name))
        if resource is not None
    ]
    for resource in named:
        if arn is None or arn == resource.arn:
            return resource
    path = "resourceArn" if named else "resourceName"
    raise refuse("resource.exists", (path,), parameters[path], region=region.name)


def _done(
    account: Account,
    region: Region,
    resource: _Resource,
    parameters: Parameters,
    tags: list[dict[str, str]],
) -> Document:
    # A new list: the one before stands in recorded answers, or a test has made it.
    name, kind = parameters["resourceName"], "Certificate"
    if isinstance(resource, ContainerService):
        kind = "ContainerService"
        resource.tags = tags
        resource.changed()
    else:
        region.certificates[name] = replace(resource, tags=tags)
    record = _record(account, region.name, name, kind)
    return {"operations": [record]}


def _record(account: Account, region: str, name: str, kind: str, **more: str) -> dict[str, Any]:
    """The entry of ``operations`` for a change of a resource, which has succeeded at once."""
    now = account.clock.timestamp
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


HANDLERS: Mapping[str, Handler] = {
    "CreateCertificate": _create_certificate,
    "DeleteCertificate": _delete_certificate,
    "GetCertificates": _get_certificates,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
}
