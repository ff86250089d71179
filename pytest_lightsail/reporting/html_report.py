"""The HTML report of a run: coverage and tests on one page, without other files, network or fonts."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from ..model.lifecycle import STATE_DETAILS
from ..model.rule import limits
from ..model.rules import rule
from ..model.service import load
from ..output_files import GENERATOR, write_output
from ..wording import plural
from .coverage import (
    TABLES,
    Coverage,
    Survey,
    Table,
    operations_table,
    states_table,
    survey,
    totals_table,
)
from .pages import Markup, Node, Section, asset, section, state_diagram, table_of, tag

__all__ = ["LARGEST", "MOST_LINES", "PAGE", "Test", "report_page", "write_html"]

PAGE = "index.html"

MOST_LINES = 1000
"""Lines of a timeline on the page."""

LARGEST = 4_000_000
"""Characters of all timelines on the page, so that it opens fast however many tests there are."""

_MOST_LISTED = 10
_SIGNS: Mapping[str, str] = {"failed": "✗", "passed": "✓", "skipped": "○"}
"""The outcomes, in the order in which their tests are listed."""

_STYLES = ("theme.css", "report.css", "state_diagram.css")
_SCRIPT = "report.js"


class Test(TypedDict):
    """A test that has used accounts; all but the first two are of those accounts.

    Its timeline is that of the last account to which anything happened, and so are the numbers of calls.
    """

    test: str
    outcome: str
    accounts: int
    longest: float
    calls: int
    wrong: int
    timeline: str


def write_html(
    document: Mapping[str, Any],
    tests: Sequence[Test],
    directory: Path,
    operations: Collection[str] | None = None,
) -> Path:
    """Write the report of a run, and return its path: ``index.html`` in ``directory``, which is made.

    Args:
        document: the coverage, from ``Coverage.document``.
        tests: the tests, in any order.
        directory: where to write.
        operations: those that count; all of them if ``None``.
    """
    path = directory / PAGE
    write_output(path, report_page(document, tests, operations=operations))
    return path


def report_page(
    document: Mapping[str, Any],
    tests: Sequence[Test],
    largest: int = LARGEST,
    operations: Collection[str] | None = None,
) -> str:
    """Return the page as text: the same for the same arguments."""
    found = survey(Coverage.from_document(document), load(), operations)
    sections = [*_coverage_sections(found), *_test_sections(tests, largest)]
    released = f" Service model of botocore {document['botocore']}." if document["botocore"] else ""
    style, script = Markup("\n".join(map(asset, _STYLES))), Markup(asset(_SCRIPT))
    # Nothing is loaded and nothing runs but what the page itself has.
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="generator", content=GENERATOR),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", "Lightsail coverage"),
        tag("style", style),
    )
    links = [tag("a", each.title, href=f"#{each.name}") for each in sections]
    intro = (
        f"The tests reached {found.whole_percent} % of what Amazon Lightsail container services do."
        f"{released}"
    )
    body = tag(
        "body",
        tag("a", "Skip to the content", href="#main", class_="skip"),
        tag(
            "header",
            tag("h1", "Lightsail coverage"),
            tag("p", intro),
            tag("nav", *links, aria_label="Sections"),
        ),
        tag("main", *(each.markup for each in sections), id="main", tabindex=-1),
        tag("script", script),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# --- coverage ------------------------------------------------------------------------------------


def _coverage_sections(survey: Survey) -> list[Section]:
    faults = [(name, f"{times}") for name, times in sorted(survey.coverage.faults.items())]
    hit = _table("Faults that hit calls", Table(("fault", "calls hit"), faults))
    operations = operations_table(survey)
    return [
        section("coverage", "Coverage", *_summary(survey)),
        section("states", "States", *_states(survey)),
        section("operations", "Operations and errors", _table("Operations and errors", operations)),
        section("rules", "Rules", *_rules(survey)),
        *([section("faults", "Faults", hit)] if faults else []),
    ]


def _table(caption: str, table: Table) -> Markup:
    return table_of(caption, table.head, table.rows)


def _summary(survey: Survey) -> Iterable[Markup]:
    yield _table("What the tests reached", totals_table(survey))
    never = [row.operation for row in survey.rows if not row.calls]
    if never:
        yield tag("p", f"Never called: {', '.join(never)}.")
    if survey.unknown:
        yield tag(
            "p", f"Not known to this release of pytest-lightsail: {', '.join(survey.unknown)}."
        )


def _states(survey: Survey) -> Iterable[Markup]:
    yield tag("p", "Thicker lines were taken more often. Dashed ones with ×0 were never taken.")
    for name in TABLES:
        what = "container service" if name == "service" else name
        yield tag("h3", f"The states of a {what}")
        drawing = Markup(state_diagram(name, survey.coverage.edges[name]))
        # The keyboard can scroll what is wider than the page.
        label = f"State diagram of a {what}"
        yield tag(
            "div", drawing, class_=f"wide {name}", role="region", aria_label=label, tabindex=0
        )
        yield _table(f"States of a {what}", states_table(name, survey))
    details = survey.coverage.details
    rows = [(code, f"{details[code] or '-'}") for code in STATE_DETAILS]
    yield _table("stateDetail codes", Table(("code", "entered"), rows))


def _rules(survey: Survey) -> Iterable[Markup]:
    calls, inputs = survey.coverage.service_rules, survey.coverage.input_rules
    broken, whole = survey.categories[-1].met, survey.categories[-1].missing
    if broken:
        head = ["rule", "what it says", "calls refused", "inputs"]
        rows: list[list[Node]] = [
            [tag("code", name), _meaning(name), calls[name] or "-", inputs[name] or "-"]
            for name in broken
        ]
        yield table_of("Rules that were broken", head, rows)
    else:
        yield tag("p", "No test has broken a rule.")
    if whole:
        unbroken: list[list[Node]] = [[tag("code", name), _meaning(name)] for name in whole]
        title = "Rules that no test has broken"
        yield tag(
            "details",
            tag("summary", f"{len(whole)} rules that no test has broken"),
            table_of(title, ["rule", "what it says"], unbroken),
        )


def _meaning(name: str) -> str:
    entry = rule(name)
    limited = limits(entry)
    return f"{entry.meaning} ({limited})" if limited and len(limited) < 60 else entry.meaning  # noqa: PLR2004


# --- tests ---------------------------------------------------------------------------------------


def _test_sections(tests: Sequence[Test], largest: int) -> list[Section]:
    """Return the sections about tests.

    Args:
        tests: the tests.
        largest: characters of all timelines: those of tests that failed, then of those that took longest.
    """
    if not tests:
        return [section("tests", "Tests", tag("p", "No test has used a simulated account."))]
    anchors = {test["test"]: f"test-{number}" for number, test in enumerate(tests, 1)}
    return [
        section("longest", "Longest", _longest(tests, anchors)),
        section("tests", "Timelines", *_timelines(tests, anchors, largest)),
    ]


def _longest(tests: Sequence[Test], anchors: Mapping[str, str]) -> Markup:
    rows: list[list[Node]] = [
        [
            tag("a", test["test"], href=f"#{anchors[test['test']]}"),
            _time(test["longest"]),
            test["calls"],
        ]
        for test in sorted(tests, key=lambda test: (-test["longest"], test["test"]))[:_MOST_LISTED]
    ]
    head = ["test", "virtual time", "calls"]
    return table_of("Tests that take the most virtual time", head, rows, class_="numbers")


def _timelines(tests: Sequence[Test], anchors: Mapping[str, str], largest: int) -> Iterable[Markup]:
    found = Counter(test["outcome"] for test in tests)
    counted = ", ".join(f"{found[outcome]} {outcome}" for outcome in _SIGNS if found[outcome])
    yield tag("p", f"{len(tests)} tests have used a simulated account: {counted}.")
    yield _search(len(tests))
    order = list(_SIGNS)
    kept = _that_fit(tests, largest)
    listed = sorted(tests, key=lambda test: (order.index(test["outcome"]), test["test"]))
    shown = (_test(test, anchors[test["test"]], whole=test["test"] in kept) for test in listed)
    yield tag("div", *shown, class_="tests")


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


def _that_fit(tests: Sequence[Test], largest: int) -> set[str]:
    kept: set[str] = set()
    for test in sorted(
        tests, key=lambda test: (test["outcome"] != "failed", -test["longest"], test["test"])
    ):
        largest -= len(test["timeline"])
        if largest < 0:
            break
        kept.add(test["test"])
    return kept


def _test(test: Test, anchor: str, *, whole: bool) -> Markup:
    outcome = test["outcome"]
    facts = [_time(test["longest"]), plural(test["calls"], "call")]
    if test["accounts"] > 1:
        facts.append(f"{test['accounts']} accounts, the last is shown")
    if test["wrong"]:
        facts.append(f"{test['wrong']} refused, failed or hit by a fault")
    left_out = tag("p", "Left out, because the page would become too large.", class_="quiet")
    name = f"Timeline of {test['test']}"
    timeline = tag("pre", test["timeline"], role="region", aria_label=name, tabindex=0)
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
        tag("div", timeline if whole else left_out, id=anchor, class_="trace"),
        data_outcome=outcome,
    )


def _time(seconds: float) -> str:
    """Return a virtual duration.

    >>> _time(95), _time(7384.5)
    ('0:01:35.0', '2:03:04.5')
    """
    minutes, left = divmod(seconds, 60)
    return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{left:04.1f}"
