"""The report of a run as one page that needs nothing beside it: no file, no network, no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model.service import load
from ..output_files import GENERATOR, write_output
from .coverage import Coverage
from .coverage_survey import survey
from .html_coverage import coverage_sections
from .html_tests import Budget, test_sections
from .markup import Markup, tag
from .state_diagram import asset

__all__ = ["PAGE", "report_page", "write_html"]

PAGE = "index.html"

_STYLES = ("theme.css", "report.css", "state_diagram.css", "trace.css")
_SCRIPT = "report.js"


def write_html(
    document: Mapping[str, Any], tests: Sequence[Mapping[str, Any]], directory: Path
) -> Path:
    """Write the report of a run, and give its path: ``index.html`` in ``directory``, which is made.

    Args:
        document: the coverage, as ``Coverage.document`` gives it.
        tests: what became of each test, as ``recording.traces`` gives it.
        directory: where to write.
    """
    path = directory / PAGE
    write_output(path, report_page(document, tests))
    return path


def report_page(
    document: Mapping[str, Any],
    tests: Sequence[Mapping[str, Any]],
    budget: Budget = Budget(),  # noqa: B008 - it cannot be changed
) -> str:
    """The page as text: the same for the same arguments."""
    coverage = Coverage.from_document(document)
    found = survey(coverage, load())
    sections = [*coverage_sections(found), *test_sections(tests, budget)]
    released = f" Service model of botocore {document['botocore']}." if document["botocore"] else ""
    style, script = Markup("\n".join(map(asset, _STYLES))), Markup(asset(_SCRIPT))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="generator", content=GENERATOR),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", "Lightsail coverage"),
        tag("style", style),
    )
    body = tag(
        "body",
        tag("a", "Skip to the content", href="#main", class_="skip"),
        tag(
            "header",
            tag("h1", "Lightsail coverage"),
            tag(
                "p",
                f"{found.whole_percent} % of what Amazon Lightsail container services do was met by "
                f"the tests.{released}",
            ),
            tag(
                "nav",
                *(tag("a", each.title, href=f"#{each.name}") for each in sections),
                aria_label="Sections",
            ),
        ),
        tag("main", *(each.markup for each in sections), id="main", tabindex=-1),
        tag("script", script),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, nothing runs, but for what the page itself brings."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
