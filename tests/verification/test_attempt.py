"""``attempt`` runs a caller once, and returns the outcome."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from contextlib import suppress

import pytest

from pytest_lightsail import (
    CallerNeverEnds,
    ConfigurationError,
    Fault,
    Lightsail,
    OperationNotSimulatedError,
    StateChange,
    attempt,
    simulate,
)
from tests.callers.common import connect, create, ensure_service, find
from tests.callers.sound import release, release_in_background


def rest(seconds: float) -> None:
    time.sleep(seconds)


def test_the_outcome_contains_the_result_of_the_caller(lightsail: Lightsail) -> None:
    outcome = attempt(release, "nginx:1")
    assert outcome.result == 1
    assert outcome.succeeded
    assert outcome.states["us-east-1", "shop"].current == 1


def test_the_outcome_contains_the_error_of_the_caller(lightsail: Lightsail) -> None:
    lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    outcome = attempt(release, "nginx:1")
    assert str(outcome.error) == "version 1 is FAILED"
    assert not outcome.succeeded


def test_a_coroutine_function_runs_to_its_end(lightsail: Lightsail) -> None:
    outcome = attempt(release_in_background, image="nginx:1")
    assert outcome.result == 1
    assert outcome.duration > 60


def test_the_duration_includes_only_the_run(lightsail: Lightsail) -> None:
    lightsail.clock.advance(1000)
    assert attempt(rest, 90).duration == 90


def test_calls_contains_only_the_calls_of_the_run(lightsail: Lightsail) -> None:
    client = connect()
    create(client)
    outcome = attempt(find, client)
    assert [call.operation for call in outcome.calls] == ["GetContainerServices"]


def test_entries_contains_only_the_changes_of_the_run(lightsail: Lightsail) -> None:
    create(connect())
    lightsail.clock.advance(60)
    outcome = attempt(release, "nginx:1")
    states = [event.state for event in outcome.entries if isinstance(event, StateChange)]
    assert states[-1] == "RUNNING"
    assert "PENDING" not in states


@pytest.mark.parametrize(("status", "succeeds"), [(0, True), (None, True), (3, False)])
def test_sys_exit_counts_as_success_only_with_status_0_or_none(
    lightsail: Lightsail, status: int | None, *, succeeds: bool
) -> None:
    assert attempt(sys.exit, status).succeeded is succeeds


def test_a_caller_that_waits_forever_is_stopped(lightsail: Lightsail) -> None:
    client = connect()

    def wait() -> None:
        while find(client) is None:
            time.sleep(600)

    outcome = attempt(wait)
    assert isinstance(outcome.error, CallerNeverEnds)


def test_attempt_raises_the_error_of_a_call_that_is_not_simulated(lightsail: Lightsail) -> None:
    with pytest.raises(OperationNotSimulatedError):
        attempt(connect().get_instances)
    lightsail.account.swallowed.clear()


def test_attempt_requires_an_active_account() -> None:
    with pytest.raises(ConfigurationError, match="use the lightsail fixture or simulate"):
        attempt(print)


def test_attempt_uses_the_innermost_account(lightsail: Lightsail) -> None:
    with simulate() as inner:
        assert len(attempt(release, "nginx:1").calls) == len(inner.calls) > 0
    assert not lightsail.calls


def test_the_outcome_contains_output_and_log_messages_of_every_level(
    lightsail: Lightsail, capsys: pytest.CaptureFixture[str]
) -> None:
    def write() -> None:
        print("printed")  # noqa: T201 - the test captures the output
        print("complained", file=sys.stderr)  # noqa: T201
        logging.getLogger("release").debug("logged")

    output = attempt(write).output
    assert output == "printed\ncomplained\nrelease DEBUG logged\n"
    assert capsys.readouterr() == ("printed\n", "complained\n")


def test_attempt_restores_the_levels_of_loggers(lightsail: Lightsail) -> None:
    before = {name: logging.getLogger(name).level for name in ("", "botocore")}
    attempt(print)
    assert {name: logging.getLogger(name).level for name in before} == before


def test_requests_logged_by_botocore_are_not_output_of_the_caller(lightsail: Lightsail) -> None:
    assert attempt(release, "nginx:1", {"TOKEN": "correct-horse"}).printed_no_secret()


def test_repr_of_an_outcome_shows_how_the_run_ended(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.access_denied())
    outcome = attempt(ensure_service, connect())
    assert repr(outcome) == "<Outcome: raised AccessDeniedException after 0.1 s and 1 call>"


def test_a_function_can_run_in_a_thread_next_to_an_event_loop(
    lightsail: Lightsail,
) -> None:
    async def within() -> bool:
        return (await asyncio.to_thread(attempt, release, "nginx:1")).succeeded

    assert asyncio.run(within())


# --- limits --------------------------------------------------------------------------------------


def test_a_swallowed_error_of_a_call_that_is_not_simulated_is_raised(lightsail: Lightsail) -> None:
    def swallow() -> None:
        with suppress(Exception):
            connect().get_instances()

    with pytest.raises(OperationNotSimulatedError, match="GetInstances"):
        attempt(swallow)
    assert attempt(find, connect()).succeeded  # the error is raised once
    lightsail.account.swallowed.clear()


def test_a_coroutine_function_is_refused_in_a_running_event_loop(lightsail: Lightsail) -> None:
    async def within() -> None:
        attempt(release_in_background, "nginx:1")

    with pytest.raises(ConfigurationError, match=r"use `await asyncio\.to_thread"):
        asyncio.run(within())


def test_a_coroutine_function_can_run_in_a_thread_next_to_an_event_loop(
    lightsail: Lightsail,
) -> None:
    async def within() -> bool:
        return (await asyncio.to_thread(attempt, release_in_background, "nginx:1")).succeeded

    assert asyncio.run(within())


def test_the_error_of_a_cancelled_coroutine_is_cancelled_error(lightsail: Lightsail) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    assert isinstance(attempt(cancelled).error, asyncio.CancelledError)


def test_attempt_does_not_catch_a_keyboard_interrupt(lightsail: Lightsail) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    before = sys.stdout
    with pytest.raises(KeyboardInterrupt):
        attempt(interrupted)
    assert sys.stdout is before


def test_a_second_run_gets_the_original_arguments(lightsail: Lightsail) -> None:
    def use_up(environment: dict[str, str], images: list[str]) -> None:
        release(images.pop(), {"TOKEN": environment.pop("TOKEN")})

    outcome = attempt(use_up, {"TOKEN": "correct-horse"}, images=["nginx:1"])
    assert outcome.is_safe_to_run_again()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.TaskGroup requires Python 3.11")
def test_a_caller_that_waits_forever_in_a_task_group_is_stopped(lightsail: Lightsail) -> None:
    async def poll() -> None:
        while True:
            connect().get_container_services()
            await asyncio.sleep(60)

    async def release() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(poll())

    outcome = attempt(release)
    assert isinstance(outcome.error, CallerNeverEnds)
    assert not outcome.finished_within(minutes=10**6)


def test_later_changes_do_not_affect_an_outcome(lightsail: Lightsail) -> None:
    outcome = attempt(create, connect())
    assert not outcome.is_settled()
    lightsail.clock.advance_until_settled()
    assert len(outcome.entries) == 2
    assert not outcome.is_settled()
