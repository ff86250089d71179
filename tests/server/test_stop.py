"""A server responds to pending requests before it stops."""

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
"""Real seconds after which a wait counts as hanging."""

REAL = {"time": time}


class Slow:
    """Respond to requests, but only after the test allows it."""

    def __init__(self) -> None:
        self.started = threading.Semaphore(0)
        self.go_on = threading.Event()

    def respond(self, *_request):
        self.started.release()
        assert self.go_on.wait(PATIENCE)
        return Response(200, (("Content-Length", "2"),), b"ok")


def visit(server: HttpServer) -> tuple[int, bytes, float]:
    """Return the status, the body, and the seconds between the response's date and now."""
    address = http.client.HTTPConnection(*server.server_address, timeout=PATIENCE)
    with closing(address) as connection:
        connection.request("GET", "/")
        response = connection.getresponse()
        date = parsedate_to_datetime(response.headers["Date"]).timestamp()
        return response.status, response.read(), abs(date - REAL["time"]())


def test_stop_waits_until_pending_requests_have_responses() -> None:
    slow, clients = Slow(), 12
    with simulate(), machinery(), ThreadPoolExecutor(clients + 1) as pool:
        server = HttpServer(slow)
        visits = [pool.submit(visit, server) for _ in range(clients)]
        assert all(slow.started.acquire(timeout=PATIENCE) for _ in range(clients))
        stopped = pool.submit(server.stop, PATIENCE)
        server._thread.join(PATIENCE)
        assert not stopped.done()
        slow.go_on.set()
        stopped.result(PATIENCE)
        for one in visits:
            status, body, away = one.result(PATIENCE)
            assert (status, body) == (200, b"ok")
            assert away < PATIENCE * 2


def test_silent_connections_delay_neither_other_requests_nor_stop() -> None:
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


def test_stop_does_not_wait_for_a_request_beyond_its_timeout() -> None:
    slow = Slow()
    with simulate(), machinery(), ThreadPoolExecutor(1) as pool:
        server = HttpServer(slow)
        visited = pool.submit(visit, server)
        assert slow.started.acquire(timeout=PATIENCE)
        server.stop(0.01)
        assert not visited.done()
        slow.go_on.set()
        assert visited.result(PATIENCE)[:2] == (200, b"ok")
