"""botocore retries faults itself, in each retry mode, and backs off in virtual time."""

import random
from types import SimpleNamespace

import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import RetryContext, RetryQuotaChecker

from pytest_lightsail import Fault, simulate

MODES = {"legacy": 5, "standard": 3, "adaptive": 3}
"""The number of attempts in each retry mode."""

RETRIED = {
    "throttling": ClientError,
    "server_error": ClientError,
    "service_unavailable": ClientError,
    "connection_refused": EndpointConnectionError,
    "connection_reset": ConnectionClosedError,
    "read_timeout": ReadTimeoutError,
}
NOT_RETRIED = ["AccessDeniedException", "ExpiredTokenException"]


def fault(name):
    return getattr(Fault, name)()


def retrying(lightsail, mode, **retries):
    return lightsail.client(config=Config(retries={"mode": mode, **retries}))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", RETRIED)
def test_permanent_fault_is_retried_and_then_raised(lightsail, mode, name):
    lightsail.faults.add(fault(name), times=None)

    with pytest.raises(RETRIED[name]):
        retrying(lightsail, mode).get_container_services()

    assert [call.fault for call in lightsail.calls] == [name] * MODES[mode]


def test_retry_quota_is_full_at_the_start_of_every_account(new_client):
    """A client made at import carries no state from one test to the next."""
    client = new_client(config=Config(retries={"mode": "standard"}))

    def attempts(times):
        with simulate() as lightsail:
            lightsail.faults.add(Fault.throttling(), times=None)
            for _ in range(times):
                with pytest.raises(ClientError):
                    client.get_container_services()
            return len(lightsail.calls)

    spent = attempts(300)
    assert spent < 300 * MODES["standard"]
    assert attempts(1) == MODES["standard"]
    assert attempts(300) == spent


def test_retry_quota_of_other_services_is_unaffected():
    model = SimpleNamespace(service_model=SimpleNamespace(service_name="s3"))
    acquire = RetryQuotaChecker.acquire_retry_quota
    with simulate():
        assert RetryQuotaChecker.acquire_retry_quota is not acquire
        checker = RetryQuotaChecker(RetryQuota(initial_capacity=1))
        assert not checker.acquire_retry_quota(RetryContext(1, operation_model=model))
    assert RetryQuotaChecker.acquire_retry_quota is acquire


def test_patch_of_the_retry_quota_by_another_tool_is_kept(monkeypatch):
    asked, original = [], RetryQuotaChecker.acquire_retry_quota

    def acquire_retry_quota(checker, context):
        asked.append(context.attempt_number)
        return below(checker, context)

    monkeypatch.setattr(RetryQuotaChecker, "acquire_retry_quota", original)  # restored at the end
    with simulate():
        below = RetryQuotaChecker.acquire_retry_quota
        RetryQuotaChecker.acquire_retry_quota = acquire_retry_quota
    with simulate() as lightsail:
        lightsail.faults.add(Fault.throttling())
        retrying(lightsail, "standard").get_container_services()

    assert asked == [1]
    assert RetryQuotaChecker.acquire_retry_quota is acquire_retry_quota


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", RETRIED)
def test_client_recovers_from_a_temporary_fault(lightsail, mode, name):
    lightsail.faults.add(fault(name), times=2)

    response = retrying(lightsail, mode).get_container_services()

    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert [call.fault for call in lightsail.calls] == [name, name, None]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("code", NOT_RETRIED)
def test_error_that_botocore_does_not_retry_is_raised_at_once(lightsail, mode, code):
    lightsail.faults.add(Fault.error(code), times=None)

    with pytest.raises(ClientError) as raised:
        retrying(lightsail, mode).get_container_services()

    assert raised.value.response["Error"]["Code"] == code
    assert len(lightsail.calls) == 1


@pytest.mark.parametrize("mode", MODES)
def test_client_config_sets_the_number_of_attempts(lightsail, mode):
    lightsail.faults.add(Fault.server_error(), times=None)
    client = retrying(lightsail, mode, total_max_attempts=2)

    with pytest.raises(client.exceptions.ServiceException) as raised:
        client.get_container_services()

    metadata = raised.value.response["ResponseMetadata"]
    assert (metadata["RetryAttempts"], metadata["MaxAttemptsReached"]) == (1, True)
    assert len(lightsail.calls) == 2


