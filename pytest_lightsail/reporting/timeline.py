"""The timeline: calls, visits and states of an account, line by line, with their virtual times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from ..simulator.clock import NANOSECONDS
from ..simulator.history import Call, History, StateChange, Visit, masked

__all__ = ["render"]

_WIDEST_VALUE = 160
"""Characters after which the value of a parameter is cut."""


def render(history: History, most: int | None = None) -> str:
    """The timeline of an account as text, the first and the last lines if there are more than ``most``.

    One line a call or visit (like ones in a row are one line), and one line each time a service changes
    its state or the step it is in. Values of environment variables and other secrets read ``***``.

    >>> render(History())
    'Nothing happened: no Lightsail call reached the account.'
    """
    if not history.events:
        return "Nothing happened: no Lightsail call reached the account."
    several = len({event.region for event in history.events}) > 1
    lines: list[str] = []
    for _, group in groupby(_in_reading_order(history.events), key=_kind):
        events = list(group)
        lines.extend(
            _state_line(event, with_region=several)
            for event in events
            if isinstance(event, StateChange)
        )
        asked = [event for event in events if not isinstance(event, StateChange)]
        if asked:
            lines.append(_line_of_like_ones(asked, with_region=several))
    text = "\n".join(lines)
    return text if most is None else _shortened(text, most)


def _shortened(text: str, most: int) -> str:
    lines = text.splitlines()
    if len(lines) <= most:
        return text
    head = most // 3
    tail = most - head
    left_out = f"… {len(lines) - most} lines; lightsail.timeline() has all of them …"
    return "\n".join([*lines[:head], left_out, *lines[-tail:]])


def _in_reading_order(
    events: Sequence[Call | StateChange | Visit],
) -> Iterator[Call | StateChange | Visit]:
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


def _kind(event: Call | StateChange | Visit) -> object:
    """What events in a row must share to be one line."""
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
        _answer(event),
    )


def _line_of_like_ones(asked: Sequence[Call | Visit], *, with_region: bool) -> str:
    first, last = asked[0], asked[-1]
    where = f" [{first.region}]" if with_region else ""
    times = ""
    if len(asked) > 1:
        every = (last.at_ns - first.at_ns) / NANOSECONDS / (len(asked) - 1)
        times = f" × {len(asked)}, every {every:.3g} s until {_time(last.at_ns)}"
    if isinstance(first, Visit):
        line = f"{_time(first.at_ns)}  {first.method} {first.host}{first.path}{where}{times}"
        return f"{line} → {first.outcome}"
    shown = _parameters(first.parameters)
    line = f"{_time(first.at_ns)}  {first.operation or '(no operation)'}({shown}){where}{times}"
    return f"{line}\n{'':14}→ {_answer(first)}"


def _answer(call: Call) -> str:
    if call.error is not None:
        injected = f" (fault {call.fault})" if call.fault else ""
        broken = f" [rule {call.rule}]" if call.rule else ""
        message = f": {call.message}" if call.message else ""
        return f"{call.error}{injected}{message}{broken}"
    changed = f" (future: {call.changed})" if call.changed else ""
    answer = call.answer or {}
    services = [answer["containerService"]] if "containerService" in answer else None
    services = services or answer.get("containerServices")
    if services is None:
        return f"ok{changed}"
    shown = ", ".join(_service(service) for service in services) or "no container services"
    return f"{shown}{changed}"


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


def _parameters(parameters: dict[str, Any]) -> str:
    shown = []
    for name, value in masked(parameters).items():
        text = repr(value)
        if len(text) > _WIDEST_VALUE:
            text = f"{text[:_WIDEST_VALUE]}…"
        shown.append(f"{name}={text}")
    return ", ".join(shown)


def _state_line(change: StateChange, *, with_region: bool) -> str:
    where = f" [{change.region}]" if with_region else ""
    detail = f", {change.detail}" if change.detail else ""
    deployment = f", {change.deployment}" if change.deployment else ""
    cause = f"  ({change.cause})" if change.cause else ""
    return f"{_time(change.at_ns)}    {change.service}{where}: {change.state}{detail}{deployment}{cause}"


def _time(nanoseconds: int) -> str:
    tenths = nanoseconds * 10 // NANOSECONDS
    hours, rest = divmod(tenths, 36_000)
    minutes, rest = divmod(rest, 600)
    return f"{hours}:{minutes:02d}:{rest // 10:02d}.{rest % 10}"
