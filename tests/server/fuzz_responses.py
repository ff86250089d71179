"""Read responses from a socket, and check what every response must satisfy."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

from .fuzz_requests import ACCOUNT, CONTROLLED, SERVICE

TIMEOUT = 5.0
"""Real seconds after which a request counts as hanging."""

PAGE = "page"
STATUSES = {
    ACCOUNT: frozenset(range(200, 500)),
    CONTROLLED: frozenset({200, 400, 404, 415}),
    PAGE: frozenset({200, 308}),
    # These responses come from images or from Lightsail's load balancer.
    SERVICE: frozenset({200, 404, 418, 502, 503}),
}


def exchange(port: int, data: bytes) -> bytes:
    """Return all bytes that the server sends in response until it closes the connection.

    Raises:
        TimeoutError: there is no response in time.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        response = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                response += piece
        except (ConnectionError, BrokenPipeError):
            pass  # after a refusal, the server need not read the rest
        return response


class Response(NamedTuple):
    """A response: status, headers by lower-case name, body, and who sent it."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes | None
    by: str

    @property
    def document(self) -> Any:
        """Return the document in the body."""
        return json.loads(self.body or b"null")


def parse_responses(stream: bytes, *, head: bool) -> list[Response]:
    """Return the responses in a stream.

    Raises:
        AssertionError: a response is malformed, or its sender must not send it.
    """
    found = []
    while stream:
        if stream.startswith(b"HTTP/1.1 100 Continue\r\n\r\n"):
            stream = stream[25:]
            continue
        top, end, rest = stream.partition(b"\r\n\r\n")
        assert end, stream[:200]
        lines = top.split(b"\r\n")
        protocol, status, _ = lines[0].split(b" ", 2)
        assert protocol in (b"HTTP/1.0", b"HTTP/1.1"), lines[0]
        named = (line.split(b": ", 1) for line in lines[1:])
        headers = {name.lower(): value for name, value in named}
        body: bytes | None = None
        if head and (not rest or rest.startswith(b"HTTP/")):
            stream = rest
        else:
            length = int(headers[b"content-length"])
            body, stream = rest[:length], rest[length:]
            assert len(body) == length
        response = Response(int(status), headers, body, _sender(headers))
        assert response.status in STATUSES[response.by], (response.by, lines[0], rest[:500])
        if body is not None:
            _check(response)
        found.append(response)
    return found


def _sender(headers: Mapping[bytes, bytes]) -> str:
    """Return who sent a response with these headers."""
    if headers.get(b"x-amzn-requestid"):
        assert headers[b"content-type"] == b"application/x-amz-json-1.1"
        return ACCOUNT
    kind = headers.get(b"content-type")
    if b"content-security-policy" in headers:
        return CONTROLLED if kind == b"application/json" else PAGE
    assert kind == b"text/plain; charset=utf-8", headers
    return SERVICE


def _check(response: Response) -> None:
    if response.by == CONTROLLED:
        assert response.headers[b"cache-control"] == b"no-store"
        document = response.document
        assert isinstance(document, dict)
        assert ("error" in document) == (response.status != 200), document
    elif response.by == ACCOUNT and response.status != 200:
        assert isinstance(response.document["__type"], str), response.document
        assert isinstance(response.document["message"], str), response.document
    elif response.by == ACCOUNT:
        assert isinstance(response.document, dict)
