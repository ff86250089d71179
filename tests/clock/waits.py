"""The waits of the standard library, as functions that wait, or time out, after ``WAIT`` seconds.

``docs/virtual-time.md`` shows the names of this table.
"""

from __future__ import annotations

import asyncio
import functools
import multiprocessing.pool
import queue
import sched
import select
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent import futures
from contextlib import suppress
from typing import Any

__all__ = ["CLOCKS", "LIMITS", "WAIT", "WAITS"]

WAIT = 3.0
LONG = 1000.0


class Holder:
    """Hold ``time.sleep`` in several ways from the import of this module."""

    sleep = time.sleep

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self.own = sleep

    class Inner:
        sleep = staticmethod(time.sleep)


HOLDER = Holder()
PARTIAL = functools.partial(time.sleep, WAIT)
TABLE = {"sleep": time.sleep}
POOL = futures.ThreadPoolExecutor(2)


def _closure(sleep: Callable[[float], None]) -> Callable[[], None]:
    return lambda: sleep(WAIT)


CLOSURE = _closure(time.sleep)


@functools.lru_cache
def _cached() -> Callable[[float], None]:
    return time.sleep


_cached()


def _expect(
    error: type[BaseException], function: Callable[..., Any], *args: Any, **given: Any
) -> None:
    with suppress(error):
        function(*args, **given)
        raise AssertionError(f"no {error.__name__}")


def _lock(kind: Callable[[], Any]) -> Callable[[], None]:
    def wait() -> None:
        lock = kind()
        lock.acquire()
        with futures.ThreadPoolExecutor(1) as pool:
            assert not pool.submit(lock.acquire, timeout=WAIT).result()

    return wait


def _condition() -> None:
    condition = threading.Condition()
    with condition:
        assert not condition.wait(WAIT)


def _barrier() -> None:
    _expect(threading.BrokenBarrierError, threading.Barrier(2).wait, WAIT)


def _timer() -> None:
    fired = threading.Event()
    timer = threading.Timer(WAIT, fired.set)
    timer.start()
    fired.wait()
    timer.join()


def _full_queue() -> None:
    full: queue.Queue[int] = queue.Queue(1)
    full.put(1)
    _expect(queue.Full, full.put, 2, timeout=WAIT)


def _thread_pool() -> None:
    stop = threading.Event()
    with multiprocessing.pool.ThreadPool(1) as pool:
        try:
            pool.apply_async(stop.wait).get(WAIT)
        finally:
            stop.set()


def _join() -> None:
    thread = threading.Thread(target=time.sleep, args=(WAIT,))
    thread.start()
    thread.join()


def _scheduler(scheduler: sched.scheduler) -> None:
    scheduler.enter(WAIT, 1, lambda: None)
    scheduler.run()


def _selector(kind: type[selectors.BaseSelector]) -> Callable[[], None]:
    def wait() -> None:
        one, other = socket.socketpair()
        with one, other, kind() as selector:
            selector.register(one, selectors.EVENT_READ)
            assert selector.select(WAIT) == []

    return wait


def _loop(kind: type[selectors.BaseSelector]) -> Callable[[], None]:
    def wait() -> None:
        loop = asyncio.SelectorEventLoop(kind())
        try:
            loop.run_until_complete(asyncio.sleep(WAIT))
        finally:
            loop.close()

    return wait


def _socket() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(WAIT)
        _expect(TimeoutError, one.recv, 1)


def _accept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(WAIT)
        _expect(TimeoutError, server.accept)


class _Alarm(Exception):
    pass


def _pause() -> None:
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        signal.alarm(int(WAIT))
        signal.pause()
    finally:
        signal.signal(signal.SIGALRM, before)


def _alarm(start: Callable[[], object]) -> Callable[[], None]:
    def ring(*_: object) -> None:
        raise _Alarm

    def wait() -> None:
        before = signal.signal(signal.SIGALRM, ring)
        try:
            start()
            _expect(_Alarm, time.sleep, LONG)
        finally:
            signal.signal(signal.SIGALRM, before)

    return wait


async def _gather() -> None:
    await asyncio.gather(*(asyncio.sleep(WAIT * part / 4) for part in range(1, 5)))


async def _later() -> None:
    done = asyncio.Event()
    asyncio.get_running_loop().call_later(WAIT, done.set)
    await done.wait()


async def _limit(limited: Callable[[], Any]) -> None:
    with suppress(asyncio.TimeoutError):
        await limited()
        raise AssertionError("no TimeoutError")


async def _executor() -> None:
    loop = asyncio.get_running_loop()
    assert not await loop.run_in_executor(None, threading.Event().wait, WAIT)


def _run_in_thread() -> None:
    thread = threading.Thread(target=asyncio.run, args=(asyncio.sleep(WAIT),))
    thread.start()
    thread.join()


