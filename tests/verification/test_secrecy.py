"""A caller that prints a secret in any form is found, and no report contains the secret."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from pytest_lightsail import CallerFaultError, Lightsail, Scenario, attempt, verify_caller
from tests.callers.common import ReleaseFailed, connect, deploy, ensure_service, wait_for

SECRET = 'correct "horse"\nbättery'
log = logging.getLogger(__name__)


def release(environment: Mapping[str, str]) -> None:
    client = connect()
    ensure_service(client)
    wait_for(client, deploy(client, "nginx", environment))


def refuse(value: str) -> None:
    raise ValueError(value)


# --- callers that print secrets ------------------------------------------------------------------


@pytest.mark.parametrize("form", [str, repr, json.dumps])
def test_a_secret_is_found_in_every_form(lightsail: Lightsail, form: Callable[[str], str]) -> None:
    def leak(environment: Mapping[str, str]) -> None:
        log.info(form(environment["TOKEN"]))

    assert not attempt(leak, environment={"TOKEN": SECRET}).printed_no_secret()


def test_the_line_that_prints_a_secret_is_named(lightsail: Lightsail) -> None:
    def leak(environment: Mapping[str, str]) -> None:
        print(environment["TOKEN"])  # noqa: T201 - the test captures the output

    fault = attempt(leak, environment={"TOKEN": SECRET}).printed_no_secret().fault
    line = leak.__code__.co_firstlineno + 1
    assert fault.endswith(f"is in standard output, at test_secrecy.py:{line}")


def test_a_secret_in_a_chained_exception_is_found(lightsail: Lightsail) -> None:
    def fail(environment: Mapping[str, str]) -> None:
        try:
            refuse(environment["TOKEN"])
        except ValueError:
            raise ReleaseFailed("the release failed")  # noqa: B904 - the traceback must show both

    fault = attempt(fail, environment={"TOKEN": SECRET}).printed_no_secret().fault
    assert (
        fault
        == "the value of the environment variable TOKEN is in the ValueError that the caller raised"
    )


@dataclass
class Settings:
    environment: dict[str, str]


def test_the_variable_of_a_secret_in_a_dataclass_is_named(lightsail: Lightsail) -> None:
    def leak(settings: Settings) -> None:
        log.info(settings.environment["TOKEN"])

    fault = attempt(leak, Settings({"TOKEN": SECRET})).printed_no_secret().fault
    assert fault.startswith("the value of the environment variable TOKEN is in")


def test_a_secret_in_a_suppressed_exception_is_not_reported(lightsail: Lightsail) -> None:
    def fail(environment: Mapping[str, str]) -> None:
        try:
            refuse(environment["TOKEN"])
        except ValueError:
            raise ReleaseFailed("the release failed") from None

    assert attempt(fail, environment={"TOKEN": SECRET}).printed_no_secret()


@pytest.mark.parametrize("value", ["us-east-1", "DEPLOYING", "nginx:1.27.0"])
def test_a_value_that_is_part_of_a_name_is_not_a_secret(lightsail: Lightsail, value: str) -> None:
    def leak() -> None:
        release({"VALUE": value})
        connect().create_container_service_deployment(
            serviceName="shop", containers={"web": {"image": "nginx:1.27.0"}}
        )
        log.info("releasing in %s", value)

    assert attempt(leak).printed_no_secret()


def test_a_value_that_occurs_only_in_an_environment_is_a_secret(lightsail: Lightsail) -> None:
    def leak() -> None:
        release({"VALUE": "us-east-7"})
        log.info("releasing in us-east-7")

    assert not attempt(leak).printed_no_secret()


# --- reports without secrets ---------------------------------------------------------------------


def deploys_a_token(token: str) -> None:
    client = connect()
    ensure_service(client)
    deploy(client, "nginx", {"TOKEN": token})


def releases_a_token(token: str) -> None:
    release({"TOKEN": token})


@pytest.mark.parametrize("scenarios", [None, st.just(Scenario())])
def test_a_secret_passed_under_another_name_is_masked(
    scenarios: st.SearchStrategy[Scenario] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CallerFaultError) as raised:
        verify_caller(
            deploys_a_token,
            arguments={"token": SECRET},
            scenarios=scenarios,
            settings=settings(database=None, max_examples=5),
        )
    text = str(raised.value) + "".join(getattr(raised.value, "__notes__", []))
    printed = "".join(capsys.readouterr())
    for form in (SECRET, repr(SECRET)[1:-1], json.dumps(SECRET)[1:-1]):
        assert form not in text + printed
    assert "deploys_a_token(token='***')" in text


def test_the_test_of_a_finding_replaces_a_secret_passed_under_another_name() -> None:
    with pytest.raises(CallerFaultError) as raised:
        verify_caller(deploys_a_token, arguments={"token": SECRET}, examples=1)
    assert "arguments=dict(token='a-secret-value')" in raised.value.report.findings[0].test


def test_hypothesis_prints_no_secret_if_the_test_has_a_mistake(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails_later(lightsail: Lightsail) -> None:
        runs.append(lightsail)
        if len(runs) > undisturbed:
            raise ZeroDivisionError

    def verify() -> None:
        verify_caller(
            releases_a_token,
            arguments={"token": SECRET},
            worlds=["ready"],
            scenarios=st.just(Scenario()),
            prepare=fails_later,
            settings=settings(database=None, max_examples=1),
        )

    runs: list[Lightsail] = []
    undisturbed = math.inf
    verify()
    runs, undisturbed = [], len(runs) - 1  # the last run is the only drawn one
    with pytest.raises(ZeroDivisionError) as raised:
        verify()
    text = "".join([*getattr(raised.value, "__notes__", []), *capsys.readouterr()])
    assert "<service ready; Scenario()>" in text
    assert SECRET not in text


def test_a_secret_in_the_error_of_a_caller_is_masked() -> None:
    def fails(environment: Mapping[str, str]) -> None:
        raise ReleaseFailed(environment["TOKEN"])

    with pytest.raises(CallerFaultError, match=r"never-succeeds.*ReleaseFailed: \*\*\*"):
        verify_caller(
            fails,
            arguments={"environment": {"TOKEN": SECRET}},
            without={"prints-secrets"},
            examples=3,
        )


def test_a_secret_of_a_container_named_environment_is_found(lightsail: Lightsail) -> None:
    def leak(containers: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        log.info(containers["environment"]["environment"]["TOKEN"])

    named = {"environment": {"image": "nginx", "environment": {"TOKEN": SECRET}}}
    outcome = attempt(leak, containers=named)
    assert not outcome.printed_no_secret()
    assert set(outcome.secrets) == {SECRET}
    assert SECRET in attempt(lambda _: None, named).secrets
