"""Drawn scenarios can be played, include every kind, and shrink to short ones."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from pytest_lightsail import ConfigurationError, Lightsail, Scenario, simulate, validate
from pytest_lightsail.strategies import scenarios
from pytest_lightsail.strategies.scenarios import HITS, LONGEST, steps_of_kinds
from tests.support.profiles import examples

VERBS = {
    "delays": {"deploy", "create", "delete", "update", "pace"},
    "failures": {"deploy"},
    "faults": {"fault"},
    "lost-answers": {"fault"},
    "another_client": {"another_client"},
    "outages": {"fault"},
}
quick = examples(6)
same = settings(quick, derandomize=True)  # the same examples in every run, even a thorough one
thorough_search = settings(same, max_examples=1000)

NEW = {"serviceName": "shop", "power": "nano", "scale": 1}
CONTAINERS = {"web": {"image": "nginx", "ports": {"80": "HTTP"}}}
ENDPOINT = {"containerName": "web", "containerPort": 80}
STEPS = {
    "delays": ("takes=", "lag=", "pace("),
    "failures": ("fails_at=",),
    "faults": ("throttling", "server_error", "slow_answer", "read_timeout", "connection_reset"),
    "lost-answers": ("answer_lost", "by="),
    "another_client": ("'deletes'", "'deploys'", "'updates'", "'creates'"),
    "outages": ("ExpiredToken", "AccessDenied", "RegionSetup", "times=5"),
}


def attempt(call: Any, **arguments: Any) -> dict[str, Any]:
    """Make a call as a careless caller does, who ignores all errors."""
    try:
        response: dict[str, Any] = call(**arguments)
    except (ClientError, BotoCoreError):
        return {}
    return response


def release(lightsail: Lightsail) -> None:
    """Create, deploy twice, update and delete a service, and read its state every 10 seconds."""
    client = lightsail.client(config=Config(retries={"mode": "standard"}))

    def wait(limit: float) -> None:
        end = time.monotonic() + limit
        while time.monotonic() < end:
            time.sleep(10)
            found = attempt(client.get_container_services, serviceName="shop")
            services = found.get("containerServices", [])
            if services and services[0].get("state") in {"READY", "RUNNING"}:
                return

    deployment = {"serviceName": "shop", "containers": CONTAINERS, "publicEndpoint": ENDPOINT}
    attempt(client.create_container_service, **NEW)
    wait(300)
    for _ in range(2):
        attempt(client.create_container_service_deployment, **deployment)
        wait(600)
        attempt(client.get_container_service_deployments, serviceName="shop")
    attempt(client.update_container_service, serviceName="shop", scale=2)
    wait(100)
    attempt(client.delete_container_service, serviceName="shop")


def played(scenario: Scenario) -> Lightsail:
    random.seed(0)  # botocore draws the pauses between its attempts
    with simulate(scenario, seed=1) as lightsail:
        release(lightsail)
    return lightsail


@quick
@given(scenarios())
def test_a_drawn_scenario_can_be_played_while_a_caller_runs(scenario: Scenario) -> None:
    lightsail = played(scenario)
    assert lightsail.calls.count("CreateContainerService") >= 1
    for call in lightsail.calls:
        if call.status == 200:
            validate(call.operation, "response", call.response, strict=True)


@settings(same, max_examples=3)
@given(scenarios())
def test_the_same_scenario_and_seed_give_the_same_history(scenario: Scenario) -> None:
    assert played(scenario).timeline() == played(scenario).timeline()


@quick
@given(scenarios())
def test_the_repr_of_a_scenario_creates_an_equal_scenario(scenario: Scenario) -> None:
    names = {"Scenario": Scenario, "math": math}
    again = eval(repr(scenario), names)  # noqa: S307 - our own line
    assert again == scenario
    assert (hash(again), str(again)) == (hash(scenario), str(scenario))


@quick
@given(scenarios())
def test_every_change_in_a_drawn_scenario_ends(scenario: Scenario) -> None:
    for step in scenario.steps:
        assert not {"never_ends", "stuck_with"} & step.arguments.keys()
        assert step.arguments.get("takes", 0) <= LONGEST


@pytest.mark.parametrize("kind", VERBS)
def test_a_scenario_contains_only_steps_of_the_given_kind(kind: str) -> None:
    @settings(same, max_examples=8)
    @given(scenarios(only={kind}))
    def of_the_kind(scenario: Scenario) -> None:
        assert {step.verb for step in scenario.steps} <= VERBS[kind]

    of_the_kind()


def drawn(searched: st.SearchStrategy[Scenario], most: int) -> list[Scenario]:
    found: list[Scenario] = []

    @settings(same, max_examples=most)
    @given(searched)
    def collect(scenario: Scenario) -> None:
        found.append(scenario)

    collect()
    return found


def test_every_step_is_drawn_within_500_examples() -> None:
    text = repr(drawn(scenarios(), 500))
    missing = [(kind, word) for kind, words in STEPS.items() for word in words if word not in text]
    assert missing == []


def test_every_kind_is_drawn_within_100_examples() -> None:
    found = drawn(scenarios(), 100)
    verbs = {step.verb for scenario in found for step in scenario.steps}
    assert verbs >= {"deploy", "create", "fault", "another_client"}
    assert any("fails_at" in step.arguments for scenario in found for step in scenario.steps)


def test_a_slow_response_arrives_at_least_a_second_before_the_read_timeout() -> None:
    last = Config().read_timeout - 1

    def comes_after(seconds: float) -> Callable[[Scenario], bool]:
        return lambda one: any(step.arguments.get("seconds") == seconds for step in one.steps)

    *_, slow = steps_of_kinds("shop", ("GetContainerServices",))["faults"]
    assert find(slow, comes_after(last), settings=thorough_search).steps
    with pytest.raises(NoSuchExample):
        find(slow, comes_after(last + 1), settings=thorough_search)


def test_the_faults_of_a_scenario_hit_at_most_two_calls() -> None:
    found = drawn(scenarios(only={"faults"}), 60)
    assert {sum(step.arguments.get("times", 1) for step in one.steps) for one in found} == {
        0,
        1,
        HITS,
    }


def test_another_client_acts_within_half_of_the_longest_duration_of_a_step() -> None:
    found = drawn(scenarios(only={"another_client"}), 100)
    times = [
        step.arguments["after"] for one in found for step in one.steps if "after" in step.arguments
    ]
    assert 60 < max(times) <= LONGEST // 2


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_botocore_recovers_from_scenarios_of_the_kind_faults(mode: str) -> None:
    @settings(same, max_examples=4)
    @given(scenarios(only={"faults"}))
    def copes(scenario: Scenario) -> None:
        with simulate(scenario) as lightsail:
            client = lightsail.client(config=Config(retries={"mode": mode}))
            client.create_container_service(**NEW)
            lightsail.clock.advance(60)
            client.create_container_service_deployment(serviceName="shop", containers=CONTAINERS)
            for _ in range(3):
                client.get_container_services(serviceName="shop")
                client.get_container_service_deployments(serviceName="shop")
            lightsail.clock.advance(400)
            client.update_container_service(serviceName="shop", scale=2)
            lightsail.clock.advance(200)
            client.delete_container_service(serviceName="shop")
        failed = [call for call in lightsail.calls if call.status != 200]
        assert len(failed) <= HITS

    copes()


@pytest.mark.parametrize(
    ("looks_for", "found"),
    [
        ("", Scenario()),
        ("takes", Scenario().deploy(takes=0)),
        ("fails_at", Scenario().deploy(fails_at="EVALUATING_HEALTH_CHECK")),
        ("deploy()", Scenario().deploy().deploy(fails_at="EVALUATING_HEALTH_CHECK")),
        ("fault('throttling'", Scenario().fault("throttling", operation="GetContainerServices")),
        ("lost", Scenario().fault("answer_lost", operation="CreateContainerServiceDeployment")),
        ("lag=", Scenario().deploy(lag=1)),
        (
            "slow_answer",
            Scenario().fault("slow_answer", operation="GetContainerServices", seconds=1),
        ),
        (
            "by=",
            Scenario().fault(
                "answer_lost", by="connection_reset", operation="CreateContainerServiceDeployment"
            ),
        ),
        ("deletes", Scenario().another_client("deletes", "shop", after=0)),
        ("deploys", Scenario().another_client("deploys", "shop", after=0)),
        (
            "Expired",
            Scenario().fault(
                "error", code="ExpiredTokenException", operation="GetContainerServices"
            ),
        ),
    ],
)
def test_a_scenario_shrinks_to_the_step_that_matters(looks_for: str, found: Scenario) -> None:
    searched = scenarios()
    assert find(searched, lambda one: looks_for in str(one), settings=thorough_search) == found


def test_a_scenario_with_two_necessary_steps_shrinks_to_these_steps() -> None:
    found = find(
        scenarios(),
        lambda one: "fails_at" in str(one) and "fault('throttling'" in str(one),
        settings=thorough_search,
    )
    throttled = Scenario().fault("throttling", operation="GetContainerServices")
    failing = Scenario().deploy(fails_at="EVALUATING_HEALTH_CHECK")
    assert found in {failing + throttled, throttled + failing}


def test_scenarios_affect_only_the_given_operations() -> None:
    @quick
    @given(scenarios(operations={"GetContainerServices", "DeleteContainerService"}))
    def hit(scenario: Scenario) -> None:
        for step in scenario.steps:
            hits = step.arguments.get("operation", step.arguments.get("before"))
            assert hits in {None, "GetContainerServices", "DeleteContainerService"}

    hit()


def test_no_response_is_lost_if_the_given_operations_only_read() -> None:
    @quick
    @given(scenarios(operations={"GetContainerServices"}))
    def read(scenario: Scenario) -> None:
        assert "lost" not in str(scenario)

    read()


def test_strategies_are_cached() -> None:
    assert scenarios(only={"faults"}) is scenarios(only={"faults"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"only": {"mishaps"}}, "unknown kind 'mishaps'; expected one of delays, failures, faults"),
        ({"only": "faults"}, r"expected a set, such as \{'faults'\}"),
        ({"only": ()}, r"no scenario is possible with only=\[\]"),
        (
            {"only": {"lost-answers"}, "operations": {"GetContainerServices"}},
            r"with only=\['lost-answers'\] and operations=\['GetContainerServices'\]",
        ),
        ({"operations": ()}, r"no scenario is possible with only=\[.*\] and operations=\[\]"),
    ],
)
def test_an_invalid_argument_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        scenarios(**arguments)


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no operation 'GetContainers'"):
        scenarios(operations={"GetContainers"})


def test_a_failing_test_shows_the_repr_of_its_scenario(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from hypothesis import HealthCheck, given, settings
        from pytest_lightsail import strategies

        unhurried = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

        @settings(database=None, derandomize=True, **unhurried)
        @given(scenario=strategies.scenarios())
        def test_never_fails(lightsail, scenario):
            lightsail.play(scenario)
            assert "fails_at" not in repr(scenario)
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    # If CI is set, pytest repeats the whole output in its summary.
    text = result.stdout.str().partition("short test summary info")[0]
    assert "scenario=Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK')," in text
