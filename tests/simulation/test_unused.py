"""A test fails if it prepares something that is never used, and can filter its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pytest_lightsail import ConfigurationError, Fault, Image, UnusedError, attempt, simulate

NEW = {"serviceName": "shop", "power": "nano", "scale": 1}


def test_an_unused_script_raises_an_error_at_the_end() -> None:
    with (
        pytest.raises(UnusedError, match=r"script\.deploy\(takes=5\) of shop"),
        simulate() as lightsail,
    ):
        lightsail.script.deploy(service="shop", takes=5)


def test_unused_faults_and_responses_raise_an_error_at_the_end() -> None:
    def prepares_in_vain() -> None:
        with simulate() as lightsail:
            lightsail.faults.add(Fault.throttling())
            lightsail.respond("GetDisks", {})

    with pytest.raises(UnusedError, match=r"throttling\); respond\('GetDisks'"):
        prepares_in_vain()


def test_optional_scripts_faults_and_responses_may_go_unused() -> None:
    with simulate() as lightsail:
        lightsail.script.create(takes=5, optional=True)
        lightsail.faults.add(Fault.throttling(), optional=True)
        lightsail.respond("GetDisks", {}, optional=True)


def test_allow_unused_allows_unused_scripts() -> None:
    with simulate(allow_unused=True) as lightsail:
        lightsail.script.create(takes=5)


def test_an_unused_script_does_not_hide_an_exception_in_the_block() -> None:
    def fails() -> None:
        with simulate() as lightsail:
            lightsail.script.create(takes=5)
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fails()


def test_a_fault_for_any_number_of_calls_is_used_after_one_call() -> None:
    with simulate() as lightsail:
        lightsail.faults.add(Fault.access_denied(), times=None)
        with pytest.raises(ClientError):
            lightsail.client().get_container_services()


def test_a_fault_that_hits_fewer_calls_than_planned_is_reported() -> None:
    def fails_once() -> None:
        with simulate() as lightsail:
            lightsail.faults.add(Fault.access_denied(), times=3)
            with pytest.raises(ClientError):
                lightsail.client().get_container_services()

    with pytest.raises(
        UnusedError, match=r"never used: .*access_denied\) \(used 1 of 3 times\)\. Is it"
    ):
        fails_once()


def test_a_script_that_fewer_events_use_than_planned_is_reported() -> None:
    def creates_once() -> None:
        with simulate() as lightsail:
            lightsail.script.create(takes=5, times=2)
            lightsail.client().create_container_service(**NEW)

    with pytest.raises(UnusedError, match=r"script\.create\(takes=5\) \(used 1 of 2 times\)"):
        creates_once()


def test_an_optional_script_may_be_used_by_fewer_events_than_planned() -> None:
    with simulate() as lightsail:
        lightsail.script.create(takes=5, times=2, optional=True)
        lightsail.client().create_container_service(**NEW)


# --- images ------------------------------------------------------------------------------------------


def deploy(client: Any, image: str) -> None:
    deployment = {"containers": {"web": {"image": image}}}
    client.create_container_service(**NEW, deployment=deployment)


def test_an_image_that_no_deployment_runs_is_reported() -> None:
    def misspells_an_image() -> None:
        with simulate() as lightsail:
            lightsail.images["shopp:2"] = Image(responds=500)
            deploy(lightsail.client(), "shop:2")
            lightsail.clock.advance_until_settled()

    with pytest.raises(UnusedError, match=r"images\['shopp:2'\]"):
        misspells_an_image()


def test_an_image_that_a_deployment_runs_counts_as_used() -> None:
    with simulate() as lightsail:
        lightsail.images["nginx"] = Image(responds=500)
        deploy(lightsail.client(), "nginx")
        lightsail.clock.advance_until_settled()


def test_an_image_of_a_scripted_deployment_counts_as_used() -> None:
    with simulate() as lightsail:
        lightsail.images["shop:2"] = Image()
        lightsail.script.deploy(never_ends=True)
        deploy(lightsail.client(), "shop:2")
        lightsail.clock.advance_until_settled()


def test_an_image_that_is_replaced_after_it_has_run_is_reported() -> None:
    def changes_too_late() -> None:
        with simulate() as lightsail:
            lightsail.images["shop:2"] = Image()
            deploy(lightsail.client(), "shop:2")
            lightsail.clock.advance_until_settled()
            lightsail.images["shop:2"] = Image(exits=1)

    with pytest.raises(UnusedError, match=r"images\['shop:2'\]"):
        changes_too_late()


def test_an_optional_image_may_go_unused() -> None:
    with simulate() as lightsail:
        lightsail.images["shop:2"] = Image(responds=500, optional=True)


def test_optional_of_an_image_must_be_a_boolean() -> None:
    with pytest.raises(ConfigurationError, match="invalid optional=1: expected True or False"):
        Image(optional=1)  # type: ignore[arg-type]


# --- verdicts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [1, 3])
def test_a_verdict_that_is_never_checked_fails_the_test(minutes: float) -> None:
    def forgets_assert() -> None:
        with simulate() as lightsail:
            attempt(lightsail.clock.advance, 120).finished_within(minutes=minutes)

    with pytest.raises(
        UnusedError,
        match=r"never looked at: <.*finished within .*>\. Write `assert` before the check",
    ):
        forgets_assert()


@pytest.mark.parametrize("look", [bool, repr, str, lambda verdict: verdict.fault])
def test_reading_the_truth_or_text_of_a_verdict_counts_as_checking_it(
    look: Callable[[object], object],
) -> None:
    with simulate() as lightsail:
        look(attempt(lightsail.clock.advance, 120).finished_within(minutes=1))


# --- the end of a test -------------------------------------------------------------------------------


def test_a_test_with_an_unused_script_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, strategies as st

        def test_prepares_in_vain(lightsail):
            lightsail.script.deploy(never_ends=True)

        @given(st.integers())
        def test_in_an_example(lightsail, number):
            lightsail.script.deploy(never_ends=True)

        def test_fails_anyway(lightsail):
            lightsail.script.deploy(never_ends=True)
            assert False
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*UnusedError: never used: script.deploy(never_ends=True)*"])


def test_calls_can_be_filtered_by_parameters(lightsail) -> None:
    client = lightsail.client()
    deployment = {"containers": {"web": {"image": "nginx"}}}
    client.create_container_service(**NEW, deployment=deployment)
    client.get_container_services()
    found = lightsail.calls("CreateContainerService", deployment=deployment)
    assert found.count() == 1
    assert found.last is lightsail.calls[0]
    assert lightsail.calls("CreateContainerService", serviceName="other").none
    assert lightsail.calls.count("CreateContainerService", power="nano") == 1
    assert lightsail.calls(serviceName="shop").count() == 1


def test_repr_of_calls_shows_the_operation_the_time_and_the_result(lightsail) -> None:
    lightsail.client().get_container_services()
    assert repr(lightsail.calls) == "[<GetContainerServices() at 0.1 s: ok>]"
