"""Fixtures that run pytest inside a test, or track the reads of a response."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

# pytester unloads every module that an in-process run imports for the first time. Import these
# modules here, because Hypothesis cannot be imported twice and the others are slow to import.
import pytest_lightsail.simulation.handle
import pytest_lightsail.strategies
import pytest_lightsail.verification.verify  # noqa: F401
from tests.support.watched import ANSWER, Watched

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Return a function that runs pytest in this process."""
    return pytester.runpytest_inprocess


@pytest.fixture
def coverage(run: Run, pytester: pytest.Pytester) -> Callable[..., dict[str, Any]]:
    """Return a function that runs pytest with coverage and returns the JSON document."""

    def coverage(*flags: str, **how: Any) -> dict[str, Any]:
        run("--lightsail-cov", "--lightsail-cov-report=json:found.json", *flags, **how)
        document: dict[str, Any] = json.loads((pytester.path / "found.json").read_bytes())
        return document

    return coverage


@pytest.fixture
def watched() -> Watched:
    return Watched(ANSWER)


@pytest.fixture
def service(watched: Watched) -> Any:
    return watched.service
