"""``attempt()``: one run of a caller under the simulated account, and the checks of its outcome."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..exceptions import (
    CallerNeverEnds,
    ConfigurationError,
    NoAccountError,
    PytestLightsailError,
    Suggesting,
    did_you_mean,
    never_ends,
    plural,
)
from ..model.lifecycle import TIMELINES
from ..reporting.masking import SeenSecrets, masked_text
from ..simulation.handle import Lightsail, active
from ..simulator.account import Account
from ..simulator.history import Call, Calls, History, StateChange, Visit
from ..simulator.prepared import Readable
from . import findings
from .findings import ServiceState, States, states_of
from .output import Kept, overheard, shown_secret, variables

_MINUTE = 60.0
_UNDER_WAY = {stages[0].state for stages in TIMELINES.values()}


class Verdict(Suggesting):
    """Whether a check holds, in a form that a failing ``assert`` shows in full.

    A verdict that is never used (as a truth value, as text, or by its ``fault``) fails the test.

    >>> bool(Verdict("finished within 5 minutes"))
    True
    >>> Verdict("finished within 5 minutes", "it took 900 s")
    <not so: finished within 5 minutes. It took 900 s>

    Args:
        claim: what was checked.
        fault: what is wrong; empty if nothing is.
    """

    def __init__(self, claim: str, fault: str = "") -> None:
        self.claim = claim
        self._fault = fault
        self._looked_at = False

    @property
    def fault(self) -> str:
        """What is wrong; empty if nothing is."""
        self._looked_at = True
        return self._fault

    @property
    def unread(self) -> str:
        """The verdict as text if it has not been used; empty otherwise."""
        return "" if self._looked_at else self._text

    @property
    def _text(self) -> str:
        if not self._fault:
            return f"<so it is: {self.claim}>"
        return f"<not so: {self.claim}. {self._fault[:1].upper()}{self._fault[1:]}>"

    def __bool__(self) -> bool:
        return not self.fault

    def __repr__(self) -> str:
        self._looked_at = True
        return self._text


@dataclass(frozen=True, repr=False)
class Outcome(Suggesting):
    """One run of a caller under a simulated account; ``attempt()`` makes it.

    Its methods are checks. Each returns a ``Verdict``, which is true if all is well, and whose ``repr``
    says what is wrong:

    >>> from pytest_lightsail import attempt, simulate
    >>> def wait(client):
    ...     client.create_container_service(serviceName="shop", power="nano", scale=1)
    >>> with simulate() as lightsail:
    ...     attempt(wait, lightsail.client()).is_settled()
    <not so: what it began is settled. It returned while shop is still PENDING>

    Attributes:
        result: what the caller returned; ``None`` if it raised.
        error: what it raised; ``None`` if it returned.
        duration: how long it took, in virtual seconds.
        calls: the calls that it made, including botocore's retries.
        before: the container services at the start, by name; if several Regions have one of the same
            name, that of the last Region.
        states: the container services at the end, by Region and name.
        written: what it printed and logged, part by part; ``output`` is the text.
        history: what happened in the account, including what happened before this run.
        first_event: the index of the run's first event in ``history``.
        next_event: the index of the first event after the run.
        secrets: the secret values of environment variables in its arguments and calls.
        variables: the names of those variables, by their values.
    """

    result: Any
    error: BaseException | None
    duration: float
    calls: Calls
    before: Mapping[str, ServiceState]
    states: States
    written: Kept = field(repr=False)
    history: History = field(repr=False)
    first_event: int = field(repr=False)
    next_event: int = field(repr=False)
    _again: Callable[[], Outcome | None] = field(repr=False)
    _verdicts: list[Readable] = field(repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        end = "returned" if self.error is None else f"raised {type(self.error).__name__}"
        states = "".join(f", {name} {state}" for (_, name), state in self.states.items())
        return f"<Outcome: {end} after {self.duration:g} s and {plural(len(self.calls), 'call')}{states}>"

    @property
    def succeeded(self) -> bool:
        """Whether the caller returned."""
        return self.error is None

    @property
    def output(self) -> str:
        """What it printed and logged, at every level."""
        return self.written.text

    @property
    def services(self) -> Mapping[str, ServiceState]:
        """The container services by name, as they were at the end; as in ``before``."""
        return _by_name(self.states)

    @property
    def changes(self) -> list[StateChange]:
        """All changes in the account during the run, by any client."""
        return self._changes_since(self.first_event)

    @property
    def reached_the_account(self) -> bool:
        """Whether it made a call, or visited the address of a service."""
        meanwhile = self.history.events[self.first_event : self.next_event]
        return any(isinstance(event, (Call, Visit)) for event in meanwhile)

    @property
    def polls_per_minute(self) -> int:
        """The most reads of one service, or of all, within one virtual minute."""
        return findings.most_per_minute(self.calls)[0]

    def finished_within(self, *, minutes: float = 0.0, seconds: float = 0.0) -> Verdict:
        """Check that it returned or raised within a virtual time."""
        limit = minutes * _MINUTE + seconds
        fault = ""
        if isinstance(self.error, CallerNeverEnds):
            fault = f"it was still waiting after {self.duration:g} s, and would have waited forever"
        elif self.duration > limit:
            fault = f"it took {self.duration:g} s"
        return self._verdict(f"it finished within {limit:g} s", fault)

    def keeps_the_contract(self) -> Verdict:
        """Check that it sent no request that AWS would refuse in any state of the account."""
        fault = findings.broken_contract(self.calls)
        return self._verdict("every request keeps the contract", fault)

    def is_settled(self) -> Verdict:
        """If it returned, what it began has come to an end."""
        changes = self._changes_since(0)
        fault = findings.unsettled(self.calls, self.states, changes) if self.succeeded else ""
        return self._verdict("what it began is settled", fault)

    def noticed_failure(self, *, running: bool | None = None) -> Verdict:
        """If it returned, the last deployment that it made has not failed.

        Args:
            running: only failures over an old version that still runs, or only those without one.
        """
        fault = ""
        if self.succeeded:
            fault = findings.unnoticed(self.calls, self.states, running=running)
        return self._verdict("it noticed that a deployment failed", fault)

    def reported_errors(self) -> Verdict:
        """If it returned, no error of the service has kept it from what it wanted to do."""
        fault = findings.swallowed(self.calls) if self.succeeded else ""
        return self._verdict("it swallowed no error of the service", fault)

    def left_nothing_half_made(self) -> Verdict:
        """If it raised, no service that it created is left without a running deployment."""
        fault = "" if self.succeeded else findings.half_made(self.calls, self.states)
        return self._verdict("it left no service half made", fault)

    def polled_at_most(self, per_minute: int) -> Verdict:
        """Check that it read the state of a service at most so many times in any virtual minute."""
        most, operation = findings.most_per_minute(self.calls)
        made = plural(most, f"{operation} call")
        fault = f"it made {made} in a minute" if most > per_minute else ""
        return self._verdict(f"it polled at most {plural(per_minute, 'time')} a minute", fault)

    def retried_only_what_can_succeed(self) -> Verdict:
        """Check that it did not repeat a permanently refused request."""
        fault = findings.in_vain(self.calls, self._changes_since(0))
        return self._verdict("it retried only what can succeed", fault)

    def raised_no_mistake(self) -> Verdict:
        """Check that it did not end with an exception that Python raises for a mistake in a program."""
        return self._verdict("it raised an error of its own", findings.mistake(self.error))

    def printed_no_secret(self, *secrets: str) -> Verdict:
        """Check that it printed, logged and raised no secret of a container's environment.

        Ordinary words and numbers are not secrets, nor is a value that the caller also sent or read
        elsewhere, such as its Region.

        Args:
            secrets: other strings that must not appear.
        """
        fault = shown_secret(secrets, self.written, self.error)
        if not fault and shown_secret(self.secrets, self.written, self.error):
            seen = SeenSecrets()
            kept = {secret for secret in self.secrets if not seen.is_public(secret, self.calls)}
            fault = shown_secret(kept, self.written, self.error, self.variables)
        return self._verdict("it printed no secret", fault)

    def run_again(self) -> Outcome | None:
        """Run the caller again, undisturbed, on the resulting account.

        Return ``None`` if a service is stuck.
        """
        return self._again()

    def is_safe_to_run_again(self) -> Verdict:
        """Check that a second run with the same arguments, on the resulting account, returns.

        First, remaining scripts, faults and changes by other clients are removed, and changes under way
        are completed. If a service is stuck, the check cannot be made, and the verdict is true.
        """
        second = self.run_again()
        fault = ""
        if second is not None and second.error is not None:
            fault = f"run again, it raised {type(second.error).__name__}: {second.error}"
        return self._verdict("it is safe to run again", fault)

    def _changes_since(self, first: int) -> list[StateChange]:
        events = self.history.events[first : self.next_event]
        return [event for event in events if isinstance(event, StateChange)]

    def _verdict(self, claim: str, fault: str) -> Verdict:
        """Return a verdict that the test must use, masked, since it may quote what the caller sent."""
        verdict = Verdict(claim, masked_text(fault, self.secrets))
        self._verdicts.append(verdict)
        return verdict


def attempt(caller: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Outcome:
    """Run ``caller`` under the active account: the fixture's, or that of ``simulate()``.

    Any exception is kept in the outcome, ``sys.exit()`` included; an exit status of 0 is a return.
    A coroutine function runs in its own event loop.

    Args:
        caller: the code under test.
        args: its arguments.
        kwargs: its keyword arguments.

    Raises:
        NoAccountError: no account is active.
        ConfigurationError: the caller does not take these arguments; the message names those it takes.
        PytestLightsailError: what says that the test is wrong and not the caller, such as
            ``OperationNotSimulatedError``, also if the caller swallowed it, or ``ConfigurationError``.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     outcome = attempt(lightsail.client().get_container_services)
    ...     outcome
    <Outcome: returned after 0.1 s and 1 call>
    """
    lightsail = active()
    check_arguments("attempt", caller, args, kwargs)
    account = lightsail.account
    before, begin = _by_name(states_of(account)), account.clock.elapsed
    first_event, first_call = len(account.history.events), len(account.history.calls)
    known, again = len(account.swallowed), partial(caller, *fresh(args), **fresh(kwargs))
    with overheard() as output:
        result, error = _run(caller, args, kwargs)
    account.raise_swallowed(since=known)
    calls = Calls(account.history.calls[first_call:], account.model.parameters)
    documents = [args, kwargs, *(call.parameters for call in calls)]
    secrets = SeenSecrets(account.options.unmasked).among(documents, calls)
    return Outcome(
        result=result,
        error=error,
        duration=account.clock.elapsed - begin,
        calls=calls,
        before=before,
        states=states_of(account),
        written=output,
        history=account.history,
        first_event=first_event,
        next_event=len(account.history.events),
        secrets=frozenset(secrets),
        variables=variables(documents) if secrets else {},
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
    """Run a coroutine and return its result; refuse if an event loop is running in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    coroutine.close()
    raise ConfigurationError(
        "attempt: an event loop is running in this thread, and the caller needs one of its own: use "
        "`await asyncio.to_thread(attempt, caller)`, or call attempt() in a test without `async`"
    )


