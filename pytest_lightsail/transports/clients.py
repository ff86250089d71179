"""Make clients for tests, and configure every Lightsail client while an account is active.

When a client is made, it gets dummy credentials, so that real ones are neither searched for
(``credential_process``, instance metadata) nor used. It gets the account's Region, unless an argument,
the profile or the environment sets one; and AWS's own endpoint, whichever one the environment sets.

When an account starts, each client gets a full retry quota, and its pauses come from the account's seed.
In retry mode standard, retries use up the quota, and successful calls restore it. Otherwise a client made
at import would carry the quota from one test to the next, and tests would depend on their order. Pauses
are random, so their times would differ in each run.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, WeakKeyDictionary, ref

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.loaders import Loader
from botocore.retries.quota import RetryQuota

from ..contract.validator import request_validator
from ..endpoints import DUMMY_KEY
from ..model.service import load
from ..patching import Patch

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient

    from ..simulator.account import Account

__all__ = [
    "CREDENTIALS",
    "create_client",
    "default_session_kept",
    "fill_in",
    "retry_patches",
    "warm_up",
]

CREDENTIALS = {"aws_access_key_id": DUMMY_KEY, "aws_secret_access_key": DUMMY_KEY}
"""Passed to a client, so that it does not search for real ones."""


@lru_cache(maxsize=1)
def _session() -> Any:
    # No one else gets hold of this session, so no test can leave a handler on it; and nothing that the
    # developer has configured (a profile that does not exist here, say) reaches it.
    nothing = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    session = botocore.session.Session(
        {"profile": nothing, "config_file": nowhere, "credentials_file": nowhere},
        include_builtin_handlers=False,
    )
    # Each client copies all handlers, which took half of its time: those of other services are left out.
    events = session.get_component("event_emitter")
    register = {REGISTER_FIRST: events.register_first, REGISTER_LAST: events.register_last}
    for event, handler, *order in BUILTIN_HANDLERS:
        kind, _, rest = event.partition(".")
        if kind != "docs" and rest.partition(".")[0] in ("", "*", "lightsail"):
            register.get(order[0] if order else None, events.register)(event, handler)
    return session


def create_client(region: str, **arguments: Any) -> LightsailClient:
    """Return a new Lightsail client with dummy credentials, like ``session.create_client`` otherwise."""
    # No call leaves the process, so no proxy is looked for in the environment.
    arguments["config"] = Config(proxies={}).merge(arguments.get("config") or Config())
    client: LightsailClient = _session().create_client(
        "lightsail", region_name=region, **{**CREDENTIALS, **arguments}
    )
    return client


def warm_up(region: str) -> None:
    """Load what the first call of a process loads; little is done the second time.

    If boto3 is imported, a session of it reads what a client needs, and shares it with later ones.

    Args:
        region: the Region of the clients that are made, and thrown away.
    """
    _load_once(region)
    boto3: Any = sys.modules.get("boto3")
    if boto3 is not None:
        # Where there is no such profile, say, the caller that uses it shall get the error.
        with suppress(BotoCoreError):
            boto3.Session().client("lightsail", region_name=region)


@lru_cache(maxsize=1)
def _load_once(region: str) -> None:
    create_client(region)
    request_validator(load())


# --- the clients of others -------------------------------------------------------------------------

_PARAMETERS = (
    "service_name",
    "region_name",
    "api_version",
    "use_ssl",
    "verify",
    "endpoint_url",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "config",
    "aws_account_id",
)
"""The parameters of botocore's ``Session.create_client``, in order."""

_ENDPOINTS = "ignore_configured_endpoint_urls"
"""The option of ``Config`` by which endpoints of the environment are ignored; botocore has it since 1.31,
and reads such endpoints since then."""

_loaders: dict[tuple[str, ...], Loader] = {}


