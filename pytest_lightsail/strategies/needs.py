"""What an account must hold for the service to accept a request, and what it refuses if it does not.

The rules of kind ACCOUNT are decided by the simulator. Here they are decided once more, for an account
that holds nothing but what a valid request needs: so the label of an invalid one can be read from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.catalogue import parse_ecr_image, parse_stored_image
from ..model.rule import Broken, Path, Violation
from ..model.rules import rule

__all__ = ["DECIDED", "HOME", "Needs", "account_violations", "has_puller", "needs_of"]

_CREATE = "CreateContainerService"
_DEPLOY, _LOGIN = "CreateContainerServiceDeployment", "CreateContainerServiceRegistryLogin"
_TAGGING = frozenset({"TagResource", "UntagResource"})


HOME = "us-east-1"
"""The Region if nobody names another one, as everywhere in this library."""


@dataclass(frozen=True)
class Needs:
    """What an account must hold, and no more.

    Attributes:
        services: names of container services, READY and without a deployment unless ``ran`` has one.
        certificates: the domain names of certificates that are ISSUED, by certificate.
        stored_images: images stored with these services, such as ``:shop.web.1``.
        ran: a container that a service has run, by service.
        region: the Region in which all this is.
    """

    services: tuple[str, ...] = ()
    certificates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stored_images: tuple[str, ...] = ()
    ran: Mapping[str, str] = field(default_factory=dict)
    region: str = HOME


def needs_of(operation: str, request: Mapping[str, Any], region: str = HOME) -> Needs:
    """What an account must hold for the service to accept a valid request.

    >>> needs_of("DeleteContainerService", {"serviceName": "shop"}).services
    ('shop',)
    """
    named = request.get("resourceName" if operation in _TAGGING else "serviceName")
    if operation == _LOGIN:
        named = "shop"  # any will do
    services = () if named is None or operation == _CREATE else (str(named),)
    domains = request.get("publicDomainNames") or {}
    certificates = {name: tuple(names) for name, names in domains.items() if names}
    if operation in {"GetCertificates", "DeleteCertificate"} and "certificateName" in request:
        certificates[request["certificateName"]] = ("www.example.com",)
    return Needs(
        services=services,
        certificates=certificates,
        stored_images=(request["image"],) if operation == "DeleteContainerImage" else (),
        ran={str(named): request["containerName"]} if operation == "GetContainerLog" else {},
        region=region,
    )


def account_violations(
    operation: str, request: Mapping[str, Any], needs: Needs
) -> tuple[Violation, ...]:
    """What the service refuses in an otherwise valid request, on an account that holds ``needs``.

    Without the service nothing else can be decided.
    """
    found: list[Violation] = []
    for rule_id, check in _CHECKS.items():
        for broken in check(operation, request, needs):
            details = {"region": needs.region, **broken.details}
            violation = Violation(rule(rule_id), broken.path, broken.found, details)
            if rule_id == "service.exists":
                return (violation,)
            found.append(violation)
    return tuple(found)


_Check = Callable[[str, Mapping[str, Any], Needs], Iterator[Broken]]


def _unknown_service(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    name = request.get("serviceName")
    if operation != _CREATE and name is not None and name not in needs.services:
        yield Broken(("serviceName",), name)


def _taken_name(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    if operation == _CREATE and request["serviceName"] in needs.services:
        yield Broken(("serviceName",), request["serviceName"])


def _taken_certificate(
    operation: str, request: Mapping[str, Any], needs: Needs
) -> Iterator[Broken]:
    if operation == "CreateCertificate" and request["certificateName"] in needs.certificates:
        yield Broken(("certificateName",), request["certificateName"])


def _unknown_certificate(
    operation: str, request: Mapping[str, Any], needs: Needs
) -> Iterator[Broken]:
    name = request.get("certificateName")
    asked = operation in {"GetCertificates", "DeleteCertificate"}
    if asked and name is not None and name not in needs.certificates:
        yield Broken(("certificateName",), name)


def _unattachable_certificate(
    operation: str, request: Mapping[str, Any], needs: Needs
) -> Iterator[Broken]:
    del operation
    for name, names in (request.get("publicDomainNames") or {}).items():
        if names and name not in needs.certificates:
            details = {"service": request["serviceName"]}
            yield Broken(("publicDomainNames", name), name, details)


def _uncovered_domain(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    del operation
    for name, names in (request.get("publicDomainNames") or {}).items():
        covered = needs.certificates.get(name, tuple(names))
        for index, domain in enumerate(names):
            if domain not in covered:
                details = {"certificate": name, "names": ", ".join(covered)}
                yield Broken(("publicDomainNames", name, index), domain, details)


def _images(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Path, container and image of every container that is to run."""
    prefix: Path = ("deployment",) if operation == _CREATE else ()
    part = request.get("deployment") or {} if operation == _CREATE else request
    if operation in {_CREATE, _DEPLOY}:
        for name, container in (part.get("containers") or {}).items():
            yield (*prefix, "containers", name, "image"), name, container["image"]


