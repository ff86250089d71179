"""Scenarios are values with a repr that recreates them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_lightsail import ConfigurationError, Fault, Scenario
from pytest_lightsail.model.service import LONGEST
from pytest_lightsail.simulator.account import Account
from pytest_lightsail.simulator.faults import FAULTS
from pytest_lightsail.simulator.scenario import play, scenario_from_json
from pytest_lightsail.simulator.script import EVENTS, Script

SCENARIOS = [
    Scenario(),
    Scenario()
    .deploy(fails_at="EVALUATING_HEALTH_CHECK")
    .fault("throttling", operation="GetContainerServices", times=3),
    Scenario().create(takes=600).another_client("deletes", "shop", after=30),
    Scenario().deploy(never_ends=True).fault("answer_lost", operation="CreateContainerService"),
    Scenario().create("shop", stuck_with="UNKNOWN_ERROR"),
    Scenario().deploy().deploy(takes=3, lag=2.5, times=None),
    Scenario().fault("slow_answer", seconds=7.5, service="shop", nth=2),
    Scenario().fault("error", code="OptInRequired", message="no", times=None),
    Scenario().fault("answer_lost", by="throttling", operation="DeleteContainerService"),
    Scenario().another_client("deploys", "shop", image="x:1", before="GetContainerServices", nth=2),
    Scenario().pace("instant").disable(takes=1).enable(takes=2).delete(takes=3),
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_the_repr_of_a_scenario_recreates_it(scenario: Scenario) -> None:
    names = {"Scenario": Scenario}
    again = eval(repr(scenario), names)  # noqa: S307 - a trusted repr
    assert again == scenario
    assert hash(again) == hash(scenario)
    assert repr(again) == repr(scenario)


def test_default_arguments_are_omitted() -> None:
    assert Scenario().deploy(takes=None, never_ends=False, lag=0, times=1) == Scenario().deploy()
    assert repr(Scenario().fault("throttling", nth=1)) == "Scenario().fault('throttling')"


def test_a_scenario_is_immutable() -> None:
    domains = {"cert": ["shop.example.com"]}
    scenario = Scenario().another_client("updates", "shop", publicDomainNames=domains)
    before = repr(scenario)
    domains["cert"].clear()
    scenario.deploy(takes=3)
    assert repr(scenario) == before


def test_scenarios_with_different_steps_are_not_equal() -> None:
    slow = Scenario().deploy(takes=600)
    for other in (Scenario(), Scenario().deploy(takes=60), slow.pace("fast"), Scenario().create()):
        assert slow != other
        assert other != slow


def test_scenarios_can_be_added() -> None:
    assert Scenario().deploy() + Scenario().pace("fast") == Scenario().deploy().pace("fast")


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: Scenario().deploy(take=3),
            "deploy: unknown argument 'take'; expected one of fails",
        ),
        (
            lambda: Scenario().create(fails_at="UNKNOWN_ERROR"),
            "create: unknown argument 'fails_at'",
        ),
        (
            lambda: Scenario().deploy(fails_at="HEALTH"),
            "fails_at='HEALTH': expected one of CREA",
        ),
        (
            lambda: Scenario().create(stuck_with="PROVISIONING_SERVICE"),
            "CERTIFICATE_LIMIT_EXCEEDED",
        ),
        (lambda: Scenario().deploy(takes=math.inf), "invalid takes=inf: expected 0 to"),
        (lambda: Scenario().deploy(takes=True), "invalid takes=True"),
        (lambda: Scenario().deploy(times=0), "invalid times=0: .* or None"),
        (
            lambda: Scenario().deploy(takes=1.5, times=2.0),
            "invalid times=2.0: expected a whole number from 1 to 1000000000, or None",
        ),
        (
            lambda: Scenario().deploy(times=10**5000),
            "a whole number from 1 to 1000000000, or None",
        ),
        (lambda: Scenario().fault("throttling", nth=10**10), "from 1 to 1000000000"),
        (lambda: Scenario().fault("error", message=3), "invalid message=3: expected a string"),
        (lambda: Scenario().fault("throttling", nth=0), "nth=0: expected a whole number from 1"),
        (lambda: Scenario().fault("throttling", nth=True), "nth=True: expected a whole number"),
        (lambda: Scenario().deploy(never_ends=1), "never_ends=1: expected True or False"),
        (lambda: Scenario().fault("throtling"), "invalid name='throtling': expected one of "),
        (lambda: Scenario().fault("throttling", when=len), "fault: unknown argument 'when'"),
        (lambda: Scenario().fault("answer_lost", by="slow_answer"), "invalid by='slow_answer'"),
        (
            lambda: Scenario().another_client("steals", "shop"),
            "expected one of creates, deploys, updates",
        ),
        (lambda: Scenario().another_client("deletes", ""), "invalid service='': expected a name"),
        (lambda: Scenario().pace("slow"), "'slow': expected one of realistic"),
    ],
)
def test_an_invalid_argument_is_refused_when_the_scenario_is_built(
    build: Any, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        build()


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (Scenario().fault("slow_answer"), "slow_answer: missing a required argument: 'seconds'"),
        (
            Scenario().fault("throttling", seconds=3, code="A"),
            "throttling: got an unexpected keyword argument 'seconds'",
        ),
        (Scenario().another_client("deletes", "shop", power="nano"), "unknown argument 'power'"),
        (Scenario().another_client("deletes", "shop", image="a"), "unknown argument 'image'"),
        (Scenario().another_client("deletes", "shop", after=1, before="X"), "not both"),
        (Scenario().another_client("deletes", "shop", nth=2), "has no effect without `before`"),
        (Scenario().another_client("deploys", "shop", scale=2), "unknown argument 'scale'"),
        (
            scenario_from_json(
                [{"another_client": {"verb": "deploys", "service": "shop", "self": 1}}]
            ),
            "unknown argument 'self'",
        ),
        (Scenario().another_client("updates", "shop", scale={1}), "found a set"),
        (Scenario().another_client("updates", "shop", scale=(1,)), "found a tuple"),
    ],
    ids=str,
)
def test_arguments_that_do_not_fit_are_refused_when_the_scenario_is_played(
    scenario: Scenario, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        play(Account(), scenario)


def test_a_scripted_event_takes_at_most_the_longest_virtual_time() -> None:
    step = Scenario().deploy(takes=LONGEST, lag=0).steps[0]
    assert step.arguments == {"takes": LONGEST}
    with pytest.raises(ConfigurationError, match="invalid takes"):
        Scenario().deploy(takes=math.nextafter(LONGEST, math.inf))


def test_every_fault_can_be_a_step() -> None:
    public = {name for name in vars(Fault) if not name.startswith("_")}
    others = {"name", "outcome", "after", "delay"}
    assert set(FAULTS) == public - others


def test_every_event_can_be_a_step() -> None:
    assert set(EVENTS) == {name for name in vars(Script()) if hasattr(Scenario, name)} - {"pace"}


@pytest.mark.parametrize("wrong", [[{"deploy": {"takes": 600}}], Scenario])
def test_only_a_scenario_can_be_played(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="expected a scenario"):
        play(Account(), wrong)
