"""Measure two kinds of batches in turn, and report the ratio of their times."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

from pytest_lightsail.c_functions import original

# This function still shows real time while an account is active.
REAL = {"clock": original(time.perf_counter)}


def seconds(function: Callable[[], object]) -> float:
    """Return how long a call takes, in real time."""
    start = REAL["clock"]()
    function()
    return REAL["clock"]() - start


@dataclass
class Comparison:
    """Our times, compared with a baseline from the same run.

    Attributes:
        what: what is measured.
        baseline: what it is compared with.
        unit: the unit of the times.
        at_most: the maximum ratio of our time to the baseline, or ``None`` for no goal.
        at_least: the minimum ratio of the baseline to our time, or ``None``. If set, this ratio is
            reported.
        ours: our times, one for each batch.
        theirs: the times of the baseline, one for each batch.
    """

    what: str
    baseline: str
    unit: str = "µs"
    at_most: float | None = None
    at_least: float | None = None
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    def add(self, ours: float, theirs: float) -> None:
        """Add a batch of each kind."""
        self.ours.append(ours)
        self.theirs.append(theirs)

    @property
    def ratio(self) -> float:
        """The median ratio of the pairs of batches. Both batches of a pair ran under the same load."""
        pairs = zip(self.ours, self.theirs, strict=True)
        if self.at_least is not None:
            return statistics.median(theirs / ours for ours, theirs in pairs)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    @property
    def met(self) -> bool:
        """Whether the ratio meets the goal."""
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return self.at_most is None or self.ratio <= self.at_most

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g} × faster"
        return "none" if self.at_most is None else f"≤ {self.at_most:g} ×"

    @property
    def told(self) -> str:
        """The ratio in words."""
        words = " × faster" if self.at_least is not None else " ×"
        return f"{self.ratio:.2f}{words}" if self.ratio < 10 else f"{self.ratio:.0f}{words}"

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.what}, compared with {self.baseline}: {self.told} "
            f"({_shown(self.ours)} : {_shown(self.theirs)} {self.unit}; goal {self.goal}: {verdict})"
        )

    @property
    def row(self) -> tuple[str, ...]:
        """Return the cells of the table's row."""
        goal = self.goal if self.met else f"{self.goal}, **missed**"
        ours, theirs = (f"{_shown(times)} {self.unit}" for times in (self.ours, self.theirs))
        return self.what, self.baseline, ours, theirs, self.told, goal


def _shown(values: list[float]) -> str:
    middle = statistics.median(values)
    return f"{middle:.3g}" if middle < 1000 else f"{middle:,.0f}"


def machine() -> str:
    """Describe the machine and the measured releases."""
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("botocore", "hypothesis", "moto", "pytest")
    )
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, {packages}"
    )
