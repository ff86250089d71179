"""The HTML report of a run: coverage and tests on one page, without other files, network or fonts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model.lifecycle import ABSENT, STATE_DETAILS
from ..model.rule import limits
from ..model.rules import rule
from ..model.service import load
from ..output_files import GENERATOR, write_output
from .coverage import BREAKABLE, ITSELF, TABLES, Coverage, Survey, edge_name, states_of, survey
from .html_tests import LARGEST, test_sections
from .markup import Markup, Node, Section, breakable, section, table_of, tag
from .state_diagram import asset, state_diagram

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
    faults = sorted(survey.coverage.faults.items())
    rows = [[name, _count(times)] for name, times in faults]
    table = table_of("Faults that calls have met", ["fault", "calls hit"], rows, class_="counts")
    return [
        section("coverage", "Coverage", *_summary(survey)),
        section("states", "States", *_diagrams(survey), _steps(survey)),
        section("operations", "Operations and errors", *_matrix(survey)),
        section("rules", "Rules", *_rules(survey)),
        *([section("faults", "Faults", table)] if faults else []),
    ]


def _summary(survey: Survey) -> Iterable[Markup]:
    rows: list[list[Node]] = [
        [each.name, f"{len(each.met)} of {each.possible}", _bar(len(each.met), each.possible)]
        for each in survey.categories
    ]
    total = f"{survey.met} of {survey.possible} ({survey.whole_percent} %)"
    rows.append([tag("strong", "all"), total, _bar(survey.met, survey.possible)])
    yield table_of("What the tests have met", ["what", "met", "share"], rows, class_="summary")
    if survey.unknown:
        yield tag(
            "p", f"Not known to this release of pytest-lightsail: {', '.join(survey.unknown)}."
        )


def _bar(part: int, whole: int) -> Markup:
    return tag(
        "svg",
        tag("rect", class_="all", width="100%", height="100%"),
        tag("rect", class_="part", width=f"{100 * part / whole:.1f}%", height="100%"),
        class_="share",
        aria_hidden="true",
    )


def _diagrams(survey: Survey) -> Iterable[Markup]:
    yield tag("p", "Thicker lines were taken more often. Dashed ones with ×0 were never taken.")
    for name, edges in TABLES.items():
        taken = survey.coverage.edges[name]
        what = "container service" if name == "service" else name
        yield tag("h3", f"The states of a {what}")
        drawing = Markup(state_diagram(name, taken))
        yield _wide(drawing, f"State diagram of a {what}", f"diagram {name}")
        rows: list[list[Node]] = [
            [_state(edge.state), edge.trigger, _state(edge.target), _count(taken[edge_name(edge)])]
            for edge in edges
        ]
        head = ["from", "by", "to", "taken"]
        yield tag(
            "details",
            tag("summary", f"The transitions of a {what} as a table"),
            table_of(f"Transitions of a {what}", head, rows, class_="counts"),
        )


def _state(state: str) -> Node:
    return tag("em", "absent") if state == ABSENT else state


def _steps(survey: Survey) -> Markup:
    coverage = survey.coverage
    counts: Mapping[str, tuple[Iterable[str], Mapping[str, int]]] = {
        "service states": (states_of("service"), coverage.states),
        "deployment states": (states_of("deployment"), coverage.deployment_states),
        "stateDetail codes": (STATE_DETAILS, coverage.details),
    }
    tables = [
        table_of(
            f"{name}, by how often they were entered",
            ["code" if "codes" in name else "state", "entered"],
            [[tag("code", state), _count(seen.get(state, 0))] for state in possible],
            class_="counts",
        )
        for name, (possible, seen) in counts.items()
    ]
    return tag("div", *tables, class_="columns")


def _matrix(survey: Survey) -> Iterable[Markup]:
    modelled = sorted({error for row in survey.rows for error in (*row.met, *row.missing)})
    others = sorted({error for row in survey.rows for error in row.others})
    yield tag(
        "p",
        "How often each operation was answered by each error; — is not an error of the operation. "
        "Errors in ",
        tag("em", "italics"),
        " need a fault.",
    )
    head: list[Node] = ["operation", "calls"]
    head += [
        error if error in ITSELF else tag("em", error, title="by a fault alone")
        for error in (*modelled, *others)
    ]
    rows: list[list[Node]] = []
    for row in survey.rows:
        times = {**dict.fromkeys(row.missing, 0), **row.met, **row.others}
        cells = [
            _count(times[error], "not met") if error in times else tag("span", "—")
            for error in (*modelled, *others)
        ]
        rows.append([breakable(row.operation), _count(row.calls, "not called"), *cells])
    table = table_of("Operations and errors", head, rows, class_="matrix")
    yield _wide(table, "Operations and errors", "matrix")


def _count(count: int, never: str = "never") -> Markup:
    if count:
        return tag("span", f"{count}", class_="met")
    return tag("span", never, class_="missing")


def _rules(survey: Survey) -> Iterable[Markup]:
    calls, inputs = survey.coverage.service_rules, survey.coverage.input_rules
    broken = [name for name in BREAKABLE if calls[name] or inputs[name]]
    whole = [name for name in BREAKABLE if name not in broken]
    if broken:
        head = ["rule", "what it says", "calls refused", "inputs"]
        rows: list[list[Node]] = [
            [tag("code", name), _meaning(name), calls[name] or "—", inputs[name] or "—"]
            for name in broken
        ]
        yield table_of("Rules that were broken", head, rows, class_="rules")
    else:
        yield tag("p", "No test has broken a rule.")
    if whole:
        unbroken: list[list[Node]] = [[tag("code", name), _meaning(name)] for name in whole]
        title = "Rules that no test has broken"
        yield tag(
            "details",
            tag("summary", f"{len(whole)} rules that no test has broken"),
            table_of(title, ["rule", "what it says"], unbroken, class_="rules"),
        )


def _meaning(name: str) -> str:
    entry = rule(name)
    limited = limits(entry)
    return f"{entry.meaning} ({limited})" if limited and len(limited) < 60 else entry.meaning  # noqa: PLR2004


def _wide(node: Markup, label: str, kind: str) -> Markup:
    """Return what may be wider than the page; the keyboard can scroll it."""
    return tag("div", node, class_=f"wide {kind}", role="region", aria_label=label, tabindex=0)
