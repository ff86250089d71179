"""What can be read from the calls of a caller and from what they left: one fault a function.

Each function gives words for the first fault that it finds, and the empty text where there is none.
"""

from __future__ import annotations

import dis
import json
import sys
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence

from ..model.rule import Kind
from ..model.rules import rule
from ..simulator.faults import Fault
from ..simulator.history import Call, StateChange
from .snapshot import States, Whose

__all__ = [
    "broken_contract",
    "half_made",
    "in_vain",
    "mistake",
    "reads_per_minute",
    "swallowed",
    "unnoticed",
    "unsettled",
]

_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_UNDER_WAY = {
    _CREATE: "PENDING",
    "UpdateContainerService": "UPDATING",
    "DeleteContainerService": "DELETING",
}
"""The state that a service has from a change of it until that is over; deployments have their own."""
_POLLS = {"GetContainerServices", "GetContainerServiceDeployments"}
_OF_THE_ACCOUNT = {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}
_AS_WANTED = {
    "certificate.known",
    "certificate.name-free",
    "image.stored",
    "service.exists",
    "service.name-free",
}
"""Refusals that tell the caller that what it wants is so already: it exists, or it is gone."""
_FOR_GOOD = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "UnauthenticatedException",
    "UnrecognizedClientException",
}
"""Errors that another try cannot change; refusals by a rule that no state decides are such, too."""
_MAY_CHANGE = {"certificate.issued", "image.ecr-access", "quota.pending-services"}
"""Rules of the account that hold after a while if nobody does anything."""
_DELETING, _DEPLOYING = "DELETING", "DEPLOYING"
_HOLDS_AFTER = {
    "certificate.unused": _DELETING,
    "domain.one-service": _DELETING,
    "image.unused": _DEPLOYING,
    "quota.services": _DELETING,
    "service.name-free": _DELETING,
}
"""Rules of the account, each with the state of a service after which it may hold."""
_LATE = Fault.slow_answer(0).name
"""The fault that leaves an answer as it is."""
_MINUTE_NS = 60_000_000_000
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
"""What Python raises for mistakes in programs, and nobody to tell that a release has failed."""
_RAISE = dis.opmap["RAISE_VARARGS"]
_SDK = {"aioboto3", "aiobotocore", "boto3", "botocore"}
"""Packages that refuse, by a ``raise`` of their own, to be called in a wrong way."""


def broken_contract(calls: Iterable[Call]) -> str:
    """A request that breaks a rule which the request alone decides."""
    for call in calls:
        if call.rule is not None and rule(call.rule).kind not in _OF_THE_ACCOUNT:
            # Where a fault has come between, nobody was told what the rule says.
            why = call.message if _told_rule(call) else rule(call.rule).meaning
            return f"{call.operation} was refused by rule {call.rule}: {why}"
    return ""


def unsettled(
    calls: Sequence[Call],
    states: States,
    changes: Sequence[StateChange] = (),
) -> str:
    """Something that the caller has begun and that has not come to its end.

    Args:
        calls: the calls of the caller.
        states: the services at the end.
        changes: what has changed in the account, which tells what somebody else has begun.
    """
    for whose, version in _versions(calls).items():
        state = states.get(whose)
        if state is not None and state.deployments.get(version) == "ACTIVATING":
            return f"it returned while version {version} of {whose[1]} is still ACTIVATING"
    for whose, state in states.items():
        last = _last_change(calls, whose)
        if last is None or _UNDER_WAY.get(last.operation) != state.state:
            continue
        if _began_at(changes, whose, last.at_ns) <= last.at_ns:
            detail = f", {state.detail}" if state.detail else ""
            return f"it returned while {whose[1]} is still {state.state}{detail}"
    return ""


def _began_at(changes: Sequence[StateChange], whose: Whose, otherwise: int) -> int:
    """The instant at which a service entered the state that it is in."""
    began, state = otherwise, ""
    for change in changes:
        if (change.region, change.service) == whose and change.state != state:
            began, state = change.at_ns, change.state
    return began


def unnoticed(calls: Sequence[Call], states: States, *, running: bool | None = None) -> str:
    """A deployment of the caller's that failed, though the caller returned.

    Args:
        calls: the calls of the caller.
        states: the services at the end.
        running: only where an old version runs on, or only where none does; ``None`` for either.
    """
    for whose, version in _versions(calls).items():
        state = states.get(whose)
        if state is None or state.deployments.get(version) != "FAILED":
            continue
        if running is None or running == (state.current is not None):
            old = f", and version {state.current} kept running" if state.current else ""
            return f"it returned although version {version} of {whose[1]} FAILED{old}"
    return ""


