"""``Listener``: the hooks by which parts gather, and by which workers hand over what they have gathered.

What is gathered is plain data that travels with the report of each test, so nothing is lost with a worker
of pytest-xdist that crashes later.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from ..simulation.observers import observers
from .part import Part

__all__ = ["Listener"]

_ATTRIBUTE = "lightsail_parts"
"""Of a test report; pytest-xdist carries it from the worker to the controller."""


class Listener:
    """Lets every part hear what happens, and brings together what workers have heard."""

    def __init__(self, config: pytest.Config, parts: Sequence[Part]) -> None:
        self._parts = {part.name: part for part in parts}
        self._output: dict[str, Any] | None = getattr(config, "workeroutput", None)
        self._outcome: dict[str, str] = {}
        observers.extend(parts)

    @property
    def _is_worker(self) -> bool:
        return self._output is not None

    def pytest_unconfigure(self) -> None:
        """Listen no longer."""
        for part in self._parts.values():
            observers.remove(part)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put what the test has gathered into its last report."""
        report = yield
        worst = self._outcome.get(item.nodeid, "passed")
        self._outcome[item.nodeid] = worst if report.passed else report.outcome
        if call.when == "teardown":
            gathered = self._take(item.nodeid, self._outcome.pop(item.nodeid))
            if gathered:
                setattr(report, _ATTRIBUTE, gathered)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what a test has gathered; the controller hears of the tests of all workers."""
        if not self._is_worker:
            self._add(report.nodeid, getattr(report, _ATTRIBUTE, {}))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Add what came after the last test; write everything, in the controller."""
        left = self._take("", "passed")
        if self._output is not None:
            self._output[_ATTRIBUTE] = left
            return
        self._add("", left)
        finished = [part.finish() for part in self._parts.values()]
        if not all(finished) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker has ended: add what it has gathered after its last test."""
        self._add("", getattr(node, "workeroutput", {}).get(_ATTRIBUTE, {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Let every part tell the user."""
        if not self._is_worker:
            for part in self._parts.values():
                part.summarize(terminalreporter)

    def _take(self, nodeid: str, outcome: str) -> dict[str, Any]:
        taken = {name: part.take(nodeid, outcome) for name, part in self._parts.items()}
        return {name: gathered for name, gathered in taken.items() if gathered is not None}

    def _add(self, nodeid: str, gathered: dict[str, Any]) -> None:
        for name, one in gathered.items():
            self._parts[name].add(nodeid, one)
