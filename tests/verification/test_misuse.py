"""Mistakes in a test are reported neither as bugs of the caller nor as success."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import boto3
import pytest
import requests

from pytest_lightsail import CallerFaultError, ConfigurationError, Lightsail, attempt, verify_caller
from pytest_lightsail.strategies import invalid_powers


def create(power: str, *, scale: int = 1) -> None:
    client: Any = boto3.client("lightsail", region_name="us-east-1")
    client.create_container_service(serviceName="shop", power=power, scale=scale)


def does_nothing(image: str) -> None:
    del image


# --- arguments ---------------------------------------------------------------------------------------


def test_an_unknown_argument_is_a_configuration_error() -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"arguments: create\(power.*\).*: got an unexpected keyword argument 'powr'",
    ):
        verify_caller(create, arguments={"powr": "nano"})


def test_an_unknown_argument_in_invalid_is_a_configuration_error() -> None:
    with pytest.raises(
        ConfigurationError, match=r"invalid: create.*unexpected keyword argument 'powr'"
    ):
        verify_caller(create, arguments={"power": "nano"}, invalid={"powr": invalid_powers()})


def test_a_missing_argument_is_a_configuration_error() -> None:
    def rename(old: str) -> None:
        del old

    with pytest.raises(ConfigurationError, match="missing a required argument: 'old'"):
        verify_caller(rename)


def test_attempt_refuses_an_unknown_argument(
    lightsail: Lightsail,
) -> None:
    with pytest.raises(ConfigurationError, match="unexpected keyword argument 'powr'"):
        attempt(create, powr="nano")
    assert not lightsail.calls


def test_attempt_refuses_too_many_arguments(lightsail: Lightsail) -> None:
    del lightsail
    with pytest.raises(ConfigurationError, match="too many positional arguments"):
        attempt(create, "nano", 1)


def _decorated(caller: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(caller)
    def with_a_power(**arguments: Any) -> None:
        arguments.pop("dry", None)
        caller("nano", **arguments)

    return with_a_power


@pytest.mark.parametrize(
    ("caller", "arguments"),
    [
        (functools.partial(create, "nano"), {}),
        (_decorated(create), {"dry": True}),
        (dict, {"anything": 1}),
        (max, {}),
    ],
)
def test_attempt_accepts_arguments_that_the_signature_does_not_list(
    lightsail: Lightsail, caller: Callable[..., Any], arguments: dict[str, Any]
) -> None:
    del lightsail
    attempt(caller, **arguments)


# --- no call -----------------------------------------------------------------------------------------


def test_a_caller_that_makes_no_call_is_reported() -> None:
    with pytest.raises(CallerFaultError, match=r"makes-no-call: .* no calls in \d+ runs") as caught:
        verify_caller(does_nothing, arguments={"image": "nginx"}, examples=5)
    assert caught.value.fault == "makes-no-call"


def test_without_allows_a_caller_that_makes_no_call() -> None:
    report = verify_caller(
        does_nothing, arguments={"image": "nginx"}, examples=5, without={"makes-no-call"}
    )
    assert report.runs


def test_a_caller_that_only_visits_a_service_is_not_reported() -> None:
    urls: list[str] = []

    def note(lightsail: Lightsail) -> None:
        urls.append(lightsail.services["shop"].url)

    def looks() -> None:
        requests.get(urls[-1], timeout=5)

    assert verify_caller(looks, worlds=["running"], examples=3, prepare=note).returned
