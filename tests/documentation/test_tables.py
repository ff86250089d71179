"""docs/rules.md is the catalogue, docs/lifecycle.md the lifecycle tables, and nothing but these."""

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
def test_the_committed_page_is_that_of_the_tables(name, page):
    written = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert written == page, "write it anew: python docs/tables.py"


def test_what_was_observed_is_computed_from_the_transcripts():
    written = TABLES.RULE.read_text(encoding="utf-8")
    assert written == TABLES.rule_module(), "write it anew: python docs/tables.py"


def test_every_edge_is_drawn_and_has_its_source():
    for edge in (*SERVICE_EDGES, *DEPLOYMENT_EDGES):
        ends = (edge.state.replace("ABSENT", "[*]"), edge.target.replace("ABSENT", "[*]"))
        assert f"    {ends[0]} --> {ends[1]}: {edge.trigger}\n" in LIFECYCLE
        assert f"| {edge.state} | `{edge.trigger}` | {edge.target} | {edge.source} |" in LIFECYCLE


def row(rule_id):
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{rule_id}`"))
    return line


def test_every_rule_has_one_row():
    assert [row(rule.id) for rule in RULES]


def test_a_row_says_where_the_rule_applies_its_limits_error_and_source():
    line = row("health-check.timeout")

    assert "`ContainerServiceHealthCheckConfig.timeoutSeconds`" in line
    assert "| 2 to 60 |" in line
    assert "| `InvalidInputException` |" in line
    assert line.endswith(
        "| Amazon Lightsail API Reference, ContainerServiceHealthCheckConfig; the service model "
        "lacks these limits |"
    )


def test_limits_that_the_model_states_are_filled_in_and_marked():
    assert "| 1 to 20 *model* |" in row("scale.range")


def test_a_row_says_whether_the_message_was_observed():
    assert "| observed: `Container name" in row("container-name.pattern")
    assert "| assumed, A03: `{path} is not valid" in row("power.values")


def test_cells_are_kept_apart_whatever_a_pattern_holds():
    cells = {line.replace("\\|", "").count("|") for line in PAGE.splitlines() if "|" in line}

    assert cells == {7}
