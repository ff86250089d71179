"""A survey compares counts with the lifecycle tables, the service model and the catalogue."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES, STATE_DETAILS
from pytest_lightsail.model.service import ServiceModel, load
from pytest_lightsail.reporting.coverage import (
    BREAKABLE,
    ITSELF,
    Coverage,
    survey,
)
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from pytest_lightsail.simulator.wire import STATUS


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return load()


def test_nothing_met_is_all_missing(model: ServiceModel) -> None:
    found = survey(Coverage(), model)
    assert (found.met, found.percent) == (0, 0.0)
    missing = {name: set(found.missing(name)) for name in found.categories}
    assert missing == {
        "operations": set(CONTAINER_OPERATIONS),
        "modelled errors": {
            f"{name} {error}"
            for name in CONTAINER_OPERATIONS
            for error in model.operations[name].errors
        },
        "service states": {edge.target for edge in SERVICE_EDGES} - {"ABSENT"},
        "stateDetail codes": set(STATE_DETAILS),
        "deployment states": {edge.target for edge in DEPLOYMENT_EDGES},
        "transitions": {str(edge) for edge in (*SERVICE_EDGES, *DEPLOYMENT_EDGES)},
        "rules broken": set(BREAKABLE),
    }


def everything(model: ServiceModel) -> Coverage:
    coverage = Coverage()
    for name in CONTAINER_OPERATIONS:
        coverage.calls[name] = 1
        coverage.errors.update(f"{name} {error}" for error in model.operations[name].errors)
    coverage.service_edges.update(map(str, SERVICE_EDGES))
    coverage.deployment_edges.update(map(str, DEPLOYMENT_EDGES))
    coverage.details.update(STATE_DETAILS)
    coverage.service_rules.update(BREAKABLE[::2])
    coverage.input_rules.update(BREAKABLE[1::2])
    return coverage


def test_everything_met_is_all_there_is(model: ServiceModel) -> None:
    found = survey(everything(model), model)
    assert found.percent == 100
    assert not any(found.missing(name) for name in found.categories)


@pytest.mark.parametrize("edge", [*SERVICE_EDGES, *DEPLOYMENT_EDGES], ids=str)
def test_one_edge_less_is_less_than_all(edge: object, model: ServiceModel) -> None:
    coverage = everything(model)
    name = str(edge)
    for taken in coverage.edges.values():
        del taken[name]
    found = survey(coverage, model)
    assert found.missing("transitions") == [name]
    assert found.percent < 100


def test_the_total_counts_each_thing_alike(model: ServiceModel) -> None:
    coverage = Coverage()
    coverage.calls["GetContainerServices"] = 1000
    coverage.errors["GetContainerServices NotFoundException"] = 5
    coverage.details["UNKNOWN_ERROR"] = 7
    found = survey(coverage, model)
    assert found.met == 3
    assert found.percent == 300 / found.possible


def test_an_operation_that_is_not_simulated_is_possible_once_it_is_called(
    model: ServiceModel,
) -> None:
    coverage = Coverage()
    coverage.calls["GetInstances"] = 1
    found, nothing = survey(coverage, model), survey(Coverage(), model)
    assert found.categories["operations"]["GetInstances"] == 1
    assert found.possible == nothing.possible + 1 + len(model.operations["GetInstances"].errors)


def test_errors_of_the_front_end_are_told_and_do_not_count(model: ServiceModel) -> None:
    coverage = Coverage()
    coverage.calls["GetContainerServices"] = 2
    coverage.errors["GetContainerServices ThrottlingException"] = 2
    found = survey(coverage, model)
    assert not any(found.categories["modelled errors"].values())


def test_every_modelled_error_can_be_met(model: ServiceModel) -> None:
    """A fault can return each of them, so each counts as possible."""
    modelled = {error for name in CONTAINER_OPERATIONS for error in model.operations[name].errors}
    assert modelled <= STATUS.keys()
    assert modelled & ITSELF


def test_operations_bring_what_they_lead_to_and_can_break(model: ServiceModel) -> None:
    found = survey(Coverage(), model, include=["DeleteContainerService", "GetContainerLog"])

    assert found.missing("transitions") == [
        "READY delete DELETING",
        "RUNNING delete DELETING",
        "DISABLED delete DELETING",
        "DELETING deleted ABSENT",
    ]
    assert found.missing("service states") == ["DELETING"]
    assert not found.categories["deployment states"]
    rules = found.missing("rules broken")
    assert "log.container" in rules
    assert not {"scale.range", "container.image-required"} & set(rules)


def test_what_this_release_does_not_know_is_named_and_does_not_count(model: ServiceModel) -> None:
    coverage = Coverage()
    coverage.calls["LaunchRocket"] = 1
    coverage.service_edges["READY launch ORBIT"] = 1
    coverage.details["COUNTING_DOWN"] = 1
    coverage.input_rules["rocket.fuel"] = 1
    found = survey(coverage, model)
    assert found.unknown == ("COUNTING_DOWN", "LaunchRocket", "READY launch ORBIT", "rocket.fuel")
    assert found.met == 0


def test_nothing_is_wholly_met_as_long_as_one_thing_is_missing(model: ServiceModel) -> None:
    coverage = everything(model)
    del coverage.calls["GetContainerServices"]
    found = survey(coverage, model)
    assert 99.5 < found.percent < 100
