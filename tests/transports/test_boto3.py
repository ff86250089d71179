"""Clients of boto3 reach the account, however they were made."""

import pytest

from pytest_lightsail import simulate

boto3 = pytest.importorskip("boto3")


@pytest.fixture(autouse=True)
def own_default_session(monkeypatch):
    """Restore boto3's default session."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def names(client):
    return [
        one["containerServiceName"] for one in client.get_container_services()["containerServices"]
    ]


@pytest.fixture
def account():
    """An account that contains a service."""
    with simulate(region="eu-west-1") as lightsail:
        lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)
        yield lightsail


def test_boto3_client_reaches_the_account(account):
    assert names(boto3.client("lightsail", region_name="eu-west-1")) == ["shop"]


def test_client_of_a_session_reaches_the_account(account):
    assert names(boto3.Session(region_name="eu-west-1").client("lightsail")) == ["shop"]


def test_client_of_the_default_session_reaches_the_account(account):
    boto3.setup_default_session(region_name="eu-west-1")

    assert names(boto3.client("lightsail")) == ["shop"]


def test_client_of_an_earlier_default_session_reaches_the_account():
    boto3.setup_default_session(region_name="eu-west-1")

    with simulate() as lightsail:
        boto3.client("lightsail").get_container_services()

    assert [call.region for call in lightsail.calls] == ["eu-west-1"]


@pytest.mark.usefixtures("bare_environment")
def test_client_without_credentials_or_region_reaches_the_account():
    with simulate(region="eu-west-1") as lightsail:
        boto3.client("lightsail").get_container_services()

    assert [call.region for call in lightsail.calls] == ["eu-west-1"]


@pytest.mark.usefixtures("bare_environment")
def test_client_of_a_session_made_without_credentials_reaches_the_account():
    session = boto3.Session()

    with simulate() as lightsail:
        session.client("lightsail", region_name="us-east-1").get_container_services()

    assert len(lightsail.calls) == 1
