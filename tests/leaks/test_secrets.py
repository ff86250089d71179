"""The package writes no secret that a caller sends or receives."""

from __future__ import annotations

import io
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
import botocore.exceptions
import pytest
import requests
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_lightsail import (
    CallerFaultError,
    CallerNeverEnds,
    ContractViolationError,
    Lightsail,
    PytestLightsailError,
    simulate,
    validate,
    verify_caller,
)
from pytest_lightsail.model.schema import REQUEST, Form
from pytest_lightsail.model.service import load
from pytest_lightsail.model.validator import validator
from pytest_lightsail.reporting.timeline import render
from pytest_lightsail.simulation.control import PREFIX, Control
from pytest_lightsail.simulator.wire import Request
from tests.support.profiles import examples
from tests.support.signed_requests import signed

ALPHABET = st.characters(exclude_categories=["Cs"])
secret_texts = (
    st.text(ALPHABET, min_size=6, max_size=40)
    .filter(lambda text: text.strip("*. ") and not text.isalpha())
    .map(lambda text: f"§{text}§")
)
"""A strategy for secrets that do not appear elsewhere by chance."""


def forms(secret: str) -> list[str]:
    return [secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]]


class Written:
    """Collect every text that is written after an account has seen secrets."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def add(self, *values: object) -> None:
        for value in values:
            self.texts.append(value if isinstance(value, str) else repr(value))
            self.texts.append(str(value))

    def error(self, error: BaseException) -> None:
        """Add the text and the pickle of an exception, with its notes and causes."""
        self.add(
            error,
            error.args,
            getattr(error, "__notes__", []),
            *traceback.format_exception_only(error),
        )
        self.add(vars(error))
        with suppress(TypeError, AttributeError, pickle.PicklingError):
            self.add(pickle.dumps(error).decode("utf-8", "replace"))
        for other in (error.__cause__, error.__context__):
            if isinstance(other, (PytestLightsailError, CallerNeverEnds)):
                self.error(other)

    def attempt(self, call: Callable[[], object]) -> None:
        """Make a call, and add its error if it is refused."""
        try:
            call()
        except (botocore.exceptions.ClientError, PytestLightsailError, CallerNeverEnds) as error:
            self.error(error)

    def check(self, *secrets: str) -> None:
        for secret in secrets:
            for form in forms(secret):
                leaks = [text for text in self.texts if form in text]
                assert not leaks, leaks[0][:500]


@contextmanager
def our_logs(written: Written) -> Iterator[None]:
    """Add the log records of the package at all levels."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("pytest_lightsail")
    logger.addHandler(handler)
    level, logger.level = logger.level, logging.DEBUG
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        written.add(stream.getvalue())


def calls_of(lightsail: Lightsail, secret: str) -> Iterator[Any]:
    """Yield calls that contain the secret in valid and invalid places; some are refused."""
    client = lightsail.client()
    web = {"image": "nginx", "environment": {"TOKEN": secret}, "ports": {"80": "HTTP"}}
    deployment: dict[str, Any] = {"containers": {"web": web}}
    bad_end = {**deployment, "publicEndpoint": {"containerName": "x", "containerPort": 80}}
    bad_name = {"containers": {"We b": web}}
    bad_port = {"containers": {"web": {**web, "ports": {"x": "HTTP"}}}}
    bad_key = {"containers": {"web": {**web, "environment": {"1 2": secret}}}}
    service = {"serviceName": "shop", "power": "nano", "scale": 1}
    deploy = client.create_container_service_deployment
    yield lambda: client.create_container_service(**service, deployment=bad_end)
    yield lambda: client.create_container_service(**service, deployment=deployment)
    yield lambda: client.create_container_service(**service, deployment=deployment)
    yield lambda: lightsail.clock.advance(300)
    for refused in (bad_end, bad_name, bad_port, bad_key, deployment):
        yield lambda refused=refused: deploy(serviceName="shop", **refused)
    yield client.get_container_services
    yield lambda: client.get_container_service_deployments(serviceName="shop")
    yield lambda: lightsail.another_client.updates("shop", environment={"TOKEN": secret})
    yield lambda: lightsail.clock.advance(600)
    yield lambda: lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    yield lambda: deploy(serviceName="shop", **deployment)
    yield lambda: lightsail.clock.advance(600)


