"""Next to `responses`, which mocks other hosts for callers of `requests` in the same test."""

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
def test_responses_as_a_decorator_of_a_test_with_the_fixture(lightsail):
    responses.get(URL, json={"ok": True})

    assert use_both(lightsail.client()) == {"ok": True}
    assert list(lightsail.services) == ["shop"]


def test_responses_inside_a_simulation():
    with simulate() as lightsail, responses.RequestsMock() as mocked:
        mocked.get(URL, json={"ok": True})
        assert use_both(lightsail.client()) == {"ok": True}

    assert len(lightsail.calls) == 1


def test_simulation_inside_responses():
    with responses.RequestsMock() as mocked:
        mocked.get(URL, json={"ok": True})
        with simulate() as lightsail:
            assert use_both(lightsail.client()) == {"ok": True}

    assert len(lightsail.calls) == 1


def test_responses_sees_no_call_of_ours():
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


def ask_the_account():
    return requests.post(API, data="{}", headers=TARGET, timeout=5).json()


@responses.activate
def test_both_answer_each_what_is_theirs(lightsail):
    responses.get(URL, json={"ok": True})

    assert ask_the_account() == {"containerServices": []}
    assert requests.get(URL, timeout=5).json() == {"ok": True}
    assert len(lightsail.calls) == 1


@responses.activate
def test_what_neither_knows_stays_blocked(lightsail):
    with pytest.raises(requests.ConnectionError, match="refused by Responses"):
        requests.get("https://elsewhere.example.org/", timeout=5)

    assert ask_the_account() == {"containerServices": []}


@responses.activate
def test_responses_keeps_no_record_of_our_calls(lightsail):
    ask_the_account()
    requests.get(service_url(lightsail), timeout=5)

    assert len(responses.calls) == 0


def test_a_strict_mock_does_not_miss_anything():
    with simulate(), responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
        mocked.get(URL, json={})
        ask_the_account()
        requests.get(URL, timeout=5)

        assert len(mocked.calls) == 1


def test_a_strict_mock_still_notices_what_was_not_asked():
    def body():
        with responses.RequestsMock(assert_all_requests_are_fired=True) as mocked:
            mocked.get(URL, json={})
            ask_the_account()

    with simulate(), pytest.raises(AssertionError, match=f"(?i)not all requests .*{URL}"):
        body()


def test_the_account_answers_whichever_began_first():
    with responses.RequestsMock(), simulate() as lightsail:
        ask_the_account()
    with simulate() as another, responses.RequestsMock():
        ask_the_account()

    assert [len(lightsail.calls), len(another.calls)] == [1, 1]


def test_ends_that_cross_leave_requests_as_it_was():
    send, get_adapter = requests.adapters.HTTPAdapter.send, requests.Session.get_adapter
    mocked, simulation = responses.RequestsMock(), simulate()
    mocked.start()
    with simulation:
        mocked.stop(allow_assert=False)
        ask_the_account()

    assert requests.adapters.HTTPAdapter.send is send
    assert requests.Session.get_adapter is get_adapter


def test_passing_through_is_not_for_what_the_account_answers():
    with simulate() as lightsail, responses.RequestsMock() as mocked:
        mocked.add_passthru("https://")
        ask_the_account()
        requests.post(service_url(lightsail), timeout=5)

    assert len(lightsail.calls) == 2


def test_passing_through_goes_to_the_network_for_all_else(lightsail):
    with responses.RequestsMock() as mocked:
        mocked.add_passthru(URL)
        with pytest.raises(pytest.fail.Exception, match="tried to use the network"):
            requests.get(URL, timeout=5)


def test_a_second_activation_begins_as_the_first():
    @responses.activate
    def body():
        responses.get(URL, json={"ok": True})
        return ask_the_account(), requests.get(URL, timeout=5).json()

    with simulate():
        assert body() == body() == ({"containerServices": []}, {"ok": True})


def service_url(lightsail, name="shop"):
    lightsail.client().create_container_service(serviceName=name, power="nano", scale=1)
    return lightsail.services[name].url


@responses.activate
def test_the_account_answers_its_addresses_whatever_is_mocked(lightsail):
    responses.add(responses.POST, API, json={"mocked": True})
    responses.add(responses.POST, re.compile(".*"), json={"mocked": True})

    assert ask_the_account() == {"containerServices": []}
    assert requests.post(URL, timeout=5).json() == {"mocked": True}
