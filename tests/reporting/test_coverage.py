"""Counts of what happened in accounts: what is counted, and how counts are added and stored."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import ConfigurationError, Fault, simulate
from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES, STATE_DETAILS
from pytest_lightsail.reporting.coverage import FORMAT, Coverage, checked
from pytest_lightsail.simulation.handle import Lightsail
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from pytest_lightsail.simulator.wire import STATUS
from tests.support.profiles import examples

WEB = {"web": {"image": "nginx"}}


def created(lightsail: Lightsail) -> None:
    lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(60)


def counted(lightsail: Lightsail) -> Coverage:
    coverage = Coverage()
    coverage.add(lightsail.account.history)
    return coverage


# --- what counts ---------------------------------------------------------------------------------


def test_edges_and_the_states_that_they_lead_to_count(lightsail: Lightsail) -> None:
    created(lightsail)
    lightsail.client().create_container_service_deployment(serviceName="shop", containers=WEB)
    lightsail.clock.advance(600)

    coverage = counted(lightsail)

    assert coverage.service_edges == {
        "ABSENT create PENDING": 1,
        "DEPLOYING activated RUNNING": 1,
        "PENDING created READY": 1,
        "READY deploy DEPLOYING": 1,
    }
    assert coverage.deployment_edges == {
        "ABSENT deploy ACTIVATING": 1,
        "ACTIVATING activated ACTIVE": 1,
    }
    states = ("PENDING", "READY", "DEPLOYING", "RUNNING", "ACTIVATING", "ACTIVE")
    assert coverage.states == dict.fromkeys(states, 1)
    assert coverage.details["EVALUATING_HEALTH_CHECK"] == 1


def test_absence_is_no_state(lightsail: Lightsail) -> None:
    created(lightsail)
    lightsail.client().delete_container_service(serviceName="shop")
    lightsail.clock.advance(60)

    coverage = counted(lightsail)

    assert coverage.service_edges["DELETING deleted ABSENT"] == 1
    assert set(coverage.states) == {"PENDING", "READY", "DELETING"}


def test_what_somebody_else_does_counts_as_states_but_as_no_call(lightsail: Lightsail) -> None:
    created(lightsail)
    lightsail.another_client.deploys("shop", after=1)
    lightsail.clock.advance(600)

    coverage = counted(lightsail)

    assert coverage.states["DEPLOYING"] == 1
    assert set(coverage.calls) == {"CreateContainerService"}


def test_what_is_moved_by_hand_counts(lightsail: Lightsail) -> None:
    created(lightsail)
    lightsail.another_client.deploys("shop")
    lightsail.services["shop"].enter("READY")

    assert counted(lightsail).service_edges["DEPLOYING failed READY"] == 1


def test_a_refusal_counts_as_error_and_as_broken_rule(lightsail: Lightsail) -> None:
    client = lightsail.client()
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_container_services(serviceName="shop")

    coverage = counted(lightsail)

    assert coverage.errors == {"GetContainerServices NotFoundException": 1}
    assert coverage.service_rules == {"service.exists": 1}
    assert not coverage.injected


def test_an_injected_error_counts_as_met_and_is_marked(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.throttling(), times=2)
    lightsail.client().get_container_services()

    coverage = counted(lightsail)

    assert coverage.errors == coverage.injected
    assert coverage.errors == {"GetContainerServices ThrottlingException": 2}
    assert coverage.calls == {"GetContainerServices": 3}
    assert coverage.faults == {"throttling": 2}


def test_a_lost_connection_is_a_fault_and_no_error_of_the_service(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.answer_lost(by=Fault.connection_reset()))
    lightsail.client().get_container_services()

    coverage = counted(lightsail)

    assert not coverage.errors
    assert coverage.faults == {"answer_lost by connection_reset": 1}


def test_operations_that_are_not_simulated_count() -> None:
    with simulate(unsimulated="minimal") as lightsail:
        lightsail.client().get_instances()

        assert counted(lightsail).calls == {"GetInstances": 1}


# --- adding up, and keeping ----------------------------------------------------------------------

TIMES = st.integers(1, 10**12)


def counts(names: object) -> st.SearchStrategy[dict[object, int]]:
    return st.dictionaries(st.sampled_from(sorted(names)), TIMES, max_size=4)  # type: ignore[call-overload]


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    calls = draw(counts(CONTAINER_OPERATIONS))
    met = counts([f"{name} {code}" for name in calls for code in STATUS]) if calls else st.just({})
    rules = counts({entry.id for entry in RULES})
    coverage = Coverage(releases=draw(st.sets(st.sampled_from(["1.26.9", "1.44.5", "1.44.8"]))))
    coverage.calls.update(calls)
    coverage.errors.update(draw(met))
    coverage.injected.update(draw(met))
    coverage.service_edges.update(draw(counts(map(str, SERVICE_EDGES))))
    coverage.deployment_edges.update(draw(counts(map(str, DEPLOYMENT_EDGES))))
    coverage.details.update(draw(counts(STATE_DETAILS)))
    coverage.service_rules.update(draw(rules))
    coverage.input_rules.update(draw(rules))
    coverage.faults.update(draw(counts(["throttling", "read_timeout"])))
    return coverage


def merged(*parts: Coverage) -> Coverage:
    total = Coverage()
    for part in parts:
        total.merge(part)
    return total


@examples(20)
@given(coverages())
def test_what_is_kept_is_read_again(coverage: Coverage) -> None:
    document = json.loads(coverage.to_json())
    assert Coverage.from_document(checked(document, "FILE")) == coverage


@examples(20)
@given(coverages(), coverages(), coverages())
def test_the_order_of_parts_does_not_matter(one: Coverage, two: Coverage, three: Coverage) -> None:
    text = merged(one, two, three).to_json()
    assert text == merged(three, merged(two, one)).to_json()
    assert (
        text
        == merged(Coverage.from_document(json.loads(merged(one, three).to_json())), two).to_json()
    )


@examples(20)
@given(coverages(), coverages())
def test_counts_add_up(one: Coverage, two: Coverage) -> None:
    total = merged(one, two)
    for operation in {*one.calls, *two.calls}:
        assert total.calls[operation] == one.calls[operation] + two.calls[operation]
    assert sum(total.states.values()) == sum(one.states.values()) + sum(two.states.values())


def test_the_document_begins_with_its_generator_and_ends_with_a_line() -> None:
    text = merged(Coverage(releases={"2", "1"})).to_json()
    assert text.startswith('{\n  "generator": "pytest-lightsail"')
    assert text == json.dumps(json.loads(text), indent=2) + "\n"
    assert json.loads(text)["botocore"] == ["1", "2"]


# --- documents that anybody may have written -----------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(sorted(Coverage().document())), inner
        )
    ),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """Return a document of this format with some members replaced."""
    document = draw(coverages()).document()
    place = document
    while True:
        key = draw(st.sampled_from(sorted(place)))
        if draw(st.booleans()) or not isinstance(place[key], dict) or not place[key]:
            place[key] = draw(JSON)
            return document
        place = place[key]


@examples(25)
@given(JSON | mutated())
def test_any_document_is_read_or_refused(document: object) -> None:
    coverage = Coverage()
    with suppress(ConfigurationError):
        coverage = Coverage.from_document(checked(document, "FILE"))
    assert Coverage.from_document(json.loads(coverage.to_json())) == coverage


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": FORMAT + 1}, f"FILE .*: format is {FORMAT + 1}, and this release"),
        ({"calls": {"GetDomains": -1}}, "calls.GetDomains: -1 is less than the minimum"),
        ({"details": {"UNKNOWN_ERROR": True}}, "UNKNOWN_ERROR: True is not of type 'integer'"),
        ({"service_edges": []}, r"service_edges: \[\] is not of type 'object'"),
        ({"botocore": 1}, "botocore: 1 is not of type 'array'"),
    ],
    ids=str,
)
def test_a_refusal_says_where(change: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        checked({**Coverage().document(), **change}, "FILE")