def write_all(lightsail: Lightsail, written: Written) -> None:
    """Add everything that a ``Lightsail`` object shows."""
    written.add(lightsail, lightsail.calls, lightsail.visits, lightsail.account, lightsail.clock)
    written.add(
        lightsail.timeline(),
        render(lightsail.account.history, 20),
        lightsail.script,
        lightsail.faults,
    )
    written.add(lightsail.services, lightsail.images, lightsail.another_client)
    written.add(*lightsail.calls, lightsail.account.history.entries)
    for service in lightsail.services.values():
        written.add(service, service.current_deployment, service.next_deployment)
        written.add(service.deployments, service.logs("web"), service.images, service.state_detail)
    control = Control(lambda: lightsail.account, lightsail.reset)
    for name in ("", "state", "calls", "timeline", "clock"):
        response = control.respond(Request("GET", {}, b"", "us-east-1", f"{PREFIX}{name}"))
        written.add(response.body.decode(), response.headers)


def login(lightsail: Lightsail) -> str:
    client = lightsail.client()
    return client.create_container_service_registry_login()["registryLogin"]["password"]


quickly = settings(examples(12), suppress_health_check=[HealthCheck.too_slow])


@quickly
@given(secret=secret_texts)
def test_an_account_shows_no_secret_of_a_call(secret):
    written = Written()
    with our_logs(written), simulate(allow_unused=True) as lightsail:
        for call in calls_of(lightsail, secret):
            written.attempt(call)
        password = login(lightsail)
        write_all(lightsail, written)
        assert len(lightsail.calls) > 10
    assert len(password) > 6
    written.check(secret, password)


@quickly
@given(
    secret=secret_texts,
    place=st.sampled_from(["value", "list", "member", "environment", "wrong type"]),
)
def test_a_violation_contains_no_secret(secret, place):
    environment: Any = {"TOKEN": secret}
    container: dict[str, Any] = {"image": 5, "environment": environment}
    if place == "list":
        container["environment"] = [secret]
    elif place == "member":
        container["secretToken"] = secret
    elif place == "environment":
        container["environment"] = secret
    elif place == "wrong type":
        environment["TOKEN"] = {"value": secret}
    request = {"serviceName": "shop", "containers": {"web": container}}
    written = Written()
    with pytest.raises(ContractViolationError) as raised:
        validate("CreateContainerServiceDeployment", "request", request)
    written.error(raised.value)
    written.add(*raised.value.violations)
    checked = validator(load(), Form(REQUEST))
    written.add(*checked.violations("CreateContainerServiceDeployment", request))
    written.check(secret)


@pytest.mark.parametrize("secret", ["§hunter2§", "§a\\b'c\"d§", "§x\ny\tz§", "§ä\x00é€𝄞§"])
def test_a_report_of_verify_caller_contains_no_secret(secret):
    def deploys(environment):
        with suppress(botocore.exceptions.ClientError):
            boto3.client("lightsail", region_name="us-east-1").create_container_service(
                serviceName="shop",
                power="nano",
                scale=1,
                deployment={"containers": {"web": {"image": "x", "environment": environment}}},
            )
        raise ValueError(f"{environment}")

    written = Written()
    with pytest.raises(CallerFaultError) as raised:
        verify_caller(deploys, arguments={"environment": {"TOKEN": secret}}, examples=2)
    written.add(raised.value, raised.value.args, getattr(raised.value, "__notes__", []))
    written.check(secret)


def test_credentials_and_signatures_are_not_stored():
    keys = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG", "IQoJb3JpZ2luX2VjEXAMPLE")
    written, request = Written(), signed("GetContainerServices", keys=keys)
    with our_logs(written), simulate() as lightsail:
        assert requests.post(**request, timeout=60).ok
        write_all(lightsail, written)
    signature = request["headers"]["Authorization"].rpartition("=")[2]
    assert len(signature) == 64
    written.check(signature, keys.access_key, keys.secret_key, keys.token)
