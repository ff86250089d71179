"""The whole endpoint but for its sockets."""

from __future__ import annotations

import io
import json
from typing import Any

from pytest_lightsail import Lightsail
from pytest_lightsail.simulation.control import Control
from pytest_lightsail.transports.wsgi import Application
from tests.server.fuzz import BODIES

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
DEPLOYMENT = BODIES["CreateContainerServiceDeployment"][0]


def exact(document: bytes) -> Any:
    """What a strict reader takes from it: Python's own takes ``Infinity`` too."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(document, parse_constant=refuse)


class Endpoint:
    """The whole endpoint but for its sockets."""

    def __init__(self, lightsail: Lightsail) -> None:
        self._lightsail = lightsail
        control = Control(lambda: lightsail.account, lightsail.reset)
        self._application = Application(
            lambda: lightsail.account, region="us-east-1", control=control.answer
        )

    def ask(self, path: str, body: bytes, method: str = "POST", query: str = "", **headers: str):
        statuses: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **headers,
        }
        before = len(self._lightsail.calls)
        try:
            answer = self._application(environ, lambda status, _: statuses.append(status))
        except ConnectionResetError:
            assert self._lightsail.calls.last.status is None
            return None, {}
        if any(call.fault for call in self._lightsail.calls[before:]):
            return None, {}  # what was injected may be anything
        status, document = int(statuses[0][:3]), exact(b"".join(answer))
        assert status in {200, 400}, document
        return status, document

    def call(self, operation: str, body: bytes):
        target = f"Lightsail_20161128.{operation}"
        kind = "application/x-amz-json-1.1"
        return self.ask("/", body, CONTENT_TYPE=kind, HTTP_X_AMZ_TARGET=target)

    def control(self, name: str, body: bytes):
        status, document = self.ask(f"/_lightsail/{name}", body, CONTENT_TYPE="application/json")
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
