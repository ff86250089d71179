"""Where the boxes, arrows and labels of a state diagram go.

States stand on a grid: one row is the way that all of them go, others stand above and below it. Whatever
can change between two states runs side by side, in lanes of its own, so that no arrow crosses another and
no label is written over anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from ..model.lifecycle import ABSENT, Edge

__all__ = [
    "LABEL_SIZE",
    "NAME_SIZE",
    "Box",
    "Lane",
    "Layout",
    "Place",
    "Point",
    "arrange",
    "name_boxes",
]

NAME_SIZE = 14.0
LABEL_SIZE = 12.0
_ADVANCE = 0.61
"""Width of a letter of a monospaced font, by its size: none in use has wider ones."""

_MARGIN = 10.0
_PITCH = 27.0
"""From one lane to the next, with a label between them."""
_PORTS = 26.0
"""From one vertical lane to the next, without one."""
_LIFT = 4.0
"""From a label to the line below it, or beside it."""
_SPARE = 32.0
"""What a line is longer than its label; its arrowhead is drawn there."""
_INSET = 22.0
"""From the corner of a box to its first line."""
_LOWEST = 52.0
_ROW_GAP = 38.0
_NOTE = "now, 10 more"
"""As long as a note becomes."""


class Point(NamedTuple):
    """A point; ``y`` grows downwards."""

    x: float
    y: float


class Place(NamedTuple):
    """Where a state stands on the grid, counted from the top left."""

    column: int
    row: int


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right border."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower border."""
        return self.top + self.height

    @property
    def middle(self) -> Point:
        """Its middle."""
        return Point(self.left + self.width / 2, self.top + self.height / 2)


class Lane(NamedTuple):
    """The way of one edge: the corners of its line, and where its label stands."""

    edge: Edge
    points: tuple[Point, ...]
    label: str
    text: Box


class Layout(NamedTuple):
    """A diagram: its size, the box of every state, and the lane of every edge."""

    width: float
    height: float
    boxes: Mapping[str, Box]
    lanes: tuple[Lane, ...]


def arrange(
    edges: Sequence[Edge], places: Mapping[str, Place], labels: Mapping[Edge, str]
) -> Layout:
    """Lay out a diagram.

    Args:
        edges: what is drawn. Two states that an edge connects are neighbours in a row or in a column of
            the grid; or one stands in the row of ``ABSENT``, and from the other's side the way there is
            free.
        places: where the states stand.
        labels: what is written beside each edge.
    """
    return _Arrangement(edges, places, labels).layout()


def name_boxes(state: str, box: Box) -> tuple[Box, Box]:
    """The room for the name of a state in its box, and for a short note below it."""
    x, y = box.middle
    name, note = (_text_box(text, size) for text, size in ((state, NAME_SIZE), (_NOTE, LABEL_SIZE)))
    half = name.height / 2
    return (
        Box(x - name.width / 2, y - half, name.width, name.height),
        Box(x - note.width / 2, y + half + 1, note.width, note.height),
    )


def _text_box(text: str, size: float) -> Box:
    """The room that a line of text takes, at the most."""
    return Box(0, 0, len(text) * size * _ADVANCE, size * 1.2)


