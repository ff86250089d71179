"""Accounts that hold what a request needs, and their responses to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from pytest_lightsail import Certificate, simulate

if TYPE_CHECKING:
    from pytest_lightsail import Lightsail

HOME = "us-east-1"


@lru_cache(maxsize=1)
def client() -> Any:
    """Return a real client. It is cached, because creating it takes longer than all of its calls."""
    session = botocore.session.Session()
    return session.create_client(
        "lightsail", HOME, aws_access_key_id="testing", aws_secret_access_key="testing"
    )


@dataclass(frozen=True)
class Needs:
    """What an account must hold before it accepts a request.

    Attributes:
        services: the names of container services.
        certificates: maps the names of issued certificates to their domain names.
        stored_images: images stored with the services, such as ``:shop.web.1``.
        ran: maps the names of services to the name of a container that they have run.
    """

    services: tuple[str, ...] = ()
    certificates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stored_images: tuple[str, ...] = ()
    ran: Mapping[str, str] = field(default_factory=dict)


def needs_of(operation: str, request: Mapping[str, Any]) -> Needs:
    """Return what an account must hold so that the service accepts a valid request."""
    named = request.get("serviceName")
    if operation in {"TagResource", "UntagResource"}:
        named = request.get("resourceName")
    elif operation == "CreateContainerServiceRegistryLogin":
        named = "shop"  # any service in the account is enough
    domains = request.get("publicDomainNames") or {}
    certificates = {name: tuple(names) for name, names in domains.items() if names}
    if operation in {"GetCertificates", "DeleteCertificate"} and "certificateName" in request:
        certificates[request["certificateName"]] = ("www.example.com",)
    return Needs(
        services=() if named is None or operation == "CreateContainerService" else (str(named),),
        certificates=certificates,
        stored_images=(request["image"],) if operation == "DeleteContainerImage" else (),
        ran={str(named): request["containerName"]} if operation == "GetContainerLog" else {},
    )


def prepare(lightsail: Lightsail, needs: Needs) -> None:
    """Create the resources in ``needs``."""
    made = client()
    for name in needs.services:
        made.create_container_service(serviceName=name, power="nano", scale=1)
    lightsail.clock.advance(600)
    region = lightsail.region(HOME)
    for name, domains in needs.certificates.items():
        region.certificates[name] = Certificate(tuple(domains))
    for image in needs.stored_images:
        service, label, _ = image.removeprefix(":").split(".")
        assert region.services[service].register_image(label) == image
    for service, container in needs.ran.items():
        made.create_container_service_deployment(
            serviceName=service, containers={container: {"image": "nginx"}}
        )
        lightsail.clock.advance(600)


def response_error(
    operation: str, request: dict[str, Any], needs: Needs | None = None
) -> tuple[str, str] | None:
    """Return the error that a real client gets, or ``None`` if the request is accepted.

    By default, the account is empty.
    """
    with simulate(region=HOME) as lightsail:
        if needs is not None:
            prepare(lightsail, needs)
        return call(operation, request)


def call(operation: str, request: dict[str, Any]) -> tuple[str, str] | None:
    """Make a call with a real client, and return the code and message of the error, or ``None``."""
    try:
        getattr(client(), xform_name(operation))(**request)
    except ParamValidationError as error:
        return "ParamValidationError", str(error)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return None
