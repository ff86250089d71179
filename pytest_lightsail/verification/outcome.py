"""``Outcome``: the result of one run of a caller, with methods that check the run."""

from __future__ import annotations

import dis
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from ..exceptions import CallerNeverEnds, Suggesting, plural
from ..model.catalogue import rule
from ..model.rule import Kind
from ..reporting.masking import masked_text
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, Calls, History, StateChange, Visit, is_read

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
UPDATE = "UpdateContainerService"
_POLLS = {"GetContainerServices", "GetContainerServiceDeployments"}
_LOGIN = "CreateContainerServiceRegistryLogin"
_UNDER_WAY = {CREATE: "PENDING", UPDATE: "UPDATING", "DeleteContainerService": "DELETING"}
"""Maps an operation to the state of a service while the operation is in progress.
``DEPLOY`` is missing, because each deployment has a state of its own."""

_OF_THE_ACCOUNT = {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}
_AS_WANTED = {
    "certificate.known",
    "certificate.name-free",
    "image.stored",
    "service.exists",
    "service.name-free",
}
"""Rules that forbid creating an existing resource or deleting a nonexistent resource."""
FOR_GOOD = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "UnauthenticatedException",
    "UnrecognizedClientException",
}
"""Errors that occur again on every retry."""
_SATISFIED_AFTER = {
    "certificate.unused": "DELETING",
    "domain.one-service": "DELETING",
    "image.unused": "DEPLOYING",
    "quota.services": "DELETING",
    "service.name-free": "DELETING",
}
"""Maps a rule to a temporary state of a service. A call that breaks the rule in this state may
succeed once the service has left this state."""
_MISTAKES = (
    LookupError,
    TypeError,
    AttributeError,
    NameError,
    ArithmeticError,
    RecursionError,
    UnicodeError,
    json.JSONDecodeError,
)
"""Exceptions that indicate a programming mistake."""
_MODULES = {"builtins", "json.decoder"}
"""The modules of the exceptions in ``_MISTAKES``. Subclasses in other modules are not mistakes."""
_RAISE = dis.opmap["RAISE_VARARGS"]
_SDK = {"aioboto3", "aiobotocore", "boto3", "botocore"}
"""Packages that raise one of ``_MISTAKES`` when a program uses the package incorrectly."""


Kept: TypeAlias = list[tuple[str, str]]
"""The parts of the output, in order, as ``(origin, text)`` pairs."""


class ServiceState(NamedTuple):
    """The state of a container service at one moment.

    Attributes:
        state: the name of the state, such as ``RUNNING``.
        detail: the code in ``stateDetail``, or ``None``.
        current: the running version, or ``None`` if no version is running.
        deployments: the states of the deployments, keyed by version.
    """

    state: str
    detail: str | None
    current: int | None
    deployments: Mapping[int, str]


_Whose: TypeAlias = tuple[str, str]
"""The Region and the name of a container service."""
States: TypeAlias = Mapping[_Whose, ServiceState]


def states_of(account: Account) -> States:
    """Return the current states of an account's services, keyed by Region and name."""
    with account.lock:
        return {
            (name, service.name): ServiceState(
                service.state,
                service.detail,
                None if service.current is None else service.current.version,
                {deployment.version: deployment.state for deployment in service.deployments},
            )
            for name, region in account.regions.items()
            for service in region.services.values()
        }


class Verdict(Suggesting):
    """The result of a check. A verdict is true if the check passes.

    A failing ``assert`` prints the verdict. If a test ignores a verdict, the test fails: it
    must use the truth value, the text or the ``fault`` of each verdict.

    >>> bool(Verdict("finished within 5 minutes"))
    True
    >>> Verdict("finished within 5 minutes", "it took 900 s")
    <false: finished within 5 minutes. It took 900 s>

    Args:
        claim: the property that was checked.
        fault: a description of what is wrong, or an empty string if the check passes.
    """

    def __init__(self, claim: str, fault: str = "") -> None:
        self.claim = claim
        self._fault = fault
        self.is_used = False

    @property
    def fault(self) -> str:
        """A description of what is wrong, or an empty string if the check passes."""
        self.is_used = True
        return self._fault

    def __bool__(self) -> bool:
        return not self.fault

    def __repr__(self) -> str:
        if not self.fault:
            return f"<true: {self.claim}>"
        return f"<false: {self.claim}. {self.fault[:1].upper()}{self.fault[1:]}>"


