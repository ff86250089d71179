"""Faults that hit a call before the account processes it."""

from __future__ import annotations

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.simulator.faults import Fault
from pytest_lightsail.simulator.wire import Disconnect

ERRORS = {
    "throttling": (400, "ThrottlingException"),
    "server_error": (500, "ServiceException"),
    "service_unavailable": (503, "ServiceUnavailable"),
    "access_denied": (400, "AccessDeniedException"),
}
DISCONNECTS = ["connection_refused", "connection_reset", "read_timeout"]
MODELLED = {"server_error", "access_denied"}

every_error = pytest.mark.parametrize("kind", ERRORS)
every_disconnect = pytest.mark.parametrize("kind", DISCONNECTS)
every_kind = pytest.mark.parametrize("kind", [*ERRORS, *DISCONNECTS])


def fault(kind: str) -> Fault:
    return getattr(Fault, kind)()


@every_kind
def test_equal_faults_have_the_same_hash(kind):
    assert {fault(kind), fault(kind)} == {fault(kind)}


# --- each kind ---------------------------------------------------------------------------------------


@every_error
def test_a_fault_replaces_the_response_of_the_account(world, kind):
    world.account.faults.add(fault(kind))
    reply = world.call("GetContainerServices")
    error = reply.error or reply.body["__type"]
    assert (reply.status, error) == ERRORS[kind]
    assert reply.body["message"]


@every_error
def test_an_injected_error_has_the_members_of_its_kind(world, kind):
    world.account.faults.add(fault(kind))
    body = world.call("GetContainerServices").body
    modelled = {"__type", "code", "message", "tip"}
    assert set(body) == (modelled if kind in MODELLED else {"__type", "message"})


@every_error
def test_an_injected_error_has_the_usual_headers(world, kind):
    world.account.faults.add(fault(kind))
    headers = world.call("GetContainerServices").headers
    assert headers["x-amzn-RequestId"]
    assert headers["Date"] == "Thu, 26 May 2022 00:00:00 GMT"


@every_disconnect
def test_a_connection_fault_disconnects_in_the_requested_way(world, kind):
    world.account.faults.add(fault(kind))
    assert world.handle("GetContainerServices") == Disconnect(kind)


@every_kind
def test_a_fault_has_the_name_of_its_kind(kind):
    assert fault(kind).name == kind


@every_kind
def test_a_call_that_a_fault_hits_changes_nothing(world, kind):
    world.running()
    before = world.snapshot()
    world.account.faults.add(fault(kind), times=None)
    world.handle("DeleteContainerService", serviceName="shop")
    world.handle("UpdateContainerService", serviceName="shop", scale=3)
    assert world.snapshot() == before


@every_kind
def test_a_call_that_a_fault_hits_still_takes_the_latency(new_world, kind):
    world = new_world(latency=0.5)
    world.account.faults.add(fault(kind))
    world.handle("GetContainerServices")
    assert world.elapsed == 0.5


@every_kind
def test_a_call_that_a_fault_hits_is_recorded_with_the_fault(world, kind):
    world.account.faults.add(fault(kind))
    world.handle("GetContainerServices", serviceName="shop")
    (call,) = world.account.history.calls
    status, error = ERRORS.get(kind, (None, kind))
    assert (call.fault, call.status, call.error) == (kind, status, error)
    assert call.service == "shop"
    assert call.response is None


# --- which calls a fault hits ------------------------------------------------------------------------


def throttled(world, operation: str = "GetContainerServices", **parameters: object) -> bool:
    reply = world.call(operation, **parameters)
    return reply.body.get("__type", "").endswith("ThrottlingException")


def test_a_fault_hits_once_by_default(world):
    world.account.faults.add(Fault.throttling())
    assert [throttled(world) for _ in range(3)] == [True, False, False]


def test_a_fault_can_hit_several_times(world):
    world.account.faults.add(Fault.throttling(), times=2)
    assert [throttled(world) for _ in range(4)] == [True, True, False, False]


def test_a_fault_can_hit_every_time(world):
    world.account.faults.add(Fault.throttling(), times=None)
    assert all(throttled(world) for _ in range(20))


def test_a_fault_can_be_limited_to_one_operation(world):
    world.ready()
    world.account.faults.add(Fault.throttling(), operation="DeleteContainerService")
    assert not throttled(world)
    assert throttled(world, "DeleteContainerService", serviceName="shop")


