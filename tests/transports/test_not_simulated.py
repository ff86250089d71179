"""Operations that are not simulated raise an error in the caller, and again at the end."""

import pytest

from pytest_lightsail import OperationNotSimulatedError, simulate


def swallow(call):
    """Make calls, ignore all errors, and return the number of successful calls."""
    try:
        call()
    except Exception:  # noqa: BLE001 - as callers do
        return 0
    return 1


@pytest.fixture
def lightsail():
    """A simulation that the test ends itself."""
    with simulate() as lightsail:
        yield lightsail
        lightsail.account.swallowed.clear()


def test_caller_gets_an_error_that_names_the_operation(lightsail):
    with pytest.raises(OperationNotSimulatedError, match=r"GetInstances \(Region eu-west-1\)"):
        lightsail.client("eu-west-1").get_instances()


def test_error_says_what_is_simulated(lightsail):
    with pytest.raises(OperationNotSimulatedError, match="CreateContainerService, "):
        lightsail.client().get_instances()


def test_error_is_not_retried(lightsail):
    with pytest.raises(OperationNotSimulatedError):
        lightsail.client().get_instances()

    assert len(lightsail.calls) == 1


def test_error_that_the_caller_swallows_comes_at_the_end():
    with pytest.raises(OperationNotSimulatedError, match="GetInstances"), simulate() as lightsail:
        swallow(lightsail.client().get_instances)


def test_error_of_the_block_is_not_hidden():
    with pytest.raises(ZeroDivisionError), simulate() as lightsail:
        _ = 1 / swallow(lightsail.client().get_instances)


@pytest.mark.lightsail(real_calls=True)
def test_simulation_is_over_when_the_error_comes_at_the_end(new_client, network):
    client = new_client(aws_access_key_id="mine", aws_secret_access_key="mine")
    with pytest.raises(OperationNotSimulatedError), simulate():
        client.get_instances()

    with pytest.raises(network):
        client.get_instances()


def test_call_is_recorded(lightsail):
    swallow(lightsail.client().get_instances)

    assert [(call.operation, call.error) for call in lightsail.calls] == [
        ("GetInstances", "OperationNotSimulatedError")
    ]
    assert "GetInstances" in lightsail.timeline()


def test_inner_simulation_alone_complains():
    with simulate() as outer, pytest.raises(OperationNotSimulatedError), simulate():
        outer.client().get_instances()
