"""Hostile input that is led by the branches of the package: libFuzzer, by way of atheris.

    python -m tests.hostile.guided patterns --runs 50000 --seed 1

One process has one run: of several targets, or of ``all``, each input goes to one. It ends with the
first promise that is broken: with a traceback, and with the input in a file, which ``--input FILE``
tries again. The suite tries some hundred inputs of each.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

import atheris

from pytest_lightsail.c_functions import original
from tests.hostile.target import Target, either

SECONDS = 20
"""Real seconds after which one input takes too long, on a machine that is busy with other work."""

MEBIBYTES = 1024
"""Of memory that the process may have; it begins with some 120."""

REAL = {"clock": original(perf_counter)}


class Tally:
    """Counts what a target is given until its time is up, and remembers how long the slowest took."""

    def __init__(self, name: str, target: Target, seconds: float) -> None:
        self.name = name
        self._until = REAL["clock"]() + seconds
        self._check = target.check
        self.runs = 0
        self.slowest = 0.0

    def check(self, data: bytes) -> None:
        began = REAL["clock"]()
        if began > self._until:
            return  # libFuzzer goes through the rest of its runs in no time
        self.runs += 1
        self._check(data)
        self.slowest = max(self.slowest, REAL["clock"]() - began)

    def __str__(self) -> str:
        return f"{self.name}: {self.runs} runs, slowest {self.slowest:.2f} s"


def one_of(targets: Sequence[Target]) -> Target:
    """The only one, or ``either``."""
    return targets[0] if len(targets) == 1 else either(*targets)


def fuzz(targets: dict[str, Target], *, runs: int, seed: int, seconds: float) -> None:
    """Try so many inputs, or for so many seconds; the process ends with it.

    Its exit code is 0 where every promise was kept, and libFuzzer's where one was broken.
    """
    tallies = [Tally(name, target, seconds) for name, target in targets.items()]
    counted = [
        Target(tally.check, target.seeds)
        for tally, target in zip(tallies, targets.values(), strict=True)
    ]
    whole = one_of(counted)
    with tempfile.TemporaryDirectory(prefix="guided-") as folder:
        for number, content in enumerate(whole.seeds):
            Path(folder, f"{number:04}").write_bytes(content)
        longest = max(map(len, whole.seeds)) * 2
        options = {
            "atheris_runs": runs,
            "seed": seed,
            "max_len": longest,
            "timeout": SECONDS,
            "rss_limit_mb": MEBIBYTES,
            "artifact_prefix": Path(tempfile.gettempdir(), "guided-"),
        }
        arguments = [f"-{name}={value}" for name, value in options.items()]
        atheris.Setup([sys.argv[0], *arguments, folder], whole.check)
        try:
            atheris.Fuzz()
        finally:
            # libFuzzer looks at the clock by a signal, and is no more there to take the next one.
            signal.setitimer(signal.ITIMER_REAL, 0)
            print(*tallies, sep="\n", flush=True)


def instrumented() -> Mapping[str, Callable[[], Target]]:
    """How the ``targets`` are made, of a package that says which way it goes."""
    with (
        contextlib.redirect_stderr(io.StringIO()),
        atheris.instrument_imports(include=["pytest_lightsail"]),
    ):
        from tests.hostile.targets import TARGETS  # noqa: PLC0415 - after there is somebody to ask

        return TARGETS


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    makers = instrumented()
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="+", choices=["all", *makers], metavar="TARGET")
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop then")
    parser.add_argument("--seed", type=int, default=random.randrange(1, 1 << 30))
    parser.add_argument("--input", type=Path, help="try this file alone")
    given = parser.parse_args(arguments)
    names = makers if "all" in given.targets else given.targets
    targets = {name: makers[name]() for name in names}
    if given.input is not None:
        one_of(list(targets.values())).check(given.input.read_bytes())
        return
    print(f"seed {given.seed}", flush=True)
    fuzz(targets, runs=given.runs, seed=given.seed, seconds=given.seconds)


if __name__ == "__main__":
    main()
