"""Fixtures for simulated accounts, with shortcuts for calls and for the passage of time."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from pytest_lightsail.model.schema import RESPONSE, Form
from pytest_lightsail.model.service import ServiceModel
from pytest_lightsail.model.validator import validator
from pytest_lightsail.options import LENIENT, Options
from pytest_lightsail.simulator.account import Account
from pytest_lightsail.simulator.clock import NANOSECONDS
from pytest_lightsail.simulator.wire import CONTENT_TYPE, Disconnect, Request, Response
from tests.support.models import NEWEST

RESPONSES = validator(NEWEST, Form(RESPONSE, strict=True))
HOME = "us-east-1"
TARGET = "Lightsail_20161128."
CONTAINERS = {"web": {"image": "nginx:1", "ports": {"80": "HTTP"}}}
ENDPOINT = {"containerName": "web", "containerPort": 80}


class Reply(NamedTuple):
    """A response with its body parsed."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def error(self) -> str:
        """The name of the error, as botocore reads it from the body, or an empty string."""
        return str(self.body.get("__type", "")).rpartition("#")[2]

    @property
    def service(self) -> dict[str, Any]:
        """The container service in a successful response."""
        assert self.status == 200, self.body
        return self.body["containerService"]


class World:
    """An account whose calls take no time unless ``latency`` is given.

    Each response is checked against the newest service model, whichever botocore is installed.
    """

    HOME = HOME
    CONTAINERS = CONTAINERS
    ENDPOINT = ENDPOINT

    def __init__(self, model: ServiceModel | None = None, **settings: Any) -> None:
        self.account = Account(Options(**{"latency": 0.0, **settings}), model)
        self.clock = self.account.clock

    # --- the wire ---

    def send(
        self,
        body: bytes = b"{}",
        *,
        method: str = "POST",
        path: str = "/",
        region: str = HOME,
        **headers: str | None,
    ) -> Response:
        """Send a request as bytes, without the headers that are ``None``."""
        given = {"x_amz_target": f"{TARGET}GetContainerServices", "content_type": CONTENT_TYPE}
        lines = {
            name.replace("_", "-"): value
            for name, value in {**given, **headers}.items()
            if value is not None
        }
        response = self._handle(Request(method, lines, body, region, path))
        assert isinstance(response, Response)
        return response

    def handle(
        self, operation: str, *, region: str = HOME, **parameters: Any
    ) -> Response | Disconnect:
        """Make a call, and return the raw response."""
        headers = {"x-amz-target": TARGET + operation, "content-type": CONTENT_TYPE}
        body = json.dumps(parameters).encode()
        return self._handle(Request("POST", headers, body, region))

    def _handle(self, request: Request) -> Response | Disconnect:
        response = self.account.handle(request)
        if (last := self.account.history.calls[-1]).answer is not None:
            broken = RESPONSES.violations(last.operation, last.answer)
            lenient = self.account.options.assumptions == LENIENT
            assert not [each for each in broken if not (lenient and each.rule.assumption)]
        return response

    def call(self, operation: str, *, region: str = HOME, **parameters: Any) -> Reply:
        """Make a call, and return its response, which can be an error."""
        return self.read(self.handle(operation, region=region, **parameters))

    @staticmethod
    def read(response: Response | Disconnect) -> Reply:
        assert isinstance(response, Response)
        return Reply(response.status, dict(response.headers), json.loads(response.body))

    # --- the operations ---

    def create(self, name: str = "shop", *, region: str = HOME, **more: Any) -> dict[str, Any]:
        given = {"serviceName": name, "power": "nano", "scale": 1, **more}
        return self.call("CreateContainerService", region=region, **given).service

    def deploy(self, name: str = "shop", *, region: str = HOME, **more: Any) -> dict[str, Any]:
        given = {"serviceName": name, "containers": CONTAINERS, **more}
        return self.call("CreateContainerServiceDeployment", region=region, **given).service

    def update(self, name: str = "shop", *, region: str = HOME, **more: Any) -> dict[str, Any]:
        return self.call("UpdateContainerService", region=region, serviceName=name, **more).service

    def delete(self, name: str = "shop", *, region: str = HOME) -> dict[str, Any]:
        reply = self.call("DeleteContainerService", region=region, serviceName=name)
        assert reply.status == 200, reply.body
        return reply.body

    def get(self, name: str = "shop", *, region: str = HOME) -> dict[str, Any]:
        reply = self.call("GetContainerServices", region=region, serviceName=name)
        assert reply.status == 200, reply.body
        (service,) = reply.body["containerServices"]
        return service

    def names(self, region: str = HOME) -> list[str]:
        reply = self.call("GetContainerServices", region=region)
        return [service["containerServiceName"] for service in reply.body["containerServices"]]

    def refused(self, operation: str, *, region: str = HOME, **parameters: Any) -> dict[str, Any]:
        """Make a call that must fail, and return the body of the error."""
        reply = self.call(operation, region=region, **parameters)
        assert reply.status != 200, reply.body
        return reply.body

    # --- time ---

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def step(self) -> bool:
        """Advance to the next change that is due. Return false if none is."""
        due = self.clock.next_due
        if due is not None:
            self.clock.advance_to(due)
        return due is not None

    def settle(self) -> None:
        """Advance until no change is due."""
        while self.step():
            pass

    def walk(self, name: str = "shop", of: str = "state") -> list[Any]:
        """Advance until no change is due, and return the values that GetContainerServices shows.

        ``of`` is ``state``, ``detail``, ``current`` or ``next``. Successive equal values are listed
        once. The last value is ``gone`` if the service no longer exists.
        """
        seen: list[Any] = []
        while True:
            reply = self.call("GetContainerServices", serviceName=name)
            shown = "gone" if reply.error == "NotFoundException" else self._part(reply, of)
            if not seen or seen[-1] != shown:
                seen.append(shown)
            if not self.step():
                return seen

    @staticmethod
    def _part(reply: Reply, of: str) -> Any:
        (service,) = reply.body["containerServices"]
        if of == "state":
            return service["state"]
        if of == "detail":
            return service.get("stateDetail", {}).get("code")
        deployment = service.get(f"{of}Deployment")
        return deployment and (deployment["version"], deployment["state"])

    # --- services in a given state ---

    def ready(self, name: str = "shop", **more: Any) -> dict[str, Any]:
        self.create(name, **more)
        self.settle()
        return self.get(name)

    def running(self, name: str = "shop", **more: Any) -> dict[str, Any]:
        self.ready(name, **more)
        self.deploy(name)
        self.settle()
        return self.get(name)

    def disabled(self, name: str = "shop", **more: Any) -> dict[str, Any]:
        self.running(name, **more)
        self.update(name, isDisabled=True)
        self.settle()
        return self.get(name)

    def service_in(self, state: str, name: str = "shop") -> None:
        """Bring a new service into any state of the API."""
        if state == "PENDING":
            self.create(name)
        elif state == "READY":
            self.ready(name)
        elif state == "DISABLED":
            self.disabled(name)
        else:
            self.running(name)
            if state == "DEPLOYING":
                self.deploy(name)
            elif state == "UPDATING":
                self.update(name, scale=2)
            elif state == "DELETING":
                self.delete(name)
        assert self.get(name)["state"] == state

    # --- snapshots ---

    def snapshot(self) -> list[Any]:
        """Return everything that a call can change."""
        account = self.account
        return [
            account.clock.next_due,
            account.history.changed_at_ns,
            [
                (
                    region.name,
                    dict(region.certificates),
                    [
                        (
                            json.dumps(service.describe()),
                            service.versions,
                            repr(service.deployments),
                            repr(service.images),
                        )
                        for service in region.services.values()
                    ],
                )
                for region in account.regions.values()
                if region.services or region.certificates
            ],
        ]

    @property
    def elapsed(self) -> float:
        return self.clock.elapsed_ns / NANOSECONDS


@pytest.fixture
def world() -> World:
    """Return a new account whose calls take no time."""
    return World()


@pytest.fixture(scope="session")
def new_world() -> type[World]:
    """Return the class of accounts, for tests that need several accounts, settings or examples."""
    return World
