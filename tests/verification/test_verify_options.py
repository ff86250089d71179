"""The options of ``verify_caller``: goals, worlds, input, and which findings it reports."""

from __future__ import annotations

import itertools
import math
import os
import re
import time
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from hypothesis import strategies as st

from pytest_lightsail import (
    CallerFaultError,
    ConfigurationError,
    Image,
    Lightsail,
    Scenario,
    attempt,
    runs,
    scaled_to,
    strategies,
    verify_caller,
)
from pytest_lightsail.accounts import Observer, observers
from pytest_lightsail.cli import main
from pytest_lightsail.verification.reports import Finding
from tests.callers import faulty, sound, styles
from tests.callers.common import (
    SERVICE,
    ReleaseFailed,
    connect,
    create,
    deploy,
    ensure_service,
    find,
    wait_for,
)

QUICK: Any = {
    "worlds": ["running"],
    "scenarios": st.just(Scenario()),
    "examples": 1,
    "pace": "fast",
}


# --- goals -------------------------------------------------------------------------------------------


def keeps_the_old(image: str) -> None:
    connect().get_container_services()


def test_runs_finds_a_caller_that_does_not_deploy_the_image() -> None:
    assert verify_caller(sound.release, achieves=runs(), **QUICK).returned
    with pytest.raises(
        CallerFaultError, match=r"does-not-achieve: .* the image of shop is nginx:latest, not"
    ):
        verify_caller(keeps_the_old, arguments={"image": "web:2"}, achieves=runs(), **QUICK)


def test_scaled_to_finds_a_caller_that_sets_another_scale() -> None:
    with pytest.raises(CallerFaultError, match="the scale of shop is 2, not 3"):
        verify_caller(
            styles.update, arguments={"scale": 2}, achieves=scaled_to(lambda _: 3), **QUICK
        )


def test_a_goal_can_be_a_function_with_an_assertion() -> None:
    def is_large(lightsail: Lightsail, arguments: Mapping[str, Any]) -> None:
        assert lightsail.services[SERVICE].power == arguments["power"], "the power is wrong"

    with pytest.raises(CallerFaultError, match="did not achieve its goal: the power is wrong"):
        verify_caller(
            lambda power: styles.power("small" if power else power),
            arguments={"power": "large"},
            achieves=is_large,
            **QUICK,
        )


def test_scaled_to_requires_a_scale_or_a_scale_argument() -> None:
    with pytest.raises(
        ConfigurationError, match=r"'scale' argument; pass the scale to scaled_to\(…\), or pass a"
    ):
        verify_caller(styles.disable, achieves=scaled_to(), **QUICK)


def test_a_run_that_achieves_less_than_an_undisturbed_run_is_reported() -> None:
    def tags_unless_slow(team: str) -> None:
        client = connect()
        for _ in range(2):
            client.get_container_services()
        if time.monotonic() - began[0] < 10:
            styles.tag(team)

    began = [0.0]

    def starts(team: str) -> None:
        began[0] = time.monotonic()
        tags_unless_slow(team)

    slow = st.just(Scenario().fault("slow_answer", operation="GetContainerServices", seconds=20))
    with pytest.raises(
        CallerFaultError, match=r"shop: tags is {}, not {'team': 'web'} as in an undisturbed run"
    ):
        verify_caller(starts, arguments={"team": "web"}, **{**QUICK, "scenarios": slow})


# --- worlds ------------------------------------------------------------------------------------------


def test_a_world_in_which_the_caller_always_fails_is_named() -> None:
    with pytest.raises(CallerFaultError, match="an exception in the 'absent' world") as found:
        verify_caller(styles.update, arguments={"scale": 2}, worlds=["ready", "absent"], examples=1)
    assert found.value.fault == "fails-undisturbed"


