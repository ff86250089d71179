"""Measure the cost of all reports and recordings of a run, as a ratio to the same run without them.

The tests of the example project run alternately with and without reports, each time in a new process. The
time is the CPU time of the whole process.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

REPEATS = 7
ROOT = Path(__file__).parents[1]
TESTS = "examples/release/tests/test_release.py"
PLAIN = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly")
LIMIT = 1.3


def reporting(folder: str) -> dict[str, tuple[str, ...]]:
    """Return the flags for all reports and recordings."""
    coverage = (
        "--lightsail-cov",
        "--lightsail-cov-report=term-missing",
        f"--lightsail-cov-report=json:{folder}/coverage.json",
        "--lightsail-cov-fail-under=1",
    )
    return {
        "coverage": coverage,
        "the contract": (f"--lightsail-contract={folder}/contract.json",),
    }


def seconds(*flags: str) -> float:
    """Return the CPU time of a run in seconds."""
    before = os.times()
    done = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", TESTS, *PLAIN, *flags],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    after = os.times()
    assert done.returncode == 0, done.stdout
    return (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.machine()}, medians of {REPEATS}")
    with tempfile.TemporaryDirectory() as folder:
        parts = reporting(folder)
        everything = tuple(flag for flags in parts.values() for flag in flags)
        variants = {"off": (), "coverage": parts["coverage"], "all": everything}
        seconds()  # The first run compiles the modules.
        took: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(REPEATS):
            for name, flags in variants.items():
                took[name].append(seconds(*flags))
    off = statistics.median(took["off"])
    print(f"the example project's tests, off: {off * 1000:.0f} ms")
    for name in ("coverage", "all"):
        on = statistics.median(took[name])
        print(f"{name}: {on * 1000:.0f} ms, {on / off:.2f} × of off (at most {LIMIT})")
        if on > LIMIT * off:
            raise SystemExit(f"{name} costs more than {LIMIT} × of off")


if __name__ == "__main__":
    main()
