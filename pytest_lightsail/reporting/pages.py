"""Create the live HTML page of a server, and state diagrams."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from importlib.resources import files
from string import Template

from ..model.lifecycle import STATE_DETAILS, STUCK, TIMELINES
from ..simulator.faults import PLAIN_FAULTS
from ..simulator.operations import OPERATIONS
from . import __name__ as reporting


def asset(name: str) -> str:
    """Return the text of a file in ``assets``."""
    return (files(reporting) / "assets" / name).read_text(encoding="utf-8")


def state_diagram(table: str) -> str:
    """Return the state diagram of services, deployments or certificates as an ``<svg>`` element."""
    return re.sub(r">\s+|\s+<", lambda blank: blank[0].strip(), asset(f"states_{table}.svg"))


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


def live_page() -> dict[str, tuple[str, bytes]]:
    """Return the content type and the content of each file of the live page, by file name.

    The name of the page itself is an empty string.
    """
    page = Template(asset("index.html")).substitute(
        diagram=state_diagram("service"),
        faults="".join(
            f'<button type="button" data-fault="{name}">{name}</button>'
            for name in (*PLAIN_FAULTS, "answer_lost")
        ),
        failing_steps=_options(_details("deploy")),
        operations=_options(sorted(OPERATIONS)),
        steps="".join(map(_steps, dict.fromkeys(each[0].state for each in TIMELINES.values()))),
    )
    documents = {"": page, **{name: asset(name) for name in _FILES}}
    return {
        name: (_TYPES[(name or "index.html").rpartition(".")[2]], text.encode())
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


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{value}</option>" for value in values)
