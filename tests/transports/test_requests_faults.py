"""Faults that hit callers of `requests`, and the retries of their sessions."""

import time

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from pytest_lightsail import Fault
from tests.support.signed_requests import API, create, list_services

LOST = requests.exceptions


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.connection_refused(), LOST.ConnectionError),
        (Fault.connection_reset(), LOST.ConnectionError),
        (Fault.dns_failure(), LOST.ConnectionError),
        (Fault.read_timeout(), LOST.ReadTimeout),
        (Fault.slow_answer(30), LOST.ReadTimeout),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_fault_is_the_exception_that_requests_has_for_it(lightsail, fault, error):
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
def test_an_error_of_the_service_is_an_answer(lightsail, fault, status):
    lightsail.faults.add(fault)

    assert list_services().status_code == status


def test_an_exception_knows_its_request(lightsail):
    lightsail.faults.add(Fault.connection_refused())

    with pytest.raises(LOST.ConnectionError) as raised:
        list_services()

    assert raised.value.request.url == API


def test_a_lost_answer_has_changed_the_account(lightsail):
    lightsail.faults.add(Fault.answer_lost())

    with pytest.raises(LOST.ReadTimeout):
        create(timeout=10)

    assert list(lightsail.services) == ["shop"]


@pytest.mark.parametrize("timeout", [12, (3, 12)])
def test_a_read_that_times_out_takes_as_long_as_the_caller_waits(lightsail, timeout):
    lightsail.faults.add(Fault.read_timeout())
    before = time.monotonic()

    with pytest.raises(LOST.ReadTimeout):
        list_services(timeout=timeout)

    assert time.monotonic() - before == pytest.approx(12.1)


def test_a_caller_without_a_time_limit_is_told_so(lightsail):
    lightsail.faults.add(Fault.read_timeout())

    with pytest.raises(LOST.ReadTimeout, match="would wait forever"):
        list_services()


def test_a_slow_answer_in_time_is_an_answer(lightsail):
    lightsail.faults.add(Fault.slow_answer(8))

    answer = list_services(timeout=10)

    assert answer.json() == {"containerServices": []}
    assert answer.elapsed.total_seconds() == pytest.approx(8.1)


# --- the retries of a session ------------------------------------------------------------------------


def retrying(**retries):
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(**retries)))
    return session


def test_retries_of_the_session_meet_errors_and_wait_in_virtual_time(lightsail):
    lightsail.faults.add(Fault.service_unavailable(), times=2)
    session = retrying(total=5, status_forcelist=[503], allowed_methods=None, backoff_factor=10)

    assert list_services(session=session).status_code == 200
    assert len(lightsail.calls) == 3
    assert lightsail.clock.elapsed >= 20


def test_retries_of_the_session_meet_lost_connections(lightsail):
    lightsail.faults.add(Fault.connection_refused())
    lightsail.faults.add(Fault.connection_reset())
    session = retrying(total=5, allowed_methods=None)

    assert list_services(session=session).status_code == 200
    assert [one.error for one in lightsail.calls] == [
        "connection_refused",
        "connection_reset",
        None,
    ]


def test_a_method_that_is_not_to_be_repeated_is_not(lightsail):
    lightsail.faults.add(Fault.connection_reset())

    with pytest.raises(LOST.ConnectionError):
        list_services(session=retrying(total=5))

    assert len(lightsail.calls) == 1


def test_retries_that_are_used_up_are_a_retry_error(lightsail):
    lightsail.faults.add(Fault.service_unavailable(), times=None)
    session = retrying(total=2, status_forcelist=[503], allowed_methods=None)

    with pytest.raises(LOST.RetryError):
        list_services(session=session)

    assert len(lightsail.calls) == 3


def test_retries_that_are_used_up_can_give_the_last_answer(lightsail):
    lightsail.faults.add(Fault.service_unavailable(), times=None)
    session = retrying(total=2, status_forcelist=[503], allowed_methods=None, raise_on_status=False)

    assert list_services(session=session).status_code == 503
