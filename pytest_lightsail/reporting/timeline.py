"""Show an account's history as text: as a timeline, and as a section of a failing test's report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from itertools import groupby
from operator import itemgetter
from typing import Any

from ..exceptions import plural, printable, shown
from ..model.catalogue import rule
from ..model.lifecycle import ABSENT, STUCK, moves
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, History, StateChange, Visit, masked
from ..simulator.progress import ending
from ..simulator.resources import ContainerService
from ..simulator.script import Plan

Entry = Call | StateChange | Visit

# --- rows ----------------------------------------------------------------------------------------


def _rows(entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Yield the first entry and the text of each row of the timeline.

    Consecutive calls or visits that differ only in time share a row.
    """
    where = " [{}]" if len({entry.region for entry in entries}) > 1 else ""
    ordered = _in_reading_order(entries)
    described = ((_described(entry, where.format(entry.region)), entry) for entry in ordered)
    for (what, result), row in groupby(described, key=itemgetter(0)):
        (_, first), *rest = row
        times = ""
        if rest:
            last = rest[-1][1].at_ns
            every = (last - first.at_ns) / NANOSECONDS / len(rest)
            times = f" × {len(rest) + 1}, every {every:.3g} s until {_instant(last)}"
        yield first, f"{_instant(first.at_ns)}  {what}{times}{result}"


def _described(entry: Entry, where: str) -> tuple[str, str]:
    """Describe an entry and its result."""
    if isinstance(entry, StateChange):
        state = ", ".join(filter(None, (entry.state, entry.detail, entry.deployment)))
        assumed = entry.assumed and f"time assumed, {entry.assumed}"
        cause = "; ".join(filter(None, (entry.cause, assumed)))
        what = f"  {entry.service}{where}: {state}{cause and f'  ({cause})'}"
        return printable(what), ""
    if isinstance(entry, Visit):
        what = f"{entry.method} {entry.host}{entry.path}"
        return printable(what) + where, f" → {entry.error or entry.status}"
    parameters = ", ".join(
        f"{name}={shown(value)}" for name, value in masked(entry.parameters).items()
    )
    what = f"{entry.operation or '(no operation)'}({parameters}){where}"
    return what, f"\n{'':14}→ {_response(entry)}"


def _in_reading_order(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield each call before the changes that it causes. The history lists the changes first."""
    begun: list[StateChange] = []
    for entry in entries:
        if isinstance(entry, StateChange) and entry.by_call:
            begun.append(entry)
        else:
            yield entry
            yield from begun
            begun = []
    yield from begun


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
    """Format a time since the start as hours, minutes, seconds and tenths, as in ``0:01:01.5``."""
    tenths = nanoseconds * 10 // NANOSECONDS
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    return f"{hours}:{minutes:02d}:{rest // 10:02d}.{rest % 10}"


# --- the timeline --------------------------------------------------------------------------------


def render(history: History, most: int | None = None) -> str:
    """Return an account's timeline. If it has more than ``most`` lines, omit the middle ones.

    The timeline shows each call with its response, each visit, and each change of a service's state
    or step. Values of environment variables and other secrets appear as ``***``.
    """
    lines = _lines(history, _rows(history.entries))
    return _shortened(lines, most, "lightsail.timeline() shows them all")


def _lines(history: History, rows: Iterable[tuple[Entry, str]]) -> list[str]:
    if not history.entries:
        return ["Nothing happened: no Lightsail call reached the account."]
    lines = [line for _, text in rows for line in text.split("\n")]
    if history.forgotten:
        calls = plural(history.forgotten[Call], "call")
        visits = plural(history.forgotten[Visit], "visit")
        lines.insert(0, f"… the first {calls} and {visits} were discarded …")
    return lines


def _shortened(lines: list[str], most: int | None, elsewhere: str) -> str:
    """Join the lines. If there are more than ``most`` lines, keep only the first and last lines."""
    if most is None or len(lines) <= most:
        return "\n".join(lines)
    head, left_out = most // 3, len(lines) - most
    gap = f"… {left_out} lines omitted; {elsewhere} …"
    return "\n".join([*lines[:head], gap, *lines[head + left_out :]])


# --- the report of a failing test ----------------------------------------------------------------

SCREEN = 30
"""The default maximum number of lines in the timeline section of a failing test's report."""

_MOST_IN_SUMMARY = 8


def digest(
    history: History,
    unmet: Sequence[str] = (),
    to_come: Sequence[str] = (),
    most: int | None = SCREEN,
) -> str:
    """Return a summary, followed by the timeline, in at most ``most`` lines.

    The summary repeats the latest timeline entries that show a refusal, a fault or the effect of a
    script. The summary also lists the scripts and faults that were never used (``unmet``) and the
    changes that are still to come (``to_come``).
    """
    rows = list(_rows(history.entries))
    timeline = _lines(history, rows)
    matters = [text for first, text in rows if _matters(first)]
    summary = [" ".join(map(str.strip, text.split("\n"))) for text in matters[-_MOST_IN_SUMMARY:]]
    if unmet:
        summary.append(f"never used: {'; '.join(unmet)}")
    summary += [f"still to come: {change}" for change in to_come[-_MOST_IN_SUMMARY:]]
    if summary:
        summary = ["What matters:", *summary, "The timeline:"]
    room = None if most is None else most - len(summary) - 1  # one line marks the omission
    shortened = _shortened(timeline, room, "--lightsail-show-timeline=all shows them")
    return "\n".join([*summary, shortened])


def _matters(entry: Entry) -> bool:
    """Return whether an entry is a failure or was caused by a fault, a script or another client."""
    if isinstance(entry, StateChange):
        has_failed = entry.deployment.endswith(" FAILED") or entry.detail in STUCK
        return has_failed or bool(entry.cause)
    if isinstance(entry, Visit):
        return entry.status is None or entry.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return bool(entry.error or entry.fault or entry.let_through)


# --- changes that are still to come --------------------------------------------------------------


def next_changes(account: Account) -> list[str]:
    """Return a line for each service that is changing.

    Each line shows the next state, its start time, and how to advance the clock to that time.
    """
    with account.lock:
        return [
            f"{service.name} {_next_change(service, service.plan, account.clock.elapsed_ns)}"
            for service in account.services
            if service.plan is not None
        ]


def _next_change(service: ContainerService, plan: Plan, now: int) -> str:
    cause = f": {plan.cause}" if plan.cause else ""
    due = service.appointment
    if math.isinf(plan.stages[-1].seconds):
        return f"stays {service.state} forever{cause}"
    target = moves(service.state)[ending(service, fails=plan.fails)]
    becomes = "is gone" if target == ABSENT else f"becomes {target}"
    left = 0 if due is None else due.at - now
    left += sum(round(stage.seconds * NANOSECONDS) for stage in plan.stages[1:])
    guess = plan.assumed and f" (assumed, {plan.assumed})"
    return f"{becomes} in {left / NANOSECONDS:g} s{guess}: lightsail.clock.advance_until_settled()"
