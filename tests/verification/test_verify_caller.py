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

faults = pytest.mark.parametrize(
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


@faults
def test_the_fault_of_a_caller_is_found_and_named(
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


def test_the_report_says_what_was_survived() -> None:
    once = st.just(Scenario().fault("throttling", operation="GetContainerServices"))
    report = verify(sound.release, scenarios=once, examples=2)
    assert report.survived["throttling"] > 0
    assert "faults survived throttling ×" in str(report)


def test_a_sound_coroutine_passes() -> None:
    assert verify(sound.release_in_background, worlds=["ready"], **UNDISTURBED).returned > 0


# --- the report ----------------------------------------------------------------------------------


def test_the_story_of_a_fault_is_short_and_can_be_pasted() -> None:
    with pytest.raises(CallerFaultError) as raised:
        verify(faulty.ignores_failed, settings=SHRUNK)
    text = str(raised.value)
    assert "the caller returned even though version 1 of shop FAILED" in text
    assert "the world     shop absent" in text
    assert "the call      ignores_failed(image='nginx')" in text
    assert "what happened Scenario().deploy(fails_at=" in text
    assert "DEPLOYING" in text
    assert "the caller returned in " in text


def test_no_secret_is_told() -> None:
    with pytest.raises(CallerFaultError) as raised:
        verify(faulty.logs_the_environment, environment=TOKENS)
    told = str(raised.value) + "".join(getattr(raised.value, "__notes__", []))
    assert "correct-horse-battery" not in told
    assert "TOKEN" in told


def test_a_caller_that_never_succeeds_has_not_been_verified() -> None:
    def fails(image: str) -> None:
        raise OSError("no network")

    with pytest.raises(CallerFaultError, match=r"never-succeeds.*OSError: no network"):
        verify(fails, examples=10)


# --- options -------------------------------------------------------------------------------------


def test_a_fault_can_be_left_out() -> None:
    verify(
        faulty.polls_without_pause,
        without={"polls-too-fast"},
        worlds=["ready"],
        **UNDISTURBED,
    )


def test_faults_that_do_not_exist_are_refused() -> None:
    with pytest.raises(
        ConfigurationError, match="unknown finding 'too-slow'; expected one of makes-no-call"
    ):
        verify(sound.release, without={"too-slow"})


def test_worlds_that_do_not_exist_are_refused() -> None:
    with pytest.raises(
        ConfigurationError, match="unknown world 'gone'; expected one of absent, ready"
    ):
        verify(sound.release, worlds={"gone"})


def test_a_caller_that_cannot_run_twice() -> None:
    def create_once() -> None:
        create(sound.connect())
        sound.ensure_service(sound.connect())

    with pytest.raises(
        CallerFaultError, match="unsafe-to-run-again: when the caller ran again, it raised Invalid"
    ):
        verify_caller(create_once, worlds=["absent"], examples=5)


def test_a_caller_is_not_run_again_if_nobody_wants_to_know() -> None:
    accounts: list[Any] = []

    def note() -> None:
        accounts.append(active().account)
        sound.connect().get_container_services()

    verify_caller(note, worlds=["absent"], examples=1, without={"unsafe-to-run-again"})
    assert len(accounts) == len(set(map(id, accounts)))


def test_the_account_can_be_prepared() -> None:
    seen = []

    def prepare(lightsail: Lightsail) -> None:
        lightsail.quotas["services"] = 0
        seen.append(lightsail)

    with pytest.raises(CallerFaultError, match="never-succeeds"):
        verify(sound.release, worlds=["absent"], prepare=prepare, examples=3)
    assert seen


def test_it_works_beside_the_fixture(lightsail: Lightsail) -> None:
    verify(sound.release, worlds=["absent"], **UNDISTURBED)
    assert not lightsail.calls


def test_time_can_be_limited() -> None:
    with pytest.raises(CallerFaultError, match="never-ends: it took"):
        verify(sound.release, within=60, examples=5)


# --- unusual callers -----------------------------------------------------------------------------


def test_a_caller_that_uses_up_its_arguments_has_them_in_every_run() -> None:
    def use_up(options: dict[str, list[str]]) -> None:
        sound.release(options.pop("images").pop())

    report = verify_caller(
        use_up, arguments={"options": {"images": ["nginx"]}}, worlds=["ready"], **UNDISTURBED
    )
    assert report.returned > 0


def test_an_operation_that_is_not_simulated_is_told_and_no_fault() -> None:
    def swallow() -> None:
        with suppress(Exception):
            sound.connect().get_instances()

    with pytest.raises(OperationNotSimulatedError, match="GetInstances"):
        verify_caller(swallow, examples=5)


def test_an_interruption_ends_it_and_leaves_nothing_active() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_caller(interrupted, examples=5)
    with pytest.raises(ConfigurationError, match="no simulated account is active"):
        attempt(print)
