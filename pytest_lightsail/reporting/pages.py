"""The HTML pages: the report of a run, including state diagrams, and the page of a server.

The files of both pages are in ``assets``. All inserted values are escaped, except those that are
HTML. The report works without other files and without a network.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import zip_longest
from string import Template
from typing import TypedDict
from xml.etree import ElementTree as ET

from ..exceptions import plural
from ..model.catalogue import rule
from ..model.lifecycle import STATE_DETAILS, STUCK, TIMELINES
from ..model.rule import limits
from ..simulator.faults import FAULTS
from ..simulator.operations import OPERATIONS
from ..simulator.scenario import VERBS
from ..simulator.wire import STATUS
from . import __name__ as reporting
from .coverage import (
    TABLES,
    Survey,
    called_by_tests,
    operations_table,
    states_table,
    totals_table,
)


def asset(name: str) -> str:
    """Return the text of a file in ``assets``."""
    return (files(reporting) / "assets" / name).read_text(encoding="utf-8")


# --- state diagrams ------------------------------------------------------------------------------

# The drawings are ``assets/states_*.svg``. Each state has a ``data-state`` attribute, and each edge
# a ``data-edge`` attribute. Labels leave room for counts of up to five characters.
_SVG = "http://www.w3.org/2000/svg"
_THINNEST, _THICKEST = 1.3, 5.0
_MANY = 10_000


def state_diagram(table: str, counts: Mapping[str, int] | None = None) -> str:
    """Return the state diagram for a lifecycle table as an ``<svg>`` element.

    Args:
        table: ``service``, ``deployment`` or ``certificate``.
        counts: how often each edge was taken, such as ``{"READY deploy DEPLOYING": 3}``. The more
            often an edge was taken, the thicker its line is. An edge that was never taken is
            dashed.

    >>> "deploy ×3" in state_diagram("service", {"READY deploy DEPLOYING": 3})
    True
    """
    drawing = re.sub(r">\s+|\s+<", lambda blank: blank[0].strip(), asset(f"states_{table}.svg"))
    if counts is None:
        return drawing
    ET.register_namespace("", _SVG)
    root = ET.fromstring(drawing)  # noqa: S314 - our own file
    most = max(counts.values(), default=0)
    for edge in root.iterfind(f"{{{_SVG}}}g[@data-edge]"):
        _fill(edge, counts.get(edge.attrib["data-edge"], 0), most)
    return ET.tostring(root, encoding="unicode")


def _fill(edge: ET.Element, count: int, most: int) -> None:
    for name, text in (
        ("title", f": {count} times"),
        ("text", f" ×{count}" if count < _MANY else f" ×{count // 1000}k"),
    ):
        for element in edge.iter(f"{{{_SVG}}}{name}"):
            element.text = f"{element.text}{text}"
    line = edge.find(f"{{{_SVG}}}path[@class='line']")
    if line is None:
        return
    if count:
        # Use a logarithmic scale, because counts differ by orders of magnitude.
        share = math.log1p(count) / math.log1p(most)
        line.set("stroke-width", f"{_THINNEST + (_THICKEST - _THINNEST) * share:.1f}")
    else:
        line.set("stroke-dasharray", "4 4")
        edge.set("class", "edge never")


# --- the report of a run -------------------------------------------------------------------------

PAGE = "index.html"

MOST_LINES = 1000
"""The maximum number of lines of a timeline on the page."""

LARGEST = 4_000_000
"""The maximum length of all timelines together, so that the page opens quickly even after many
tests."""

_MOST_LISTED = 10
_LONGEST_LIMIT = 60
_SIGNS: Mapping[str, str] = {"failed": "✗", "passed": "✓", "skipped": "○"}
"""The outcomes, in the order in which the page lists tests."""

_STYLES = ("theme.css", "report.css", "state_diagram.css")


class Test(TypedDict):
    """A test that used simulated accounts.

    ``accounts`` is the number of accounts, and ``longest`` the longest virtual time of one. The
    timeline and the numbers of calls are those of the last account in which anything happened.
    """

    test: str
    outcome: str
    accounts: int
    longest: float
    calls: int
    wrong: int
    timeline: str


def report_page(found: Survey, tests: Iterable[Test], largest: int = LARGEST) -> str:
    """Return the page as HTML. The same arguments always give the same HTML.

    Args:
        found: the coverage.
        tests: the tests, in any order.
        largest: the maximum number of characters of all timelines together.
    """
    counts = found.coverage
    style, script = "\n".join(map(asset, _STYLES)), asset("report.js")
    order = list(_SIGNS)
    tests = sorted(
        tests, key=lambda test: (order.index(test["outcome"]), -test["longest"], test["test"])
    )
    outcomes = Counter(test["outcome"] for test in tests)
    rules, unbroken = found.categories["rules broken"], found.missing("rules broken")
    numbers_of_rules = (counts.service_rules, counts.input_rules)
    holes: dict[str, object] = {
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "percent": int(found.percent),
        "botocore": escape(", ".join(sorted(counts.releases))) or "unknown",
        "coverage": _table("What the tests reached", *totals_table(found))
        + _paragraph("Never called", ", ".join(found.missing("operations")))
        + _paragraph("Note", "; ".join(called_by_tests(found)))
        + _paragraph("Not known to this release of pytest-lightsail", ", ".join(found.unknown)),
        "details": _table(
            "stateDetail codes",
            ("code", "entered"),
            [(code, counts.details[code] or "-") for code in STATE_DETAILS],
        ),
        "operations": _table("Operations and errors", *operations_table(found)),
        "broken": _table(
            "Rules that were broken",
            ("rule", "what it says", "calls refused", "inputs"),
            [
                (name, _meaning(name), *(each[name] or "-" for each in numbers_of_rules))
                for name, times in rules.items()
                if times
            ],
        ),
        "unbroken_count": plural(len(unbroken), "rule"),
        "unbroken": _table(
            "Rules that no test has broken",
            ("rule", "what it says"),
            [(name, _meaning(name)) for name in unbroken],
        ),
        "faults": _table(
            "Faults that hit calls", ("fault", "calls hit"), sorted(counts.faults.items())
        ),
        "longest": _longest(tests),
        "tests": plural(len(tests), "test"),
        "outcomes": "".join(f", {outcomes[one]} {one}" for one in order if outcomes[one]),
        "timelines": _timelines(tests, largest),
    }
    for name in TABLES:
        what = "container service" if name == "service" else name
        holes[f"{name}_diagram"] = state_diagram(name, counts.edges[name])
        holes[f"{name}_states"] = _table(f"States of a {what}", *states_table(name, found))
    return Template(asset("report.html")).substitute(holes)


def _hash(text: str) -> str:
    """Return the source expression that allows a script or style in a content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _paragraph(title: str, text: str) -> str:
    return f"<p>{title}: {escape(text)}.</p>" if text else ""


