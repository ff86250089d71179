"""The commands in the README work; ``test_pages`` runs its other blocks."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from pytest_lightsail.simulator.operations import OPERATIONS
from tests.support.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def line_after(heading: str) -> str:
    """Return the one-line command directly below a heading."""
    found = re.match(r"\n```sh\n([^\n]+)\n```\n", README.partition(f"{heading}\n")[2])
    assert found, heading
    return found[1]


def test_ci_runs_the_test_command() -> None:
    assert "-m pytest" in line_after("## Test it")
    assert "'## Test it'" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_command_to_try_the_package_runs() -> None:
    pytest.importorskip("boto3")
    install, tests, script = line_after("## Try it").split(" && ")[1:]
    assert install in line_after("## Test it")
    assert tests == ".venv/bin/python -m pytest -q examples"  # testpaths includes them
    done = subprocess.run(  # noqa: S603 - our own README
        [sys.executable, *script.split()[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "as scripted, the second release failed" in done.stdout


def test_the_fidelity_page_lists_the_simulated_operations() -> None:
    page = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
    section = page.partition("## What is simulated\n")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"`([A-Z]\w+)`", section)) == sorted(OPERATIONS)
