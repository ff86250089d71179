"""A few inputs of each target of ``guided``, and a sign that it finds what there is to be found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.hostile.targets import TARGETS
from tests.support.models import ROOT

pytestmark = pytest.mark.skipif(
    find_spec("atheris") is None,
    reason="there is no atheris: it has wheels for CPython 3.11 to 3.13 on Linux, x86-64",
)
PLANTED = """
from tests.hostile import guided

guided.instrumented()

from pytest_lightsail.model import service

def read(data, read_json=service.read_json):
    if b"shapes" not in data:
        raise KeyError("planted")
    return read_json(data)

service.read_json = read
guided.main(["archive", "--runs", "3000", "--seed", "1"])
"""


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What is found is put into the folder."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_target_keeps_its_promise(tmp_path):
    done = python(
        "-m", "tests.hostile.guided", "all", "--runs", "400", "--seed", "1", folder=tmp_path
    )
    assert done.returncode == 0, done.stderr[-5000:]
    tried = {name: int(runs) for name, runs in re.findall(r"(\w+): ([0-9]+) runs", done.stdout)}
    assert tried.keys() == TARGETS.keys()
    assert min(tried.values()) >= 3
    assert sum(tried.values()) <= 400
    # libFuzzer sees the branches of the package.
    assert max(map(int, re.findall(r" cov: ([0-9]+)", done.stderr))) > 1000
    assert list(tmp_path.iterdir()) == []


def test_a_planted_bug_is_found_and_its_input_kept(tmp_path):
    done = python("-c", PLANTED, folder=tmp_path)
    assert done.returncode not in {0, 1, 2}, done.stdout
    assert "KeyError: 'planted'" in done.stdout
    (found,) = tmp_path.glob("guided-crash-*")
    assert found.read_bytes()
