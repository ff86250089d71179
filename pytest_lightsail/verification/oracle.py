"""What a caller achieves: read from the account, and compared with a run in which nothing happens.

Each function for a finding describes the first thing that is wrong, or returns the empty string.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, is_dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

from ..exceptions import ConfigurationError
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, StateChange
from ..simulator.resources import ContainerService
from . import findings
from .attempt import Outcome, Verdict
from .findings import is_change

if TYPE_CHECKING:
    from ..simulation.handle import Lightsail

__all__ = ["Facts", "Goal", "Run", "runs", "scaled_to"]

Facts: TypeAlias = Mapping[str, Any]
"""What is so in an account, by words such as ``shop: scale``."""

_CREATE, _DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
_UPDATE, _DELETE = "UpdateContainerService", "DeleteContainerService"


def facts_of(account: Account) -> Facts:
    """Return what an account holds and runs, without states, versions and times."""
    with account.lock:
        return {
            f"{service.name}: {what}": copy.deepcopy(value)
            for region in account.regions.values()
            for service in region.services.values()
            if service.state != "DELETING"
            for what, value in _facts(service)
        }


def _facts(service: ContainerService) -> Iterator[tuple[str, Any]]:
    yield "power", service.power
    yield "scale", service.scale
    yield "disabled", service.is_disabled
    yield "domains", service.public_domain_names
    yield "registry access", service.puller_active
    yield "tags", {tag["key"]: tag.get("value") for tag in service.tags}
    current = None if service.is_disabled else service.current
    yield "running", current is not None
    if current is not None:
        yield "containers", sorted(current.containers)
        for name, container in current.containers.items():
            for member in ("image", "environment", "ports", "command"):
                yield f"{member} of {name}", container[member]
        yield "endpoint", current.public_endpoint


_CONFIGURED = ("power", "scale", "disabled", "domains", "registry access", "tags")


@dataclass(frozen=True)
class Run:
    """A run of the caller, and the account before and after it.

    Attributes:
        outcome: the result of ``attempt``.
        service: the container service of the world.
        before: the facts when it began.
        after: the facts when it ended; for a caller that does not wait, when all had settled.
        began: the virtual seconds at which it began.
        ended: the virtual seconds at which it ended.
    """

    outcome: Outcome
    service: str
    before: Facts
    after: Facts
    began: float
    ended: float

    @property
    def calls(self) -> Sequence[Call]:
        """What it called."""
        return self.outcome.calls

    @property
    def writes(self) -> list[str]:
        """Its requests that change something; those that read, if it changes nothing."""
        made = [call for call in self.calls if is_change(call)] or list(self.calls)
        return [f"{one.operation} {json.dumps(one.parameters, default=repr)}" for one in made]

    @property
    def version(self) -> int | None:
        """The last version that it made."""
        versions = list(findings.versions_of(self.calls).values())
        return versions[-1] if versions else None

    @property
    def sent(self) -> set[tuple[str, str]]:
        """Every member, and each value that it has, in the requests that change something."""
        return {leaf for call in self.calls if is_change(call) for leaf in _leaves(call.parameters)}

    @property
    def updated(self) -> set[str]:
        """The members that it has updated of a service."""
        return {
            name for call in self.calls if call.operation == _UPDATE for name in call.parameters
        }

    @property
    def images(self) -> set[str]:
        """The images that it has deployed."""
        return {text for member, text in self.sent if member == "image"}


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


@dataclass
class Goal:
    """What a caller achieves in one world with its arguments if nothing happens.

    Attributes:
        run: the run in which nothing happened.
        volatile: the facts that differ from one such run to the next.
        versioned: the paths in its result that contain the version.
    """

    run: Run
    volatile: frozenset[str] = field(default=frozenset())
    versioned: Collection[str] = ()

    def missed_by(self, run: Run) -> str:
        """Describe what a run that returned did not achieve."""
        wanted, found = self.run.after, run.after
        mine = {name.partition(":")[0] for name in wanted} | {run.service}
        for name in dict.fromkeys([*wanted, *found]):
            if name in self.volatile or name.partition(":")[0] not in mine:
                continue
            if wanted.get(name) != found.get(name) or (name in wanted) != (name in found):
                return f"it returned, and {_differs(name, wanted, found)} if nothing happens"
        return self._other_result(run)

    def _other_result(self, run: Run) -> str:
        usual, result = self.run.outcome.result, run.outcome.result
        if type(usual) is not type(result):
            return f"it returned {_kind(result)}, and {_kind(usual)} if nothing happens"
        for place, number in _numbers(result).items():
            if run.version is not None and place in self.versioned and number != run.version:
                return f"it returned {number}{place}, but it had made version {run.version}"
        return ""

    def destroyed_by(self, run: Run) -> str:
        """Describe what no longer runs after a run that raised, unlike after an undisturbed run."""
        running = f"{run.service}: running"
        if not (run.before.get(running) and self.run.after.get(running)) or run.after.get(running):
            return ""
        if any(
            call.operation == _DELETE or call.parameters.get("isDisabled")
            for call in self.run.calls
        ):
            return ""  # it does so on purpose, and brings up something new afterwards
        left = "it runs nothing" if running in run.after else "it is gone"
        return f"it raised, and {run.service}, which ran before, was destroyed: {left}"

    def changed_by(self, run: Run, *, restored: bool = False) -> str:
        """Describe what a run that raised changed, although an undisturbed run does not change it.

        Args:
            run: the run.
            restored: also what it does change then, and has not changed back.
        """
        for what in _CONFIGURED:
            name = f"{run.service}: {what}"
            if name not in run.before or name not in run.after or name in self.volatile:
                continue
            allowed = [run.before[name]]
            if not restored:
                allowed.append(self.run.after.get(name))
            if run.after[name] not in allowed:
                return f"it raised, and {_differs(name, run.before, run.after, 'was')} before"
        return ""


def _differs(name: str, wanted: Facts, found: Facts, verb: str = "is") -> str:
    now = repr(found[name]) if name in found else "not there"
    usual = repr(wanted[name]) if name in wanted else "not there"
    return f"{name} is {now}; it {verb} {usual}"


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


_AT_PLACE = " at place"


def _numbers(result: Any) -> dict[str, int]:
    """Return the integers in a result that may be a version, by a description of their place."""
    parts: Iterable[tuple[str, Any]] = [("", result)]
    if is_dataclass(result) and not isinstance(result, type):
        parts = [(" as version", getattr(result, "version", None))]
    elif isinstance(result, Mapping):
        parts = [(" as version", result.get("version"))]
    elif isinstance(result, tuple):
        parts = [(f"{_AT_PLACE} {place}", part) for place, part in enumerate(result)]
    return {
        place: part for place, part in parts if isinstance(part, int) and not isinstance(part, bool)
    }


# --- runs in which nothing happens -------------------------------------------------------------------


def unfinished(result: Any) -> str:
    """Something that goes on after the caller has returned it."""
    parts = result if isinstance(result, (list, tuple, set)) else [result]
    if isinstance(result, Mapping):
        parts = list(result.values())
    for part in parts:
        if inspect.iscoroutine(part):
            part.close()
            return "it returned a coroutine that no one awaits"
        if inspect.isgenerator(part) or inspect.isasyncgen(part):
            return "it returned a generator that no one iterates over"
        if isinstance(part, Thread):
            return "it returned a thread that no one joins"
        if isinstance(part, (Future, asyncio.Future)) or inspect.isawaitable(part):
            return "it returned a future that no one waits for"
        if isinstance(part, Iterator) and not isinstance(part, io.IOBase):
            return f"it returned an iterator ({type(part).__name__}) that no one iterates over"
    return ""


def elsewhere(run: Run, given: Mapping[str, Any]) -> str:
    """Describe changes of container services other than the one to work on; empty if none."""
    named = {call.service for call in run.calls if is_change(call) and call.service is not None}
    others = named - {run.service, *(value for value in given.values() if isinstance(value, str))}
    if not others or named != others:
        return ""
    return (
        f"it worked on {', '.join(sorted(others))}, and not on {run.service}. If that is the service, "
        f"pass `service={min(others)!r}`"
    )


def repeated(run: Run) -> str:
    """Describe a change that the caller made twice with the same parameters; empty if none."""
    done: set[str] = set()
    for call in run.calls:
        if (
            call.error is not None
            or not is_change(call)
            or call.operation == "RegisterContainerImage"
        ):
            continue
        request = f"{call.operation} {call.region} {call.parameters!r}"
        if request in done and call.operation in {_DEPLOY, _CREATE}:
            return f"it made the same {call.operation} twice"
        done.add(request)
    return ""


def detour(run: Run) -> str:
    """Describe a scale or power that the caller set before it set another one; empty if none."""
    for call in run.calls:
        if call.operation != _UPDATE or call.error is not None:
            continue
        for member in ("scale", "power"):
            value, name = call.parameters.get(member), f"{call.service}: {member}"
            if value is not None and name in run.after and value != run.after[name]:
                return f"it set {member} to {value!r} on the way, and to {run.after[name]!r} in the end"
    return ""


def closed(run: Run) -> str:
    """Describe a public endpoint that the caller lost, although its containers have ports."""
    endpoint = f"{run.service}: endpoint"
    ports = [value for name, value in run.after.items() if name.startswith(f"{run.service}: ports")]
    lost = run.before.get(endpoint) and endpoint in run.after and run.after[endpoint] is None
    if lost and any(protocol in {"HTTP", "HTTPS"} for each in ports for protocol in each.values()):
        return (
            f"{run.service} had a public endpoint before; what it deployed opens ports for HTTP, "
            "but no endpoint, so no one can reach it any more"
        )
    return ""


def _results(undisturbed: Iterable[Run]) -> dict[str, list[tuple[int, int]]]:
    """For each place of the result: its number in each run, and the version that the run has made."""
    seen: dict[str, list[tuple[int, int]]] = {}
    for run in undisturbed:
        if run.outcome.succeeded and run.version is not None:
            for place, number in _numbers(run.outcome.result).items():
                seen.setdefault(place, []).append((number, run.version))
    return seen


def versioned(undisturbed: Iterable[Run]) -> frozenset[str]:
    """The places of the result that hold the version; a 1 may be anything, so a later one is needed."""
    return frozenset(
        place
        for place, pairs in _results(undisturbed).items()
        if all(number == version for number, version in pairs)
        and any(version > 1 for _, version in pairs)
    )


def wrong_version(undisturbed: Sequence[Run]) -> str:
    """Describe a number in the result that follows the version but differs from it; empty if none."""
    if versioned(undisturbed):
        return ""
    for place, pairs in _results(undisturbed).items():
        if place.startswith(_AT_PLACE) and len({number for number, _ in pairs}) == 1:
            continue  # one of several parts, which does not follow anything: a scale, or a count
        wrong = [pair for pair in pairs if pair[0] != pair[1]]
        varied = len({version for _, version in pairs}) > 1
        follows = len({number - version for number, version in pairs}) == 1
        if varied and wrong and (follows or len(wrong) < len(pairs)):
            number, version = wrong[0]
            return f"it returned {number}{place} although it had made version {version}"
    return ""


# --- the end of a run --------------------------------------------------------------------------------


def late(run: Run, within: float) -> str:
    """Describe how long the caller continued after the last change in the account."""
    last, outcome = run.began, run.outcome
    for event in outcome.history.events[outcome.first_event : outcome.next_event]:
        own = isinstance(event, Call) and is_change(event)
        if own or isinstance(event, StateChange):
            last = max(last, event.at_ns / NANOSECONDS)
    waited = run.ended - last
    if waited <= within:
        return ""
    how = "returned" if run.outcome.succeeded else "raised"
    return f"it {how} {waited:.0f} s after the last change, and only {within:g} s are allowed"


def changed_again(first: Run, second: Outcome | None) -> str:
    """Describe a change, or another kind of result, of a second run; empty if there is none."""
    if second is None or not second.succeeded:
        return ""
    for call in second.calls:
        if is_change(call) and call.error is None:
            return f"run again with the same arguments, it called {call.operation}"
    usual, result = first.outcome.result, second.result
    if type(usual) is not type(result):
        return f"run again, it returned {_kind(result)}, and {_kind(usual)} the first time"
    return ""


def wordless(error: BaseException | None) -> str:
    """Describe an error whose class and message do not show what is wrong; empty if it does."""
    if type(error) in {Exception, BaseException, RuntimeError} and not str(error).strip():
        return f"it raised {type(error).__name__} without a word"
    return ""


def hasty(calls: Iterable[Call], allowed: int) -> str:
    """More attempts at one change within a virtual minute than are allowed."""
    most, operation = findings.most_per_minute(calls, polls=False)
    return f"it made {most} {operation} calls in a minute" if most > allowed else ""


# --- goals in words of the test's own ----------------------------------------------------------------

Achieves: TypeAlias = "Callable[[Lightsail, Mapping[str, Any]], object]"
"""Checks what a caller achieved: returns true, or returns false or raises ``AssertionError``."""


def runs(image: Any = None, *, service: str = "shop") -> Achieves:
    """Return a goal for ``verify_caller(achieves=…)``: a container of the service runs this image.

    Args:
        image: the image, or a function of the arguments; the argument ``image`` if left out.
        service: the container service.

    >>> runs("nginx:1")
    <goal: shop runs nginx:1>
    """
    return _ReadyMade(service, "runs", "image", image)


def scaled_to(scale: Any = None, *, service: str = "shop") -> Achieves:
    """Return a goal for ``verify_caller(achieves=…)``: the service has this number of nodes.

    Args:
        scale: the number, or a function of the arguments; the argument ``scale`` if left out.
        service: the container service.

    >>> scaled_to(lambda arguments: arguments["nodes"])
    <goal: shop has a scale of its argument>
    """
    return _ReadyMade(service, "has a scale of", "scale", scale)


@dataclass(frozen=True, repr=False)
class _ReadyMade:
    service: str
    verb: str
    argument: str
    wanted: Any

    def __repr__(self) -> str:
        is_given = self.wanted is not None and not callable(self.wanted)
        return f"<goal: {self.service} {self.verb} {self.wanted if is_given else 'its argument'}>"

    def __call__(self, lightsail: Lightsail, arguments: Mapping[str, Any]) -> Verdict:
        wanted = self.wanted(arguments) if callable(self.wanted) else self.wanted
        if wanted is None and self.argument not in arguments:
            raise ConfigurationError(
                f"achieves: the caller has no argument {self.argument!r}: pass a value or a function"
            )
        wanted = arguments[self.argument] if wanted is None else wanted
        found: list[Any] = []
        service = lightsail.services.get(self.service)
        if service is not None and self.argument == "scale":
            found = [service.scale]
        elif service is not None and service.current_deployment is not None:
            found = [one["image"] for one in service.current_deployment.containers.values()]
        now = ", ".join(map(str, found)) or "nothing"
        fault = "" if wanted in found else f"{self.service} {self.verb} {now}, not {wanted}"
        return Verdict(f"{self.service} has what it should", fault)


def missed(achieves: Achieves, lightsail: Lightsail, arguments: Mapping[str, Any]) -> str:
    """Return what is missing from a goal; empty if it is reached."""
    try:
        reached = achieves(lightsail, arguments)
    except AssertionError as error:
        return f"it returned, but has not achieved its goal: {error or repr(achieves)}"
    if isinstance(reached, Verdict) and reached.fault:
        return f"it returned, but {reached.fault}"
    return "" if reached else f"it returned, but has not achieved its goal, {achieves!r}"
