"""``pytest-lightsail serve`` prints one line to copy, serves an account, and ends cleanly."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from time import sleep

import pytest

from pytest_lightsail.cli import command_line, main
from pytest_lightsail.serving import _server, announce

from .conftest import ROOT, Endpoint, target

LINE = re.compile(
    r"serving (only this machine|the network) at (http://\S+) \(page: (http://\S+)\) \| export (.+)\n"
)


@contextmanager
def serving(*arguments, ends_by=signal.SIGTERM, warns=False):
    """Run the command in its own process, and yield the line that it prints and its endpoint."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "pytest_lightsail", "serve", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert LINE.fullmatch(line), line + process.stderr.read()
        endpoint = Endpoint(LINE.fullmatch(line)[2])
        endpoint.process = process
        yield line, endpoint
        process.send_signal(ends_by)
        out, err = process.communicate(timeout=20)
        endpoint.connection.close()
        assert (process.returncode, out, bool(err)) == (0, "", warns), err
    finally:
        process.kill()
        process.communicate()


def usage_error(capsys, *arguments):
    try:
        code = main(["serve", *arguments])
    except SystemExit as exited:
        code = exited.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    return err


def test_serve_prints_its_address_applies_its_options_and_stops_on_sigterm(tmp_path):
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"create": {"stuck_with": "UNKNOWN_ERROR"}}]))
    options = ("--script", str(script), "--region", "eu-west-1", "--speed", "1e5", "--seed", "7")
    with serving(*options) as (line, endpoint):
        _, url, page, variables = LINE.fullmatch(line).groups()
        assert page == f"{url}/_lightsail/"
        assert url.startswith("http://127.0.0.1:")
        assert line.startswith("serving only this machine")
        assert dict(pair.split("=", 1) for pair in variables.split()) == {
            "AWS_ENDPOINT_URL_LIGHTSAIL": url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
        }
        endpoint.call("CreateContainerService", serviceName="shop", power="nano", scale=1)
        for _ in range(200):
            (service,) = endpoint.call("GetContainerServices")["containerServices"]
            if service.get("stateDetail", {}).get("code") == "UNKNOWN_ERROR":
                break
        assert service["stateDetail"]["code"] == "UNKNOWN_ERROR"
        assert service["location"]["regionName"] == "eu-west-1"


def test_serve_on_all_interfaces_exits_with_code_0_after_repeated_signals():
    options = ("--host", "0.0.0.0")  # noqa: S104
    with serving(*options, ends_by=signal.SIGINT, warns=True) as (line, endpoint):
        assert "://0.0.0.0" not in line
        assert endpoint.call("GetContainerServices")["status"] == 200
        assert endpoint.connection.sock is not None
        for _ in range(3):
            endpoint.process.send_signal(signal.SIGINT)
            endpoint.process.send_signal(signal.SIGTERM)


def wait_until_sent(connection):
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    while int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder):
        sleep(0.005)


def test_serve_responds_to_a_pending_request_before_it_stops():
    body = json.dumps({"resourceName": "shop", "tags": [{}] * 10})
    with serving() as (_, endpoint):
        endpoint.call("GetContainerServices")  # ensures that the connection has been accepted
        endpoint.connection.request("POST", "/", body, target("TagResource"))
        wait_until_sent(endpoint.connection.sock)
        endpoint.process.send_signal(signal.SIGTERM)
        with endpoint.connection.getresponse() as response:
            assert json.loads(response.read())["__type"].endswith("InvalidInputException")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])  # noqa: S104
def test_an_address_that_others_can_reach_prints_a_warning(capsys, lightsail_server, host):
    announce(lightsail_server, host)
    out, err = capsys.readouterr()
    assert out.startswith("serving the network at ")
    assert err.startswith(f"WARNING: {host} is not a loopback address")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_loopback_address_prints_no_warning(capsys, lightsail_server, host):
    announce(lightsail_server, host)
    out, err = capsys.readouterr()
    assert out.startswith("serving only this machine at ")
    assert err == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--host", "300.0.0.1"), "cannot listen on 300.0.0.1"),
        (("--port", "65536"), "cannot listen on 127.0.0.1, port 65536"),
        (("--port", "http"), "invalid int value: 'http'"),
        (("--region", "Ireland"), "a Region such as us-east-1"),
        (("--speed", "-1"), "a number of seconds"),
        (("--seed", "many"), "a whole number"),
        (("--pace", "slow"), "one of realistic, fast, instant"),
        (("--script", "missing.json"), "missing.json as JSON: No such file"),
    ],
)
def test_an_invalid_option_prints_one_line_and_exits_with_code_2(
    capsys, tmp_path, monkeypatch, options, message
):
    monkeypatch.chdir(tmp_path)
    assert message in usage_error(capsys, *options)


def test_a_port_in_use_prints_one_line_and_exits_with_code_2(capsys, lightsail_server):
    port = lightsail_server.url.rpartition(":")[2]
    assert f"cannot listen on 127.0.0.1, port {port}" in usage_error(capsys, "--port", port)


HOSTILE = {
    "empty": b"",
    "binary": bytes(range(256)),
    "code": b"import os; os.remove('x')",
    "deeply nested": b"[" * 200_000,
    "not a list": b'{"deploy": {}}',
    "NaN": b'[{"deploy": {"takes": NaN}}]',
    "two verbs in one step": b'[{"deploy": {}, "create": {}}]',
    "unknown verb": b'[{"__class__": {}}]',
    "unknown argument": b'[{"deploy": {"self": 1}}]',
    "unknown step of a state": b'[{"deploy": {"fails_at": "GONE"}}]',
    "unknown operation": b'[{"fault": {"name": "throttling", "operation": "None"}}]',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_an_invalid_script_file_is_refused_in_one_line(capsys, tmp_path, content):
    script = tmp_path / "script.json"
    script.write_bytes(content)
    assert "error: " in usage_error(capsys, "--script", str(script))


def test_a_script_file_that_is_a_pipe_is_refused(capsys, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "pipe as JSON: not a regular file" in usage_error(
        capsys, "--script", str(tmp_path / "pipe")
    )


def test_each_access_key_id_has_its_own_account():
    args = command_line().parse_args(["serve", "--speed", "0"])
    with _server(args) as server:
        endpoint = Endpoint(server.url)
        scope = "20220526/us-east-1/lightsail/aws4_request"
        mine = {"Authorization": f"AWS4-HMAC-SHA256 Credential=worker-2/{scope}"}
        endpoint.call(
            "CreateContainerService", serviceName="shop", power="nano", scale=1, headers=mine
        )
        assert endpoint.call("GetContainerServices")["containerServices"] == []
        (shop,) = endpoint.call("GetContainerServices", headers=mine)["containerServices"]

        def elapsed(query="", method="GET", **body):
            headers = {"Content-Type": "application/json"}
            path = f"/_lightsail/clock{query}"
            return json.loads(endpoint.send(method, path, json.dumps(body).encode(), headers)[2])[
                "elapsed"
            ]

        elapsed("?account=worker-2", "POST", advance=60)
        assert (round(elapsed()), round(elapsed("?account=worker-2"))) == (0, 60)
        host = shop["url"].removeprefix("https://").rstrip("/")
        assert endpoint.send("GET", "/", None, {"Host": host})[0] == 503
        endpoint.connection.close()
