"""Which errors a state machine suppresses as refusals, and which it raises as bugs of the caller."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from pytest_lightsail import (
    Fault,
    LightsailStateMachine,
)


@pytest.fixture
def machine() -> Any:
    made = LightsailStateMachine()
    yield made
    made.teardown()


def test_a_refusal_by_the_service_ends_the_block(machine: Any) -> None:
    with machine.may_be_refused():
        machine.client.get_container_services(serviceName="nobody")
        pytest.fail("not reached")
    assert machine.lightsail.calls[-1].error == "NotFoundException"


def test_a_fault_counts_as_a_refusal(machine: Any) -> None:
    machine.lightsail.faults.add(Fault.connection_reset(), times=None)
    with machine.may_be_refused():
        machine.client.get_container_services()
        pytest.fail("not reached")


def test_what_botocore_refuses_is_the_fault_of_the_caller(machine: Any) -> None:
    with pytest.raises(ParamValidationError), machine.may_be_refused():
        machine.client.get_container_services(name="shop")


def test_an_error_of_the_caller_behind_a_refusal_is_raised(machine: Any) -> None:
    def tool() -> None:
        try:
            machine.client.get_container_services(serviceName="nobody")
        except ClientError:
            raise RuntimeError("release failed") from None

    with pytest.raises(RuntimeError), machine.may_be_refused():
        tool()


def test_an_old_refusal_that_comes_late_is_raised(machine: Any) -> None:
    def tool() -> None:
        try:
            machine.client.get_container_services(serviceName="nobody")
        except ClientError as error:
            machine.client.get_container_services()
            raise error  # noqa: TRY201 - not the way it came

    with pytest.raises(ClientError), machine.may_be_refused():
        tool()