def _run_again(lightsail: Lightsail, account: Account, caller: Callable[[], Any]) -> Outcome | None:
    """Another run, undisturbed; ``None`` if something never comes to its end."""
    if active() is not lightsail or lightsail.account is not account:
        raise NoAccountError(
            "the account of this outcome is no longer active: call this before the test ends"
        )
    lightsail.calm()
    account.clock.advance_until_settled()
    if any(state.state in _UNDER_WAY for state in states_of(account).values()):
        return None
    return attempt(caller)


def _by_name(states: States) -> dict[str, ServiceState]:
    return {name: state for (_, name), state in states.items()}


def fresh(value: Any) -> Any:
    """Copy plain data, all the way down; anything else in it, such as a client, stays the same.

    >>> ports = {"80": "HTTP"}
    >>> fresh([ports])[0] is ports
    False
    """
    kind = type(value)
    if kind is dict:
        return {key: fresh(item) for key, item in value.items()}
    if kind in {list, tuple, set}:
        return kind(map(fresh, value))
    return value


def name_of(caller: Callable[..., Any]) -> str:
    """Return what messages call a caller."""
    return getattr(caller, "__qualname__", type(caller).__name__)


def check_arguments(
    where: str, caller: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Refuse arguments that do not match the signature of the caller.

    Raises:
        ConfigurationError: there is one too many, or one is missing; the message names the parameters.

    >>> check_arguments("attempt", lambda image: None, (), {"img": "nginx"})
    Traceback (most recent call last):
    ...
    pytest_lightsail.exceptions.ConfigurationError: attempt: <lambda> has no parameter 'img'; ...
    """
    try:
        # What a decorator passes on is its own business.
        signature = inspect.signature(caller, follow_wrapped=False)
    except (TypeError, ValueError):  # some of what is written in C has none
        return
    parameters = signature.parameters.values()
    known = [
        each.name
        for each in parameters
        if each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}
    ]
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters)
    unknown = [] if takes_any else [name for name in kwargs if name not in known]
    if unknown:
        raise ConfigurationError(
            f"{where}: {name_of(caller)} has no parameter {unknown[0]!r}; it has: "
            f"{', '.join(known) or 'none'}{did_you_mean(unknown[0], known)}"
        )
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise ConfigurationError(f"{where}: {name_of(caller)}{signature}: {error}") from None
