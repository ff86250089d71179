"""The drawing of the lifecycle: all of the tables is on it, and everything can be read."""

from __future__ import annotations

from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.lifecycle import (
    ABSENT,
    DEPLOYMENT_EDGES,
    SERVICE_EDGES,
    TIMELINES,
    Edge,
)
from pytest_lightsail.reporting.state_diagram import diagram_layout, draw, state_diagram
from pytest_lightsail.reporting.state_layout import Box, Layout, Place, arrange, name_boxes

TABLES = {False: SERVICE_EDGES, True: DEPLOYMENT_EDGES}
SVG = "{http://www.w3.org/2000/svg}"
THICKEST = 5.0


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own


def by_data(root: ET.Element, name: str) -> dict[str, ET.Element]:
    found = [one for one in root.iter() if f"data-{name}" in one.attrib]
    assert len({one.attrib[f"data-{name}"] for one in found}) == len(found)
    return {one.attrib[f"data-{name}"]: one for one in found}


@st.composite
def layouts(draw):
    """A layout of either table, with or without counts on its edges."""
    deployment = draw(st.booleans())
    keys = [(edge.state, edge.trigger) for edge in TABLES[deployment]]
    counts = st.integers(0, 9) | st.integers(0, 10**7)
    weights = draw(st.none() | st.dictionaries(st.sampled_from(keys), counts))
    return diagram_layout(deployment=deployment, weights=weights)


def overlap(one: Box, other: Box) -> bool:
    """Whether they have more than a border in common."""
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.bottom
        and other.top < one.bottom
    )


def lines(layout: Layout) -> list[Box]:
    """The parts of all lines, as thick as a line becomes."""
    half = THICKEST / 2
    return [
        Box(
            min(one.x, two.x) - half,
            min(one.y, two.y) - half,
            abs(one.x - two.x) + THICKEST,
            abs(one.y - two.y) + THICKEST,
        )
        for lane in layout.lanes
        for one, two in pairwise(lane.points)
    ]


@pytest.mark.parametrize("deployment", TABLES)
def test_every_edge_of_the_table_is_there_with_its_trigger(deployment):
    edges = by_data(parsed(state_diagram(deployment=deployment)), "edge")
    assert set(edges) == {f"{e.state} {e.trigger} {e.target}" for e in TABLES[deployment]}
    for edge in TABLES[deployment]:
        element = edges[f"{edge.state} {edge.trigger} {edge.target}"]
        assert (element.attrib["data-from"], element.attrib["data-to"]) == (edge.state, edge.target)
        assert [text.text for text in element.iter(f"{SVG}text")] == [edge.trigger]


@pytest.mark.parametrize("deployment", TABLES)
def test_every_state_of_the_table_is_there_with_its_name(deployment):
    states = by_data(parsed(state_diagram(deployment=deployment)), "state")
    assert set(states) == {state for e in TABLES[deployment] for state in (e.state, e.target)}
    for name, element in states.items():
        assert element.findtext(f"{SVG}text[@class='name']") == name


def test_no_state_is_present_unless_one_is_named():
    states = by_data(parsed(state_diagram()), "state")
    assert not [one for one in states.values() if "current" in one.attrib["class"].split()]


@pytest.mark.parametrize("state", ["RUNNING", ABSENT])
def test_the_present_state_is_marked_in_words_too(state):
    states = by_data(parsed(state_diagram(current=state)), "state")
    present = [name for name, one in states.items() if "current" in one.attrib["class"].split()]
    assert present == [state]
    notes = {name: one.findtext(f"{SVG}text[@class='note']") for name, one in states.items()}
    assert {name for name, note in notes.items() if note} == {state}


def test_states_that_end_by_themselves_are_told_apart():
    states = by_data(parsed(state_diagram()), "state")
    moving = {name for name, one in states.items() if "moving" in one.attrib["class"].split()}
    assert moving == {stage.state for stages in TIMELINES.values() for stage in stages}
    corners = {name: one.find(f"{SVG}rect").attrib["rx"] for name, one in states.items()}
    assert not {corners[name] for name in moving} & {
        corners[name] for name in states.keys() - moving
    }


