"""The HTTP endpoint without its sockets."""

from __future__ import annotations

import json
from typing import Any

from pytest_lightsail import Lightsail, LightsailServer
from pytest_lightsail.simulator.wire import Response
from tests.server.fuzz_requests import BODIES

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
DEPLOYMENT = BODIES["CreateContainerServiceDeployment"][0]


def exact(document: bytes) -> Any:
    """What a strict reader takes from it: Python's own takes ``Infinity`` too."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(document, parse_constant=refuse)


class Endpoint:
    """The whole endpoint but for its sockets."""

    def __init__(self, lightsail: Lightsail, server: LightsailServer) -> None:
        self._lightsail = lightsail
        self._server = server

    def answer(
        self, path: str, body: bytes, method: str = "POST", query: str = "", **headers: str
    ) -> tuple[int, str, bytes] | None:
        """Status, type and body; nothing where a fault was injected, for that may be anything."""
        before = len(self._lightsail.calls)
        answer = self._server.respond(method, f"{path}?{query}" if query else path, headers, body)
        if any(call.fault for call in self._lightsail.calls[before:]):
            return None
        assert isinstance(answer, Response)
        return answer.status, dict(answer.headers)["Content-Type"], answer.body

    def ask(self, path: str, body: bytes, method: str = "POST", query: str = "", **headers: str):
        """Status and document of what is taken, or refused for what the body says."""
        answer = self.answer(path, body, method, query, **headers)
        if answer is None:
            return None, {}
        status, document = answer[0], exact(answer[2])
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
        """What a caller does, with time between."""
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
