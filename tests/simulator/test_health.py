"""The health check of a deployment, given the behaviour of its images."""

from __future__ import annotations

import math

import pytest

from pytest_lightsail import Image
from pytest_lightsail.model.lifecycle import FAILING_SECONDS
from pytest_lightsail.simulator.clock import NANOSECONDS
from pytest_lightsail.simulator.images import begins, evaluate, notes
from pytest_lightsail.simulator.script import Plan
from tests.support.trials import (
    DEPLOY,
    SECRET,
    container,
    endpoint,
    evaluation_seconds,
    healthy_after,
    outcome,
    outcome_and_lines,
    registry,
)

PLAN = Plan("deploy", DEPLOY)

# --- healthy -----------------------------------------------------------------------------------------


def test_an_image_that_is_healthy_immediately_does_not_change_the_timeline():
    result = outcome(Image())
    assert (result.stages, result.fails, result.cause) == (DEPLOY, False, "")


def test_checks_start_with_the_containers_and_repeat_at_the_interval():
    assert healthy_after(Image(), intervalSeconds=7, healthyThreshold=4) == 21


def test_a_container_that_starts_late_passes_the_checks_after_its_start():
    assert healthy_after(Image(starts_after=40)) == 45
    assert healthy_after(Image(starts_after=41)) == 50


def test_the_evaluation_is_never_shorter_than_by_default():
    assert evaluation_seconds(outcome(Image(starts_after=10))) == 30
    assert evaluation_seconds(outcome(Image(starts_after=60))) == 65


@pytest.mark.parametrize(
    ("codes", "passes"), [("200-299", True), ("200,404", True), ("301", False)]
)
def test_success_codes_decide_which_responses_pass(codes, passes):
    assert (
        healthy_after(Image(responds=204 if "-" in codes else 404), successCodes=codes) is not None
    ) is passes


def test_the_health_check_requests_its_path():
    image = Image(responds={"/health": 200, "/": 500})
    assert healthy_after(image, path="/health") == 5
    assert healthy_after(image, path="/") is None


def test_a_healthy_image_passes_with_an_interval_as_long_as_the_trial():
    assert healthy_after(Image(), intervalSeconds=300) == 300


def test_durations_are_exact():
    assert healthy_after(Image(starts_after=0.1 + 0.2)) == 10
    assert healthy_after(Image(starts_after=5.000000001)) == 15


# --- not healthy -------------------------------------------------------------------------------------


def test_a_deployment_that_is_never_healthy_fails_during_the_evaluation():
    result = outcome(Image(responds=503))
    assert result.fails
    assert result.stages == (*DEPLOY[:6], DEPLOY[6]._replace(seconds=FAILING_SECONDS))


@pytest.mark.parametrize(
    ("image", "check", "cause"),
    [
        (
            Image(responds=503),
            {"path": "/health", "successCodes": "200-299", "intervalSeconds": 25},
            'health check GET /health of "web": the last response was 503, successCodes 200-299',
        ),
        (
            Image(starts_after=math.inf),
            {"intervalSeconds": 300, "healthyThreshold": 1},
            'health check GET / of "web": the last connection was refused, successCodes 200-499',
        ),
        (
            Image(starts_after=290),
            {"healthyThreshold": 5},
            'health check GET / of "web": the last response was 200, too late, successCodes 200-499',
        ),
        (
            Image(exits=4, starts_after=10),
            {},
            'container "web" exits 4 s after it starts',
        ),
        (
            Image(needs_env=("TOKEN",)),
            {},
            'container "web" exits 0 s after it starts: environment variable TOKEN is not set',
        ),
    ],
)  # fmt: skip
def test_the_cause_of_a_failure_names_the_check_and_the_problem(image, check, cause):
    assert outcome(image, **check).cause == cause


def test_a_trial_lasts_at_most_half_an_hour_whatever_the_threshold():
    result = outcome(Image(), healthyThreshold=10**9)
    assert result.fails
    assert evaluation_seconds(result) == 1800


def test_only_the_container_of_the_endpoint_is_checked():
    assert not outcome(Image(), side=Image(responds=503)).fails


@pytest.mark.parametrize("other", ["a", "zeta"])
def test_the_name_of_a_container_does_not_decide_whether_it_is_checked(other):
    images = registry(web=Image(), other=Image(responds=503))
    containers = {"web": container("web:1"), other: container("other:1")}
    assert evaluate(PLAN, images.run(containers), endpoint())[0].stages == DEPLOY


