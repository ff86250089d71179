"""Respond to the calls of all botocore, aiobotocore and boto3 clients in this process, and of requests.

Nothing is patched, and no handler is registered, while no account is active. In botocore, only
``Endpoint.make_request`` is patched. It sees the first Lightsail call of any client, no matter when the
client was made, registers two handlers on the client's own event emitter, and continues. botocore still
validates and serialises parameters, retries, and parses responses. In ``requests``,
``Session.get_adapter`` is patched, even if ``requests`` is imported later. For hosts of Lightsail it
returns an adapter that calls the account. For all others it returns the same as before, so ``responses``,
moto and other libraries that patch ``send`` still work.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import botocore
import botocore.endpoint
import botocore.exceptions
from botocore.awsrequest import AWSResponse, HeadersDict

from ..accounts import answering
from ..endpoints import API_HOST
from ..exceptions import RealCallError
from ..patching import Patch
from ..simulator.front_door import serves
from ..simulator.wire import READ_HEADERS, Disconnect, Request, Response
from .clients import fill_in, retry_patches
from .stack import Active, Stack

if TYPE_CHECKING:
    from ..simulator.account import Account

__all__ = ["BOTOCORE", "REQUESTS"]

_SERVICE = "lightsail"


class _AwaitableBytes(bytes):
    """A body that botocore reads and aiobotocore awaits."""

    def __await__(self) -> Generator[None, None, bytes]:
        yield from ()
        return bytes(self)


class _Headers(HeadersDict):
    """The headers of a response, as botocore has them, made and read at less cost."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = {name.lower(): (name, value) for name, value in pairs}

    def __setitem__(self, key: str, value: str) -> None:
        self._pairs[key.lower()] = key, value

    def __getitem__(self, key: str) -> str:
        return self._pairs[key.lower()][1]

    def __delitem__(self, key: str) -> None:
        del self._pairs[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs.values())

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return repr(dict(self._pairs.values()))


_NONE: Any = {}


class _SimulatedResponse(AWSResponse):
    """An HTTP response that was never on a network."""

    def __init__(self, url: str, response: Response) -> None:
        super().__init__(url, response.status, _NONE, raw=None)
        self.headers = _Headers(response.headers)
        self._content = _AwaitableBytes(response.body)

    @property
    def content(self) -> bytes:
        return self._content


class _ClientHook:
    """The two handlers on one client's emitter, the Region of its calls, and how long it waits."""

    def __init__(self, region: str, read_timeout: float | None) -> None:
        self._region = region
        self._read_timeout = read_timeout
        self.handlers = (
            ("before-send.*.*", self.before_send),
            ("choose-signer.*.*", self.choose_signer),
        )

    def choose_signer(self, context: Mapping[str, Any], **_: Any) -> Any:
        """Sign only presigned URLs: a call needs no credentials, and none are loaded or refreshed."""
        top = BOTOCORE.top
        unsigned = top is not None and not top.sign and not context.get("is_presign_request")
        return botocore.UNSIGNED if unsigned else None

    def before_send(self, request: Any, **_: Any) -> AWSResponse | None:
        """Give the account's answer instead of sending the request."""
        top = BOTOCORE.top
        if top is None:
            return None
        headers = {}
        for name in READ_HEADERS:
            value = request.headers.get(name, "")
            headers[name] = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        body = request.body or b""
        top.prepare(headers)
        answer = top.account.handle(
            Request(
                method=request.method,
                headers=headers,
                body=body.encode() if isinstance(body, str) else bytes(body),
                region=self._region,
                read_timeout=self._read_timeout,
            )
        )
        if isinstance(answer, Disconnect):
            if answer.hint:
                raise _UnknownHostError(endpoint_url=request.url, hint=answer.hint)
            raise _DISCONNECTS[answer.kind](
                endpoint_url=request.url, error=f"simulated {answer.kind}"
            )
        return _SimulatedResponse(request.url, answer)


class _UnknownHostError(botocore.exceptions.EndpointConnectionError):
    """botocore's error for a host without an address, with a hint."""

    fmt = 'Could not connect to the endpoint URL: "{endpoint_url}" ({hint})'


