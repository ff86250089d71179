"""A survey compares counts with the lifecycle tables, the service model and the catalogue."""

from __future__ import annotations

import pytest

from pytest_lightsail.model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES, STATE_DETAILS
from pytest_lightsail.model.service import ServiceModel, load
from pytest_lightsail.reporting.coverage import Coverage, survey
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from pytest_lightsail.simulator.wire import STATUS


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return load()


EDGES = (*SERVICE_EDGES, *DEPLOYMENT_EDGES)


def test_everything_is_missing_if_nothing_was_counted(model: ServiceModel) -> None:
    found = survey(Coverage(), model)
    assert (found.reached, found.percent) == (0, 0.0)
    missing = {name: set(found.missing(name)) for name in found.categories}
    rules = missing.pop("rules")
    assert missing == {
        "operations": set(CONTAINER_OPERATIONS),
        "errors": {
            f"{name} {error}"
            for name in CONTAINER_OPERATIONS
            for error in model.operations[name].errors
        },
        "states": {edge.target for edge in EDGES} - {"ABSENT"},
        "transitions": {str(edge) for edge in EDGES},
        "steps": set(STATE_DETAILS),
    }
    assert {"service-name.pattern", "json.type", "quota.services"} < rules
    assert "domain-entry.known" not in rules  # no container operation can break this rule


def everything(model: ServiceModel) -> Coverage:
    coverage = Coverage()
    for category, items in survey(Coverage(), model).categories.items():
        coverage.counts[category].update(items.keys())
    return coverage


def test_nothing_is_missing_if_everything_was_reached(model: ServiceModel) -> None:
    found = survey(everything(model), model)
    assert found.percent == 100
    assert not any(found.missing(name) for name in found.categories)


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_each_edge_is_needed_for_full_coverage(edge: object, model: ServiceModel) -> None:
    coverage = everything(model)
    del coverage.counts["transitions"][str(edge)]
    found = survey(coverage, model)
    assert found.missing("transitions") == [str(edge)]
    assert 99 < found.percent < 100


def test_all_items_have_the_same_weight(model: ServiceModel) -> None:
    coverage = Coverage()
    coverage.counts["operations"]["GetContainerServices"] = 1000
    coverage.counts["errors"]["GetContainerServices NotFoundException"] = 5
    coverage.counts["steps"]["UNKNOWN_ERROR"] = 7
    found = survey(coverage, model)
    assert found.reached == 3
    assert found.percent == 300 / found.possible


def test_a_call_to_an_operation_that_is_not_simulated_adds_it_to_the_survey(
    model: ServiceModel,
) -> None:
    coverage = Coverage()
    coverage.counts["operations"]["GetInstances"] = 1
    found, nothing = survey(coverage, model), survey(Coverage(), model)
    assert found.categories["operations"]["GetInstances"] == 1
    assert found.possible == nothing.possible + 1 + len(model.operations["GetInstances"].errors)


def test_an_error_that_the_model_does_not_list_is_added_once_it_occurs(
    model: ServiceModel,
) -> None:
    coverage = Coverage()
    coverage.counts["operations"]["GetContainerServices"] = 2
    coverage.counts["errors"]["GetContainerServices ThrottlingException"] = 2
    found, nothing = survey(coverage, model), survey(Coverage(), model)
    assert found.categories["errors"]["GetContainerServices ThrottlingException"] == 2
    assert found.possible == nothing.possible + 1


def test_a_fault_can_return_each_error_of_the_model(model: ServiceModel) -> None:
    modelled = {error for name in CONTAINER_OPERATIONS for error in model.operations[name].errors}
    assert modelled <= STATUS.keys()


def test_selected_operations_determine_the_transitions_states_and_rules(
    model: ServiceModel,
) -> None:
    found = survey(Coverage(), model, include=["DeleteContainerService", "GetContainerLog"])

    assert found.missing("transitions") == [
        "READY delete DELETING",
        "RUNNING delete DELETING",
        "DISABLED delete DELETING",
        "DELETING deleted ABSENT",
    ]
    assert found.missing("states") == ["DELETING"]
    rules = found.missing("rules")
    assert "log.container" in rules
    assert not {"scale.range", "container.image-required"} & set(rules)


def test_items_of_another_release_are_not_counted(model: ServiceModel) -> None:
    coverage = Coverage()
    coverage.counts["operations"]["LaunchRocket"] = 1
    coverage.counts["transitions"]["READY launch ORBIT"] = 1
    found = survey(coverage, model)
    assert found.reached == 0
    assert found.possible == survey(Coverage(), model).possible