def test_nothing_is_checked_without_a_public_endpoint():
    result = outcome(Image(responds=503, starts_after=math.inf), public=False)
    assert (result.fails, result.stages) == (False, DEPLOY)


@pytest.mark.parametrize(
    ("image", "row"),
    [(Image(), ""), (Image(starts_after=100), "A69"), (Image(responds=503), "A70")],
)
def test_a_plan_names_the_assumption_behind_the_length_of_the_evaluation(image, row):
    assert outcome(image).assumed == row


# --- exits -------------------------------------------------------------------------------------------


def test_a_container_that_exits_during_the_evaluation_fails_the_deployment():
    result = outcome(Image(), side=Image(exits=20))
    assert result.cause == 'container "side" exits 20 s after it starts'
    assert evaluation_seconds(result) == FAILING_SECONDS


def test_a_container_that_exits_as_the_evaluation_ends_fails_the_deployment():
    assert outcome(Image(), side=Image(exits=30)).fails
    assert not outcome(Image(), side=Image(exits=30.000000001)).fails


def test_a_container_that_exits_after_the_evaluation_does_not_fail_the_deployment():
    assert not outcome(Image(), side=Image(exits=31)).fails
    assert outcome(Image(starts_after=60), side=Image(exits=31)).fails


def test_a_container_that_restarts_between_two_checks_is_not_healthy():
    assert outcome(Image(exits=3)).fails


def test_a_container_that_lacks_an_environment_variable_fails_the_deployment():
    result = outcome(Image(), side=Image(needs_env=("QUEUE",)), public=False)
    assert (
        result.cause
        == 'container "side" exits 0 s after it starts: environment variable QUEUE is not set'
    )


def test_no_repr_contains_the_value_of_an_environment_variable():
    images = registry(web=Image(needs_env=("OTHER",), logs=("up",)))
    containers = {"web": container("web:1", TOKEN=SECRET)}
    assert SECRET not in repr(evaluate(PLAN, images.run(containers), endpoint()))
    assert SECRET not in repr(images.run(containers))


# --- pulling -----------------------------------------------------------------------------------------


def test_an_image_that_cannot_be_pulled_fails_the_deployment_at_creating_deployment():
    result, lines = outcome_and_lines(Image(pull="fails"))
    assert result.cause == 'image "web:1" of "web" cannot be pulled: pull=\'fails\''
    assert result.stages == (*DEPLOY[:5], DEPLOY[5]._replace(seconds=FAILING_SECONDS))
    assert [at / NANOSECONDS for at, _ in notes(result, 1)] == [150, 250, 350]
    assert (lines, result.canceled) == ([], True)


def test_the_first_failed_pull_is_the_cause():
    result = outcome(Image(pull="fails"), side=Image(pull="fails"))
    assert result.cause == 'image "web:1" of "web" cannot be pulled: pull=\'fails\''


# --- images without a description --------------------------------------------------------------------


def test_a_deployment_of_images_without_a_description_has_the_default_timeline():
    containers = {"web": container("nginx"), "side": container("redis")}
    images = registry(web=Image(responds=503))
    result, lines = evaluate(PLAN, images.run(containers), endpoint())
    assert (result.stages, result.fails, lines) == (DEPLOY, False, [])
    assert begins(result.stages)[0] == 210 * NANOSECONDS


def test_an_image_without_a_description_passes_any_health_check():
    containers = {"web": container("nginx"), "side": container("side:1")}
    check = endpoint(successCodes="418", intervalSeconds=300, healthyThreshold=9)
    running = registry(side=Image()).run(containers)
    assert evaluate(PLAN, running, check)[0].stages == DEPLOY


# --- logs --------------------------------------------------------------------------------------------


def test_containers_log_their_lines_when_they_start():
    _, lines = outcome_and_lines(Image(logs=("web",)), side=Image(logs=("side",)))
    assert lines == [(0, "web", "web"), (0, "side", "side")]


def test_an_exiting_container_logs_its_lines_and_exit_code_at_each_of_three_starts():
    _, lines = outcome_and_lines(Image(logs=("web",), exits=4))
    written = [(at / NANOSECONDS, line) for at, _, line in lines]
    one, two = "web", "exited with code 1"
    assert written == [(0, one), (4, two), (100, one), (104, two), (200, one), (204, two)]
