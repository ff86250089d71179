"""Eight threads that use one account have the same effect as one thread in some order."""

from __future__ import annotations

import itertools
import json
import math
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

from pytest_lightsail.simulator.wire import Response

from .conftest import CONTAINERS, World

THREADS = 8
CALLS = 1_600 // THREADS


@dataclass
class Seen:
    """A call as its thread saw it. ``began`` and ``ended`` come from a counter of all threads."""

    began: int
    ended: int
    operation: str
    parameters: dict[str, Any]
    status: int
    body: dict[str, Any]
    request_id: str


def steps(thread: int, number: int) -> tuple[str, dict[str, Any]]:
    """Return one call of a mix: reads, changes to a shared service, and the lifecycle of an own one."""
    own = f"own-{thread}"
    new = {"serviceName": own, "power": "nano", "scale": 1}
    mix: list[tuple[str, dict[str, Any]]] = [
        ("GetContainerServices", {"serviceName": "shop"}),
        ("CreateContainerServiceDeployment", {"serviceName": "shop", "containers": CONTAINERS}),
        ("GetContainerServiceDeployments", {"serviceName": "shop"}),
        ("GetContainerServices", {"serviceName": own}),
        ("CreateContainerService", new),
        ("UpdateContainerService", {"serviceName": own, "scale": number % 20 + 1}),
        ("TagResource", {"resourceName": own, "tags": [{"key": str(number % 5)}]}),
        ("DeleteContainerService", {"serviceName": own}),
    ]
    return mix[(number * (2 * thread + 1)) % len(mix)]


def hammer(world: World) -> list[list[Seen]]:
    count = itertools.count()
    seen: list[list[Seen]] = [[] for _ in range(THREADS)]

    def work(thread: int) -> None:
        for number in range(CALLS):
            operation, parameters = steps(thread, number)
            began = next(count)
            response = world.handle(operation, **parameters)
            ended = next(count)
            assert isinstance(response, Response)
            request_id = dict(response.headers)["x-amzn-RequestId"]
            body = json.loads(response.body)
            seen[thread].append(
                Seen(began, ended, operation, parameters, response.status, body, request_id)
            )

    threads = [threading.Thread(target=work, args=(each,), daemon=True) for each in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    return seen


def test_the_history_of_eight_threads_is_linearizable() -> None:
    def busy() -> World:
        world = World(pace="fast", latency=0.01, patience=math.inf)
        world.create()
        return world

    world = busy()
    seen = hammer(world)
    everything = [one for thread in seen for one in thread]
    assert [len(thread) for thread in seen] == [CALLS] * THREADS

    # The account numbers its responses, so the request ids show the order of the calls.
    again = busy()
    order = {again.account.identifiers.uuid("request"): place for place in range(len(everything))}
    everything.sort(key=lambda one: order[one.request_id])

    # A call that ended before another one began comes first.
    latest = -1
    for one in everything:
        assert latest < one.ended
        latest = max(latest, one.began)

    # Made one after another in that order, the calls get the same responses.
    alone = busy()
    for one in everything:
        response = alone.handle(one.operation, **one.parameters)
        assert isinstance(response, Response)
        assert (response.status, json.loads(response.body)) == (one.status, one.body)
        assert dict(response.headers)["x-amzn-RequestId"] == one.request_id

    versions = [
        one.body["containerService"]["nextDeployment"]["version"]
        for one in everything
        if one.operation == "CreateContainerServiceDeployment" and one.status == 200
    ]
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) > 1
    assert len(world.account.history.calls) == len(everything) + 1
    assert Counter(one.status for one in everything).keys() == {200, 400}
