"""Unmodified shell scripts run in virtual time, with stand-ins for the programs that they call."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_lightsail import (
    CallerNeverEnds,
    ConfigurationError,
    OperationNotSimulatedError,
    simulate,
)
from pytest_lightsail.simulation import shims

from .conftest import create, find_tool

SCRIPTS = Path(__file__).parent / "scripts"
WEB = {"web": {"image": "nginx:1.26", "ports": {"80": "HTTP"}}}
ENDPOINT = {"containerName": "web", "containerPort": 80}
START = "2022-05-26T00:00:00"

VERSION_2 = """\
#!/bin/sh
# Does what version 2 of the AWS CLI does for `aws lightsail push-container-image`, and runs the
# installed version for other commands.
here=${0%/*} PATH=${PATH#"${0%/*}":}
if [ "$2" = push-container-image ]; then
    printf '{"inputVersion": "1", "operation": "PushContainerImage", "payload": {"service": "%s",
        "label": "%s", "image": "%s"}, "configuration": {"debug": false, "paginate": true,
        "region": "%s", "doNotSignRequest": false, "cliVersion": "2.15.0"}}' \\
        "$4" "$6" "$8" "$AWS_REGION" | lightsailctl --plugin --input-stdin
else
    exec aws "$@"
fi
"""


@pytest.fixture
def script(lightsail_server, tmp_path):
    """Return a function that runs a script in ``scripts``."""
    find_tool("aws", "pip install awscli, in an environment of its own")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "aws").write_text(VERSION_2)
    (tmp_path / "bin" / "aws").chmod(0o755)

    def run(name, *arguments):
        path = f"{tmp_path / 'bin'}:{lightsail_server.environment(docker=True)['PATH']}"
        command = [str(SCRIPTS / name), *arguments]
        return lightsail_server.run(command, env={"PATH": path}, cwd=tmp_path, timeout=30)

    return run


@pytest.fixture
def shop(lightsail, lightsail_client):
    """Return a running service."""
    lightsail_client.create_container_service(
        serviceName="shop",
        power="nano",
        scale=1,
        deployment={"containers": WEB, "publicEndpoint": ENDPOINT},
    )
    lightsail.clock.advance_until_settled()
    return lightsail.services["shop"]


def waits(lightsail, since=0):
    """Return the virtual seconds between calls, without their latency."""
    at = [round(call.at, 1) for call in lightsail.calls[since:]]
    return [round(later - earlier - 0.1, 1) for earlier, later in pairwise(at)]


def test_a_script_can_create_a_service_and_deploy_to_it(script, lightsail):
    lightsail.script.create(takes=10)
    lightsail.script.deploy(takes=50)
    done = script("create_and_deploy.sh", "shop")
    assert (done.returncode, done.stdout) == (0, "runs after 60 s\n"), done.stderr
    assert waits(lightsail) == [15, 0, 60]


def test_a_script_can_push_an_image_and_deploy_it(script, shop, lightsail):
    lightsail.script.deploy(takes=10)
    since = len(lightsail.calls)
    done = script("push_and_deploy.sh", "shop")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ":shop.web.1 is live\n"
    assert waits(lightsail, since) == [0, 0, 0, 15]


def test_a_script_can_redeploy_the_running_version(script, shop, lightsail):
    lightsail.script.deploy(takes=25)
    done = script("redeploy.sh", "shop")
    assert (done.returncode, done.stdout) == (0, "version 2 runs\n"), done.stderr
    first, second = (each.describe() for each in shop.deployments)
    for member in ("containers", "publicEndpoint"):
        assert first[member] == second[member]


def test_a_script_that_only_waits_for_running_misses_a_failed_deployment(script, shop, lightsail):
    lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", takes=100)
    done = script("wait_for_service.sh", "shop", "nginx:1.27")
    assert (done.returncode, done.stdout) == (0, "deployed: RUNNING\n"), done.stderr
    assert shop.deployments[0].state == "FAILED"


def test_a_script_can_disable_and_enable_a_service(script, shop, lightsail):
    lightsail.script.disable(takes=10)
    lightsail.script.enable(takes=15)
    since = len(lightsail.calls)
    done = script("disable_and_enable.sh", "shop")
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["DISABLED", "RUNNING"]
    assert waits(lightsail, since) == [20, 0, 20]


# --- the stand-ins, without the AWS CLI ------------------------------------------------------------


@pytest.mark.lightsail(latency=0)
def test_sleep_advances_the_clock_and_date_shows_virtual_time(lightsail_server, lightsail):
    lines = (
        "date +%FT%T",
        "sleep 1m 30 0.5h",
        "date -u +%T",
        "date -u -d '10 minutes ago' +%FT%T",
        "date -ud '+3 hours' +%T",
        "date -u -d 'next month' +%F",
        "date -u -d 2020-01-01 +%s",
        "date -u -d @5 +%s",
        "date -d monday",
        "date -d 'tomorrow 10:00'",
    )
    done = lightsail_server.run(["sh", "-c", "; ".join(lines)], env={"TZ": "UTC"})
    assert done.stdout.splitlines() == [
        START,
        "00:31:30",
        "2022-05-26T00:21:30",
        "03:31:30",
        "2022-06-26",
        "1577836800",
        "5",
    ]
    refused = [line.rpartition(" does not support ")[2] for line in done.stderr.splitlines()]
    assert refused == ["'monday'", "'tomorrow 10:00'"]
    assert lightsail.clock.elapsed == 1890


def test_date_shows_the_real_time_of_a_reference_file(lightsail_server, tmp_path):
    file = tmp_path / "file"
    file.touch()
    os.utime(file, (5, 5))
    for option in (["-r"], ["-ur"], ["--reference"]):
        done = lightsail_server.run(["date", *option, str(file), "+%s"])
        assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr


def test_a_long_unsupported_date_is_refused_immediately(lightsail_server):
    many = "1 day  " * 20
    done = lightsail_server.run(["date", "-d", f"{many}at noon"])
    assert done.stderr == f"date: the pytest-lightsail stand-in does not support '{many}at noon'\n"


def test_unsupported_arguments_are_passed_to_the_real_sleep(lightsail_server, lightsail):
    assert lightsail_server.run(["sleep", "soon"]).returncode == 1
    with pytest.raises(subprocess.TimeoutExpired):
        lightsail_server.run(["sh", "-c", "sleep infinity"], timeout=0.3)
    assert lightsail.clock.elapsed == 0


def push(server, service, image):
    document = {
        "inputVersion": "1",
        "operation": "PushContainerImage",
        "payload": {"service": service, "label": "web", "image": image},
        "configuration": {"region": "eu-west-1"},
    }
    return server.run(["lightsailctl", "--plugin", "--input-stdin"], input=json.dumps(document))


def test_an_image_pushed_with_lightsailctl_can_be_deployed(lightsail_server, lightsail):
    client = lightsail.client("eu-west-1")
    create(client, "shop")
    lightsail.clock.advance_until_settled()
    pushed = [push(lightsail_server, "shop", "hello:latest") for _ in range(2)]
    assert [done.returncode for done in pushed] == [0, 0]
    images = client.get_container_images(serviceName="shop")["containerImages"]
    assert [each["image"] for each in images] == [":shop.web.2", ":shop.web.1"]
    assert pushed[1].stdout == (
        f'Digest: {images[0]["digest"]}\nImage "hello:latest" registered.\n'
        'Refer to this image as ":shop.web.2" in deployments.\n'
    )
    client.create_container_service_deployment(
        serviceName="shop", containers={"web": {"image": ":shop.web.2"}}
    )
    lightsail.clock.advance_until_settled()
    assert lightsail.services["shop"].state == "RUNNING"
    client.delete_container_service(serviceName="shop")
    lightsail.clock.advance_until_settled()
    assert not lightsail.services


def test_lightsailctl_reports_a_refusal(lightsail_server):
    done = push(lightsail_server, "none", "hello:latest")
    assert (done.returncode, done.stdout) == (1, "")
    assert "You must create a container service before" in done.stderr


def test_lightsailctl_reports_invalid_input(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"payload": {}}'))
    assert shims.main(["lightsailctl", "--plugin", "--input-stdin"]) == 1
    assert "invalid plugin input" in capsys.readouterr().err


def test_docker_accepts_build_and_info_and_refuses_inspect(capsys):
    assert shims.main(["docker", "build", "-t", "web", "."]) == 0
    assert shims.main(["docker", "info"]) == 0
    assert shims.main(["docker", "inspect", "web"]) == 1
    refused = capsys.readouterr().err
    assert refused.startswith("docker inspect: the pytest-lightsail stand-in accepts only")
    assert refused.endswith("For other commands, put your own stand-in on the PATH.\n")


POLL = """
import os, urllib.request
while True:
    try:
        urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL_LIGHTSAIL"], b"{}", {
            "X-Amz-Target": "Lightsail_20161128.GetContainerServices",
            "Content-Type": "application/x-amz-json-1.1",
            "User-Agent": "aws-cli/2.15.0 exec-env/" + os.environ["AWS_EXECUTION_ENV"],
        }))
    except OSError:
        pass
"""


def poll_forever():
    with simulate(latency=600, patience=3600) as lightsail, lightsail.serve() as server:
        server.run([sys.executable, "-c", POLL])


def test_run_stops_a_program_that_never_ends():
    with pytest.raises(CallerNeverEnds, match="last call was GetContainerServices"):
        poll_forever()


def test_run_raises_the_error_of_a_call_that_is_not_simulated(lightsail_server, lightsail):
    once = POLL.replace("while True", "for _ in range(1)").replace(
        "GetContainerServices", "GetDisks"
    )
    with pytest.raises(OperationNotSimulatedError, match="GetDisks"):
        lightsail_server.run([sys.executable, "-c", once])
    lightsail.account.raise_swallowed()


def test_the_error_for_a_missing_program_names_it(lightsail_server):
    with pytest.raises(FileNotFoundError, match=r"\./deploy\.sh"):
        lightsail_server.run(["./deploy.sh"])


@pytest.mark.parametrize(
    ("version", "old"), [("1.27.165", True), ("2.9.19", True), ("2.13.0", False)]
)
def test_run_refuses_only_an_aws_cli_that_is_too_old(lightsail_server, tmp_path, version, old):
    fake = tmp_path / "aws"
    fake.write_text(
        f'#!/bin/sh\n[ "$1" != --version ] || exec echo "aws-cli/{version} Python/3"\nexit 254\n'
    )
    fake.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{lightsail_server.env['PATH']}"}
    if old:
        with pytest.raises(ConfigurationError, match=f"version {version} of the AWS CLI"):
            lightsail_server.run(["sh", "-c", "aws lightsail get-regions"], env=env)
    else:
        assert lightsail_server.run(["sh", "-c", "aws lightsail get-regions"], env=env).returncode


def test_the_stand_ins_are_removed_when_the_server_stops(lightsail):
    with lightsail.serve() as server:
        folder = Path(server.env["PATH"].partition(":")[0])
        assert (folder / "sleep").exists()
    assert not folder.exists()


def test_a_stopped_server_runs_no_program(lightsail, tmp_path):
    with lightsail.serve() as server:
        pass
    with pytest.raises(ConfigurationError, match="the server has stopped"):
        server.run(["touch", str(tmp_path / "left")])
    assert not list(tmp_path.iterdir())
