"""``docs/rules.md`` is the catalogue, and nothing but the catalogue."""

from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.rules import reference
from tests.support.models import NEWEST, ROOT

PAGE = reference(NEWEST)


def row(rule_id):
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{rule_id}`"))
    return line


def test_the_committed_page_is_that_of_the_catalogue():
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == PAGE, (
        "write it anew: pytest-lightsail rules --from tests/data/botocore-1.44.5/service-2.json.gz"
        " > docs/rules.md"
    )


def test_every_rule_has_one_row():
    assert [row(rule.id) for rule in RULES]


def test_a_row_says_where_the_rule_applies_its_limits_error_and_source():
    line = row("health-check.timeout")

    assert "`ContainerServiceHealthCheckConfig.timeoutSeconds`" in line
    assert "| 2 to 60 |" in line
    assert "| `InvalidInputException` |" in line
    assert line.endswith(
        "| Amazon Lightsail API Reference, ContainerServiceHealthCheckConfig; prose only |"
    )


def test_limits_that_the_model_states_are_filled_in_and_marked():
    assert "| 1 to 20 *model* |" in row("scale.range")


def test_a_row_says_whether_the_message_was_observed():
    assert "| observed: `Container name" in row("container-name.pattern")
    assert "| assumed: `Power" in row("power.values")


def test_cells_are_kept_apart_whatever_a_pattern_holds():
    cells = {line.replace("\\|", "").count("|") for line in PAGE.splitlines() if "|" in line}

    assert cells == {7}
