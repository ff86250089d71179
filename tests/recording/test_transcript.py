"""``--lightsail-record`` writes a transcript; ``replay`` compares the simulated account with it."""

import json
from dataclasses import replace

import pytest

from pytest_lightsail import Options
from pytest_lightsail.cli import main
from pytest_lightsail.simulation.server import LightsailServer
from pytest_lightsail.simulator.account import Account
from pytest_lightsail.simulator.operations import OPERATIONS

pytestmark = pytest.mark.lightsail(real_calls=True)

TESTS = """
import boto3
import pytest


@pytest.mark.lightsail(real_calls=True)
def test_on_the_account():
    client = boto3.client("lightsail", "eu-west-1", endpoint_url={url!r}, **dict.fromkeys(
        ("aws_access_key_id", "aws_secret_access_key"), "AKIAIOSFODNN7EXAMPLE"))
    client.get_container_services(serviceName="old")
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_container_services(serviceName="none")
    client.create_container_service(
        serviceName="shop", power="nano", scale=1,
        deployment={{"containers": {{"web": {{
            "image": "nginx", "environment": {{"TOKEN": "hunter2-secret"}}}}}}}},
    )


def test_simulated(lightsail_client):
    lightsail_client.create_container_service(serviceName="other", power="nano", scale=1)
"""


class OtherMessage(Account):
    """An account with a different error message."""

    def handle(self, request, turn=None):
        response = super().handle(request, turn)
        body = response.body.replace(b"does not exist", b"is not there")
        headers = [each for each in response.headers if each[0] != "Content-Length"]
        headers.append(("Content-Length", str(len(body))))
        return replace(response, body=body, headers=tuple(headers))


@pytest.fixture
def recorded(pytester):
    """Return the transcript of a run with real calls and a simulated one."""
    account = OtherMessage(Options(speed=0, region="eu-west-1"))
    server = LightsailServer(lambda _: account, lambda _: None)
    try:
        old = {"serviceName": "old", "power": "micro", "scale": 2}
        OPERATIONS["CreateContainerService"](account, account.region("eu-west-1"), old)
        account.clock.advance(60)
        pytester.makepyfile(TESTS.format(url=server.url))
        result = pytester.runpytest_inprocess("--lightsail-record=run.json")
    finally:
        server.stop()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*= Lightsail transcript =*", "3 calls in run.json; see *"])
    return pytester.path / "run.json"


def test_a_transcript_contains_the_calls_but_nothing_that_identifies_the_account(recorded):
    text = recorded.read_text()
    document = json.loads(text)

    assert [step["operation"] for step in document["steps"]] == [
        "GetContainerServices",
        "GetContainerServices",
        "CreateContainerService",
    ]
    assert document["region"] == "eu-west-1"
    assert document["starts"][0]["containerServices"][0]["containerServiceName"] == "old"
    assert document["steps"][1]["error"]["message"] == "The ContainerService is not there: none"
    assert "hunter2" not in text
    assert "AKIA" not in text
    assert Account()._number not in text


def test_replay_reports_where_the_simulated_account_responds_differently(recorded, capsys):
    assert main(["replay", str(recorded)]) == 1

    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("step 2, GetContainerServices: error.message: ")
    assert out[-1] == "3 steps, 1 difference"


def test_a_run_without_real_calls_writes_no_transcript(pytester):
    pytester.makepyfile("def test_it(lightsail): pass")

    result = pytester.runpytest_inprocess("--lightsail-record=run.json")

    result.stdout.fnmatch_lines(
        ["no real calls were made; mark tests with lightsail(real_calls=True)"]
    )
    assert not (pytester.path / "run.json").exists()


WRONG_ERROR = {
    "format": 1,
    "title": "a number as text",
    "source": "by hand",
    "steps": [{"operation": "GetContainerServices", "error": {"contains": 5}}],
}


@pytest.mark.parametrize("document", [{"format": 1}, WRONG_ERROR])
def test_replay_refuses_a_file_that_is_not_a_transcript(tmp_path, capsys, document):
    file = tmp_path / "no.json"
    file.write_text(json.dumps(document))

    assert main(["replay", str(file)]) == 2
    assert "is not a transcript" in capsys.readouterr().err
