"""Operations on certificates, as far as public domains need them, and on tags.

Certificates, container services and domains are what can be tagged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...model.lifecycle import ABSENT, CERTIFICATE_EDGES, follow
from ..resources import Certificate, ContainerService, Domain, Region
from ..wire import Refused, page, refuse
from .domains import done
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
    created = done(account, region.name, name, "Certificate", operationType="CreateCertificate")
    return {"certificate": summary, "operations": [created]}


def _get_certificates(account: Account, region: Region, parameters: Parameters) -> Document:
    name, statuses = parameters.get("certificateName"), parameters.get("certificateStatuses")
    # Callers of AWS's rely on it: with a name there are details, and an unknown name gives an empty list.
    details = name is not None or bool(parameters.get("includeCertificateDetails"))
    found = [
        _summary(account, region, each, details=details)
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
        account.object_to(
            refuse("certificate.unused", ("certificateName",), name, services=", ".join(users))
        )
    del region.certificates[name]
    deleted = done(account, region.name, name, "Certificate", operationType="DeleteCertificate")
    return {"operations": [deleted]}


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
            "domainValidationRecords": [
                _validation(account, certificate, domain)
                for domain in certificate.domains
                if not domain.lower().endswith(".test")
            ],
            "inUseResourceCount": len(_users(region, name)),
            "name": name,
            "status": certificate.status,
            "subjectAlternativeNames": list(certificate.domains),
            "tags": certificate.tags,
        }
    return {member: summary[member] for member in sorted(summary)}


def _validation(account: Account, certificate: Certificate, domain: str) -> dict[str, Any]:
    """The DNS record by which the owner of a domain shows that the domain is theirs."""
    name, value = (account.identifiers.token(f"{part}/{domain}") for part in ("name", "value"))
    status = {"PENDING_VALIDATION": "PENDING_VALIDATION", "FAILED": "FAILED"}
    record = {
        "name": f"_{name}.{domain}.",
        "type": "CNAME",
        "value": f"_{value}.acm-validations.aws.",
    }
    shown: dict[str, Any] = {"domainName": domain, "resourceRecord": record}
    if "validationStatus" in account.model.shapes["DomainValidationRecord"].members:
        shown["validationStatus"] = status.get(certificate.status, "SUCCESS")
    return shown


_Resource = ContainerService | Certificate | Domain


def _tag_resource(account: Account, region: Region, parameters: Parameters) -> Document:
    resource = _resource(account, region, parameters)
    given = {tag["key"]: tag for tag in parameters["tags"]}
    kept = [tag for tag in resource.tags if tag["key"] not in given]
    tags = [*kept, *plain_tags(given.values())]
    # The limit holds for what the resource has afterwards, not for the request alone.
    for violation in account.validator.violations_of("TagList", tags, ("tags",)):
        raise Refused.by(violation)
    return _tagged(account, region, resource, parameters, tags)


def _untag_resource(account: Account, region: Region, parameters: Parameters) -> Document:
    resource = _resource(account, region, parameters)
    gone = set(parameters["tagKeys"])
    tags = [tag for tag in resource.tags if tag["key"] not in gone]
    return _tagged(account, region, resource, parameters, tags)


def _resource(account: Account, region: Region, parameters: Parameters) -> _Resource:
    """What a request names; the ARN tells resources apart that have the same name."""
    name, arn = parameters["resourceName"], parameters.get("resourceArn")
    named: list[_Resource] = [
        resource
        for resource in (
            region.services.get(name),
            region.certificates.get(name),
            account.domains.get(name),
        )
        if resource is not None
    ]
    for resource in named:
        if arn is None or arn == resource.arn:
            return resource
    path = "resourceArn" if named else "resourceName"
    raise refuse("resource.exists", (path,), parameters[path], region=region.name)


def _tagged(
    account: Account,
    region: Region,
    resource: _Resource,
    parameters: Parameters,
    tags: list[dict[str, str]],
) -> Document:
    # A new list: the one before stands in recorded answers, or a test has made it.
    name = parameters["resourceName"]
    if isinstance(resource, Certificate):
        region.certificates[name] = replace(resource, tags=tags)
    else:
        resource.tags = tags
    if isinstance(resource, ContainerService):
        resource.changed()
    where = "global" if isinstance(resource, Domain) else region.name
    return {"operations": [done(account, where, name, type(resource).__name__)]}


HANDLERS: Mapping[str, Handler] = {
    "CreateCertificate": _create_certificate,
    "DeleteCertificate": _delete_certificate,
    "GetCertificates": _get_certificates,
    "TagResource": _tag_resource,
    "UntagResource": _untag_resource,
}