def test_fails_in_lists_the_worlds_in_which_the_caller_must_fail() -> None:
    how: Any = {**QUICK, "worlds": ["ready", "absent"], "arguments": {"scale": 2}}
    assert verify_caller(styles.update, fails_in={"absent"}, **how).returned
    with pytest.raises(CallerFaultError, match="returned in a world listed in `fails_in`"):
        verify_caller(styles.update, **{**how, "fails_in": {"ready"}, "worlds": ["ready"]})
    with pytest.raises(
        ConfigurationError, match="unknown world in `fails_in` 'disabled'; expected one of ready"
    ):
        verify_caller(styles.update, fails_in={"disabled"}, **how)


def test_a_caller_that_fails_in_every_world_is_reported_as_never_succeeds() -> None:
    def never() -> None:
        client = connect()
        client.create_container_service(serviceName=SERVICE, power="nano", scale=1)
        client.create_container_service_deployment(
            serviceName=SERVICE, containers={"web": {"image": "nginx"}}
        )

    with pytest.raises(CallerFaultError, match=r"never-succeeds: .* in every world") as found:
        verify_caller(never, worlds=["absent"], examples=1)
    assert "fails_in" not in found.value.report.findings[0].words


# --- input -------------------------------------------------------------------------------------------


def test_arguments_are_matched_by_name_and_type_hint() -> None:
    def caller(image: str, port: int = 80, scale: str = "1", power: str | None = None) -> None:
        connect().get_container_services()
        seen.append((image, port, scale, power))

    seen: list[tuple[object, ...]] = []
    report = verify_caller(caller, without={"deaf-to-argument"}, **QUICK)
    assert report.matched == ["image", "port", "power"]
    assert "matched by name" in str(report)
    assert {scale for _, _, scale, _ in seen} == {"1"}
    assert {1, 65535} <= {port for _, port, _, _ in seen}


def test_only_required_parameters_are_matched_if_arguments_are_given() -> None:
    report = verify_caller(sound.release, arguments={"scale": 1}, **QUICK)
    assert report.matched == ["image"]


def test_examples_is_the_number_of_runs() -> None:
    how: Any = {**QUICK, "scenarios": strategies.scenarios(service="shop"), "examples": 6}
    assert verify_caller(styles.scale, arguments={"scale": 2}, **how).runs == 6


def test_invalid_accepts_the_names_of_known_parameters() -> None:
    report = verify_caller(styles.scale, arguments={"scale": 2}, invalid={"scale"}, **QUICK)
    assert report.rules["scale.range"]
    with pytest.raises(
        ConfigurationError,
        match=r"pass `invalid={name: strategy}` for the unknown parameter 'team'; expected one of",
    ):
        verify_caller(styles.tag, arguments={"team": "a"}, invalid={"team"}, **QUICK)


@pytest.mark.parametrize("bounds", [(0, 20), (1, 21)])
def test_an_off_by_one_error_in_the_validation_is_found(bounds: tuple[int, int]) -> None:
    def scale(scale: int) -> None:
        if type(scale) is not int or not bounds[0] <= scale <= bounds[1]:
            raise ReleaseFailed("no such scale")
        styles.update(scale=scale)

    with pytest.raises(CallerFaultError) as found:
        verify_caller(scale, invalid={"scale"}, **QUICK)
    assert found.value.fault == "lets-invalid-through"


def test_an_invalid_value_is_tried_with_and_without_a_service() -> None:
    def make(scale: int) -> None:
        if find(connect()) is not None:
            return
        if type(scale) is not int or not 1 <= scale <= 20:
            raise ReleaseFailed("no such scale")
        create(connect(), scale)
        ensure_service(connect())

    how: Any = {**QUICK, "worlds": ["absent", "ready"], "arguments": {"scale": 2}}
    with pytest.raises(CallerFaultError, match="lets-invalid-through: the caller returned"):
        verify_caller(make, invalid={"scale"}, **how)


def test_an_invalid_value_is_tried_on_the_service_in_the_arguments() -> None:
    def scale(service: str, scale: int) -> None:
        services = connect().get_container_services()["containerServices"]
        if service in [each["containerServiceName"] for each in services]:
            if type(scale) is not int or not 1 <= scale <= 20:
                raise ReleaseFailed("no such scale")
            connect().update_container_service(serviceName=service, scale=scale)

    given = {"service": st.just("blog"), "scale": st.integers(1, 20)}
    verify_caller(
        scale, arguments=given, invalid={"scale"}, waits=False, **{**QUICK, "worlds": ["ready"]}
    )


