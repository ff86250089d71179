"""Respond to Lightsail calls from botocore, aiobotocore, boto3 and ``requests`` in this process.

The patches in ``_PATCHES`` are installed when the first account becomes active and removed when
the last account ends:

- ``Endpoint.make_request`` registers two handlers on the event emitter of each client that makes a
  Lightsail call, even if the client was created before the account. botocore still validates and
  serialises parameters, retries calls, and parses responses.
- ``Session.create_client`` gives new Lightsail clients dummy credentials and AWS's own endpoint. If
  the caller has not chosen a Region, the client also gets the account's default Region.
- For each account, botocore's retry quota starts full, and the random pauses between retries
  are derived from the account's seed.
- ``Session.get_adapter`` of ``requests`` returns an adapter that passes requests for Lightsail
  hosts to the account. Other packages, such as moto, can still patch ``send`` for other hosts.
"""

from __future__ import annotations

import copy
import inspect
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import ReferenceType, WeakKeyDictionary, ref

import botocore
import botocore.endpoint
import botocore.exceptions
import botocore.session
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.loaders import Loader
from botocore.retries.quota import RetryQuota

from ..accounts import API_HOST, DUMMY_KEY, answering, header_text, report_call, responding
from ..exceptions import RealCallError
from ..model.service import SERVICE, load
from ..model.validator import request_validator
from ..patching import Patch
from ..simulator.wire import READ_HEADERS, Disconnect, Request, Response

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient

    from ..simulator.account import Account

CREDENTIALS = {"aws_access_key_id": DUMMY_KEY, "aws_secret_access_key": DUMMY_KEY}
"""Arguments that keep a client from searching for real credentials."""


# --- responses -----------------------------------------------------------------------------------


class _AwaitableBytes(bytes):
    """A response body that botocore reads directly and aiobotocore awaits."""

    def __await__(self) -> Generator[None, None, bytes]:
        yield from ()
        return bytes(self)


class _Headers(HeadersDict):
    """A ``HeadersDict`` that is faster to create. All header names are in lower case."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._dict = {name.lower(): value for name, value in pairs}

    def __getitem__(self, key: str) -> str:
        return self._dict[key.lower()]

    def __setitem__(self, key: str, value: str) -> None:
        self._dict[key.lower()] = value

    def __delitem__(self, key: str) -> None:
        del self._dict[key.lower()]


def _to_botocore(url: str, response: Response) -> AWSResponse:
    no_headers: Any = {}
    converted = AWSResponse(url, response.status, no_headers, raw=None)
    converted.headers = _Headers(response.headers)
    converted._content = _AwaitableBytes(response.body)  # type: ignore[attr-defined]
    return converted


class _UnknownHostError(botocore.exceptions.EndpointConnectionError):
    """botocore's error for a host without an address, with an added hint."""

    fmt = 'Could not connect to the endpoint URL: "{endpoint_url}" ({hint})'


_DISCONNECTS: dict[str, Any] = {
    "connection_refused": botocore.exceptions.EndpointConnectionError,
    "connection_reset": botocore.exceptions.ConnectionClosedError,
    "dns_failure": botocore.exceptions.EndpointConnectionError,
    "read_timeout": botocore.exceptions.ReadTimeoutError,
}


# --- calls ---------------------------------------------------------------------------------------


