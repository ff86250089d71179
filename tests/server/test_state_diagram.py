"""The state diagrams show every state and edge in the lifecycle tables."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from pytest_lightsail.model.lifecycle import (
    CERTIFICATE_EDGES,
    DEPLOYMENT_EDGES,
    SERVICE_EDGES,
    TIMELINES,
)
from pytest_lightsail.simulation.control import asset

TABLES = {
    "service": SERVICE_EDGES,
    "deployment": DEPLOYMENT_EDGES,
    "certificate": CERTIFICATE_EDGES,
}
SVG = "{http://www.w3.org/2000/svg}"


def by_data(svg: str, name: str) -> dict[str, ET.Element]:
    root = ET.fromstring(svg)  # noqa: S314 - our own
    found = [one for one in root.iter() if f"data-{name}" in one.attrib]
    assert len({one.attrib[f"data-{name}"] for one in found}) == len(found)
    return {one.attrib[f"data-{name}"]: one for one in found}


@pytest.mark.parametrize("table", TABLES)
def test_the_diagram_shows_every_edge_with_its_trigger(table):
    edges = by_data(asset(f"states_{table}.svg"), "edge")
    assert set(edges) == set(map(str, TABLES[table]))
    for edge in TABLES[table]:
        element = edges[str(edge)]
        assert (element.attrib["data-from"], element.attrib["data-to"]) == (edge.state, edge.target)
        assert [text.text for text in element.iter(f"{SVG}text")] == [edge.trigger]


@pytest.mark.parametrize("table", TABLES)
def test_the_diagram_shows_every_state_with_its_name(table):
    states = by_data(asset(f"states_{table}.svg"), "state")
    assert set(states) == {state for e in TABLES[table] for state in (e.state, e.target)}
    for name, element in states.items():
        assert element.findtext(f"{SVG}text[@class='name']") == name


def test_states_that_end_by_themselves_have_the_class_moving():
    states = by_data(asset("states_service.svg"), "state")
    moving = {name for name, one in states.items() if "moving" in one.attrib["class"].split()}
    assert moving == {stage.state for stages in TIMELINES.values() for stage in stages}


@pytest.mark.parametrize("table", TABLES)
def test_a_strict_content_security_policy_allows_the_diagram(table):
    for element in ET.fromstring(asset(f"states_{table}.svg")).iter():  # noqa: S314 - our own
        assert element.tag.removeprefix(SVG) in {"svg", "g", "path", "rect", "text", "title"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