@pytest.mark.parametrize("mode", MODES)
def test_refusals_are_not_retried(lightsail, mode):
    client = retrying(lightsail, mode)

    with pytest.raises(client.exceptions.NotFoundException):
        client.get_container_services(serviceName="shop")

    assert len(lightsail.calls) == 1


def times_of_calls(mode, seed):
    with simulate(latency=1, seed=seed) as lightsail:
        lightsail.faults.add(Fault.server_error(), times=2)
        retrying(lightsail, mode).get_container_services()
        return [round(call.at, 9) for call in lightsail.calls]


@pytest.mark.parametrize("mode", MODES)
def test_backoff_takes_virtual_time_and_depends_only_on_the_seed(mode):
    state = random.getstate()
    first = times_of_calls(mode, 0)

    assert first[0] == 1
    assert first == sorted(set(first)) == times_of_calls(mode, 0)
    assert first != times_of_calls(mode, 1)
    assert random.getstate() == state


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_backs_off(lightsail, mode):
    lightsail.faults.add(Fault.throttling(), times=2)

    retrying(lightsail, mode).get_container_services()

    first, second, third = lightsail.calls
    assert (second.at - first.at) > 0.1
    assert (third.at - second.at) > 0.1


def test_service_changes_state_while_a_client_backs_off(lightsail):
    client = retrying(lightsail, "legacy")
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(39.95)
    lightsail.faults.add(Fault.throttling(), times=1)

    shown = client.get_container_services(serviceName="shop")

    assert shown["containerServices"][0]["state"] == "READY"


def test_call_with_a_read_timeout_does_not_change_the_account(lightsail):
    lightsail.faults.add(Fault.read_timeout())

    lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)

    assert list(lightsail.services) == ["shop"]
    assert lightsail.calls.count("CreateContainerService") == 2


@pytest.mark.parametrize("name", ["connection_refused", "connection_reset", "read_timeout"])
def test_connection_error_names_the_endpoint(lightsail, name):
    lightsail.faults.add(fault(name), times=None)
    client = lightsail.client(endpoint_url="https://lightsail.example.org")

    with pytest.raises(RETRIED[name], match=r"https://lightsail\.example\.org/"):
        client.get_container_services()


def test_fault_for_one_service_does_not_affect_the_others(lightsail):
    client = lightsail.client()
    lightsail.faults.add(Fault.access_denied(), service="shop", times=None)

    client.create_container_service(serviceName="blog", power="nano", scale=1)
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.create_container_service(serviceName="shop", power="nano", scale=1)

    assert list(lightsail.services) == ["blog"]


# --- how long a caller waits ----------------------------------------------------------------------------

IMPATIENT = Config(read_timeout=7, retries={"total_max_attempts": 1})


def test_read_timeout_fault_lasts_for_the_read_timeout_of_the_client(lightsail):
    client = lightsail.client(config=IMPATIENT)
    lightsail.faults.add(Fault.read_timeout())
    before = lightsail.clock.elapsed
    with pytest.raises(ReadTimeoutError):
        client.get_container_services()
    assert lightsail.clock.elapsed - before == pytest.approx(7.1)


def test_response_slower_than_the_read_timeout_is_lost(lightsail):
    client = lightsail.client(config=IMPATIENT)
    lightsail.faults.add(Fault.slow_answer(8), operation="CreateContainerService")
    with pytest.raises(ReadTimeoutError):
        client.create_container_service(serviceName="shop", power="nano", scale=1)
    assert lightsail.clock.elapsed == pytest.approx(7.1)
    assert "shop" in lightsail.services


def test_response_faster_than_the_read_timeout_arrives(lightsail):
    client = lightsail.client(config=IMPATIENT)
    lightsail.faults.add(Fault.slow_answer(6))
    assert client.get_container_services()["containerServices"] == []
    assert lightsail.clock.elapsed == pytest.approx(6.1)
