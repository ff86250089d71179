"""Gather, show and write the API coverage of a run, and write the HTML report."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..exceptions import did_you_mean
from ..model.bounds import read_json_file
from ..model.service import load
from ..options import MASKED_ID
from ..reporting.coverage import Coverage, called_by_tests, coverage_text, survey
from ..reporting.pages import PAGE, report_page
from ..reporting.timeline import render
from .recorder import Part

if TYPE_CHECKING:
    from ..simulator.account import Account

DEFAULT_FILE = "lightsail-coverage.json"
_DEFAULT_FOLDER = "lightsail-report"
_MOST_LINES = 1000
"""The maximum number of lines per timeline in the HTML report."""
_RANKS = {"passed": 0, "skipped": 1, "failed": 2}
"""Maps each outcome of a test phase to its rank, from best to worst."""


class CoveragePart(Part):
    """Gathers coverage and, for an HTML report, the timelines of tests.

    In a Hypothesis test, each example has its own account. The report shows only the timeline of
    the last account. If the test fails, the last account is that of the failing example.
    """

    name = "coverage"

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        # If a kind of report is requested twice, the last request counts, so that flags on the
        # command line override ``addopts``.
        reports = {
            kind: name for kind, _, name in (each.partition(":") for each in self._flag("report"))
        }
        self._shows_missing = "term-missing" in reports
        self._shows_table = not reports or self._shows_missing or "term" in reports
        self._file = self._html = None
        if "json" in reports:
            self._file = self._path(reports["json"] or DEFAULT_FILE)
            self._set_damaged_file_aside(self._file)
        if "html" in reports:
            self._html = self._path(Path(reports["html"] or _DEFAULT_FOLDER, PAGE))
        self._check_patterns()
        self._total = Coverage()
        self._lines: list[str] = []
        self._verdict, self._is_enough = "", True
        self._last: Account | None = None
        self._outcome = "passed"
        """The worst outcome of the current test's phases so far."""
        self._timelines: dict[str, tuple[str, str, str]] = {}
        """Maps each test to its outcome, its masked id and its timeline."""
        self._lock = threading.Lock()  # several threads may make calls

    def _flag(self, name: str) -> Any:
        return self._config.getoption(f"lightsail_cov_{name}")

    def _path(self, name: str | Path) -> Path:
        return self.output_path("lightsail_cov_report", name)

    def _set_damaged_file_aside(self, file: Path) -> None:
        """If the file of an earlier run is not valid JSON, rename it and issue a warning."""
        if self._worker_output is not None or not file.is_file() or not file.stat().st_size:
            return
        try:
            read_json_file(file)
        except ValueError as error:
            aside = file.replace(file.with_name(f"{file.name}.damaged"))
            message = f"{file} from an earlier run is damaged and was renamed to {aside}: {error}"
            self._config.issue_config_time_warning(pytest.PytestWarning(message), stacklevel=2)

    def _check_patterns(self) -> None:
        """Raise ``UsageError`` if an include pattern or omit pattern matches no operation."""
        operations = load().operations
        for option in ("include", "omit"):
            for pattern in self._flag(option):
                if not any(fnmatchcase(name, pattern) for name in operations):
                    hint = did_you_mean(pattern.strip("*"), operations)
                    raise pytest.UsageError(
                        f"--lightsail-cov-{option}={pattern} matches no operation of Amazon Lightsail"
                        f"{hint or ': expected a name or a pattern, such as *ContainerService*'}"
                    )

    def called(self, operation: str) -> None:
        """Count a call if the test makes it directly."""
        if self.is_called_by_test():
            with self._lock:
                self._total.counts["calls_of_tests"][operation] += 1

    def account_ended(self, account: Account) -> None:
        """Count what happened in the account, and keep the account for the timeline."""
        with account.lock, self._lock:
            self._total.add(account.history)
        if self._html is not None and account.history.events:
            self._last = account

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """At the end of a test, note its outcome and its timeline. The last rerun counts."""
        report = yield
        before = "passed" if call.when == "setup" else self._outcome
        # Outcomes that other plugins add, such as "retried", rank lowest: they are not final.
        self._outcome = max(before, report.outcome, key=lambda outcome: _RANKS.get(outcome, -1))
        if call.when == "teardown":
            account, self._last = self._last, None
            if account is not None:
                name = getattr(report, MASKED_ID, item.nodeid)
                text = render(account.history, _MOST_LINES)
                self._timelines[item.nodeid] = self._outcome, name, text
        return report

    def dump(self) -> Any:
        """Return the counts of this worker, and the outcomes and timelines of its tests."""
        return self._total.document(), self._timelines

    def load(self, gathered: Any) -> None:
        """Add the counts of a worker, and the outcomes and timelines of its tests."""
        counts, timelines = gathered
        self._total.merge(counts)
        self._timelines.update(timelines)

    def finish(self) -> bool:
        """Write all files. Return whether this succeeded and coverage reaches the minimum."""
        model = load()
        found = survey(
            self._total,
            model,
            whole=self._config.getoption("lightsail_cov") == "all",
            include=self._flag("include"),
            omit=self._flag("omit"),
        )
        table = coverage_text(found, missing=self._shows_missing)
        self._lines = table if self._shows_table else [*called_by_tests(found)]
        files = []
        if self._file is not None:
            files.append(("coverage", self._file, self._total.to_json(model.release)))
        if self._html is not None:
            page = report_page(coverage_text(found, missing=True), self._timelines.values())
            files.append(("report", self._html, page))
        may_pass = True
        for what, file, text in files:
            may_pass &= self.write(file, text, f"Lightsail {what} written to {file}")
            self._lines.append(self.result)
        least: float | None = self._flag("fail_under")
        if least is not None:
            self._is_enough = found.percent >= least
            may_pass &= self._is_enough
            # Round down, so that insufficient coverage never looks sufficient.
            total = f"Total coverage: {math.floor(found.percent * 100) / 100:.2f}%"
            required = f"Required Lightsail coverage of {least:g}%"
            reached = f"{required} reached." if self._is_enough else f"FAIL {required} not reached."
            self._verdict = f"{reached} {total}"
        return may_pass

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Print the table, the paths of the files, and whether coverage reaches the minimum."""
        terminal.write_sep("=", f"Lightsail coverage, botocore {load().release}")
        for text in self._lines:
            terminal.write_line(text)
        if self._verdict:
            is_enough = self._is_enough
            terminal.write_line(self._verdict, bold=True, green=is_enough, red=not is_enough)
