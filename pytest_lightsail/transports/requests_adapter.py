"""The adapter that connects ``requests`` to a simulated account.

A lost connection raises a urllib3 error, which the caller's own retries handle in virtual time. As
usual, the last error becomes an exception of ``requests``.
"""

from __future__ import annotations

from functools import lru_cache
from http.client import RemoteDisconnected
from http.client import responses as reasons
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse, Timeout
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
from ..simulator.front_door import visit
from ..simulator.wire import Disconnect, Request, Response

if TYPE_CHECKING:
    from ..simulator.account import Account


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
        lightsail = responding()
        if lightsail is None:
            return super().send(request, *args, **given)
        _, timeout = (*args, None, None)[:2]
        try:
            return self._send(lightsail, request, _read_timeout(given.get("timeout", timeout)))
        except (MaxRetryError, ReadTimeoutError, ProtocolError) as error:
            kind: type[requests.RequestException] = requests.exceptions.ConnectionError
            if isinstance(error, ReadTimeoutError):
                kind = requests.exceptions.ReadTimeout
            elif isinstance(error, MaxRetryError) and isinstance(error.reason, ResponseError):
                kind = requests.exceptions.RetryError
            raise kind(error, request=request) from error

    def _send(
        self, lightsail: Any, request: requests.PreparedRequest, read_timeout: float | None
    ) -> requests.Response:
        """Send a request, and retry it, as urllib3's ``urlopen`` does."""
        method, shown, retries = str(request.method), str(request.path_url), self.max_retries
        pool = self.poolmanager.connection_from_url(str(request.url))
        while True:
            try:
                response = _ask(lightsail.account, request, read_timeout)
                if isinstance(response, Disconnect):
                    raise _error(response.kind, pool, read_timeout)
            except HTTPError as error:
                retries = retries.increment(
                    method, shown, error=error, _pool=pool, _stacktrace=error.__traceback__
                )
                retries.sleep()
                continue
            raw = HTTPResponse(
                BytesIO(b"" if method == "HEAD" else response.body),
                dict(response.headers),
                response.status,
                reason=reasons.get(response.status),
                preload_content=False,
                request_method=method,
            )
            if retries.is_retry(method, raw.status, "Retry-After" in raw.headers):
                try:
                    retries = retries.increment(method, shown, response=raw, _pool=pool)
                except MaxRetryError:
                    if retries.raise_on_status:
                        raise
                else:
                    retries.sleep(raw)
                    continue
            return self.build_response(request, raw)


def _ask(
    account: Account, request: requests.PreparedRequest, read_timeout: float | None
) -> Response | Disconnect:
    parts = urlsplit(str(request.url))
    host, method, path = parts.hostname or "", str(request.method), str(request.path_url)
    api = API_HOST.fullmatch(host)
    if api is None:
        return visit(account, host, path, method=method, read_timeout=read_timeout)
    headers = {name.lower(): header_text(value) for name, value in request.headers.items()}
    report_call(headers.get("x-amz-target", ""))
    scope = SIGNED_REGION.search(headers.get("authorization", ""))
    region = api["region"] or (account.options.region if scope is None else scope[1])
    return account.handle(Request(method, headers, _bytes(request), region, path, read_timeout))


def _error(kind: str, pool: Any, read_timeout: float | None) -> HTTPError:
    if kind == "connection_reset":
        lost = RemoteDisconnected("Remote end closed connection without response")
        return ProtocolError("Connection aborted.", lost)
    if kind == "read_timeout":
        limit = "none, so the caller would wait forever" if read_timeout is None else read_timeout
        return ReadTimeoutError(pool, "", f"simulated: Read timed out. (read timeout={limit})")
    what = "Name or service not known" if kind == "dns_failure" else "Connection refused"
    return NewConnectionError(pool, f"simulated: {what}")


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
