"""Find out what a caller achieved, and compare the result with that of an undisturbed run.

Each function that looks for a fault returns a description of the first fault that it finds, or an
empty string.
"""

from __future__ import annotations

import copy
import inspect
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, is_dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

from ..exceptions import ConfigurationError
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call
from ..simulator.resources import ContainerService
from .attempt import name_of
from .cases import Case
from .outcome import CREATE, DEPLOY, FOR_GOOD, Outcome, is_change, versions_of
from .output import chain

if TYPE_CHECKING:
    from ..simulation.handle import Lightsail
    from ..simulation.views import ServiceView

Facts: TypeAlias = Mapping[str, Any]
"""The members of an account's services, with keys such as ``shop: scale``."""

_UPDATE, _DELETE = "UpdateContainerService", "DeleteContainerService"


def facts_of(account: Account) -> Facts:
    """Return the facts about an account's services, except for states, versions and times."""
    with account.lock:
        return {
            f"{service.name}: {name}": copy.deepcopy(value)
            for service in account.services
            if service.state != "DELETING"
            for name, value in _facts(service)
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
    """A run of the caller, and the account before and after it."""

    case: Case
    outcome: Outcome
    service: str
    """The name of the container service in the world."""
    before: Facts
    after: Facts
    """The facts at the end of the run. With ``waits=False``, the facts once everything has settled."""
    began: float
    """The time at which the run started, in virtual seconds."""

    @property
    def calls(self) -> Sequence[Call]:
        """The calls that the caller made."""
        return self.outcome.calls

    @property
    def changes(self) -> list[Call]:
        """The calls that change the account."""
        return [call for call in self.calls if is_change(call)]

    @property
    def writes(self) -> list[str]:
        """The requests that change the account, as strings, or all requests if none changes it."""
        made = self.changes or self.calls
        return [f"{one.operation} {json.dumps(one.parameters, default=repr)}" for one in made]

    @property
    def version(self) -> int | None:
        """The version of the caller's last deployment."""
        versions = list(versions_of(self.calls).values())
        return versions[-1] if versions else None

    @property
    def sent(self) -> set[tuple[str, str]]:
        """The members of requests that change the account, each with its value as a string."""
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


@dataclass
class Goal:
    """What a caller achieves in one world with given arguments when it runs undisturbed."""

    run: Run
    volatile: Collection[str] = ()
    """The facts that vary from one undisturbed run to the next."""
    versioned: Collection[str] = ()
    """The places in the caller's result that hold the version."""

    def missed_by(self, run: Run) -> str:
        """Describe which part of the goal a run missed even though the caller returned."""
        wanted, found = self.run.after, run.after
        mine = {name.partition(":")[0] for name in wanted} | {run.service}
        for name in dict.fromkeys([*wanted, *found]):
            if name in self.volatile or name.partition(":")[0] not in mine:
                continue
            if wanted.get(name, "not there") != found.get(name, "not there"):
                differs = _differs(name, wanted, found, "if nothing goes wrong, it is")
                return f"the caller returned, but {differs}"
        usual, result = self.run.outcome.result, run.outcome.result
        if type(usual) is not type(result):
            kinds = f"{_kind(result)}; if nothing goes wrong, it returns {_kind(usual)}"
            return f"the caller returned {kinds}"
        for place, number in _numbers(result).items():
            if run.version is not None and place in self.versioned and number != run.version:
                return f"the caller returned {number}{place}, but had created version {run.version}"
        return ""

    def destroyed_by(self, run: Run) -> str:
        """Describe a deployment that the caller wrongly stopped before it raised an exception."""
        running = f"{run.service}: running"
        if not (run.before.get(running) and self.run.after.get(running)) or run.after.get(running):
            return ""
        if any(
            call.operation == _DELETE or call.parameters.get("isDisabled")
            for call in self.run.calls
        ):
            return ""  # an undisturbed run also stops and restarts the service
        left = "now runs nothing" if running in run.after else "is gone"
        return f"the caller raised an exception, and {run.service}, which was running, {left}"

    def changed_by(self, run: Run, *, restored: bool = False) -> str:
        """If the caller raised an exception, describe a change that undisturbed runs never make.

        With ``restored``, the caller must also undo the changes that undisturbed runs make.
        """
        for member in _CONFIGURED:
            name = f"{run.service}: {member}"
            if name not in run.before or name not in run.after or name in self.volatile:
                continue
            allowed = [run.before[name]]
            if not restored:
                allowed.append(self.run.after.get(name))
            if run.after[name] not in allowed:
                differs = _differs(name, run.before, run.after, "before, it was")
                return f"the caller raised an exception, and {differs}"
        return ""


def _differs(name: str, wanted: Facts, found: Facts, when: str) -> str:
    now = repr(found[name]) if name in found else "not there"
    usual = repr(wanted[name]) if name in wanted else "not there"
    return f"{name} is {now}; {when} {usual}"


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def _numbers(result: Any) -> dict[str, int]:
    """Return the integers in a result that may be versions, by their place in the result."""
    parts: Iterable[tuple[str, Any]] = [("", result)]
    if is_dataclass(result):
        parts = [(" as the version", getattr(result, "version", None))]
    elif isinstance(result, Mapping):
        parts = [(" as the version", result.get("version"))]
    elif isinstance(result, tuple):
        parts = [(f" at index {place}", part) for place, part in enumerate(result)]
    return {
        place: part for place, part in parts if isinstance(part, int) and not isinstance(part, bool)
    }


# --- undisturbed runs --------------------------------------------------------------------------------


def unfinished(result: Any) -> str:
    """Describe an unfinished part of the caller's result, such as a coroutine."""
    parts = result if isinstance(result, (list, tuple, set)) else [result]
    for part in result.values() if isinstance(result, Mapping) else parts:
        if inspect.iscoroutine(part):
            part.close()
            return "the caller returned a coroutine that no one awaits"
        if isinstance(part, Thread):
            return "the caller returned a thread that no one joins"
        if isinstance(part, Future) or inspect.isawaitable(part):
            return "the caller returned a future that no one waits for"
        is_iterator = isinstance(part, Iterator) or inspect.isasyncgen(part)
        if is_iterator and not isinstance(part, io.IOBase):
            return f"the caller returned an iterator ({type(part).__name__}) that no one consumes"
    return ""


def elsewhere(run: Run) -> str:
    """Describe changes to other services if the caller did not change its own service."""
    named = {call.service for call in run.changes if call.service is not None}
    given = {value for value in run.case.arguments.values() if isinstance(value, str)}
    if not named or named & {run.service, *given}:
        return ""
    return (
        f"the caller worked on {', '.join(sorted(named))}, not on {run.service}. If this is intended, "
        f"pass `service={min(named)!r}`"
    )


def repeated(run: Run) -> str:
    """Describe a service or deployment that the caller created twice with the same parameters."""
    done: set[str] = set()
    for call in run.calls:
        if call.operation in {DEPLOY, CREATE} and call.error is None:
            request = f"{call.operation} {call.region} {call.parameters!r}"
            if request in done:
                return f"the caller made the same {call.operation} call twice"
            done.add(request)
    return ""


def detour(run: Run) -> str:
    """Describe a scale or power that the caller set and then replaced."""
    for call in run.calls:
        if call.operation != _UPDATE or call.error is not None:
            continue
        for member in ("scale", "power"):
            value, name = call.parameters.get(member), f"{call.service}: {member}"
            if value is not None and name in run.after and value != run.after[name]:
                later = f"{value!r}, and later to {run.after[name]!r}"
                return f"the caller first set {member} to {later}"
    return ""


def closed(run: Run) -> str:
    """Describe a public endpoint that the caller removed even though the containers open ports."""
    endpoint = f"{run.service}: endpoint"
    ports = [value for name, value in run.after.items() if name.startswith(f"{run.service}: ports")]
    lost = run.before.get(endpoint) and endpoint in run.after and run.after[endpoint] is None
    is_open = any(protocol in {"HTTP", "HTTPS"} for each in ports for protocol in each.values())
    if lost and is_open and run.outcome.succeeded:
        return (
            f"{run.service} had a public endpoint before; the new deployment opens ports for HTTP, "
            "but has no endpoint, so no one can reach it any more"
        )
    return ""


def other_image(undisturbed: Iterable[Run], image: Any) -> str:
    """Describe the deployed images if none of them is the caller's ``image`` argument."""
    deployed = {text for run in undisturbed for member, text in run.sent if member == "image"}
    if not isinstance(image, str) or not deployed or any(image in one for one in deployed):
        return ""
    return f"the caller got image={image!r}, but deployed {', '.join(sorted(deployed))}"


def unheard(
    run: Run, argument: str, members: Iterable[str], updated: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the faults of a caller that returned without sending the value of an argument.

    ``members`` are the members that hold the argument in the requests of other runs. ``updated``
    are the members that the caller passed to UpdateContainerService in any run.
    """
    value = run.case.arguments[argument]
    if not (isinstance(value, str) or type(value) is int) or not run.outcome.succeeded:
        return
    for member in members:
        found = run.after.get(f"{run.service}: {member}", value)
        if found != value:
            fault = "deaf-to-argument" if member in updated else "sets-only-at-creation"
            yield fault, f"the caller got {argument}={value!r}, but left {member} at {found!r}"
    sent = run.sent
    if str(value) not in {text for _, text in sent}:
        for member in {each for each, _ in sent}.intersection(members):
            words = f"the caller got {argument}={value!r}, but sent something else as "
            yield "deaf-to-argument", words + (member or argument)


def versions_in(undisturbed: Iterable[Run]) -> tuple[frozenset[str], str]:
    """Return the places in the caller's result that hold the version, and describe a wrong version.

    Only runs that created a version above 1 reveal these places, because a 1 in a result may mean
    anything. A number in a result is a wrong version if it varies with the version but is not equal
    to the version.
    """
    seen: dict[str, list[tuple[int, int]]] = {}
    for run in undisturbed:
        if run.version is not None:
            for place, number in _numbers(run.outcome.result).items():
                seen.setdefault(place, []).append((number, run.version))
    right = frozenset(
        place
        for place, pairs in seen.items()
        if all(number == version for number, version in pairs)
        and any(version > 1 for _, version in pairs)
    )
    for place, pairs in seen.items() if not right else ():
        if place.startswith(" at index") and len({number for number, _ in pairs}) == 1:
            continue  # a part of the result that never changes, such as a scale or a count
        wrong = [pair for pair in pairs if pair[0] != pair[1]]
        varied = len({version for _, version in pairs}) > 1
        follows = len({number - version for number, version in pairs}) == 1
        if varied and (follows or len(wrong) < len(pairs)):
            number, version = wrong[0]
            return right, f"the caller returned {number}{place}, but had created version {version}"
    return right, ""


# --- the end of a run --------------------------------------------------------------------------------


def late(run: Run, within: float) -> str:
    """If the caller ended too long after the account's last change, describe the delay."""
    instants = [call.at_ns for call in run.changes]
    instants += [change.at_ns for change in run.outcome.changes]
    last = max([run.began, *(at_ns / NANOSECONDS for at_ns in instants)])
    waited = run.began + run.outcome.duration - last
    if waited <= within:
        return ""
    how = "returned" if run.outcome.succeeded else "raised an exception"
    after = f"{waited:.0f} s after the last change, but only {within:g} s are allowed"
    return f"the caller {how} {after}"


def changed_again(first: Run, second: Outcome | None) -> str:
    """Describe a change that a second run made, or a result that has a different type."""
    if second is None or not second.succeeded:
        return ""
    for call in second.calls:
        if is_change(call) and call.error is None:
            return f"when the caller ran again, it called {call.operation}"
    usual, result = first.outcome.result, second.result
    if type(usual) is not type(result):
        kinds = f"{_kind(result)}, but {_kind(usual)} the first time"
        return f"when the caller ran again, it returned {kinds}"
    return ""


def wordless(error: BaseException | None) -> str:
    """Describe an error if neither its class nor its message explains the problem."""
    if type(error) in {Exception, BaseException, RuntimeError} and not str(error).strip():
        return f"the caller raised {type(error).__name__} without a message"
    return ""


def hidden(run: Run) -> str:
    """Describe a permanent refusal that the caller did not raise, print or log."""
    refused = next((call for call in run.calls if call.error in FOR_GOOD), None)
    if refused is None:
        return ""
    error = run.outcome.error
    shown = [run.outcome.output, *(f"{each!r} {each}" for each in chain(error, hidden=True))]
    if any(str(refused.error) in text for text in shown):
        return ""
    return (
        f"the caller raised {type(error).__name__}: {error}, which does not show that "
        f"{refused.operation} ended with {refused.error}"
    )


# --- goals that a test states ------------------------------------------------------------------------

Achieves: TypeAlias = "Callable[[Lightsail, Mapping[str, Any]], object]"
"""A function that returns whether a caller achieved its goal. Instead of returning ``False``, the
function may raise ``AssertionError``."""


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

    def images(found: ServiceView) -> list[Any]:
        current = found.current_deployment
        return [] if current is None else [one["image"] for one in current.containers.values()]

    return _goal(service, "image", image, images)


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
    return _goal(service, "scale", scale, lambda found: [found.scale])


def _goal(
    service: str, member: str, given: Any, read: Callable[[ServiceView], list[Any]]
) -> Achieves:
    def is_reached(lightsail: Lightsail, arguments: Mapping[str, Any]) -> bool:
        wanted = given(arguments) if callable(given) else given
        if wanted is None and member not in arguments:
            raise ConfigurationError(
                f"achieves: the caller has no argument {member!r}: pass a value or a function"
            )
        wanted = arguments[member] if wanted is None else wanted
        view = lightsail.services.get(service)
        found = [] if view is None else read(view)
        if wanted not in found:
            now = ", ".join(map(str, found)) or "nothing"
            raise AssertionError(f"the {member} of {service} is {now}, not {wanted}")
        return True

    return is_reached


def missed(achieves: Achieves, lightsail: Lightsail, arguments: Mapping[str, Any]) -> str:
    """Describe how the caller missed a goal that a test states."""
    try:
        reached, why = achieves(lightsail, arguments), ""
    except AssertionError as error:
        reached, why = False, str(error)
    why = why or name_of(achieves)
    return "" if reached else f"the caller returned, but did not achieve its goal: {why}"
