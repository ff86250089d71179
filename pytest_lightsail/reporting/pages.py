"""Parts of pages: elements of HTML and SVG, the files in ``assets``, and state diagrams.

What is not markup already is text, and is escaped.

>>> str(tag("p", "1 < 2", class_="note"))
'<p class="note">1 &lt; 2</p>'
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree as ET

from . import __name__ as reporting

__all__ = [
    "Markup",
    "Node",
    "Section",
    "asset",
    "join",
    "section",
    "state_diagram",
    "table_of",
    "tag",
]

_VOID = frozenset({"br", "hr", "input", "meta"})


class Markup(str):
    """Text that is HTML: it is put into a page as it is."""

    __slots__ = ()


Node: TypeAlias = "str | int | None"
"""Part of a page: markup as it is, other text escaped, ``None`` nothing."""


def join(*nodes: Node) -> Markup:
    """Return nodes one after the other."""
    return Markup(
        "".join(
            node if isinstance(node, Markup) else escape(str(node))
            for node in nodes
            if node is not None
        )
    )


def tag(name: str, /, *nodes: Node, **attributes: str | float | bool | None) -> Markup:
    """Return an element.

    Args:
        name: its name.
        nodes: what it contains.
        attributes: ``class_`` is ``class``, ``data_test`` is ``data-test``; ``True`` is an attribute
            without a value, ``False`` and ``None`` are left out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*nodes)}</{name}>")


class Section(NamedTuple):
    """A section of a page: its id, its title, and all of it."""

    name: str
    title: str
    markup: Markup


def section(name: str, title: str, *nodes: Node) -> Section:
    """Return a section of a page that links can lead to."""
    return Section(name, title, tag("section", tag("h2", title), *nodes, id=name))


def table_of(
    caption: str, head: Sequence[Node], rows: Sequence[Sequence[Node]], *, class_: str = ""
) -> Markup:
    """Return a table whose rows are named by their first cell."""
    return tag(
        "table",
        tag("caption", caption),
        tag(
            "thead",
            tag(
                "tr",
                *(
                    tag("th", tag("span", cell), scope="col") if cell else tag("td")
                    for cell in head
                ),
            ),
        ),
        tag(
            "tbody",
            *(
                tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:]))
                for row in rows
            ),
        ),
        class_=class_ or None,
    )


# --- files ---------------------------------------------------------------------------------------


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
