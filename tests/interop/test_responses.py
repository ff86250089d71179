"""`responses` can mock other hosts for callers of `requests` in the same test."""

import re

import pytest
import requests
import responses

from pytest_lightsail import simulate

URL = "https://status.example.org/health"


def use_both(client):
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    return requests.get(URL, timeout=5).json()


@responses.activate
def test_responses_decorator_works_with_the_fixture(lightsail):
    responses.get(URL, json={"ok": True})

    assert use_both(lightsail.client()) == {"ok": True}
    assert list(lightsail.services) == ["shop"]


def test_responses_works_inside_a_simulation():
    with simulate() as lightsail, responses.RequestsMock() as mocked:
        mocked.get(URL, json={"ok": True})
        assert use_both(lightsail.client()) == {"ok": True}

    assert len(lightsail.calls) == 1


def test_simulation_works_inside_responses():
    with responses.RequestsMock() as mocked:
        mocked.get(URL, json={"ok": True})
        with simulate() as lightsail:
            assert use_both(lightsail.client()) == {"ok": True}

    assert len(lightsail.calls) == 1


def test_responses_does_not_record_calls_made_with_boto3():
    with (
        responses.RequestsMock(assert_all_requests_are_fired=False) as mocked,
        simulate() as lightsail,
    ):
        lightsail.client().get_container_services()

    assert len(mocked.calls) == 0


# --- the account responds to `requests` in the same test ---------------------------------------------

API = "https://lightsail.us-east-1.amazonaws.com/"
TARGET = {
    "X-Amz-Target": "Lightsail_20161128.GetContainerServices",
    "Content-Type": "application/x-amz-json-1.1",
}


def call_the_account():
    return requests.post(API, data="{}", headers=TARGET, timeout=5).json()


@responses.activate
def test_the_account_and_responses_each_respond_for_their_own_hosts(lightsail):
    responses.get(URL, json={"ok": True})

    assert call_the_account() == {"containerServices": []}
    assert requests.get(URL, timeout=5).json() == {"ok": True}
    assert len(lightsail.calls) == 1


@responses.activate
def test_responses_still_blocks_unknown_hosts(lightsail):
    with pytest.raises(requests.ConnectionError, match="refused by Responses"):
        requests.get("https://elsewhere.example.org/", timeout=5)

    assert call_the_account() == {"containerServices": []}


@responses.activate
def test_responses_does_not_record_calls_and_visits_made_with_requests(lightsail):
    call_the_account()
    requests.get(service_url(lightsail), timeout=5)

    assert len(responses.calls) == 0


def test_a_strict_mock_passes_if_its_request_is_sent():
    with simulate(), responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
        mocked.get(URL, json={})
        call_the_account()
        requests.get(URL, timeout=5)

        assert len(mocked.calls) == 1


def test_a_strict_mock_still_fails_if_its_request_is_not_sent():
    def body():
        with responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
            mocked.get(URL, json={})
            call_the_account()

    with simulate(), pytest.raises(AssertionError, match=f"(?i)not all requests .*{URL}"):
        body()


def test_the_account_responds_whether_responses_starts_before_or_after_it():
    with responses.RequestsMock(), simulate() as lightsail:
        call_the_account()
    with simulate() as another, responses.RequestsMock():
        call_the_account()

    assert [len(lightsail.calls), len(another.calls)] == [1, 1]


def test_requests_is_restored_if_responses_ends_before_the_simulation():
    send, get_adapter = requests.adapters.HTTPAdapter.send, requests.Session.get_adapter
    mocked, simulation = responses.RequestsMock(), simulate()
    mocked.start()
    with simulation:
        mocked.stop(allow_assert=False)
        call_the_account()

    assert requests.adapters.HTTPAdapter.send is send
    assert requests.Session.get_adapter is get_adapter


def test_passthrough_does_not_apply_to_the_account():
    with simulate() as lightsail, responses.RequestsMock() as mocked:
        mocked.add_passthru("https://")
        call_the_account()
        requests.post(service_url(lightsail), timeout=5)

    assert len(lightsail.calls) == 2


def test_passthrough_to_other_hosts_goes_to_the_network(lightsail):
    with responses.RequestsMock() as mocked:
        mocked.add_passthru(URL)
        with pytest.raises(pytest.fail.Exception, match="tried to use the network"):
            requests.get(URL, timeout=5)


def test_responses_can_be_activated_twice_in_one_simulation():
    @responses.activate
    def body():
        responses.get(URL, json={"ok": True})
        return call_the_account(), requests.get(URL, timeout=5).json()

    with simulate():
        assert body() == body() == ({"containerServices": []}, {"ok": True})


def service_url(lightsail, name="shop"):
    lightsail.client().create_container_service(serviceName=name, power="nano", scale=1)
    return lightsail.services[name].url


@responses.activate
def test_the_account_takes_precedence_over_mocks_of_its_addresses(lightsail):
    responses.add(responses.POST, API, json={"mocked": True})
    responses.add(responses.POST, re.compile(".*"), json={"mocked": True})

    assert call_the_account() == {"containerServices": []}
    assert requests.post(URL, timeout=5).json() == {"mocked": True}
