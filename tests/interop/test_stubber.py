"""If a client has an active Stubber of botocore, the Stubber responds and not the account."""

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from pytest_lightsail import simulate


def test_stub_responds_instead_of_the_account(lightsail):
    client = lightsail.client()
    with Stubber(client) as stubber:
        stubber.add_response("get_container_services", {"containerServices": []})

        assert client.get_container_services()["containerServices"] == []

    assert not lightsail.calls


def test_account_responds_again_after_the_stub(lightsail):
    client = lightsail.client()
    with Stubber(client) as stubber:
        stubber.add_client_error("get_container_services", "Teapot")
        with pytest.raises(ClientError, match="Teapot"):
            client.get_container_services()

    client.get_container_services()

    assert len(lightsail.calls) == 1


def test_stub_of_one_client_does_not_affect_another(lightsail):
    stubbed, other = lightsail.client(), lightsail.client()
    with Stubber(stubbed):
        other.get_container_services()

    assert len(lightsail.calls) == 1


def test_stub_activated_before_the_simulation_still_responds(lightsail):
    client = lightsail.client()
    with Stubber(client) as stubber, simulate() as inner:
        stubber.add_response("get_container_services", {"containerServices": []})
        client.get_container_services()

    assert not inner.calls


def test_stub_responds_to_an_operation_that_is_not_simulated():
    with simulate() as lightsail:
        client = lightsail.client()
        with Stubber(client) as stubber:
            stubber.add_response("get_instances", {"instances": [{"name": "web"}]})
            shown = client.get_instances()

    assert shown["instances"][0]["name"] == "web"
    assert not lightsail.calls
