"""Beside `responses`, which answers the callers of `requests` in the same test."""

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


def test_answer_of_the_services_own_url(lightsail):
    client = lightsail.client()
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    url = lightsail.services["shop"].url

    with responses.RequestsMock() as mocked:
        mocked.get(f"{url}health", body="well")

        assert requests.get(f"{url}health", timeout=5).text == "well"