_DISCONNECTS: dict[str, Any] = {
    "connection_refused": botocore.exceptions.EndpointConnectionError,
    "connection_reset": botocore.exceptions.ConnectionClosedError,
    "dns_failure": botocore.exceptions.EndpointConnectionError,
    "read_timeout": botocore.exceptions.ReadTimeoutError,
    "truncated_body": botocore.exceptions.ConnectionClosedError,
}


class _Botocore(Stack):
    """The accounts that answer calls of botocore."""

    def __init__(self) -> None:
        self._hooked: WeakKeyDictionary[Any, _ClientHook] = WeakKeyDictionary()
        super().__init__(
            Patch("botocore.endpoint", "Endpoint", "make_request", self._hooking),
            Patch("botocore.session", "Session", "create_client", self._with_defaults),
            Patch("aiobotocore.session", "AioSession", "create_client", self._with_defaults),
            *retry_patches(_SERVICE, self._account_now),
            active=answering,
        )
        self._process = os.getpid()

    def _account_now(self) -> Account | None:
        top = self.top
        return None if top is None else top.account

    def hook(self, emitter: Any, context: Mapping[str, Any]) -> None:
        if emitter in self._hooked:
            return
        with self._lock:
            # Another thread may have hooked it, or ended the simulation, since the caller looked.
            if emitter in self._hooked or not self._active:
                return
            # aiobotocore and boto3 have the same configuration; None in it means to wait forever.
            waits = context["client_config"].read_timeout
            hook = _ClientHook(context["client_region"], waits)
            # Wildcards, first in line: they come before the handlers of moto and of users.
            for event, handler in hook.handlers:
                emitter.register_first(event, handler)
            self._hooked[emitter] = hook

    def _hooking(self, original: Any) -> Any:
        stack = self

        def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
            if stack.top is not None and operation_model.service_model.service_name == _SERVICE:
                stack.check_process(operation_model.name)
                stack.hook(self._event_emitter, request_dict["context"])
            return original(self, operation_model, request_dict)

        return make_request

    def _with_defaults(self, original: Any) -> Any:
        stack = self

        def create_client(self: Any, *args: Any, **given: Any) -> Any:
            top = stack.top
            if top is not None and (args[0] if args else given.get("service_name")) == _SERVICE:
                args, given = (), fill_in(self, args, given, top.account.options.region)
            return original(self, *args, **given)

        return create_client

    def check_process(self, operation: str) -> None:
        """Refuse a call of a forked process.

        Raises:
            RealCallError: the account lives in the process that this one was forked from.
        """
        if os.getpid() != self._process:
            raise RealCallError(
                f"{operation} was called in a forked process, where the simulated account is only a "
                "copy, so its changes would be lost. Pass the process the environment "
                "lightsail_server.env, to reach the account over HTTP, or use threads."
            )

    def push(self, active: Active) -> None:
        """Let an account answer; the first one of a forked process is its own."""
        if self.top is None:
            self._process = os.getpid()
        super().push(active)

    def remove(self, account: Account) -> None:
        """Stop an account, and remove its handlers from the clients if no account is active."""
        super().remove(account)
        if not self._active:
            for emitter, hook in list(self._hooked.items()):
                for event, handler in hook.handlers:
                    emitter.unregister(event, handler)
            self._hooked.clear()


class _Requests(Stack):
    """The accounts that answer calls of ``requests``."""

    def __init__(self) -> None:
        super().__init__(Patch("requests.sessions", "Session", "get_adapter", self._answering))

    def _answering(self, original: Any) -> Any:
        stack = self

        def get_adapter(self: Any, url: str) -> Any:
            adapter = original(self, url)
            top = stack.top
            if top is None or not _is_ours(url, top.account):
                return adapter
            from .requests_adapter import answering  # noqa: PLC0415 - imports responses

            return answering(adapter, stack)

        return get_adapter


def _is_ours(url: str, account: Account) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False  # the adapter will say what is wrong with it
    return API_HOST.fullmatch(host) is not None or serves(account, host)


BOTOCORE = _Botocore()
"""The accounts that answer every Lightsail call of botocore's clients in this process."""

REQUESTS = _Requests()
"""The accounts that answer callers of ``requests``."""
