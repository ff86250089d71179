"""The reference pages are complete, and their diagrams match the lifecycle tables."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

import pytest_lightsail
from pytest_lightsail.model.lifecycle import (
    CERTIFICATE_EDGES,
    DEPLOYMENT_EDGES,
    SERVICE_EDGES,
    Edge,
)
from tests.support.pages import ROOT, sections

DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", pytest_lightsail.__all__)
def test_each_public_name_is_on_the_api_page(name: str) -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    assert re.search(rf"\bpytest_lightsail\.{name}\b", page)


def state_diagram() -> ModuleType:
    spec = importlib.util.spec_from_file_location("state_diagram", DOCS / "state_diagram.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRAWN = dict(
    zip(
        ("Container services", "Deployments", "Certificates"),
        (SERVICE_EDGES, DEPLOYMENT_EDGES, CERTIFICATE_EDGES),
        strict=True,
    )
)


@pytest.mark.parametrize("title", DRAWN)
def test_a_diagram_shows_every_state_and_edge(title: str) -> None:
    edges: tuple[Edge, ...] = tuple(DRAWN[title])
    (block,) = next(each.blocks for each in sections("docs/lifecycle.md") if each.title == title)

    picture = state_diagram().svg(block.text)

    states = {state for edge in edges for state in (edge.state, edge.target)}
    assert set(re.findall(r'data-state="([^"]+)"', picture)) == states
    arrows = {f"{edge.state} {edge.trigger} {edge.target}" for edge in edges}
    assert set(re.findall(r'data-edge="([^"]+)"', picture)) == arrows


def test_a_diagram_that_matches_no_lifecycle_table_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no lifecycle table .*'HIBERNATING'"):
        state_diagram().svg("PENDING --> DEPLOYING: a\nDEPLOYING --> HIBERNATING: b")
