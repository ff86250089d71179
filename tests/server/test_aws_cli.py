"""The AWS CLI, unmodified, against the endpoint: commands, errors and exit codes."""

from __future__ import annotations

import json

import pytest

from pytest_lightsail import Fault

CONTAINERS = {"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}
ENDPOINT = {"containerName": "web", "containerPort": 80}
SERVICE_ERROR, USAGE_ERROR = 254, 252
"""Exit codes: the service has refused; the command line is wrong. Older releases have 255 and 2."""


@pytest.fixture
def shop(lightsail, lightsail_client):
    """A service that runs."""
    lightsail_client.create_container_service(
        serviceName="shop",
        power="nano",
        scale=1,
        deployment={"containers": CONTAINERS, "publicEndpoint": ENDPOINT},
    )
    lightsail.clock.advance(600)
    assert lightsail.services["shop"].state == "RUNNING"
    return lightsail.services["shop"]


def ok(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout) if result.stdout.strip() else None


def test_a_refusal_is_an_error_message_and_an_exit_code(aws):
    result = aws("get-container-services", "--service-name", "none")
    assert result.returncode in (SERVICE_ERROR, 255)
    assert "An error occurred (NotFoundException) when calling the GetContainerServices" in (
        result.stderr
    )
    assert result.stdout == ""


def test_throttling_is_survived_by_the_cli_s_own_retries(aws, lightsail):
    lightsail.faults.add(Fault.throttling(), operation="GetContainerServices")
    assert ok(aws("get-container-services")) == {"containerServices": []}
    assert lightsail.calls.count("GetContainerServices") == 2
