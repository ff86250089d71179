"""docs/lifecycle.md is what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_lightsail.cli import main
from pytest_lightsail.cli.lifecycle import lifecycle_reference
from pytest_lightsail.model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES, Edge

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"


def test_the_committed_page_is_that_of_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == lifecycle_reference(), (
        "write it anew: pytest-lightsail lifecycle > docs/lifecycle.md"
    )


@pytest.mark.parametrize("edge", [*SERVICE_EDGES, *DEPLOYMENT_EDGES])
def test_every_edge_is_drawn_and_has_its_source(edge: Edge) -> None:
    page = lifecycle_reference()
    ends = (edge.state.replace("ABSENT", "[*]"), edge.target.replace("ABSENT", "[*]"))
    assert f"    {ends[0]} --> {ends[1]}: {edge.trigger}\n" in page
    assert f"| {edge.state} | `{edge.trigger}` | {edge.target} | {edge.source} |" in page


def test_the_command_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lifecycle"]) == 0
    assert capsys.readouterr().out == lifecycle_reference()