def test_a_fault_can_be_limited_to_one_service(world):
    world.ready("a")
    world.ready("b")
    world.account.faults.add(Fault.throttling(), service="b")
    assert not throttled(world, serviceName="a")
    assert not throttled(world)
    assert throttled(world, serviceName="b")


def test_a_fault_can_be_limited_to_one_operation_on_one_service(world):
    world.ready("a")
    world.ready("b")
    world.account.faults.add(Fault.throttling(), operation="UpdateContainerService", service="b")
    assert not throttled(world, serviceName="b")
    assert not throttled(world, "UpdateContainerService", serviceName="a")
    assert throttled(world, "UpdateContainerService", serviceName="b")


def test_a_call_that_does_not_match_does_not_use_up_a_fault(world):
    world.ready()
    world.account.faults.add(Fault.throttling(), operation="DeleteContainerService")
    for _ in range(5):
        world.get()
    assert throttled(world, "DeleteContainerService", serviceName="shop")


def test_the_first_matching_fault_hits(world):
    world.account.faults.add(Fault.throttling())
    world.account.faults.add(Fault.server_error())
    errors = [world.call("GetContainerServices").body.get("__type", "") for _ in range(3)]
    assert errors == ["com.amazon.coral.service#ThrottlingException", "ServiceException", ""]


NTH = {1: Fault.throttling(), 2: Fault.server_error(), 3: Fault.service_unavailable()}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_each_fault_hits_its_nth_call_in_any_order_of_adding(world, order):
    for nth in order:
        world.account.faults.add(NTH[nth], nth=nth)
    for _ in range(4):
        world.handle("GetContainerServices")
    faults = [call.fault for call in world.account.history.calls]
    assert faults == ["throttling", "server_error", "service_unavailable", None]


def test_a_fault_hits_the_next_call_if_another_fault_hits_its_own(world):
    world.account.faults.add(Fault.throttling(), nth=2)
    world.account.faults.add(Fault.server_error(), nth=2, times=2)
    for _ in range(5):
        world.handle("GetContainerServices")
    faults = [call.fault for call in world.account.history.calls]
    assert faults == [None, "throttling", "server_error", "server_error", None]
    assert not world.account.faults.to_come()


def test_a_fault_that_another_always_preempts_is_reported_as_unused(world):
    world.account.faults.add(Fault.throttling(), times=None)
    world.account.faults.add(Fault.server_error())
    for _ in range(3):
        assert throttled(world)
    assert world.account.faults.unused() == ["faults.add(server_error)"]


def test_a_fault_after_the_change_counts_calls_like_any_other(world):
    world.account.faults.add(Fault.throttling())
    world.account.faults.add(Fault.answer_lost(), nth=2)
    for _ in range(3):
        world.handle("GetContainerServices")
    faults = [call.fault for call in world.account.history.calls]
    assert faults == ["throttling", "answer_lost by read_timeout", None]


def test_a_fault_hits_before_the_request_is_checked(world):
    world.account.faults.add(Fault.throttling())
    assert throttled(world, "CreateContainerService", serviceName="!")


def test_a_fault_does_not_hit_a_malformed_request(world):
    world.account.faults.add(Fault.throttling())
    assert b"SerializationException" in world.send(b"{").body
    assert throttled(world)


@pytest.mark.parametrize("name", [[], {}, 7, None, True, ["shop"]])
def test_a_fault_for_a_service_does_not_hit_an_invalid_service_name(world, name):
    world.account.faults.add(Fault.throttling(), service="shop")
    assert not throttled(world, serviceName=name)


# --- invalid faults ----------------------------------------------------------------------------------


def test_a_fault_for_an_unknown_operation_is_refused(world):
    with pytest.raises(ConfigurationError, match="no operation 'get_container_services'"):
        world.account.faults.add(Fault.throttling(), operation="get_container_services")


@pytest.mark.parametrize("times", [0, -1])
def test_a_fault_that_hits_less_than_once_is_refused(world, times):
    with pytest.raises(ConfigurationError, match=r"times=.*: expected a whole number from 1"):
        world.account.faults.add(Fault.throttling(), times=times)


def test_a_refused_fault_hits_no_call(world):
    with pytest.raises(ConfigurationError):
        world.account.faults.add(Fault.throttling(), times=0)
    assert not throttled(world)
