"""What happened in an account, as rows, in which like calls are one; and words for what they tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, StateChange, Visit, masked

__all__ = ["Event", "Row", "answer", "every", "instant", "parameters", "printable", "rows"]

Event = Call | StateChange | Visit
Row = Sequence[Event]
"""A change of state, or calls or visits that are alike but for their time."""

_WIDEST_VALUE = 160
"""Characters after which the value of a parameter is cut."""


def rows(events: Sequence[Event]) -> Iterator[Row]:
    """The events as rows, a call before the changes that it begins."""
    for kind, group in groupby(_in_reading_order(events), key=_kind):
        alike = list(group)
        if kind is StateChange:
            yield from ([event] for event in alike)
        else:
            yield alike


def _in_reading_order(events: Sequence[Event]) -> Iterator[Event]:
    """A call before the changes that it begins; the account notes them the other way round."""
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
    """What events in a row must share to be one row."""
    if isinstance(event, StateChange):
        return StateChange
    if isinstance(event, Visit):
        return replace(event, at_ns=0)
    return (
        event.operation,
        event.region,
        repr(event.parameters),
        event.error,
        event.message,
        event.fault,
        answer(event),
    )


def printable(text: str) -> str:
    r"""The text with what cannot be printed escaped: line ends, control characters, lone surrogates.

    >>> print(printable("one\ntwo"))
    one\ntwo
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def every(row: Row) -> float:
    """Virtual seconds between the events of a row of several."""
    return (row[-1].at_ns - row[0].at_ns) / NANOSECONDS / (len(row) - 1)


def answer(call: Call) -> str:
    """What a call was answered, in a line; the rule or the fault that decided it is named."""
    if call.error is not None:
        injected = f" (fault {call.fault})" if call.fault else ""
        broken = f" [rule {call.rule}]" if call.rule else ""
        message = f": {call.message}" if call.message else ""
        return printable(f"{call.error}{injected}{message}{broken}")
    changed = f" (future: {call.changed})" if call.changed else ""
    document = call.answer or {}
    services = [document["containerService"]] if "containerService" in document else None
    services = services or document.get("containerServices")
    if services is None:
        return printable(f"ok{changed}")
    shown = ", ".join(_service(service) for service in services) or "no container services"
    return printable(f"{shown}{changed}")


def _service(service: dict[str, Any]) -> str:
    """A service in a few words; an answer of the future may lack any of them."""
    detail = service.get("stateDetail", {}).get("code")
    parts = [f"{service.get('containerServiceName', '?')} {service.get('state', '?')}"]
    if detail:
        parts.append(detail)
    for member, word in (("currentDeployment", "current"), ("nextDeployment", "next")):
        if member in service:
            deployment = service[member]
            version, state = deployment.get("version", "?"), deployment.get("state", "?")
            parts.append(f"{word} {version} {state}")
    return ", ".join(parts)


def parameters(given: dict[str, Any]) -> str:
    """The parameters of a call as Python would have them, with no secret and none of any length."""
    shown = []
    for name, value in masked(given).items():
        text = repr(value)
        if len(text) > _WIDEST_VALUE:
            text = f"{text[:_WIDEST_VALUE]}…"
        shown.append(f"{name}={text}")
    return ", ".join(shown)


def instant(nanoseconds: int) -> str:
    """Hours, minutes, seconds and tenths since the start.

    >>> instant(61_500_000_000)
    '0:01:01.5'
    """
    tenths = nanoseconds * 10 // NANOSECONDS
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    return f"{hours}:{minutes:02d}:{rest // 10:02d}.{rest % 10}"