def swallowed(calls: Iterable[Call]) -> str:
    """An operation that ended in an error, of which the caller said nothing."""
    by_aim: dict[tuple[str, str, str | None], list[Call]] = defaultdict(list)
    for call in calls:
        by_aim[call.operation, call.region, call.service].append(call)
    for (operation, *_), made in by_aim.items():
        last = made[-1]
        if last.error is None or _told_rule(last) in _AS_WANTED:
            continue
        if operation.startswith("Get"):
            # That something is not there is an answer as good as any.
            lost = _told_rule(last) is None
        else:
            lost = all(call.answer is None for call in made)
        if lost:
            return f"it returned although {operation} ended with {last.error}"
    return ""


def half_made(calls: Sequence[Call], states: States) -> str:
    """A service that the caller created and left with nothing that runs."""
    for whose in _accepted(calls, _CREATE):
        state = states.get(whose)
        if state is not None and state.current is None and state.state != _DELETING:
            return f"it gave up and left {whose[1]}, which it had created, {state.state}"
    return ""


def reads_per_minute(calls: Iterable[Call]) -> Iterator[tuple[int, str]]:
    """For each kind of read and service: the most within one virtual minute, and its operation."""
    by_aim: dict[tuple[str, str, str | None], list[int]] = defaultdict(list)
    for call in calls:
        if call.operation in _POLLS:
            by_aim[call.operation, call.region, call.service].append(call.at_ns)
    for (operation, *_), instants in by_aim.items():
        window: deque[int] = deque()
        most = 0
        for instant in instants:
            window.append(instant)
            while instant - window[0] >= _MINUTE_NS:
                window.popleft()
            most = max(most, len(window))
        yield most, operation


def in_vain(calls: Iterable[Call], changes: Sequence[StateChange] = ()) -> str:
    """A request that was repeated after it had been refused for good.

    A read may be repeated once: whoever clears up after a refusal looks at what there is.

    Args:
        calls: the calls of the caller.
        changes: what has changed in the account, before these calls too.
    """
    refused: dict[str, Call] = {}
    looked: set[str] = set()
    for call in calls:
        key = f"{call.operation} {call.region} {call.parameters!r}"
        before = refused.get(key)
        if before is not None and (call.error, _told_rule(call)) == (
            before.error,
            _told_rule(before),
        ):
            if call.operation.startswith("Get") and key not in looked:
                looked.add(key)
                continue
            why = f"rule {call.rule}" if _told_rule(call) else call.error
            return f"it repeated {call.operation}, which {why} refuses however often it is sent"
        if _for_good(call) and not _may_hold_soon(call, changes):
            refused[key] = call
        elif call.error is None and not call.operation.startswith("Get"):
            refused.clear()  # a change may let what was refused succeed
    return ""


def _for_good(call: Call) -> bool:
    rule_id = _told_rule(call)
    if rule_id is None:
        return call.error in _FOR_GOOD
    if rule_id in _MAY_CHANGE or rule(rule_id).kind is Kind.STATE:
        return False
    return not call.operation.startswith("Get")


def _told_rule(call: Call) -> str | None:
    """The rule that the caller was told to have broken: nobody hears of it where a fault came between."""
    arrived = call.fault is None or (call.fault == _LATE and call.status is not None)
    return call.rule if arrived else None


def _may_hold_soon(call: Call, changes: Sequence[StateChange]) -> bool:
    """Whether something was under way, when a call was refused, that may end the reason."""
    under_way = _HOLDS_AFTER.get(call.rule or "")
    if under_way is None:
        return False
    states = {
        change.service: change.state
        for change in changes
        if change.region == call.region and change.at_ns <= call.at_ns
    }
    return under_way in states.values()


def mistake(error: BaseException | None) -> str:
    """A mistake in a program that came up to whoever called it."""
    if (
        isinstance(error, _MISTAKES)
        and type(error).__module__ in {"builtins", "json.decoder"}
        and not _raised_on_purpose(error)
    ):
        return f"it ended with {type(error).__name__}: {error}"
    return ""


def _raised_on_purpose(error: BaseException) -> bool:
    """Whether a ``raise`` of the code under test has raised it, and not what Python or AWS's SDK does."""
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


def _versions(calls: Iterable[Call]) -> dict[Whose, int]:
    """The last version that the caller has made of each service, as far as it was told."""
    found: dict[Whose, int] = {}
    for call in calls:
        if call.operation in {_DEPLOY, _CREATE} and call.answer is not None:
            # A later release may lack any of these members.
            service = call.answer.get("containerService") or {}
            version = (service.get("nextDeployment") or {}).get("version")
            if version is not None and call.service is not None:
                found[call.region, call.service] = version
    return found


def _accepted(calls: Iterable[Call], operation: str) -> list[Whose]:
    """The services for which the caller's calls of an operation were performed."""
    return [
        (call.region, call.service)
        for call in calls
        if call.operation == operation and call.answer is not None and call.service is not None
    ]


def _last_change(calls: Sequence[Call], whose: Whose) -> Call | None:
    """The call by which the caller changed the state of the service last."""
    return next(
        (
            call
            for call in reversed(calls)
            if (call.region, call.service) == whose
            and call.answer is not None
            and call.operation in {*_UNDER_WAY, _DEPLOY}
        ),
        None,
    )
