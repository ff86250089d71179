"""Mask secrets from simulated accounts in all of pytest's output.

All text about a test passes through one of three hooks and is masked there. In
``pytest_runtest_makereport``, pytest creates a test's report, and other plugins read the report and
the test item. ``pytest_runtest_logreport`` receives each report that is shown, written to a file,
or sent by a worker, including reports on subtests. ``pytest_warning_recorded`` receives warnings.

Three cases need more than these hooks. Allure reads the test item, so Allure's results are also
masked. A secret may be logged before it appears in a call, so log lines are held back until the
test ends. Test ids are masked only in summaries, because pytest needs the real ids until the end.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from io import StringIO
from itertools import chain
from os import devnull
from typing import TYPE_CHECKING, Any

import pluggy
import pytest

from .accounts import Observer, observers

if TYPE_CHECKING:
    import warnings
    from typing import TextIO

    from .reporting.masking import Masking, SeenSecrets
    from .simulator.account import Account

_allure = pluggy.HookimplMarker("allure")

_UNMASKED = frozenset(
    {"filename", "path", "style", "nodeid", "location", "keywords", "outcome", "when"}
)
"""Attributes that are not masked, because they hold the location, layout or outcome of a report."""

_MARKS = ("toterminal", "__attrs_attrs__", "_to_json")
"""The objects to mask (tracebacks, Allure's results and subtests) have one of these attributes."""


class ReportMasking(Observer):
    """Observes accounts and masks their secrets in reports."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._masking: Masking | None = None
        self._open: dict[Account, SeenSecrets] = {}
        """Maps each active account to the secrets in its calls and data."""
        self._names: tuple[str, ...] = ()
        """The current test's id without parameters, and the names of its fixtures."""
        self._ids: dict[str, str] = {}
        """Maps the parameters in a test id, with their brackets, to the masked parameters."""
        self._log: TextIO | None = None
        self._held = StringIO()
        """The lines of the log file that are held back until the test ends."""
        self._undo = ExitStack()
        observers.append(self)
        self._undo.callback(observers.remove, self)

    def account_began(self, account: Account) -> None:
        """Start collecting the secrets of an account."""
        if not account.options.mask:
            return
        from .reporting.masking import Masking, SeenSecrets  # noqa: PLC0415

        self._open[account] = SeenSecrets(account.options.unmasked)
        if self._masking is not None:
            return
        self._masking = Masking()
        logging_plugin = self._config.pluginmanager.get_plugin("logging-plugin")
        handler = getattr(logging_plugin, "log_file_handler", None)
        # Without a log file, pytest's handler writes to ``devnull``, so there is nothing to mask.
        if handler is not None and handler.baseFilename != devnull:
            self._log = handler.setStream(self._held)
            self._undo.callback(handler.setStream, self._log)
            self._undo.callback(self.pytest_runtest_logfinish)
        allure: Any = sys.modules.get("allure_commons")
        if allure is not None:
            allure.plugin_manager.register(self)
            self._undo.callback(allure.plugin_manager.unregister, self)

    def account_ended(self, account: Account) -> None:
        """Save the secrets of an account that has ended, and discard the account."""
        self._mask()
        self._open.pop(account, None)

    def _mask(self) -> Callable[[str], str]:
        """Return a function that masks all secrets that have appeared in accounts so far."""
        if self._masking is None:
            return str
        for account, seen in list(self._open.items()):
            self._masking.add(seen.new(account, self._names))
        return self._masking.mask

    @pytest.hookimpl(tryfirst=True)  # runs before the log file is closed
    def pytest_unconfigure(self) -> None:
        """Stop observing accounts."""
        self._undo.close()

    @_allure
    def report_result(self, result: Any) -> None:
        """Mask the result of a test before Allure writes it."""
        _masked(result, self._mask())

    @_allure
    def report_container(self, container: Any) -> None:
        """Mask the results of fixtures before Allure writes them."""
        _masked(container, self._mask())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember the names of the test and its fixtures, so that these names are not masked."""
        self._names = item.nodeid.partition("[")[0], *getattr(item, "fixturenames", ())

    @pytest.hookimpl(wrapper=True, trylast=True)  # runs before other plugins read the report
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Mask the report, and the captured output that some plugins read from the test item."""
        mask = self._mask()
        item._report_sections[:] = [
            (when, kind, mask(text)) for when, kind, text in item._report_sections
        ]
        report = yield
        _mask_report(report, mask)
        before, after = (each.partition("[")[2] for each in (item.nodeid, mask(item.nodeid)))
        if before != after:
            # The controller of pytest-xdist has no accounts, so workers add masked ids to reports.
            vars(report)["lightsail_ids"] = {f"[{before}": f"[{after}"}
        return report

    @pytest.hookimpl(tryfirst=True)  # runs before the report is written, or sent by a worker
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Mask everything that plugins have added to a report, such as a subtest's output or a log."""
        _mask_report(report, self._mask())
        self._ids.update(getattr(report, "lightsail_ids", {}))

    def pytest_runtest_logfinish(self) -> None:
        """Mask and write the test's log lines, unless the test has closed all log handlers."""
        if self._log is not None and not self._held.closed:
            self._log.write(self._mask()(self._held.getvalue()))
            self._log.flush()
            self._held.seek(0)
            self._held.truncate()

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Mask a warning, and the source line that pytest shows with it."""
        mask, text = self._mask(), str(warning_message.message)
        if mask(text) != text:
            warning_message.message = mask(text)
        line = linecache.getline(warning_message.filename, warning_message.lineno)
        warning_message.line = mask(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Mask test ids in the JUnit file and in the terminal summaries."""
        if not self._ids:
            return
        from _pytest.junitxml import xml_key  # noqa: PLC0415

        xml = self._config.stash.get(xml_key, None)
        for case in getattr(xml, "node_reporters_ordered", ()):
            element = case.to_xml()
            element.set("name", self._without_ids(element.get("name", "")))
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        for report in chain(*getattr(terminal, "stats", {}).values()):
            if getattr(report, "nodeid", None) and not isinstance(report, pytest.Item):
                report.nodeid = self._without_ids(report.nodeid)
            if isinstance(report, pytest.TestReport):
                path, line, name = report.location
                report.location = path, line, self._without_ids(name)

    @pytest.hookimpl(optionalhook=True)
    def pytest_json_modifyreport(self, json_report: dict[str, Any]) -> None:
        """Mask test ids in the file that pytest-json-report writes."""
        json_report.update(_masked(json_report, self._without_ids))

    def _without_ids(self, text: str) -> str:
        for named, masked in self._ids.items():
            text = text.replace(named, masked)
            # Keywords are listed one per line and contain test parameters without brackets.
            lines = (masked[1:-1] if line == named[1:-1] else line for line in text.split("\n"))
            text = "\n".join(lines)
        return text


def _mask_report(report: pytest.TestReport, mask: Callable[[str], str]) -> None:
    """Mask the text of a report: the traceback (in any style), the sections and the reason."""
    if mask is str:
        return  # no account has been active
    for name, value in list(vars(report).items()):
        if name == "longrepr" and isinstance(value, tuple):
            # For a skipped test, ``value`` consists of the file, the line and the reason.
            report.longrepr = (*value[:2], mask(value[2]))
        elif name not in _UNMASKED:
            setattr(report, name, _masked(value, mask))


def _masked(part: Any, mask: Callable[[str], str], seen: frozenset[int] = frozenset()) -> Any:
    """Return a masked copy of a string or collection. Mask the attributes of an object in place."""
    if isinstance(part, str):
        return mask(part)
    if id(part) in seen:
        return part
    seen |= {id(part)}
    if type(part) in {list, tuple}:
        return _masked_lines(part, mask) or type(part)(_masked(each, mask, seen) for each in part)
    if type(part) is dict:
        return {key: _masked(value, mask, seen) for key, value in part.items()}
    if any(hasattr(type(part), mark) for mark in _MARKS):
        for name in (*getattr(part, "__dict__", ()), *getattr(part, "__slots__", ())):
            if name not in _UNMASKED:  # object.__setattr__ also changes frozen objects
                object.__setattr__(part, name, _masked(getattr(part, name), mask, seen))
    return part


def _masked_lines(part: Any, mask: Callable[[str], str]) -> list[str] | None:
    """Mask a list of lines, or return ``None`` for other data. A secret may span several lines."""
    if type(part) is list and part and all(type(each) is str and "\n" not in each for each in part):
        return mask("\n".join(part)).split("\n")
    return None
