"""The fixture ``lightsail_server`` serves the account of each test over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import Endpoint

CALL = """
import json, urllib.request, urllib.error

def call(server, operation):
    headers = {
        "X-Amz-Target": f"Lightsail_20161128.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    with urllib.request.urlopen(urllib.request.Request(server.url, b"{}", headers)) as response:
        return json.load(response)
"""

seen: list[str] = []


@pytest.mark.parametrize("number", range(3))
def test_every_test_has_a_clean_account_and_its_own_server(lightsail_server, number):
    endpoint = Endpoint(lightsail_server.url)
    assert endpoint.call("GetContainerServices")["containerServices"] == []
    endpoint.call("CreateContainerService", serviceName="shop", power="nano", scale=1)
    endpoint.connection.close()
    for url in seen:
        if url != lightsail_server.url:
            with pytest.raises(urllib.error.URLError, match="refused"):
                urllib.request.urlopen(url)  # noqa: S310 - a server on this machine
    seen.append(lightsail_server.url)


@settings(max_examples=10, database=None)
@given(scale=st.integers(1, 20))
def test_every_hypothesis_example_has_a_clean_account(lightsail, lightsail_server, scale):
    endpoint = Endpoint(lightsail_server.url)
    endpoint.call("CreateContainerService", serviceName="shop", power="nano", scale=scale)
    endpoint.connection.close()
    assert lightsail.services["shop"].scale == scale
    assert len(lightsail.calls) == 1


def test_a_call_that_is_not_simulated_fails_the_test_even_if_swallowed(pytester):
    pytester.makepyfile(
        f"""{CALL}
def test_swallows(lightsail_server):
    try:
        call(lightsail_server, "GetInstances")
    except urllib.error.HTTPError as error:
        assert error.code == 404
        assert "UnknownOperationException" in error.read().decode()
    assert len(lightsail_server.account.history.calls) == 1
"""
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*OperationNotSimulatedError: GetInstances (Region us-east-1)*"])


@pytest.mark.lightsail(region="eu-west-1")
def test_env_points_to_the_server_and_hides_other_aws_settings(lightsail_server, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("HOME_OF_TESTS", "here")
    env = lightsail_server.env
    aws = {name: value for name, value in env.items() if name.startswith("AWS_")}
    assert aws == {
        "AWS_ENDPOINT_URL_LIGHTSAIL": lightsail_server.url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_PAGER": "",
        "AWS_EXECUTION_ENV": "pytest-lightsail",
    }
    assert env["HOME_OF_TESTS"] == "here"
    assert lightsail_server.url.startswith("http://127.0.0.1:")


def test_a_boto3_program_needs_only_the_environment_variables(
    lightsail, lightsail_server, tmp_path
):
    pytest.importorskip("boto3", minversion="1.28", reason="older releases ignore AWS_ENDPOINT_URL")
    program = (
        "import boto3\n"
        'client = boto3.client("lightsail")\n'
        'client.create_container_service(serviceName="shop", power="nano", scale=3)\n'
    )
    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], env=lightsail_server.env, cwd=tmp_path, check=True
    )
    assert lightsail.services["shop"].scale == 3
