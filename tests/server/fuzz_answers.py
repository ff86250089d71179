"""Read responses from a socket, and check the promises that hold for every responder."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple

from .fuzz_requests import ACCOUNT, CONTROLLED, SERVICE

TIMEOUT = 5.0
"""Real seconds after which a request hangs."""

PAGE = "page"
STATUSES = {
    ACCOUNT: frozenset(range(200, 500)),
    CONTROLLED: frozenset({200, 400, 404, 415}),
    PAGE: frozenset({200, 308}),
    # Responses of images, and of Lightsail's load balancer.
    SERVICE: frozenset({200, 404, 418, 502, 503}),
}


def exchange(port: int, data: bytes) -> bytes:
    """Return all bytes that the server sends in response until it closes the connection.

    Raises:
        TimeoutError: the request hangs.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        answer = b""
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except (ConnectionError, BrokenPipeError):
            pass  # after a refusal, the server need not read the rest
        return answer


class Answer(NamedTuple):
    """A response: status, headers by lower-case name, body, and who sent it."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes | None
    by: str

    @property
    def document(self) -> Any:
        """Return the document in the body."""
        return json.loads(self.body or b"null")


def answers(stream: bytes, *, head: bool) -> list[Answer]:
    """Yield the responses in a stream.

    Raises:
        AssertionError: a response is not well-formed, or breaks a promise.
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
        answer = Answer(int(status), headers, body, _author(headers))
        assert answer.status in STATUSES[answer.by], (answer.by, lines[0], rest[:500])
        if body is not None:
            _keeps_its_promise(answer)
        found.append(answer)
    return found


def _author(headers: Mapping[bytes, bytes]) -> str:
    """Return who sent a response, which its headers show."""
    if headers.get(b"x-amzn-requestid"):
        assert headers[b"content-type"] == b"application/x-amz-json-1.1"
        return ACCOUNT
    kind = headers.get(b"content-type")
    if b"content-security-policy" in headers:
        return CONTROLLED if kind == b"application/json" else PAGE
    assert kind == b"text/plain; charset=utf-8", headers
    return SERVICE


def _keeps_its_promise(answer: Answer) -> None:
    if answer.by == CONTROLLED:
        assert answer.headers[b"cache-control"] == b"no-store"
        document = answer.document
        assert isinstance(document, dict)
        assert ("error" in document) == (answer.status != 200), document
    elif answer.by == ACCOUNT and answer.status != 200:
        assert isinstance(answer.document["__type"], str), answer.document
        assert isinstance(answer.document["message"], str), answer.document
    elif answer.by == ACCOUNT:
        assert isinstance(answer.document, dict)
