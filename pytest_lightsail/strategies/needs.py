"""What an account must hold for a request to be accepted, and what an account with it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.bounds import on_the_wire
from ..options import INSTANT, MINIMAL, Options
from ..simulator.account import Account
from ..simulator.history import Call
from ..simulator.resources import Certificate
from ..simulator.wire import CONTENT_TYPE, Request

HOME = "us-east-1"
"""The default Region, as everywhere in this library."""

_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"


@dataclass(frozen=True)
class Needs:
    """What an account must hold, and no more.

    Attributes:
        services: names of container services, READY and without a deployment unless ``ran`` has one.
        certificates: the domain names of ISSUED certificates, by certificate.
        stored_images: images stored with these services, such as ``:shop.web.1``.
        ran: a container that a service has run, by service.
    """

    services: tuple[str, ...] = ()
    certificates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stored_images: tuple[str, ...] = ()
    ran: Mapping[str, str] = field(default_factory=dict)


def needs_of(operation: str, request: Mapping[str, Any]) -> Needs:
    """Return what an account must hold for the service to accept a valid request.

    >>> needs_of("DeleteContainerService", {"serviceName": "shop"}).services
    ('shop',)
    """
    named = request.get("serviceName")
    if operation in {"TagResource", "UntagResource"}:
        named = request.get("resourceName")
    elif operation == "CreateContainerServiceRegistryLogin":
        named = "shop"  # any will do
    domains = request.get("publicDomainNames") or {}
    certificates = {name: tuple(names) for name, names in domains.items() if names}
    if operation in {"GetCertificates", "DeleteCertificate"} and "certificateName" in request:
        certificates[request["certificateName"]] = ("www.example.com",)
    return Needs(
        services=() if named is None or operation == _CREATE else (str(named),),
        certificates=certificates,
        stored_images=(request["image"],) if operation == "DeleteContainerImage" else (),
        ran={str(named): request["containerName"]} if operation == "GetContainerLog" else {},
    )


def call(operation: str, request: Mapping[str, Any], needs: Needs) -> Call:
    """Send a request to a simulated account that holds ``needs``, and return the call with its outcome.

    >>> call("GetContainerServices", {"serviceName": "shop"}, Needs()).rule
    'service.exists'
    """
    account = Account(Options(region=HOME, pace=INSTANT, unsimulated=MINIMAL))
    region = account.region(HOME)
    for name in needs.services:
        _send(account, _CREATE, {"serviceName": name, "power": "nano", "scale": 1})
    account.clock.advance_until_settled()
    for name, domains in needs.certificates.items():
        region.certificates[name] = Certificate(domains)
    for image in needs.stored_images:
        service, label, _ = image.removeprefix(":").split(".")
        region.services[service].register_image(
            label, f"sha256:{'0' * 64}", account.clock.timestamp
        )
    for name, container in needs.ran.items():
        containers = {container: {"image": "nginx"}}
        _send(account, _DEPLOY, {"serviceName": name, "containers": containers})
    account.clock.advance_until_settled()
    _send(account, operation, request)
    return account.history.calls[-1]


def _send(account: Account, operation: str, request: Mapping[str, Any]) -> None:
    headers = {
        "x-amz-target": f"{account.model.target_prefix}.{operation}",
        "content-type": CONTENT_TYPE,
    }
    body = json.dumps(on_the_wire(request)).encode()
    account.handle(Request("POST", headers, body, HOME))