@given(layout=layouts())
def test_no_text_overlaps_another_or_a_line_or_somebody_else_s_box(layout):
    labels = [lane.text for lane in layout.lanes]
    inside = [box for state, place in layout.boxes.items() for box in name_boxes(state, place)]
    for one, two in combinations([*labels, *inside], 2):
        assert not overlap(one, two)
    for label in labels:
        assert not any(overlap(label, box) for box in layout.boxes.values())
        assert not any(overlap(label, line) for line in lines(layout))
    for state, place in layout.boxes.items():
        for box in name_boxes(state, place):
            assert place.left < box.left and box.right < place.right  # noqa: PT018 - one thing
            assert place.top < box.top and box.bottom < place.bottom  # noqa: PT018


@given(layout=layouts())
def test_no_line_crosses_another_or_a_box(layout):
    for one, two in combinations(layout.lanes, 2):
        for part in lines(layout._replace(lanes=(one,))):
            assert not any(overlap(part, other) for other in lines(layout._replace(lanes=(two,))))
    for lane in layout.lanes:
        for part in lines(layout._replace(lanes=(lane,))):
            touched = {state for state, box in layout.boxes.items() if overlap(part, box)}
            assert touched <= {lane.edge.state, lane.edge.target}


@given(layout=layouts())
def test_a_line_goes_from_the_border_of_its_state_to_that_of_its_target(layout):
    def on_border(box, point):
        across = point.x in {box.left, box.right} and box.top < point.y < box.bottom
        upright = point.y in {box.top, box.bottom} and box.left < point.x < box.right
        return across or upright

    for lane in layout.lanes:
        assert on_border(layout.boxes[lane.edge.state], lane.points[0])
        assert on_border(layout.boxes[lane.edge.target], lane.points[-1])


@given(layout=layouts())
def test_everything_is_inside_the_drawing(layout):
    whole = Box(0, 0, layout.width, layout.height)
    parts = [*layout.boxes.values(), *(lane.text for lane in layout.lanes), *lines(layout)]
    for part in parts:
        assert part.left >= whole.left
        assert part.top >= whole.top
        assert part.right <= whole.right
        assert part.bottom <= whole.bottom


def test_weights_are_written_on_the_edges_and_make_them_thick():
    weights = {("READY", "deploy"): 3, ("RUNNING", "deploy"): 300}
    edges = by_data(parsed(state_diagram(weights=weights)), "edge")

    def line(name):
        return edges[name].find(f"{SVG}path[@class='line']")

    assert edges["READY deploy DEPLOYING"].findtext(f"{SVG}text") == "deploy ×3"
    thin, thick = line("READY deploy DEPLOYING"), line("RUNNING deploy DEPLOYING")
    assert float(thin.attrib["stroke-width"]) < float(thick.attrib["stroke-width"]) <= THICKEST
    never = "PENDING created READY"
    assert edges[never].findtext(f"{SVG}text") == "created ×0"
    assert "stroke-dasharray" in line(never).attrib
    assert "stroke-dasharray" not in thin.attrib
    assert edges[never].findtext(f"{SVG}title") == "PENDING, created, READY: 0 times"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"current": "SLEEPING"}, "no state 'SLEEPING'; there are ABSENT, PENDING"),
        ({"weights": {("READY", "explode"): 1}}, r"no edge \('READY', 'explode'\)"),
        ({"weights": {("READY", "deploy"): -1}}, "was taken -1 times"),
        ({"deployment": True, "current": "RUNNING"}, "there are ABSENT, ACTIVATING"),
    ],
)
def test_what_is_not_in_the_table_is_refused(given, said):
    with pytest.raises(ConfigurationError, match=said):
        state_diagram(**given)


def test_whatever_it_says_is_text():
    hostile = "<script>alert('1')</script>&\""
    edge = Edge(ABSENT, hostile, hostile, "")
    places = {ABSENT: Place(0, 0), hostile: Place(1, 0)}
    layout = arrange([edge], places, {edge: hostile})
    svg = draw(layout, title=hostile, current=hostile, counts={})
    root = parsed(svg)
    assert "<script" not in svg
    assert root.attrib["aria-label"] == hostile
    assert set(by_data(root, "state")) == {ABSENT, hostile}
    assert by_data(root, "edge")[f"{ABSENT} {hostile} {hostile}"].findtext(f"{SVG}text") == hostile


def test_it_brings_neither_style_nor_script_so_that_a_strict_policy_lets_it_be():
    for element in parsed(state_diagram(weights={})).iter():
        assert element.tag.removeprefix(SVG) in {"svg", "g", "path", "rect", "text", "title"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