def _table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    links: Sequence[int] = (),
) -> str:
    """Return a table. ``links`` are the numbers of the tests to which the first cells link."""
    written = ""
    for row, number in zip_longest(rows, links):
        name, *cells = (escape(str(cell)) for cell in row)
        name = name if number is None else f'<a href="#test-{number}">{name}</a>'
        written += f'<tr><th scope="row">{name}</th>'
        written += f"{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    if not written:
        return "<p>None.</p>"
    titles = "".join(
        f'<th scope="col"><span>{escape(cell)}</span></th>' if cell else "<td></td>"
        for cell in head
    )
    return (
        f"<table><caption>{caption}</caption><thead><tr>{titles}</tr></thead>"
        f"<tbody>{written}</tbody></table>"
    )


def _meaning(name: str) -> str:
    entry = rule(name)
    limited = limits(entry)
    return f"{entry.meaning} ({limited})" if 0 < len(limited) < _LONGEST_LIMIT else entry.meaning


def _longest(tests: Sequence[Test]) -> str:
    numbers = sorted(range(len(tests)), key=lambda at: (-tests[at]["longest"], tests[at]["test"]))[
        :_MOST_LISTED
    ]
    rows = [(tests[at]["test"], _time(tests[at]["longest"]), tests[at]["calls"]) for at in numbers]
    head = ("test", "virtual time", "calls")
    return _table("Tests that take the most virtual time", head, rows, [at + 1 for at in numbers])


def _timelines(tests: Sequence[Test], largest: int) -> str:
    """Return a section for each test. After ``largest`` characters, omit the timelines."""
    parts = []
    for number, test in enumerate(tests, 1):
        largest -= len(test["timeline"])
        parts.append(_test(test, number, whole=largest >= 0))
    return "".join(parts)


