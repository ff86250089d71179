"""Operations that are not simulated raise an error in the caller, and again at the end of the block."""

import pytest

from pytest_lightsail import OperationNotSimulatedError, simulate


def swallow(call):
    """Make a call, ignore its error, and return the number of successful calls."""
    try:
        call()
    except Exception:  # noqa: BLE001 - as some callers do
        return 0
    return 1


@pytest.fixture
def lightsail():
    """A simulation that does not raise swallowed errors at its end."""
    with simulate() as lightsail:
        yield lightsail
        lightsail.account.swallowed.clear()


def test_error_names_the_operation_and_the_region(lightsail):
    with pytest.raises(OperationNotSimulatedError, match=r"GetInstances \(Region eu-west-1\)"):
        lightsail.client("eu-west-1").get_instances()


def test_error_lists_the_simulated_operations(lightsail):
    with pytest.raises(OperationNotSimulatedError, match="CreateContainerService, "):
        lightsail.client().get_instances()


def test_error_is_not_retried(lightsail):
    with pytest.raises(OperationNotSimulatedError):
        lightsail.client().get_instances()

    assert len(lightsail.calls) == 1


def test_swallowed_error_is_raised_at_the_end_of_the_simulation():
    with pytest.raises(OperationNotSimulatedError, match="GetInstances"), simulate() as lightsail:
        swallow(lightsail.client().get_instances)


def test_swallowed_error_does_not_hide_an_exception_of_the_block():
    with pytest.raises(ZeroDivisionError), simulate() as lightsail:
        _ = 1 / swallow(lightsail.client().get_instances)


@pytest.mark.lightsail(real_calls=True)
def test_simulation_has_ended_when_it_raises_the_error(new_client, network):
    client = new_client(aws_access_key_id="mine", aws_secret_access_key="mine")
    with pytest.raises(OperationNotSimulatedError), simulate():
        client.get_instances()

    with pytest.raises(network):
        client.get_instances()


def test_call_of_an_operation_that_is_not_simulated_is_recorded(lightsail):
    swallow(lightsail.client().get_instances)

    assert [(call.operation, call.error) for call in lightsail.calls] == [
        ("GetInstances", "OperationNotSimulatedError")
    ]
    assert "GetInstances" in lightsail.timeline()


def test_only_the_inner_simulation_raises_the_error():
    with simulate() as outer, pytest.raises(OperationNotSimulatedError), simulate():
        outer.client().get_instances()
