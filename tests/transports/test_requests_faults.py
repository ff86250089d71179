"""Faults that hit callers of `requests`, and the retries of their sessions."""

import time

import pytest
import requests
from requests import exceptions
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from pytest_lightsail import Fault
from tests.support.signed_requests import API, create, list_services


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.connection_refused(), exceptions.ConnectionError),
        (Fault.connection_reset(), exceptions.ConnectionError),
        (Fault.dns_failure(), exceptions.ConnectionError),
        (Fault.read_timeout(), exceptions.ReadTimeout),
        (Fault.slow_answer(30), exceptions.ReadTimeout),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_fault_raises_the_matching_exception_of_requests(lightsail, fault, error):
    lightsail.faults.add(fault)

    with pytest.raises(error) as raised:
        list_services(timeout=10).json()

    assert raised.type is error
    assert lightsail.calls.last.fault == fault.name


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.throttling(), 400), (Fault.service_unavailable(), 503), (Fault.server_error(), 500)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_an_error_of_the_service_is_a_response_with_its_status(lightsail, fault, status):
    lightsail.faults.add(fault)

    assert list_services().status_code == status


def test_an_exception_contains_its_request(lightsail):
    lightsail.faults.add(Fault.connection_refused())

    with pytest.raises(exceptions.ConnectionError) as raised:
        list_services()

    assert raised.value.request.url == API


def test_a_call_with_a_lost_response_changes_the_account(lightsail):
    lightsail.faults.add(Fault.answer_lost())

    with pytest.raises(exceptions.ReadTimeout):
        create(timeout=10)

    assert list(lightsail.services) == ["shop"]


@pytest.mark.parametrize("timeout", [12, (3, 12)])
def test_a_read_timeout_fault_lasts_for_the_timeout_of_the_caller(lightsail, timeout):
    lightsail.faults.add(Fault.read_timeout())
    before = time.monotonic()

    with pytest.raises(exceptions.ReadTimeout):
        list_services(timeout=timeout)

    assert time.monotonic() - before == pytest.approx(12.1)


def test_the_error_says_that_a_caller_without_a_timeout_would_wait_forever(lightsail):
    lightsail.faults.add(Fault.read_timeout())

    with pytest.raises(exceptions.ReadTimeout, match="would wait forever"):
        list_services()


def test_a_slow_response_within_the_timeout_arrives(lightsail):
    lightsail.faults.add(Fault.slow_answer(8))

    response = list_services(timeout=10)

    assert response.json() == {"containerServices": []}
    assert response.elapsed.total_seconds() == pytest.approx(8.1)


# --- the retries of a session ------------------------------------------------------------------------


def retrying(**retries):
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(**retries)))
    return session


def test_a_session_retries_error_responses_with_backoff_in_virtual_time(lightsail):
    lightsail.faults.add(Fault.service_unavailable(), times=2)
    session = retrying(total=5, status_forcelist=[503], allowed_methods=None, backoff_factor=10)

    assert list_services(session=session).status_code == 200
    assert len(lightsail.calls) == 3
    assert lightsail.clock.elapsed >= 20


def test_a_session_retries_lost_connections(lightsail):
    lightsail.faults.add(Fault.connection_refused())
    lightsail.faults.add(Fault.connection_reset())
    session = retrying(total=5, allowed_methods=None)

    assert list_services(session=session).status_code == 200
    assert [one.error for one in lightsail.calls] == [
        "connection_refused",
        "connection_reset",
        None,
    ]


def test_a_session_does_not_retry_post_by_default(lightsail):
    lightsail.faults.add(Fault.connection_reset())

    with pytest.raises(exceptions.ConnectionError):
        list_services(session=retrying(total=5))

    assert len(lightsail.calls) == 1


def test_exhausted_retries_raise_retry_error(lightsail):
    lightsail.faults.add(Fault.service_unavailable(), times=None)
    session = retrying(total=2, status_forcelist=[503], allowed_methods=None)

    with pytest.raises(exceptions.RetryError):
        list_services(session=session)

    assert len(lightsail.calls) == 3


def test_exhausted_retries_can_return_the_last_response(lightsail):
    lightsail.faults.add(Fault.service_unavailable(), times=None)
    session = retrying(total=2, status_forcelist=[503], allowed_methods=None, raise_on_status=False)

    assert list_services(session=session).status_code == 503
