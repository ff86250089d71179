"""Gather, show and write the API coverage of a run."""

from __future__ import annotations

import math
import threading
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..exceptions import did_you_mean
from ..model.bounds import read_json_file
from ..model.service import load
from ..reporting.coverage import Coverage, called_by_tests, coverage_text, survey
from .recorder import Part

if TYPE_CHECKING:
    from ..simulator.account import Account

DEFAULT_FILE = "lightsail-coverage.json"


class CoveragePart(Part):
    """Counts what happens in all accounts, and shows and writes the coverage."""

    name = "coverage"

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        # If a kind of report is requested twice, the last request counts, so that flags on the
        # command line override ``addopts``.
        reports = {
            kind: name for kind, _, name in (each.partition(":") for each in self._flag("report"))
        }
        self._shows_missing = "term-missing" in reports
        self._shows_table = self._shows_missing or "term" in reports or not reports
        self._file: Path | None = None
        if "json" in reports:
            self._file = self.output_path("lightsail_cov_report", reports["json"] or DEFAULT_FILE)
            self._set_damaged_file_aside(self._file)
        self._check_patterns()
        self._total = Coverage()
        self._lock = threading.Lock()  # several threads may make calls

    def _flag(self, name: str) -> Any:
        return self._config.getoption(f"lightsail_cov_{name}")

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
        """Count what happened in the account."""
        with account.lock, self._lock:
            self._total.add(account.history)

    def dump(self) -> Any:
        """Return the counts of this worker."""
        return self._total.document()

    def load(self, gathered: Any) -> None:
        """Add the counts of a worker."""
        self._total.merge(gathered)

    def finish(self) -> None:
        """Write the file, and compare the coverage with the minimum."""
        model = load()
        found = survey(
            self._total,
            model,
            whole=self._config.getoption("lightsail_cov") == "all",
            include=self._flag("include"),
            omit=self._flag("omit"),
        )
        table = coverage_text(found, missing=self._shows_missing)
        self.lines += table if self._shows_table else called_by_tests(found)
        if self._file is not None:
            text = self._total.to_json(model.release)
            self.write(self._file, text, f"Lightsail coverage written to {self._file}")
        least: float | None = self._flag("fail_under")
        if least is not None:
            required = f"Required Lightsail coverage of {least:g}%"
            # Round down, so that insufficient coverage never looks sufficient.
            total = f"Total coverage: {math.floor(found.percent * 100) / 100:.2f}%"
            if found.percent >= least:
                self.lines.append(f"{required} reached. {total}")
            else:
                self.lines.append(f"FAIL {required} not reached. {total}")
                self.has_failed = True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, the path of the file, and whether coverage reaches the minimum."""
        if self.lines:
            terminalreporter.write_sep("=", f"Lightsail coverage, botocore {load().release}")
        for line in self.lines:
            terminalreporter.write_line(line)
