"""The lifecycle tables as state diagrams: drawings by hand, with counts filled in.

The drawings are ``assets/states_*.svg``, and ``assets/state_diagram.css`` is their style. Each state has
``data-state``, each edge ``data-edge``. The labels leave room for counts of five characters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.resources import files
from xml.etree import ElementTree as ET

from . import __name__ as reporting

__all__ = ["asset", "state_diagram"]

_SVG = "http://www.w3.org/2000/svg"
_THINNEST, _THICKEST = 1.3, 5.0
_MANY = 10_000


def asset(name: str) -> str:
    """Return the text of a file in ``assets``."""
    return (files(reporting) / "assets" / name).read_text(encoding="utf-8")


def state_diagram(table: str, counts: Mapping[str, int] | None = None) -> str:
    """Return the state diagram of a lifecycle table as an ``<svg>`` element.

    Args:
        table: ``service``, ``deployment`` or ``certificate``.
        counts: how often each edge was taken, such as ``{"READY deploy DEPLOYING": 3}``. Thicker lines
            were taken more often; edges that are missing here were never taken, and are dashed.

    >>> "deploy ×3" in state_diagram("service", {"READY deploy DEPLOYING": 3})
    True
    """
    drawing = asset(f"states_{table}.svg")
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
