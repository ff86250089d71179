"""The life of a service, or of a deployment, as a drawing: SVG made of the tables of the lifecycle.

What it looks like is in ``assets/state_diagram.css``; without it the drawing can be read all the same.
Every state has ``data-state``, every edge ``data-edge``, for programs that bring it to life. A state that
is left by itself has the class ``moving``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from ..exceptions import ConfigurationError
from ..model.lifecycle import ABSENT, DEPLOYMENT_EDGES, SERVICE_EDGES, TIMELINES, Edge
from .state_layout import (
    LABEL_SIZE,
    NAME_SIZE,
    Box,
    Lane,
    Layout,
    Place,
    Point,
    arrange,
    name_boxes,
)

__all__ = ["diagram_layout", "draw", "state_diagram"]

_SERVICE_PLACES: Mapping[str, Place] = {
    ABSENT: Place(0, 1),
    "PENDING": Place(1, 1),
    "READY": Place(2, 1),
    "UPDATING": Place(3, 1),
    "RUNNING": Place(4, 1),
    "DEPLOYING": Place(3, 0),
    "DISABLED": Place(3, 2),
    "DELETING": Place(3, 3),
}
_DEPLOYMENT_PLACES: Mapping[str, Place] = {
    ABSENT: Place(0, 0),
    "ACTIVATING": Place(1, 0),
    "ACTIVE": Place(2, 0),
    "INACTIVE": Place(3, 0),
    "FAILED": Place(1, 1),
}

_MOVING = frozenset(stage.state for stages in TIMELINES.values() for stage in stages)

_FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_ROUND = 10.0
_CORNERS = {False: 5, True: 20}
"""How round a box is; it is rounder where a service does not stay."""

_HEAD = 9.0
_THICKEST = 5.0
_THINNEST = 1.3
_MANY = 10_000
_DASHED = ' stroke-dasharray="4 4"'


def state_diagram(
    *,
    deployment: bool = False,
    title: str | None = None,
    current: str | None = None,
    weights: Mapping[tuple[str, str], int] | None = None,
) -> str:
    """The state diagram as an ``<svg>`` element, with no style and no script of its own.

    Args:
        deployment: of deployments; of services if left out.
        title: what it is called by a screen reader.
        current: the state that is shown as the present one.
        weights: how often each edge was taken, by state and trigger. Lines are the thicker the more
            often; those that are missing here were taken 0 times and are dashed. If it is left out,
            nothing is counted.

    Raises:
        ConfigurationError: there is no such state or edge, or a weight is less than 0.

    >>> svg = state_diagram(current="RUNNING", weights={("READY", "deploy"): 3})
    >>> 'class="state current" data-state="RUNNING"' in svg, "deploy ×3" in svg
    (True, True)
    """
    edges = DEPLOYMENT_EDGES if deployment else SERVICE_EDGES
    if title is None:
        title = f"The states of a {'deployment' if deployment else 'container service'}"
    counts = _counts(edges, weights)
    layout = diagram_layout(deployment=deployment, weights=weights)
    if current is not None and current not in layout.boxes:
        known = ", ".join(layout.boxes)
        raise ConfigurationError(f"state_diagram: no state {current!r}; there are {known}")
    return draw(layout, title=title, current=current, counts=counts)


def diagram_layout(
    *, deployment: bool = False, weights: Mapping[tuple[str, str], int] | None = None
) -> Layout:
    """Where everything of ``state_diagram`` goes.

    Raises:
        ConfigurationError: there is no such edge, or a weight is less than 0.
    """
    edges = DEPLOYMENT_EDGES if deployment else SERVICE_EDGES
    counts = _counts(edges, weights)
    labels = {edge: edge.trigger + _times(counts.get(edge)) for edge in edges}
    return arrange(edges, _DEPLOYMENT_PLACES if deployment else _SERVICE_PLACES, labels)


def draw(
    layout: Layout, *, title: str, current: str | None = None, counts: Mapping[Edge, int]
) -> str:
    """A layout as an ``<svg>`` element. Whatever it says is text, whoever has chosen it."""
    most = max(counts.values(), default=0)
    head = (
        f'<svg class="state-diagram" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {layout.width:g} {layout.height:g}" xmlns="http://www.w3.org/2000/svg" '
        f'font-family="{_FONTS}">'
    )
    lanes = [_lane(lane, counts.get(lane.edge), most) for lane in layout.lanes]
    boxes = [_state(state, box, state == current) for state, box in layout.boxes.items()]
    return "\n".join([head, *lanes, *boxes, "</svg>"])


def _counts(
    edges: tuple[Edge, ...], weights: Mapping[tuple[str, str], int] | None
) -> dict[Edge, int]:
    if weights is None:
        return {}
    known = {(edge.state, edge.trigger): edge for edge in edges}
    for key, weight in weights.items():
        if key not in known:
            raise ConfigurationError(
                f"state_diagram: no edge {key!r}; an edge is {next(iter(known))}"
            )
        if weight < 0:
            raise ConfigurationError(f"state_diagram: {key!r} was taken {weight} times")
    return {edge: weights.get(key, 0) for key, edge in known.items()}


def _times(count: int | None) -> str:
    """How often, in few letters.

    >>> _times(None), _times(7), _times(12_345)
    ('', ' ×7', ' ×12k')
    """
    if count is None:
        return ""
    return f" ×{count}" if count < _MANY else f" ×{count // 1000}k"


def _lane(lane: Lane, count: int | None, most: int) -> str:
    edge = lane.edge
    thick = _thickness(count or 0, most)
    said = f"{edge.state}, {edge.trigger}, {edge.target}"
    never = count == 0
    before, end = lane.points[-2:]
    name = f"{edge.state} {edge.trigger} {edge.target}"
    return (
        f'<g class="edge{" never" if never else ""}" data-edge="{escape(name)}" '
        f'data-from="{escape(edge.state)}" data-to="{escape(edge.target)}">'
        f"<title>{escape(said)}{'' if count is None else f': {count} times'}</title>"
        f'<path class="line" d="{_line(lane.points)}" fill="none" stroke="currentColor" '
        f'stroke-width="{thick:.1f}"{_DASHED if never else ""}/>'
        f'<path class="head" d="{_head(before, end, thick)}" fill="currentColor"/>'
        + _text(lane.label, lane.text, LABEL_SIZE, 'class="trigger"')
        + "</g>"
    )


def _thickness(count: int, most: int) -> float:
    """From the thinnest line to the thickest; ten times as often is not ten times as thick."""
    share = math.log1p(count) / math.log1p(most) if count else 0.0
    return _THINNEST + (_THICKEST - _THINNEST) * share


def _line(points: tuple[Point, ...]) -> str:
    """A path along the points, round at its corners, that ends where the arrowhead begins."""
    *_, before, end = points
    points = (*points[:-1], _back(end, before, _HEAD - 1))
    path = f"M{points[0].x:g} {points[0].y:g}"
    for last, corner, following in zip(points, points[1:], points[2:], strict=False):
        begin, finish = _back(corner, last, _ROUND), _back(corner, following, _ROUND)
        path += f"L{begin.x:g} {begin.y:g}Q{corner.x:g} {corner.y:g} {finish.x:g} {finish.y:g}"
    return f"{path}L{points[-1].x:g} {points[-1].y:g}"


def _back(start: Point, towards: Point, distance: float) -> Point:
    """The point that far from ``start``, straight on, upright or level, towards another."""
    length = math.dist(start, towards)
    along = distance / length
    return Point(
        start.x + (towards.x - start.x) * along,
        start.y + (towards.y - start.y) * along,
    )


def _head(before: Point, end: Point, thick: float) -> str:
    base = _back(end, before, _HEAD)
    half = 0.4 + 0.1 * thick  # of its length
    across = Point((end.y - base.y) * half, (end.x - base.x) * half)
    one = Point(base.x + across.x, base.y - across.y)
    two = Point(base.x - across.x, base.y + across.y)
    return f"M{end.x:g} {end.y:g}L{one.x:g} {one.y:g}L{two.x:g} {two.y:g}Z"


def _state(state: str, box: Box, here: bool) -> str:  # noqa: FBT001 - it is drawn so or so
    style = ' stroke-dasharray="6 4"' if state == ABSENT else ""
    more = (" moving" if state in _MOVING else "") + (" current" if here else "")
    name, note = name_boxes(state, box)
    return (
        f'<g class="state{more}" data-state="{escape(state)}">'
        f'<rect x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}" '
        f'rx="{_CORNERS[state in _MOVING]}" fill="none" stroke="currentColor" '
        f'stroke-width="{3 if here else 1.5}"{style}/>'
        + _text(state, name, NAME_SIZE, 'class="name" font-weight="bold"')
        + _text("now" if here else "", note, LABEL_SIZE, 'class="note"')
        + "</g>"
    )


def _text(text: str, box: Box, size: float, more: str) -> str:
    x, y = box.middle
    # A third of the size is about half the height of letters.
    return (
        f'<text x="{x:g}" y="{y + size / 3:g}" font-size="{size:g}" text-anchor="middle" '
        f'fill="currentColor" {more}>{escape(text)}</text>'
    )
