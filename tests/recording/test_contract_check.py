"""The contract of the release tool, checked against invented models of later releases."""

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
    """Return the severity, kind and site of each finding."""
    return {
        (found.severity, found.kind, *found.operations, found.site.partition(" ")[2])
        for found in report_of(contract, later(*changes)).changes
    }


def only(*changes, contract=CONTRACT):
    (impact,) = report_of(contract, later(*changes)).changes
    return impact


def test_the_release_that_it_was_recorded_with_touches_nothing():
    assert report_of(CONTRACT, today()).changes == ()


# --- what is read --------------------------------------------------------------------------------


def test_a_member_that_is_read_and_renamed_breaks():
    assert impacts(renames_member("ContainerService", "url", "address")) == {
        ("breaking", "member-removed", GET, "containerServices[].url")
    }


def test_a_structure_that_is_gone_is_told_once():
    assert impacts(renames_member("ContainerService", "stateDetail", "detail")) == {
        ("breaking", "member-removed", GET, "containerServices[].stateDetail")
    }


def test_a_member_that_is_not_read_may_go():
    assert impacts(renames_member("ContainerService", "privateDomainName", "domain")) == set()


def test_a_value_added_to_a_state_that_is_compared_is_dangerous():
    impact = only(adds_value("ContainerServiceState", "HIBERNATING"))
    assert impact.severity == "dangerous"
    assert (impact.site, impact.new) == (
        f"{GET} containerServices[].state",
        ("HIBERNATING",),
    )
    assert impact.use == "the consumer compares it with DELETING, DISABLED, PENDING, READY, RUNNING"


def test_a_value_added_to_an_enumeration_that_is_read_and_not_compared_is_silent():
    assert impacts(adds_value("ContainerServiceDeploymentState", "HALF")) == set()
    state = (CREATE, "response", "containerService", "state")
    passes_on = Contract("1", {state: Use("string")})
    assert impacts(adds_value("ContainerServiceState", "NAPPING"), contract=passes_on) == set()


def test_a_value_that_is_compared_and_gone_breaks():
    impact = only(removes_value("ContainerServiceState", "RUNNING"))
    assert (impact.severity, impact.old) == ("breaking", ("RUNNING",))


def test_an_enumeration_that_is_compared_and_gone_breaks():
    values = today().shapes["ContainerServiceState"].enum
    impact = only(*(removes_value("ContainerServiceState", value) for value in values))
    assert (impact.severity, impact.kind) == ("breaking", "enum-values-removed")


def test_an_enumeration_that_is_gone_touches_only_who_compares_it():
    values = today().shapes["ContainerServicePowerName"].enum
    gone = (removes_value("ContainerServicePowerName", value) for value in values)
    assert {found[2] for found in impacts(*gone)} == {"GetContainerServices"}


def test_a_value_that_is_not_compared_may_go():
    assert impacts(removes_value("ContainerServiceState", "UPDATING")) == set()


def test_another_type_of_what_is_read_breaks():
    assert impacts(retargets("ContainerServiceDeployment", "version", "string")) == {
        ("breaking", "type-changed", GET, "containerServices[].currentDeployment.version"),
        ("breaking", "type-changed", GET, "containerServices[].nextDeployment.version"),
        ("breaking", "type-changed", DEPLOY, "containerService.nextDeployment.version"),
    }


def test_a_member_added_elsewhere_is_silent():
    assert impacts(adds_member("ContainerService", "mood")) == set()


# --- what is sent --------------------------------------------------------------------------------


def test_an_unused_member_that_becomes_required_breaks():
    impact = only(requires("CreateContainerServiceRequest", "tags"))
    assert (impact.severity, impact.kind) == ("breaking", "required-added")
    assert (impact.site, impact.use) == (f"{CREATE} tags", "the consumer never sends it")


def test_a_new_member_that_is_required_deep_inside_breaks():
    assert impacts(adds_member("Container", "cpu"), requires("Container", "cpu")) == {
        ("breaking", "required-added", DEPLOY, "containers[].cpu")
    }


def test_a_member_that_is_sent_may_become_required():
    assert impacts(requires("CreateContainerServiceDeploymentRequest", "containers")) == set()


def test_members_required_of_what_is_never_sent_are_silent():
    assert impacts(adds_member("Tag", "scope"), requires("Tag", "scope")) == set()


def test_a_member_that_is_sent_and_gone_breaks():
    assert impacts(renames_member("EndpointRequest", "healthCheck", "check")) == {
        ("breaking", "member-removed", DEPLOY, "publicEndpoint.healthCheck")
    }


def test_a_value_that_is_sent_and_gone_breaks():
    found = impacts(removes_value("ContainerServicePowerName", "micro"))
    assert ("breaking", "enum-values-removed", UPDATE, "power") in found
    assert not any(operation == CREATE for _, _, operation, _ in found)


def test_a_value_that_is_not_sent_may_go():
    assert impacts(removes_value("ContainerServiceProtocol", "UDP")) == set()


def test_a_value_added_to_what_is_sent_is_silent():
    assert impacts(adds_value("ContainerServiceProtocol", "QUIC")) == set()


def test_another_type_of_what_is_sent_breaks():
    impact = only(retargets("EndpointRequest", "containerPort", "string"))
    assert (impact.severity, impact.kind) == ("breaking", "type-changed")
    assert impact.site == f"{DEPLOY} publicEndpoint.containerPort"
    assert (impact.old, impact.new) == (("integer",), ("string",))


# --- operations ----------------------------------------------------------------------------------


def test_an_operation_that_is_called_and_gone_breaks():
    assert impacts(removes_operation(UPDATE)) == {("breaking", "operation-removed", UPDATE, "")}


def test_an_operation_that_is_not_called_may_go():
    assert impacts(removes_operation("DeleteContainerService")) == set()


def test_an_operation_without_a_request_breaks_what_is_sent():
    found = impacts(lambda document: document["operations"][CREATE].pop("input"))
    members = ("power", "scale", "serviceName")
    assert found == {("breaking", "member-removed", CREATE, member) for member in members}


# --- all of it -----------------------------------------------------------------------------------


def test_the_gravest_comes_first():
    model = later(
        requires("CreateContainerServiceRequest", "tags"),
        adds_value("ContainerServiceState", "HIBERNATING"),
        removes_operation(UPDATE),
    )
    found = report_of(CONTRACT, model)
    assert [one.severity for one in found.changes] == ["breaking", "breaking", "dangerous"]


def test_the_order_of_places_does_not_matter():
    turned = Contract(CONTRACT.botocore, dict(reversed(CONTRACT.uses.items())))
    change = renames_member("ContainerService", "stateDetail", "detail")
    assert impacts(change, contract=turned) == impacts(change)


def test_a_release_that_changes_every_other_operation_is_silent():
    others = [name for name in today().operations if name not in CONTRACT.operations]
    changes = [changes_operation(name, errors=[]) for name in others]
    changed = {name for change in compare(today(), later(*changes)) for name in change.operations}
    assert len(changed) == len(others) > 100
    assert impacts(*changes) == set()
