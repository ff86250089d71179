"""Accounts that hold what a request needs, and what they answer to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from pytest_lightsail import Certificate, simulate
from pytest_lightsail.strategies import Expected, Needs

if TYPE_CHECKING:
    from pytest_lightsail import Lightsail

HOME = "us-east-1"


@lru_cache(maxsize=1)
def client() -> Any:
    """A real client, made once: that takes longer than all that is done with it here."""
    session = botocore.session.Session()
    return session.create_client(
        "lightsail", HOME, aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def prepare(lightsail: Lightsail, needs: Needs) -> None:
    """Put into an account what ``needs`` says."""
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


def answer(operation: str, request: dict[str, Any], needs: Needs) -> Expected | None:
    """The error that a real client gets for a request; ``None`` if the request is accepted."""
    with simulate(unsimulated="minimal", region=HOME) as lightsail:
        prepare(lightsail, needs)
        return call(operation, request)


def call(operation: str, request: dict[str, Any]) -> Expected | None:
    """What a real client of the account raises; ``None`` for nothing."""
    try:
        getattr(client(), xform_name(operation))(**request)
    except ParamValidationError as error:
        return Expected("ParamValidationError", str(error))
    except ClientError as error:
        return Expected(error.response["Error"]["Code"], error.response["Error"]["Message"])
    return None