def _unknown_image(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    for path, name, image in _images(operation, request):
        if parse_stored_image(image) is not None and image not in needs.stored_images:
            yield Broken(path, image, {"container": name})


def _foreign_image(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    for path, name, image in _images(operation, request):
        private = parse_ecr_image(image)
        if private is not None and private.region != needs.region:
            yield Broken(path, image, {"container": name, "image_region": private.region})


def _inaccessible_image(
    operation: str, request: Mapping[str, Any], needs: Needs
) -> Iterator[Broken]:
    for path, name, image in _images(operation, request):
        private = parse_ecr_image(image)
        if private is not None and private.region == needs.region and not has_puller(request):
            yield Broken(path, image, {"container": name, "service": request["serviceName"]})


def has_puller(request: Mapping[str, Any]) -> bool:
    """Whether a request asks for the ECR image puller role."""
    role = (request.get("privateRegistryAccess") or {}).get("ecrImagePullerRole") or {}
    return bool(role.get("isActive"))


def _unknown_container(
    operation: str, request: Mapping[str, Any], needs: Needs
) -> Iterator[Broken]:
    if operation == "GetContainerLog":
        name, service = request["containerName"], request["serviceName"]
        if needs.ran.get(service) != name:
            yield Broken(("containerName",), name, {"service": service})


def _unknown_token(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    del needs
    if operation in {"GetContainerLog", "GetCertificates"} and request.get("pageToken"):
        yield Broken(("pageToken",), request["pageToken"])


def _not_stored(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    if operation == "DeleteContainerImage" and request["image"] not in needs.stored_images:
        yield Broken(("image",), request["image"], {"service": request["serviceName"]})


def _unknown_resource(operation: str, request: Mapping[str, Any], needs: Needs) -> Iterator[Broken]:
    if operation in _TAGGING:
        if request["resourceName"] not in needs.services:
            yield Broken(("resourceName",), request["resourceName"])
        elif request.get("resourceArn") is not None:
            yield Broken(("resourceArn",), request["resourceArn"])


_CHECKS: Mapping[str, _Check] = {
    "service.exists": _unknown_service,
    "service.name-free": _taken_name,
    "certificate.name-free": _taken_certificate,
    "certificate.known": _unknown_certificate,
    "certificate.exists": _unattachable_certificate,
    "certificate.covers-domain": _uncovered_domain,
    "image.exists": _unknown_image,
    "image.ecr-region": _foreign_image,
    "image.ecr-access": _inaccessible_image,
    "log.container": _unknown_container,
    "page.token": _unknown_token,
    "image.stored": _not_stored,
    "resource.exists": _unknown_resource,
}
"""The rules of kind ACCOUNT that input can break, in the order in which the service decides."""

DECIDED = frozenset(_CHECKS)
"""Their ids."""
