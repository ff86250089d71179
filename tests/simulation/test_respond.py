"""``lightsail.respond`` adds canned responses for operations that are not simulated."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone

import pytest

from pytest_lightsail import (
    ConfigurationError,
    ContractViolationError,
    Fault,
    OperationNotSimulatedError,
    simulate,
)

BORN = datetime(2022, 5, 26, tzinfo=timezone.utc)


def test_the_caller_receives_a_canned_response_parsed_by_boto3(lightsail) -> None:
    lightsail.respond("GetInstances", {"instances": [{"name": "box", "createdAt": BORN}]})
    (instance,) = lightsail.client().get_instances()["instances"]
    assert instance["name"] == "box"
    assert instance["createdAt"] == BORN


def test_a_function_can_compute_the_response_from_the_parameters(lightsail) -> None:
    lightsail.respond(
        "GetInstance", lambda parameters: {"instance": {"name": parameters["instanceName"]}}
    )
    assert lightsail.client().get_instance(instanceName="box")["instance"]["name"] == "box"


def test_respond_refuses_a_response_that_breaks_the_contract(lightsail) -> None:
    with pytest.raises(ContractViolationError, match=r"instances\[0\].name"):
        lightsail.respond("GetInstances", {"instances": [{"name": 3}]})
    with pytest.raises(ContractViolationError, match="machines"):
        lightsail.respond("GetInstances", {"machines": []})


def test_an_unused_response_cannot_be_replaced(lightsail) -> None:
    lightsail.respond("GetInstances", {"instances": [{"name": "one"}]})
    with pytest.raises(ConfigurationError, match="GetInstances already has a response"):
        lightsail.respond("GetInstances", {"instances": [{"name": "two"}]})
    lightsail.client().get_instances()


def test_a_used_response_can_be_replaced(lightsail) -> None:
    client = lightsail.client()
    seen = []
    for name in ("one", "two"):
        lightsail.respond("GetInstances", {"instances": [{"name": name}]})
        seen += [instance["name"] for instance in client.get_instances()["instances"]]
    assert seen == ["one", "two"]


def test_an_optional_response_can_be_replaced_before_it_is_used(lightsail) -> None:
    lightsail.respond("GetInstances", {"instances": [{"name": "default"}]}, optional=True)
    lightsail.respond("GetInstances", {"instances": [{"name": "own"}]})
    (instance,) = lightsail.client().get_instances()["instances"]
    assert instance["name"] == "own"


def test_a_canned_response_overrides_a_simulated_domain_operation(lightsail) -> None:
    client = lightsail.client()
    client.create_domain(domainName="example.com")
    assert client.get_domain(domainName="example.com")["domain"]["name"] == "example.com"
    lightsail.respond("GetDomain", {"domain": {"name": "example.org"}})
    assert client.get_domain(domainName="example.com")["domain"]["name"] == "example.org"


def test_respond_refuses_operations_of_the_container_family(lightsail) -> None:
    with pytest.raises(ConfigurationError, match="is simulated"):
        lightsail.respond("GetContainerServices", {"containerServices": []})


def test_respond_suggests_the_name_of_a_misspelt_operation(lightsail) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'GetInstances'"):
        lightsail.respond("GetInstnaces", {})


def test_a_request_with_a_canned_response_is_checked_against_the_contract(lightsail) -> None:
    client = lightsail.client()
    lightsail.respond("CreateDisk", {}, optional=True)
    with pytest.raises(client.exceptions.InvalidInputException):
        client.create_disk(diskName="?", availabilityZone="a", sizeInGb=8)


def test_an_exception_of_a_response_function_reaches_the_caller(lightsail) -> None:
    client = lightsail.client()

    def gone(parameters):
        raise client.exceptions.NotFoundException(
            {"Error": {"Code": "NotFoundException"}}, "GetInstance"
        )

    lightsail.respond("GetInstance", gone)
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_instance(instanceName="box")
    (call,) = lightsail.calls("GetInstance", instanceName="box")
    assert (call.status, call.error) == (None, "respond raised")


def test_a_call_whose_response_function_fails_the_test_is_in_the_history(lightsail) -> None:
    lightsail.respond("GetInstance", lambda _parameters: pytest.fail("it must not be called"))
    with pytest.raises(pytest.fail.Exception, match="must not be called"):
        lightsail.client().get_instance(instanceName="box")
    assert [call.error for call in lightsail.calls] == ["respond raised"]


def test_an_invalid_response_of_a_function_fails_the_test_even_if_swallowed() -> None:
    def swallows() -> None:
        with simulate() as lightsail:
            lightsail.respond("GetInstance", lambda _parameters: {"instance": {"nme": "box"}})
            with suppress(ContractViolationError):
                lightsail.client().get_instance(instanceName="box")

    with pytest.raises(ContractViolationError, match="nme"):
        swallows()


def test_a_response_function_that_returns_none_fails_the_test_even_if_swallowed() -> None:
    def swallows() -> None:
        with simulate() as lightsail:
            lightsail.respond("GetInstance", lambda _parameters: None)
            with suppress(Exception):
                lightsail.client().get_instance(instanceName="box")

    with pytest.raises(ConfigurationError, match="the response to GetInstance must be a dict"):
        swallows()


@pytest.mark.parametrize("wrong", [None, [], "GetInstances"])
def test_respond_refuses_anything_but_a_dictionary_or_a_function(lightsail, wrong) -> None:
    with pytest.raises(
        ConfigurationError, match="must be a dict, or a function that returns a dict"
    ):
        lightsail.respond("GetInstances", wrong)


def test_a_call_that_is_not_simulated_is_recorded_with_its_parameters(lightsail) -> None:
    with pytest.raises(OperationNotSimulatedError):
        lightsail.client().get_instance(instanceName="box")
    assert lightsail.calls.last.parameters == {"instanceName": "box"}
    lightsail.account.swallowed.clear()


def test_a_fault_can_hit_an_operation_without_a_canned_response(lightsail) -> None:
    client = lightsail.client()
    lightsail.faults.add(Fault.error("NotFoundException", "no such box"), operation="GetInstance")
    with pytest.raises(client.exceptions.NotFoundException, match="no such box"):
        client.get_instance(instanceName="box")


def test_a_password_in_a_call_with_a_canned_response_is_masked(lightsail, lightsail_client):
    lightsail.respond("CreateRelationalDatabase", {})
    lightsail_client.create_relational_database(
        relationalDatabaseName="shop",
        relationalDatabaseBlueprintId="mysql_8_0",
        relationalDatabaseBundleId="micro_2_0",
        masterDatabaseName="shop",
        masterUsername="admin",
        masterUserPassword="n0t-to-be-seen",
    )
    assert "n0t-to-be-seen" not in f"{lightsail.calls!r} {lightsail.timeline()}"


def test_future_allows_a_response_of_a_later_release(lightsail) -> None:
    response = {"instances": [{"name": "box", "mood": 1, "location": {"regionName": "moon-1"}}]}
    with pytest.raises(ContractViolationError):
        lightsail.respond("GetInstances", response)
    lightsail.respond("GetInstances", response, future=True)
    (instance,) = lightsail.client().get_instances()["instances"]
    assert instance == {"name": "box", "location": {"regionName": "moon-1"}}


def test_future_does_not_allow_wrong_types_in_the_response_of_a_function(lightsail) -> None:
    lightsail.respond(
        "GetInstance",
        lambda call: {"instance": {"name": call["instanceName"], "state": {"name": 1}}},
        future=True,
    )
    with pytest.raises(ContractViolationError, match="name"):
        lightsail.client().get_instance(instanceName="web")
    lightsail.account.swallowed.clear()  # the test expects this error
