"""What ``docs/http.md`` shows, runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_lightsail import Options
from pytest_lightsail.model.control_schema import control_schema
from pytest_lightsail.model.scenario_json import scenario_from_json
from tests.server.conftest import find_tool

DOCUMENT = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return found


def test_the_example_passes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    find_tool("aws", "pip install awscli, in an environment of its own")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly")
    pytester.makepyfile(block("python"))
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


def test_the_command_serves_a_shell(tmp_path: Path) -> None:
    find_tool("aws", "pip install awscli, in an environment of its own")
    ours = tmp_path / "pytest-lightsail"
    ours.write_text(f'#!/bin/sh\nexec {sys.executable} -m pytest_lightsail "$@"\n')
    ours.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    root = str(Path(__file__).parents[2])
    done = subprocess.run(  # noqa: S603 - our own document
        ["bash", "-euc", block("sh")],  # noqa: S607
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == '"PENDING"\n', done.stderr


def test_the_scenario_is_one() -> None:
    verbs = [step.verb for step in scenario_from_json(json.loads(block("json"))).steps]
    assert verbs == ["deploy", "deploy", "fault", "somebody"]


def test_the_control_api_is_used_by_javascript(lightsail_server, tmp_path: Path) -> None:
    node = find_tool("node", "install Node.js 20 or newer")
    script = tmp_path / "control.mjs"
    script.write_text(block("javascript"))
    done = subprocess.run(  # noqa: S603 - our own document
        [node, str(script)],
        env=lightsail_server.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "true 0\n"


def test_the_table_of_the_control_api_is_complete() -> None:
    named = set(re.findall(r"^\| `(?:GET|POST) (\w+)", DOCUMENT, re.MULTILINE))
    definitions = control_schema()["$defs"]
    assert named == {
        name.partition(".")[0] for name in definitions if name.endswith(".response")
    } - {"error"}


def test_the_default_speed_is_what_it_says() -> None:
    assert f"{Options().speed:g} virtual seconds in each real one" in " ".join(DOCUMENT.split())