def _test(test: Test, number: int, *, whole: bool) -> str:
    outcome, name = test["outcome"], escape(test["test"])
    facts = [_time(test["longest"]), plural(test["calls"], "call")]
    if test["accounts"] > 1:
        facts.append(f"{test['accounts']} accounts, the last is shown")
    if test["wrong"]:
        facts.append(f"{test['wrong']} refused, failed or hit by a fault")
    timeline = '<p class="quiet">Left out, because the page would become too large.</p>'
    if whole:
        # The tab index lets keyboard users scroll a timeline that is wider than the page.
        about = f'role="region" aria-label="Timeline of {name}" tabindex="0"'
        timeline = f"<pre {about}>{escape(test['timeline'])}</pre>"
    return (
        f'<details data-outcome="{outcome}"><summary>'
        f'<span class="outcome {outcome}">{_SIGNS[outcome]} {outcome}</span> '
        f'<span class="name">{name}</span> <span class="quiet">{", ".join(facts)}</span></summary>'
        f'<div id="test-{number}" class="trace">{timeline}</div></details>\n'
    )


def _time(seconds: float) -> str:
    """Return a virtual duration as a string.

    >>> _time(95), _time(7384.5)
    ('0:01:35.0', '2:03:04.5')
    """
    minutes, left = divmod(seconds, 60)
    return f"{minutes // 60:.0f}:{minutes % 60:02.0f}:{left:04.1f}"


# --- the page of a server ------------------------------------------------------------------------

_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_FILES = (
    *("theme.css", "page.css", "state_diagram.css"),
    *("page.js", "server.js", "view.js", "icon.svg"),
)
_ACRONYMS = {"dns", "json"}
_SLOW = 90
"""A delay, in seconds, that is longer than most clients wait."""


def live_page() -> dict[str, tuple[str, bytes]]:
    """Return the type and bytes of each of the page's files by name. The page itself is ``""``."""
    plain = [("fault", name) for name, arguments in FAULTS.items() if not arguments]
    page = Template(asset(PAGE)).substitute(
        diagram=state_diagram("service"),
        faults="".join(
            f'<button type="button" data-step="{verb}" data-fault="{name}">{_words(name)}</button>'
            for verb, name in (*plain, ("answer_lost", "answer_lost"))
        ),
        faults_with_arguments="".join(
            _form_of_fault(name) for name, arguments in FAULTS.items() if arguments
        ),
        failing_steps=_options(_details("deploy")),
        operations=_options(sorted(OPERATIONS)),
        steps="".join(map(_steps, dict.fromkeys(each[0].state for each in TIMELINES.values()))),
    )
    documents = {"": page, **{name: asset(name) for name in _FILES}}
    return {
        name: (_TYPES[(name or PAGE).rpartition(".")[2]], text.encode())
        for name, text in documents.items()
    }


def _details(event: str) -> list[str]:
    return [stage.detail for stage in TIMELINES[event] if stage.detail is not None]


def _steps(state: str) -> str:
    """Return an HTML list of the ``stateDetail`` codes that occur in a state."""
    events = [event for event, stages in TIMELINES.items() if stages[0].state == state]
    codes = [code for event in events for code in _details(event)]
    items = "".join(
        f'<li data-detail="{code}" title="{escape(STATE_DETAILS[code])}">{code}</li>'
        for code in dict.fromkeys([*(STUCK if "create" in events else ()), *codes])
    )
    return f'<ol class="steps" data-steps-of="{state}" hidden>{items}</ol>' if items else ""


def _form_of_fault(name: str) -> str:
    inputs = "".join(_input(name, argument) for argument in FAULTS[name])
    return (
        f'<form class="with-arguments" data-step="fault" data-fault="{name}">'
        f"{inputs}<button>{_words(name)}</button></form>"
    )


def _input(fault: str, argument: str) -> str:
    about = f'id="{fault}-{argument}" data-argument="{argument}"'
    label = f'<label for="{fault}-{argument}">{_words(f"{fault}_{argument}")}</label>'
    if argument == "seconds":
        field = f'<input {about} type="number" min="0" step="any" value="{_SLOW}" required>'
    elif argument == "code":
        field = f"<select {about}>{_options(sorted(STATUS))}</select>"
    else:
        default = VERBS["fault"].arguments[argument].default or ""
        field = f'<input {about} type="text" value="{escape(default)}" autocomplete="off">'
    return f"<div>{label}{field}</div>"


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{value}</option>" for value in values)


def _words(name: str) -> str:
    """Split a name into words.

    >>> _words("dns_failure"), _words("slow_answer")
    ('DNS failure', 'Slow answer')
    """
    words = [word.upper() if word in _ACRONYMS else word for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])
