"""Gather data while tests run, and write files when the run ends.

Under pytest-xdist, each worker gathers data from its own tests and sends it to the controller
when the worker ends. The controller writes the files.
"""

from __future__ import annotations

import fnmatch
import json
import math
import re
import sys
import threading
from collections.abc import Callable, Generator
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ..accounts import SIGNED_REGION, Observer, answering, header_text, observers
from ..conformance.transcript import Exchange, made, transcript_text
from ..exceptions import ConfigurationError, did_you_mean, plural
from ..model.service import load, read_json_file
from ..output_files import check_output, write_output
from ..patching import Patch
from ..reporting.coverage import Coverage, coverage_text, survey
from ..simulator.account import Account


class Part(Observer):
    """Base class for the outputs of a run: coverage, a consumer contract or a transcript."""

    name: str
    """The name of the output."""
    exit_code: int = pytest.ExitCode.OK
    """The run's exit code, which is set when the run ends."""
    _has_run = False
    has_failed = False
    """Whether the run must fail, for example because the file cannot be written."""

    def __init__(self, config: pytest.Config, flag: str, file: str | None) -> None:
        """Raise ``UsageError`` if the file named by ``flag`` must not be overwritten."""
        self._config = config
        self.file, self.path = file, config.invocation_params.dir / (file or "")
        self.lines: list[str] = []  # shown at the end of the run
        self._files_of_tests: set[str] = set()
        # The dictionary that a pytest-xdist worker sends to the controller (``None`` elsewhere).
        self._worker_output: dict[str, Any] | None = getattr(config, "workeroutput", None)
        # The key of this output in ``_worker_output``, and its name in pytest's plugin manager.
        self._key = f"lightsail_{self.name}"
        if file is not None and self._worker_output is None:  # workers write no files
            try:
                check_output(self.path)
            except ConfigurationError as error:
                raise pytest.UsageError(f"{flag}: {error}") from None
        observers.append(self)
        config.add_cleanup(lambda: observers.remove(self))
        config.pluginmanager.register(self, self._key)

    def write(self, text: str, result: str) -> None:
        """Write the file, and show ``result`` or an error message at the end of the run."""
        try:
            write_output(self.path, text)
        except (OSError, ConfigurationError) as error:
            result, self.has_failed = f"{self.path} cannot be written: {error}", True
        self.lines.append(result)

    def dump(self) -> Any:
        """Return the gathered data as JSON. Each worker calls this method once, when it ends."""
        raise NotImplementedError

    def load(self, gathered: Any) -> None:
        """Add the data from a worker. The controller calls this method once for each worker."""
        raise NotImplementedError

    def finish(self) -> None:
        """Write the file. This method is called once per run, but not in pytest-xdist workers."""
        raise NotImplementedError

    # Methods that determine whether a test or the code under test makes a call.

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Remember which files contain tests. Ignore files that contain only doctests."""
        if isinstance(item, pytest.Function):
            self._files_of_tests.add(str(item.path))

    def is_called_by_test(self) -> bool:
        """Return whether a test module, doctest or ``conftest.py`` makes the current call directly.

        Attribute all other calls to the code under test, even calls from event loops or threads.
        """
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            if package == "asyncio":
                return False  # the test runs the event loop, but does not make the call
            if package not in _BETWEEN:
                file = frame.f_code.co_filename
                is_of_tests = file in self._files_of_tests or file.startswith("<doctest ")
                return is_of_tests or Path(file).name == "conftest.py"
            frame = frame.f_back
        return False

    # Hooks that collect the data from all workers and write the file.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Remember whether tests run: with ``--collect-only``, no file is written."""
        self._has_run = not self._config.getoption("collectonly")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add the data from a worker that has ended. A worker that crashes sends no data."""
        sent = getattr(node, "workeroutput", {})
        if self._key in sent:
            self.load(sent[self._key])

    @pytest.hookimpl(wrapper=True, trylast=True)  # runs after fixture teardown, before the summary
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """In a worker, send the gathered data. In the controller, write the file."""
        self.exit_code = exitstatus
        try:
            yield
        finally:
            for lightsail in answering:
                self.account_ended(lightsail.account)
            if self._worker_output is not None:
                self._worker_output[self._key] = self.dump()
            elif self._has_run:
                self.finish()
                if self.has_failed and session.exitstatus == pytest.ExitCode.OK:
                    session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the messages about this output at the end of the run."""
        if self.lines:
            terminalreporter.write_sep("=", f"Lightsail {self.name}")
        for line in self.lines:
            terminalreporter.write_line(line)


_BETWEEN = sys.stdlib_module_names | {
    *("botocore", "aiobotocore", "boto3", "aioboto3"),
    *("pytest_lightsail", "_pytest", "pluggy", "pytest_asyncio", "hypothesis"),
}
"""Packages that only forward calls. ``is_called_by_test`` skips the frames of these packages."""


# --- coverage ------------------------------------------------------------------------------------

DEFAULT_FILE = "lightsail-coverage.json"


