"""Measure the cost of many services, calls and threads, as ratios to baselines from the same run."""

from __future__ import annotations

import contextlib
import platform
import statistics
import threading
import time
import tracemalloc
from collections.abc import Callable

from measuring import REAL, Comparison

from pytest_lightsail import Lightsail, simulate

REPEATS = 5
POLLS = 140
WEB = {"web": {"image": "nginx", "ports": {"80": "HTTP"}}}


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(REPEATS))


def clock() -> float:
    """Return the real time. While an account is active, all functions of `time` are virtual."""
    return REAL["clock"]()


def release() -> float:
    """Return the milliseconds for a release over twelve virtual minutes with 140 polls."""
    with simulate() as lightsail:
        client = lightsail.client()
        client.create_container_service(serviceName="shop", power="nano", scale=1)
        lightsail.clock.advance(60)
        lightsail.script.deploy(takes=12 * 60)
        begin = clock()
        client.create_container_service_deployment(serviceName="shop", containers=WEB)
        for _ in range(POLLS):
            client.get_container_services(serviceName="shop")
            time.sleep(5.1)
        took = clock() - begin
        assert lightsail.services["shop"].state == "RUNNING"
    return took * 1000


def fill(lightsail: Lightsail, services: int) -> None:
    lightsail.quotas["services"] = services
    client = lightsail.client()
    for number in range(services):
        client.create_container_service(serviceName=f"s{number}", power="nano", scale=1)


def reads(lightsail: Lightsail, calls: int = 500) -> float:
    """Return the microseconds for a read of one service."""
    client = lightsail.client()
    begin = clock()
    for _ in range(calls):
        client.get_container_services(serviceName="s0")
    return (clock() - begin) / calls * 1e6


def memory(calls: int = 10_000) -> float:
    """Return how many bytes the journal keeps for each read."""
    with simulate(patience=float("inf")) as lightsail:
        fill(lightsail, 1)
        client = lightsail.client()
        client.get_container_services(serviceName="s0")
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(calls):
            client.get_container_services(serviceName="s0")
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    return (after - before) / calls


def threads(number: int, calls: int = 1600) -> float:
    """Return the microseconds for each call if this many threads share the work."""
    with simulate(patience=float("inf")) as lightsail:
        fill(lightsail, 1)
        clients = [lightsail.client() for _ in range(number)]

        def work(client: object) -> None:
            for _ in range(calls // number):
                client.get_container_services(serviceName="s0")  # type: ignore[attr-defined]

        workers = [threading.Thread(target=work, args=(client,)) for client in clients]
        begin = clock()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return (clock() - begin) / calls * 1e6


def compare_services(batches: int) -> list[Comparison]:
    """Compare reads in an account with many services with reads in an account with one service."""
    found = []
    for services in (10, 1_000, 100_000):
        one = Comparison(
            f"reading one of {services:,} services", "reading the only service", at_most=1.25
        )
        with (
            simulate(patience=float("inf")) as many,
            contextlib.ExitStack() as inner,
        ):
            fill(many, services)
            for _ in range(max(3, batches // 3)):
                theirs = inner.enter_context(simulate(patience=float("inf")))
                fill(theirs, 1)
                alone = reads(theirs)
                inner.close()
                one.add(reads(many), alone)
        found.append(one)
    return found


def compare_threads(batches: int) -> list[Comparison]:
    """Compare the same calls by eight threads and by one. Python runs one thread at a time."""
    shared = Comparison(
        "a call while 8 threads make calls", "a call while 1 thread makes calls", at_most=1.5
    )
    for _ in range(max(3, batches // 6)):
        shared.add(threads(8), threads(1))
    return [shared]


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, medians of {REPEATS}")
    print(f"release over 12 virtual minutes, {POLLS} polls: {median(release):.0f} ms")
    baseline = 0.0
    for services in (1, 10, 1000, 10_000):
        with simulate(patience=float("inf")) as lightsail:
            fill(lightsail, services)
            cost = median(lambda: reads(lightsail))
        baseline = baseline or cost
        print(f"read of one of {services:>6} services: {cost:.0f} µs, {cost / baseline:.2f} × of 1")
    print(f"journal: {memory():.0f} bytes a read")
    alone = median(lambda: threads(1))
    together = median(lambda: threads(8))
    print(f"8 threads: {together:.0f} µs a call, {together / alone:.2f} × of 1 thread")


if __name__ == "__main__":
    main()
