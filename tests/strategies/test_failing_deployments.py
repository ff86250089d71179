"""Deployments that the service accepts and that fail, for the reason and at the step of their label."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from pytest_lightsail import ConfigurationError, Image, simulate
from pytest_lightsail import strategies as values
from pytest_lightsail.model.lifecycle import PACES
from pytest_lightsail.simulator.history import StateChange
from pytest_lightsail.strategies.mutations import FAILURES
from tests.support.accounts import call, prepare
from tests.support.profiles import drawn, for_all

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
LONG = 2 * 3600
THAT_CAN_FAIL = [
    "image_references",
    "environments",
    "health_checks",
    "success_codes",
    "public_endpoints",
    "containers",
    "deployments",
]


def outcome(invalid, request, pace="realistic"):
    """The state in which the deployment of a request ends, and the step during which it got there."""
    with simulate(pace=pace) as lightsail:
        prepare(lightsail, invalid.needs)
        lightsail.images.update(invalid.images_as(Image))
        assert call(invalid.operation, request) is None
        lightsail.clock.advance(LONG)
        (service,) = lightsail.services
        (deployment,) = lightsail.services[service].deployments
        events = lightsail.account.history.events
        steps = [event.detail for event in events if isinstance(event, StateChange)]
        return deployment.state, next(step for step in reversed(steps) if step)


@pytest.mark.parametrize("operation", [CREATE, DEPLOY])
@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_a_deployment_fails_as_its_label_says(operation, failure):
    def fails(invalid):
        assert (invalid.rule, invalid.kind) == (failure, "deployment")
        assert invalid.error.step == FAILURES[failure].step
        assert outcome(invalid, invalid.request) == ("FAILED", invalid.error.step)

    for_all(
        values.invalid_requests(operation, kind="deployment", rules={failure}),
        2,
        fails,
        among=len(FAILURES),
    )


@pytest.mark.parametrize("operation", [CREATE, DEPLOY])
@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_the_repaired_deployment_becomes_active(operation, failure):
    def becomes_active(invalid):
        assert outcome(invalid, invalid.repaired)[0] == "ACTIVE"

    for_all(
        values.invalid_requests(operation, kind="deployment", rules={failure}),
        2,
        becomes_active,
        among=len(FAILURES),
    )


@pytest.mark.parametrize("pace", sorted(PACES))
def test_a_deployment_fails_at_any_pace(pace):
    def fails(invalid):
        assert outcome(invalid, invalid.request, pace)[0] == "FAILED"

    for_all(values.invalid_requests(DEPLOY, kind="deployment"), 2, fails)


@pytest.mark.parametrize("name", THAT_CAN_FAIL)
def test_a_value_is_the_one_that_fails(name):
    strategy = getattr(values, f"invalid_{name}")(kind="deployment")

    def fails(invalid):
        assert outcome(invalid, invalid.request) == ("FAILED", invalid.error.step)

    for_all(strategy, 2, fails)


def test_an_image_that_makes_a_deployment_fail_is_the_drawn_value():
    for invalid in drawn(values.invalid_image_references(kind="deployment")):
        assert set(invalid.images) == {invalid.value}


def test_a_variable_that_is_missing_is_not_in_the_environment_that_is_handed_out():
    for invalid in drawn(values.invalid_environments(kind="deployment")):
        ((needed,),) = [does["needs_env"] for does in invalid.images.values()]
        assert needed not in invalid.value
        assert needed in invalid.error.message


def test_an_image_listens_on_a_lower_port_than_the_checked_one_or_on_a_higher_one():
    strategy = values.invalid_requests(DEPLOY, kind="deployment", rules={"fails.port"})
    lower = {
        1 < does["port"] < invalid.request["publicEndpoint"]["containerPort"]
        for invalid in drawn(strategy, 40)
        for does in invalid.images.values()
    }
    assert lower == {True, False}


def test_refused_requests_do_not_include_failing_deployments():
    rules = {one.rule for one in drawn(values.invalid_requests(DEPLOY), 30)}
    assert not any(rule.startswith("fails.") for rule in rules)


@pytest.mark.parametrize(
    "make",
    [
        lambda: values.invalid_requests("DeleteContainerService", kind="deployment"),
        lambda: values.invalid_requests(DEPLOY, kind="deployment", rules={"scale.range"}),
        lambda: values.invalid_requests(DEPLOY, rules={"fails.pull"}),
        lambda: values.invalid_scales(kind="deployment"),
    ],
)
def test_what_cannot_fail_later_is_said_at_once(make):
    with pytest.raises(ConfigurationError, match=r"(matches these arguments|to break)"):
        make()


@pytest.mark.parametrize(("kind", "is_flaw"), [("deployment", True), ("service", False)])
def test_only_values_that_the_service_accepts_are_flaws(kind, is_flaw):
    assert all(one.is_flaw is is_flaw for one in drawn(values.invalid_deployments(kind=kind), 10))


def test_the_text_of_a_failing_deployment_names_its_final_state():
    case = drawn(values.invalid_requests(DEPLOY, kind="deployment", rules={"fails.pull"}), 1)[0]
    assert str(case).endswith("breaks fails.pull (deployment: FAILED at CREATING_DEPLOYMENT)")
    assert isinstance(values.invalid_deployments(kind="deployment"), st.SearchStrategy)
