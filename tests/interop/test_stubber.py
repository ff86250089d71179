"""Next to botocore's own Stubber on a client of the user: an active Stubber responds first."""

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from pytest_lightsail import simulate


def test_stub_answers_instead_of_the_account(lightsail):
    client = lightsail.client()
    with Stubber(client) as stubber:
        stubber.add_response("get_container_services", {"containerServices": []})

        assert client.get_container_services()["containerServices"] == []

    assert not lightsail.calls


def test_account_answers_again_after_the_stub(lightsail):
    client = lightsail.client()
    with Stubber(client) as stubber:
        stubber.add_client_error("get_container_services", "Teapot")
        with pytest.raises(ClientError, match="Teapot"):
            client.get_container_services()

    client.get_container_services()

    assert len(lightsail.calls) == 1


def test_stub_of_one_client_is_no_stub_of_another(lightsail):
    stubbed, other = lightsail.client(), lightsail.client()
    with Stubber(stubbed):
        other.get_container_services()

    assert len(lightsail.calls) == 1


def test_stub_that_began_before_the_simulation_wins(lightsail):
    client = lightsail.client()
    with Stubber(client) as stubber, simulate() as inner:
        stubber.add_response("get_container_services", {"containerServices": []})
        client.get_container_services()

    assert not inner.calls


def test_stub_answers_operations_that_are_not_simulated():
    with simulate() as lightsail:
        client = lightsail.client()
        with Stubber(client) as stubber:
            stubber.add_response("get_instances", {"instances": [{"name": "web"}]})
            shown = client.get_instances()

    assert shown["instances"][0]["name"] == "web"
    assert not lightsail.calls
