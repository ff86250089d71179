"""Run a caller under the simulated account, and keep what became of it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from ..exceptions import ConfigurationError, NoAccount, PytestLightsailError, never_ends
from ..model.lifecycle import TIMELINES
from ..reporting.masking import SeenSecrets
from ..simulation.handle import Lightsail, active
from ..simulator.account import Account
from ..simulator.history import Calls
from .arguments import check_arguments
from .fresh import fresh
from .outcome import Outcome
from .output import overheard
from .snapshot import by_name, take

__all__ = ["attempt"]

_UNDER_WAY = {stages[0].state for stages in TIMELINES.values()}


def attempt(caller: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Outcome:
    """Run ``caller`` under the active account: the fixture's, or that of ``simulate()``.

    Whatever it raises is kept in the outcome, ``sys.exit()`` included; an exit status of 0 is a return.
    A coroutine function is run in an event loop of its own.

    Args:
        caller: the code under test.
        args: its arguments.
        kwargs: its keyword arguments.

    Raises:
        NoAccount: no account is active.
        ConfigurationError: the caller does not take these arguments; the message names those it takes.
        PytestLightsailError: what says that the test is wrong and not the caller, such as
            ``OperationNotSimulated``, also where the caller has swallowed it, or ``ConfigurationError``.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     outcome = attempt(lightsail.client().get_container_services)
    ...     outcome
    <Outcome: returned after 0.1 s and 1 call>
    """
    lightsail = active()
    check_arguments("attempt", caller, args, kwargs)
    account = lightsail.account
    before, begin = by_name(take(account)), account.clock.elapsed
    first_event, first_call = len(account.history.events), len(account.history.calls)
    known, again = len(account.swallowed), partial(caller, *fresh(args), **fresh(kwargs))
    with overheard() as output:
        result, error = _run(caller, args, kwargs)
    account.raise_swallowed(since=known)
    calls = Calls(account.history.calls[first_call:], account.model.parameters)
    secrets = SeenSecrets(account.options.unmasked).among(
        [args, kwargs, *(call.parameters for call in calls)], calls
    )
    return Outcome(
        result=result,
        error=error,
        duration=account.clock.elapsed - begin,
        calls=calls,
        before=before,
        states=take(account),
        output=output.getvalue(),
        history=account.history,
        first_event=first_event,
        next_event=len(account.history.events),
        secrets=frozenset(secrets),
        _verdicts=account.verdicts,
        _again=partial(_run_again, lightsail, account, again),
    )


def _run(
    caller: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, BaseException | None]:
    try:
        result = caller(*args, **kwargs)
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
    """What a coroutine returns.

    Raises:
        ConfigurationError: an event loop is running here, which cannot run it as well.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    coroutine.close()
    raise ConfigurationError(
        "attempt: an event loop is running in this thread, and the caller needs one of its own: say "
        "`await asyncio.to_thread(attempt, caller)`, or call attempt() in a test without `async`"
    )


def _run_again(
    lightsail: Lightsail,
    account: Account,
    caller: Callable[[], Any],
) -> Outcome | None:
    """Another run, undisturbed; ``None`` where something never comes to its end."""
    if active() is not lightsail or lightsail.account is not account:
        raise NoAccount("the account of this outcome is active no longer: ask while it is")
    lightsail.calm()
    account.clock.advance_until_settled()
    if any(state.state in _UNDER_WAY for state in take(account).values()):
        return None
    return attempt(caller)
