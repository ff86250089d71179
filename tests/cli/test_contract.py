"""``pytest-lightsail contract check`` checks a contract against a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_lightsail.cli import main
from tests.support.imported import unneeded_imports
from tests.support.mutated_models import (
    DATA,
    adds_value,
    later_document,
    renames_member,
)

CONTRACT = str(Path(__file__).parents[2] / "examples" / "release" / "contracts" / "lightsail.json")
DANGEROUS = adds_value("ContainerServiceState", "HIBERNATING")
BREAKING = renames_member("ContainerService", "url", "address")


@pytest.fixture
def later(tmp_path):
    """Return a function that writes a changed service model and returns its path."""

    def write(*changes):
        path = tmp_path / f"later{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps(later_document(*changes)))
        return str(path)

    return write


def check(*args):
    return main(["contract", "check", CONTRACT, *args])


def test_an_unchanged_model_is_reported_as_no_changes(capsys):
    assert check("--against", str(DATA), "--fail-on", "compatible") == 0
    title, releases, _, changes = capsys.readouterr().out.splitlines()
    assert title == "The consumer of 4 operations"
    assert releases.endswith(" -> botocore 1.44.5")
    assert changes == "no changes"


def test_changes_that_affect_the_consumer_are_reported_as_text(capsys, later):
    assert check("--against", later(BREAKING, DANGEROUS)) == 0
    text = capsys.readouterr().out
    assert "\n1 breaking, 1 dangerous\n" in text
    assert (
        "\nbreaking  member-removed  GetContainerServices containerServices[].url (response)\n"
        "  code that sends or reads the member no longer works\n"
        "  the consumer reads it\n"
    ) in text
    assert (
        "\ndangerous  enum-values-added  GetContainerServices containerServices[].state (response)\n"
        "  code that knows only the old values may receive a new one\n"
        "  new: HIBERNATING\n"
        "  the consumer compares it with DELETING, DISABLED, PENDING, READY, RUNNING\n"
    ) in text


@pytest.mark.parametrize(
    ("change", "codes"),
    [(DANGEROUS, [0, 1, 1]), (BREAKING, [1, 1, 1])],
    ids=["dangerous", "breaking"],
)
def test_fail_on_fails_for_changes_of_at_least_the_given_severity(later, change, codes):
    model = later(change)
    levels = ["breaking", "dangerous", "compatible"]
    assert [check("--against", model, "--fail-on", level) for level in levels] == codes


def test_github_annotations_name_the_contract_file(later, capsys):
    assert check("--against", later(BREAKING), "--format", "github") == 0
    assert capsys.readouterr().out.startswith(f"::error file={CONTRACT},title=breaking member-")


def test_a_baseline_accepts_existing_changes_but_not_new_ones(later, tmp_path):
    model, baseline = later(DANGEROUS), str(tmp_path / "accepted.json")
    assert check("--against", model, "--baseline", baseline, "--write-baseline") == 0
    assert check("--against", model, "--baseline", baseline, "--fail-on", "compatible") == 0
    more = later(DANGEROUS, BREAKING)
    assert check("--against", more, "--baseline", baseline, "--fail-on", "compatible") == 1


def test_the_default_model_is_that_of_the_installed_botocore(capsys):
    check()
    default = capsys.readouterr().out
    check("--against", "installed")
    assert capsys.readouterr().out == default


def test_a_file_that_is_not_a_contract_is_reported_on_one_line(capsys, tmp_path):
    path = tmp_path / "contract.json"
    path.write_text('{"format": 9}')
    assert main(["contract", "check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"pytest-lightsail: error: {path} is not a contract: format is 9")
    assert err.count("\n") == 1


def test_a_missing_model_is_reported(capsys, tmp_path):
    assert check("--against", str(tmp_path / "nowhere")) == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_check_imports_neither_botocore_nor_test_dependencies():
    found = unneeded_imports("contract", "check", CONTRACT, "--against", str(DATA))
    assert found == {"jsonschema"}  # it validates the contract file
