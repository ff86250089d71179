"""Operations that are not simulated raise an error, or return a canned response."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore import xform_name
from hypothesis import HealthCheck, Phase, given, settings

from pytest_lightsail import OperationNotSimulatedError, simulate, strategies
from pytest_lightsail.simulator.operations import OPERATIONS
from tests.support.models import INSTALLED
from tests.support.profiles import STEADY

OTHERS = sorted(set(INSTALLED.operations) - set(OPERATIONS))
once = settings(
    max_examples=1,
    phases=[Phase.generate],
    deadline=None,
    derandomize=STEADY,
    database=None,
    suppress_health_check=list(HealthCheck),
)
some_other_operation = pytest.mark.parametrize("operation", OTHERS[::10])


def with_a_request(operation: str, check: Callable[[dict[str, Any]], None]) -> None:
    """Run a check with a valid request for the operation."""

    @once
    @given(request=strategies.requests(operation))
    def run(request: dict[str, Any]) -> None:
        check(request)

    run()


@some_other_operation
def test_the_error_for_a_call_without_a_canned_response_suggests_respond(operation: str) -> None:
    def check(request: dict[str, Any]) -> None:
        with (
            pytest.raises(
                OperationNotSimulatedError, match=rf"lightsail\.respond\('{operation}', "
            ),
            simulate() as lightsail,
        ):
            getattr(lightsail.client(), xform_name(operation))(**request)

    with_a_request(operation, check)


@some_other_operation
def test_an_operation_that_is_not_simulated_returns_its_canned_response(operation: str) -> None:
    def check(request: dict[str, Any]) -> None:
        with simulate() as lightsail:
            lightsail.respond(operation, {})
            getattr(lightsail.client(), xform_name(operation))(**request)
            assert lightsail.calls.count(operation) == 1

    with_a_request(operation, check)


def test_most_operations_of_the_service_model_are_not_simulated() -> None:
    assert set(OPERATIONS) < set(INSTALLED.operations)
    assert len(OTHERS) > 120