class _Arrangement:
    def __init__(
        self, edges: Sequence[Edge], places: Mapping[str, Place], labels: Mapping[Edge, str]
    ) -> None:
        self._places = places
        self._labels = labels
        self._main = places[ABSENT].row
        # The lanes between two states, those with the longest trigger outside.
        self._bundles: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        for edge in edges:
            self._bundles[self._ends(edge)].append(edge)
        for bundle in self._bundles.values():
            bundle.sort(key=lambda edge: len(edge.trigger))
        self._sides: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        for ends in self._bundles:
            self._take_sides(*ends)
        self._boxes = self._stand()

    def layout(self) -> Layout:
        lanes = tuple(
            self._lane(edge, index, bundle)
            for bundle in self._bundles.values()
            for index, edge in enumerate(bundle)
        )
        boxes = [*self._boxes.values(), *(lane.text for lane in lanes)]
        points = [point for lane in lanes for point in lane.points]
        return Layout(
            max([box.right for box in boxes] + [point.x for point in points]) + _MARGIN,
            max([box.bottom for box in boxes] + [point.y for point in points]) + _MARGIN,
            self._boxes,
            lanes,
        )

    def _ends(self, edge: Edge) -> tuple[str, str]:
        """The states of an edge, left or upper one first; of a bend, that in the main row first."""
        one, two = self._places[edge.state], self._places[edge.target]
        straight = one.row == two.row or one.column == two.column
        first = one < two if straight else one.row == self._main
        return (edge.state, edge.target) if first else (edge.target, edge.state)

    def _width(self, edge: Edge) -> float:
        return _text_box(self._labels[edge], LABEL_SIZE).width

    def _take_sides(self, first: str, second: str) -> None:
        """Note which edges begin or end at which side of a state, from the left or from the top."""
        one, two, bundle = self._places[first], self._places[second], self._bundles[first, second]
        if one.row == two.row:
            self._sides[first, "right"] += bundle
            self._sides[second, "left"] += bundle
        elif one.column == two.column:
            self._sides[first, "bottom"] += bundle
            self._sides[second, "top"] += bundle
        else:
            above, left = two.row < one.row, one.column < two.column
            # What goes furthest is outside, and so is the longest trigger.
            side = self._sides[second, "left" if left else "right"]
            side += bundle
            side.sort(key=lambda edge: self._reach(edge, second), reverse=above)
            ports = self._sides[first, "top" if above else "bottom"]
            ports += bundle[::-1] if left else bundle

    def _reach(self, edge: Edge, hub: str) -> tuple[int, int]:
        other = edge.target if edge.state == hub else edge.state
        columns = abs(self._places[other].column - self._places[hub].column)
        return columns, self._bundles[other, hub].index(edge)

    def _stand(self) -> dict[str, Box]:
        """The boxes: wide and high enough for their lanes, and far enough from each other."""
        columns, rows = _grid(self._places.values())
        widths = [self._widest(column) for column in columns]
        heights = [self._highest(row) for row in rows]
        lefts = [_MARGIN]
        for column, width in zip(columns[1:], widths, strict=False):
            lefts.append(lefts[-1] + width + self._gap(column))
        tops = [_MARGIN]
        for height in heights[:-1]:
            tops.append(tops[-1] + height + _ROW_GAP)
        return {
            state: Box(
                lefts[place.column], tops[place.row], widths[place.column], heights[place.row]
            )
            for state, place in self._places.items()
        }

    def _widest(self, column: int) -> float:
        def width(state: str) -> float:
            name = max(box.width for box in name_boxes(state, Box(0, 0, 0, 0))) + _INSET
            across = [
                2 * max(map(abs, self._columns_of(bundle)))
                for (one, two), bundle in self._bundles.items()
                if state in {one, two} and self._places[one].column == self._places[two].column
            ]
            ports = [
                (len(self._sides[state, side]) - 1) * _PORTS
                for side in ("top", "bottom")
                if (state, side) in self._sides
            ]
            return max(name, *(line + 2 * _INSET for line in [0.0, *across, *ports]))

        return max(width(state) for state, place in self._places.items() if place.column == column)

    def _highest(self, row: int) -> float:
        lanes = max(
            len(self._sides.get((state, side), ()))
            for state, place in self._places.items()
            if place.row == row
            for side in ("left", "right")
        )
        return max(_LOWEST, lanes * _PITCH + _INSET / 2)

    def _gap(self, column: int) -> float:
        """The room to the left of a column: for the longest label of what runs across."""
        widths = [0.0]
        for (first, second), bundle in self._bundles.items():
            one, two = self._places[first], self._places[second]
            if {one.column, two.column} == {column - 1, column}:
                # A bend goes on above or below the box, as far as its port.
                ports = (
                    [0.0] * len(bundle)
                    if one.row == two.row
                    else [index * _PORTS for index, _ in enumerate(bundle)]
                )
                widths += [
                    self._width(edge) - port for edge, port in zip(bundle, ports, strict=True)
                ]
        return max(widths) + _SPARE

    def _columns_of(self, bundle: Sequence[Edge]) -> list[float]:
        """Where vertical lanes run, from their middle: the first has its label on the left."""
        where, xs = 0.0, [0.0]
        for before, _ in pairwise(bundle):
            where += _PORTS if len(xs) == 1 else max(_PORTS, self._width(before) + 3 * _LIFT)
            xs.append(where)
        return [x - where / 2 for x in xs]

    def _lane(self, edge: Edge, index: int, bundle: Sequence[Edge]) -> Lane:
        first, second = self._ends(edge)
        one, two = self._boxes[first], self._boxes[second]
        points: tuple[Point, ...]
        if self._places[first].row == self._places[second].row:
            y = one.middle.y + _spread(index, len(bundle), _PITCH)
            points = (Point(one.right, y), Point(two.left, y))
            text = self._above(edge, points[0], points[1])
        elif self._places[first].column == self._places[second].column:
            x = one.middle.x + self._columns_of(bundle)[index]
            points = (Point(x, one.bottom), Point(x, two.top))
            text = self._beside(edge, points[0], points[1], left=index == 0 and len(bundle) > 1)
        else:
            points = self._bend(edge, first, second)
            text = self._above(edge, points[1], points[2])
        if edge.state != first:
            points = points[::-1]
        return Lane(edge, points, self._labels[edge], text)

    def _bend(self, edge: Edge, first: str, second: str) -> tuple[Point, Point, Point]:
        """From the top or the bottom of a state in the main row, round a corner, to another's side."""
        one, two = self._boxes[first], self._boxes[second]
        left, above = one.left < two.left, two.top < one.top
        ports = self._sides[first, "top" if above else "bottom"]
        x = one.middle.x + _spread(ports.index(edge), len(ports), _PORTS)
        side = self._sides[second, "left" if left else "right"]
        y = two.middle.y + _spread(side.index(edge), len(side), _PITCH)
        begin = Point(x, one.top if above else one.bottom)
        return begin, Point(x, y), Point(two.left if left else two.right, y)

    def _above(self, edge: Edge, one: Point, two: Point) -> Box:
        label = _text_box(self._labels[edge], LABEL_SIZE)
        left = (one.x + two.x - label.width) / 2
        return Box(left, one.y - _LIFT - label.height, label.width, label.height)

    def _beside(self, edge: Edge, one: Point, two: Point, *, left: bool) -> Box:
        label = _text_box(self._labels[edge], LABEL_SIZE)
        x = one.x - _LIFT * 1.5 - label.width if left else one.x + _LIFT * 1.5
        return Box(x, (one.y + two.y - label.height) / 2, label.width, label.height)


def _grid(places: Iterable[Place]) -> tuple[range, range]:
    taken = list(places)
    return (
        range(max(place.column for place in taken) + 1),
        range(max(place.row for place in taken) + 1),
    )


def _spread(index: int, number: int, pitch: float) -> float:
    """How far one of several lanes is from their middle.

    >>> [_spread(index, 3, 10) for index in range(3)]
    [-10.0, 0.0, 10.0]
    """
    return (index - (number - 1) / 2) * pitch
