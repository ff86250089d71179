"""``verify_caller`` reports the bug of every faulty caller by its name, and sound callers pass."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st

from pytest_lightsail import (
    CallerFaultError,
    ConfigurationError,
    Lightsail,
    OperationNotSimulatedError,
    Scenario,
    attempt,
    strategies,
    verify_caller,
)
from pytest_lightsail.simulation.handle import active
from tests.callers import faulty, sound
from tests.callers.common import create

IMAGES = {"image": st.sampled_from(["nginx", "httpd:2"])}
UNDISTURBED: dict[str, Any] = {"scenarios": st.just(Scenario()), "pace": "fast", "examples": 3}
TOKENS = st.just({"TOKEN": "correct-horse-battery"})
SCALES = {"scale": strategies.invalid_scales()}

faulty_callers = pytest.mark.parametrize(
    ("caller", "fault", "more"),
    [
        (faulty.without_time_limit, "never-ends", {"worlds": ["ready"]}),
        (faulty.takes_deploying_for_done, "returns-too-early", {}),
        (faulty.ignores_failed, "ignores-failure", {"worlds": ["absent", "ready"]}),
        (faulty.retries_a_create_without_looking, "retries-in-vain", {"worlds": ["absent"]}),
        (faulty.reads_a_current_deployment_that_is_not_there, "crashes", {}),
        (
            faulty.passes_input_on_unchecked,
            "lets-invalid-through",
            {"invalid": SCALES, "worlds": ["ready"]},
        ),
        (faulty.swallows_throttling, "swallows-errors", {"worlds": ["ready"]}),
        (faulty.polls_without_pause, "polls-too-fast", {"pace": "fast"}),
        (faulty.logs_the_environment, "prints-secrets", {"environment": TOKENS}),
        (
            faulty.looks_only_at_the_state_of_the_service,
            "ignores-failure",
            {"worlds": ["running"]},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)


# Most tests check which bug is found, not the example to which it is shrunk.
UNSHRUNK = settings(
    max_examples=200,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    database=None,
)
SHRUNK = settings(max_examples=200, derandomize=True, database=None)


def verify(caller: Callable[..., object], **more: Any) -> Any:
    environment = {"environment": more.pop("environment")} if "environment" in more else {}
    if "examples" not in more:
        more.setdefault("settings", UNSHRUNK)
    return verify_caller(caller, arguments={**IMAGES, **environment}, **more)


@faulty_callers
def test_the_bug_of_a_faulty_caller_is_found_and_named(
    caller: Callable[..., object], fault: str, more: dict[str, Any]
) -> None:
    with pytest.raises(CallerFaultError) as raised:
        verify(caller, **more)
    assert raised.value.fault == fault
    assert str(raised.value).startswith(f"{caller.__qualname__}: {fault}: ")
    assert raised.value.report.runs > 0


def test_a_sound_caller_passes() -> None:
    how: dict[str, Any] = {"worlds": ["running"], "pace": "fast", "examples": 30}
    report = verify(sound.release, invalid=SCALES, environment=TOKENS, **how)
    assert report.returned > 0
    assert report.rules
    assert report.survived


def test_the_report_lists_the_faults_that_the_caller_survived() -> None:
    once = st.just(Scenario().fault("throttling", operation="GetContainerServices"))
    report = verify(sound.release, scenarios=once, examples=2)
    assert report.survived["throttling"] > 0
    assert "faults survived throttling ×" in str(report)


def test_a_sound_coroutine_passes() -> None:
    assert verify(sound.release_in_background, worlds=["ready"], **UNDISTURBED).returned > 0


# --- the report ----------------------------------------------------------------------------------


def test_the_error_describes_the_world_the_call_and_the_scenario() -> None:
    with pytest.raises(CallerFaultError) as raised:
        verify(faulty.ignores_failed, settings=SHRUNK)
    text = str(raised.value)
    assert "the caller returned even though version 1 of shop FAILED" in text
    assert "the world     shop absent" in text
    assert "the call      ignores_failed(image='nginx')" in text
    assert "what happened Scenario().deploy(fails_at=" in text
    assert "DEPLOYING" in text
    assert "the caller returned in " in text


def test_the_error_contains_no_secret() -> None:
    with pytest.raises(CallerFaultError) as raised:
        verify(faulty.logs_the_environment, environment=TOKENS)
    text = str(raised.value) + "".join(getattr(raised.value, "__notes__", []))
    assert "correct-horse-battery" not in text
    assert "TOKEN" in text


def test_a_caller_that_never_succeeds_is_reported() -> None:
    def fails(image: str) -> None:
        raise OSError("no network")

    with pytest.raises(CallerFaultError, match=r"never-succeeds.*OSError: no network"):
        verify(fails, examples=10)


# --- options -------------------------------------------------------------------------------------


def test_without_ignores_a_finding() -> None:
    verify(
        faulty.polls_without_pause,
        without={"polls-too-fast"},
        worlds=["ready"],
        **UNDISTURBED,
    )


def test_unknown_findings_are_refused() -> None:
    with pytest.raises(
        ConfigurationError, match="unknown finding 'too-slow'; expected one of makes-no-call"
    ):
        verify(sound.release, without={"too-slow"})


def test_unknown_worlds_are_refused() -> None:
    with pytest.raises(
        ConfigurationError, match="unknown world 'gone'; expected one of absent, ready"
    ):
        verify(sound.release, worlds={"gone"})


def test_a_caller_that_fails_in_its_second_run_is_reported() -> None:
    def create_once() -> None:
        create(sound.connect())
        sound.ensure_service(sound.connect())

    with pytest.raises(
        CallerFaultError, match="unsafe-to-run-again: when the caller ran again, it raised Invalid"
    ):
        verify_caller(create_once, worlds=["absent"], examples=5)


def test_a_caller_is_not_run_again_if_unsafe_to_run_again_is_ignored() -> None:
    accounts: list[Any] = []

    def note() -> None:
        accounts.append(active().account)
        sound.connect().get_container_services()

    verify_caller(note, worlds=["absent"], examples=1, without={"unsafe-to-run-again"})
    assert len(accounts) == len(set(map(id, accounts)))


def test_prepare_sets_up_the_account() -> None:
    seen = []

    def prepare(lightsail: Lightsail) -> None:
        lightsail.quotas["services"] = 0
        seen.append(lightsail)

    with pytest.raises(CallerFaultError, match="never-succeeds"):
        verify(sound.release, worlds=["absent"], prepare=prepare, examples=3)
    assert seen


def test_verify_caller_does_not_use_the_account_of_the_fixture(lightsail: Lightsail) -> None:
    verify(sound.release, worlds=["absent"], **UNDISTURBED)
    assert not lightsail.calls


def test_within_limits_the_duration_of_a_run() -> None:
    with pytest.raises(CallerFaultError, match="never-ends: it took"):
        verify(sound.release, within=60, examples=5)


# --- unusual callers -----------------------------------------------------------------------------


def test_every_run_gets_the_original_arguments() -> None:
    def use_up(options: dict[str, list[str]]) -> None:
        sound.release(options.pop("images").pop())

    report = verify_caller(
        use_up, arguments={"options": {"images": ["nginx"]}}, worlds=["ready"], **UNDISTURBED
    )
    assert report.returned > 0


def test_a_call_that_is_not_simulated_is_an_error_and_not_a_finding() -> None:
    def swallow() -> None:
        with suppress(Exception):
            sound.connect().get_instances()

    with pytest.raises(OperationNotSimulatedError, match="GetInstances"):
        verify_caller(swallow, examples=5)


def test_a_keyboard_interrupt_ends_verify_caller_and_its_account() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_caller(interrupted, examples=5)
    with pytest.raises(ConfigurationError, match="no simulated account is active"):
        attempt(print)
