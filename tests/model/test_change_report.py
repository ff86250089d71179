"""Reports of changes in each format, and baselines of accepted changes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.changes import (
    FORMATS,
    Report,
    report_of,
    without_accepted,
    write_baseline,
)
from pytest_lightsail.model.service import ServiceModel, load, parse

as_text = FORMATS["text"]
DATA = Path(__file__).parents[1] / "data"
OLD, NEW = (load(DATA / f"botocore-1.26.{n}" / "service-2.json.gz") for n in (8, 9))


def model(*operations: str, name: dict[str, Any] | None = None) -> ServiceModel:
    """Return a model whose operations all have the member ``name``."""
    return parse(
        {
            "metadata": {"serviceId": "Test", "serviceFullName": "Test Service"},
            "operations": {operation: {"input": {"shape": "Input"}} for operation in operations},
            "shapes": {
                "Input": {"type": "structure", "members": {"name": {"shape": "Name"}}},
                "Name": {"type": "string", **(name or {})},
            },
        },
        source="a test",
    )


def patterns(old: str, new: str) -> Report:
    return report_of(model("Act", name={"pattern": old}), model("Act", name={"pattern": new}))


# --- text ----------------------------------------------------------------------------------------


def headline(*, old: ServiceModel, new: ServiceModel) -> str:
    return as_text(report_of(old, new)).splitlines()[0]


def test_text_starts_with_the_number_of_changed_operations():
    assert headline(old=OLD, new=NEW) == "Amazon Lightsail: 4 changed operations"


def test_text_names_the_releases():
    assert "botocore 1.26.8 -> botocore 1.26.9" in as_text(report_of(OLD, NEW))


def test_text_names_new_and_removed_operations():
    text = as_text(report_of(model("A"), model("B")))
    assert "compatible  operation-added  B (operation)" in text
    assert "breaking  operation-removed  A (operation)" in text


def test_text_explains_what_a_change_means():
    values = ({"enum": ["a", "b"]}, {"enum": ["a"]})
    text = as_text(report_of(*(model("Act", name=each) for each in values)))
    assert "  code that uses the old values no longer works\n" in text


def test_text_shows_the_old_and_the_new_pattern():
    assert "  old: pattern=[a-z]+\n  new: pattern=[b-z_]+\n" in as_text(
        patterns("[a-z]+", "[b-z_]+")
    )


def test_text_names_the_changed_constraint_if_the_kind_does_not():
    text = as_text(report_of(model("Act", name={"sensitive": True}), model("Act")))
    assert "  old: sensitive=True\n  new: sensitive=False\n" in text


def test_text_shortens_a_long_list_of_operations():
    few, many = ([f"Operation{number}" for number in range(count)] for count in (6, 40))
    reports = (
        report_of(model(*names, name={"max": 5}), model(*names, name={"max": 6}))
        for names in (few, many)
    )
    all_of_few, some_of_many = (as_text(report).splitlines()[-1] for report in reports)
    assert all_of_few == f"  in {', '.join(few)}"
    assert some_of_many.endswith(", …")
    assert 150 < len(some_of_many) <= 202


def test_text_shows_added_and_removed_enum_values():
    some, more = (model("Act", name={"enum": values}) for values in (["a"], ["a", "b", "c"]))
    assert "  new: b, c\n" in as_text(report_of(some, more))
    assert "  old: b, c\n" in as_text(report_of(more, some))


def test_text_for_equal_models_shows_no_changes():
    assert as_text(report_of(OLD, OLD)) == (
        "Amazon Lightsail: 0 changed operations\nbotocore 1.26.8 -> botocore 1.26.8\n\nno changes\n"
    )


UNPRINTABLE = ["a\n| b |", "a\r\n# b", "a\u2028b", "a\x1b[31mb", "a\x00b", "a\u202eb"]


@pytest.mark.parametrize("hostile_value", UNPRINTABLE)
def test_text_contains_no_unprintable_characters(hostile_value):
    plain, hostile = (
        report_of(model("Act", name={"enum": ["a"]}), model("Act", name={"enum": ["a", value]}))
        for value in ("b", hostile_value)
    )
    lines = as_text(hostile).splitlines()
    assert len(lines) == len(as_text(plain).splitlines())
    assert all(line.isprintable() for line in lines)


def test_text_escapes_unprintable_characters():
    text = as_text(report_of(model("Act"), model("Act", name={"enum": ["a\n\x1b\u2028b"]})))
    assert r"a\n\x1b\u2028b" in text


# --- formats for code reviews --------------------------------------------------------------------

DANGEROUS = report_of(model("Act", name={"max": 5}), model("Act", name={"max": 4}))


def test_markdown_is_the_text_in_a_code_block():
    assert FORMATS["markdown"](DANGEROUS) == f"```text\n{as_text(DANGEROUS)}```\n"


def test_annotations_are_github_actions_commands():
    assert FORMATS["github"](replace(DANGEROUS, file="contract.json")) == (
        "::warning file=contract.json,title=dangerous other::Name (request): the effect depends on "
        "the caller: compare the old and new values; old: maximum=5; new: maximum=4; in Act\n"
    )
    assert FORMATS["github"](patterns("a", "100%")).count("%25") == 1
    assert FORMATS["github"](report_of(OLD, NEW)).count("::notice title=") == 3


def test_sarif_has_a_result_with_a_location_for_each_change():
    (run,) = json.loads(FORMATS["sarif"](replace(DANGEROUS, file="contract.json")))["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("other", "warning")
    assert result["message"]["text"].startswith("Name: the effect depends")
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "contract.json"
    assert run["tool"]["driver"]["rules"] == [{"id": "other"}]


# --- the baseline --------------------------------------------------------------------------------


def test_accepted_changes_are_omitted_and_counted(tmp_path):
    path = tmp_path / "accepted.json"
    write_baseline(path, patterns("a", "b"))
    accepted = without_accepted(patterns("a", "b"), path)
    assert accepted.changes == ()
    assert f"1 change accepted by {path}" in as_text(accepted)
    assert without_accepted(patterns("a", "c"), path).changes == patterns("a", "c").changes


def test_a_baseline_accepts_new_enum_values(tmp_path):
    models = (model("Act", name={"enum": values}) for values in (["a"], ["a", "b"]))
    report, path = report_of(*models), tmp_path / "accepted.json"
    write_baseline(path, report)
    assert without_accepted(report, path).changes == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1}', '{"format": 9}'])
def test_an_invalid_baseline_is_refused(tmp_path, text):
    path = tmp_path / "accepted.json"
    path.write_text(text)
    with pytest.raises(
        ConfigurationError, match=r"accepted\.json .*; to write a baseline, pass --write-baseline"
    ):
        without_accepted(DANGEROUS, path)