WAITS: dict[str, Callable[[], object]] = {
    "time.sleep": lambda: time.sleep(WAIT),
    "time.sleep held by an instance": lambda: HOLDER.own(WAIT),
    "time.sleep held by a class": lambda: Holder.sleep(WAIT),
    "time.sleep held by a nested class": lambda: Holder.Inner.sleep(WAIT),
    "time.sleep held by a partial": PARTIAL,
    "time.sleep held by a dict": lambda: TABLE["sleep"](WAIT),
    "time.sleep held by a closure": CLOSURE,
    "time.sleep held by an lru_cache": lambda: _cached()(WAIT),
    "threading.Event.wait": lambda: threading.Event().wait(WAIT),
    "threading.Condition.wait": _condition,
    "threading.Lock.acquire": _lock(threading.Lock),
    "threading.RLock.acquire": _lock(threading.RLock),
    "threading.Semaphore.acquire": lambda: threading.Semaphore(0).acquire(timeout=WAIT),
    "threading.Barrier.wait": _barrier,
    "threading.Timer": _timer,
    "threading.Thread.join": _join,
    "queue.Queue.get": lambda: _expect(queue.Empty, queue.Queue().get, timeout=WAIT),
    "queue.Queue.put": _full_queue,
    "queue.SimpleQueue.get": lambda: _expect(queue.Empty, queue.SimpleQueue().get, timeout=WAIT),
    "concurrent.futures.Future.result": lambda: POOL.submit(time.sleep, WAIT).result(),
    "sched.scheduler": lambda: _scheduler(sched.scheduler()),
    "sched.scheduler(monotonic, sleep)": lambda: _scheduler(
        sched.scheduler(time.monotonic, time.sleep)
    ),
    "select.select": lambda: select.select([], [], [], WAIT),
    "selectors.SelectSelector": _selector(selectors.SelectSelector),
    "selectors.DefaultSelector": _selector(selectors.DefaultSelector),
    "socket.recv of a pair": _socket,
    "socket.accept": _accept,
    "asyncio.sleep": lambda: asyncio.run(asyncio.sleep(WAIT)),
    "asyncio.gather": lambda: asyncio.run(_gather()),
    "asyncio loop.call_later": lambda: asyncio.run(_later()),
    "asyncio on SelectSelector": _loop(selectors.SelectSelector),
    "asyncio in another thread": _run_in_thread,
    "asyncio.to_thread": lambda: asyncio.run(asyncio.to_thread(time.sleep, WAIT)),
    "asyncio run_in_executor": lambda: asyncio.run(_executor()),
}
"""Functions that wait for ``WAIT`` seconds."""


def _pooled(limited: Callable[[futures.Future[bool]], object]) -> Callable[[], None]:
    def wait() -> None:
        stop = threading.Event()
        with futures.ThreadPoolExecutor(1) as pool:
            task = pool.submit(stop.wait, LONG)
            try:
                limited(task)
            finally:
                stop.set()

    return wait


LIMITS: dict[str, Callable[[], object]] = {
    "multiprocessing.pool.ThreadPool": lambda: _expect(multiprocessing.TimeoutError, _thread_pool),
    "Future.result": _pooled(lambda task: _expect(futures.TimeoutError, task.result, WAIT)),
    "futures.wait": _pooled(lambda task: futures.wait([task], WAIT)),
    "futures.as_completed": _pooled(
        lambda task: _expect(futures.TimeoutError, list, futures.as_completed([task], WAIT))
    ),
    "Thread.join": lambda: _started(time.sleep, LONG).join(WAIT),
    "Event.wait": lambda: _set_after(LONG).wait(WAIT),
    "Queue.get": lambda: _expect(queue.Empty, _filled_after(LONG).get, timeout=WAIT),
    "asyncio.wait_for": lambda: asyncio.run(
        _limit(lambda: asyncio.wait_for(asyncio.sleep(LONG), WAIT))
    ),
    "asyncio.wait_for an asyncio.Event": lambda: asyncio.run(
        _limit(lambda: asyncio.wait_for(asyncio.Event().wait(), WAIT))
    ),
    "run_coroutine_threadsafe.result": lambda: _threadsafe(),  # noqa: PLW0108 - defined below
}
"""Functions that wait for something that takes longer, and time out after ``WAIT`` seconds."""


def _started(function: Callable[..., object], *args: Any) -> threading.Thread:
    thread = threading.Thread(target=function, args=args, daemon=True)
    thread.start()
    return thread


def _set_after(seconds: float) -> threading.Event:
    event = threading.Event()
    _started(lambda: (time.sleep(seconds), event.set()))
    return event


def _filled_after(seconds: float) -> queue.Queue[int]:
    filled: queue.Queue[int] = queue.Queue()
    _started(lambda: (time.sleep(seconds), filled.put(1)))
    return filled


def _threadsafe() -> None:
    loop = asyncio.new_event_loop()
    thread = _started(loop.run_forever)
    task = asyncio.run_coroutine_threadsafe(asyncio.sleep(LONG), loop)
    _expect(futures.TimeoutError, task.result, WAIT)
    task.cancel()
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


if hasattr(select, "poll"):
    WAITS["selectors.PollSelector"] = _selector(selectors.PollSelector)
    WAITS["asyncio on PollSelector"] = _loop(selectors.PollSelector)
if hasattr(signal, "setitimer"):
    WAITS["signal.pause"] = _pause
    WAITS["signal.sigtimedwait"] = lambda: signal.sigtimedwait([signal.SIGUSR1], WAIT)
    LIMITS["signal.alarm"] = _alarm(lambda: signal.alarm(int(WAIT)))
    LIMITS["signal.setitimer"] = _alarm(lambda: signal.setitimer(signal.ITIMER_REAL, WAIT))

CLOCKS: dict[str, Callable[[], float]] = {
    "time.time": time.time,
    "time.time_ns": lambda: time.time_ns() / 1e9,
    "time.monotonic": time.monotonic,
    "time.monotonic_ns": lambda: time.monotonic_ns() / 1e9,
    "time.perf_counter": time.perf_counter,
    "time.perf_counter_ns": lambda: time.perf_counter_ns() / 1e9,
    "time.localtime": lambda: time.mktime(time.localtime()),
    "time.gmtime": lambda: float(_utc(time.gmtime())),
    "time.strftime": lambda: int(time.strftime("%H")) * 3600.0 + int(time.strftime("%j")) * 86400,
}
"""Clocks, as functions that return seconds."""


def _utc(given: time.struct_time) -> int:
    import calendar  # noqa: PLC0415

    return calendar.timegm(given)
