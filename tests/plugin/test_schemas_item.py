"""``lightsail_schemas`` in the configuration adds a test of written schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_lightsail.cli import main


@pytest.fixture
def contracts(pytester: pytest.Pytester) -> Path:
    pytester.makeini("[pytest]\nlightsail_schemas = contracts\n")
    pytester.makepyfile("def test_other(): pass")
    folder = pytester.path / "contracts"
    assert main(["schemas", "write", str(folder), "--operation", "GetContainerServices"]) == 0
    return folder


@pytest.mark.usefixtures("contracts")
def test_it_passes_while_they_are_those_of_the_installed_botocore(
    pytester: pytest.Pytester,
) -> None:
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*contracts*lightsail_schemas*PASSED*"])


def test_it_fails_with_the_difference(pytester: pytest.Pytester, contracts: Path) -> None:
    path = contracts / "GetContainerServices.request.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["additionalProperties"] = True
    path.write_text(json.dumps(document), encoding="utf-8")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*1 difference from the schemas of botocore*", "*additionalProperties*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_it_says_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlightsail_schemas = nowhere\n")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nowhere*"])


@pytest.mark.usefixtures("contracts")
def test_it_can_be_left_out_by_name(pytester: pytest.Pytester) -> None:
    pytester.runpytest_inprocess("-k", "not lightsail_schemas").assert_outcomes(
        passed=1, deselected=1
    )
