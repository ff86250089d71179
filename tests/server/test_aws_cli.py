"""The AWS CLI, unmodified, against the endpoint: commands, poll loops, errors and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_lightsail import Fault

SCRIPTS = Path(__file__).parent / "scripts"
CONTAINERS = {"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}
ENDPOINT = {"containerName": "web", "containerPort": 80}
SERVICE_ERROR, USAGE_ERROR = 254, 252
"""Exit codes: the service has refused; the command line is wrong. Older releases have 255 and 2."""


@pytest.fixture
def files(tmp_path):
    """What ``--containers`` and ``--public-endpoint`` name."""
    for name, document in (("containers", CONTAINERS), ("endpoint", ENDPOINT)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    return "containers.json", "endpoint.json"


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


def test_a_script_releases_and_cleans_up(shell, lightsail, files, monkeypatch):
    monkeypatch.setenv("PAUSE", "0.1")
    result = shell(str(SCRIPTS / "release.sh"), "shop", *files)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("https://shop.")
    assert "deploying version 1\n" in result.stdout
    assert "[deployment:1]" in result.stdout
    assert result.stdout.endswith("released and removed shop\n")
    assert len(lightsail.services) == 0
    assert lightsail.calls[0].parameters["tags"] == [{"key": "team", "value": "web"}]


def test_a_script_notices_a_failed_deployment(shell, lightsail, files, monkeypatch):
    monkeypatch.setenv("PAUSE", "0.1")
    lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    result = shell(str(SCRIPTS / "release.sh"), "shop", *files)
    assert result.returncode == 1
    assert result.stderr == "version 1 has failed\n"
    assert lightsail.services["shop"].state == "READY"
