"""The tests in the HTML report: the longest, and the timeline of each as a chart and a table.

Positions along the clock are percentages and everything else is in pixels, so a chart is as wide as the
page, and its letters keep their size. The style is in ``assets/trace.css``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..model.lifecycle import ABSENT
from ..wording import plural
from .pages import Markup, Node, Section, join, section, table_of, tag

__all__ = ["LARGEST", "LETTER", "WIDTH", "chart", "marks", "short_time", "test_sections"]

Data = Mapping[str, Any]

LARGEST = 4_000_000
"""Bytes of the timelines on a page, so that it opens fast however many tests there are."""

_MOST_LISTED = 10
_SIGNS: Mapping[str, str] = {"failed": "✗", "passed": "✓", "skipped": "○"}
"""The outcomes, in the order in which their tests are listed."""


def test_sections(tests: Sequence[Data], largest: int) -> list[Section]:
    """Return the sections of the page about tests.

    Args:
        tests: the tests with their traces, from ``recording``.
        largest: how large the timelines may be: those of tests that failed, then of those that took
            longest. The others are left out.
    """
    if not tests:
        return [section("tests", "Tests", tag("p", "No test has used a simulated account."))]
    anchors = {test["test"]: f"test-{number}" for number, test in enumerate(tests, 1)}
    return [
        section("longest", "Longest", _longest(tests, anchors)),
        section("tests", "Timelines", *_timelines(tests, anchors, largest)),
    ]


def _longest(tests: Sequence[Data], anchors: Mapping[str, str]) -> Markup:
    rows: list[list[Node]] = [
        [
            tag("a", test["test"], href=f"#{anchors[test['test']]}"),
            short_time(test["longest"]),
            _calls(test["trace"]),
        ]
        for test in sorted(tests, key=lambda test: (-test["longest"], test["test"]))[:_MOST_LISTED]
    ]
    head = ["test", "virtual time", "calls"]
    return table_of("Tests that take the most virtual time", head, rows, class_="numbers")


def _calls(trace: Data) -> int:
    return sum(row.get("count", 1) for row in trace["rows"] if row["kind"] == "call")


def _timelines(tests: Sequence[Data], anchors: Mapping[str, str], largest: int) -> Iterable[Markup]:
    found = Counter(test["outcome"] for test in tests)
    counted = ", ".join(f"{found[outcome]} {outcome}" for outcome in _SIGNS if found[outcome])
    yield tag("p", f"{len(tests)} tests have used a simulated account: {counted}.")
    yield marks()
    yield _legend()
    yield _search(len(tests))
    bodies = _bodies(tests, largest)
    order = list(_SIGNS)
    listed = sorted(tests, key=lambda test: (order.index(test["outcome"]), test["test"]))
    yield tag(
        "div",
        *(_test(test, anchors[test["test"]], bodies[test["test"]]) for test in listed),
        class_="tests",
    )


def _search(number: int) -> Markup:
    """Return what needs the script of the page, and is hidden until it runs."""
    outcomes = [tag("option", outcome or "any", value=outcome) for outcome in ("", *_SIGNS)]
    return tag(
        "form",
        tag("div", tag("label", "Name", for_="name"), tag("input", id="name", type="search")),
        tag("div", tag("label", "Outcome", for_="outcome"), tag("select", *outcomes, id="outcome")),
        tag("output", f"{number} tests", id="shown", for_="name outcome"),
        class_="controls",
        role="search",
        aria_label="Timelines",
        hidden=True,
    )


def _bodies(tests: Sequence[Data], largest: int) -> dict[str, Markup]:
    """Return the timeline of each test, if there is room for it."""
    bodies: dict[str, Markup] = {}
    for test in sorted(
        tests, key=lambda test: (test["outcome"] != "failed", -test["longest"], test["test"])
    ):
        trace = test["trace"]
        title = (
            f"Timeline of {test['test']}: {_calls(trace)} calls in {short_time(trace['end'])} of "
            "virtual time; as a table below"
        )
        if largest > 0:
            bodies[test["test"]] = join(chart(trace, title), _table(trace))
            largest -= len(bodies[test["test"]].encode())
        if largest <= 0:
            left_out = "Left out, because the page would become too large."
            bodies[test["test"]] = tag("p", left_out, class_="quiet")
    return bodies


def _test(test: Data, anchor: str, body: Markup) -> Markup:
    trace, outcome = test["trace"], test["outcome"]
    facts = [short_time(test["longest"]), plural(_calls(trace), "call")]
    if test["accounts"] > 1:
        facts.append(f"{test['accounts']} accounts, the last is shown")
    if wrong := sum(row.get("count", 1) for row in trace["rows"] if _outcome_of(row) != "ok"):
        facts.append(f"{wrong} refused, failed or hit by a fault")
    return tag(
        "details",
        tag(
            "summary",
            tag("span", f"{_SIGNS[outcome]} {outcome}", class_=f"outcome {outcome}"),
            " ",
            tag("span", test["test"], class_="name"),
            " ",
            tag("span", ", ".join(facts), class_="quiet"),
        ),
        tag("div", body, id=anchor, class_="trace"),
        data_outcome=outcome,
    )


# --- as a table ----------------------------------------------------------------------------------


def _table(trace: Data) -> Markup:
    several = len({row["region"] for row in trace["rows"] if "region" in row}) > 1
    return table_of(
        "All of it",
        ["virtual time", "what", "result"],
        [[_when(row), _asked(row, several=several), _answered(row)] for row in trace["rows"]],
        class_="rows",
    )


def _when(row: Data) -> Node:
    until = f" to {short_time(row['until'])}" if "until" in row else ""
    return f"{short_time(row['at'])}{until}"


def _asked(row: Data, *, several: bool) -> Node:
    where = f" [{row['region']}]" if several and "region" in row else ""
    often = f" × {row['count']}" if "count" in row else ""
    if row["kind"] == "gap":
        return tag("em", f"{row['count']} rows left out")
    if row["kind"] == "state":
        return tag("span", f"{row['service']}{where}", class_="service")
    asked = row.get("asked")
    if row["kind"] == "call":
        asked = f"{row['operation'] or '(no operation)'}({row.get('parameters', '')})"
    return tag("code", f"{asked}{where}{often}")


def _answered(row: Data) -> Node:
    if row["kind"] == "gap":
        return None
    if row["kind"] == "state":
        cause = f" ({row['cause']})" if "cause" in row else ""
        return tag("span", f"{_became(row)}{cause}", class_="became")
    kind = _outcome_of(row)
    return row["answer"] if kind == "ok" else tag("span", row["answer"], class_=kind)


def _became(row: Data) -> str:
    return ", ".join(row[key] for key in ("state", "detail", "deployment") if key in row)


def _outcome_of(row: Data) -> str:
    """Return how a call or visit ended, as one of the kinds of marks."""
    if "fault" in row:
        return "fault"
    return "refused" if "error" in row or "why" in row else "ok"


# --- as a chart ----------------------------------------------------------------------------------

WIDTH, LETTER = 1150, 8.5
"""Pixels of a chart on the widest page, and of a letter in a bar, in a wide font."""
_INDENT = 5
"""Pixels before the text in a bar."""
_MARGIN = 1.5
"""Percent of the width on either side, for marks at the ends."""
_AXIS, _LABEL, _BAR, _STEPS, _CALLS, _GAP = 24, 16, 20, 15, 24, 8
_TICKS = 4

_SHAPES: Mapping[str, tuple[str, str]] = {
    "ok": ("M0-5a5 5 0 1 0 .01 0Z", "answered"),
    "refused": ("M0-6L6 5H-6Z", "refused, or an error"),
    "fault": ("M0-6.5L6.5 0 0 6.5-6.5 0Z", "hit by a fault of the test"),
}


def marks() -> Markup:
    """Return the shapes of calls, which all charts of the page refer to."""
    shapes = [tag("path", id=f"mark-{kind}", d=path) for kind, (path, _) in _SHAPES.items()]
    return tag("svg", tag("defs", *shapes), class_="shapes", width=0, height=0, aria_hidden="true")


def _legend() -> Markup:
    items = [
        tag(
            "li",
            tag("svg", tag("path", class_=kind, d=path), viewBox="-8 -8 16 16", aria_hidden="true"),
            meaning,
        )
        for kind, (path, meaning) in _SHAPES.items()
    ]
    return tag("ul", *items, class_="legend")


class _Stay(NamedTuple):
    """A service is in a state, or in a step of it, from one instant to another."""

    start: float
    end: float
    state: str
    detail: str
    text: str


def chart(trace: Data, title: str) -> Markup:
    """Return the chart of a trace, an ``<svg>`` element.

    Args:
        trace: from ``timeline.trace``.
        title: its name for a screen reader.
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
        return tag(
            "svg",
            *self._axis(),
            *lanes,
            class_="chart",
            role="img",
            aria_label=title,
            width="100%",
            height=self._y,
        )

    def _percent(self, at: float) -> float:
        return (100 - 2 * _MARGIN) * at / self._end if self._end else 0.0

    def _x(self, at: float) -> str:
        return f"{_MARGIN + self._percent(at):.2f}%"

    def _axis(self) -> Iterator[Markup]:
        for at in _ticks(self._end):
            x = self._x(at)
            yield tag("line", class_="tick", x1=x, x2=x, y1=_AXIS - 6, y2=self._y)
            # Texts at the ends stay inside.
            percent = self._percent(at)
            anchor = "start" if percent < 4 else "end" if percent > 93 else "middle"  # noqa: PLR2004
            yield tag("text", short_time(at), class_="tick", x=x, y=12, text_anchor=anchor)

    def _label(self, text: str) -> Markup:
        label = tag("text", text, class_="lane", x=0, y=self._y + _LABEL - 4)
        self._y += _LABEL
        return label

    def _services(self) -> Iterator[Markup]:
        changes: dict[tuple[str, str], list[Data]] = defaultdict(list)
        for row in self._rows:
            if row["kind"] == "state":
                changes[row["region"], row["service"]].append(row)
        for (region, service), rows in changes.items():
            yield self._label(f"{service} [{region}]" if self._regions else service)
            steps = _stays(rows, self._end)
            for stay in _merged(steps):
                yield self._bar(stay, stay.state, _BAR, f"bar state-{stay.state.lower()}")
            self._y += _BAR
            detailed = [stay for stay in steps if stay.detail]
            for stay in detailed:
                yield self._bar(stay, stay.detail, _STEPS, "step")
            self._y += (_STEPS if detailed else 0) + _GAP

    def _bar(self, stay: _Stay, text: str, height: int, kind: str) -> Markup:
        width = max(self._percent(stay.end - stay.start), 0.15)
        fits = len(text) * LETTER + _INDENT <= width / 100 * WIDTH
        return tag(
            "svg",
            tag("title", f"{short_time(stay.start)} to {short_time(stay.end)}: {stay.text}"),
            tag("rect", width="100%", height="100%"),
            tag("text", text, x=_INDENT, y=height // 2 + 4) if fits else None,
            class_=kind,
            x=self._x(stay.start),
            y=self._y,
            width=f"{width:.2f}%",
            height=height,
        )

    def _operations(self) -> Iterator[Markup]:
        asked: dict[str, list[Data]] = defaultdict(list)
        for row in self._rows:
            if row["kind"] == "call":
                asked[row["operation"] or "(no operation)"].append(row)
            elif row["kind"] == "visit":
                asked[f"requests to {row.get('service', 'no service')}"].append(row)
        for operation, rows in asked.items():
            yield self._label(operation)
            middle = self._y + _CALLS - 8
            yield tag("line", class_="rail", x1=0, x2="100%", y1=middle, y2=middle)
            yield from (self._mark(row, middle) for row in rows)
            self._y += _CALLS + _GAP // 2

    def _mark(self, row: Data, y: int) -> Markup:
        kind, first = _outcome_of(row), self._x(row["at"])
        times, line, places = "", None, [first]
        if "count" in row:
            last = self._x(row["until"])
            times = f" × {row['count']} until {short_time(row['until'])}"
            line = tag("line", x1=first, x2=last, y1=y, y2=y)
            places.append(last)
        title = tag("title", f"{short_time(row['at'])}{times} → {row['answer']}")
        uses = [tag("use", href=f"#mark-{kind}", x=x, y=y) for x in places]
        return tag("g", title, line, *uses, class_=kind)


def _stays(rows: Sequence[Data], end: float) -> list[_Stay]:
    ends = [*(row["at"] for row in rows[1:]), end]
    return [
        _Stay(row["at"], until, row["state"], row.get("detail", ""), _became(row))
        for row, until in zip(rows, ends, strict=True)
        if row["state"] != ABSENT
    ]


def _merged(steps: Sequence[_Stay]) -> list[_Stay]:
    """Return consecutive steps of a state as one."""
    merged: list[_Stay] = []
    for stay in steps:
        before = merged[-1] if merged else None
        if before and before.state == stay.state and before.end == stay.start:
            merged[-1] = before._replace(end=stay.end)
        else:
            merged.append(stay)
    return merged


def _ticks(end: float) -> list[float]:
    """Return instants that are marked on the clock, each with another text.

    >>> _ticks(300)
    [0.0, 75.0, 150.0, 225.0, 300.0]
    """
    ticks = [end * number / _TICKS for number in range(_TICKS + 1)]
    return list({short_time(at): at for at in ticks[::-1]}.values())[::-1]


def short_time(seconds: float) -> str:
    """Return a virtual instant or duration, as short as possible.

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
