"""The commands of the example CI workflow detect changes of the schemas and of botocore."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest

from pytest_lightsail.cli import main
from tests.support.pages import ROOT
from tests.support.wheels import botocore_wheel

yaml = pytest.importorskip("yaml")
FILE = ROOT / "examples" / "ci" / "lightsail-contract.yml"
PIP = re.compile(
    r"python -m pip (install --requirement requirements\.txt|download .*--dest newest botocore)"
)


@pytest.fixture
def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with the schemas and the contract that the workflow needs."""
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"^#     pytest-lightsail (.*)$", FILE.read_text("utf-8"), re.MULTILINE)
    assert main(command.split()) == 0
    shutil.copy(ROOT / "examples" / "release" / "contracts" / "lightsail.json", "contracts")
    run("git init --quiet && git add contracts", tmp_path)
    return tmp_path


def installed_model() -> dict[str, Any]:
    model: dict[str, Any] = botocore.loaders.Loader().load_service_model("lightsail", "service-2")
    return json.loads(json.dumps(model))  # type: ignore[no-any-return]


def commands(workflow: dict[str, Any], job: str) -> Iterator[str]:
    """Yield the commands of a job, except those of pip, which need a network."""
    for step in workflow["jobs"][job]["steps"]:
        if "run" in step and not PIP.fullmatch(step["run"]):
            yield step["run"]


def run(script: str, project: Path) -> subprocess.CompletedProcess[str]:
    program = project / ".bin" / "pytest-lightsail"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pytest_lightsail "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(program.parent), os.environ["PATH"]))
    return subprocess.run(  # noqa: S603 - our own example
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
        cwd=project,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_step_uses_an_action_or_runs_a_command(workflow: dict[str, Any]) -> None:
    for name, job in workflow["jobs"].items():
        assert job["runs-on"]
        for step in job["steps"]:
            assert {"uses", "run"} & step.keys()
        assert list(commands(workflow, name))


def test_the_pinned_job_passes_if_the_schemas_are_current(
    workflow: dict[str, Any], project: Path
) -> None:
    for command in commands(workflow, "pinned"):
        done = run(command, project)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_pinned_job_fails_if_a_schema_has_changed(
    workflow: dict[str, Any], project: Path
) -> None:
    path = project / "contracts" / "GetContainerServices.response.json"
    path.write_text(path.read_text("utf-8").replace('"RUNNING"', '"WALKING"'), "utf-8")
    run("git add contracts", project)

    write, compare = commands(workflow, "pinned")
    assert run(write, project).returncode == 0
    done = run(compare, project)

    assert done.returncode == 1
    assert "GetContainerServices" in done.stdout


def test_the_pinned_job_fails_if_a_schema_was_never_committed(
    workflow: dict[str, Any], project: Path
) -> None:
    run("git rm --quiet --cached contracts/GetContainerServices.response.json", project)

    write, compare = commands(workflow, "pinned")
    assert run(write, project).returncode == 0
    done = run(compare, project)

    assert done.returncode == 1
    assert "GetContainerServices" in done.stdout


def test_the_newest_job_passes_if_the_model_is_unchanged(
    workflow: dict[str, Any], project: Path
) -> None:
    (project / "newest").mkdir()
    botocore_wheel("9.9.9", project / "newest", json.dumps(installed_model()).encode())

    for command in commands(workflow, "newest"):
        done = run(command, project)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_newest_job_fails_if_a_member_was_removed(
    workflow: dict[str, Any], project: Path
) -> None:
    model = installed_model()
    del model["shapes"]["ContainerService"]["members"]["state"]
    (project / "newest").mkdir()
    botocore_wheel("9.9.9", project / "newest", json.dumps(model).encode())

    for command in commands(workflow, "newest"):
        done = run(command, project)

        assert done.returncode == 1
        assert "breaking" in done.stdout
        assert "state" in done.stdout


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("lightsail-contract", "contracts/lightsail.json"),
        ("lightsail-schemas", "contracts/GetContainerServices.response.json"),
        ("lightsail-schemas", "requirements.txt"),
    ],
)
def test_a_hook_runs_if_a_file_that_it_depends_on_changes(name: str, file: str) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (pattern,) = (hook["files"] for hook in hooks if hook["id"] == name)
    assert re.search(pattern, file)


def test_the_pre_commit_hooks_run_as_configured_on_the_page(project: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    entries = {hook["id"]: hook["entry"].split()[1:] for hook in hooks}
    page = (ROOT / "docs" / "contract-check.md").read_text("utf-8")
    (config,) = re.findall(r"^(# \.pre-commit-config.*?)^```", page, re.DOTALL | re.MULTILINE)
    (repository,) = yaml.safe_load(config)["repos"]
    contract = [*entries["lightsail-contract"], "contracts/lightsail.json"]
    assert main([*contract, "--baseline", "accepted.json", "--write-baseline"]) == 0

    for hook in repository["hooks"]:
        assert main([*entries[hook["id"]], *hook["args"]]) == 0
    assert {hook["id"] for hook in repository["hooks"]} == entries.keys()
