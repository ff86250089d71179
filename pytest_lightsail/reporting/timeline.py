"""The timeline: calls, visits and states of an account, line by line, with their virtual times."""

from __future__ import annotations

from ..simulator.history import Call, History, StateChange, Visit
from .rows import Row, answer, every, instant, parameters, printable, rows

__all__ = ["lines", "render", "shortened", "state_line", "times"]


def render(history: History, most: int | None = None) -> str:
    """The timeline of an account as text, the first and the last lines if there are more than ``most``.

    One line a call or visit (like ones in a row are one line), and one line each time a service changes
    its state or the step it is in. Values of environment variables and other secrets read ``***``.

    >>> render(History())
    'Nothing happened: no Lightsail call reached the account.'
    """
    return shortened(lines(history), most, "lightsail.timeline() has all of them")


def lines(history: History) -> list[str]:
    """The lines of the timeline, all of them."""
    if not history.events:
        return ["Nothing happened: no Lightsail call reached the account."]
    several = len({event.region for event in history.events}) > 1
    told: list[str] = []
    for row in rows(history.events):
        first = row[0]
        if isinstance(first, StateChange):
            told.append(state_line(first, with_region=several))
        else:
            told += _asked(row, first, with_region=several)
    return told


def shortened(text: list[str], most: int | None, elsewhere: str) -> str:
    """The lines as one text; the first and the last where there are more than ``most``.

    >>> print(shortened(["1", "2", "3", "4", "5"], 3, "a book has all of them"))
    1
    … 2 lines; a book has all of them …
    4
    5
    """
    if most is None or len(text) <= most:
        return "\n".join(text)
    head, left_out = most // 3, len(text) - most
    gap = f"… {left_out} lines; {elsewhere} …"
    return "\n".join([*text[:head], gap, *text[head + left_out :]])


def _asked(row: Row, first: Call | Visit, *, with_region: bool) -> list[str]:
    where = f" [{first.region}]" if with_region else ""
    if isinstance(first, Visit):
        asked = printable(f"{first.method} {first.host}{first.path}")
        line = f"{instant(first.at_ns)}  {asked}{where}{times(row)}"
        return [f"{line} → {printable(first.outcome)}"]
    shown = parameters(first.parameters)
    line = (
        f"{instant(first.at_ns)}  {first.operation or '(no operation)'}({shown}){where}{times(row)}"
    )
    return [line, f"{'':14}→ {answer(first)}"]


def times(row: Row) -> str:
    """How often and until when like calls came; nothing for a single one."""
    if len(row) == 1:
        return ""
    return f" × {len(row)}, every {every(row):.3g} s until {instant(row[-1].at_ns)}"


def state_line(change: StateChange, *, with_region: bool) -> str:
    """A change of state, and the script that decided it."""
    where = f" [{change.region}]" if with_region else ""
    detail = f", {change.detail}" if change.detail else ""
    deployment = f", {change.deployment}" if change.deployment else ""
    cause = f"  ({change.cause})" if change.cause else ""
    told = f"{change.service}{where}: {change.state}{detail}{deployment}{cause}"
    return f"{instant(change.at_ns)}    {printable(told)}"
