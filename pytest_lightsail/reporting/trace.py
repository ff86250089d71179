"""``trace``: what happened in an account, as plain data that can be kept, sent and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, History, StateChange, Visit
from .rows import Row, answer, parameters, printable, rows

__all__ = ["MOST_ROWS", "trace"]

MOST_ROWS = 400
"""Rows that a trace has at the most, beside those that say what was left out."""

_WIDEST_TEXT = 400
"""Characters after which an answer is cut."""


def trace(history: History, end_ns: int, most: int = MOST_ROWS) -> dict[str, Any]:
    """What happened in an account, without secrets, as JSON has it.

    Times are virtual seconds since the start. Like calls in a row are one row with their ``count``. Of
    more than ``most`` rows, the first and the last are kept; a row ``gap`` stands for the others, and
    behind it are the changes of state in it that still matter after it.

    Args:
        history: what happened.
        end_ns: the virtual instant of the end.
        most: how many rows to keep.

    >>> trace(History(), 0)
    {'end': 0.0, 'rows': []}
    """
    every = list(rows(history.events))
    if len(every) <= most:
        return {"end": _seconds(end_ns), "rows": [_plain(row) for row in every]}
    head = most // 3
    left_out, tail = every[head : len(every) - most + head], every[len(every) - most + head :]
    gap = {
        "kind": "gap",
        "at": _seconds(left_out[0][0].at_ns),
        "until": _seconds(left_out[-1][-1].at_ns),
        "count": len(left_out),
    }
    kept = [_plain(row) for row in every[:head]]
    rest = [_plain(row) for row in [*_last_changes(left_out), *tail]]
    return {"end": _seconds(end_ns), "rows": [*kept, gap, *rest]}


def _last_changes(left_out: Sequence[Row]) -> list[Row]:
    """The last change of each service, in order."""
    latest: dict[tuple[str, str], Row] = {}
    for row in left_out:
        change = row[0]
        if isinstance(change, StateChange):
            latest.pop(whose := (change.region, change.service), None)
            latest[whose] = row
    return list(latest.values())


def _plain(row: Row) -> dict[str, Any]:
    first = row[0]
    plain: dict[str, Any] = {"at": _seconds(first.at_ns), "region": first.region}
    if len(row) > 1:
        plain |= {"count": len(row), "until": _seconds(row[-1].at_ns)}
    if isinstance(first, StateChange):
        more = {"detail": first.detail, "deployment": first.deployment, "cause": first.cause}
        plain |= {"kind": "state", "service": first.service, "state": first.state}
    elif isinstance(first, Visit):
        more = {"service": first.service, "error": first.error, "why": first.why}
        asked = f"{first.method} {first.host}{first.path}"
        plain |= {"kind": "visit", "asked": _cut(asked), "answer": _cut(first.outcome)}
    else:
        more = _of_call(first)
        plain |= {"kind": "call", "operation": first.operation, "answer": _cut(answer(first))}
    return plain | {key: printable(value) for key, value in more.items() if value}


def _of_call(call: Call) -> dict[str, str | None]:
    return {
        "service": call.service,
        "parameters": parameters(call.parameters),
        "error": call.error,
        "rule": call.rule,
        "fault": call.fault,
    }


def _seconds(nanoseconds: int) -> float:
    return nanoseconds / NANOSECONDS


def _cut(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _WIDEST_TEXT else f"{text[:_WIDEST_TEXT]}…"
