"""Create the live HTML page of a server, and state diagrams."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from string import Template

from ..simulator.faults import PLAIN_FAULTS
from . import __name__ as reporting

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


def asset(name: str) -> str:
    """Return the text of a file in ``assets``."""
    return (files(reporting) / "assets" / name).read_text(encoding="utf-8")


def state_diagram(table: str) -> str:
    """Return the state diagram of services, deployments or certificates as an ``<svg>`` element."""
    return re.sub(r">\s+|\s+<", lambda blank: blank[0].strip(), asset(f"states_{table}.svg"))


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
    )
    documents = {"": page, **{name: asset(name) for name in _FILES}}
    return {
        name: (_TYPES[(name or "index.html").rpartition(".")[2]], text.encode())
        for name, text in documents.items()
    }
