"""Find a caller's bugs, for example by comparing the caller's runs with undisturbed runs.

Most functions return a description of the first bug, or an empty string if they find no bug.
"""

from __future__ import annotations

import copy
import inspect
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeAlias

from ..exceptions import ConfigurationError
from ..simulation.handle import Lightsail
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, StateChange
from .attempt import name_of
from .cases import Case
from .outcome import CREATE, DEPLOY, FOR_GOOD, UPDATE, Outcome, chain, is_change, versions_of

Facts: TypeAlias = Mapping[str, Any]
"""Facts about an account's services. The keys have the form ``shop: scale``."""

_REPORTS_WITHIN = 300
"""The maximum number of virtual seconds between the account's last change and the end of a run."""
_CONFIGURED = ("power", "scale", "disabled", "domains", "registry access", "tags")


def facts_of(account: Account) -> Facts:
    """Return the facts about an account's services, except for states, versions and times."""
    facts: dict[str, Any] = {}
    with account.lock:
        for service in account.services:
            if service.state == "DELETING":
                continue
            current = None if service.is_disabled else service.current
            members = {
                "power": service.power,
                "scale": service.scale,
                "disabled": service.is_disabled,
                "domains": service.public_domain_names,
                "registry access": service.puller_active,
                "tags": {tag["key"]: tag.get("value") for tag in service.tags},
                "running": current is not None,
            }
            if current is not None:
                members["containers"] = sorted(current.containers)
                members["endpoint"] = current.public_endpoint
                for name, container in current.containers.items():
                    for member in ("image", "environment", "ports", "command"):
                        members[f"{member} of {name}"] = container[member]
            facts |= {f"{service.name}: {name}": value for name, value in members.items()}
        return copy.deepcopy(facts)


@dataclass(frozen=True)
class Run:
    """A run of the caller, with facts about the account before and after the run."""

    case: Case
    outcome: Outcome
    service: str
    """The name of the container service that the caller works with."""
    before: Facts
    after: Facts
    """The facts after the run or, with ``waits=False``, after all changes have completed."""
    began: float
    """The time at which the run started, in virtual seconds."""

    @property
    def used(self) -> set[str]:
        """The operations that the caller used."""
        return {call.operation for call in self.outcome.calls}

    @property
    def changes(self) -> list[Call]:
        """The calls that change the account."""
        return [call for call in self.outcome.calls if is_change(call)]

    @property
    def writes(self) -> list[str]:
        """The requests that change the account or, if there are none, all requests."""
        return [
            f"{call.operation} {call.parameters!r}" for call in self.changes or self.outcome.calls
        ]

    @property
    def sent(self) -> set[tuple[str, str]]:
        """The ``(member, value)`` pairs in requests that change the account, as strings."""
        return {leaf for call in self.changes for leaf in _leaves(call.parameters)}