# --- errors, and optional findings -------------------------------------------------------------------


def test_raises_finds_errors_of_another_class() -> None:
    how: Any = {"worlds": ["running"], "arguments": {"image": "web"}, "examples": 1, "pace": "fast"}
    with pytest.raises(CallerFaultError, match=r"raises-another-error: .* raised ReleaseFailed"):
        verify_caller(sound.release, raises=(ValueError, OSError), **how)


def test_also_enables_an_optional_finding() -> None:
    how: Any = {"worlds": ["running"], "arguments": {"image": "web"}, "examples": 1, "pace": "fast"}
    assert verify_caller(sound.release, **how).returned
    with pytest.raises(CallerFaultError, match="does-not-wait-its-turn"):
        verify_caller(sound.release, also={"does-not-wait-its-turn"}, **how)


def test_a_caller_misled_by_a_lost_response_is_found_on_request() -> None:
    how: Any = {"worlds": ["absent"], "examples": 1, "also": {"misled-by-lost-answers"}}
    with pytest.raises(CallerFaultError, match="misled-by-lost-answers: the caller raised Invalid"):
        verify_caller(styles.make, **how)


# --- the report --------------------------------------------------------------------------------------


def test_the_scenario_of_a_finding_is_shrunk() -> None:
    def release(image: str) -> None:
        begin = time.monotonic()
        wait_for(connect(), deploy(connect(), image))
        if time.monotonic() - begin > 850:
            _ = {}[image]

    scenarios = st.integers(300, 880).map(lambda seconds: Scenario().deploy(takes=seconds))
    how: Any = {"worlds": ["ready"], "arguments": {"image": "web"}, "scenarios": scenarios}
    with pytest.raises(CallerFaultError, match=r"deploy\(takes=84\d\)") as found:
        verify_caller(release, examples=40, **how)
    assert found.value.fault == "crashes"


def test_all_lists_several_findings_in_a_table() -> None:
    how: Any = {
        "worlds": ["ready"],
        "arguments": {"image": "web", "environment": {"KEY": "s3cr3t!"}},
    }
    with pytest.raises(CallerFaultError) as found:
        verify_caller(faulty.logs_the_environment, all=True, examples=1, pace="fast", **how)
    assert [each.fault for each in found.value.report.findings] == ["prints-secrets"]
    assert "all findings" not in str(found.value)

    def does_all_wrong(image: str) -> None:
        faulty.ignores_failed(image)
        faulty.polls_without_pause(image)

    with pytest.raises(CallerFaultError) as found:
        verify_caller(does_all_wrong, arguments={"image": "web"}, all=True, **QUICK)
    names = [each.fault for each in found.value.report.findings]
    assert {"makes-twice", "polls-too-fast"} <= set(names)
    assert f"all findings ({len(names)})" in str(found.value)


def test_a_missed_goal_is_not_reported_together_with_its_cause() -> None:
    with pytest.raises(CallerFaultError) as found:
        verify_caller(faulty.ignores_failed, worlds=["ready"], examples=1, pace="fast", all=True)
    names = {each.fault for each in found.value.report.findings}
    assert "ignores-failure" in names
    assert "does-not-achieve" not in names


def test_the_test_of_a_finding_marks_an_option_that_it_cannot_show() -> None:
    how: Any = {"worlds": ["ready"], "examples": 1, "pace": "fast"}
    with pytest.raises(CallerFaultError) as found:
        verify_caller(faulty.ignores_failed, prepare=lambda _: None, **how)
    test = found.value.report.findings[0].test
    assert "prepare=...,  # copy this value from the original call\n" in test


