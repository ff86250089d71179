"""Draw the state diagrams of the pages as SVG, in the style of the live page and the report."""

from __future__ import annotations

import re

from pytest_lightsail.model.lifecycle import (
    ABSENT,
    CERTIFICATE_EDGES,
    DEPLOYMENT_EDGES,
    SERVICE_EDGES,
)
from pytest_lightsail.simulation.control import asset

__all__ = ["svg"]

_EDGE = re.compile(r"(\S+) --> (\S+): (\S+)")


def svg(text: str) -> str:
    """Return the picture of a Mermaid state diagram.

    Raises:
        ValueError: no table has the edges of the diagram.
    """
    found = _EDGE.findall(text.replace("[*]", ABSENT))
    for table, edges in (
        ("service", SERVICE_EDGES),
        ("deployment", DEPLOYMENT_EDGES),
        ("certificate", CERTIFICATE_EDGES),
    ):
        if {(edge.state, edge.target, edge.trigger) for edge in edges} == set(found):
            drawing = asset(f"states_{table}.svg")
            return re.sub(r">\s+|\s+<", lambda blank: blank[0].strip(), drawing)
    raise ValueError(f"no lifecycle table has these edges: {found}")
