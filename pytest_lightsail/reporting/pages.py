"""The files of pages in ``assets``, state diagrams, and the page of a server at ``/_lightsail/``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template
from xml.etree import ElementTree as ET

from ..model.lifecycle import STATE_DETAILS, STUCK, TIMELINES
from ..simulator.faults import FAULTS
from ..simulator.operations import OPERATIONS
from ..simulator.scenario import VERBS
from ..simulator.wire import STATUS
from . import __name__ as reporting

__all__ = ["asset", "live_page", "state_diagram"]


def asset(name: str) -> str:
    """Return the text of a file in ``assets``."""
    return (files(reporting) / "assets" / name).read_text(encoding="utf-8")


# --- state diagrams ------------------------------------------------------------------------------

# The drawings are ``assets/states_*.svg``. Each state has ``data-state``, each edge ``data-edge``; labels
# leave room for counts of five characters.
_SVG = "http://www.w3.org/2000/svg"
_THINNEST, _THICKEST = 1.3, 5.0
_MANY = 10_000


def state_diagram(table: str, counts: Mapping[str, int] | None = None) -> str:
    """Return the state diagram of a lifecycle table as an ``<svg>`` element.

    Args:
        table: ``service``, ``deployment`` or ``certificate``.
        counts: how often each edge was taken, such as ``{"READY deploy DEPLOYING": 3}``. Thicker lines
            were taken more often; edges that are missing here were never taken, and are dashed.

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
        # Ten times as often is not ten times as thick.
        share = math.log1p(count) / math.log1p(most)
        line.set("stroke-width", f"{_THINNEST + (_THICKEST - _THINNEST) * share:.1f}")
    else:
        line.set("stroke-dasharray", "4 4")
        edge.set("class", "edge never")


# --- the page of a server -------------------------------------------------------------------------

_TYPES: Mapping[str, str] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_INDEX = "index.html"
_STYLES = ("theme.css", "page.css", "state_diagram.css")
_FILES = (*_STYLES, "page.js", "server.js", "view.js", "icon.svg")
_ACRONYMS = {"dns", "json"}
_SLOW = 90
"""Seconds, longer than most clients wait."""


def live_page() -> dict[str, tuple[str, bytes]]:
    """Return the files of the page by name: their types and bytes. The page itself has no name."""
    plain = [("fault", name) for name, arguments in FAULTS.items() if not arguments]
    with_arguments = [name for name, arguments in FAULTS.items() if arguments]
    page = Template(asset(_INDEX)).substitute(
        diagram=state_diagram("service"),
        faults="".join(
            f'<button type="button" data-step="{verb}" data-fault="{name}">{_words(name)}</button>'
            for verb, name in (*plain, ("answer_lost", "answer_lost"))
        ),
        faults_with_arguments="".join(map(_form_of_fault, with_arguments)),
        failing_steps=_options(_details("deploy")),
        operations=_options(sorted(OPERATIONS)),
        steps="".join(map(_steps, dict.fromkeys(each[0].state for each in TIMELINES.values()))),
    )
    documents = {"": page, **{name: asset(name) for name in _FILES}}
    return {
        name: (_TYPES[(name or _INDEX).rpartition(".")[2]], text.encode())
        for name, text in documents.items()
    }


def _details(event: str) -> list[str]:
    return [stage.detail for stage in TIMELINES[event] if stage.detail is not None]


def _steps(state: str) -> str:
    """Return the codes of ``stateDetail`` that a state goes through, or stays with."""
    events = [event for event, stages in TIMELINES.items() if stages[0].state == state]
    codes = [
        *(STUCK if "create" in events else ()),
        *(code for one in events for code in _details(one)),
    ]
    items = "".join(
        f'<li data-detail="{code}" title="{escape(STATE_DETAILS[code])}">{code}</li>'
        for code in dict.fromkeys(codes)
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
    """Return a name as people write it.

    >>> _words("dns_failure"), _words("slow_answer")
    ('DNS failure', 'Slow answer')
    """
    words = [word.upper() if word in _ACRONYMS else word for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])