@dataclass(frozen=True, repr=False)
class Outcome(Suggesting):
    """The outcome of one run of a caller on a simulated account, as returned by ``attempt()``.

    The methods are checks. Each check returns a ``Verdict``, which is true if the check passes.
    Otherwise, the verdict's ``repr`` describes what is wrong:

    >>> from pytest_lightsail import attempt, simulate
    >>> def wait(client):
    ...     client.create_container_service(serviceName="shop", power="nano", scale=1)
    >>> with simulate() as lightsail:
    ...     attempt(wait, lightsail.client()).is_settled()
    <false: the caller's changes have settled. The caller returned while shop was still PENDING>

    Attributes:
        result: the value that the caller returned, or ``None`` if it raised an exception.
        error: the exception that the caller raised, or ``None`` if it returned.
        duration: the duration of the run, in virtual seconds.
        calls: the calls that the caller made, including botocore's retries.
        states: the services' states at the end of the run, keyed by ``(Region, name)``.
        written: the parts of ``output``, in order, as ``(origin, text)`` pairs.
        history: the account's entire history, including everything that happened before this run.
        entries: the calls, visits and state changes during the run, including those of other clients.
        run_again: a function that runs the caller again, undisturbed, on the account as the first
            run left it. The function returns ``None`` if a service is stuck.
        secrets: the secret values of environment variables, found in the run's arguments and calls.
            Maps each value to the name of its variable, or to an empty string if the name is
            unknown.
    """

    result: Any
    error: BaseException | None
    duration: float
    calls: Calls
    states: States
    written: Kept
    history: History
    entries: Sequence[Call | StateChange | Visit]
    run_again: Callable[[], Outcome | None]
    _verdicts: list[Verdict]
    secrets: Mapping[str, str]

    def __repr__(self) -> str:
        end = "returned" if self.error is None else f"raised {type(self.error).__name__}"
        states = "".join(f", {name} {each.state}" for (_, name), each in self.states.items())
        return f"<Outcome: {end} after {self.duration:g} s and {plural(len(self.calls), 'call')}{states}>"

    @property
    def succeeded(self) -> bool:
        """Whether the caller returned."""
        return self.error is None

    @property
    def output(self) -> str:
        """What the caller printed, and what it logged at any level."""
        return "".join(text for _, text in self.written)

    def finished_within(self, *, minutes: float = 0.0, seconds: float = 0.0) -> Verdict:
        """Check that the run ended within the given virtual time."""
        limit = minutes * 60 + seconds
        fault = f"it took {self.duration:g} s" if self.duration > limit else ""
        if isinstance(self.error, CallerNeverEnds):
            when = f"after {self.duration:g} s"
            fault = f"the caller was stopped {when}, because it would have waited forever"
        return self._verdict(f"the caller finished within {limit:g} s", fault)

    def keeps_the_contract(self) -> Verdict:
        """Check that the caller broke no rules except those that depend on the account's state."""
        faults = (
            # If a fault replaced the refusal, the call's message does not describe the broken rule.
            f"{call.operation} was refused by rule {call.rule}: "
            f"{call.message if _known_rule(call) else rule(call.rule).meaning}"
            for call in self.calls
            if call.rule is not None and rule(call.rule).kind not in _OF_THE_ACCOUNT
        )
        return self._verdict("every request complies with the contract", *faults)

    def is_settled(self) -> Verdict:
        """If the caller returned, check that all changes that it started have completed."""
        faults = self._unsettled() if self.succeeded else ()
        return self._verdict("the caller's changes have settled", *faults)

    def _unsettled(self) -> Iterator[str]:
        for whose, version in versions_of(self.calls).items():
            state = self.states.get(whose)
            if state is not None and state.deployments.get(version) == "ACTIVATING":
                yield f"the caller returned while version {version} of {whose[1]} was still ACTIVATING"
        started = {
            (call.region, call.service): call
            for call in self.calls
            if call.answer is not None and call.operation in {*_UNDER_WAY, DEPLOY}
        }
        for (region, service), call in started.items():
            state = self.states.get((region, service or ""))
            if state is None or state.state != _UNDER_WAY.get(call.operation):
                continue
            states_since = {
                entry.state
                for entry in self.entries
                if isinstance(entry, StateChange)
                and (entry.region, entry.service) == (region, service)
                and entry.at_ns > call.at_ns
            }
            if states_since <= {state.state}:  # no other client has changed the service
                now = ", ".join(filter(None, (state.state, state.detail)))
                yield f"the caller returned while {service} was still {now}"

    def noticed_failure(self) -> Verdict:
        """If the caller returned, check that its last deployment has not failed."""
        faults = []
        calls = self.calls if self.succeeded else []
        for whose, version in versions_of(calls).items():
            state = self.states.get(whose)
            if state is not None and state.deployments.get(version) == "FAILED":
                old = f", and version {state.current} kept running" if state.current else ""
                faults.append(
                    f"the caller returned even though version {version} of {whose[1]} FAILED{old}"
                )
        return self._verdict("the caller noticed that a deployment failed", *faults)

    def reported_errors(self) -> Verdict:
        """If the caller returned, check that it did not swallow an error from the service."""
        faults = []
        calls = self.calls if self.succeeded else []
        for (operation, *_), made in _by_aim(calls).items():
            last = made[-1]
            known = _known_rule(last)
            # An error from a read-only call can be useful: it may reveal that a service is gone.
            is_useful = is_read(operation) and known is not None
            has_changed = not is_read(operation) and any(call.answer is not None for call in made)
            if last.error is not None and not (known in _AS_WANTED or is_useful or has_changed):
                faults.append(
                    f"the caller returned even though {operation} ended with {last.error}"
                )
        return self._verdict("the caller did not swallow any error from the service", *faults)

    def polled_at_most(self, per_minute: int) -> Verdict:
        """Check that the caller did not poll a service too often in any minute of virtual time."""
        fault = hasty((call for call in self.calls if call.operation in _POLLS), per_minute)
        claim = f"the caller polled at most {plural(per_minute, 'time')} a minute"
        return self._verdict(claim, fault)

    def retried_only_what_can_succeed(self) -> Verdict:
        """Check that the caller did not repeat a permanently refused request.

        The caller may repeat a read-only call once, for example GetContainerServices.
        """
        return self._verdict("the caller retried only calls that can succeed", *self._in_vain())

    def _in_vain(self) -> Iterator[str]:
        refused: dict[str, tuple[str | None, str | None]] = {}
        looked: set[str] = set()
        for call in self.calls:
            key = f"{call.operation} {call.region} {call.parameters!r}"
            known = _known_rule(call)
            if refused.get(key) == (call.error, known):
                if is_read(call.operation) and key not in looked:
                    looked.add(key)
                    continue
                why = f"a refusal by rule {call.rule}" if known else call.error
                again = f"{call.operation} after {why}"
                yield f"the caller repeated {again} even though the response cannot change"
            elif self._is_final(call):
                refused[key] = (call.error, known)
            elif call.error is None and not is_read(call.operation):
                refused.clear()  # after a change, refused calls may succeed

    def _is_final(self, call: Call) -> bool:
        """Return whether a call was refused for a permanent reason."""
        known = _known_rule(call)
        if known is None:
            return call.error in FOR_GOOD
        if is_read(call.operation) or known == "certificate.issued":
            return False
        states = {
            entry.service: entry.state
            for entry in self.history.entries
            if isinstance(entry, StateChange)
            and entry.region == call.region
            and entry.at_ns <= call.at_ns
        }
        is_changing = _SATISFIED_AFTER.get(known) in states.values()
        return rule(known).kind is not Kind.STATE and not is_changing

    def raised_no_mistake(self) -> Verdict:
        """Check that the caller did not end with an error caused by a programming mistake."""
        error, fault = self.error, ""
        is_mistake = isinstance(error, _MISTAKES) and type(error).__module__ in _MODULES
        if is_mistake and not _raised_on_purpose(error):
            fault = f"the caller ended with {type(error).__name__}: {error}"
        return self._verdict("the caller did not end with a programming mistake", fault)

    def printed_no_secret(self) -> Verdict:
        """Check that neither the caller's output nor its exception contains a secret value.

        The values of variables with names such as ``DB_PASSWORD`` are always secret. The values of
        other environment variables are secret, except ordinary words, numbers, and values that also
        appear elsewhere in requests or responses, such as a Region.
        """
        return self._verdict("the caller did not print any secrets", *self._shown())

    def _shown(self) -> Iterator[str]:
        """Describe where the output or the error contains a secret, but omit the secret itself."""
        where = [("the caller's combined output", self.output)]
        for each in chain(self.error):
            words = (str(each), repr(each.args), *map(str, getattr(each, "__notes__", ())))
            where.append((f"the {type(each).__name__} that the caller raised", "\n".join(words)))
        # Search all texts together first, because searching each text for each secret is slow.
        if not _shows("\n".join(text for _, text in where), self.secrets):
            return
        for place, text in [*self.written, *where]:
            for secret, name in self.secrets.items():
                if _shows(text, [secret]):
                    whose = (
                        f"the environment variable {name}" if name else "an environment variable"
                    )
                    yield f"the value of {whose} is in {place}"

    def is_safe_to_run_again(self) -> Verdict:
        """Check that the caller also returns if it is run again with the same arguments.

        Before the second run, all changes in progress are completed, and unused scripts, unused
        faults and pending changes by other clients are removed. If a service is stuck, there is no
        second run, and the verdict is true.
        """
        second = self.run_again()
        fault = ""
        if second is not None and second.error is not None:
            error = f"{type(second.error).__name__}: {second.error}"
            fault = f"when the caller ran again, it raised {error}"
        return self._verdict("the caller is safe to run again", fault)

    def _verdict(self, claim: str, *faults: str) -> Verdict:
        """Record and return a verdict that reports the first of ``faults``, with secrets masked."""
        fault = next(iter(faults), "")
        verdict = Verdict(claim, masked_text(fault, self.secrets))
        self._verdicts.append(verdict)
        return verdict


