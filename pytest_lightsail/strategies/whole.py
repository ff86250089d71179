"""Whole requests and responses of any operation, and what an account must hold for a request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.bounds import on_the_wire
from ..model.schema import REQUEST, RESPONSE, Form, root_shape
from ..options import INSTANT, MINIMAL, Options
from ..simulator.account import Account
from ..simulator.history import Call
from ..simulator.resources import Certificate
from ..simulator.wire import CONTENT_TYPE, Request
from .shapes import made_once
from .special import CONSISTENT, request_shapes, response_shapes
from .values import HOME, strategy_for

_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_LOGIN = "CreateContainerServiceRegistryLogin"
_TAGGING = frozenset({"TagResource", "UntagResource"})
_DOMAINS = ("www.example.com",)


def request_root(operation: str) -> str:
    """Return the name of the shape of an operation's request.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
    """
    return root_shape(request_shapes().model, operation, Form(REQUEST))


@made_once
def requests(
    operation: str, **members: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    """Whole requests of any Lightsail operation, as the keyword arguments of a boto3 call.

    Images are such as anyone can pull. ``needs_of`` says what else the account must hold. Page tokens and
    the ARN of a tagged resource are left out, because only a response of the service provides them.

    Args:
        operation: the operation.
        members: strategies for members of the request, which are then always there. A deployment's
            endpoint fits the containers that are given for it, and a stored image its service.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
        ConfigurationError: the request has no such member, or its value is not a strategy.

    >>> from hypothesis import find, strategies as st
    >>> find(requests("DeleteContainerService", serviceName=st.just("shop")), lambda request: True)
    {'serviceName': 'shop'}
    """
    shapes, name = request_shapes(), request_root(operation)
    shape = shapes.model.shapes.get(name)
    known = {} if shape is None else shape.members
    what = f"requests({operation!r})"
    for member, given in members.items():
        if member not in known:
            raise ConfigurationError(
                f"{what}: no member {member!r}; there are {', '.join(known) or 'none'}"
            )
        strategy_for(what, member, given)
    if shape is None:
        return st.just({})
    if members and name in CONSISTENT:
        return CONSISTENT[name](shapes, name, (), members)
    return shapes.structure(shape, given=members) if members else shapes.of(name)


def responses(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    """Responses of any Lightsail operation, as boto3 returns them, without ``ResponseMetadata``.

    They satisfy the strict schema: no other members and values than the installed botocore knows.

    Raises:
        UnknownOperationError: Lightsail has no such operation.
    """
    shapes = response_shapes()
    shape = root_shape(shapes.model, operation, Form(RESPONSE))
    return shapes.of(shape) if shape in shapes.model.shapes else st.just({})


@dataclass(frozen=True)
class Needs:
    """What an account must hold, and no more.

    Attributes:
        services: names of container services, READY and without a deployment unless ``ran`` has one.
        certificates: the domain names of ISSUED certificates, by certificate.
        stored_images: images stored with these services, such as ``:shop.web.1``.
        ran: a container that a service has run, by service.
        region: the Region of all this.
    """

    services: tuple[str, ...] = ()
    certificates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stored_images: tuple[str, ...] = ()
    ran: Mapping[str, str] = field(default_factory=dict)
    region: str = HOME


def needs_of(operation: str, request: Mapping[str, Any], region: str = HOME) -> Needs:
    """Return what an account must hold for the service to accept a valid request.

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
        certificates[request["certificateName"]] = _DOMAINS
    return Needs(
        services=services,
        certificates=certificates,
        stored_images=(request["image"],) if operation == "DeleteContainerImage" else (),
        ran={str(named): request["containerName"]} if operation == "GetContainerLog" else {},
        region=region,
    )


def call(operation: str, request: Mapping[str, Any], needs: Needs) -> Call:
    """Send a request to a simulated account that holds ``needs``, and return the call with its outcome.

    >>> call("GetContainerServices", {"serviceName": "shop"}, Needs()).rule
    'service.exists'
    """
    account = Account(Options(region=needs.region, pace=INSTANT, unsimulated=MINIMAL))
    region = account.region(needs.region)
    for name in needs.services:
        _send(account, needs, _CREATE, {"serviceName": name, "power": "nano", "scale": 1})
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
        _send(account, needs, _DEPLOY, {"serviceName": name, "containers": containers})
    account.clock.advance_until_settled()
    _send(account, needs, operation, request)
    return account.history.calls[-1]


def _send(account: Account, needs: Needs, operation: str, request: Mapping[str, Any]) -> None:
    headers = {
        "x-amz-target": f"{account.model.target_prefix}.{operation}",
        "content-type": CONTENT_TYPE,
    }
    body = json.dumps(on_the_wire(request)).encode()
    account.handle(Request("POST", headers, body, needs.region))