def fill_in(session: Any, args: tuple[Any, ...], given: dict[str, Any], region: str) -> Any:
    """Return the arguments for ``session.create_client`` with what the caller has left out."""
    arguments = {**dict(zip(_PARAMETERS, args, strict=False)), **given}
    if (
        arguments.get("aws_access_key_id") is None
        and arguments.get("aws_secret_access_key") is None
    ):
        arguments["aws_access_key_id"] = arguments["aws_secret_access_key"] = DUMMY_KEY
    config = arguments.get("config")
    chosen = (
        arguments.get("region_name")
        or getattr(config, "region_name", None)
        or getattr(session.get_default_client_config(), "region_name", None)
        or session.get_config_variable("region")
    )
    if not chosen:
        arguments["region_name"] = region
    if config is None:
        config = Config()
    if getattr(config, _ENDPOINTS, False) is None:
        option: Any = {_ENDPOINTS: True}
        arguments["config"] = config.merge(Config(**option))
    _share_loader(session)
    return arguments


def _share_loader(session: Any) -> None:
    """Let sessions share what is loaded: a session made for one test need not read the model again."""
    loader = session.get_component("data_loader")
    if type(loader) is Loader:
        paths = tuple(loader.search_paths)
        shared = _loaders.get(paths)
        if shared is None or tuple(shared.search_paths) != paths:
            _loaders[paths] = loader
        elif shared is not loader:
            session.register_component("data_loader", shared)


def default_session_kept() -> Callable[[], None]:
    """Return a function that puts back the session which ``boto3`` uses by default now."""
    before = getattr(sys.modules.get("boto3"), "DEFAULT_SESSION", None)

    def put_back() -> None:
        boto3: Any = sys.modules.get("boto3")
        if boto3 is not None:
            boto3.DEFAULT_SESSION = before

    return put_back


# --- retries ---------------------------------------------------------------------------------------


_seeded: WeakKeyDictionary[Account, Random] = WeakKeyDictionary()


def _source(account: Account | None) -> Random | None:
    """Return what the pauses are drawn from; ``None`` without an account."""
    if account is None:
        return None
    return _seeded.setdefault(account, Random(account.options.seed))  # noqa: S311


def retry_patches(service: str, account_now: Callable[[], Account | None]) -> tuple[Patch, ...]:
    """Return the patches of botocore's retries; ``account_now`` gives the account that answers."""
    spent: WeakKeyDictionary[Any, ReferenceType[Account]] = WeakKeyDictionary()

    def filling(original: Any) -> Any:
        def acquire_retry_quota(checker: Any, context: Any) -> Any:
            account = account_now()
            name = context.operation_model.service_model.service_name
            if account is not None and name == service:
                before = spent.get(checker)
                if before is None or before() is not account:
                    checker._quota = RetryQuota()
                    spent[checker] = ref(account)
            return original(checker, context)

        return acquire_retry_quota

    def pausing(original: Any) -> Any:
        def delay_amount(backoff: Any, context: Any) -> Any:
            random = _source(account_now())
            if random is not None:
                # A copy: other threads may use it at the same time.
                backoff = copy.copy(backoff)
                backoff._random = random.random
            return original(backoff, context)

        return delay_amount

    def legacy(original: Any) -> Any:
        return _Randomness(original, account_now)

    standard = "botocore.retries.standard"
    return (
        Patch(standard, "RetryQuotaChecker", "acquire_retry_quota", filling),
        Patch(standard, "ExponentialBackoff", "delay_amount", pausing),
        Patch("botocore.retryhandler", "", "random", legacy),
        Patch("botocore.retries.bucket", "TokenBucket", "_refill", _refilling),
    )


class _Randomness:
    """Stands in for the module ``random``, in the mode legacy."""

    def __init__(self, original: Any, account_now: Callable[[], Account | None]) -> None:
        self._original = original
        self._account_now = account_now

    def __getattr__(self, name: str) -> Any:
        return getattr(_source(self._account_now()) or self._original, name)


def _refilling(original: Any) -> Any:
    """Let a token bucket of the adaptive mode begin anew where the calendar has gone back.

    It was filled in the time of an account that has ended, and would owe the tokens of all that time.
    """

    def refill(bucket: Any) -> None:
        last = bucket._last_timestamp
        if last is not None and last > bucket._clock.current_time():
            bucket._last_timestamp = None
        original(bucket)

    return refill
