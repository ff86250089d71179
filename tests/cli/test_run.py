"""``pytest-lightsail run`` runs a program against its own account."""

from __future__ import annotations

import json
import re
import signal

import pytest

from pytest_lightsail.cli import main


@pytest.fixture
def run(capfd):
    """Return a function that runs the command and returns its exit code and output."""

    def run(*arguments):
        code = main(["run", *arguments])
        return code, *capfd.readouterr()

    return run


def test_the_command_returns_the_exit_code_of_the_program(run):
    assert run("--", "sh", "-c", "echo out; exit 7") == (7, "out\n", "")
    assert run("sh", "-c", "kill -TERM $$")[0] == 128 + signal.SIGTERM
    assert run("--", "./not-there") == (
        2,
        "",
        "pytest-lightsail: error: ./not-there: No such file or directory\n",
    )


def test_an_interrupt_is_handled_by_the_program(run):
    before = signal.getsignal(signal.SIGINT)
    assert run("--", "sh", "-c", "kill -INT $PPID; exit 3")[0] == 3
    assert signal.getsignal(signal.SIGINT) is before


def test_the_program_runs_in_the_time_and_region_of_its_account(run):
    code, out, _ = run(
        *("--region", "eu-west-1", "--start", "2022-05-26T00:00:00Z", "--latency", "0"),
        *("--", "sh", "-c", 'sleep 90; date -u +"%T $AWS_REGION"'),
    )
    assert (code, out) == (0, "00:01:30 eu-west-1\n")


CALL = """
curl -sS -o /dev/null -w '%{http_code}\\n' -H "X-Amz-Target: Lightsail_20161128.$1" \\
    -H 'Content-Type: application/x-amz-json-1.1' -d "$2" "$AWS_ENDPOINT_URL_LIGHTSAIL"
"""


def test_options_play_a_scenario_and_print_the_timeline_and_coverage(run, tmp_path):
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"fault": {"name": "throttling"}}]))
    options = ("--script", str(script), "--timeline", "--coverage")
    code, out, err = run(*options, "sh", "-c", CALL, "sh", "GetContainerServices", "{}")
    assert (code, out) == (0, "400\n")
    assert "GetContainerServices()\n              → ThrottlingException" in err
    assert "\nTOTAL " in err


def test_a_call_that_is_not_simulated_is_reported(run):
    code, out, err = run("sh", "-c", CALL, "sh", "GetInstances", "{}")
    assert (code, out) == (1, "404\n")
    assert err.startswith(
        "pytest-lightsail: error: GetInstances (Region us-east-1) is not simulated"
    )


def test_a_call_that_is_not_simulated_is_reported_under_any_access_key(run):
    credential = "Credential=OTHERKEY/20220526/us-east-1/lightsail/aws4_request"
    call = f"{CALL.rstrip()} -H 'Authorization: AWS4-HMAC-SHA256 {credential}'"
    code, out, err = run("sh", "-c", call, "sh", "GetInstances", "{}")
    assert (code, out) == (1, "404\n")
    assert "GetInstances (Region us-east-1) is not simulated" in err


@pytest.mark.parametrize("command", ["run", "serve"])
def test_the_help_shows_one_default_for_each_option(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    _, *options = re.split(r"\n  --", capsys.readouterr().out)
    assert any(option.startswith("speed") for option in options)
    for option in options:
        assert option.count("(default") <= 1, option
