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
from ..reporting.html_report import MOST_LINES, PAGE, Test, write_html
from ..reporting.timeline import render
from ..simulator.clock import NANOSECONDS
from .recorder import Part, is_worker, output_path

if TYPE_CHECKING:
    from ..simulator.account import Account
    from ..simulator.wire import Request

__all__ = ["DEFAULT_FILE", "CoverageOptions", "CoveragePart", "HtmlReport", "coverage_parts"]

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


def coverage_parts(config: pytest.Config) -> list[Part]:
    """Return what gathers coverage, and the HTML report if that is requested."""
    options = _read_options(config)
    for file in (options.file, options.html and options.html / PAGE):
        if file is not None:
            output_path(config, "lightsail_cov_report", file)
    earlier = None
    if options.file is not None and options.append and not is_worker(config):
        earlier = _earlier_coverage(options.file, config)
    coverage = CoveragePart(options, earlier)
    return [coverage, *([HtmlReport(coverage, options.html)] if options.html else [])]


class CoveragePart(Part):
    """Gathers coverage; in the controller, also that of earlier runs.

    Args:
        options: how it is shown.
        earlier: what it is added to.

    Attributes:
        operations: those that count, when it is finished.
    """

    name = "coverage"

    def __init__(self, options: CoverageOptions, earlier: Coverage | None) -> None:
        super().__init__()
        self._options = options
        self._here = Coverage()
        self._total = earlier or Coverage()
        self.operations: frozenset[str] = frozenset()
        self._survey: Survey | None = None
        self._written: list[str] = []
        self._of_tests: WeakKeyDictionary[Account, Counter[str]] = WeakKeyDictionary()
        self._patch = Patch("pytest_lightsail.simulator.account", "Account", "handle", self._noting)
        self._patch.install()

    def pytest_unconfigure(self) -> None:
        """Stop looking at who calls."""
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
        """Count what happened in the account."""
        with account.lock:
            self._here.add(account.history, self._of_tests.pop(account, Counter()))

    def input_broke(self, rule: str) -> None:
        """Count that a caller was given such input."""
        self._here.input_rules[rule] += 1

    def take(self, nodeid: str, outcome: str) -> dict[str, Any] | None:  # noqa: ARG002 - counts need neither
        """Return the counts since the last call, as a document."""
        taken, self._here = self._here, Coverage()
        return taken.document() if taken != Coverage() else None

    def add(self, nodeid: str, gathered: dict[str, Any]) -> None:  # noqa: ARG002 - counts have no names
        """Add the counts of a test."""
        self._total.merge(Coverage.from_document(gathered))

    @property
    def document(self) -> dict[str, Any]:
        """All counts of the run, and of earlier ones that it adds to."""
        return self._total.document()

    def finish(self) -> bool:
        """Write the files; return whether that worked and there is enough coverage."""
        model, options = load(), self._options
        self._total.releases.add(model.release)
        self.operations = counted(
            self._total,
            model,
            whole=options.whole,
            include=options.include,
            omit=options.omit,
        )
        self._survey = survey(self._total, model, self.operations)
        written = options.file is None or self._write(options.file)
        return written and self._is_enough(self._survey)

    def _write(self, file: Path) -> bool:
        try:
            write_output(file, self._total.to_json())
        except (OSError, ConfigurationError) as error:
            self._written.append(f"Lightsail coverage could not be written: {error}")
            return False
        self._written.append(f"Lightsail coverage written to {file}")
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


class HtmlReport(Part):
    """Gathers a timeline for each test, and writes the page after the coverage is complete.

    A Hypothesis test has an account for each example; the last one shows how it fails, if it does.

    Args:
        coverage: what the page shows besides tests; its ``finish`` comes first.
        directory: where the page is written.
    """

    name = "timelines"

    def __init__(self, coverage: CoveragePart, directory: Path) -> None:
        super().__init__()
        self._coverage = coverage
        self._directory = directory
        self._last: Account | None = None
        self._accounts = 0
        self._longest_ns = 0
        self._tests: dict[str, Test] = {}
        self._written = ""

    def account_ended(self, account: Account) -> None:
        """Keep the account until the next one, or until the test is over."""
        if account.history.events:
            self._last = account
            self._accounts += 1
            self._longest_ns = max(self._longest_ns, account.clock.elapsed_ns)

    def take(self, nodeid: str, outcome: str) -> Test | None:
        """Return the test with its timeline; ``None`` if nothing happened to its accounts."""
        account, accounts, longest = self._last, self._accounts, self._longest_ns / NANOSECONDS
        self._last, self._accounts, self._longest_ns = None, 0, 0
        if account is None:
            return None
        history = account.history
        return {
            "test": nodeid,
            "outcome": outcome,
            "accounts": accounts,
            "longest": longest,
            "calls": len(history.calls),
            "wrong": sum(bool(call.error or call.fault) for call in history.calls),
            "timeline": render(history, MOST_LINES),
        }

    def add(self, nodeid: str, gathered: Test) -> None:
        """Keep the test; of reruns, the last counts."""
        if nodeid:
            self._tests[nodeid] = gathered

    def tests(self) -> list[Test]:
        """Return the tests so far, sorted by their ids."""
        return [self._tests[nodeid] for nodeid in sorted(self._tests)]

    def finish(self) -> bool:
        """Write the page; return whether that worked."""
        try:
            coverage = self._coverage
            path = write_html(coverage.document, self.tests(), self._directory, coverage.operations)
        except (OSError, ConfigurationError) as error:
            self._written = f"Lightsail report could not be written: {error}"
            return False
        self._written = f"Lightsail report written to {path}"
        return True

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Print where the page is."""
        terminal.write_line(self._written)
