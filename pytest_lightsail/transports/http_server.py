"""Serve an account over HTTP with the server from the standard library.

Each connection has its own thread, so a silent client does not block others. A message that is not
HTTP gets the response that AWS would send.
"""

from __future__ import annotations

import logging
import re
import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from ..exceptions import ConfigurationError
from ..machinery import exempt, machinery
from ..simulator.wire import Disconnect, Response, ServiceError

LARGEST_REQUEST = 1 << 20
"""The maximum number of bytes in a body. AWS documents no limit."""

_LAST_READS, _LAST_SECONDS = 512, 1
"""Before it closes a connection, the server discards up to ``_LAST_READS`` blocks of input and
waits up to ``_LAST_SECONDS`` for each block."""

_OF_THE_SERVER = frozenset(("connection", "date", "server"))
"""Headers that the server sets itself. ``Date`` contains the real time, because callers in other
processes run in real time. If an error response had a different date, an SDK would conclude that
its own clock was wrong."""

_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_MALFORMED = ServiceError("MalformedHttpRequestException", "The request is not valid HTTP.")
_TOO_LARGE = ServiceError("RequestEntityTooLargeException", "The request is too large.")
_log = logging.getLogger("pytest_lightsail.http")


class _Handler(BaseHTTPRequestHandler):
    """Handles the requests on one connection."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Any  # an ``HttpServer``

    def version_string(self) -> str:
        """Return the value of the ``Server`` header that the service sends."""
        return "Server"

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002
        """Log nothing, because the account records all calls."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Send the error response to a message that the standard library cannot parse."""
        self._refuse(_MALFORMED)

    def handle_expect_100(self) -> bool:
        """Send ``100 Continue`` at once, because the client waits for it before sending a body."""
        is_expected = super().handle_expect_100()
        self.wfile.flush()
        return is_expected

    def finish(self) -> None:
        """Read the remaining input before closing the connection.

        Otherwise, a client that is still sending would get a connection reset, not the response.
        """
        super().finish()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LAST_SECONDS)
            for _ in range(_LAST_READS):
                if not self.connection.recv(1 << 16):
                    break

    def do_POST(self) -> None:
        """Respond to a request with any HTTP method."""
        if _QUICK_ACK is not None:
            # Acknowledge the headers at once. By default, the kernel waits 40 ms, and a client
            # without TCP_NODELAY may hold back the body until the acknowledgement arrives.
            self.connection.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
        given = self.headers
        lengths = given.get_all("Content-Length", ["0"])
        has_length = len(lengths) == 1 and re.fullmatch("[0-9]{1,18}", lengths[0])
        is_broken = given.defects or given.get_payload() or "Transfer-Encoding" in given
        if is_broken or not has_length or not self.path.startswith("/"):
            self._refuse(_MALFORMED)
            return
        size = int(lengths[0])
        if size > LARGEST_REQUEST:
            self._refuse(_TOO_LARGE)
            return
        body = self.rfile.read(size)
        if len(body) < size:
            raise ConnectionResetError("the client has disconnected")
        headers = {name.lower(): ", ".join(given.get_all(name, ())) for name in given}
        response = self.server.endpoint.respond(self.command, self.path, headers, body)
        if isinstance(response, Disconnect):
            self.close_connection = True
        else:
            self._send(response)

    do_GET = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST  # noqa: N815

    def _send(self, response: Response) -> None:
        self.request_version = self.protocol_version  # HTTP/0.9 responses have no headers
        self.send_response(response.status)
        for name, value in response.headers:
            if name.lower() not in _OF_THE_SERVER:
                self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _refuse(self, error: ServiceError) -> None:
        self.close_connection = True
        self._send(self.server.endpoint.refuse(error))


class HttpServer(ThreadingTCPServer):
    """Serves an endpoint on its own socket until ``stop()`` is called. Port 0 means any free port.

    The endpoint is a ``LightsailServer`` or another object with ``respond`` and ``refuse``
    methods.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, endpoint: Any, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.endpoint = endpoint
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._open: set[Any] = set()
        self._closed = threading.Condition()
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError, UnicodeError) as error:
            raise ConfigurationError(f"cannot listen on {host}, port {port}: {error}") from None
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self.server_address[1]}"
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name="lightsail-http", daemon=True
        )
        exempt(self._thread)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Respond to pending requests for up to ``patience`` real seconds, then stop."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._closed:
            for connection in self._open:
                # Accept no more input, but respond to the requests that have already arrived.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
            self._closed.wait_for(lambda: not self._open, patience)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection."""
        with self._closed:
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Respond in real time to the requests on a connection."""
        with machinery():
            super().process_request_thread(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection, even if no thread could be started for it."""
        super().shutdown_request(request)
        with self._closed:
            self._open.discard(request)
            self._closed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Log server errors, but not client disconnects."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            _log.error("the request has failed", exc_info=error)
