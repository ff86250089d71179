"""The lifecycle tables are complete, consistent, and match the service model."""

from __future__ import annotations

import math

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.catalogue import rule
from pytest_lightsail.model.lifecycle import (
    ABSENT,
    DEPLOYMENT_EDGES,
    REFUSALS,
    SERVICE_EDGES,
    STATE_DETAILS,
    TIMELINES,
    Edge,
    moves,
    take,
)
from pytest_lightsail.model.service import load

TABLES = {
    "ContainerServiceState": SERVICE_EDGES,
    "ContainerServiceDeploymentState": DEPLOYMENT_EDGES,
}
every_table = pytest.mark.parametrize("shape", TABLES)


@every_table
def test_the_states_of_a_table_are_those_of_the_model(shape):
    states = {state for edge in TABLES[shape] for state in (edge.state, edge.target)}
    assert states - {ABSENT} == set(load().shapes[shape].enum)


@every_table
def test_every_state_can_be_reached(shape):
    reached, before = {ABSENT}, set()
    while reached != before:
        before = set(reached)
        reached |= {edge.target for edge in TABLES[shape] if edge.state in before}
    assert reached >= set(load().shapes[shape].enum)


def test_every_state_can_lead_to_the_end_of_the_service():
    ending, before = {ABSENT}, set()
    while ending != before:
        before = set(ending)
        ending |= {edge.state for edge in SERVICE_EDGES if edge.target in before}
    assert ending >= set(load().shapes["ContainerServiceState"].enum)


@every_table
def test_a_trigger_leads_from_a_state_to_at_most_one_state(shape):
    pairs = [(edge.state, edge.trigger) for edge in TABLES[shape]]
    assert len(pairs) == len(set(pairs))


@every_table
def test_every_edge_has_a_source(shape):
    assert all(edge.source for edge in TABLES[shape])


@pytest.mark.parametrize("edge", SERVICE_EDGES, ids=lambda edge: f"{edge.state}-{edge.trigger}")
def test_a_service_follows_its_edges(edge: Edge):
    assert take(SERVICE_EDGES, edge.state, edge.trigger).target == edge.target


@pytest.mark.parametrize("edge", DEPLOYMENT_EDGES, ids=lambda edge: f"{edge.state}-{edge.trigger}")
def test_a_deployment_follows_its_edges(edge: Edge):
    assert take(DEPLOYMENT_EDGES, edge.state, edge.trigger).target == edge.target


def test_a_transition_without_an_edge_is_refused_with_the_possible_ones():
    with pytest.raises(
        ConfigurationError, match=r"'deploy' is not possible in state PENDING.*created"
    ):
        take(SERVICE_EDGES, "PENDING", "deploy")


def test_the_error_says_none_if_no_transition_is_possible():
    with pytest.raises(ConfigurationError, match="possible: none"):
        take(DEPLOYMENT_EDGES, "FAILED", "activated")


@pytest.mark.parametrize("state", ["FAILED", "INACTIVE"])
def test_a_failed_or_inactive_deployment_never_changes_again(state):
    assert not [edge for edge in DEPLOYMENT_EDGES if edge.state == state]


def test_a_deleting_service_can_only_become_absent():
    assert moves("DELETING") == {"deleted": "ABSENT"}


@pytest.mark.parametrize(("state", "trigger"), sorted(REFUSALS))
def test_a_refused_trigger_has_a_rule_and_no_edge(state, trigger):
    assert trigger not in moves(state)
    assert rule(REFUSALS[state, trigger])


# --- details and timelines ---------------------------------------------------------------------------


def test_the_state_detail_codes_are_those_of_the_model_in_the_same_order():
    assert tuple(STATE_DETAILS) == load().shapes["ContainerServiceStateDetailCode"].enum


def test_every_state_detail_code_has_a_message():
    assert all(STATE_DETAILS.values())


@pytest.mark.parametrize("event", TIMELINES)
def test_a_timeline_stays_in_the_state_that_its_event_leads_to(event):
    targets = {edge.target for edge in SERVICE_EDGES if edge.trigger == event}
    assert {stage.state for stage in TIMELINES[event]} == targets


@pytest.mark.parametrize("event", TIMELINES)
def test_a_timeline_starts_without_a_state_detail(event):
    assert TIMELINES[event][0].detail is None


@pytest.mark.parametrize("event", TIMELINES)
def test_a_timeline_takes_a_finite_time(event):
    assert 0 < sum(stage.seconds for stage in TIMELINES[event]) < math.inf


@pytest.mark.parametrize("event", TIMELINES)
def test_the_state_details_of_a_timeline_are_in_the_documented_order(event):
    codes = [stage.detail for stage in TIMELINES[event] if stage.detail]
    assert codes == [code for code in STATE_DETAILS if code in codes]


def test_a_deployment_takes_longer_than_90_seconds():
    assert sum(stage.seconds for stage in TIMELINES["deploy"]) > 90


def test_a_deletion_takes_at_most_10_seconds():
    assert sum(stage.seconds for stage in TIMELINES["delete"]) <= 10
