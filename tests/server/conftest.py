"""Fixtures that send requests to the endpoint with sockets, the AWS CLI, Node.js and a browser."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_lightsail.machinery import machinery
from pytest_lightsail.simulation.control import PREFIX, control_schema
from tests.support.browser import Browser
from tests.support.tools import JAVASCRIPT, ROOT, find_package, find_tool

__all__ = ["ROOT", "find_tool"]

CURRENT = "#diagram .current"
"""A CSS selector for the state of the selected service on the page."""
Tool = Callable[..., "subprocess.CompletedProcess[str]"]


class Endpoint:
    """Send requests over one connection that is kept alive, like an AWS client."""

    def __init__(self, url: str) -> None:
        self.host, self.port = url.removeprefix("http://").split(":")
        self.connection = http.client.HTTPConnection(self.host, int(self.port), timeout=10)

    def send(
        self,
        method: str = "POST",
        path: str = "/",
        body: Any = b"{}",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        with machinery():  # virtual time does not advance while the request takes real time
            self.connection.request(method, path, body, headers or {})
            with self.connection.getresponse() as response:
                headers = {name.lower(): value for name, value in response.getheaders()}
                return response.status, headers, response.read()

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        headers = target(operation)
        if "headers" in parameters:
            headers |= parameters.pop("headers")
        status, _, body = self.send(body=json.dumps(parameters).encode(), headers=headers)
        return {"status": status, **json.loads(body)}

    def raw(self, data: bytes) -> bytes:
        """Return all bytes that the server sends in response, until it closes the connection."""
        with socket.create_connection((self.host, int(self.port)), timeout=10) as plain:
            plain.sendall(data)
            plain.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: plain.recv(65536), b""))


def target(operation: str) -> dict[str, str]:
    return {
        "X-Amz-Target": f"Lightsail_20161128.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
    }


@pytest.fixture
def endpoint(lightsail_server) -> Iterator[Endpoint]:
    endpoint = Endpoint(lightsail_server.url)
    yield endpoint
    endpoint.connection.close()


def run(*command: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own scripts
        command, env=env, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def aws(lightsail_server, tmp_path) -> Tool:
    """Return a function that runs ``aws lightsail …``."""
    program = find_tool("aws", "pip install awscli, in an environment of its own")
    return lambda *arguments: run(
        program, "lightsail", *arguments, env=lightsail_server.env, cwd=tmp_path
    )


@pytest.fixture
def node(lightsail_server, tmp_path) -> Tool:
    """Return a function that runs a script in tests/javascript."""
    program = find_tool("node", "install Node.js 20 or newer")
    find_package("@aws-sdk/client-lightsail")
    return lambda script, *arguments: run(
        program, str(JAVASCRIPT / script), *arguments, env=lightsail_server.env, cwd=tmp_path
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def expected_messages() -> list[str]:
    """Return a list of browser messages that do not fail the test."""
    return []


@pytest.fixture
def visit(browser, expected_messages, lightsail_server):
    """Yield a function that opens the page, by default with a stopped browser clock.

    Unexpected browser messages fail the test.
    """

    def visit(**options: Any) -> Browser:
        browser.open(lightsail_server.url + PREFIX, options)
        browser.lacks("#elapsed", "unknown")
        return browser

    yield visit
    complaints = browser.complaints()
    browser.leave()
    assert [
        each for each in complaints if not any(text in each for text in expected_messages)
    ] == []


def create(client, *names: str) -> None:
    for name in names:
        client.create_container_service(serviceName=name, power="nano", scale=1)


def conforms(document, name):
    contract = {**control_schema(), "$ref": f"#/$defs/{name}"}
    jsonschema.Draft202012Validator(contract).validate(document)


@pytest.fixture
def control(endpoint):
    """Return a function that calls the control API and checks the request against the schema."""

    def ask(name, given=None, *, query="", status=200):
        if given is None:
            response = endpoint.send("GET", f"/_lightsail/{name}{query}", None)
        else:
            if status == 200:
                conforms(given, f"{name}.request")
            body = json.dumps(given).encode()
            headers = {"Content-Type": "application/json"}
            response = endpoint.send("POST", f"/_lightsail/{name}", body, headers)
        document = json.loads(response[2])
        assert response[0] == status, document
        return document

    return ask
