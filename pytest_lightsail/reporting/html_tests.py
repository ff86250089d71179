"""The part of the report about tests: the longest timelines, and the timeline of each test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .html_parts import Section, breakable, section, table_of
from .markup import Markup, Node, join, tag
from .trace_chart import Data, chart, legend, marks, outcome_of, short_time, stays

__all__ = ["Budget", "test_sections"]


_MOST_LISTED, _MOST_OPENED = 10, 20
_SIGNS: Mapping[str, str] = {"failed": "✗", "passed": "✓", "skipped": "○"}
"""The outcomes, in the order in which their tests are listed."""


class Budget(NamedTuple):
    """How large the timelines of a page may be, in bytes, so that it opens fast however many there are.

    Attributes:
        charts: those with a chart and a table: of tests that failed, then of those that took longest.
        texts: the others, as lines of text; what does not fit is left out, and the page says so.
    """

    charts: int = 4_000_000
    texts: int = 3_000_000


def test_sections(tests: Sequence[Data], budget: Budget) -> list[Section]:
    """The sections of the page about tests.

    Args:
        tests: as ``recording.traces`` gives them.
        budget: how large they may be.
    """
    if not tests:
        return [section("tests", "Tests", tag("p", "No test has used a simulated account."))]
    anchors = {test["test"]: f"test-{number}" for number, test in enumerate(tests, 1)}
    return [
        section("longest", "Longest", *_longest(tests, anchors)),
        section("tests", "Timelines", *_timelines(tests, anchors, budget)),
    ]


def _longest(tests: Sequence[Data], anchors: Mapping[str, str]) -> Iterable[Markup]:
    by_time = sorted(tests, key=lambda test: (-test["longest"], test["test"]))[:_MOST_LISTED]
    yield table_of(
        "Tests that take the most virtual time",
        ["test", "virtual time", "calls"],
        [
            [_link(test, anchors), short_time(test["longest"]), f"{_calls(test['trace'])}"]
            for test in by_time
        ],
        class_="numbers",
    )
    changes = sorted(
        (
            (stay.end - stay.start, stay, test)
            for test in tests
            for stay in stays(test["trace"])
            if stay.over
        ),
        key=lambda change: (-change[0], change[2]["test"], change[1].start),
    )[:_MOST_LISTED]
    if changes:
        yield table_of(
            "Slowest changes of a service",
            ["test", "service", "was", "for"],
            [
                [_link(test, anchors), stay.service, stay.state, short_time(took)]
                for took, stay, test in changes
            ],
            class_="numbers",
        )


def _link(test: Data, anchors: Mapping[str, str]) -> Markup:
    return tag("a", breakable(test["test"]), href=f"#{anchors[test['test']]}")


def _calls(trace: Data) -> int:
    return sum(row.get("count", 1) for row in trace["rows"] if row["kind"] == "call")


def _timelines(
    tests: Sequence[Data], anchors: Mapping[str, str], budget: Budget
) -> Iterable[Markup]:
    found = Counter(test["outcome"] for test in tests)
    counted = ", ".join(f"{found[outcome]} {outcome}" for outcome in _SIGNS if found[outcome])
    yield tag("p", f"{len(tests)} tests have used a simulated account: {counted}.")
    yield marks()
    yield legend()
    yield _controls(len(tests))
    bodies = _bodies(tests, budget)
    order = list(_SIGNS)
    listed = sorted(tests, key=lambda test: (order.index(test["outcome"]), test["test"]))
    yield tag(
        "div",
        *(_test(test, anchors[test["test"]], bodies[test["test"]]) for test in listed),
        class_="tests",
    )


def _controls(number: int) -> Markup:
    """What only works where the script of the page runs, and is hidden until it does."""
    outcomes = [tag("option", "any", value="")]
    outcomes += [tag("option", outcome, value=outcome) for outcome in _SIGNS]
    return tag(
        "form",
        tag("div", tag("label", "Name", for_="name"), tag("input", id="name", type="search")),
        tag("div", tag("label", "Outcome", for_="outcome"), tag("select", *outcomes, id="outcome")),
        tag(
            "button",
            f"Open the first {_MOST_OPENED}",
            id="open",
            value=f"{_MOST_OPENED}",
            type="button",
        ),
        tag("button", "Close all", id="close", type="button"),
        tag("output", f"{number} tests", id="shown", for_="name outcome"),
        class_="controls",
        role="search",
        aria_label="Timelines",
        hidden=True,
    )


def _bodies(tests: Sequence[Data], budget: Budget) -> dict[str, Markup]:
    """What is shown of each test: as much as there is room for."""
    bodies: dict[str, Markup] = {}
    charts, texts = budget
    for test in sorted(
        tests, key=lambda test: (test["outcome"] != "failed", -test["longest"], test["test"])
    ):
        body = None
        if charts > 0:
            body = join(chart(test["trace"], _title(test)), _table(test["trace"]))
            charts -= _size(body)
        if body is None or charts < 0:
            body = tag("pre", "\n".join(_lines(test["trace"])))
            texts -= _size(body)
            if texts < 0:
                body = tag("p", "Left out, for the page would become too large.", class_="quiet")
        bodies[test["test"]] = body
    return bodies


def _size(body: Markup) -> int:
    return len(body.encode())


def _title(test: Data) -> str:
    trace = test["trace"]
    return (
        f"Timeline of {test['test']}: {_calls(trace)} calls in {short_time(trace['end'])} of virtual "
        "time; as a table below"
    )


def _test(test: Data, anchor: str, body: Markup) -> Markup:
    trace = test["trace"]
    facts = [
        short_time(test["longest"]),
        _plural(_calls(trace), "call"),
    ]
    if test["accounts"] > 1:
        facts.append(f"{test['accounts']} accounts, the last is shown")
    if wrong := sum(row.get("count", 1) for row in trace["rows"] if outcome_of(row) != "ok"):
        facts.append(f"{wrong} refused, failed or hit by a fault")
    outcome = test["outcome"]
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
        tag("div", _remark(test), body, id=anchor, class_="trace"),
        data_outcome=outcome,
    )


def _remark(test: Data) -> Markup | None:
    if not test["idle"]:
        return None
    return tag(
        "p",
        f"After this account there came {_plural(test['idle'], 'account')} which no call reached.",
        class_="quiet",
    )


def _plural(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _table(trace: Data) -> Markup:
    several = len({row["region"] for row in trace["rows"] if "region" in row}) > 1
    return table_of(
        "All of it",
        ["virtual time", "what", "what came of it"],
        [[_when(row), _asked(row, several=several), _answered(row)] for row in trace["rows"]],
        class_="rows",
    )


def _when(row: Data) -> Node:
    if "until" not in row:
        return short_time(row["at"])
    return f"{short_time(row['at'])} to {short_time(row['until'])}"


def _asked(row: Data, *, several: bool) -> Node:
    where = f" [{row['region']}]" if several and "region" in row else ""
    often = f" × {row['count']}" if "count" in row else ""
    if row["kind"] == "gap":
        return tag("em", f"{row['count']} rows left out")
    if row["kind"] == "state":
        return tag("span", f"{row['service']}{where}", class_="service")
    if row["kind"] == "visit":
        return tag("code", f"{row['asked']}{where}{often}")
    return tag(
        "code", f"{row['operation'] or '(no operation)'}({row.get('parameters', '')}){where}{often}"
    )


def _answered(row: Data) -> Node:
    if row["kind"] == "gap":
        return None
    if row["kind"] == "state":
        return tag("span", _became(row), class_="became")
    kind = outcome_of(row)
    return row["answer"] if kind == "ok" else tag("span", row["answer"], class_=kind)


def _became(row: Data) -> str:
    told = ", ".join(row[key] for key in ("state", "detail", "deployment") if key in row)
    return f"{told} ({row['cause']})" if "cause" in row else told


def _lines(trace: Data) -> Iterable[str]:
    """The trace as text."""
    for row in trace["rows"]:
        at = f"{short_time(row['at']):>11}"
        often = f" × {row['count']} until {short_time(row['until'])}" if "count" in row else ""
        if row["kind"] == "gap":
            yield f"{at}  … {row['count']} rows left out …"
        elif row["kind"] == "state":
            yield f"{at}    {row['service']}: {_became(row)}"
        else:
            yield f"{at}  {row.get('operation', row.get('asked'))}{often} → {row['answer']}"
