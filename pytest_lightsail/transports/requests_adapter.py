"""The adapter that connects ``requests`` to a simulated account.

Responses go through a ``responses.RequestsMock`` that is never started, so they reach the caller
like any mocked response. A lost connection raises a urllib3 error, which the caller's own retries
handle in virtual time. As usual, the last error becomes an exception of ``requests``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING, Any, cast
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

from ..accounts import report_call, responding
from ..endpoints import API_HOST, SIGNED_REGION, header_text
from ..simulator import wire
from ..simulator.front_door import visit

if TYPE_CHECKING:
    from ..simulator.account import Account

_NO_RETRIES = Retry(0)
_OPTIONS = ("stream", "timeout", "verify", "cert", "proxies")
"""The parameters of ``HTTPAdapter.send`` that follow the request, in order."""


def with_account(adapter: BaseAdapter) -> BaseAdapter:
    """Return the adapter, connected to the active account instead of the network.

    Subclasses still do their own work first, such as setting a timeout. Adapters that do not derive
    from ``HTTPAdapter`` are returned unchanged.
    """
    # The adapter is already simulated if other code still calls an earlier patched `get_adapter`.
    if not isinstance(adapter, HTTPAdapter) or isinstance(adapter, _SimulatedAdapter):
        return adapter
    kind = _kind(cast("Any", type(adapter)))
    simulated = kind.__new__(kind)
    # Both adapters share their state, so each sees the other's counters and caches.
    simulated.__dict__ = adapter.__dict__
    return simulated


@lru_cache(maxsize=64)
def _kind(kind: Any) -> type[HTTPAdapter]:
    bases = (_SimulatedAdapter,) if kind is HTTPAdapter else (kind, _SimulatedAdapter)
    return type(kind.__name__, bases, {})


class _SimulatedAdapter(HTTPAdapter):
    """Sends requests to the active account."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **given: Any
    ) -> requests.Response:
        options = {**dict(zip(_OPTIONS, args, strict=False)), **given}
        lightsail = responding()
        if lightsail is None:
            return super().send(request, **options)
        try:
            return self._send(lightsail, request, options)
        except (MaxRetryError, ReadTimeoutError, ProtocolError) as error:
            kind: type[requests.RequestException] = requests.exceptions.ConnectionError
            if isinstance(error, ReadTimeoutError):
                kind = requests.exceptions.ReadTimeout
            elif isinstance(error, MaxRetryError) and isinstance(error.reason, ResponseError):
                kind = requests.exceptions.RetryError
            raise kind(error, request=request) from error

    def _send(
        self, lightsail: Any, request: requests.PreparedRequest, options: Mapping[str, Any]
    ) -> requests.Response:
        """Send a request, and retry it, as urllib3's ``urlopen`` does."""
        url, method = str(request.url), str(request.method)
        pool = self.poolmanager.connection_from_url(url)
        # Use a new router for each request, because a router records all its calls.
        router: Any = responses.RequestsMock(assert_all_requests_are_fired=False)
        router.add(_Route(lightsail, pool, _read_timeout(options.get("timeout"))))
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


class _Route(responses.CallbackResponse):
    """A ``responses`` route that sends all requests to the account of ``lightsail``."""

    def __init__(self, lightsail: Any, pool: Any, read_timeout: float | None) -> None:
        super().__init__("", "", callback=self._respond, content_type=None)
        self._lightsail = lightsail
        self._pool = pool
        self._read_timeout = read_timeout

    def matches(self, request: requests.PreparedRequest) -> tuple[bool, str]:
        """Match every request."""
        del request
        return True, ""

    def _respond(self, request: requests.PreparedRequest) -> tuple[int, list[tuple[str, str]], Any]:
        response = self._ask(request)
        if isinstance(response, wire.Disconnect):
            raise self._error(response.kind)
        body = b"" if request.method == "HEAD" else response.body
        return response.status, list(response.headers), body

    def _ask(self, request: requests.PreparedRequest) -> wire.Response | wire.Disconnect:
        account: Account = self._lightsail.account
        parts = urlsplit(str(request.url))
        host, method, path = parts.hostname or "", str(request.method), str(request.path_url)
        api = API_HOST.fullmatch(host)
        if api is None:
            return visit(account, host, path, method=method, read_timeout=self._read_timeout)
        headers = {name.lower(): header_text(value) for name, value in request.headers.items()}
        report_call(headers.get("x-amz-target", ""))
        scope = SIGNED_REGION.search(headers.get("authorization", ""))
        region = api["region"] or (account.options.region if scope is None else scope[1])
        return account.handle(
            wire.Request(method, headers, _bytes(request), region, path, self._read_timeout)
        )

    def _error(self, kind: str) -> HTTPError:
        if kind == "connection_reset":
            lost = RemoteDisconnected("Remote end closed connection without response")
            return ProtocolError("Connection aborted.", lost)
        if kind == "read_timeout":
            limit = self._read_timeout
            shown = "none, so the caller would wait forever" if limit is None else limit
            return ReadTimeoutError(
                self._pool, "", f"simulated: Read timed out. (read timeout={shown})"
            )
        what = "Name or service not known" if kind == "dns_failure" else "Connection refused"
        return NewConnectionError(self._pool, f"simulated: {what}")


def _read_timeout(timeout: Any) -> float | None:
    """Return how many seconds the caller waits for a response. ``None`` means forever."""
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return Timeout(connect=connect, read=read).read_timeout


def _bytes(request: requests.PreparedRequest) -> bytes:
    body: Any = request.body or b""
    if not isinstance(body, (str, bytes)):
        # Files and iterators can be read only once, so keep their content for retries.
        parts = [body] if isinstance(body, bytearray) else body
        body = b"".join(each.encode() if isinstance(each, str) else each for each in parts)
        request.body = body
    return body.encode() if isinstance(body, str) else body