def is_change(call: Call) -> bool:
    """Return whether a call changes the account. A registry login is not a change."""
    return not is_read(call.operation) and call.operation != _LOGIN


def _by_aim(calls: Iterable[Call]) -> dict[tuple[str, str, str | None], list[Call]]:
    """Group calls by operation, Region and service."""
    found: dict[tuple[str, str, str | None], list[Call]] = defaultdict(list)
    for call in calls:
        found[call.operation, call.region, call.service].append(call)
    return found


def hasty(calls: Iterable[Call], allowed: int) -> str:
    """Describe the first operation that was called too often for one service within a minute."""
    for (operation, *_), made in _by_aim(calls).items():
        for first, next_one in zip(made, made[allowed:], strict=False):
            if next_one.at_ns - first.at_ns < 60 * NANOSECONDS:
                return (
                    f"the caller made more than {plural(allowed, f'{operation} call')} in a minute"
                )
    return ""


def versions_of(calls: Iterable[Call]) -> dict[_Whose, int]:
    """Map each service to the last version that the caller created, according to the responses."""
    found: dict[_Whose, int] = {}
    for call in calls:
        if call.operation in {DEPLOY, CREATE} and call.answer is not None:
            new = call.answer["containerService"].get("nextDeployment")
            if new is not None and call.service is not None:
                found[call.region, call.service] = new["version"]
    return found


def _known_rule(call: Call) -> str | None:
    """Return the rule that a call broke, or ``None`` if a fault hid the refusal from the caller."""
    is_late = call.fault == "slow_answer" and call.status is not None
    return call.rule if call.fault is None or is_late else None


def _raised_on_purpose(error: BaseException | None) -> bool:
    """Return whether an error was raised by a ``raise`` statement in the caller's code."""
    place = error.__traceback__ if error is not None else None
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None or place.tb_frame.f_code.co_code[place.tb_lasti] != _RAISE:
        return False
    package = str(place.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
    return package not in _SDK and package not in sys.stdlib_module_names


def _shows(text: str, secrets: Collection[str]) -> bool:
    return masked_text(text, secrets) != masked_text(text, ())


def chain(error: BaseException | None, *, hidden: bool = False) -> Iterator[BaseException]:
    """Yield an exception and the causes and contexts that appear in its traceback.

    If ``hidden`` is true, also yield the exceptions that ``from None`` hides.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        shows = hidden or not error.__suppress_context__
        error = error.__cause__ or (error.__context__ if shows else None)
