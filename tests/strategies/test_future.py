"""Responses of later releases: one change each, labelled, and delivered through botocore's parser."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from pytest_lightsail import ConfigurationError, Scenario, simulate
from pytest_lightsail.contract.validator import validator
from pytest_lightsail.exceptions import UnknownOperationError
from pytest_lightsail.model.edits import Edit
from pytest_lightsail.model.schema import RESPONSE, Form
from pytest_lightsail.model.service import load
from pytest_lightsail.simulator.operations import OPERATIONS
from pytest_lightsail.strategies import Future, future_responses
from pytest_lightsail.strategies.future import CHANGES, IDENTITY, TELLING, changes_at, places
from tests.support.profiles import STEADY

quick = settings(
    max_examples=10,
    deadline=None,
    database=None,
    derandomize=STEADY,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],  # explanations of so large documents take long
)
GET = "GetContainerServices"


def broken_by(case: Future) -> set[str]:
    """The rules of today that the response breaks."""
    strict = validator(load(), Form(RESPONSE, strict=True))
    return {one.rule.kind.value for one in strict.violations(case.operation, case.response)}


@quick
@given(future_responses(GET, changes={"unknown-value"}))
def test_an_unknown_value_is_all_that_is_new(case: Future) -> None:
    assert broken_by(case) == {"enum"}
    assert case.edit["becomes"] not in load().shapes["ContainerServiceState"].enum


@quick
@given(future_responses(GET, changes={"unknown-member"}))
def test_an_unknown_member_is_all_that_is_new(case: Future) -> None:
    strict = validator(load(), Form(RESPONSE, strict=True))
    found = strict.violations(GET, case.response)
    assert {one.rule.id for one in found} == {"json.unknown-member"}
    (name,) = case.edit["gains"]
    assert {one.path[-1] for one in found} == {name}


@quick
@given(future_responses(GET, changes={"missing-member"}))
def test_a_missing_member_breaks_nothing(case: Future) -> None:
    assert broken_by(case) == set()
    assert case.edit["lacks"] not in IDENTITY | TELLING


@quick
@given(future_responses("GetInstances", changes={"longer-string"}))
def test_a_longer_string_is_longer_than_any_of_today(case: Future) -> None:
    assert len(case.edit["becomes"]) > 255
    assert broken_by(case) <= {"length", "pattern"}


@pytest.mark.parametrize("operation", [GET, "GetInstances", "CreateDomain", "GetBucketBundles"])
def test_an_operation_that_is_not_simulated_answers_so(operation: str) -> None:
    """The open form of the contract is what a reader can rely on."""
    reader = validator(load(), Form(RESPONSE))

    @settings(quick, max_examples=10)
    @given(future_responses(operation))
    def readable(case: Future) -> None:
        broken = {one.rule.kind.value for one in reader.violations(operation, case.response)}
        assert broken <= {"length", "pattern"}

    readable()


def test_botocore_gives_the_caller_what_is_new() -> None:
    with simulate(allow_unused=True) as lightsail:
        client = lightsail.client()

        @quick
        @given(future_responses("GetInstances", under="instances"))
        def delivered(case: Future) -> None:
            lightsail.respond("GetInstances", case.response, future=True)
            given_back = client.get_instances()
            assert lightsail.calls.last is not None
            assert lightsail.calls.last.response == case.response
            new = case.edit.get("becomes")
            if new is not None and "[" not in case.path.replace("instances[]", "", 1):
                assert new in repr(given_back)
            if "gains" in case.edit:
                assert not any(name in given_back["instances"][0] for name in case.edit["gains"])

        delivered()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_place_of_a_simulated_operation_can_be_a_step(operation: str) -> None:
    """The change is one that the account agrees to make."""

    @settings(quick, max_examples=6)
    @given(future_responses(operation))
    def agreed(case: Future) -> None:
        Edit(**case.edit).check(load(), operation)
        (step,) = case.scenario.steps
        assert step.given == {"operation": operation, **case.edit}

    agreed()


def test_every_operation_has_places_and_no_place_is_there_twice() -> None:
    for operation, entry in load().operations.items():
        found = [(place.change, place.path) for place in places(operation)]
        assert len(found) == len(set(found))
        assert bool(found) == (entry.output is not None), operation


def test_the_result_and_what_a_thing_is_are_always_there() -> None:
    missing = [place for place in places(GET) if place.change == "missing-member"]
    assert len(missing) > 20
    assert "containerServices" not in {place.path for place in missing}
    assert not {place.member for place in missing} & (IDENTITY | TELLING)
    for place in missing:
        assert place.member not in place.shape.required


def test_what_a_thing_is_stays_as_short_as_it_is() -> None:
    longer = {
        place.way[-1]
        for operation in load().operations
        for place in places(operation)
        if place.change == "longer-string" and place.way
    }
    assert longer
    assert not longer & IDENTITY


def test_a_shape_that_holds_itself_has_an_end() -> None:
    assert all(len(place.way) < 30 for name in load().operations for place in places(name))


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_found_and_shrinks_to_a_shallow_place(change: str) -> None:
    case = find(
        future_responses(GET),
        lambda case: case.change == change,
        settings=settings(quick, max_examples=500),
    )
    assert str(case) == SHRUNK[change]


SHRUNK = {
    "unknown-value": (
        "GetContainerServices: containerServices[].power becomes 'hibernating' (unknown-value)"
    ),
    "unknown-member": "GetContainerServices: the answer gains hibernation (unknown-member)",
    "missing-member": (
        "GetContainerServices: containerServices[] lacks isDisabled (missing-member)"
    ),
    "longer-string": (
        f"GetContainerServices: containerServices[].powerId becomes '{'x' * 59}… (longer-string)"
    ),
}


@quick
@given(future_responses(GET, under="containerServices[].currentDeployment"))
def test_under_narrows_the_place(case: Future) -> None:
    assert case.path.startswith("containerServices[].currentDeployment")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"changes": {"new-value"}},
            "unknown change 'new-value'; expected one of unknown-value, ",
        ),
        ({"changes": ()}, "nothing in the response of GetContainerServices can change"),
        ({"under": "disks"}, "nothing in the response of GetContainerServices can change"),
    ],
)
def test_a_mistake_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        future_responses(GET, **arguments)


def test_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownOperationError, match="GetContainers"):
        future_responses("GetContainers")


def test_a_case_is_a_scenario_for_a_simulated_operation() -> None:
    case = find(
        future_responses(GET, changes={"unknown-value"}),
        lambda case: "Detail" in case.path,
        settings=settings(quick, max_examples=500),
    )
    assert case.scenario == Scenario().future(
        GET, at="containerServices[].stateDetail.code", becomes="HIBERNATING"
    )


def test_every_change_of_the_accounts_own_answers_reaches_the_caller() -> None:
    with simulate(allow_unused=True) as lightsail:
        client = lightsail.client()
        web = {"image": "nginx", "ports": {"80": "HTTP"}, "environment": {"A": "b"}}
        deployment = {
            "containers": {"web": web},
            "publicEndpoint": {"containerName": "web", "containerPort": 80},
        }
        client.create_container_service(
            serviceName="shop",
            power="nano",
            scale=1,
            tags=[{"key": "a", "value": "b"}],
            deployment=deployment,
        )
        lightsail.clock.advance(400)
        client.create_container_service_deployment(serviceName="shop", **deployment)
        lightsail.clock.advance(5)
        for place in places(GET):
            change = find(changes_at(place), lambda _: True, settings=quick)
            lightsail.future(GET, **change, times=1)
            client.get_container_services(serviceName="shop")
        changed = [call.changed for call in lightsail.calls(GET)]
    # Of what this account has nothing, nothing can change.
    absent = [place.path for place, told in zip(places(GET), changed, strict=True) if not told]
    assert set(absent) <= {
        "containerServices[].publicDomainNames",
        "containerServices[].publicDomainNames[][]",
        *(path for path in absent if ".command[]" in path),
    }