def _handlers(call: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Return handlers for a client's events. ``call`` is the context of the current call."""
    region = call["client_region"]
    # boto3 and aiobotocore store timeouts in the same way. A timeout of None means no limit.
    read_timeout = call["client_config"].read_timeout

    def choose_signer(context: Mapping[str, Any], **_: Any) -> Any:
        """Sign only presigned URLs. Calls need no credentials, so no credentials are loaded."""
        if responding() is None or context.get("is_presign_request"):
            return None
        return botocore.UNSIGNED

    def before_send(request: Any, **_: Any) -> AWSResponse | None:
        """Return the account's response instead of letting botocore send the request."""
        active = responding()
        if active is None:
            return None
        headers = {name: header_text(request.headers.get(name, "")) for name in READ_HEADERS}
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else bytes(body)
        report_call(headers["x-amz-target"])
        response = active.account.handle(
            Request(request.method, headers, body, region, read_timeout=read_timeout)
        )
        if isinstance(response, Disconnect):
            if response.hint:
                raise _UnknownHostError(endpoint_url=request.url, hint=response.hint)
            raise _DISCONNECTS[response.kind](
                endpoint_url=request.url, error=f"simulated {response.kind}"
            )
        return _to_botocore(request.url, response)

    return {"before-send.*.*": before_send, "choose-signer.*.*": choose_signer}


_lock = threading.RLock()
_hooked: WeakKeyDictionary[Any, dict[str, Callable[..., Any]]] = WeakKeyDictionary()
"""The handlers of this module, keyed by the event emitter on which they are registered."""

_copies: list[Any] = []
"""The copies of active accounts in a forked process. Changes would not reach the originals."""
os.register_at_fork(after_in_child=lambda: _copies.extend(answering))


def add(lightsail: Any) -> None:
    """Let ``lightsail`` respond to calls until ``remove`` is called."""
    with _lock:
        answering.append(lightsail)
        if len(answering) == 1:
            for patch in _PATCHES:
                patch.install()


def remove(lightsail: Any) -> None:
    """Stop an account from responding. If no account remains, remove all patches and handlers."""
    with _lock:
        answering.remove(lightsail)
        if answering:
            return
        for patch in reversed(_PATCHES):
            patch.remove()
        for emitter, handlers in list(_hooked.items()):
            for event, handler in handlers.items():
                emitter.unregister(event, handler)
        _hooked.clear()


def _with_hook(original: Any) -> Any:
    def make_request(self: Any, operation_model: Any, request_dict: Any) -> Any:
        if answering and operation_model.service_model.service_name == SERVICE:
            if responding() in _copies:
                raise RealCallError(
                    f"{operation_model.name} was called in a forked process, where the simulated "
                    "account is only a copy, so changes to it would be lost. Use threads, or start "
                    "the process with `env=lightsail_server.env`, so that it reaches the account "
                    "over HTTP."
                )
            if self._event_emitter not in _hooked:
                _hook(self._event_emitter, request_dict["context"])
        return original(self, operation_model, request_dict)

    return make_request


def _hook(emitter: Any, context: Mapping[str, Any]) -> None:
    with _lock:
        # Since the check in `make_request`, another thread may have registered these handlers or
        # ended the simulation.
        if emitter in _hooked or not answering:
            return
        handlers = _handlers(context)
        # Use `register_first`, so that these handlers run before handlers that moto or users add.
        for event, handler in handlers.items():
            emitter.register_first(event, handler)
        _hooked[emitter] = handlers


def _with_account(original: Any) -> Any:
    def get_adapter(self: Any, url: str) -> Any:
        adapter = original(self, url)
        active = responding()
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return adapter  # the adapter reports the invalid URL
        if active is None or not (API_HOST.fullmatch(host) or active.account.serves(host)):
            return adapter
        from .requests_adapter import with_account  # noqa: PLC0415 - imports responses

        return with_account(adapter)

    return get_adapter


# --- clients of the caller -----------------------------------------------------------------------

_PARAMETERS = tuple(inspect.signature(botocore.session.Session.create_client).parameters)[1:]

_ENDPOINTS = "ignore_configured_endpoint_urls"
"""The ``Config`` option that makes botocore ignore endpoints set in the environment. botocore 1.31
introduced both this option and support for such endpoints."""

_loaders: dict[tuple[str, ...], Loader] = {}


def _with_defaults(original: Any) -> Any:
    def create_client(self: Any, *args: Any, **given: Any) -> Any:
        active = responding()
        arguments = {**dict(zip(_PARAMETERS, args, strict=False)), **given}
        if active is None or arguments.get("service_name") != SERVICE:
            return original(self, *args, **given)
        if all(arguments.get(name) is None for name in CREDENTIALS):
            arguments |= CREDENTIALS
        config: Any = arguments.get("config") or Config()
        arguments["region_name"] = (
            arguments.get("region_name")
            or config.region_name
            or getattr(self.get_default_client_config(), "region_name", None)
            or self.get_config_variable("region")
            or active.account.options.region
        )
        if getattr(config, _ENDPOINTS, False) is None:
            option: Any = {_ENDPOINTS: True}
            arguments["config"] = config.merge(Config(**option))
        loader = self.get_component("data_loader")
        if type(loader) is Loader:
            # Sessions share loaded models, so a test with a new session does not load them again.
            paths = tuple(loader.search_paths)
            shared = _loaders.setdefault(paths, loader)
            if tuple(shared.search_paths) != paths:  # other code has changed the shared loader
                shared = _loaders[paths] = loader
            self.register_component("data_loader", shared)
        return original(self, **arguments)

    return create_client


@contextmanager
def default_session_kept() -> Generator[None, None, None]:
    """Restore the default session of boto3 when the block ends."""
    before = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)
    try:
        yield
    finally:
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None:
            boto3.DEFAULT_SESSION = before


