"""Programs that a test runs: the stand-ins first on their path, the run, and the real time it takes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..c_functions import original
from ..exceptions import ConfigurationError
from ..machinery import TIME
from ..simulator.clock import NANOSECONDS, Clock
from . import shims

__all__ = ["MARK", "RealTime", "Shims", "refuse_old_cli", "run"]

MARK = "pytest-lightsail"
"""What AWS clients in such an environment name in their User-Agent."""

_STAND_INS = ("sleep", "date", "lightsailctl")
_DOCKER = "docker"
_LOOK = 0.05
"""Real seconds after which a run is looked at."""
_OLDEST_CLI: Mapping[int, tuple[int, int]] = {1: (1, 29), 2: (2, 13)}
"""The first releases of the AWS CLI that read AWS_ENDPOINT_URL_LIGHTSAIL (AWS SDKs and Tools Reference
Guide, Service-specific endpoints)."""
_VERSION = re.compile(r"aws-cli/((\d+)\.(\d+)\S*)")


class Shims:
    """Folders of stand-ins, which are there until they are removed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pytest-lightsail-")
        self._root = Path(self._folder.name)
        for folder, names in (("shims", _STAND_INS), (_DOCKER, (_DOCKER,))):
            (self._root / folder).mkdir()
            for name in names:
                self._write(self._root / folder / name)

    def _write(self, file: Path) -> None:
        # Only lightsailctl needs what is installed; without it Python starts in 10 ms.
        options = "" if file.name == "lightsailctl" else "-I -S "
        command = f"{shlex.quote(sys.executable)} {options}{shlex.quote(shims.__file__)}"
        file.write_text(f'#!/bin/sh\nexec {command} "$0" "$@"\n', encoding="utf-8")
        file.chmod(0o755)

    def path(self, *, docker: bool) -> str:
        """Return the folders to put first on ``PATH``."""
        folders = [self._root / _DOCKER] if docker else []
        return os.pathsep.join(map(str, [*folders, self._root / "shims"]))

    def remove(self) -> None:
        """Remove the folders."""
        self._folder.cleanup()


def run(
    command: Sequence[str],
    env: Mapping[str, str],
    is_over: Callable[[], bool],
    *,
    cwd: str | os.PathLike[str] | None,
    text: str | None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """Run a program; stop it, and all that it has started, at ``timeout`` or when ``is_over()``."""
    try:
        process = subprocess.Popen(  # noqa: S603 - it is asked for
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL if text is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise ConfigurationError(f"cannot run {command[0]}: {error.strerror or error}") from None
    end = time.monotonic() + timeout
    with process:
        try:
            while True:
                try:
                    out, err = process.communicate(text, timeout=_LOOK)
                    return subprocess.CompletedProcess(command, process.returncode, out, err)
                except subprocess.TimeoutExpired as still:
                    text = None  # it has been sent
                    written = still.stdout, still.stderr
                if is_over():
                    return subprocess.CompletedProcess(
                        command, -signal.SIGKILL, *map(_text, written)
                    )
                if time.monotonic() > end:
                    raise subprocess.TimeoutExpired(command, timeout, *map(_text, written))
        finally:
            stop(process)


def _text(written: str | bytes | None) -> str:
    return written.decode(errors="replace") if isinstance(written, bytes) else written or ""


def stop(process: subprocess.Popen[str]) -> None:
    """Stop a program that runs in a session of its own, and all that it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def refuse_old_cli(env: Mapping[str, str]) -> None:
    """Say so where the AWS CLI of an environment does not know how to find the account.

    Raises:
        ConfigurationError: it names the version, and what to do.
    """
    program = shutil.which("aws", path=env.get("PATH"))
    if program is None:
        return
    said = subprocess.run(  # noqa: S603 - it asks for the version alone
        [program, "--version"], env=dict(env), capture_output=True, text=True, check=False
    )
    found = _VERSION.search(said.stdout + said.stderr)  # Python 2 wrote it to the error output
    if found and (int(found[2]), int(found[3])) < _OLDEST_CLI.get(int(found[2]), (0, 0)):
        raise ConfigurationError(
            f"no call has reached the account: version {found[1]} of the AWS CLI does not read "
            "AWS_ENDPOINT_URL_LIGHTSAIL, as 1.29 and 2.13 and newer do. Install one of these, or let the "
            'script pass --endpoint-url "$AWS_ENDPOINT_URL_LIGHTSAIL".'
        )


_now = original(TIME["monotonic_ns"])


class RealTime:
    """Moves a clock on by the real time that has passed since it did so last.

    It refers to no account, or accounts would never be freed: it is kept for as long as its account is.
    """

    def __init__(self, speed: float) -> None:
        self._last = _now()
        self.speed = speed
        """Account seconds for each real second."""
        self.paused = False
        """Whether real time does not count until further notice."""
        self.by_sleep = False
        """Whether it does not count because the caller's ``sleep`` moves the clock."""

    def catch_up(self, clock: Clock, advance: Callable[[float], None]) -> None:
        """Let the clock's appointments of the meantime take place."""
        with clock.lock:
            now, before = _now(), self._last
            self._last = now
            if not (self.paused or self.by_sleep):
                advance((now - before) / NANOSECONDS * self.speed)
