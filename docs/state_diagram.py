"""Draws the state diagrams of the pages as SVG, as the live page and the report draw them.

What is connected comes from the page, which is generated from the tables of the simulator; where that of
certificates has its states is said here.
"""

from __future__ import annotations

import re

from pytest_lightsail.model.lifecycle import (
    ABSENT,
    CERTIFICATE_EDGES,
    DEPLOYMENT_EDGES,
    SERVICE_EDGES,
)
from pytest_lightsail.reporting.state_diagram import diagram_layout, draw
from pytest_lightsail.reporting.state_layout import Layout, Place, arrange

__all__ = ["svg"]

_EDGE = re.compile(r"(\S+) --> (\S+): (\S+)")

_CERTIFICATE_PLACES = {
    ABSENT: Place(0, 1),
    "PENDING_VALIDATION": Place(1, 1),
    "ISSUED": Place(2, 1),
    "EXPIRED": Place(3, 1),
    "FAILED": Place(1, 0),
    "REVOKED": Place(2, 0),
    "VALIDATION_TIMED_OUT": Place(1, 2),
}


def _certificates() -> Layout:
    labels = {edge: edge.trigger for edge in CERTIFICATE_EDGES}
    return arrange(CERTIFICATE_EDGES, _CERTIFICATE_PLACES, labels)


_LAYOUTS = {
    SERVICE_EDGES: diagram_layout,
    DEPLOYMENT_EDGES: lambda: diagram_layout(deployment=True),
    CERTIFICATE_EDGES: _certificates,
}


def svg(text: str) -> str:
    """The picture of a Mermaid state diagram.

    Raises:
        ValueError: its edges are those of no table.
    """
    told = _EDGE.findall(text.replace("[*]", ABSENT))
    for edges, layout in _LAYOUTS.items():
        if {(edge.state, edge.target, edge.trigger) for edge in edges} == set(told):
            title = "; ".join(f"{begin} to {end}: {trigger}" for begin, end, trigger in told)
            return draw(layout(), title=title, counts={})
    raise ValueError(f"no table of the lifecycle has these edges: {told}")
