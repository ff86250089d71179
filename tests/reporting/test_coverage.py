"""Coverage counts what happens in accounts, and counts can be merged and stored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Fault, simulate
from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES, STATE_DETAILS
from pytest_lightsail.reporting.coverage import Coverage
from pytest_lightsail.simulation.handle import Lightsail
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from pytest_lightsail.simulator.wire import STATUS
from tests.support.profiles import examples

WEB = {"web": {"image": "nginx"}}


def create_shop(lightsail: Lightsail) -> None:
    lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(60)


def counted(lightsail: Lightsail) -> dict[str, Counter[str]]:
    coverage = Coverage()
    coverage.add(lightsail.account.history)
    return coverage.counts


# --- counting ------------------------------------------------------------------------------------


def test_transitions_and_the_states_that_they_reach_are_counted(lightsail: Lightsail) -> None:
    create_shop(lightsail)
    lightsail.client().create_container_service_deployment(serviceName="shop", containers=WEB)
    lightsail.clock.advance(600)

    counts = counted(lightsail)

    assert counts["transitions"] == {
        "ABSENT create PENDING": 1,
        "DEPLOYING activated RUNNING": 1,
        "PENDING created READY": 1,
        "READY deploy DEPLOYING": 1,
        "ABSENT deploy ACTIVATING": 1,
        "ACTIVATING activated ACTIVE": 1,
    }
    states = ("PENDING", "READY", "DEPLOYING", "RUNNING", "ACTIVATING", "ACTIVE")
    assert counts["states"] == dict.fromkeys(states, 1)
    assert counts["steps"]["EVALUATING_HEALTH_CHECK"] == 1


def test_absent_is_not_counted_as_a_state(lightsail: Lightsail) -> None:
    create_shop(lightsail)
    lightsail.client().delete_container_service(serviceName="shop")
    lightsail.clock.advance(60)

    counts = counted(lightsail)

    assert counts["transitions"]["DELETING deleted ABSENT"] == 1
    assert set(counts["states"]) == {"PENDING", "READY", "DELETING"}


def test_changes_by_another_client_count_as_states_but_not_as_calls(lightsail: Lightsail) -> None:
    create_shop(lightsail)
    lightsail.another_client.deploys("shop", after=1)
    lightsail.clock.advance(600)

    counts = counted(lightsail)

    assert counts["states"]["DEPLOYING"] == 1
    assert set(counts["operations"]) == {"CreateContainerService"}


def test_state_changes_made_by_the_test_are_counted(lightsail: Lightsail) -> None:
    create_shop(lightsail)
    lightsail.another_client.deploys("shop")
    lightsail.services["shop"].enter("READY")

    assert counted(lightsail)["transitions"]["DEPLOYING failed READY"] == 1


def test_a_refusal_counts_as_an_error_and_a_broken_rule(lightsail: Lightsail) -> None:
    client = lightsail.client()
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_container_services(serviceName="shop")

    counts = counted(lightsail)

    assert counts["errors"] == {"GetContainerServices NotFoundException": 1}
    assert counts["rules"] == {"service.exists": 1}


def test_an_injected_error_counts_as_an_error(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.throttling(), times=2)
    lightsail.client().get_container_services()

    counts = counted(lightsail)

    assert counts["errors"] == {"GetContainerServices ThrottlingException": 2}
    assert counts["operations"] == {"GetContainerServices": 3}


def test_a_lost_connection_does_not_count_as_an_error(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.answer_lost(by=Fault.connection_reset()))
    lightsail.client().get_container_services()

    assert not counted(lightsail)["errors"]


def test_operations_that_are_not_simulated_are_counted() -> None:
    with simulate() as lightsail:
        lightsail.respond("GetInstances", {})
        lightsail.client().get_instances()

        assert counted(lightsail)["operations"] == {"GetInstances": 1}


# --- merging and storing -------------------------------------------------------------------------

TIMES = st.integers(1, 999_999)  # the longest name and such a number fit on one line


def counts(names: Iterable[str]) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(sorted(names)), TIMES, max_size=4)


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    coverage = Coverage()
    names: dict[str, Iterable[str]] = {
        "operations": CONTAINER_OPERATIONS,
        "errors": [f"{name} {code}" for name in CONTAINER_OPERATIONS for code in STATUS],
        "states": [edge.target for edge in (*SERVICE_EDGES, *DEPLOYMENT_EDGES)],
        "transitions": map(str, (*SERVICE_EDGES, *DEPLOYMENT_EDGES)),
        "steps": STATE_DETAILS,
        "rules": {entry.id for entry in RULES},
        "calls_of_tests": CONTAINER_OPERATIONS,
    }
    for category, possible in names.items():
        coverage.counts[category].update(draw(counts(possible)))
    return coverage


def merged(*parts: Coverage) -> Coverage:
    total = Coverage()
    for part in parts:
        total.merge(part.counts)
    return total


@examples(20)
@given(coverages())
def test_coverage_survives_a_round_trip_through_its_document(coverage: Coverage) -> None:
    again = Coverage()
    again.merge(json.loads(json.dumps(coverage.document())))
    assert again == coverage


@examples(20)
@given(coverages(), coverages(), coverages())
def test_the_order_of_merging_does_not_matter(
    one: Coverage, two: Coverage, three: Coverage
) -> None:
    text = merged(one, two, three).to_json("1.44.8")
    assert text == merged(three, merged(two, one)).to_json("1.44.8")


@examples(20)
@given(coverages(), coverages())
def test_merging_adds_the_counts(one: Coverage, two: Coverage) -> None:
    total = merged(one, two)
    for category, counter in total.counts.items():
        for name, times in counter.items():
            assert times == one.counts[category][name] + two.counts[category][name]


def test_the_file_starts_with_its_generator_and_ends_with_a_newline() -> None:
    text = Coverage().to_json("1.44.8")
    assert text.startswith('{\n  "generator": "pytest-lightsail"')
    assert text == json.dumps(json.loads(text), indent=2) + "\n"
    assert json.loads(text)["botocore"] == "1.44.8"
