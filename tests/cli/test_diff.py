"""``pytest-lightsail diff OLD NEW`` prints a report and sets the exit code."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_lightsail import __version__
from pytest_lightsail.cli import main
from pytest_lightsail.model.service import load
from tests.support.imported import unneeded_imports

DATA = Path(__file__).parents[1] / "data"
OLD, NEW = (str(DATA / f"botocore-1.26.{n}" / "service-2.json.gz") for n in (8, 9))


@pytest.fixture
def mutated(tmp_path):
    """Return a function that writes the newer model with one changed shape."""

    def write(shape: str, **traits: Any) -> str:
        data = Path(NEW).read_bytes()
        document = json.loads(gzip.decompress(data))
        document["shapes"][shape] |= traits
        path = tmp_path / "mutated.json"
        path.write_text(json.dumps(document))
        return str(path)

    return write


def exit_code(*args: str) -> int:
    try:
        return main(["diff", *args])
    except SystemExit as exited:
        return int(exited.code or 0)


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pytest-lightsail")
    assert err.count("\n") == 1
    return err


def test_diff_prints_the_report_as_text(capsys):
    assert exit_code(OLD, NEW) == 0
    assert capsys.readouterr().out.startswith("Amazon Lightsail: 4 changed operations\n")


def test_diff_prints_the_report_as_sarif(capsys):
    assert exit_code(OLD, NEW, "--format", "sarif") == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert len(run["results"]) == 3


@pytest.mark.parametrize(
    "names",
    [
        ("--operation", "GetContainerServices", "UpdateContainerService"),
        ("--operation", "GetContainerServices", "--operation", "UpdateContainerService"),
    ],
)
def test_diff_compares_only_the_given_operations(capsys, names):
    assert exit_code(OLD, NEW, *names) == 0
    assert capsys.readouterr().out.startswith("Amazon Lightsail: 2 changed operations\n")


def test_diff_can_compare_the_installed_botocore(capsys):
    assert exit_code("installed", "installed") == 0
    assert capsys.readouterr().out.startswith("Amazon Lightsail: 0 changed operations\n")


# --- --fail-on -----------------------------------------------------------------------------------

COMPATIBLE = ("ContainerName", {"sensitive": True})
STATES = load(NEW).shapes["ContainerServiceState"].enum
DANGEROUS = ("ContainerServiceState", {"enum": [*STATES, "NAPPING"]})
BREAKING = ("ContainerServiceScale", {"type": "string"})


@pytest.mark.parametrize(
    ("change", "breaking", "dangerous", "any_"),
    [(None, 0, 0, 0), (COMPATIBLE, 0, 0, 1), (DANGEROUS, 0, 1, 1), (BREAKING, 1, 1, 1)],
    ids=["none", "compatible", "dangerous", "breaking"],
)
def test_fail_on_fails_for_changes_of_at_least_the_given_severity(
    mutated, change, breaking, dangerous, any_
):
    new = NEW if change is None else mutated(change[0], **change[1])
    codes = [
        exit_code(NEW, new, "--fail-on", level) for level in ("breaking", "dangerous", "compatible")
    ]
    assert codes == [breaking, dangerous, any_]


def test_diff_does_not_fail_without_fail_on(mutated):
    assert exit_code(NEW, mutated(BREAKING[0], **BREAKING[1])) == 0


def test_fail_on_ignores_changes_of_other_operations(mutated):
    new = mutated(BREAKING[0], **BREAKING[1])
    assert exit_code(NEW, new, "--operation", "GetRegions", "--fail-on", "compatible") == 0


def test_a_baseline_accepts_existing_changes(mutated, tmp_path, capsys):
    new, baseline = mutated(*BREAKING[:1], **BREAKING[1]), str(tmp_path / "accepted.json")
    assert exit_code(NEW, new, "--baseline", baseline, "--write-baseline") == 0
    assert capsys.readouterr().out.endswith("accepts 2 changes\n")
    assert exit_code(NEW, new, "--baseline", baseline, "--fail-on", "compatible") == 0
    assert exit_code(NEW, new, "--write-baseline") == 2
    assert "requires --baseline FILE" in capsys.readouterr().err


# --- invalid arguments ---------------------------------------------------------------------------


def test_a_missing_source_is_reported_on_one_line(capsys, tmp_path):
    assert exit_code(OLD, str(tmp_path / "nowhere")) == 2
    assert "nowhere" in error_line(capsys)


def test_an_unknown_operation_is_reported_on_one_line(capsys):
    assert exit_code(OLD, NEW, "--operation", "CreateContainerServce") == 2
    assert "did you mean 'CreateContainerService'" in error_line(capsys)


@pytest.mark.parametrize("args", [(), (OLD,), (OLD, NEW, "--format", "pdf"), (OLD, NEW, "--frmat")])
def test_invalid_arguments_are_reported_on_one_line(capsys, args):
    assert exit_code(*args) == 2
    assert "error: " in error_line(capsys)


def test_a_missing_command_is_reported_on_one_line(capsys):
    with pytest.raises(SystemExit) as exited:
        main([])
    assert exited.value.code == 2
    assert "COMMAND" in error_line(capsys)


# --- the program ---------------------------------------------------------------------------------


def test_version_prints_the_version(capsys):
    with pytest.raises(SystemExit) as exited:
        main(["--version"])
    assert exited.value.code == 0
    assert capsys.readouterr().out == f"pytest-lightsail {__version__}\n"


def test_the_package_runs_as_a_module():
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "pytest_lightsail", "diff", OLD, NEW, "--fail-on", "compatible"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 1
    assert done.stdout.startswith("Amazon Lightsail: 4 changed operations\n")
    assert done.stderr == ""


@pytest.mark.parametrize("form", ["text", "sarif"])
def test_characters_that_the_terminal_cannot_encode_are_escaped(mutated, form):
    new = mutated("ContainerServiceName", pattern="[a-zé]+")
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "pytest_lightsail", "diff", NEW, new, "--format", form],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout.isascii()
    assert b"[a-z" in done.stdout


def test_a_diff_imports_neither_botocore_nor_test_dependencies():
    assert unneeded_imports("diff", OLD, NEW) == set()
