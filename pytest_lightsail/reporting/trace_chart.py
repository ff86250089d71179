"""A trace as a chart: lanes of states and of calls over the virtual clock, as SVG.

Positions along the clock are percentages and everything else is in pixels, so the chart takes whatever
width there is and its letters stay as they are. It has no style of its own: that is in
``assets/report.css``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..model.lifecycle import ABSENT, TIMELINES
from .markup import Markup, tag

__all__ = [
    "LETTER",
    "WIDTH",
    "Data",
    "Stay",
    "chart",
    "legend",
    "marks",
    "outcome_of",
    "short_time",
    "stays",
]

WIDTH, LETTER = 1150, 8.5
"""Pixels of a chart where the page is as wide as it gets, and of a letter in a bar, in a wide font."""
_INDENT = 5
"""Pixels before the text in a bar."""
_MARGIN = 1.5
"""Percent of the width on either side, for marks at the ends."""
_AXIS, _LABEL, _BAR, _STEPS, _CALLS, _GAP = 24, 16, 20, 15, 24, 8
_LIFT = 8
"""How much higher than other calls those stand that were not answered as asked, so that both are seen."""
_COUNT_ROOM = 0.05
"""From one count to the next at the least, as a share of the width."""
_END_ROOM = 0.12
"""The same from the last tick to the end of the clock, which is written if there is room."""
_MOST_SERVICES, _MOST_OPERATIONS = 8, 12
_MOST_TICKS = 5
_NICE_STEPS = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 14400, 21600, 43200, 86400),
)

_SHAPES: Mapping[str, tuple[str, str]] = {
    "ok": ("M0-5a5 5 0 1 0 .01 0Z", "answered"),
    "refused": ("M0-6L6 5H-6Z", "refused, or an error"),
    "fault": ("M0-6.5L6.5 0 0 6.5-6.5 0Z", "hit by a fault of the test"),
}

_PASSING = frozenset(stage.state for stages in TIMELINES.values() for stage in stages)

Data = Mapping[str, Any]


class Stay(NamedTuple):
    """A service is in a state, or in a step of it, from one instant to another."""

    service: str
    start: float
    end: float
    state: str
    detail: str
    told: str
    over: bool
    """It has come to its end before the trace did."""


def marks() -> Markup:
    """The shapes of calls, which every chart of the page refers to."""
    shapes = [tag("path", id=f"mark-{kind}", d=path) for kind, (path, _) in _SHAPES.items()]
    return tag("svg", tag("defs", *shapes), class_="shapes", width=0, height=0, aria_hidden="true")


def legend() -> Markup:
    """What the shapes mean."""
    items = [
        tag(
            "li",
            tag("svg", tag("path", class_=kind, d=path), viewBox="-8 -8 16 16", aria_hidden="true"),
            meaning,
        )
        for kind, (path, meaning) in _SHAPES.items()
    ]
    return tag("ul", *items, class_="legend")


def outcome_of(row: Data) -> str:
    """How a call or visit ended, as one of the kinds of marks.

    >>> outcome_of({"error": "ThrottlingException", "fault": "throttling"})
    'fault'
    """
    if "fault" in row:
        return "fault"
    return "refused" if "error" in row or "why" in row else "ok"


def chart(trace: Data, title: str) -> Markup:
    """The chart of a trace, an ``<svg>`` element.

    Args:
        trace: as ``reporting.trace.trace`` makes it.
        title: what it is called by a screen reader.
    """
    return _Chart(trace).draw(title)


class _Chart:
    def __init__(self, trace: Data) -> None:
        self._rows: Sequence[Data] = trace["rows"]
        last = max((row.get("until", row["at"]) for row in self._rows), default=0.0)
        self._end = max(trace["end"], last)
        self._regions = len({row["region"] for row in self._rows if "region" in row}) > 1
        self._y = _AXIS

    def draw(self, title: str) -> Markup:
        lanes = [*self._services(), *self._operations()]
        height = self._y
        gaps = [
            tag(
                "svg",
                tag("title", f"{row['count']} rows left out"),
                tag("rect", class_="gap", width="100%", height="100%"),
                x=self._x(row["at"]),
                y=_AXIS - 4,
                width=self._width(row["at"], row["until"]),
                height=height - _AXIS,
            )
            for row in self._rows
            if row["kind"] == "gap"
        ]
        axis = list(self._axis(height))
        return tag(
            "svg",
            *(*axis, *lanes, *gaps),
            class_="chart",
            role="img",
            aria_label=title,
            width="100%",
            height=height,
        )

    def _share(self, at: float) -> float:
        """How far along the clock, from 0 to 1."""
        return at / self._end if self._end else 0.0

    def _x(self, at: float) -> str:
        return f"{_MARGIN + (100 - 2 * _MARGIN) * self._share(at):.2f}%"

    def _width(self, start: float, end: float) -> str:
        return f"{self._percent(start, end):.2f}%"

    def _percent(self, start: float, end: float) -> float:
        return max((100 - 2 * _MARGIN) * self._share(end - start), 0.15)

    def _axis(self, height: int) -> Iterator[Markup]:
        for at in _ticks(self._end):
            x = self._x(at)
            yield tag("line", class_="tick", x1=x, x2=x, y1=_AXIS - 6, y2=height)
            # Texts at the ends stay inside.
            share = self._share(at)
            anchor = "start" if share < 0.04 else "end" if share > 0.96 else "middle"  # noqa: PLR2004
            yield tag("text", short_time(at), class_="tick", x=x, y=12, text_anchor=anchor)

    def _label(self, text: str) -> Markup:
        label = tag("text", text, class_="lane", x=0, y=self._y + _LABEL - 4)
        self._y += _LABEL
        return label

    def _services(self) -> Iterator[Markup]:
        changes = _by_service(self._rows)
        for (region, service), rows in list(changes.items())[:_MOST_SERVICES]:
            yield self._label(f"{service} [{region}]" if self._regions else service)
            steps = _stays(rows, self._end)
            for stay in _merged(steps):
                yield self._bar(stay, stay.state, _BAR, f"bar {_class(stay.state)}")
            self._y += _BAR
            detailed = [stay for stay in steps if stay.detail]
            for stay in detailed:
                yield self._bar(stay, stay.detail, _STEPS, "step")
            self._y += (_STEPS if detailed else 0) + _GAP
        yield from self._more(len(changes) - _MOST_SERVICES, "services")

    def _bar(self, stay: Stay, text: str, height: int, kind: str) -> Markup:
        room = self._percent(stay.start, stay.end) / 100 * WIDTH
        fits = len(text) * LETTER + _INDENT <= room
        return tag(
            "svg",
            tag("title", f"{short_time(stay.start)} to {short_time(stay.end)}: {stay.told}"),
            tag("rect", width="100%", height="100%"),
            tag("text", text, x=_INDENT, y=height // 2 + 4) if fits else None,
            class_=kind,
            x=self._x(stay.start),
            y=self._y,
            width=self._width(stay.start, stay.end),
            height=height,
        )

    def _operations(self) -> Iterator[Markup]:
        asked: dict[str, list[Data]] = defaultdict(list)
        for row in self._rows:
            if row["kind"] == "call":
                asked[row["operation"] or "(no operation)"].append(row)
            elif row["kind"] == "visit":
                asked[f"requests to {row.get('service', 'no service')}"].append(row)
        for operation, rows in list(asked.items())[:_MOST_OPERATIONS]:
            yield self._label(operation)
            middle = self._y + _CALLS - 8
            yield tag("line", class_="rail", x1=0, x2="100%", y1=middle, y2=middle)
            yield from (self._mark(row, middle) for row in rows)
            yield from self._counts(rows, middle)
            self._y += _CALLS + _GAP // 2
        yield from self._more(len(asked) - _MOST_OPERATIONS, "operations")

    def _counts(self, rows: Sequence[Data], y: int) -> Iterator[Markup]:
        """How many calls a mark stands for, where that does not run into the count before it."""
        written = -_COUNT_ROOM
        for row in rows:
            share = self._share(row["at"])
            if "count" in row and share - written >= _COUNT_ROOM:
                written = share
                above = y - 3 - _lift(row)
                yield tag(
                    "text", f"×{row['count']}", class_="count", x=self._x(row["at"]), dx=8, y=above
                )

    def _mark(self, row: Data, y: int) -> Markup:
        kind = outcome_of(row)
        y -= _lift(row)
        first = self._x(row["at"])
        told = f"{short_time(row['at'])}{_times(row)} → {row['answer']}"
        parts = [tag("title", told)]
        places = [first]
        if "count" in row:
            last = self._x(row["until"])
            places.append(last)
            parts.append(tag("line", x1=first, x2=last, y1=y, y2=y))
        parts += [tag("use", href=f"#mark-{kind}", x=x, y=y) for x in places]
        return tag("g", *parts, class_=kind)

    def _more(self, number: int, what: str) -> Iterator[Markup]:
        if number > 0:
            yield self._label(f"{number} more {what}: in the table")
            self._y += _GAP


def stays(trace: Data) -> list[Stay]:
    """How long services were in the states that they go through by themselves, such as DEPLOYING."""
    return [
        stay
        for rows in _by_service(trace["rows"]).values()
        for stay in _merged(_stays(rows, trace["end"]))
        if stay.state in _PASSING
    ]


def _by_service(rows: Sequence[Data]) -> dict[tuple[str, str], list[Data]]:
    changes: dict[tuple[str, str], list[Data]] = defaultdict(list)
    for row in rows:
        if row["kind"] == "state":
            changes[row["region"], row["service"]].append(row)
    return changes


def _stays(rows: Sequence[Data], end: float) -> list[Stay]:
    found = []
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        if row["state"] == ABSENT:
            continue
        until = end if after is None else after["at"]
        told = ", ".join(
            row[key] for key in ("state", "detail", "deployment", "cause") if key in row
        )
        found.append(
            Stay(
                row["service"],
                row["at"],
                until,
                row["state"],
                row.get("detail", ""),
                told,
                after is not None,
            )
        )
    return found


def _merged(steps: Sequence[Stay]) -> list[Stay]:
    """The steps of a state in a row as one."""
    merged: list[Stay] = []
    for stay in steps:
        before = merged[-1] if merged else None
        if before and before.state == stay.state and before.end == stay.start:
            merged[-1] = before._replace(end=stay.end, over=stay.over)
        else:
            merged.append(stay)
    return merged


def _lift(row: Data) -> int:
    return 0 if outcome_of(row) == "ok" else _LIFT


def _class(state: str) -> str:
    return f"state-{state.lower()}"


def _times(row: Data) -> str:
    return f" × {row['count']} until {short_time(row['until'])}" if "count" in row else ""


def _ticks(end: float) -> list[float]:
    """Instants that are marked on the clock, from the start on.

    >>> _ticks(310)
    [0, 120, 240, 310]
    """
    if not end:
        return [0]
    steps = (step for step in _NICE_STEPS if end / step <= _MOST_TICKS)
    step = next(steps, _NICE_STEPS[-1] * (1 + end // (_NICE_STEPS[-1] * _MOST_TICKS)))
    ticks = [round(step * number, 3) for number in range(int(end / step) + 1)]
    is_apart = end - ticks[-1] >= _END_ROOM * end and short_time(end) != short_time(ticks[-1])
    return [*ticks, end] if is_apart else ticks


def short_time(seconds: float) -> str:
    """A virtual instant or duration, as short as it can be said.

    >>> short_time(0.25), short_time(95), short_time(7384.5)
    ('0.2 s', '1:35', '2:03:04.5')
    """
    tenths = int(round(seconds * 10, 3))
    whole, rest = divmod(tenths, 10)
    fraction = f".{rest}" if rest else ""
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{left:02d}{fraction}"
    return f"{minutes}:{left:02d}{fraction}" if minutes else f"{left}{fraction} s"
