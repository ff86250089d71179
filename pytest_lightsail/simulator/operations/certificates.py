"""Operations on certificates, as far as public domains of container services need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...model.lifecycle import ABSENT, CERTIFICATE_EDGES, follow
from ..certificates import Certificate
from ..errors import refuse
from ..resources import Region
from .pages import page
from .shared import Answer, Handler, Parameters, operation_record, plain_tags

if TYPE_CHECKING:
    from ..account import Account

__all__ = ["HANDLERS"]


def _create_certificate(account: Account, region: Region, parameters: Parameters) -> Answer:
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
        created_at=account.timestamp(),
    )
    summary = _summary(account, region, name, details=True)
    done = operation_record(
        account, region.name, name, "Certificate", operationType="CreateCertificate"
    )
    return account.presenter.answer(
        "CreateCertificate", {"certificate": summary, "operations": [done]}
    )


def _get_certificates(account: Account, region: Region, parameters: Parameters) -> Answer:
    name, statuses = parameters.get("certificateName"), parameters.get("certificateStatuses")
    if name is not None and name not in region.certificates:
        raise refuse("certificate.known", ("certificateName",), name, region=region.name)
    found = [
        _summary(account, region, each, details=bool(parameters.get("includeCertificateDetails")))
        for each, certificate in region.certificates.items()
        if name in {None, each} and (not statuses or certificate.status in statuses)
    ]
    return account.presenter.answer(
        "GetCertificates", {"certificates": found} | _paged(account, found, parameters)
    )


def _paged(account: Account, found: list[Any], parameters: Parameters) -> dict[str, Any]:
    """What stands for all of them in an answer; an older botocore knows no pages."""
    if "nextPageToken" not in account.model.shapes["GetCertificatesResult"].members:
        return {}
    shown, more = page(found, parameters.get("pageToken"))
    return {"certificates": shown, **more}


def _delete_certificate(account: Account, region: Region, parameters: Parameters) -> Answer:
    name = parameters["certificateName"]
    if name not in region.certificates:
        raise refuse("certificate.known", ("certificateName",), name, region=region.name)
    users = _users(region, name)
    if users:
        raise refuse("certificate.unused", ("certificateName",), name, services=", ".join(users))
    del region.certificates[name]
    done = operation_record(
        account, region.name, name, "Certificate", operationType="DeleteCertificate"
    )
    return account.presenter.answer("DeleteCertificate", {"operations": [done]})


def _users(region: Region, certificate: str) -> list[str]:
    return [
        service.name
        for service in region.services.values()
        if certificate in service.public_domain_names
    ]


def _summary(account: Account, region: Region, name: str, *, details: bool) -> dict[str, Any]:
    certificate = region.certificates[name]
    if not certificate.arn:  # a test has put it in: it gets its identity when it is first seen
        certificate = certificate.known_as(
            account.arn(region.name, "Certificate"), account.timestamp()
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


HANDLERS: Mapping[str, Handler] = {
    "CreateCertificate": _create_certificate,
    "DeleteCertificate": _delete_certificate,
    "GetCertificates": _get_certificates,
}
