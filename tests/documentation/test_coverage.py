"""``docs/coverage.md`` shows what test runs print and write."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# pytester unloads every module that an in-process run imports for the first time. Import these here.
from pytest_lightsail.model.service import load
from pytest_lightsail.options import RECORDING
from pytest_lightsail.recording.recorder import DEFAULT_FILE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
HERE = ("-p", "no:cacheprovider")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


# --- the example project ------------------------------------------------------------------------

SECTION = PAGE.partition("## A whole table\n")[2].partition("\n## ")[0]


def run_examples(*flags: str) -> str:
    """Run the tests of the example project and return their output."""
    done = subprocess.run(  # noqa: S603 - our own examples
        [sys.executable, "-m", "pytest", *flags, *HERE, "-p", "pytest_asyncio.plugin", "-q"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def table_in(text: str) -> str:
    """Return the coverage table without numbers, which depend on the selected tests and on botocore."""
    table = re.findall(
        r"^=+ (Lightsail coverage.*?)^(?:\d+ passed|=+ Lightsail contract|\Z)",
        text,
        re.DOTALL | re.MULTILINE,
    )
    (found,) = table
    return " ".join(re.sub(r"\d+(\.\d+)*|=+", "", found).split())


OF_THE_MODEL = {"botocore", "type", "enum"}
CONTRACT = ROOT / "examples" / "release" / "contracts" / "lightsail.json"


def uses(value: Any) -> Any:
    """Return a contract without the members that depend on the release of botocore."""
    if isinstance(value, dict):
        return {key: uses(one) for key, one in value.items() if key not in OF_THE_MODEL}
    return value


def test_the_example_project_produces_the_table_and_contract_that_are_shown(tmp_path: Path) -> None:
    pytest.importorskip("boto3")
    command, _, shown = SECTION.partition("```console\n$ python -m pytest ")[2].partition("\n")
    recorded = tmp_path / "recorded.json"

    found = run_examples(*shlex.split(command), f"--lightsail-contract={recorded}")

    assert table_in(found) == table_in(shown.partition("```")[0])
    assert uses(json.loads(recorded.read_bytes())) == uses(json.loads(CONTRACT.read_bytes())), (
        "record the contract again: see examples/release/README.md"
    )
    if json.loads(CONTRACT.read_bytes())["botocore"] == load().release:
        assert recorded.read_bytes() == CONTRACT.read_bytes()


# --- the page ------------------------------------------------------------------------------------


def test_the_page_shows_what_its_tests_print_and_write(pytester: pytest.Pytester) -> None:
    code, tests = blocks("python")
    pytester.makepyfile(tests, shop=code)
    flags = ("--lightsail-cov", "--lightsail-cov-report=json", "--lightsail-cov-report=term")

    result = pytester.runpytest_inprocess(*flags, *HERE)

    result.assert_outcomes(passed=2)
    for part in blocks("text"):
        assert part in result.stdout.str()
    (document,) = map(json.loads, blocks("json"))
    found = json.loads((pytester.path / DEFAULT_FILE).read_bytes())
    assert {**document, "botocore": load().release} == found


def test_the_ini_file_of_the_page_switches_coverage_on(pytester: pytest.Pytester) -> None:
    (code, tests), (ini,) = blocks("python"), blocks("ini")
    pytester.makepyfile(tests, shop=code)
    pytester.makeini(ini)
    result = pytester.runpytest_inprocess(*HERE)
    result.stdout.fnmatch_lines(["*missing: *", "Required Lightsail coverage of 1% reached.*"])
    assert (pytester.path / "build" / "lightsail.json").exists()
    result = pytester.runpytest_inprocess(*HERE, "-o", "addopts=")
    result.stdout.no_fnmatch_line("*Lightsail coverage*")


def test_the_table_of_flags_is_complete() -> None:
    rows = re.findall(r"^\| `--([\w-]+)` \|", PAGE, re.MULTILINE)
    declared = {flag.removeprefix("--") for flag in RECORDING if "=" not in flag}
    assert set(rows) == {flag for flag in declared if flag.startswith("lightsail-cov")}


def test_the_page_names_each_report_type() -> None:
    is_report = RECORDING["--lightsail-cov-report"]["type"]
    row = next(line for line in PAGE.splitlines() if "| `--lightsail-cov-report`" in line)
    for kind in ("term", "term-missing", "json[:FILE]"):
        assert f"`{kind}`" in row
        assert is_report(kind.replace("[", "").replace("]", ""))
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape("or json[:FILE]")):
        is_report("xml")