class CoveragePart(Part):
    """Counts the entries in all accounts' histories, then shows and writes the coverage."""

    name = "coverage"

    def __init__(self, config: pytest.Config) -> None:
        # If the same type of report is requested twice, the last request wins, so that flags on
        # the command line override ``addopts``.
        given: Any = config.getoption("lightsail_cov_report")
        requests = [each.partition(":") for each in given]
        reports = {kind: name or DEFAULT_FILE for kind, _, name in requests}
        super().__init__(config, "--lightsail-cov-report", reports.get("json"))
        self._shows_missing = "term-missing" in reports
        self._shows_table = self._shows_missing or "term" in reports or not reports
        self._total = Coverage()
        self._lock = threading.Lock()  # calls may come from several threads
        self._set_damaged_file_aside()
        self._check_patterns()

    def _set_damaged_file_aside(self) -> None:
        """If the file from an earlier run is not valid JSON, rename it and issue a warning."""
        path = self.path
        if self._worker_output is not None or not path.is_file() or not path.stat().st_size:
            return
        try:
            read_json_file(path)
        except ValueError as error:
            aside = path.replace(path.with_name(f"{path.name}.damaged"))
            message = f"{path} from an earlier run is damaged and was renamed to {aside}: {error}"
            self._config.issue_config_time_warning(pytest.PytestWarning(message), stacklevel=2)

    def _check_patterns(self) -> None:
        """Raise ``UsageError`` if an ``include`` or ``omit`` pattern matches no operation."""
        operations = load().operations
        for option in ("include", "omit"):
            for pattern in getattr(self._config.option, f"lightsail_cov_{option}"):
                if not fnmatch.filter(operations, pattern):
                    hint = did_you_mean(pattern, operations)
                    raise pytest.UsageError(
                        f"--lightsail-cov-{option}={pattern} matches no operation of Amazon Lightsail"
                        f"{hint or ': expected a name or a pattern, such as *ContainerService*'}"
                    )

    def called(self, operation: str) -> None:
        """Count the calls that tests make directly."""
        if self.is_called_by_test():
            with self._lock:
                self._total.counts["calls_of_tests"][operation] += 1

    def account_ended(self, account: Account) -> None:
        """Count the entries in the account's history."""
        with account.lock, self._lock:
            self._total.add(account.history)

    def dump(self) -> Any:
        """Return the counts from this worker."""
        return self._total.document()

    def load(self, gathered: Any) -> None:
        """Add the counts from a worker."""
        self._total.merge(gathered)

    def finish(self) -> None:
        """Write the file, and compare the coverage with the required minimum."""
        model, option = load(), self._config.option
        found = survey(
            self._total,
            model,
            whole=option.lightsail_cov == "all",
            include=option.lightsail_cov_include,
            omit=option.lightsail_cov_omit,
        )
        if self._shows_table:
            self.lines += coverage_text(found, missing=self._shows_missing)
        if self.file:
            text = self._total.to_json(model.release)
            self.write(text, f"Lightsail coverage written to {self.path}")
        least: float | None = option.lightsail_cov_fail_under
        if least is not None:
            required = f"Required Lightsail coverage of {least:g}%"
            # Round down, so that insufficient coverage never looks sufficient.
            total = f"Total coverage: {math.floor(found.percent * 100) / 100:.2f}%"
            if found.percent >= least:
                self.lines.append(f"{required} reached. {total}")
            else:
                self.lines.append(f"FAIL {required} not reached. {total}")
                self.has_failed = True


# --- the transcript ------------------------------------------------------------------------------

_TARGET = re.compile(r"Lightsail_20161128\.(\w+)")


class TranscriptPart(Part):
    """Writes a transcript of the calls that tests make to a real account."""

    name = "transcript"

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config, "--lightsail-record", config.getoption("lightsail_record"))
        self._region = "us-east-1"
        self._exchanges: list[Exchange] = []
        # ``URLLib3Session.send`` is called only for real requests, never for simulated requests.
        patch = Patch("botocore.httpsession", "URLLib3Session", "send", self._listening)
        patch.install()
        config.add_cleanup(patch.remove)

    def dump(self) -> Any:
        """Return the Region of the worker's last call, and all of the worker's calls."""
        return self._region, [asdict(each) for each in self._exchanges]

    def load(self, gathered: Any) -> None:
        """Add the calls from a worker."""
        region, exchanges = gathered
        if exchanges:
            self._region = region
            self._exchanges += (Exchange(**each) for each in exchanges)

    def finish(self) -> None:
        """Write the file."""
        if not self._exchanges:
            self.lines.append("no real calls were made; mark tests with lightsail(real_calls=True)")
            return
        source = f"pytest --lightsail-record, {datetime.now(timezone.utc):%Y-%m-%d}"
        text = transcript_text(
            "the calls that tests made to a real account", source, self._region, self._exchanges
        )
        calls = plural(len(self._exchanges), "call")
        self.write(text, f"{calls} in {self.file}; see `pytest-lightsail replay`")

    def _listening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def send(session: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            response = original(session, request, *args, **kwargs)
            self._note(request, response)
            return response

        return send

    def _note(self, request: Any, response: Any) -> None:
        target = _TARGET.fullmatch(header_text(request.headers.get("X-Amz-Target", "")))
        if target is None:
            return
        scope = SIGNED_REGION.search(header_text(request.headers.get("Authorization", "")))
        self._region = scope[1] if scope else self._region
        parameters = json.loads(request.body or b"{}")
        received = response.status_code, dict(response.headers), response.content
        self._exchanges.append(made(target[1], parameters, *received))
