"""Draws the state diagrams of the pages as SVG, when they are built.

What is connected comes from the page, which is generated from the tables of the simulator. Where a state
stands is said here; a state without a place is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

__all__ = ["svg"]

_EDGE = re.compile(r"(\S+) --> (\S+): (\S+)")
_BEGIN, _END = "begin", "end"

_PLACES = {
    ("PENDING", "DEPLOYING"): {
        _BEGIN: (12, 240),
        "PENDING": (124, 240),
        "READY": (465, 30),
        "DEPLOYING": (322, 240),
        "RUNNING": (465, 450),
        "UPDATING": (612, 240),
        "DISABLED": (790, 240),
        "DELETING": (790, 30),
        _END: (920, 30),
    },
    ("ACTIVATING",): {
        _BEGIN: (12, 30),
        "ACTIVATING": (190, 30),
        "ACTIVE": (430, 30),
        "INACTIVE": (660, 30),
        "FAILED": (430, 110),
    },
    ("PENDING_VALIDATION",): {
        _BEGIN: (12, 120),
        "PENDING_VALIDATION": (210, 120),
        "ISSUED": (520, 50),
        "FAILED": (520, 120),
        "VALIDATION_TIMED_OUT": (520, 200),
        "EXPIRED": (760, 20),
        "REVOKED": (760, 90),
    },
}
_BENDS = {("RUNNING", "DELETING"): 285.0, ("PENDING", "READY"): -20.0}
"""How far the middle of an edge is pushed aside; two edges between the same states part by themselves."""
_PART = 34.0
_HEIGHT, _MARGIN = 34, 24
_LETTER = 8.6
"""The width of a letter, which only a browser would know."""
_LONGEST = 14
"""Letters of a label in one line."""
_MARKER = (
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7"'
    ' markerHeight="7" orient="auto-start-reverse"><path d="M0 0L10 5L0 10z"/></marker></defs>'
)


class _Box(NamedTuple):
    x: float
    y: float
    width: float
    height: float


def svg(text: str) -> str:
    """The picture of a Mermaid state diagram.

    Raises:
        ValueError: it has a state that has no place.
    """
    edges: dict[tuple[str, str], list[str]] = {}
    for begin, end, label in _EDGE.findall(text):
        ends = (_BEGIN if begin == "[*]" else begin, _END if end == "[*]" else end)
        edges.setdefault(ends, []).append(label)
    states = {state for ends in edges for state in ends}
    boxes = {state: _box(state, *place) for state, place in _places(states).items()}
    lines = [line for ends, labels in edges.items() for line in _edge(ends, labels, edges, boxes)]
    width = max(box.x + box.width / 2 for box in boxes.values()) + _MARGIN
    height = max(box.y + box.height / 2 for box in boxes.values()) + _MARGIN
    words = "; ".join(
        f"{begin} to {end}: {', '.join(labels)}" for (begin, end), labels in edges.items()
    )
    head = (
        f'<svg class="state-diagram" role="img" viewBox="0 0 {width:g} {height:g}"'
        f' style="max-width: {width:g}px" aria-label="{escape(words)}">'
    )
    return "\n".join(
        [
            head,
            _MARKER,
            *(line for line in lines if line.startswith("<path")),
            *(_drawn(state, box) for state, box in boxes.items()),
            *(line for line in lines if not line.startswith("<path")),
            "</svg>",
        ]
    )


def _places(states: set[str]) -> dict[str, tuple[int, int]]:
    for signs, places in _PLACES.items():
        if states.issuperset(signs):
            missing = states - places.keys()
            if missing:
                raise ValueError(
                    f"docs/state_diagram.py has no place for {', '.join(sorted(missing))}"
                )
            return {state: place for state, place in places.items() if state in states}
    raise ValueError(f"docs/state_diagram.py knows no diagram of {', '.join(sorted(states))}")


def _box(state: str, x: float, y: float) -> _Box:
    if state in {_BEGIN, _END}:
        return _Box(x, y, 18, 18)
    return _Box(x, y, len(state) * _LETTER + 28, _HEIGHT)


def _drawn(state: str, box: _Box) -> str:
    if state in {_BEGIN, _END}:
        ring = f'<circle class="ring" cx="{box.x}" cy="{box.y}" r="9"/>' if state == _END else ""
        return f'{ring}<circle class="dot" cx="{box.x}" cy="{box.y}" r="{6 if ring else 8}"/>'
    left, top = box.x - box.width / 2, box.y - box.height / 2
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{box.width:g}" height="{box.height:g}" rx="8"/>'
        f'<text class="state" x="{box.x:g}" y="{box.y + 5:g}">{escape(state)}</text>'
    )


def _edge(
    ends: tuple[str, str],
    labels: list[str],
    edges: dict[tuple[str, str], list[str]],
    boxes: dict[str, _Box],
) -> Iterator[str]:
    begin, end = (boxes[state] for state in ends)
    bend = _BENDS.get(ends, _PART if (ends[1], ends[0]) in edges else 0.0)
    middle_x, middle_y = (begin.x + end.x) / 2, (begin.y + end.y) / 2
    length = ((end.x - begin.x) ** 2 + (end.y - begin.y) ** 2) ** 0.5
    across = (-(end.y - begin.y) / length, (end.x - begin.x) / length)
    control = (middle_x + across[0] * bend * 2, middle_y + across[1] * bend * 2)
    start, stop = _border(begin, *control), _border(end, *control)
    yield (
        f'<path d="M{start[0]:.1f} {start[1]:.1f} Q{control[0]:.1f} {control[1]:.1f}'
        f' {stop[0]:.1f} {stop[1]:.1f}" marker-end="url(#arrow)"/>'
    )
    x = (start[0] + 2 * control[0] + stop[0]) / 4
    shown = [line for label in labels for line in _lines(label)]
    y = (start[1] + 2 * control[1] + stop[1]) / 4 - (len(shown) - 1) * 8 + 4
    for number, label in enumerate(shown):
        yield f'<text class="edge" x="{x:.1f}" y="{y + number * 16:.1f}">{escape(label)}</text>'


def _lines(label: str) -> list[str]:
    head, hyphen, tail = label.rpartition("-")
    return [label] if len(label) < _LONGEST or not head else [f"{head}{hyphen}", tail]


def _border(box: _Box, x: float, y: float) -> tuple[float, float]:
    """Where the line from the middle of a box to a point leaves it."""
    dx, dy = x - box.x, y - box.y
    scale = min(
        box.width / 2 / abs(dx) if dx else float("inf"),
        box.height / 2 / abs(dy) if dy else float("inf"),
    )
    return box.x + dx * scale, box.y + dy * scale
