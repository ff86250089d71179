"""The account responds to every botocore client, no matter when and how it was made."""

import botocore.session
import pytest
from botocore.config import Config

from pytest_lightsail import simulate

MADE_AT_IMPORT = botocore.session.Session().create_client(
    "lightsail",
    region_name="us-east-1",
    aws_access_key_id="made-at-import",
    aws_secret_access_key="made-at-import",
)


def create(client, name="shop"):
    client.create_container_service(serviceName=name, power="nano", scale=1)


def test_client_made_at_import_reaches_the_account(lightsail):
    create(MADE_AT_IMPORT)

    assert list(lightsail.services) == ["shop"]


def test_client_made_before_the_simulation_reaches_the_account(new_client):
    client = new_client()

    with simulate() as lightsail:
        create(client)

    assert list(lightsail.services) == ["shop"]


def test_client_made_by_an_earlier_session_reaches_the_account():
    session = botocore.session.Session()

    with simulate() as lightsail:
        create(session.create_client("lightsail", region_name="us-east-1"))

    assert list(lightsail.services) == ["shop"]


def test_client_made_during_the_simulation_reaches_the_account(lightsail, new_client):
    create(new_client())

    assert list(lightsail.services) == ["shop"]


def test_client_of_the_fixture_reaches_the_account(lightsail):
    create(lightsail.client())

    assert list(lightsail.services) == ["shop"]


@pytest.mark.parametrize(
    "url", ["https://proxy.example.org:8443", "http://127.0.0.1:1", "http://localhost/lightsail/"]
)
def test_client_with_an_endpoint_url_reaches_the_account(lightsail, new_client, url):
    create(new_client(endpoint_url=url))

    assert list(lightsail.services) == ["shop"]


def test_client_with_a_proxy_reaches_the_account(lightsail, new_client):
    create(new_client(config=Config(proxies={"https": "http://127.0.0.1:1"})))

    assert list(lightsail.services) == ["shop"]


def test_client_without_parameter_validation_reaches_the_account(lightsail, new_client):
    create(new_client(config=Config(parameter_validation=False)))

    assert list(lightsail.services) == ["shop"]


def test_all_clients_share_an_account(lightsail, new_client):
    create(new_client())

    shown = new_client().get_container_services(serviceName="shop")

    assert shown["containerServices"][0]["containerServiceName"] == "shop"
    assert [call.operation for call in lightsail.calls] == [
        "CreateContainerService",
        "GetContainerServices",
    ]


def test_each_client_uses_its_own_region(lightsail, new_client):
    create(new_client(region_name="eu-west-1"), "here")
    create(new_client(region_name="us-west-2"), "there")

    assert list(lightsail.region("eu-west-1").services) == ["here"]
    assert list(lightsail.region("us-west-2").services) == ["there"]
    assert [call.region for call in lightsail.calls] == ["eu-west-1", "us-west-2"]


def test_each_account_starts_empty_for_a_client_used_before(new_client):
    client = new_client()
    with simulate():
        create(client)

    with simulate():
        assert client.get_container_services()["containerServices"] == []


def test_client_of_another_service_uses_the_network(lightsail, network):
    client = botocore.session.Session().create_client(
        "sts", "us-east-1", aws_access_key_id="mine", aws_secret_access_key="mine"
    )

    with pytest.raises(network):
        client.get_caller_identity()

    assert not lightsail.calls


@pytest.mark.usefixtures("bare_environment")
def test_no_credentials_are_needed(new_client):
    with simulate() as lightsail:
        create(new_client())

    assert list(lightsail.services) == ["shop"]


@pytest.mark.usefixtures("bare_environment")
def test_no_credentials_are_needed_by_a_client_made_earlier(new_client):
    client = new_client()

    with simulate() as lightsail:
        create(client)

    assert list(lightsail.services) == ["shop"]


@pytest.mark.usefixtures("bare_environment")
def test_client_without_a_region_uses_the_region_of_the_account():
    with simulate(region="eu-central-1") as lightsail:
        create(botocore.session.Session().create_client("lightsail"))

    assert [call.region for call in lightsail.calls] == ["eu-central-1"]


@pytest.mark.usefixtures("bare_environment")
def test_region_from_the_environment_overrides_the_region_of_the_account(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")

    with simulate(region="eu-central-1") as lightsail:
        create(botocore.session.Session().create_client("lightsail"))

    assert [call.region for call in lightsail.calls] == ["ap-south-1"]


def test_expired_credentials_are_not_refreshed(lightsail, new_client):
    client = new_client()
    client._request_signer._credentials = Expired()

    create(client)

    assert list(lightsail.services) == ["shop"]


class Expired:
    """Credentials of a role, which botocore could refresh only over the network."""

    def get_frozen_credentials(self):
        raise AssertionError("the credentials were refreshed")