# --- retries -------------------------------------------------------------------------------------

_STANDARD = "botocore.retries.standard"

_quotas: WeakKeyDictionary[Any, ReferenceType[Account]] = WeakKeyDictionary()
"""Maps each client's ``RetryQuotaChecker`` to the account that used it last."""

_seeded: WeakKeyDictionary[Account, Random] = WeakKeyDictionary()


def _with_full_quota(original: Any) -> Any:
    def acquire_retry_quota(checker: Any, context: Any) -> Any:
        active = responding()
        name = context.operation_model.service_model.service_name
        if active is not None and name == SERVICE:
            account, before = active.account, _quotas.get(checker)
            if before is None or before() is not account:
                checker._quota = RetryQuota()
                _quotas[checker] = ref(account)
        return original(checker, context)

    return acquire_retry_quota


def _random() -> Random | None:
    """Return the account's random generator for retries, or ``None`` if no account is active."""
    active = responding()
    if active is None:
        return None
    account: Account = active.account
    return _seeded.setdefault(account, Random(account.options.seed))  # noqa: S311


def _with_seeded_pauses(original: Any) -> Any:
    def delay_amount(backoff: Any, context: Any) -> Any:
        random = _random()
        if random is not None:
            # Use a copy, because other threads may be using the original.
            backoff = copy.copy(backoff)
            backoff._random = random.random
        return original(backoff, context)

    return delay_amount


def _with_seeded_random(original: Any) -> Any:
    """Replace the ``random`` module in ``legacy`` retries, which use only ``random.random``."""

    def random() -> float:
        return float((_random() or original).random())

    return SimpleNamespace(random=random)


_PATCHES = (
    Patch("botocore.endpoint", "Endpoint", "make_request", _with_hook),
    Patch("botocore.session", "Session", "create_client", _with_defaults),
    Patch("aiobotocore.session", "AioSession", "create_client", _with_defaults),
    Patch(_STANDARD, "RetryQuotaChecker", "acquire_retry_quota", _with_full_quota),
    Patch(_STANDARD, "ExponentialBackoff", "delay_amount", _with_seeded_pauses),
    Patch("botocore.retryhandler", "", "random", _with_seeded_random),
    Patch("requests.sessions", "Session", "get_adapter", _with_account),
)


# --- clients for tests ---------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _session() -> Any:
    # No other code uses this session, so no test can leave a handler on it. The session ignores the
    # user's configuration, so a missing profile causes no error.
    nothing = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    session = botocore.session.Session(
        {"profile": nothing, "config_file": nowhere, "credentials_file": nowhere},
        include_builtin_handlers=False,
    )
    # Omit handlers for other services, because every new client copies all handlers.
    events = session.get_component("event_emitter")
    register = {REGISTER_FIRST: events.register_first, REGISTER_LAST: events.register_last}
    for event, handler, *order in BUILTIN_HANDLERS:
        kind, _, rest = event.partition(".")
        if kind != "docs" and rest.partition(".")[0] in ("", "*", "lightsail"):
            register.get(order[0] if order else None, events.register)(event, handler)
    return session


def create_client(region: str, **arguments: Any) -> LightsailClient:
    """Create a Lightsail client with dummy credentials and pass ``arguments`` to botocore."""
    # No call leaves the process, so botocore needs no proxy from the environment.
    arguments["config"] = Config(proxies={}).merge(arguments.get("config") or Config())
    client: LightsailClient = _session().create_client(
        SERVICE, region_name=region, **{**CREDENTIALS, **arguments}
    )
    return client


def warm_up() -> None:
    """Load the service model and the validator that the first call in a process needs.

    If boto3 has been imported, also load the data that later boto3 sessions share.
    """
    create_client("us-east-1")
    request_validator(load())
    boto3: Any = sys.modules.get("boto3")
    if boto3 is not None:
        # Ignore errors such as a missing profile. If the caller uses the profile, botocore reports
        # the error again.
        with suppress(botocore.exceptions.BotoCoreError):
            boto3.Session().client(SERVICE, region_name="us-east-1")
