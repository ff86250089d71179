"""The HTML report of a run: coverage and tests on one page, without other files, network or fonts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model.lifecycle import STATE_DETAILS
from ..model.rule import limits
from ..model.rules import rule
from ..model.service import load
from ..output_files import GENERATOR, write_output
from .coverage import (
    BREAKABLE,
    TABLES,
    Coverage,
    Survey,
    Table,
    operations_table,
    states_table,
    survey,
    totals_table,
)
from .html_tests import LARGEST, test_sections
from .pages import Markup, Node, Section, asset, section, state_diagram, table_of, tag

__all__ = ["PAGE", "report_page", "write_html"]

PAGE = "index.html"

_STYLES = ("theme.css", "report.css", "state_diagram.css", "trace.css")
_SCRIPT = "report.js"


def write_html(
    document: Mapping[str, Any], tests: Sequence[Mapping[str, Any]], directory: Path
) -> Path:
    """Write the report of a run, and return its path: ``index.html`` in ``directory``, which is made.

    Args:
        document: the coverage, from ``Coverage.document``.
        tests: the tests with their traces, from ``recording``.
        directory: where to write.
    """
    path = directory / PAGE
    write_output(path, report_page(document, tests))
    return path


def report_page(
    document: Mapping[str, Any], tests: Sequence[Mapping[str, Any]], largest: int = LARGEST
) -> str:
    """Return the page as text: the same for the same arguments."""
    found = survey(Coverage.from_document(document), load())
    sections = [*_coverage_sections(found), *test_sections(tests, largest)]
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
        f"The tests met {found.whole_percent} % of what Amazon Lightsail container services do."
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
    hit = _table("Faults that calls have met", Table(("fault", "calls hit"), faults))
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
    yield _table("What the tests have met", totals_table(survey))
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
    broken = [name for name in BREAKABLE if calls[name] or inputs[name]]
    whole = [name for name in BREAKABLE if name not in broken]
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
