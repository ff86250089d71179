"""Accounts with a history, for tests of reports."""

from __future__ import annotations

import json
from typing import Any

from pytest_lightsail.options import Options
from pytest_lightsail.simulator.account import Account
from pytest_lightsail.simulator.clock import NANOSECONDS
from pytest_lightsail.simulator.history import Call, History, StateChange, Visit
from pytest_lightsail.simulator.wire import CONTENT_TYPE, Request

HOME = "us-east-1"
GET = "GetContainerServices"
SECRET = "hunter2"
WEB = {"web": {"image": "nginx", "environment": {"TOKEN": SECRET}}}


def called(at: float = 0, operation: str = GET, **more: Any) -> Call:
    given = {"region": HOME, "parameters": {}, "status": 200, "answer": {}, **more}
    return Call(operation=operation, at_ns=round(at * NANOSECONDS), **given)


def became(state: str, at: float = 0, **more: Any) -> StateChange:
    given = {"region": HOME, "service": "shop", "detail": None, "deployment": "", "cause": ""}
    return StateChange(
        at_ns=round(at * NANOSECONDS), state=state, **{**given, "by_call": False, **more}
    )


def visited(at: float = 0, **more: Any) -> Visit:
    given = {
        "host": "shop.example",
        "method": "GET",
        "path": "/",
        "region": HOME,
        "service": "shop",
    }
    return Visit(at_ns=round(at * NANOSECONDS), **{**given, "status": 200, **more})


def history_of(*entries: Call | StateChange | Visit) -> History:
    history = History()
    for entry in entries:
        history.add(entry)
    return history


class Caller:
    """An account, and methods that make calls to it."""

    def __init__(self, **settings: Any) -> None:
        self.account = Account(Options(**{"latency": 0.1, **settings}))

    def call(self, operation: str, region: str = HOME, **parameters: Any) -> None:
        target = f"Lightsail_20161128.{operation}"
        headers = {"x-amz-target": target, "content-type": CONTENT_TYPE}
        self.account.handle(Request("POST", headers, json.dumps(parameters).encode(), region))

    def create(self, name: str = "shop", **more: Any) -> None:
        self.call(
            "CreateContainerService", **{"serviceName": name, "power": "nano", "scale": 1, **more}
        )

    def deploy(self, name: str = "shop") -> None:
        self.call("CreateContainerServiceDeployment", serviceName=name, containers=WEB)

    def poll(self, times: int, pause: float = 5, name: str = "shop") -> None:
        for _ in range(times):
            self.account.sleep(pause)
            self.call(GET, serviceName=name)
