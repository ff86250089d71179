"""Libraries for waiting poll a deployment at their interval, and stop at their time limit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest

from pytest_lightsail import Lightsail, simulate
from pytest_lightsail.c_functions import original

real = original(time.perf_counter)

EVERY, TAKES, LIMIT = 5, 120, 300
Poll = Callable[[], bool]
"""Returns whether the deployment is active."""

Follow = Callable[[Poll], object]

LIBRARIES: dict[str, tuple[Follow, tuple[str, ...]]] = {}
"""Functions that poll the deployment every 5 seconds, and stop after 300 seconds."""


def library(*modules: str) -> Callable[[Follow], Follow]:
    def add(follow: Follow) -> Follow:
        LIBRARIES[follow.__name__] = follow, modules
        return follow

    return add


@library()
def sleep(poll: Poll) -> None:
    end = time.monotonic() + LIMIT
    while not poll() and time.monotonic() < end:
        time.sleep(EVERY)


@library()
def datetime_deadline(poll: Poll) -> None:
    end = datetime.now(timezone.utc) + timedelta(seconds=LIMIT)
    while not poll() and datetime.now(timezone.utc) < end:
        time.sleep(EVERY)


@library()
def event_wait(poll: Poll) -> None:
    stop, end = threading.Event(), time.monotonic() + LIMIT
    while not poll() and time.monotonic() < end:
        stop.wait(EVERY)


@library()
def future_result(poll: Poll) -> None:
    with futures.ThreadPoolExecutor(1) as pool:
        stop = threading.Event()
        task = pool.submit(_until, poll, stop)
        with suppress(futures.TimeoutError):
            task.result(LIMIT)
        stop.set()


@library()
def thread_join(poll: Poll) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=_until, args=(poll, stop))
    thread.start()
    thread.join(LIMIT)
    stop.set()


@library()
def timer_flag(poll: Poll) -> None:
    stop = threading.Event()
    timer = threading.Timer(LIMIT, stop.set)
    timer.start()
    _until(poll, stop)
    timer.cancel()


def _until(poll: Poll, stop: threading.Event) -> None:
    while not poll() and not stop.wait(EVERY):
        pass


@library()
def asyncio_wait_for(poll: Poll) -> None:
    with suppress(asyncio.TimeoutError):
        asyncio.run(asyncio.wait_for(_poll_in_loop(poll), LIMIT))


async def _poll_in_loop(poll: Poll) -> None:
    while not poll():
        await asyncio.sleep(EVERY)


@library("tenacity")
def tenacity(poll: Poll) -> None:
    _tenacity(poll)


@library("tenacity")
def tenacity_sleeping_by_an_event(poll: Poll) -> None:
    sleep_using_event = pytest.importorskip("tenacity").sleep_using_event
    _tenacity(poll, sleep=sleep_using_event(threading.Event()))


def _tenacity(poll: Poll, **more: object) -> None:
    tenacity = pytest.importorskip("tenacity")
    retry = tenacity.Retrying(
        retry=tenacity.retry_if_result(lambda done: not done),
        wait=tenacity.wait_fixed(EVERY),
        stop=tenacity.stop_after_delay(LIMIT),
        retry_error_callback=lambda _: None,
        **more,
    )
    retry(poll)


@library("backoff")
def backoff(poll: Poll) -> None:
    backoff = pytest.importorskip("backoff")
    backoff.on_predicate(backoff.constant, interval=EVERY, jitter=None, max_time=LIMIT)(poll)()


@library("schedule")
def schedule(poll: Poll) -> None:
    schedule = pytest.importorskip("schedule")
    scheduler, done = schedule.Scheduler(), [poll()]
    scheduler.every(EVERY).seconds.do(lambda: done.append(poll()))
    end = time.time() + LIMIT
    while not done[-1] and time.time() < end:
        time.sleep(1)
        scheduler.run_pending()


@library("apscheduler.schedulers.blocking")
def apscheduler(poll: Poll) -> None:
    blocking = pytest.importorskip("apscheduler.schedulers.blocking")
    scheduler = blocking.BlockingScheduler()
    end = datetime.now(timezone.utc) + timedelta(seconds=LIMIT)

    def job() -> None:
        if poll() or datetime.now(timezone.utc) >= end:
            scheduler.shutdown(wait=False)

    now = datetime.now(timezone.utc)
    scheduler.add_job(job, "interval", seconds=EVERY, next_run_time=now)
    scheduler.start()


@library("trio")
def trio(poll: Poll) -> None:
    trio = pytest.importorskip("trio")

    async def follow() -> None:
        with trio.move_on_after(LIMIT):
            while not poll():
                await trio.sleep(EVERY)

    trio.run(follow)


@library("anyio", "trio")
def anyio_on_trio(poll: Poll) -> None:
    pytest.importorskip("trio")
    _anyio(poll, "trio")


@library("anyio")
def anyio_on_asyncio(poll: Poll) -> None:
    _anyio(poll, "asyncio")


def _anyio(poll: Poll, backend: str) -> None:
    anyio = pytest.importorskip("anyio")

    async def follow() -> None:
        with anyio.move_on_after(LIMIT):
            while not poll():
                await anyio.sleep(EVERY)

    anyio.run(follow, backend=backend)


@library("curio")
def curio(poll: Poll) -> None:
    curio = pytest.importorskip("curio")

    async def follow() -> None:
        async with curio.ignore_after(LIMIT):
            while not poll():
                await curio.sleep(EVERY)

    curio.run(follow)


@library("twisted.internet.epollreactor")
def twisted(poll: Poll) -> None:
    pytest.importorskip("twisted")
    from twisted.internet.epollreactor import EPollReactor  # noqa: PLC0415

    reactor = EPollReactor()

    def job() -> None:
        if poll():
            reactor.stop()
        else:
            reactor.callLater(EVERY, job)

    limit = reactor.callLater(LIMIT, reactor.stop)
    reactor.callWhenRunning(job)
    reactor.run(installSignalHandlers=False)
    del limit


def gevent() -> None:
    gevent = pytest.importorskip("gevent")
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        gevent.sleep(0.1)


def uvloop() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def wait() -> None:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(LIMIT), 0.2)

    uvloop.run(wait())


@pytest.mark.parametrize("library", [gevent, uvloop], ids=lambda each: each.__name__)
def test_gevent_and_uvloop_wait_in_real_time(library: Callable[[], None]) -> None:
    with simulate(watchdog=5):
        start = real()
        library()
        assert 0.2 <= real() - start < 3


@pytest.fixture(params=LIBRARIES)
def tool(request: pytest.FixtureRequest) -> Follow:
    follow, modules = LIBRARIES[request.param]
    for module in modules:
        pytest.importorskip(module)
    return follow


@pytest.fixture
def lightsail(tool: Follow) -> Iterator[Lightsail]:
    with simulate(latency=0) as lightsail:
        client = lightsail.client()
        client.create_container_service(serviceName="shop", power="nano", scale=1)
        lightsail.clock.advance(60)
        yield lightsail


def follow(lightsail: Lightsail, library: Follow) -> tuple[int, float, float]:
    """Return the number of polls, and the seconds of virtual time and of CPU time."""
    client = lightsail.client()
    client.create_container_service_deployment(
        serviceName="shop", containers={"web": {"image": "nginx"}}
    )
    before, start, polls = lightsail.clock.elapsed, time.process_time(), 0

    def poll() -> bool:
        nonlocal polls
        polls += 1
        (service,) = client.get_container_services(serviceName="shop")["containerServices"]
        return bool(service["state"] == "RUNNING")

    library(poll)
    return polls, lightsail.clock.elapsed - before, time.process_time() - start


@pytest.mark.filterwarnings("ignore")  # some libraries emit warnings
def test_a_library_polls_until_the_deployment_is_active(lightsail: Lightsail, tool: Follow) -> None:
    lightsail.script.deploy(takes=TAKES)
    polls, took, seconds = follow(lightsail, tool)
    assert TAKES - 1e-6 <= took <= TAKES + EVERY
    assert polls == pytest.approx(TAKES / EVERY + 1, abs=1)
    assert seconds < 1


@pytest.mark.filterwarnings("ignore")
def test_a_library_stops_at_its_time_limit(lightsail: Lightsail, tool: Follow) -> None:
    lightsail.script.deploy(never_ends=True)
    polls, took, seconds = follow(lightsail, tool)
    assert LIMIT <= took <= LIMIT + EVERY + 1
    assert polls == pytest.approx(LIMIT / EVERY + 1, abs=1)
    assert seconds < 1
