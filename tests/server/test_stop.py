"""A server that stops first responds to pending requests, also to those that no thread has started."""

from __future__ import annotations

import http.client
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from email.utils import parsedate_to_datetime
from time import time

from pytest_lightsail import simulate
from pytest_lightsail.machinery import machinery
from pytest_lightsail.simulator.wire import Response
from pytest_lightsail.transports.http_server import HttpServer

PATIENCE = 20.0
"""Real seconds after which something hangs."""

REAL = {"time": time}


class Slow:
    """An endpoint that responds to requests only after the test lets it."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def respond(self, *_request):
        self.begun.release()
        assert self.go_on.wait(PATIENCE)
        return Response(200, (("Content-Length", "2"),), b"ok")


def visit(server: HttpServer) -> tuple[int, bytes, float]:
    """Return status, body, and the difference between now and the response's date, in seconds."""
    address = http.client.HTTPConnection(*server.server_address, timeout=PATIENCE)
    with closing(address) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        date = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        return answer.status, answer.read(), abs(date - REAL["time"]())


def test_what_has_been_asked_is_answered_before_it_ends() -> None:
    slow, clients = Slow(), 12
    with simulate(), machinery(), ThreadPoolExecutor(clients + 1) as pool:
        server = HttpServer(slow)
        visits = [pool.submit(visit, server) for _ in range(clients)]
        assert all(slow.begun.acquire(timeout=PATIENCE) for _ in range(clients))
        stopped = pool.submit(server.stop, PATIENCE)
        server._thread.join(PATIENCE)
        assert not stopped.done()
        slow.go_on.set()
        stopped.result(PATIENCE)
        for one in visits:
            status, body, away = one.result(PATIENCE)
            assert (status, body) == (200, b"ok")
            assert away < PATIENCE * 2


def test_silent_connections_keep_neither_others_waiting_nor_the_end() -> None:
    slow = Slow()
    slow.go_on.set()
    server = HttpServer(slow)
    with ExitStack() as stack:
        for _ in range(500):
            silent = socket.create_connection(server.server_address)
            stack.enter_context(silent).sendall(b"POST / HTTP/1.1\r\nContent-")
        start = time()
        assert visit(server)[:2] == (200, b"ok")
        server.stop(PATIENCE)
        assert time() - start < PATIENCE / 4


def test_a_request_that_takes_too_long_does_not_hold_up_the_end() -> None:
    slow = Slow()
    with simulate(), machinery(), ThreadPoolExecutor(1) as pool:
        server = HttpServer(slow)
        visited = pool.submit(visit, server)
        assert slow.begun.acquire(timeout=PATIENCE)
        server.stop(0.01)
        assert not visited.done()
        slow.go_on.set()
        assert visited.result(PATIENCE)[:2] == (200, b"ok")
