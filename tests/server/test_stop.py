"""A server that stops: what has been asked is answered first, also what no thread has begun with."""

from __future__ import annotations

import http.client
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import parsedate_to_datetime
from time import time

import pytest

from pytest_lightsail import simulate
from pytest_lightsail.machinery import machinery
from pytest_lightsail.transports import http_server
from pytest_lightsail.transports.http_server import HttpServer

PATIENCE = 20.0
"""Real seconds after which something hangs."""

REAL = {"time": time}


class Slow:
    """An application that lets requests begin, but answers none until it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, _environ, start_response):
        self.begun.release()
        assert self.go_on.wait(PATIENCE)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


class Waiting(logging.Handler):
    """Counts the requests that have to wait for a thread."""

    def __init__(self) -> None:
        super().__init__()
        self.begin()

    def begin(self) -> None:
        """Forget those that waited for a thread to be ready for its first request."""
        self.count = threading.Semaphore(0)

    def emit(self, _record: logging.LogRecord) -> None:
        self.count.release()


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    handler, log = Waiting(), logging.getLogger("pytest_lightsail.http.queue")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


def visit(server: HttpServer) -> tuple[int, bytes, float]:
    """Status, body, and how many seconds the date of the answer is away from now."""
    address = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
    with closing(address) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        return answer.status, answer.read(), abs(date - REAL["time"]())


@pytest.fixture
def ending(monkeypatch) -> threading.Event:
    """Set once a server has told its threads to end."""
    told, end = threading.Event(), http_server._Workers.set_thread_count

    def set_thread_count(workers, count: int) -> None:
        end(workers, count)
        if count == 0:
            told.set()

    monkeypatch.setattr(http_server._Workers, "set_thread_count", set_thread_count)
    return told


def test_what_waits_for_a_thread_is_answered_before_it_ends(waiting, ending):
    slow, more = Slow(), 4
    threads = http_server._THREADS
    with simulate(), machinery(), ThreadPoolExecutor(threads + more + 1) as pool:
        server = HttpServer(slow)  # type: ignore[arg-type]
        server.start()
        visits = [pool.submit(visit, server) for _ in range(threads)]
        assert all(slow.begun.acquire(timeout=PATIENCE) for _ in range(threads))
        waiting.begin()
        visits += [pool.submit(visit, server) for _ in range(more)]
        assert all(waiting.count.acquire(timeout=PATIENCE) for _ in range(more))
        stopped = pool.submit(server.stop)
        assert ending.wait(PATIENCE)
        slow.go_on.set()
        stopped.result(PATIENCE)
        for one in visits:
            status, body, away = one.result(PATIENCE)
            assert (status, body) == (200, b"ok")
            assert away < PATIENCE * 2


def test_the_loop_may_end_before_it_has_been_woken_to(monkeypatch):
    server = HttpServer(Slow())
    server.start()
    pull = server._listener.trigger._physical_pull

    def somebody_else_was_first() -> None:
        pull()
        server._thread.join(0.2)
        pull()

    monkeypatch.setattr(server._listener.trigger, "_physical_pull", somebody_else_was_first)
    server.stop()
    assert not server._thread.is_alive()