def _pasted(finding: Finding, **others: object) -> Callable[[], None]:
    """Return the test of a finding, compiled in a module that imports the callers."""
    names: dict[str, Any] = {**globals(), **others}
    imports = (
        "pytest_lightsail import *",
        "tests.callers.faulty import *",
        "hypothesis import strategies as st",
    )
    program = "".join(f"from {each}\n" for each in imports)
    exec(f"{program}{finding.test}", names)  # noqa: S102
    test: Callable[[], None] = names[f"test_{finding.fault.replace('-', '_')}"]
    return test


def test_the_test_of_a_finding_reproduces_the_finding() -> None:
    with pytest.raises(CallerFaultError) as found:
        verify_caller(faulty.ignores_failed, worlds=["ready"], examples=1, pace="fast")
    with pytest.raises(CallerFaultError, match="ignores-failure"):
        _pasted(found.value.report.findings[0])()


def _open(lightsail: Lightsail) -> None:
    lightsail.images["web"] = Image()


def unchecked(scale: int) -> None:
    client = boto3.client("lightsail", region_name="us-east-1")
    client.update_container_service(serviceName="shop", scale=scale, isDisabled=False)


def test_the_test_of_a_finding_fails_if_botocore_refuses_the_input() -> None:
    how: Any = {**QUICK, "worlds": ["ready"], "arguments": {"scale": 2}, "waits": False}
    wrong = strategies.invalid_scales(kind="client", rules={"scale.range"})
    with pytest.raises(
        CallerFaultError, match="botocore, not the caller, rejected the input"
    ) as found:
        verify_caller(unchecked, invalid={"scale": wrong}, **how)
    with pytest.raises(CallerFaultError, match="botocore, not the caller, rejected the arguments"):
        _pasted(found.value.report.findings[0])()


def converts(scale: Any) -> None:
    unchecked(int(scale))


def test_the_test_of_a_finding_lets_botocore_check_types() -> None:
    how: Any = {**QUICK, "worlds": ["ready"], "arguments": {"scale": 2}, "waits": False}
    wrong = strategies.invalid_scales(rules={"json.type"})
    with pytest.raises(CallerFaultError, match="even though") as found:
        verify_caller(converts, invalid={"scale": wrong}, **how)
    _pasted(found.value.report.findings[0], converts=unchecked)()


def test_the_test_of_a_finding_repeats_the_options() -> None:
    how: Any = {"worlds": ["ready"], "arguments": {"image": "web"}, "within": 1800, "examples": 1}
    with pytest.raises(CallerFaultError) as found:
        verify_caller(
            faulty.ignores_failed, **how, raises=(RuntimeError, OSError), prepare=_open, pace="fast"
        )
    test = found.value.report.findings[0].test
    for option in ("prepare=_open", "raises=(RuntimeError, OSError)", "within=1800", "pace='fast'"):
        assert f"        {option},\n" in test
    with pytest.raises(CallerFaultError, match="ignores-failure"):
        _pasted(found.value.report.findings[0])()


def polls_too_fast(scale: int) -> None:
    for _ in range(40):
        connect().get_container_services(serviceName="shop")
    unchecked(scale)


def test_the_test_of_a_finding_ignores_the_same_findings() -> None:
    how: Any = {"worlds": ["ready"], "arguments": {"scale": 21}, "within": math.inf}
    with pytest.raises(CallerFaultError, match="lets-invalid-through") as found:
        verify_caller(polls_too_fast, **how, without={"polls-too-fast"})
    with pytest.raises(CallerFaultError, match="lets-invalid-through"):
        _pasted(found.value.report.findings[0])()


@pytest.mark.parametrize("goal", [scaled_to(), scaled_to(4, service="shop")])
def test_the_test_of_a_finding_has_the_same_goal(goal: Any) -> None:
    with pytest.raises(CallerFaultError, match="does-not-achieve") as found:
        verify_caller(
            always_scales_to_three,
            arguments={"scale": 2},
            achieves=goal,
            waits=False,
            worlds=["ready"],
        )
    with pytest.raises(CallerFaultError, match="the scale of shop is 3, not"):
        _pasted(found.value.report.findings[0])()


