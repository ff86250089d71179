"""``attempt()``: run a caller once, keep everything it prints or logs, and return the outcome."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import fields, is_dataclass
from functools import partial
from threading import RLock
from typing import Any

from ..exceptions import ConfigurationError, PytestLightsailError, never_ends
from ..model.lifecycle import TIMELINES
from ..reporting.masking import SeenSecrets
from ..simulation.handle import Lightsail, active
from ..simulator.account import Account
from ..simulator.history import Calls
from .outcome import Kept, Outcome, states_of

_UNDER_WAY = {stages[0].state for stages in TIMELINES.values()}
_NOT_THE_CALLERS = ("asyncio", "boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers of libraries. Messages from libraries are not part of the caller's output."""
_at_work = RLock()
"""A lock that lets only one thread run attempts at a time, so that calls and output do not mix."""


def attempt(caller: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Outcome:
    """Run ``caller`` once and return the outcome.

    The caller uses the account that the ``lightsail`` fixture or ``simulate()`` has activated. An
    exception from the caller is stored in the outcome. ``sys.exit()`` with a status other than 0
    also counts as an exception. A coroutine function runs in its own event loop. Attempts may be
    nested, but only one thread at a time can run attempts.

    Args:
        caller: the code under test.
        args: the caller's positional arguments.
        kwargs: the caller's keyword arguments.

    Raises:
        ConfigurationError: no account is active, another thread is running an attempt, or an
            argument is wrong. If an argument is wrong, the message lists the caller's parameters.
        PytestLightsailError: the mistake is in the test, not in the caller. An
            ``OperationNotSimulatedError`` is raised even if the caller catches it.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     outcome = attempt(lightsail.client().get_container_services)
    ...     outcome
    <Outcome: returned after 0.1 s and 1 call>
    """
    lightsail = active()
    check_arguments("attempt", caller, args, kwargs)
    account = lightsail.account
    begin = account.clock.elapsed
    first_entry, first_call = len(account.history.entries), len(account.history.calls)
    known, again = len(account.swallowed), partial(caller, *fresh(args), **fresh(kwargs))
    with _overheard() as output:
        result, error = _run(partial(caller, *args, **kwargs))
    account.raise_swallowed(since=known)
    calls = Calls(account.history.calls[first_call:], account.model.parameters)
    documents = [args, kwargs, *(call.parameters for call in calls)]
    secrets = SeenSecrets(account.options.unmasked).among(documents, calls)
    names = _variables(documents) if secrets else {}
    return Outcome(
        result=result,
        error=error,
        duration=account.clock.elapsed - begin,
        calls=calls,
        states=states_of(account),
        written=output,
        history=account.history,
        entries=account.history.entries[first_entry:],
        secrets={secret: names.get(secret, "") for secret in sorted(secrets)},
        _verdicts=account.verdicts,
        run_again=partial(_run_again, lightsail, account, again),
    )


def _run(caller: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        result = caller()
        return (_complete(result) if inspect.iscoroutine(result) else result), None
    except SystemExit as error:
        return None, error if error.code else None
    except (Exception, asyncio.CancelledError) as error:
        if isinstance(error, PytestLightsailError):
            raise
        return None, error
    except BaseException as error:
        never = never_ends(error)
        if never is None:
            raise
        return None, never


def _complete(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a new event loop and return its result."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    coroutine.close()
    raise ConfigurationError(
        "attempt: an event loop is already running in this thread; use "
        "`await asyncio.to_thread(attempt, caller)`"
    )


def _run_again(lightsail: Lightsail, account: Account, caller: Callable[[], Any]) -> Outcome | None:
    if active() is not lightsail or lightsail.account is not account:
        raise ConfigurationError(
            "this outcome's account is no longer active: call this method before the test ends"
        )
    lightsail.calm()
    account.clock.advance_until_settled()
    if any(state.state in _UNDER_WAY for state in states_of(account).values()):
        return None
    return attempt(caller)


def fresh(value: Any) -> Any:
    """Copy nested dictionaries, lists, tuples and sets, but share all other objects."""
    kind = type(value)
    if kind is dict:
        return {key: fresh(item) for key, item in value.items()}
    if kind in {list, tuple, set}:
        return kind(map(fresh, value))
    return value


def name_of(caller: Callable[..., Any]) -> str:
    """Return the caller's name for use in messages."""
    return getattr(caller, "__qualname__", type(caller).__name__)


def check_arguments(
    where: str, caller: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Raise an error if the arguments do not match the caller's signature."""
    try:
        # A decorator may change the parameters, so do not inspect the function that it wraps.
        signature = inspect.signature(caller, follow_wrapped=False)
    except (TypeError, ValueError):  # some functions written in C have no signature
        return
    try:
        signature.bind_partial(*args, **kwargs)  # report unknown arguments before missing ones
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ConfigurationError(f"{where}: {name_of(caller)}{signature}: {error}") from None


# --- the output of the caller ------------------------------------------------------------------------


@contextmanager
def _overheard() -> Generator[Kept, None, None]:
    """Yield a list that receives everything that any thread prints or logs while the block runs."""
    if not _at_work.acquire(blocking=False):
        raise ConfigurationError(
            "attempt: another thread is already running an attempt; run one attempt at a time, or "
            "pass a caller that starts the threads itself"
        )
    kept: Kept = []
    root, handler = logging.getLogger(), _Log(kept)
    with ExitStack() as undo:
        undo.callback(_at_work.release)
        for name in _NOT_THE_CALLERS:
            logger = logging.getLogger(name)
            if logger.level == logging.NOTSET:
                undo.callback(logger.setLevel, logger.level)
                logger.setLevel(max(root.level, logging.INFO))
        undo.callback(root.setLevel, root.level)
        root.setLevel(logging.DEBUG)
        root.addHandler(handler)
        undo.callback(root.removeHandler, handler)
        out: Any = _Tee(kept, sys.stdout, "standard output")
        err: Any = _Tee(kept, sys.stderr, "standard error")
        undo.enter_context(redirect_stdout(out))
        undo.enter_context(redirect_stderr(err))
        yield kept


class _Log(logging.Handler):
    """A log handler that keeps all records and prints an error if a record cannot be formatted."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self._kept = kept
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s\n"))
        self.addFilter(lambda record: record.name.partition(".")[0] not in _NOT_THE_CALLERS)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            place = f"a log message from {record.name}, at {record.filename}:{record.lineno}"
            self._kept.append((place, self.format(record)))
        except Exception:  # noqa: BLE001 - logging's own handlers also catch all errors
            self.handleError(record)


class _Tee:
    """A text stream that forwards text to the original stream and keeps a copy."""

    def __init__(self, kept: Kept, usual: Any, name: str) -> None:
        self._kept = kept
        self._usual = usual
        self._name = name

    def write(self, text: str) -> Any:
        writer = sys._getframe(1)
        file = os.path.basename(writer.f_code.co_filename)  # noqa: PTH119
        written = self._usual.write(text)  # this call fails if `text` is not a string
        self._kept.append((f"{self._name}, at {file}:{writer.f_lineno}", text))
        return written

    def close(self) -> None:
        """Do nothing, because the original stream must stay open after the attempt."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)


def _variables(document: Any) -> dict[str, str]:
    """Map each string in nested mappings, lists and dataclasses to its key or field name."""
    if is_dataclass(document) and not isinstance(document, type):
        document = {each.name: getattr(document, each.name) for each in fields(document)}
    if isinstance(document, Mapping):
        own = {value: str(name) for name, value in document.items() if isinstance(value, str)}
        return {**own, **_variables(list(document.values()))}
    if isinstance(document, (list, tuple)):
        return {text: name for part in document for text, name in _variables(part).items()}
    return {}
