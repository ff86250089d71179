"""The contract of the example release tool is checked against invented service models."""

from __future__ import annotations

from pathlib import Path

from pytest_lightsail.model.changes import compare
from pytest_lightsail.recording.contract import Contract, Use, read_contract, report_of
from tests.support.mutated_models import (
    adds_member,
    adds_value,
    changes_operation,
    later,
    removes_operation,
    removes_value,
    renames_member,
    requires,
    retargets,
    today,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "release" / "contracts" / "lightsail.json"
CONTRACT = read_contract(EXAMPLE)
GET, CREATE, UPDATE, DEPLOY = (
    "GetContainerServices",
    "CreateContainerService",
    "UpdateContainerService",
    "CreateContainerServiceDeployment",
)


def impacts(*changes, contract=CONTRACT):
    """Return the severity, kind, operations and site of each reported change."""
    return {
        (found.severity, found.kind, *found.operations, found.site.partition(" ")[2])
        for found in report_of(contract, later(*changes)).changes
    }


def only(*changes, contract=CONTRACT):
    (impact,) = report_of(contract, later(*changes)).changes
    return impact


def test_an_unchanged_model_does_not_affect_the_consumer():
    assert report_of(CONTRACT, today()).changes == ()


# --- what is read --------------------------------------------------------------------------------


def test_renaming_a_member_that_is_read_is_breaking():
    assert impacts(renames_member("ContainerService", "url", "address")) == {
        ("breaking", "member-removed", GET, "containerServices[].url")
    }


def test_a_removed_structure_is_reported_once():
    assert impacts(renames_member("ContainerService", "stateDetail", "detail")) == {
        ("breaking", "member-removed", GET, "containerServices[].stateDetail")
    }


def test_removing_a_member_that_is_not_read_is_not_reported():
    assert impacts(renames_member("ContainerService", "privateDomainName", "domain")) == set()


def test_adding_a_value_to_an_enumeration_that_is_compared_is_dangerous():
    impact = only(adds_value("ContainerServiceState", "HIBERNATING"))
    assert impact.severity == "dangerous"
    assert (impact.site, impact.new) == (
        f"{GET} containerServices[].state",
        ("HIBERNATING",),
    )
    assert impact.use == "the consumer compares it with DELETING, DISABLED, PENDING, READY, RUNNING"


def test_adding_a_value_to_an_enumeration_that_is_only_read_is_not_reported():
    assert impacts(adds_value("ContainerServiceDeploymentState", "HALF")) == set()
    state = (CREATE, "response", "containerService", "state")
    passes_on = Contract("1", {state: Use("string")})
    assert impacts(adds_value("ContainerServiceState", "NAPPING"), contract=passes_on) == set()


def test_removing_a_value_that_is_compared_is_breaking():
    impact = only(removes_value("ContainerServiceState", "RUNNING"))
    assert (impact.severity, impact.old) == ("breaking", ("RUNNING",))


def test_removing_an_enumeration_that_is_compared_is_breaking():
    values = today().shapes["ContainerServiceState"].enum
    impact = only(*(removes_value("ContainerServiceState", value) for value in values))
    assert (impact.severity, impact.kind) == ("breaking", "enum-values-removed")


def test_removing_an_enumeration_affects_only_operations_that_compare_it():
    values = today().shapes["ContainerServicePowerName"].enum
    gone = (removes_value("ContainerServicePowerName", value) for value in values)
    assert {found[2] for found in impacts(*gone)} == {"GetContainerServices"}


def test_removing_a_value_that_is_not_compared_is_not_reported():
    assert impacts(removes_value("ContainerServiceState", "UPDATING")) == set()


def test_changing_the_type_of_a_member_that_is_read_is_breaking():
    assert impacts(retargets("ContainerServiceDeployment", "version", "string")) == {
        ("breaking", "type-changed", GET, "containerServices[].currentDeployment.version"),
        ("breaking", "type-changed", GET, "containerServices[].nextDeployment.version"),
        ("breaking", "type-changed", DEPLOY, "containerService.nextDeployment.version"),
    }


def test_adding_a_member_to_a_response_is_not_reported():
    assert impacts(adds_member("ContainerService", "mood")) == set()


# --- what is sent --------------------------------------------------------------------------------


def test_requiring_a_member_that_is_not_sent_is_breaking():
    impact = only(requires("CreateContainerServiceRequest", "tags"))
    assert (impact.severity, impact.kind) == ("breaking", "required-added")
    assert (impact.site, impact.use) == (f"{CREATE} tags", "the consumer never sends it")


def test_requiring_a_new_nested_member_is_breaking():
    assert impacts(adds_member("Container", "cpu"), requires("Container", "cpu")) == {
        ("breaking", "required-added", DEPLOY, "containers[].cpu")
    }


def test_requiring_a_member_that_is_sent_is_not_reported():
    assert impacts(requires("CreateContainerServiceDeploymentRequest", "containers")) == set()


def test_requiring_a_member_of_a_structure_that_is_not_sent_is_not_reported():
    assert impacts(adds_member("Tag", "scope"), requires("Tag", "scope")) == set()


def test_removing_a_member_that_is_sent_is_breaking():
    assert impacts(renames_member("EndpointRequest", "healthCheck", "check")) == {
        ("breaking", "member-removed", DEPLOY, "publicEndpoint.healthCheck")
    }


def test_removing_a_value_that_is_sent_is_breaking():
    found = impacts(removes_value("ContainerServicePowerName", "micro"))
    assert ("breaking", "enum-values-removed", UPDATE, "power") in found
    assert not any(operation == CREATE for _, _, operation, _ in found)


def test_removing_a_value_that_is_not_sent_is_not_reported():
    assert impacts(removes_value("ContainerServiceProtocol", "UDP")) == set()


def test_adding_a_value_to_an_enumeration_that_is_sent_is_not_reported():
    assert impacts(adds_value("ContainerServiceProtocol", "QUIC")) == set()


def test_changing_the_type_of_a_member_that_is_sent_is_breaking():
    impact = only(retargets("EndpointRequest", "containerPort", "string"))
    assert (impact.severity, impact.kind) == ("breaking", "type-changed")
    assert impact.site == f"{DEPLOY} publicEndpoint.containerPort"
    assert (impact.old, impact.new) == (("integer",), ("string",))


# --- operations ----------------------------------------------------------------------------------


def test_removing_an_operation_that_is_called_is_breaking():
    assert impacts(removes_operation(UPDATE)) == {("breaking", "operation-removed", UPDATE, "")}


def test_removing_an_operation_that_is_not_called_is_not_reported():
    assert impacts(removes_operation("DeleteContainerService")) == set()


def test_removing_the_input_of_an_operation_is_breaking_for_each_member_sent():
    found = impacts(lambda document: document["operations"][CREATE].pop("input"))
    members = ("power", "scale", "serviceName")
    assert found == {("breaking", "member-removed", CREATE, member) for member in members}


# --- the whole report ----------------------------------------------------------------------------


def test_the_most_severe_changes_come_first():
    model = later(
        requires("CreateContainerServiceRequest", "tags"),
        adds_value("ContainerServiceState", "HIBERNATING"),
        removes_operation(UPDATE),
    )
    found = report_of(CONTRACT, model)
    assert [one.severity for one in found.changes] == ["breaking", "breaking", "dangerous"]


def test_the_order_of_uses_in_the_contract_does_not_matter():
    turned = Contract(CONTRACT.botocore, dict(reversed(CONTRACT.uses.items())))
    change = renames_member("ContainerService", "stateDetail", "detail")
    assert impacts(change, contract=turned) == impacts(change)


def test_changes_of_operations_that_are_not_called_are_not_reported():
    others = [name for name in today().operations if name not in CONTRACT.operations]
    changes = [changes_operation(name, errors=[]) for name in others]
    changed = {name for change in compare(today(), later(*changes)) for name in change.operations}
    assert len(changed) == len(others) > 100
    assert impacts(*changes) == set()