def prints_the_environment(environment: dict[str, str]) -> None:
    print(environment)  # noqa: T201 - the test captures the output
    unchecked(2)


def test_the_test_of_a_finding_replaces_the_secret() -> None:
    given = {"environment": {"TOKEN": "hunter2-topsecret"}}
    with pytest.raises(CallerFaultError, match="prints-secrets") as found:
        verify_caller(prints_the_environment, arguments=given, waits=False, worlds=["ready"])
    with pytest.raises(CallerFaultError, match="prints-secrets"):
        _pasted(found.value.report.findings[0])()


def test_a_finding_takes_precedence_over_a_mistake_in_the_test() -> None:
    def scale(scale: int) -> None:
        attempt(unchecked, scale).is_settled()  # without `assert`

    with pytest.raises(CallerFaultError, match="returns-too-early"):
        verify_caller(scale, arguments={"scale": 2}, worlds=["ready"])


def always_scales_to_three(scale: int) -> None:
    unchecked(3)


def test_a_finding_that_compares_runs_has_no_test() -> None:
    scales = st.sampled_from([2, 4])
    with pytest.raises(CallerFaultError, match="deaf-to-argument") as found:
        verify_caller(
            always_scales_to_three, arguments={"scale": scales}, worlds=["ready"], waits=False
        )
    assert found.value.report.findings[0].test == ""
    assert "as a test" not in str(found.value)


def creates_another(scale: int) -> None:
    client = boto3.client("lightsail", region_name="us-east-1")
    if not client.get_container_services()["containerServices"]:
        client.create_container_service(serviceName="other", power="nano", scale=scale)
        raise ReleaseFailed("there is no service shop")


def test_the_test_of_a_finding_expects_an_error_in_the_same_world() -> None:
    with pytest.raises(CallerFaultError, match="changes-too-much") as found:
        verify_caller(creates_another, arguments={"scale": 2}, fails_in=["absent"], waits=False)
    with pytest.raises(CallerFaultError, match="changes-too-much"):
        _pasted(found.value.report.findings[0])()


def test_a_goal_ignores_a_service_that_is_being_deleted(lightsail: Lightsail) -> None:
    lightsail.add_service("attic", "DELETING")
    lightsail.add_service(SERVICE, scale=2)
    assert scaled_to(2)(lightsail, {})


@pytest.mark.parametrize(("step", "shown"), [(0.0, False), (4.0, True)])
def test_only_a_long_verification_shows_its_progress(
    step: float, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(Observer):
        def progressed(self, text: str) -> None:
            lines.append(text)

    lines: list[str] = []
    seconds = itertools.count(step=step)
    monkeypatch.setattr(os, "times", lambda: SimpleNamespace(elapsed=next(seconds)))
    observers.append(terminal := Terminal())
    try:
        verify_caller(styles.disable, **QUICK)
    finally:
        observers.remove(terminal)
    assert bool(lines) is shown
    for line in lines[:1]:
        assert re.fullmatch(r"verify_caller\(disable\): \d+ runs? so far", line)
        assert len(lines) < int(lines[-1].split()[1])


# --- the command -------------------------------------------------------------------------------------


def test_the_verify_command_exits_with_1_if_it_finds_a_bug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    quick = ["--worlds", "ready", "--examples", "1", "--set", "image=web"]
    assert main(["verify", "tests.callers.faulty:ignores_failed", *quick]) == 1
    assert "ignores-failure: the caller returned" in capsys.readouterr().out
    assert main(["verify", "tests.callers.styles:untag", *quick[:4]]) == 0
    assert "no bug found" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("shop", "expected MODULE:FUNCTION"),
        ("no.such.module:f", "cannot be imported"),
        ("tests.callers.sound:nothing", "has no function 'nothing'"),
        ("tests.callers.common:SERVICE", "has no function 'SERVICE'"),
    ],
)
def test_the_verify_command_refuses_an_unknown_caller(
    place: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", place]) == 2
    assert message in capsys.readouterr().err
