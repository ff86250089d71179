"""Show the history of an account as text.

``render`` returns the timeline, in which consecutive calls that differ only in time share a row.
``digest`` returns the text that a failing test shows. ``next_changes`` returns the changes that are
still to come.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ..exceptions import plural, printable, shown
from ..model.catalogue import rule
from ..model.lifecycle import ABSENT, STUCK, moves
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, History, StateChange, Visit, masked
from ..simulator.progress import ending
from ..simulator.resources import ContainerService, Walk

Event = Call | StateChange | Visit
Row = Sequence[Event]
"""A row: a state change, or one or more calls or visits that differ only in time."""

# --- rows ----------------------------------------------------------------------------------------


def _rows(events: Sequence[Event]) -> Iterator[Row]:
    for _, alike in groupby(_in_reading_order(events), key=_kind):
        yield list(alike)


def _in_reading_order(events: Sequence[Event]) -> Iterator[Event]:
    """Yield each call before the changes that it causes. In the history, the changes come first."""
    begun: list[StateChange] = []
    for event in events:
        if isinstance(event, StateChange) and event.by_call:
            begun.append(event)
        else:
            yield event
            yield from begun
            begun = []
    yield from begun


def _kind(event: Event) -> object:
    """Return a key for an event. Consecutive events with equal keys share a row."""
    if isinstance(event, StateChange):
        return id(event)
    if isinstance(event, Visit):
        return replace(event, at_ns=0)
    request = (event.operation, event.region, repr(event.parameters))
    return (*request, event.error, event.message, event.fault, _response(event))


def _response(call: Call) -> str:
    """Describe a response in a few words. For an error, name the rule or fault that caused it."""
    fault = f" (fault {call.fault})" if call.fault else ""
    if call.error is not None:
        broken = ""
        if call.rule:
            assumed = rule(call.rule).assumed
            broken = f" [rule {call.rule}{assumed and f', {assumed}'}]"
        message = f": {call.message}" if call.message else ""
        return printable(f"{call.error}{fault}{message}{broken}")
    noted = fault + (f" (let through: {call.let_through})" if call.let_through else "")
    document = call.answer or {}
    services = document.get("containerServices")
    if "containerService" in document:
        services = [document["containerService"]]
    if services is None:
        return printable(f"ok{noted}")
    states = ", ".join(map(_service, services)) or "no container services"
    return printable(f"{states}{noted}")


def _service(service: dict[str, Any]) -> str:
    """Return the name and state of a service, and the states of its deployments."""
    parts = [f"{service['containerServiceName']} {service['state']}"]
    if "stateDetail" in service:
        parts.append(service["stateDetail"]["code"])
    for member, word in (("currentDeployment", "current"), ("nextDeployment", "next")):
        if member in service:
            parts.append(f"{word} {service[member]['version']} {service[member]['state']}")
    return ", ".join(parts)


def _instant(nanoseconds: int) -> str:
    """Format the time since the start as hours, minutes, seconds and tenths of a second.

    >>> _instant(61_500_000_000)
    '0:01:01.5'
    """
    tenths = nanoseconds * 10 // NANOSECONDS
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    return f"{hours}:{minutes:02d}:{rest // 10:02d}.{rest % 10}"


def _where(events: Sequence[Event]) -> Callable[[Event], str]:
    """Return a function that labels an event with its Region if there are several Regions."""
    several = len({event.region for event in events}) > 1
    return lambda event: f" [{event.region}]" if several else ""


# --- the timeline --------------------------------------------------------------------------------


def render(history: History, most: int | None = None) -> str:
    """Return an account's timeline, or only its first and last lines if it exceeds ``most`` lines.

    The timeline shows each call with its response, each visit, and each change of a service's state
    or step. Values of environment variables and other secrets appear as ``***``.
    """
    return _shortened(_lines(history), most, "lightsail.timeline() shows them all")


def _lines(history: History) -> list[str]:
    if not history.events:
        return ["Nothing happened: no Lightsail call reached the account."]
    where, lines = _where(history.events), list[str]()
    if history.forgotten:
        calls, visits = (
            plural(history.forgotten[Call], "call"),
            plural(history.forgotten[Visit], "visit"),
        )
        lines.append(f"… the first {calls} and {visits} have been forgotten …")
    for row in _rows(history.events):
        lines += _entry(row, where)
    return lines


def _entry(row: Row, where: Callable[[Event], str]) -> list[str]:
    first, instant = row[0], _instant(row[0].at_ns)
    if isinstance(first, StateChange):
        return [f"{instant}    {_state(first, where)}"]
    times = ""
    if len(row) > 1:
        every = (row[-1].at_ns - first.at_ns) / NANOSECONDS / (len(row) - 1)
        times = f" × {len(row)}, every {every:.3g} s until {_instant(row[-1].at_ns)}"
    if isinstance(first, Visit):
        request = printable(f"{first.method} {first.host}{first.path}")
        return [f"{instant}  {request}{where(first)}{times} → {printable(first.outcome)}"]
    parameters = ", ".join(
        f"{name}={shown(value)}" for name, value in masked(first.parameters).items()
    )
    request = f"{first.operation or '(no operation)'}({parameters})"
    return [f"{instant}  {request}{where(first)}{times}", f"{'':14}→ {_response(first)}"]


def _shortened(lines: list[str], most: int | None, elsewhere: str) -> str:
    """Join the lines. If there are more than ``most`` lines, keep only the first and last lines."""
    if most is None or len(lines) <= most:
        return "\n".join(lines)
    head, left_out = most // 3, len(lines) - most
    gap = f"… {left_out} lines; {elsewhere} …"
    return "\n".join([*lines[:head], gap, *lines[head + left_out :]])


def _state(change: StateChange, where: Callable[[Event], str]) -> str:
    state = ", ".join(filter(None, (change.state, change.detail, change.deployment)))
    assumed = change.assumed and f"time assumed, {change.assumed}"
    cause = "; ".join(filter(None, (change.cause, assumed)))
    return printable(f"{change.service}{where(change)}: {state}{cause and f'  ({cause})'}")


# --- what a failing test shows -------------------------------------------------------------------

SCREEN = 30
"""The number of lines that a failing test shows by default."""

_MOST_IN_SUMMARY = 8


def digest(
    history: History,
    unmet: Sequence[str] = (),
    to_come: Sequence[str] = (),
    most: int | None = SCREEN,
) -> str:
    """Return a summary, followed by the timeline, in at most ``most`` lines.

    The summary repeats the latest timeline entries that show a refusal, a fault or the effect of a
    script. The summary also lists the scripts and faults that were never used (``unmet``), and the
    changes that are still to come.
    """
    timeline, where = _lines(history), _where(history.events)
    summary = [
        " ".join(map(str.strip, _entry(row, where)))
        for row in _rows(history.events)
        if _matters(row[0])
    ][-_MOST_IN_SUMMARY:]
    if unmet:
        summary.append(f"never used: {'; '.join(unmet)}")
    summary += [f"still to come: {change}" for change in to_come[-_MOST_IN_SUMMARY:]]
    if not summary:
        return "\n".join(timeline)
    room = None if most is None else most - len(summary) - 3  # two titles, and the line for the gap
    shortened = _shortened(timeline, room, "--lightsail-show-timeline=all shows them")
    return "\n".join(["What matters:", *summary, "The timeline:", shortened])


def _matters(event: Event) -> bool:
    """Return whether an event is a failure or was caused by a fault, script or other client."""
    if isinstance(event, StateChange):
        has_failed = event.deployment.endswith(" FAILED") or event.detail in STUCK
        return has_failed or bool(event.cause)
    if isinstance(event, Visit):
        return bool(event.error or event.why)
    return bool(event.error or event.fault or event.let_through)


# --- changes that are still to come --------------------------------------------------------------


def next_changes(account: Account) -> list[str]:
    """Return a line for each service that is changing.

    The line shows the next state, when it begins, and how to advance the clock to that time.
    """
    with account.lock:
        return [
            f"{service.name} {_next_change(service, service.walk, account.clock.elapsed_ns)}"
            for service in account.services
            if service.walk is not None
        ]


def _next_change(service: ContainerService, walk: Walk, now: int) -> str:
    ahead = walk.ahead
    cause = f": {walk.plan.cause}" if walk.plan.cause else ""
    due = service.appointment
    if any(stage.polls is None and math.isinf(stage.seconds) for stage in ahead):
        return f"stays {service.state} forever{cause}"
    target = moves(service.state)[ending(service, fails=walk.plan.fails)]
    becomes = "is gone" if target == ABSENT else f"becomes {target}"
    reads = sum(stage.polls or 0 for stage in ahead) - walk.reads
    if reads:
        return f"{becomes} after {plural(reads, 'more read')}{cause}"
    left = 0 if due is None else due.at - now
    left += sum(round(stage.seconds * NANOSECONDS) for stage in ahead[1:])
    guess = walk.plan.assumed and f" (assumed, {walk.plan.assumed})"
    return f"{becomes} in {left / NANOSECONDS:g} s{guess}: lightsail.clock.advance_until_settled()"