def _leaves(document: Any, member: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(document, Mapping):
        for key, value in document.items():
            yield member, str(key)
            yield from _leaves(value, str(key))
    elif isinstance(document, (list, tuple)):
        for each in document:
            yield from _leaves(each, member)
    else:
        yield member, str(document)


# --- one undisturbed run -----------------------------------------------------------------------------


def unfinished(result: Any) -> str:
    """Describe a coroutine, iterator, thread or future that the caller returned."""
    parts = list(result.values()) if isinstance(result, Mapping) else result
    for part in parts if isinstance(parts, (list, tuple, set)) else [parts]:
        if inspect.iscoroutine(part):
            part.close()  # prevents a warning that the coroutine was never awaited
        is_iterator = isinstance(part, Iterator) or inspect.isasyncgen(part)
        if (
            isinstance(part, (Thread, Future))
            or inspect.isawaitable(part)
            or (is_iterator and not isinstance(part, io.IOBase))
        ):
            return f"the caller returned {_kind(part)} that has not finished"
    return ""


def elsewhere(run: Run) -> str:
    """Name the services that the caller changed, unless the expected service is among them."""
    named = {call.service for call in run.changes if call.service is not None}
    given = {value for value in run.case.arguments.values() if isinstance(value, str)}
    if not named or named & {run.service, *given}:
        return ""
    return (
        f"the caller changed {', '.join(sorted(named))}, not {run.service}. If this is intended, "
        f"pass `service={min(named)!r}`"
    )


def repeated(run: Run) -> str:
    """Describe a service or deployment that the caller created twice with the same parameters."""
    created = Counter(
        f"{call.operation} {call.region} {call.parameters!r}"
        for call in run.outcome.calls
        if call.operation in {DEPLOY, CREATE} and call.error is None
    )
    twice = [request.partition(" ")[0] for request, times in created.items() if times > 1]
    return f"the caller made the same {twice[0]} call twice" if twice else ""


def detour(run: Run) -> str:
    """Describe a scale or power that the caller set and later changed again."""
    for call in run.outcome.calls(UPDATE):
        for member in ("scale", "power"):
            value = call.parameters.get(member)
            final = run.after.get(f"{call.service}: {member}", value)
            if call.error is None and value not in {None, final}:
                return f"the caller first set {member} to {value!r}, then to {final!r}"
    return ""


def closed(run: Run) -> str:
    """Describe a public endpoint that the caller removed from a service with open HTTP ports."""
    endpoint = f"{run.service}: endpoint"
    ports = [value for name, value in run.after.items() if name.startswith(f"{run.service}: ports")]
    lost = run.before.get(endpoint) and run.after.get(endpoint, "nothing runs") is None
    is_open = any(protocol in {"HTTP", "HTTPS"} for each in ports for protocol in each.values())
    if lost and is_open and run.outcome.succeeded:
        return (
            f"{run.service} is no longer reachable: the new deployment has no public endpoint, "
            "even though it opens HTTP ports"
        )
    return ""


# --- several runs ------------------------------------------------------------------------------------


def other_image(undisturbed: Iterable[Run], image: Any) -> str:
    """Describe the deployed images if none of them matches the caller's ``image`` argument."""
    deployed = {text for run in undisturbed for member, text in run.sent if member == "image"}
    if not isinstance(image, str) or not deployed or any(image in one for one in deployed):
        return ""
    return f"the caller received image={image!r} but deployed {', '.join(sorted(deployed))}"


def unheard(
    argument: str, tried: Sequence[Run], undisturbed: Mapping[str, Run]
) -> Iterator[tuple[Run, str, str]]:
    """Find runs in which the caller returned but ignored the value of an argument.

    Yield ``(run, finding name, description)`` tuples. ``tried`` contains runs with different
    values of the argument. For each world, ``undisturbed`` contains a run with the
    simplest arguments.
    """

    def carriers(run: Run) -> set[str]:
        """Return the request members that contained the argument's value."""
        value = str(run.case.arguments[argument])
        return {member for member, text in run.sent if text == value}

    usual = {world: carriers(run) for world, run in undisturbed.items()}
    members = set().union(*(carriers(run) & usual[run.case.world] for run in tried))
    calls = [call for run in (*undisturbed.values(), *tried) for call in run.outcome.calls(UPDATE)]
    updated = {member for call in calls for member in call.parameters}
    for run in tried:
        value = run.case.arguments[argument]
        if type(value) not in {str, int} or not run.outcome.succeeded:
            continue
        sent = {member for member, _ in run.sent}
        words = f"the caller received {argument}={value!r}, but "
        for member in sorted(members):
            found = run.after.get(f"{run.service}: {member}", value)
            if found != value:
                fault = "deaf-to-argument" if member in updated else "sets-only-at-creation"
                yield run, fault, f"{words}left {member} at {found!r}"
            elif member in sent and not carriers(run):
                yield run, "deaf-to-argument", f"{words}sent a different {member or argument}"


def wrong_version(undisturbed: Iterable[Run]) -> str:
    """Describe a returned version that differs from the version that the caller created."""
    seen: list[tuple[int, int]] = []
    for run in undisturbed:
        result = run.outcome.result
        named = result.get("version") if isinstance(result, Mapping) else result
        number = getattr(result, "version", named)
        created = list(versions_of(run.outcome.calls).values())
        if created and type(number) is int:
            seen.append((number, created[-1]))
    offsets = {number - version for number, version in seen}
    # A returned number is probably a version if it equals the created version in at least one run,
    # or if the two numbers differ by the same amount in all runs.
    is_version = len(offsets) == 1 or 0 in offsets
    if len({version for _, version in seen}) > 1 and is_version:
        for number, version in seen:
            if number != version:
                return f"the caller returned {number}, but it had created version {version}"
    return ""


def changed_again(first: Run, second: Outcome | None) -> str:
    """Describe a change that the second run made, or a difference in the type of the result."""
    if second is None or not second.succeeded:
        return ""
    for call in second.calls:
        if is_change(call) and call.error is None:
            return f"when the caller ran again, it called {call.operation}"
    usual, result = _kind(first.outcome.result), _kind(second.result)
    if usual == result:
        return ""
    return f"the first run returned {usual}, but the second run returned {result}"


# --- the goal, which undisturbed runs achieve --------------------------------------------------------


def missed(goal: Run, run: Run) -> str:
    """Describe the part of the goal that the caller did not achieve even though it returned."""
    mine = {name.partition(":")[0] for name in goal.after} | {run.service}
    for name in {**goal.after, **run.after}:
        differs = _differs(name, goal.after, run.after, "in an undisturbed run")
        if differs and name.partition(":")[0] in mine:
            return f"the caller returned, but {differs}"
    usual, result = _kind(goal.outcome.result), _kind(run.outcome.result)
    if usual == result:
        return ""
    return f"the caller returned {result}, not {usual} as in an undisturbed run"


def destroyed(goal: Run, run: Run) -> str:
    """Describe how the caller stopped a running service and then raised an exception."""
    running = f"{run.service}: running"
    if not (run.before.get(running) and goal.after.get(running)) or run.after.get(running):
        return ""
    for call in goal.outcome.calls:
        if call.operation == "DeleteContainerService" or call.parameters.get("isDisabled"):
            return ""  # undisturbed runs also stop the service
    left = "runs" if running in run.after else "exists"
    return f"the caller raised an exception, and {run.service} no longer {left}"


def changed(goal: Run, run: Run, *, restored: bool = False) -> str:
    """Describe a change that the caller did not undo before raising an exception.

    Unless ``restored`` is true, ignore changes that undisturbed runs also make.
    """
    for name in (f"{run.service}: {member}" for member in _CONFIGURED):
        if name not in run.before or name not in run.after:
            continue
        if not restored and run.after[name] == goal.after.get(name):
            continue
        if differs := _differs(name, run.before, run.after, "before the run"):
            return f"the caller raised an exception, but {differs}"
    return ""


def _differs(name: str, wanted: Facts, found: Facts, when: str) -> str:
    if wanted.get(name, "missing") == found.get(name, "missing"):
        return ""
    usual, now = (repr(facts[name]) if name in facts else "missing" for facts in (wanted, found))
    return f"{name} is {now}, not {usual} as {when}"


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


# --- the end of a run --------------------------------------------------------------------------------


def late(run: Run) -> str:
    """Describe the delay if the caller took too long to end after the account's last change."""
    instants = [call.at_ns for call in run.changes]
    instants += [entry.at_ns for entry in run.outcome.entries if isinstance(entry, StateChange)]
    last = max([run.began, *(at_ns / NANOSECONDS for at_ns in instants)])
    waited = run.began + run.outcome.duration - last
    if waited <= _REPORTS_WITHIN:
        return ""
    how = "returned" if run.outcome.succeeded else "raised an exception"
    limit = f"which exceeds the limit of {_REPORTS_WITHIN} s"
    return f"the caller {how} {waited:.0f} s after the last change, {limit}"


def wordless(error: BaseException | None) -> str:
    """Describe an error if neither its class nor its message explains the problem."""
    if type(error) in {Exception, BaseException, RuntimeError} and not str(error).strip():
        return f"the caller raised {type(error).__name__} without a message"
    return ""


def hidden(run: Run) -> str:
    """Describe a permanent error that the caller received but did not raise, print or log."""
    error = run.outcome.error
    shown = [run.outcome.output, *(f"{each!r} {each}" for each in chain(error, hidden=True))]
    for call in run.outcome.calls:
        if call.error in FOR_GOOD:
            if any(str(call.error) in text for text in shown):
                return ""
            return (
                f"the caller raised {type(error).__name__}: {error}, but neither the exception nor "
                f"the caller's output shows that {call.operation} failed with {call.error}"
            )
    return ""


# --- goals that tests pass as `achieves` -------------------------------------------------------------

Achieves: TypeAlias = Callable[[Lightsail, Mapping[str, Any]], object]
"""A function that returns whether a caller achieved its goal. Instead of returning ``False``, the
function may raise ``AssertionError``."""


@dataclass(frozen=True, repr=False)
class _Goal:
    """A goal: one member of a service has a certain value. Generated tests contain its ``repr``."""

    function: str
    member: str
    wanted: Any
    service: str

    def __repr__(self) -> str:
        given = [] if self.wanted is None else [repr(self.wanted)]
        if self.service != "shop":
            given.append(f"service={self.service!r}")
        return f"{self.function}({', '.join(given)})"

    def __call__(self, lightsail: Lightsail, arguments: Mapping[str, Any]) -> bool:
        member, wanted = self.member, self.wanted
        if callable(wanted):
            wanted = wanted(arguments)
        elif wanted is None and member not in arguments:
            raise ConfigurationError(
                f"achieves: the caller has no {member!r} argument; pass the {member} to "
                f"{self.function}(…), or pass a function that derives it from the caller's arguments"
            )
        elif wanted is None:
            wanted = arguments[member]
        facts = facts_of(lightsail.account)
        found = [facts[name] for name in facts if name.startswith(f"{self.service}: {member}")]
        if wanted not in found:
            now = ", ".join(map(str, found)) or "nothing"
            raise AssertionError(f"the {member} of {self.service} is {now}, not {wanted}")
        return True


def runs(image: Any = None, *, service: str = "shop") -> Achieves:
    """Return a goal for ``verify_caller(achieves=…)``: a container of the service runs this image.

    Args:
        image: the image, or a function that derives it from the caller's arguments. Defaults to the
            caller's ``image`` argument.
        service: the name of the container service.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     _ = lightsail.add_service("shop", image="nginx:1")
    ...     runs("nginx:1")(lightsail, {})
    True
    """
    return _Goal("runs", "image", image, service)


def scaled_to(scale: Any = None, *, service: str = "shop") -> Achieves:
    """Return a goal for ``verify_caller(achieves=…)``: the service has this number of nodes.

    Args:
        scale: the number, or a function that derives it from the caller's arguments. Defaults to
            the caller's ``scale`` argument.
        service: the name of the container service.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     _ = lightsail.add_service("shop", scale=2)
    ...     scaled_to(lambda arguments: arguments["nodes"])(lightsail, {"nodes": 2})
    True
    """
    return _Goal("scaled_to", "scale", scale, service)


def unreached(achieves: Achieves, lightsail: Lightsail, arguments: Mapping[str, Any]) -> str:
    """Describe how the caller failed to achieve the goal that ``achieves`` checks."""
    try:
        if achieves(lightsail, arguments):
            return ""
        why = ""
    except AssertionError as error:
        why = str(error)
    return f"the caller returned, but did not achieve its goal: {why or name_of(achieves)}"
