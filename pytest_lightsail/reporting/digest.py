"""What a test that failed shows of its account: what matters first, then the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..model.lifecycle import ABSENT, STUCK
from ..model.rule import Kind
from ..model.rules import rule
from ..simulator.history import Call, History, StateChange, Visit
from .rows import Event, answer, instant, printable
from .timeline import lines, shortened, state_line

__all__ = ["MATTERS", "SCREEN", "TIMELINE", "digest", "what_matters"]

SCREEN = 30
"""Lines that a failing test shows unless it is asked for all."""

MATTERS = "What matters:"
TIMELINE = "The timeline:"

_MOST_MATTERING = 8
_MOST_SERVICES = 4

_Entered: TypeAlias = dict[tuple[str, str | None], StateChange]
"""The change by which each service, by Region and name, has entered its state."""


@dataclass
class _Matter:
    """A line of what matters, and how often it was so."""

    first: Event
    text: str
    last_ns: int
    count: int = 1

    def __str__(self) -> str:
        often = f"  × {self.count} until {instant(self.last_ns)}" if self.count > 1 else ""
        return f"{self.text}{often}"


def digest(
    history: History,
    end_ns: int,
    *,
    unmet: Sequence[str] = (),
    to_come: Sequence[str] = (),
    most: int | None = SCREEN,
) -> str:
    """The refusals, the faults, what scripts have decided, the last states; below it the timeline.

    Args:
        history: what happened.
        end_ns: the virtual instant of the end.
        unmet: what was prepared and never used.
        to_come: what is still going to change.
        most: how many lines to show, or a few more if one matters that takes several; all for ``None``.

    >>> print(digest(History(), 0))
    Nothing happened: no Lightsail call reached the account.
    """
    timeline = lines(history)
    head = what_matters(history, end_ns, unmet, to_come)
    if not head:
        return "\n".join(timeline)
    room = None if most is None else max(most - len(head) - 2, 3)  # a title, the line of the gap
    shown = shortened(timeline, room, "--lightsail-show-timeline=all shows them")
    return "\n".join([*head, TIMELINE, shown])


def what_matters(
    history: History, end_ns: int, unmet: Sequence[str] = (), to_come: Sequence[str] = ()
) -> list[str]:
    """The lines above the timeline, with their title; none where nothing happened."""
    events = history.events
    several = len({event.region for event in events}) > 1
    matters = _matters(events, with_region=several)
    told = [str(matter) for matter in matters[-_MOST_MATTERING:]]
    if len(matters) > len(told):
        told.insert(0, f"… {len(matters) - len(told)} more of the kind before …")
    if unmet:
        told.append(f"never used: {'; '.join(unmet)}")
    states = _last_states(events, with_region=several)
    if states:
        told.append(f"{instant(end_ns)}  at the end: {states}")
    told += [f"still to come: {change}" for change in to_come[-_MOST_SERVICES:]]
    return [MATTERS, *told] if told else []


def _matters(events: Sequence[Event], *, with_region: bool) -> list[_Matter]:
    """What went wrong or was scripted, like ones as one, in the order in which they came last."""
    found: dict[object, _Matter] = {}
    entered: _Entered = {}
    for event in events:
        text = _told(event, entered, with_region=with_region)
        if isinstance(event, StateChange) and event.trigger:
            entered[event.region, event.service] = event
        if text is None:
            continue
        key: object = text
        if isinstance(event, StateChange):
            key = (event.cause, event.region, event.service)
        before = found.pop(key, None)
        if before is None or isinstance(event, StateChange):
            # Of what a script has decided the end is told; its beginning is in the timeline.
            found[key] = _Matter(event, f"{instant(event.at_ns)}  {text}", event.at_ns)
        else:
            before.count, before.last_ns = before.count + 1, event.at_ns
            found[key] = before
    return list(found.values())


def _told(event: Event, entered: _Entered, *, with_region: bool) -> str | None:
    """An event in a line without its time; ``None`` if it is as it is to be."""
    where = f" [{event.region}]" if with_region else ""
    if isinstance(event, StateChange):
        wrong = event.deployment.endswith(" FAILED") or event.detail in STUCK
        if not (wrong or event.cause):
            return None
        return state_line(event, with_region=with_region).partition("    ")[2]
    if isinstance(event, Visit):
        if event.error is None and not event.why:
            return None
        return printable(f"{event.method} {event.host}{event.path}{where} → {event.outcome}")
    if event.error is None and event.fault is None and not event.changed:
        return None
    whose = f"{printable(event.service)}{where}: " if event.service else ""
    named = event.operation or "(no operation)"
    spoilt = f" (fault {event.fault})" if event.fault and event.error is None else ""
    return f"{whose}{named} → {answer(event)}{spoilt}{_why(event, entered)}"


def _why(call: Call, entered: _Entered) -> str:
    """The state for which a call was refused, and what has brought the service there."""
    if call.rule is None or rule(call.rule).kind is not Kind.STATE:
        return ""
    change = entered.get((call.region, call.service))
    if change is None:
        return ""
    cause = f" by {change.cause}" if change.cause else ""
    return f" ({change.state} since {instant(change.at_ns)}{cause})"


def _last_states(events: Sequence[Event], *, with_region: bool) -> str:
    latest: dict[tuple[str, str], str] = {}
    for event in events:
        if isinstance(event, StateChange):
            latest.pop(whose := (event.region, event.service), None)
            latest[whose] = _standing(event, with_region=with_region)
    shown = list(latest.values())[::-1]
    more = [f"{len(shown) - _MOST_SERVICES} more"] if len(shown) > _MOST_SERVICES else []
    return "; ".join([*shown[:_MOST_SERVICES], *more])


def _standing(change: StateChange, *, with_region: bool) -> str:
    where = f" [{change.region}]" if with_region else ""
    if change.state == ABSENT:
        return f"{change.service}{where} is gone"
    detail = f", {change.detail}" if change.detail else ""
    return f"{change.service}{where} is {change.state}{detail}"
