"""Serves the account on a socket, with waitress.

Waitress reads a whole request before a thread works on it, so slow or silent clients hold up nobody; it
keeps connections alive, it needs no other package, and it can be stopped at once. What it says itself,
about what is no request, is said here as AWS says it.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher
from waitress.utilities import BadRequest
from waitress.wasyncore import close_all

from ..exceptions import ConfigurationError
from ..machinery import exempt
from ..simulator.errors import ServiceError
from .wsgi import headers_of, status_line

if TYPE_CHECKING:
    from .wsgi import Application

__all__ = ["LARGEST_REQUEST", "HttpServer"]

LARGEST_REQUEST = 1 << 20
"""Bytes of a body that are taken if nobody says otherwise; AWS documents no number."""

_LARGEST_HEADER = 1 << 16
_THREADS = 8
_MOST_CONNECTIONS = 500
_SWALLOWED = 32
"""How many times the largest body is read and thrown away before its sender is told: one who still sends
when the connection closes may never see the answer."""

_LAST_READS = 16
_PATIENCE = 5
"""Real seconds that a server which stops waits for its threads, and for what is left."""

_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_log = logging.getLogger("pytest_lightsail.http")
_queue_log = logging.getLogger("pytest_lightsail.http.queue")
# That requests wait for a thread is no news, unless somebody has set up a handler to hear of it.
_queue_log.addHandler(logging.NullHandler())

_ERRORS = {
    400: ServiceError("MalformedHttpRequestException", "The request is not valid HTTP."),
    413: ServiceError("RequestEntityTooLargeException", "The request is too large."),
    431: ServiceError("MalformedHttpRequestException", "The headers of the request are too large."),
    501: ServiceError("MalformedHttpRequestException", "The transfer encoding is not supported."),
}
_FAILURE = ServiceError("InternalFailure", "The request has failed.")


def _thread(target: Callable[..., object], name: str, *arguments: Any) -> threading.Thread:
    """A thread that lives in real time, and that no process waits for."""
    thread = threading.Thread(target=target, name=name, args=arguments, daemon=True)
    exempt(thread)
    return thread


class _Workers(ThreadedTaskDispatcher):
    """The threads that answer; virtual time is none of theirs."""

    queue_logger = _queue_log

    def start_new_thread(self, target: Any, thread_no: int) -> None:
        _thread(target, f"lightsail-http-{thread_no}", thread_no).start()

    def finish(self) -> None:
        """End the threads, and serve what still waits for one."""
        # Told to end, a thread takes up nothing more, and whoever waits would be hung up on.
        self.shutdown(cancel_pending=False, timeout=_PATIENCE)
        rest = _thread(self._serve_rest, "lightsail-http-rest")
        rest.start()
        rest.join(_PATIENCE)

    def _serve_rest(self) -> None:
        while self.queue:
            try:
                task = self.queue.popleft()
            except IndexError:  # a thread that has not ended in time has taken the last
                break
            task.service()


class _Parser(HTTPRequestParser):
    """Reads a request that is too large to its end, and survives targets that are no URLs."""

    _to_swallow = 0

    def received(self, data: bytes) -> int:
        if self._to_swallow:
            taken = min(len(data), self._to_swallow)
            self._to_swallow -= taken
            self.completed = not self._to_swallow
            return taken
        before = self.body_rcv
        try:
            taken = int(super().received(data))
        except ValueError:  # of urllib, about brackets in a host
            self.error, self.completed = BadRequest("Bad URI"), True
            return len(data)
        largest = self.adj.max_request_body_size * _SWALLOWED
        if self.error and before is None and 0 < self.content_length <= largest:
            self._to_swallow, self.completed = self.content_length, False
        return taken


class _Refusal(ErrorTask):
    """The answer to what is no request."""

    def execute(self) -> None:
        channel: Any = self.channel
        request: Any = self.request
        application: Application = channel.server.application
        answer = application.refuse(_ERRORS.get(request.error.code, _FAILURE))
        self.status = status_line(answer.status)
        self.response_headers = headers_of(answer)
        self.set_close_on_finish()
        self.content_length = len(answer.body)
        self.write(answer.body)


class _Channel(HTTPChannel):
    """A connection. What arrives is acknowledged at once.

    A client that sends headers and body apart, without ``TCP_NODELAY``, holds the body back until the
    headers are acknowledged, which the kernel would put off for 40 ms. It forgets the setting by and by.
    """

    parser_class = _Parser
    error_task_class = _Refusal

    def handle_read(self) -> None:
        super().handle_read()
        if self.socket is not None:
            with suppress(OSError):  # the client is gone
                _acknowledge_at_once(self.socket)

    def handle_close(self) -> None:
        # What is left unread when a socket is closed resets the connection, under the client's eyes.
        if self.socket is not None:
            with suppress(OSError):
                for _ in range(_LAST_READS):
                    if not self.socket.recv(_LARGEST_HEADER):
                        break
        super().handle_close()


class _Listener(TcpWSGIServer):
    channel_class = _Channel
    effective_port: int | str

    def set_socket_options(self, conn: Any) -> None:
        super().set_socket_options(conn)
        _acknowledge_at_once(conn)


def _acknowledge_at_once(connection: socket.socket) -> None:
    if _QUICK_ACK is not None:
        connection.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)


class HttpServer:
    """An application on a socket of its own, from ``start`` to ``stop``.

    Args:
        application: answers the requests.
        host: the address to listen at.
        port: its port; 0 for one that is free.
        largest_request: bytes of a body that are taken.

    Raises:
        ConfigurationError: the address cannot be had.
    """

    def __init__(
        self,
        application: Application,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        largest_request: int = LARGEST_REQUEST,
    ) -> None:
        workers = _Workers()
        self._open: dict[int, Any] = {}
        self._left: list[Any] = []
        self._woken = threading.Event()
        self._workers = workers
        try:
            self._listener: Any = _Listener(
                application,
                map=self._open,
                dispatcher=workers,
                host=host,
                port=port,
                ident="Server",
                max_request_header_size=_LARGEST_HEADER,
                max_request_body_size=largest_request + 1,  # it refuses what has that size
                connection_limit=_MOST_CONNECTIONS,
                log_socket_errors=False,  # a lost connection is one
                asyncore_use_poll=True,
                clear_untrusted_proxy_headers=False,
            )
        except (OSError, ValueError) as error:
            close_all(self._open)
            raise ConfigurationError(f"cannot listen at {host}, port {port}: {error}") from None
        self.host = host
        self.port = int(self._listener.effective_port)
        self._thread = _thread(self._run, "lightsail-http")

    @property
    def url(self) -> str:
        """Where it can be reached."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Answer from now on."""
        self._workers.set_thread_count(_THREADS)
        self._thread.start()

    def stop(self) -> None:
        """Answer what has been asked, and close every connection."""
        try:
            self._workers.finish()
        finally:
            try:
                self._listener.trigger.pull_trigger(self._let_go)
            finally:
                self._woken.set()
                self._thread.join()

    def _let_go(self) -> None:
        # Waitress' loop ends when it has nothing to look after.
        self._left = list(self._open.values())
        self._open.clear()

    def _run(self) -> None:
        self._listener.run()
        # Whoever else has woken the loop may have ended it: the pipe is still to be written to.
        self._woken.wait()
        for connection in self._left:
            connection.close()
