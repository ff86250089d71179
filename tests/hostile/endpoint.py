"""The HTTP server, called without a socket."""

from __future__ import annotations

import json
from typing import Any

from pytest_lightsail import Lightsail, LightsailServer
from pytest_lightsail.simulator.wire import Response
from tests.server.fuzz_requests import BODIES

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
DEPLOYMENT = BODIES["CreateContainerServiceDeployment"][0]


def exact(document: bytes) -> Any:
    """Parse JSON, but reject ``Infinity`` and ``NaN``, which Python's parser accepts."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(document, parse_constant=refuse)


class Endpoint:
    """Send requests to a server without a socket."""

    def __init__(self, lightsail: Lightsail, server: LightsailServer) -> None:
        self._lightsail = lightsail
        self._server = server

    def respond(
        self, path: str, body: bytes, method: str = "POST", query: str = "", **headers: str
    ) -> tuple[int, str, bytes] | None:
        """Return status, content type and body, or ``None`` if a fault has changed the response."""
        before = len(self._lightsail.calls)
        response = self._server.respond(method, f"{path}?{query}" if query else path, headers, body)
        if any(call.fault for call in self._lightsail.calls[before:]):
            return None
        assert isinstance(response, Response)
        return response.status, dict(response.headers)["Content-Type"], response.body

    def ask(self, path: str, body: bytes, method: str = "POST", query: str = "", **headers: str):
        """Return status and document, and check that the request was accepted or refused."""
        response = self.respond(path, body, method, query, **headers)
        if response is None:
            return None, {}
        status, document = response[0], exact(response[2])
        assert status in {200, 400}, document
        return status, document

    def call(self, operation: str, body: bytes):
        headers = {
            "x-amz-target": f"Lightsail_20161128.{operation}",
            "content-type": "application/x-amz-json-1.1",
        }
        return self.ask("/", body, **headers)

    def control(self, name: str, body: bytes):
        status, document = self.ask(
            f"/_lightsail/{name}", body, **{"content-type": "application/json"}
        )
        assert ("error" in document) == (status == 400)
        return status

    def read_all(self) -> None:
        for name in ("state", "calls", "timeline", "clock"):
            assert self.ask(f"/_lightsail/{name}", b"", "GET")[0] == 200

    def live(self) -> None:
        """Make the calls of a typical caller, and advance the clock between them."""
        for operation, body in (
            ("CreateContainerService", SHOP),
            ("GetContainerServices", {}),
            ("CreateContainerServiceDeployment", DEPLOYMENT),
            ("UpdateContainerService", {"serviceName": "shop", "scale": 2}),
            ("DeleteContainerService", {"serviceName": "shop"}),
        ):
            self.call(operation, json.dumps(body).encode())
            self.control("clock", b'{"advance": 100}')
        self.read_all()
