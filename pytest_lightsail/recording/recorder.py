"""The parts of what a run leaves behind, and the hooks by which they gather it.

What is gathered is plain data that travels with the next report of its worker, so nothing is lost with
a worker of pytest-xdist that crashes later, nor with a rerun that is not reported whole.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ..accounts import Observer, observers
from ..exceptions import ConfigurationError
from ..output_files import check_output
from ..simulation.handle import active_accounts

__all__ = ["Part", "is_worker", "output_path"]


_paths = pytest.StashKey[set[Path]]()
"""The files that the run is to write."""


def is_worker(config: pytest.Config) -> bool:
    """Return whether this is a worker of pytest-xdist, which reads and writes no files."""
    return hasattr(config, "workerinput")


def output_path(config: pytest.Config, option: str, name: str | Path) -> Path:
    """Return the path of a file that a run is to write.

    Raises:
        UsageError: something is there that must not be replaced, or another output is to be.
    """
    path = config.invocation_params.dir / name
    if not is_worker(config):
        try:
            check_output(path)
        except ConfigurationError as error:
            raise pytest.UsageError(f"--{option.replace('_', '-')}: {error}") from None
    paths = config.stash.setdefault(_paths, set())
    if path in paths:
        raise pytest.UsageError(f"{path} cannot hold two outputs of one run")
    paths.add(path)
    return path


class Part(Observer):
    """One output of a run, such as coverage, and the hooks that gather it.

    Attributes:
        name: the name of the output.
        exit_code: the exit code of the run, once it has finished.
    """

    name: str
    exit_code: int = pytest.ExitCode.OK

    def __init__(self) -> None:
        self._files_of_tests: set[str] = set()
        self._output: dict[str, Any] | None = None
        self._outcome: dict[str, str] = {}
        self._waiting: list[tuple[str, Any]] = []
        """In a worker, tests and what they have gathered."""
        self._has_run = False

    def start(self, config: pytest.Config) -> None:
        """Listen to accounts, and to the run."""
        self._output = getattr(config, "workeroutput", None)
        observers.append(self)
        config.pluginmanager.register(self, self._attribute)

    @property
    def _attribute(self) -> str:
        """The attribute of a test report that pytest-xdist sends from worker to controller."""
        return f"lightsail_{self.name}"

    # What a part does.

    def take(self, nodeid: str, outcome: str) -> Any:
        """Return what was gathered since the last call, as JSON, or ``None`` if there is nothing.

        Args:
            nodeid: the test that has just ended; empty after the last test.
            outcome: ``passed``, ``failed`` or ``skipped``.
        """
        raise NotImplementedError

    def add(self, nodeid: str, gathered: Any) -> None:
        """Add what a test has gathered, here or in a worker, in any order."""
        raise NotImplementedError

    def finish(self) -> bool:
        """Write the files; return whether the run may pass. Called once, in the controller."""
        raise NotImplementedError

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Show the user what was written, at the end of the run."""
        raise NotImplementedError

    # Whose call it is.

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember which files hold tests; doctests and linters collect files of other code."""
        if isinstance(item, pytest.Function):
            self._files_of_tests.add(str(item.path))

    def is_called_by_test(self) -> bool:
        """Return whether a test module, a doctest or a ``conftest.py`` makes the current call itself.

        The code under test makes all others, those too whose caller cannot be seen: an event loop or a
        pool makes them.
        """
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            if package == "asyncio":
                return False  # what is below runs the loop, and may be a test that waits for other code
            if package not in _BETWEEN:
                file = frame.f_code.co_filename
                is_of_tests = file in self._files_of_tests or file.startswith("<doctest ")
                return is_of_tests or Path(file).name == "conftest.py"
            frame = frame.f_back
        return False

    # How it is gathered.

    def pytest_unconfigure(self) -> None:
        """Stop listening."""
        observers.remove(self)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Note that tests run; ``--collect-only`` and the like leave nothing behind."""
        self._has_run = not session.config.getoption("collectonly")
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take what a test has gathered, at its end."""
        report = yield
        before = self._outcome.get(item.nodeid, "passed")
        self._outcome[item.nodeid] = max(before, report.outcome, key=_RANKS.index)
        if call.when == "teardown":
            self._take(_plain_id(item), self._outcome.pop(item.nodeid))
        return report

    def _take(self, nodeid: str, outcome: str) -> None:
        gathered = self.take(nodeid, outcome)
        if gathered is None:
            return
        if self._output is None:
            self.add(nodeid, gathered)
        else:
            self._waiting.append((nodeid, gathered))

    def _hand_over(self) -> list[tuple[str, Any]]:
        waiting, self._waiting = self._waiting, []
        return waiting

    @pytest.hookimpl(tryfirst=True)  # before pytest-xdist sends the report away
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In a worker, hand over what waits; otherwise add it."""
        if self._output is not None:
            setattr(report, self._attribute, self._hand_over())
        else:
            self._add(getattr(report, self._attribute, ()))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker has gathered after its last test."""
        self._add(getattr(node, "workeroutput", {}).get(self._attribute, ()))

    def _add(self, handed_over: Iterable[tuple[str, Any]]) -> None:
        for nodeid, gathered in handed_over:
            self.add(nodeid, gathered)

    @pytest.hookimpl(wrapper=True, trylast=True)  # after the last fixtures, before pytest's summary
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """Take what came after the last test; in the controller, write everything."""
        self.exit_code = exitstatus
        try:
            yield
        finally:
            self._finish(session)

    def _finish(self, session: pytest.Session) -> None:
        for account in active_accounts():
            self.account_ended(account)
        self._take("", "passed")
        if self._output is not None:
            self._output[self._attribute] = self._hand_over()
        elif self._has_run and not self.finish() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show what was written."""
        if self._has_run:
            self.summarize(terminalreporter)


_BETWEEN = sys.stdlib_module_names | {
    *("botocore", "aiobotocore", "boto3", "aioboto3"),
    *("pytest_lightsail", "_pytest", "pluggy", "pytest_asyncio", "hypothesis"),
}
"""Packages whose frames lie between the code that uses botocore and the call."""

_RANKS = ("passed", "skipped", "failed")
"""Outcomes of the phases of a test, the worst last."""


def _plain_id(item: pytest.Item) -> str:
    """Return the test's id without the group that pytest-xdist's ``--dist loadgroup`` appends."""
    for marker in item.iter_markers("xdist_group"):
        for group in (*marker.args, *marker.kwargs.values()):
            if item.nodeid.endswith(f"@{group}"):
                return item.nodeid.removesuffix(f"@{group}")
    return item.nodeid
