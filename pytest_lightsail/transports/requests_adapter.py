"""The adapter of ``requests`` behind which a simulated account answers.

The answer goes through a ``responses.RequestsMock`` that is never started, so it takes the same way to
the caller as any mocked response. Errors are urllib3's and go through the retries that the caller has set
up, in virtual time; what is left of them becomes the exceptions of ``requests``, as it does there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import lru_cache
from http.client import IncompleteRead, RemoteDisconnected
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

import requests
import responses
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import Retry, Timeout
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    ResponseError,
)

from ..endpoints import API_HOST
from ..simulator import wire
from ..simulator.front_door import visit
from .stack import Active, Stack

__all__ = ["answering"]

_SCOPE = re.compile(r"Credential=[^/,\s]+/[0-9]+/(?P<region>[a-z0-9-]+)/lightsail/aws4_request")
_NO_RETRIES = Retry(0)
_OPTIONS = ("stream", "timeout", "verify", "cert", "proxies")
"""The parameters of ``HTTPAdapter.send`` after the request, in order."""


def answering(adapter: BaseAdapter, stack: Stack) -> BaseAdapter:
    """Return the same adapter, with the topmost account of the stack in place of the network.

    A subclass still does its work before it sends, such as setting a timeout. An unrelated adapter,
    mounted on purpose, is returned unchanged.
    """
    # Who has kept a patch of an earlier simulation may have put it back: then it is here already.
    if not isinstance(adapter, HTTPAdapter) or isinstance(adapter, _Answering):
        return adapter
    kind = _kind(cast("Any", type(adapter)), stack)
    answers = kind.__new__(kind)
    # One state for both: what one of them counts or caches, the other knows.
    answers.__dict__ = adapter.__dict__
    return answers


@lru_cache(maxsize=64)
def _kind(kind: Any, stack: Stack) -> type[HTTPAdapter]:
    bases = (_Answering,) if kind is HTTPAdapter else (kind, _Answering)
    return type(kind.__name__, bases, {"_lightsail_stack": stack})


class _Answering(HTTPAdapter):
    """Asks the account instead of the network."""

    _lightsail_stack: ClassVar[Stack]
    """So named that no subclass has another."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **given: Any
    ) -> requests.Response:
        options = {**dict(zip(_OPTIONS, args, strict=False)), **given}
        active = self._lightsail_stack.top
        if active is None:
            return super().send(request, **options)
        try:
            return self._send(active, request, options)
        except (MaxRetryError, ReadTimeoutError, ProtocolError) as error:
            raise _of_requests(error)(error, request=request) from error

    def _send(
        self, active: Active, request: requests.PreparedRequest, options: Mapping[str, Any]
    ) -> requests.Response:
        """As urllib3's ``urlopen`` does it: ask, and ask again as long as the retries allow it."""
        url, method = str(request.url), str(request.method)
        pool = self.poolmanager.connection_from_url(url)
        router: Any = _router(active, pool, _read_timeout(options.get("timeout")))
        retries, shown = self.max_retries, str(request.path_url)
        while True:
            try:
                response: requests.Response = router.unbound_on_send()(
                    self, request, retries=_NO_RETRIES, **options
                )
            except HTTPError as error:
                retries = retries.increment(
                    method, shown, error=error, _pool=pool, _stacktrace=error.__traceback__
                )
                retries.sleep()
                continue
            again = bool(response.headers.get("Retry-After"))
            if not retries.is_retry(method, response.status_code, again):
                return response
            try:
                retries = retries.increment(method, shown, response=response.raw, _pool=pool)
            except MaxRetryError:
                if retries.raise_on_status:
                    raise
                return response
            retries.sleep(response.raw)


def _of_requests(error: HTTPError) -> type[requests.RequestException]:
    """Convert an error of urllib3 as ``requests`` does."""
    if isinstance(error, ReadTimeoutError):
        return requests.exceptions.ReadTimeout
    if isinstance(error, MaxRetryError) and isinstance(error.reason, ResponseError):
        return requests.exceptions.RetryError
    return requests.exceptions.ConnectionError


def _router(active: Active, pool: Any, read_timeout: float | None) -> responses.RequestsMock:
    """Return a router with one route, for one request, so that its record does not grow."""
    router = responses.RequestsMock(assert_all_requests_are_fired=False)
    router.add(_Route(active, pool, read_timeout))
    return router


class _Route(responses.CallbackResponse):
    """Leads every request to the account."""

    def __init__(self, active: Active, pool: Any, read_timeout: float | None) -> None:
        super().__init__("", "", callback=self._answer, content_type=None)
        self._active = active
        self._pool = pool
        self._read_timeout = read_timeout

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Every request."""
        del request
        return True, ""

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, list[tuple[str, str]], Any]:
        self._active.prepare(request.headers)
        answer = self._ask(request)
        if isinstance(answer, wire.Response):
            return answer.status, list(answer.headers), answer.body
        if answer.sent is None:
            raise self._error(answer.kind)
        body = io.BufferedReader(_BreaksOff(answer.sent.body))
        return answer.sent.status, list(answer.sent.headers), body

    def _ask(self, request: requests.PreparedRequest) -> wire.Response | wire.Disconnect:
        account = self._active.account
        parts = urlsplit(str(request.url))
        host, method, path = parts.hostname or "", str(request.method), str(request.path_url)
        api = API_HOST.fullmatch(host)
        if api is None:
            return visit(
                account,
                host,
                path,
                method=method,
                secure=parts.scheme == "https",
                read_timeout=self._read_timeout,
            )
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        scope = _SCOPE.search(headers.get("authorization", ""))
        region = api["region"] or (account.options.region if scope is None else scope["region"])
        return account.handle(
            wire.Request(method, headers, _bytes(request), region, path, self._read_timeout)
        )

    def _error(self, kind: str) -> HTTPError:
        if kind == "connection_reset":
            lost = RemoteDisconnected("Remote end closed connection without response")
            return ProtocolError("Connection aborted.", lost)
        if kind == "read_timeout":
            limit = self._read_timeout
            told = "it has none, so it would wait forever" if limit is None else limit
            return ReadTimeoutError(
                self._pool, "", f"simulated: Read timed out. (read timeout={told})"
            )
        what = "Name or service not known" if kind == "dns_failure" else "Connection refused"
        return NewConnectionError(self._pool, f"simulated: {what}")


class _BreaksOff(io.RawIOBase):
    """A body whose connection is lost in the middle."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._left = io.BytesIO(body)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._left.readinto(buffer)
        if not count:
            raise IncompleteRead(b"")
        return count


def _read_timeout(timeout: Any) -> float | None:
    """Return how long the caller waits for a response; ``None`` is forever.

    Raises:
        ValueError: it is not a timeout; urllib3 explains why.
    """
    if not isinstance(timeout, Timeout):
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        timeout = Timeout(connect=connect, read=read)
    started = timeout.clone()
    started.start_connect()
    return cast("float | None", started.read_timeout)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(request: requests.PreparedRequest) -> bytes:
    """Return the body of a request; keep a body that can be read only once, for retries."""
    body: Any = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    elif not isinstance(body, (str, bytes, bytearray)):
        body = b"".join(body)
    request.body = body.encode() if isinstance(body, str) else bytes(body)
    return request.body
