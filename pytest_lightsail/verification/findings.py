"""What the calls of a caller and the services that they leave behind reveal: one function for each fault.

Each function returns words for the first fault that it finds, and the empty text if there is none.
"""

from __future__ import annotations

import dis
import json
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from ..model.catalogue import rule
from ..model.rule import Kind
from ..simulator.account import Account
from ..simulator.faults import Fault
from ..simulator.history import Call, StateChange, is_read
from .output import chain

_Whose: TypeAlias = tuple[str, str]
"""The Region and the name of a container service."""


class ServiceState(NamedTuple):
    """A container service at one moment.

    Attributes:
        state: its state.
        detail: the code of its ``stateDetail``; ``None`` without one.
        current: the version that runs; ``None`` if none does.
        deployments: the state of each deployment that is kept, by version.
    """

    state: str
    detail: str | None
    current: int | None
    deployments: Mapping[int, str]

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        running = f", version {self.current} runs" if self.current else ""
        return f"{self.state}{detail}{running}"


States: TypeAlias = Mapping[_Whose, ServiceState]


def states_of(account: Account) -> States:
    """Return the services of an account as they are now, by Region and name."""
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


# --- requests ----------------------------------------------------------------------------------------

_OF_THE_ACCOUNT = {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}
_AS_WANTED = {
    "certificate.known",
    "certificate.name-free",
    "image.stored",
    "service.exists",
    "service.name-free",
}
"""Refusals that mean that the caller's goal is already reached: it exists, or it is gone."""
_FOR_GOOD = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "UnauthenticatedException",
    "UnrecognizedClientException",
}
"""Errors that another try cannot change; so are refusals by a rule that no state decides."""
_MAY_CHANGE = {"certificate.issued"}
"""Rules of the account that are satisfied after a while by themselves."""
_DELETING, _DEPLOYING = "DELETING", "DEPLOYING"
_SATISFIED_AFTER = {
    "certificate.unused": _DELETING,
    "domain.one-service": _DELETING,
    "image.unused": _DEPLOYING,
    "quota.services": _DELETING,
    "service.name-free": _DELETING,
}
"""Rules of the account, each with the state of a service after which it may be satisfied."""
_LATE = Fault.slow_answer(0).name
"""The fault that does not change the answer."""


def broken_contract(calls: Iterable[Call]) -> str:
    """Describe a request that breaks a rule in every state of the account; empty if there is none."""
    for call in calls:
        if call.rule is not None and rule(call.rule).kind not in _OF_THE_ACCOUNT:
            # If a fault came between, the message is not the rule's.
            why = call.message if _known_rule(call) else rule(call.rule).meaning
            return f"{call.operation} was refused by rule {call.rule}: {why}"
    return ""


def swallowed(calls: Iterable[Call]) -> str:
    """Describe an operation that ended in an error that the caller did not report; empty if none."""
    by_aim: dict[tuple[str, str, str | None], list[Call]] = defaultdict(list)
    for call in calls:
        by_aim[call.operation, call.region, call.service].append(call)
    for (operation, *_), made in by_aim.items():
        last = made[-1]
        if last.error is None or _known_rule(last) in _AS_WANTED:
            continue
        if is_read(operation):
            # That something does not exist is an answer like any other.
            lost = _known_rule(last) is None
        else:
            lost = all(call.answer is None for call in made)
        if lost:
            return f"it returned although {operation} ended with {last.error}"
    return ""


def hidden(calls: Iterable[Call], error: BaseException | None, output: str) -> str:
    """Describe a permanent refusal that the caller neither raised, printed nor logged; empty if none."""
    refused = next((call for call in calls if call.error in _FOR_GOOD), None)
    if refused is None:
        return ""
    shown = [output, *(f"{each!r} {each}" for each in chain(error, hidden=True))]
    if any(str(refused.error) in text for text in shown):
        return ""
    return (
        f"it raised {type(error).__name__}: {error}, which does not show that {refused.operation} "
        f"ended with {refused.error}"
    )


def in_vain(calls: Iterable[Call], changes: Sequence[StateChange] = ()) -> str:
    """Describe a request that was repeated after a permanent refusal; empty if there is none.

    A read may be repeated once: a caller that cleans up after a refusal looks at what there is. The
    ``changes`` are those of the account, before these calls too.
    """
    refused: dict[str, tuple[str | None, str | None]] = {}
    looked: set[str] = set()
    for call in calls:
        key = f"{call.operation} {call.region} {call.parameters!r}"
        known = _known_rule(call)
        if refused.get(key) == (call.error, known):
            if is_read(call.operation) and key not in looked:
                looked.add(key)
                continue
            why = f"rule {call.rule}" if known else call.error
            return f"it repeated {call.operation}, which {why} refuses however often it is sent"
        if _for_good(call) and not _may_be_satisfied_soon(call, changes):
            refused[key] = (call.error, known)
        elif call.error is None and not is_read(call.operation):
            refused.clear()  # after a change, a refused call may succeed
    return ""


def _for_good(call: Call) -> bool:
    rule_id = _known_rule(call)
    if rule_id is None:
        return call.error in _FOR_GOOD
    if rule_id in _MAY_CHANGE or rule(rule_id).kind is Kind.STATE:
        return False
    return not is_read(call.operation)


def _known_rule(call: Call) -> str | None:
    """Return the rule that the response named; ``None`` if a fault replaced the response."""
    arrived = call.fault is None or (call.fault == _LATE and call.status is not None)
    return call.rule if arrived else None


def _may_be_satisfied_soon(call: Call, changes: Sequence[StateChange]) -> bool:
    """Return whether the reason of a refusal may end, because of a change that was under way."""
    states = {
        change.service: change.state
        for change in changes
        if change.region == call.region and change.at_ns <= call.at_ns
    }
    return _SATISFIED_AFTER.get(call.rule or "") in states.values()


