"""``docs/rules.md`` and ``docs/lifecycle.md`` match the catalogue and the lifecycle tables."""

from __future__ import annotations

import importlib.util

import pytest

from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.lifecycle import DEPLOYMENT_EDGES, SERVICE_EDGES
from tests.support.models import NEWEST, ROOT

SPEC = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "tables.py")
TABLES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(TABLES)
PAGE, LIFECYCLE = TABLES.rules_reference(NEWEST), TABLES.lifecycle_reference()


@pytest.mark.parametrize(("name", "page"), [("rules", PAGE), ("lifecycle", LIFECYCLE)])
def test_the_committed_page_is_up_to_date(name, page):
    written = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert written == page, "run python docs/tables.py"


def test_the_committed_observations_match_the_transcripts():
    written = TABLES.RULE.read_text(encoding="utf-8")
    assert written == TABLES.rule_module(), "run python docs/tables.py"


def test_each_edge_is_drawn_and_listed_with_its_source():
    for edge in (*SERVICE_EDGES, *DEPLOYMENT_EDGES):
        ends = (edge.state.replace("ABSENT", "[*]"), edge.target.replace("ABSENT", "[*]"))
        assert f"    {ends[0]} --> {ends[1]}: {edge.trigger}\n" in LIFECYCLE
        assert f"| {edge.state} | `{edge.trigger}` | {edge.target} | {edge.source} |" in LIFECYCLE


def row(rule_id):
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{rule_id}`"))
    return line


def test_each_rule_has_exactly_one_row():
    assert [row(rule.id) for rule in RULES]


def test_a_row_shows_the_place_limits_error_and_source_of_the_rule():
    line = row("health-check.timeout")

    assert "`ContainerServiceHealthCheckConfig.timeoutSeconds`" in line
    assert "| 2 to 60 |" in line
    assert "| `InvalidInputException` |" in line
    assert line.endswith(
        "| Amazon Lightsail API Reference, ContainerServiceHealthCheckConfig; the service model "
        "lacks these limits |"
    )


def test_limits_from_the_service_model_are_shown_and_marked():
    assert "| 1 to 20 *model* |" in row("scale.range")


def test_a_row_shows_whether_the_message_was_observed():
    assert "| observed: `Container name" in row("container-name.pattern")
    assert "| assumed, A03: `{path} is not valid" in row("power.values")


def test_a_pipe_in_a_pattern_does_not_split_a_cell():
    cells = {line.replace("\\|", "").count("|") for line in PAGE.splitlines() if "|" in line}

    assert cells == {7}
