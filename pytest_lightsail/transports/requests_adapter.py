"""The adapter that connects ``requests`` to a simulated account.

A ``responses.RequestsMock`` that patches nothing converts the account's responses to
``requests.Response`` objects. A lost connection raises a urllib3 error, which the caller's own
retries handle in virtual time. After the last retry, the error becomes a ``requests`` exception.
"""

from __future__ import annotations

import re
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

from ..accounts import API_HOST, SIGNED_REGION, header_text, report_call, responding
from ..simulator import wire

if TYPE_CHECKING:
    from ..simulator.account import Account

_NO_RETRIES = Retry(0)
_ANY_URL = re.compile("")
_OPTIONS = ("stream", "timeout", "verify", "cert", "proxies")
"""The parameters of ``HTTPAdapter.send`` that follow the request, in order."""


def with_account(adapter: BaseAdapter) -> BaseAdapter:
    """Return a version of the adapter that sends requests to the active account, not to the network.

    A subclass's ``send`` method still runs first, for example to set a timeout. Adapters that do
    not derive from ``HTTPAdapter`` are returned unchanged.
    """
    # If `get_adapter` has been patched twice, the adapter is already simulated.
    if not isinstance(adapter, HTTPAdapter) or isinstance(adapter, _SimulatedAdapter):
        return adapter
    kind = _kind(cast("Any", type(adapter)))
    simulated = kind.__new__(kind)
    # Share the original adapter's state, such as its counters and caches.
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
        """Send a request and retry it as urllib3's ``urlopen`` does."""
        method, path, timeout = str(request.method), request.path_url, options.get("timeout")
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        limit = Timeout(connect=connect, read=read).read_timeout
        pool = self.poolmanager.connection_from_url(str(request.url))

        def respond(request: requests.PreparedRequest) -> tuple[int, list[tuple[str, str]], bytes]:
            response = _ask(lightsail.account, request, limit)
            if isinstance(response, wire.Disconnect):
                raise _error(response.kind, pool, limit)
            body = b"" if method == "HEAD" else response.body
            return response.status, list(response.headers), body

        # Use a new ``RequestsMock`` for each request, because a mock keeps a record of every call.
        router: Any = responses.RequestsMock(assert_all_requests_are_fired=False)
        router.add_callback(method, _ANY_URL, respond, content_type=None)
        retries = self.max_retries
        while True:
            try:
                response: requests.Response = router.unbound_on_send()(
                    self, request, retries=_NO_RETRIES, **options
                )
            except HTTPError as error:
                retries = retries.increment(
                    method, path, error=error, _pool=pool, _stacktrace=error.__traceback__
                )
                retries.sleep()
                continue
            again = bool(response.headers.get("Retry-After"))
            if not retries.is_retry(method, response.status_code, again):
                return response
            try:
                retries = retries.increment(method, path, response=response.raw, _pool=pool)
            except MaxRetryError:
                if retries.raise_on_status:
                    raise
                return response
            retries.sleep(response.raw)


def _ask(
    account: Account, request: requests.PreparedRequest, read_timeout: float | None
) -> wire.Response | wire.Disconnect:
    """Return the account's response. ``read_timeout`` is ``None`` if the request has no timeout."""
    host = urlsplit(str(request.url)).hostname or ""
    method, path = str(request.method), request.path_url
    api = API_HOST.fullmatch(host)
    if api is None:
        return account.visit(host, path, method)
    headers = {name.lower(): header_text(value) for name, value in request.headers.items()}
    report_call(headers.get("x-amz-target", ""))
    scope = SIGNED_REGION.search(headers.get("authorization", ""))
    region = api["region"] or (account.options.region if scope is None else scope[1])
    body: Any = request.body or b""
    if not isinstance(body, (str, bytes)):
        # Files and iterators can be read only once, so keep their content for retries.
        parts = [body] if isinstance(body, bytearray) else body
        body = b"".join(each.encode() if isinstance(each, str) else each for each in parts)
        request.body = body
    body = body.encode() if isinstance(body, str) else body
    return account.handle(wire.Request(method, headers, body, region, path, read_timeout))


def _error(kind: str, pool: Any, read_timeout: float | None) -> HTTPError:
    if kind == "connection_reset":
        lost = RemoteDisconnected("Remote end closed connection without response")
        return ProtocolError("Connection aborted.", lost)
    if kind == "read_timeout":
        shown = "None: the caller would wait forever" if read_timeout is None else read_timeout
        return ReadTimeoutError(pool, "", f"simulated: Read timed out. (read timeout={shown})")
    what = "Name or service not known" if kind == "dns_failure" else "Connection refused"
    return NewConnectionError(pool, f"simulated: {what}")