# --- polling -----------------------------------------------------------------------------------------

_POLLS = {"GetContainerServices", "GetContainerServiceDeployments"}
_MINUTE_NS = 60_000_000_000
_LOGIN = "CreateContainerServiceRegistryLogin"


def is_change(call: Call) -> bool:
    """Return whether a call changes the account; a login to the registry does not."""
    return not is_read(call.operation) and call.operation != _LOGIN


def most_per_minute(calls: Iterable[Call], *, polls: bool = True) -> tuple[int, str]:
    """Return the most calls of one operation on one service in a virtual minute, and the operation.

    Args:
        calls: the calls.
        polls: whether to count reads of the state of a service, rather than changes.
    """
    by_aim: dict[tuple[str, str, str | None], list[int]] = defaultdict(list)
    for call in calls:
        if (call.operation in _POLLS) if polls else is_change(call):
            by_aim[call.operation, call.region, call.service].append(call.at_ns)
    found = (0, "")
    for (operation, *_), instants in by_aim.items():
        window: deque[int] = deque()
        for instant in instants:
            window.append(instant)
            while instant - window[0] >= _MINUTE_NS:
                window.popleft()
            found = max(found, (len(window), operation))
    return found


# --- what the caller leaves behind -------------------------------------------------------------------

_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_UNDER_WAY = {
    _CREATE: "PENDING",
    "UpdateContainerService": "UPDATING",
    "DeleteContainerService": _DELETING,
}
"""The state of a service while a change of it is under way; deployments have states of their own."""


def unsettled(calls: Sequence[Call], states: States, changes: Sequence[StateChange] = ()) -> str:
    """Describe a change that the caller started and that has not completed; empty if there is none.

    The ``changes`` of the account show what another client started.
    """
    for whose, version in versions_of(calls).items():
        state = states.get(whose)
        if state is not None and state.deployments.get(version) == "ACTIVATING":
            return f"it returned while version {version} of {whose[1]} is still ACTIVATING"
    for whose, state in states.items():
        last = _last_change(calls, whose)
        if last is None or _UNDER_WAY.get(last.operation) != state.state:
            continue
        if _entered_at(changes, whose, last.at_ns) <= last.at_ns:
            detail = f", {state.detail}" if state.detail else ""
            return f"it returned while {whose[1]} is still {state.state}{detail}"
    return ""


def _entered_at(changes: Sequence[StateChange], whose: _Whose, otherwise: int) -> int:
    """When a service entered the state that it is in."""
    entered, state = otherwise, ""
    for change in changes:
        if (change.region, change.service) == whose and change.state != state:
            entered, state = change.at_ns, change.state
    return entered


def unnoticed(calls: Sequence[Call], states: States, *, running: bool | None = None) -> str:
    """Describe a deployment of the caller that failed; empty if there is none.

    ``running`` limits it to services that still run an old version, or to those that do not.
    """
    for whose, version in versions_of(calls).items():
        state = states.get(whose)
        if state is None or state.deployments.get(version) != "FAILED":
            continue
        if running is None or running == (state.current is not None):
            old = f", and version {state.current} kept running" if state.current else ""
            return f"it returned although version {version} of {whose[1]} FAILED{old}"
    return ""


def half_made(calls: Sequence[Call], states: States) -> str:
    """Describe a service that the caller created without a running deployment; empty if none."""
    for call in calls:
        if call.operation != _CREATE or call.answer is None or call.service is None:
            continue
        state = states.get((call.region, call.service))
        if state is not None and state.current is None and state.state != _DELETING:
            return f"it gave up and left {call.service}, which it had created, {state.state}"
    return ""


def versions_of(calls: Iterable[Call]) -> dict[_Whose, int]:
    """Return the last version of each service that the caller made, according to the responses."""
    found: dict[_Whose, int] = {}
    for call in calls:
        if call.operation in {_DEPLOY, _CREATE} and call.answer is not None:
            # A later release may leave out any of these members.
            service = call.answer.get("containerService") or {}
            version = (service.get("nextDeployment") or {}).get("version")
            if version is not None and call.service is not None:
                found[call.region, call.service] = version
    return found


def _last_change(calls: Sequence[Call], whose: _Whose) -> Call | None:
    """Return the last call that changed the state of the service."""
    for call in reversed(calls):
        changes = call.answer is not None and call.operation in {*_UNDER_WAY, _DEPLOY}
        if changes and (call.region, call.service) == whose:
            return call
    return None


# --- mistakes in the program -------------------------------------------------------------------------

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
"""Exceptions that Python raises for mistakes in a program, never to report a failed release."""
_RAISE = dis.opmap["RAISE_VARARGS"]
_SDK = {"aioboto3", "aiobotocore", "boto3", "botocore"}
"""Packages that refuse, by a ``raise`` of their own, to be called in a wrong way."""


def mistake(error: BaseException | None) -> str:
    """Describe an exception that a programming mistake raised, not a ``raise``; empty if none."""
    if (
        isinstance(error, _MISTAKES)
        and type(error).__module__ in {"builtins", "json.decoder"}
        and not _raised_on_purpose(error)
    ):
        return f"it ended with {type(error).__name__}: {error}"
    return ""


def _raised_on_purpose(error: BaseException) -> bool:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return False
    namespace, code = place.tb_frame.f_globals, place.tb_frame.f_code.co_code
    package = str(namespace.get("__name__", "")).partition(".")[0]
    return (
        package not in _SDK
        and package not in sys.stdlib_module_names
        and 0 <= place.tb_lasti < len(code)
        and code[place.tb_lasti] == _RAISE
    )
