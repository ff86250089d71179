"""Commands exit with a code of their own if they cannot write, or are interrupted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_lightsail import cli
from pytest_lightsail.__main__ import main

COMMAND = f"{sys.executable} -m pytest_lightsail"


def run(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full does not exist")
def test_a_full_disk_is_reported_on_one_line_with_exit_code_2() -> None:
    done = run(f"{COMMAND} schemas control > /dev/full")
    assert (done.returncode, done.stderr) == (
        2,
        "pytest-lightsail: error: No space left on device\n",
    )


def test_a_closed_stdout_is_reported_on_one_line_with_exit_code_2() -> None:
    done = run(f"{COMMAND} serve >&-")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_ends_the_command_with_exit_code_2() -> None:
    done = run(f"( sleep 0.1; {COMMAND} schemas control; echo $? >&2 ) | true")
    assert done.stderr.splitlines()[-1] == "2"
    assert "Traceback" not in done.stderr


def test_a_path_that_is_too_long_is_reported_on_one_line_with_exit_code_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["schemas", "write", "x" * 300]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_ctrl_c_ends_the_command_with_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_source: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "load", interrupted)
    monkeypatch.setattr(sys, "argv", ["pytest-lightsail", "diff", "installed", "installed"])
    assert main() == 130
