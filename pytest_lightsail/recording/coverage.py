"""The coverage of a run and its HTML report: gathered from accounts, added up, shown and written."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest

from ..exceptions import ConfigurationError
from ..model.bounds import read_json_file
from ..model.service import load
from ..output_files import write_output
from ..patching import Patch
from ..reporting.coverage import Coverage, Survey, checked, counted, coverage_text, survey
from ..reporting.html_report import MOST_LINES, PAGE, Test, report_page
from ..reporting.timeline import render
from ..simulator.clock import NANOSECONDS
from .recorder import Part, is_worker, output_path

if TYPE_CHECKING:
    from ..simulator.account import Account
    from ..simulator.wire import Request

__all__ = ["DEFAULT_FILE", "CoverageOptions", "CoveragePart"]

DEFAULT_FILE = "lightsail-coverage.json"
_DEFAULT_FOLDER = "lightsail-report"


@dataclass(frozen=True)
class CoverageOptions:
    """How coverage is shown, and what it must be.

    Attributes:
        term: print the table.
        missing: print what is missing too.
        file: where the JSON document is written.
        html: the folder of the HTML report.
        fail_under: the least total, in percent, with which the run may pass.
        append: add to what the file holds.
        whole: count all operations, not only those that were called.
        include: patterns of operations to count instead.
        omit: patterns of operations that do not count.
    """

    term: bool = True
    missing: bool = False
    file: Path | None = None
    html: Path | None = None
    fail_under: float | None = None
    append: bool = False
    whole: bool = False
    include: Sequence[str] = ()
    omit: Sequence[str] = ()


def _read_options(config: pytest.Config) -> CoverageOptions:
    """Read the flags. Of two reports of a kind the last one counts: a flag overrides ``addopts``."""

    def option(name: str) -> Any:
        return config.getoption(f"lightsail_cov_{name}")

    reports, here = option("report"), config.invocation_params.dir
    where = {kind: target for kind, _, target in (text.partition(":") for text in reports)}
    append = option("append")
    if append:
        where.setdefault("json", "")
    return CoverageOptions(
        term=not reports or bool(where.keys() & {"term", "term-missing"}),
        missing="term-missing" in where,
        file=here / (where["json"] or DEFAULT_FILE) if "json" in where else None,
        html=here / (where["html"] or _DEFAULT_FOLDER) if "html" in where else None,
        fail_under=option("fail_under"),
        append=append,
        whole=config.getoption("lightsail_cov") == "all",
        include=option("include"),
        omit=option("omit"),
    )


class CoveragePart(Part):
    """Gathers coverage, and a timeline for each test if there is to be an HTML report.

    A Hypothesis test has an account for each example; the last one shows how it fails, if it does.

    Args:
        options: how it is shown.
        earlier: the coverage that it is added to.
    """

    name = "coverage"

    def __init__(self, options: CoverageOptions, earlier: Coverage | None = None) -> None:
        super().__init__()
        self._options = options
        self._here = Coverage()
        self._total = earlier or Coverage()
        self._survey: Survey | None = None
        self._last: Account | None = None
        self._accounts, self._longest_ns = 0, 0
        self._tests: dict[str, Test] = {}
        self._written: list[str] = []
        self._of_tests: WeakKeyDictionary[Account, Counter[str]] = WeakKeyDictionary()
        self._patch = Patch("pytest_lightsail.simulator.account", "Account", "handle", self._noting)

    @classmethod
    def of(cls, config: pytest.Config) -> CoveragePart:
        """Return the part that the flags describe."""
        options = _read_options(config)
        for file in (options.file, options.html and options.html / PAGE):
            if file is not None:
                output_path(config, "lightsail_cov_report", file)
        if options.file is None or not options.append or is_worker(config):
            return cls(options)
        return cls(options, _earlier_coverage(options.file, config))

    def pytest_sessionstart(self) -> None:
        """Look at who calls."""
        self._patch.install()

    def pytest_unconfigure(self) -> None:
        """Stop looking at who calls."""
        super().pytest_unconfigure()
        self._patch.remove()

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def handle(account: Account, request: Request) -> Any:
            if self.is_called_by_test():
                with account.lock:
                    calls = self._of_tests.setdefault(account, Counter())
                    calls[request.headers.get("x-amz-target", "").rpartition(".")[2]] += 1
            return original(account, request)

        return handle

    def account_ended(self, account: Account) -> None:
        """Count what happened in the account; keep it until the next one, or until the test is over."""
        with account.lock:
            self._here.add(account.history, self._of_tests.pop(account, Counter()))
        if self._options.html is not None and account.history.events:
            self._last = account
            self._accounts += 1
            self._longest_ns = max(self._longest_ns, account.clock.elapsed_ns)

    def input_broke(self, rule: str) -> None:
        """Count that a caller was given such input."""
        self._here.input_rules[rule] += 1

    def take(self, nodeid: str, outcome: str) -> dict[str, Any] | None:
        """Return the counts since the last call, as a document, and the test with its timeline."""
        coverage, self._here = self._here, Coverage()
        account, accounts, longest = self._last, self._accounts, self._longest_ns / NANOSECONDS
        self._last, self._accounts, self._longest_ns = None, 0, 0
        if account is None and coverage == Coverage():
            return None
        taken: dict[str, Any] = {"counts": coverage.document()}
        if account is not None and nodeid:
            calls = account.history.calls
            taken["test"] = {
                "test": nodeid,
                "outcome": outcome,
                "accounts": accounts,
                "longest": longest,
                "calls": len(calls),
                "wrong": sum(bool(call.error or call.fault) for call in calls),
                "timeline": render(account.history, MOST_LINES),
            }
        return taken

    def add(self, nodeid: str, gathered: dict[str, Any]) -> None:
        """Add the counts of a test; of its reruns, the last is shown."""
        self._total.merge(Coverage.from_document(gathered["counts"]))
        if "test" in gathered:
            self._tests[nodeid] = gathered["test"]

    def tests(self) -> list[Test]:
        """Return the tests so far, sorted by their ids."""
        return [self._tests[nodeid] for nodeid in sorted(self._tests)]

    def finish(self) -> bool:
        """Write the files; return whether that worked and there is enough coverage."""
        model, options = load(), self._options
        self._total.releases.add(model.release)
        operations = counted(
            self._total,
            model,
            whole=options.whole,
            include=options.include,
            omit=options.omit,
        )
        self._survey = survey(self._total, model, operations)
        outputs: list[tuple[str, Path, str]] = []
        if options.file is not None:
            outputs.append(("coverage", options.file, self._total.to_json()))
        if options.html is not None:
            outputs.append(("report", options.html / PAGE, report_page(self._survey, self.tests())))
        written = [self._write(*output) for output in outputs]
        return all(written) and self._is_enough(self._survey)

    def _write(self, what: str, file: Path, text: str) -> bool:
        try:
            write_output(file, text)
        except (OSError, ConfigurationError) as error:
            self._written.append(f"Lightsail {what} could not be written: {error}")
            return False
        self._written.append(f"Lightsail {what} written to {file}")
        return True

    def _is_enough(self, found: Survey) -> bool:
        return self._options.fail_under is None or found.percent >= self._options.fail_under

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Print the table, where the files are, and whether there is enough."""
        found = self._survey
        if found is None:
            return
        releases = ", ".join(sorted(found.coverage.releases))
        terminal.write_sep("=", f"Lightsail coverage, botocore {releases}")
        table = []
        if self._options.term:
            columns = shutil.get_terminal_size().columns
            table = coverage_text(found, missing=self._options.missing, width=columns)
        for text in (*table, *self._written):
            terminal.write_line(text)
        if self._options.fail_under is not None:
            enough = self._is_enough(found)
            # Rounded down: too little must not look like enough.
            shown = math.floor(found.percent * 100) / 100
            terminal.write_line(
                f"{'' if enough else 'FAIL '}Required Lightsail coverage of "
                f"{self._options.fail_under:g}% {'' if enough else 'not '}reached. "
                f"Total coverage: {shown:.2f}%",
                bold=True,
                green=enough,
                red=not enough,
            )


def _earlier_coverage(file: Path, config: pytest.Config) -> Coverage:
    """Return what earlier runs have left in a file; nothing if there is none, or it is damaged.

    A damaged file is renamed, with a warning.

    Raises:
        UsageError: it cannot be read or renamed.
    """
    try:
        return Coverage.from_document(checked(read_json_file(file), str(file)))
    except FileNotFoundError:
        return Coverage()
    except OSError as error:
        raise pytest.UsageError(f"{file} cannot be read: {error}") from None
    except ValueError as error:
        aside, damage = file.with_name(f"{file.name}.damaged"), error
    try:
        file.replace(aside)
    except OSError as error:
        raise pytest.UsageError(f"{file} is damaged, and cannot be renamed: {error}") from None
    message = (
        f"the coverage of earlier runs cannot be read, and begins anew: {damage}. "
        f"The file is kept as {aside}"
    )
    config.issue_config_time_warning(pytest.PytestWarning(message), stacklevel=2)
    return Coverage()
