"""What became of one run of a caller, and the questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..exceptions import CallerNeverEnds
from ..reporting.masking import Public, masked_text
from ..simulator.expectation import Readable
from ..simulator.history import Call, Calls, History, StateChange, Visit
from ..wording import Suggesting, plural
from . import findings
from .secrecy import told_secret
from .snapshot import ServiceState, States, by_name
from .verdict import Verdict

__all__ = ["Outcome"]

_MINUTE = 60.0


@dataclass(frozen=True, repr=False)
class Outcome(Suggesting):
    """One run of a caller under a simulated account; ``attempt()`` makes it.

    Its methods are checks in the words of the field. Each gives a ``Verdict``, true where all is well,
    whose ``repr`` says what is wrong:

    >>> from pytest_lightsail import attempt, simulate
    >>> def wait(client):
    ...     client.create_container_service(serviceName="shop", power="nano", scale=1)
    >>> with simulate() as lightsail:
    ...     attempt(wait, lightsail.client()).is_settled()
    <not so: what it began is settled. It returned while shop is still PENDING>

    Attributes:
        result: what the caller returned; ``None`` if it raised.
        error: what it raised; ``None`` if it returned.
        duration: virtual seconds from beginning to end.
        calls: the calls that it made, botocore's own retries among them.
        before: the container services by name, as they were before; where Regions share one, the last's.
        states: the container services by Region and name, as they were at the end.
        output: what it printed and logged, at every level.
        history: what happened in the account, before this run too.
        first_event: where in it this run begins.
        next_event: where in it what has happened since the end of this run begins.
        secrets: values of environment variables in its arguments and calls, if they are secrets.
    """

    result: Any
    error: BaseException | None
    duration: float
    calls: Calls
    before: Mapping[str, ServiceState]
    states: States
    output: str = field(repr=False)
    history: History = field(repr=False)
    first_event: int = field(repr=False)
    next_event: int = field(repr=False)
    _again: Callable[[], Outcome | None] = field(repr=False)
    _verdicts: list[Readable] = field(repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    def __repr__(self) -> str:
        end = "returned" if self.error is None else f"raised {type(self.error).__name__}"
        states = "".join(f", {name} {state}" for (_, name), state in self.states.items())
        return f"<Outcome: {end} after {self.duration:g} s and {plural(len(self.calls), 'call')}{states}>"

    @property
    def succeeded(self) -> bool:
        """Whether the caller returned."""
        return self.error is None

    @property
    def services(self) -> Mapping[str, ServiceState]:
        """The container services by name, as they were at the end; as in ``before``."""
        return by_name(self.states)

    @property
    def changes(self) -> list[StateChange]:
        """What changed in the account meanwhile, whoever's doing it was."""
        return _changes(self.history.events[self.first_event : self.next_event])

    @property
    def reached_the_account(self) -> bool:
        """Whether it made a call, or asked the address of a service."""
        meanwhile = self.history.events[self.first_event : self.next_event]
        return any(isinstance(event, (Call, Visit)) for event in meanwhile)

    @property
    def polls_per_minute(self) -> int:
        """The most reads of one service, or of all, within one virtual minute."""
        return max((most for most, _ in findings.reads_per_minute(self.calls)), default=0)

    def finished_within(self, *, minutes: float = 0.0, seconds: float = 0.0) -> Verdict:
        """It ended, either way, within a virtual time."""
        limit = minutes * _MINUTE + seconds
        fault = ""
        if isinstance(self.error, CallerNeverEnds):
            fault = f"it was still waiting after {self.duration:g} s, and would have for ever"
        elif self.duration > limit:
            fault = f"it took {self.duration:g} s"
        return self._verdict(f"it finished within {limit:g} s", fault)

    def keeps_the_contract(self) -> Verdict:
        """It sent no request that AWS refuses whatever the account holds."""
        return self._verdict(
            "every request keeps the contract", findings.broken_contract(self.calls)
        )

    def is_settled(self) -> Verdict:
        """If it returned, what it began has come to an end."""
        fault = (
            findings.unsettled(self.calls, self.states, self._all_changes) if self.succeeded else ""
        )
        return self._verdict("what it began is settled", fault)

    def noticed_failure(self) -> Verdict:
        """If it returned, the last deployment that it made has not failed."""
        fault = findings.unnoticed(self.calls, self.states) if self.succeeded else ""
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
        """It read the state of a service no more often than that within any virtual minute."""
        worst = max(findings.reads_per_minute(self.calls), default=(0, ""))
        made = plural(worst[0], f"{worst[1]} call")
        fault = f"it made {made} in a minute" if worst[0] > per_minute else ""
        return self._verdict(f"it polled at most {plural(per_minute, 'time')} a minute", fault)

    def retried_only_what_can_succeed(self) -> Verdict:
        """It did not repeat a request that was refused for good."""
        return self._verdict(
            "it retried only what can succeed", findings.in_vain(self.calls, self._all_changes)
        )

    def raised_no_mistake(self) -> Verdict:
        """It did not end with an exception that Python raises for a mistake in a program."""
        return self._verdict("it raised an error of its own", findings.mistake(self.error))

    def printed_no_secret(self, *secrets: str) -> Verdict:
        """No secret of a container's environment is in what it printed, logged or raised.

        Ordinary words and numbers are no secrets, nor is a value that the caller has sent or read
        elsewhere too, such as its Region.

        Args:
            secrets: other texts that must not be there.
        """
        fault = told_secret(secrets, self.output, self.error)
        if not fault and told_secret(self.secrets, self.output, self.error):
            public = Public()
            public.read(self.calls)
            kept = {secret for secret in self.secrets if secret not in public}
            fault = told_secret(kept, self.output, self.error)
        return self._verdict("it printed no secret", fault)

    def is_safe_to_run_again(self) -> Verdict:
        """Another run with the same arguments, on what this one has left and undisturbed, returns.

        What a script, a fault or somebody else would still do is taken away first, and what is under
        way comes to its end. A service that is stuck lets nobody know, so nothing is said of it.
        """
        second = self._again()
        fault = ""
        if second is not None and second.error is not None:
            fault = f"run again, it raised {type(second.error).__name__}: {second.error}"
        return self._verdict("it is safe to run again", fault)

    @property
    def _all_changes(self) -> list[StateChange]:
        """What has changed in the account from its beginning to the end of this run."""
        return _changes(self.history.events[: self.next_event])

    def _verdict(self, claim: str, fault: str) -> Verdict:
        """A verdict that the test is to look at; its words may quote what the caller has sent."""
        verdict = Verdict(claim, masked_text(fault, self.secrets))
        self._verdicts.append(verdict)
        return verdict


def _changes(events: Iterable[object]) -> list[StateChange]:
    return [event for event in events if isinstance(event, StateChange)]
