"""Gather data for the files of a run. ``Part`` is the base class, ``TranscriptPart`` one part.

A part turns the events of a test into plain data, which a pytest-xdist worker sends with its next
test report. No data is lost if the worker crashes later or does not send all reports of a rerun.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Generator, Iterable
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ..accounts import Observer, observers
from ..conformance.transcript import Exchange, made, transcript_text
from ..exceptions import ConfigurationError, plural
from ..output_files import check_output, write_output
from ..patching import Patch
from ..simulation.handle import active_accounts

_paths = pytest.StashKey[set[Path]]()
"""The files that the run will write."""


class Part(Observer):
    """Gathers and writes one kind of output, such as coverage.

    Attributes:
        name: the name of the output.
        exit_code: the run's exit code, once the run has finished.
        result: a message that says which files were written, or why none were.
        is_written: whether all files were written.
    """

    name: str
    exit_code: int = pytest.ExitCode.OK

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.result, self.is_written = "", False
        self._files_of_tests: set[str] = set()
        self._worker_output: dict[str, Any] | None = getattr(config, "workeroutput", None)
        """The data that a pytest-xdist worker sends when it ends, or ``None`` outside workers."""
        self._outcomes: dict[str, str] = {}
        self._waiting: list[tuple[str, Any]] = []
        """Pairs of a test and its data that a worker has not sent yet."""
        self._has_run = False

    def start(self) -> None:
        """Observe all accounts and register for pytest's hooks."""
        observers.append(self)
        self._config.pluginmanager.register(self, self._attribute)

    def output_path(self, option: str, name: str | Path) -> Path:
        """Return the path of a file that the run will write.

        Raises:
            UsageError: the existing file must not be replaced, or another output already has the
                path.
        """
        path = self._config.invocation_params.dir / name
        if self._worker_output is None:  # workers write no files
            try:
                check_output(path)
            except ConfigurationError as error:
                raise pytest.UsageError(f"--{option.replace('_', '-')}: {error}") from None
        paths = self._config.stash.setdefault(_paths, set())
        if path in paths:
            raise pytest.UsageError(f"{path} cannot hold two outputs of one run")
        paths.add(path)
        return path

    def write(self, path: Path, text: str, result: str) -> bool:
        """Write a file, note the result, and return whether the file was written."""
        try:
            write_output(path, text)
        except (OSError, ConfigurationError) as error:
            self.result = f"{path} cannot be written: {error}"
            return False
        self.result, self.is_written = result, True
        return True

    @property
    def _attribute(self) -> str:
        """The attribute of test reports in which data travels from worker to controller."""
        return f"lightsail_{self.name}"

    # Methods that each output defines.

    def take(self, nodeid: str, outcome: str) -> Any:
        """Return the data gathered since the last call, as JSON, or ``None`` if there is none.

        Args:
            nodeid: the test that has just ended, or ``""`` after the last test.
            outcome: ``passed``, ``failed`` or ``skipped``.
        """
        raise NotImplementedError

    def add(self, nodeid: str, gathered: Any) -> None:
        """Add the data of a test from this process or a worker. Tests come in any order."""
        raise NotImplementedError

    def finish(self) -> bool:
        """Write the files, and return whether the run may pass. Called once, in the controller."""
        raise NotImplementedError

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Show the result at the end of the run."""
        terminal.write_line(f"lightsail {self.name}: {self.result}", yellow=not self.is_written)

    # Methods that find the code that makes a call.

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember the files of tests. Doctests and linters also collect other files."""
        if isinstance(item, pytest.Function):
            self._files_of_tests.add(str(item.path))

    def is_called_by_test(self) -> bool:
        """Return whether a test module, doctest or ``conftest.py`` itself makes the current call.

        All other calls are made by the code under test. Calls in an event loop or a pool count
        among these, because the stack does not show what started them.
        """
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            if package == "asyncio":
                return False  # frames further out only run the loop, and may be a waiting test
            if package not in _BETWEEN:
                file = frame.f_code.co_filename
                is_of_tests = file in self._files_of_tests or file.startswith("<doctest ")
                return is_of_tests or Path(file).name == "conftest.py"
            frame = frame.f_back
        return False

    # Hooks that send data from workers to the controller.

    def pytest_unconfigure(self) -> None:
        """Stop observing."""
        observers.remove(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Note that tests run. Runs without tests, as with ``--collect-only``, write nothing."""
        self._has_run = not self._config.getoption("collectonly")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """At the end of a test, take the data that it has gathered."""
        report = yield
        before = self._outcomes.get(item.nodeid, "passed")
        self._outcomes[item.nodeid] = max(before, report.outcome, key=_RANKS.index)
        if call.when == "teardown":
            self._take(_plain_id(item), self._outcomes.pop(item.nodeid))
        return report

    def _take(self, nodeid: str, outcome: str) -> None:
        gathered = self.take(nodeid, outcome)
        if gathered is not None and self._worker_output is None:
            self.add(nodeid, gathered)
        elif gathered is not None:
            self._waiting.append((nodeid, gathered))

    @pytest.hookimpl(tryfirst=True)  # before pytest-xdist sends the report to the controller
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In a worker, send the data gathered so far. In the controller, add it."""
        if self._worker_output is None:
            self._add(getattr(report, self._attribute, ()))
        else:
            setattr(report, self._attribute, self._waiting)
            self._waiting = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the data that a worker has gathered after its last test."""
        self._add(getattr(node, "workeroutput", {}).get(self._attribute, ()))

    def _add(self, sent: Iterable[tuple[str, Any]]) -> None:
        for nodeid, gathered in sent:
            self.add(nodeid, gathered)

    @pytest.hookimpl(wrapper=True, trylast=True)  # after all fixtures, before pytest's summary
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """Take the data gathered after the last test. In the controller, write all files."""
        self.exit_code = exitstatus
        try:
            yield
        finally:
            for account in active_accounts():
                self.account_ended(account)
            self._take("", "passed")
            if self._worker_output is not None:
                self._worker_output[self._attribute] = self._waiting
            elif self._has_run and not self.finish() and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the result, if tests ran."""
        if self._has_run:
            self.summarize(terminalreporter)


_BETWEEN = sys.stdlib_module_names | {
    *("botocore", "aiobotocore", "boto3", "aioboto3"),
    *("pytest_lightsail", "_pytest", "pluggy", "pytest_asyncio", "hypothesis"),
}
"""Packages that have frames between the code that uses botocore and the call."""

_RANKS = ("passed", "skipped", "failed")
"""The outcomes of a test phase, from best to worst."""


def _plain_id(item: pytest.Item) -> str:
    """Return a test's id without the group that pytest-xdist's ``--dist loadgroup`` appends."""
    for marker in item.iter_markers("xdist_group"):
        for group in (*marker.args, *marker.kwargs.values()):
            if item.nodeid.endswith(f"@{group}"):
                return item.nodeid.removesuffix(f"@{group}")
    return item.nodeid


# --- the transcript ------------------------------------------------------------------------------

_TARGET = re.compile(r"Lightsail_20161128\.(\w+)")
_SCOPE = re.compile(r"Credential=[^/]*/\d+/([\w-]+)/")


class TranscriptPart(Part):
    """Writes a transcript of the calls that tests make to a real account.

    It patches the method with which botocore sends requests over the network. Requests to a
    simulated account never reach this method.
    """

    name = "transcript"

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._shown = str(config.getoption("lightsail_record"))
        self._path = self.output_path("lightsail_record", self._shown)
        self._region = "us-east-1"
        self._exchanges: list[Exchange] = []
        self._gathered: list[dict[str, Any]] = []
        self._patch = Patch("botocore.httpsession", "URLLib3Session", "send", self._listening)
        self._patch.install()

    def pytest_unconfigure(self) -> None:
        """Remove the patch."""
        super().pytest_unconfigure()
        self._patch.remove()

    def take(self, nodeid: str, outcome: str) -> Any:  # noqa: ARG002 - a transcript has no tests
        """Return the calls of the test that has just ended."""
        taken, self._exchanges = [asdict(each) for each in self._exchanges], []
        return {"region": self._region, "exchanges": taken} if taken else None

    def add(self, nodeid: str, gathered: Any) -> None:  # noqa: ARG002
        """Add the calls of a test, in the order in which tests end."""
        self._region = gathered["region"]
        self._gathered += gathered["exchanges"]

    def finish(self) -> bool:
        """Write the file."""
        if not self._gathered:
            self.result = "no real call was made; mark tests with lightsail(real_calls=True)"
            return True
        exchanges = [Exchange(**each) for each in self._gathered]
        source = f"pytest --lightsail-record, {datetime.now(timezone.utc):%Y-%m-%d}"
        text = transcript_text("what tests did on an account", source, self._region, exchanges)
        calls = plural(len(exchanges), "call")
        result = f"{calls} in {self._shown}; see `pytest-lightsail replay`"
        return self.write(self._path, text, result)

    def _listening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        part = self

        def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            response = original(self, request, *args, **kwargs)
            part._note(request, response)
            return response

        return send

    def _note(self, request: Any, response: Any) -> None:
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        target = _TARGET.fullmatch(headers.get("x-amz-target", ""))
        if target is None:
            return
        scope = _SCOPE.search(headers.get("authorization", ""))
        self._region = scope[1] if scope else self._region
        parameters = json.loads(request.body or b"{}")
        received = response.status_code, dict(response.headers), response.content
        self._exchanges.append(made(target[1], parameters, *received))


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
