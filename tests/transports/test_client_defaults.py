"""Clients made during a simulation have dummy credentials, the caller's Region and AWS's endpoint."""

from __future__ import annotations

import stat
import sys

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError

from pytest_lightsail import ConfigurationError, Options, simulate

boto3 = pytest.importorskip("boto3")


def key_of(client) -> str:
    return client._request_signer._credentials.access_key


@pytest.fixture
def profiles(bare_environment, monkeypatch, tmp_path):
    """Configure a ``credential_process``, and return the path of the file that it would write."""
    program, ran = tmp_path / "program", tmp_path / "ran"
    program.write_text(f"#!{sys.executable}\nopen({str(ran)!r}, 'w')\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    config = tmp_path / "config"
    config.write_text(
        "[profile de]\nregion = eu-central-1\n"
        f"[profile program]\nregion = eu-west-1\ncredential_process = {program}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    return ran


def test_real_credentials_are_not_used(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    with simulate():
        assert key_of(boto3.client("lightsail")) == "testing"
        assert boto3.Session().get_credentials().access_key == "real"


def test_explicit_credentials_are_kept():
    with simulate():
        client = boto3.client("lightsail", aws_access_key_id="mine", aws_secret_access_key="mine")
    assert key_of(client) == "mine"


@pytest.mark.usefixtures("bare_environment")
def test_a_client_without_a_region_uses_the_region_of_the_account():
    with simulate(region="eu-west-1"):
        assert boto3.client("lightsail").meta.region_name == "eu-west-1"


@pytest.mark.usefixtures("profiles")
def test_a_profile_keeps_its_region():
    with simulate():
        client = boto3.Session(profile_name="de").client("lightsail")
    assert client.meta.region_name == "eu-central-1"


def test_the_region_of_a_config_is_kept():
    with simulate():
        client = boto3.client("lightsail", config=Config(region_name="eu-west-2"))
    assert client.meta.region_name == "eu-west-2"


def test_the_region_from_the_environment_is_kept(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with simulate():
        assert boto3.client("lightsail").meta.region_name == "ap-south-1"


def test_the_credential_process_of_a_profile_is_not_run(profiles):
    with simulate():
        boto3.Session(profile_name="program").client("lightsail").get_container_services()
    assert not profiles.exists()


def test_the_client_of_the_fixture_ignores_a_profile_that_does_not_exist(monkeypatch, lightsail):
    monkeypatch.setenv("AWS_PROFILE", "nope")
    assert lightsail.client().get_container_services()["containerServices"] == []


def test_a_client_keeps_the_endpoint_of_aws():
    with simulate():
        client = boto3.client("lightsail", region_name="eu-west-1")
    assert client.meta.endpoint_url == "https://lightsail.eu-west-1.amazonaws.com"


def test_the_default_session_of_boto3_is_restored(monkeypatch):
    mine = boto3.Session()
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with simulate():
        boto3.client("lightsail").get_container_services()
    assert boto3.DEFAULT_SESSION is None
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", mine)
    with simulate():
        boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is mine


def test_sessions_share_loaded_models(monkeypatch):
    read = []
    load_file = botocore.loaders.JSONFileLoader.load_file
    with simulate():
        boto3.Session().client("lightsail")
        monkeypatch.setattr(
            botocore.loaders.JSONFileLoader,
            "load_file",
            lambda self, path: read.append(path) or load_file(self, path),
        )
        boto3.Session().client("lightsail")
    assert read == []


def test_search_paths_added_by_one_session_do_not_affect_another():
    first, second = botocore.session.Session(), botocore.session.Session()
    paths = list(second.get_component("data_loader").search_paths)
    with simulate():
        first.create_client("lightsail", region_name="us-east-1")
        boto3.Session(botocore_session=first)  # adds the search path of boto3's models
        second.create_client("lightsail", region_name="us-east-1")
    assert second.get_component("data_loader").search_paths == paths


# --- presigned URLs ---


@pytest.mark.parametrize("calls", [0, 1])
def test_a_presigned_url_is_signed_with_dummy_credentials(calls):
    with simulate():
        client = boto3.client("lightsail", region_name="us-east-1")
        for _ in range(calls):
            client.get_container_services()
        url = client.generate_presigned_url("get_container_services")
    assert "X-Amz-Signature=" in url
    assert "X-Amz-Credential=testing" in url


# --- Regions without Lightsail ---


def test_a_call_to_a_region_that_does_not_exist_is_a_dns_failure():
    with simulate() as lightsail:
        client = boto3.client(
            "lightsail", region_name="us-esat-1", config=Config(retries={"total_max_attempts": 1})
        )
        with pytest.raises(EndpointConnectionError, match="did you mean 'us-east-1'"):
            client.create_container_service(serviceName="shop", power="nano", scale=1)
    assert not lightsail.services
    assert lightsail.calls.last.error == "dns_failure"


def test_a_call_to_a_region_without_lightsail_fails():
    with simulate():
        client = boto3.client(
            "lightsail", region_name="us-west-1", config=Config(retries={"total_max_attempts": 1})
        )
        with pytest.raises(EndpointConnectionError, match="no endpoint in 'us-west-1'"):
            client.get_container_services()


@pytest.mark.parametrize("region", botocore.session.Session().get_available_regions("lightsail"))
def test_every_lightsail_region_of_botocore_works(region):
    with simulate():
        client = boto3.client("lightsail", region_name=region)
        assert client.get_container_services()["containerServices"] == []


def test_options_reject_a_region_that_does_not_exist(lightsail):
    with pytest.raises(ConfigurationError, match="did you mean 'us-east-1'"):
        Options(region="us-esat-1")
    with pytest.raises(ConfigurationError, match="did you mean 'eu-west-1'"):
        lightsail.region("eu-wset-1")
