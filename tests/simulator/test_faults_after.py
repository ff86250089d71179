"""Faults that hit a call after the change, and errors by code."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from pytest_lightsail import ConfigurationError, Fault
from pytest_lightsail.simulator.wire import STATUS

from .conftest import World

NEW = {"serviceName": "shop", "power": "nano", "scale": 1}
ONCE = Config(retries={"total_max_attempts": 1})


def test_the_change_is_made_although_the_response_is_lost(lightsail) -> None:
    lightsail.faults.add(Fault.answer_lost(), operation="CreateContainerService")
    with pytest.raises(ReadTimeoutError):
        lightsail.client(config=ONCE).create_container_service(**NEW)
    assert "shop" in lightsail.services


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_retry_after_a_lost_response_finds_the_name_in_use(lightsail, mode) -> None:
    lightsail.faults.add(Fault.answer_lost(by=Fault.connection_reset()))
    client = lightsail.client(config=Config(retries={"mode": mode}))
    with pytest.raises(ClientError, match="Some names are already in use: shop"):
        client.create_container_service(**NEW)
    assert list(lightsail.services) == ["shop"]
    assert [call.fault for call in lightsail.calls] == ["answer_lost by connection_reset", None]


def test_a_call_with_a_lost_response_records_the_error_and_the_response(lightsail) -> None:
    lightsail.faults.add(Fault.answer_lost())
    with pytest.raises(ReadTimeoutError):
        lightsail.client(config=ONCE).create_container_service(**NEW)
    assert lightsail.calls.last.error == "read_timeout"
    assert lightsail.calls.last.response["containerService"]["state"] == "PENDING"
    assert "fault answer_lost by read_timeout" in lightsail.timeline()


REFUSED = {**NEW, "serviceName": "!"}
LOST = {
    "answer_lost by server_error": Fault.answer_lost(by=Fault.server_error()),
    "answer_lost by read_timeout": Fault.answer_lost(),
}
RECEIVED = {
    "answer_lost by server_error": (500, "ServiceException", "An internal error occurred."),
    "answer_lost by read_timeout": (None, "read_timeout", ""),
}


@pytest.mark.parametrize("name", LOST)
@pytest.mark.parametrize("given", [NEW, REFUSED], ids=["performed", "refused"])
def test_the_history_records_what_the_caller_received(
    world: World, name: str, given: dict[str, Any]
) -> None:
    world.account.faults.add(LOST[name])
    world.handle("CreateContainerService", **given)
    (call,) = world.account.history.calls
    assert call.fault == name
    assert (call.status, call.error, call.message) == RECEIVED[name]


@pytest.mark.parametrize("name", LOST)
def test_the_history_records_what_the_account_did(world: World, name: str) -> None:
    world.account.faults.add(LOST[name], times=2)
    world.handle("CreateContainerService", **NEW)
    world.handle("CreateContainerService", **REFUSED)
    performed, refused = world.account.history.calls
    assert performed.response is not None
    assert performed.response["containerService"]["state"] == "PENDING"
    assert (performed.rule, refused.response) == (None, None)
    assert refused.rule is not None


def test_the_history_records_when_the_account_acted(world: World) -> None:
    world.account.faults.add(Fault.slow_answer(30))
    world.handle("CreateContainerService", **NEW)
    (call,) = world.account.history.calls
    assert (call.at, world.clock.elapsed) == (0, 30)


def test_an_error_can_replace_the_response_after_the_change(lightsail) -> None:
    lightsail.faults.add(Fault.answer_lost(by=Fault.server_error()))
    client = lightsail.client(config=ONCE)
    with pytest.raises(client.exceptions.ServiceException):
        client.create_container_service(**NEW)
    assert "shop" in lightsail.services


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.dns_failure(), EndpointConnectionError),
        (Fault.answer_lost(by=Fault.connection_reset()), ConnectionClosedError),
    ],
)
def test_botocore_raises_its_own_error_for_a_failed_connection(lightsail, fault, error) -> None:
    lightsail.faults.add(fault)
    with pytest.raises(error):
        lightsail.client(config=ONCE).get_container_services()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("UnrecognizedClientException", 403),
        ("UnauthenticatedException", 400),
        ("RegionSetupInProgressException", 400),
    ],
)
def test_an_injected_error_prevents_the_change(lightsail, code, status) -> None:
    lightsail.faults.add(Fault.error(code))
    with pytest.raises(ClientError) as caught:
        lightsail.client(config=ONCE).create_container_service(**NEW)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert not lightsail.services


@pytest.mark.parametrize("code", STATUS)
def test_every_error_can_be_injected_by_its_code(world: World, code: str) -> None:
    world.account.faults.add(Fault.error(code, "as you like"))
    reply = world.call("GetContainerServices")
    assert reply.status == STATUS[code]
    assert reply.body["__type"].rpartition("#")[2] == code
    assert reply.body["message"] == "as you like"


def test_an_unknown_error_code_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="ThrottlingException"):
        Fault.error("TooManyTeapots")


def test_a_slow_response_takes_the_given_time(world: World) -> None:
    world.account.faults.add(Fault.slow_answer(20))
    assert world.call("GetContainerServices").status == 200
    assert world.clock.elapsed == 20


def test_a_client_without_a_read_timeout_receives_a_very_slow_response(lightsail) -> None:
    lightsail.faults.add(Fault.slow_answer(3600))
    lightsail.client(config=Config(read_timeout=None)).create_container_service(**NEW)
    assert lightsail.clock.elapsed == pytest.approx(3600.1)


def test_a_retry_after_a_slow_response_finds_the_name_in_use(lightsail) -> None:
    lightsail.faults.add(Fault.slow_answer(20))
    with pytest.raises(ClientError, match="Some names are already in use: shop"):
        lightsail.client(config=Config(read_timeout=3)).create_container_service(**NEW)
    assert [call.error for call in lightsail.calls] == ["read_timeout", "InvalidInputException"]


def test_a_fault_hits_the_nth_call(world: World) -> None:
    world.account.faults.add(Fault.throttling(), nth=3)
    statuses = [world.call("GetContainerServices").status for _ in range(4)]
    assert statuses == [200, 200, 400, 200]


def test_an_unused_fault_is_reported_unless_it_is_optional(world: World) -> None:
    world.account.faults.add(Fault.throttling(), operation="DeleteContainerService")
    world.account.faults.add(Fault.throttling(), service="shop", optional=True)
    assert world.account.faults.unused() == [
        "faults.add(throttling, operation='DeleteContainerService')"
    ]
