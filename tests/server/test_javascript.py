"""The unmodified AWS SDK for JavaScript works with the endpoint."""

from __future__ import annotations

import json

import pytest

from pytest_lightsail import Fault


@pytest.fixture
def call(node):
    """Return a function that makes a call with the SDK and returns the result or the error."""

    def call(operation, **parameters):
        result = node("call.mjs", operation, json.dumps(parameters))
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    return call


@pytest.fixture
def release(node, monkeypatch):
    """Return a function that runs the release script."""
    monkeypatch.setenv("PAUSE", "0.1")
    return lambda *options: node("release.mjs", "shop", "nginx:1.27", *options)


def test_a_script_releases_and_cleans_up(release, lightsail):
    result = release()
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("version 1 is ACTIVE at https://shop.")
    assert lines[1].startswith("2022-05-26T00:")
    assert lines[-1] == "released and removed shop"
    assert len(lightsail.services) == 0


def test_a_script_notices_a_failed_deployment(release, lightsail):
    lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    result = release()
    assert result.returncode == 1
    assert "version 1 has failed" in result.stderr.splitlines()
    assert lightsail.services["shop"].state == "READY"


def test_a_script_gives_up_waiting_for_a_deployment_that_never_ends(
    release, lightsail, monkeypatch
):
    lightsail.script.deploy(never_ends=True)
    lightsail.script.create(takes=0)
    monkeypatch.setenv("PAUSE", "0.005")
    result = release()
    assert result.returncode == 1
    assert lightsail.services["shop"].state == "DEPLOYING"


def test_the_sdk_retries_a_call_whose_response_was_lost(call, lightsail):
    lightsail.faults.add(Fault.answer_lost(), operation="CreateContainerService")
    result = call("CreateContainerService", serviceName="shop", power="nano", scale=1)
    assert result["error"] == "InvalidInputException"
    assert lightsail.calls.count("CreateContainerService") == 2


def test_the_sdk_retries_a_throttled_call(call, lightsail):
    lightsail.faults.add(Fault.throttling(), times=2)
    assert call("GetContainerServices") == {"answer": {"containerServices": []}, "attempts": 3}


def test_the_sdk_raises_its_own_exception_for_a_refusal(call):
    result = call("GetContainerServices", serviceName="none")
    assert result["error"] == "NotFoundException"
    assert (result["status"], result["fault"], result["modelled"]) == (400, "client", True)
    assert result["attempts"] == 1
    assert result["tip"]
