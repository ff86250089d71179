"""Mask the secrets that accounts have seen in what pytest shows and writes.

pytest hands everything that it shows of a test to others in one of three hooks, and there it is masked:
``pytest_runtest_makereport`` makes reports, and plugins read them, and the test, right there;
``pytest_runtest_logreport`` passes on reports as they are shown, written and sent from workers, those of
subtests too; ``pytest_warning_recorded`` passes on warnings. Secrets are those of every account of the
run: its own fixtures', ``simulate()``'s, and those before a ``reset()``.

Three things do not pass these hooks. Allure writes what it has read of the test itself, in hooks of its
own. A log file is held back until the test is over, since a secret is known only when the account sees
it. And the id of a test names it until the run is over, so it is masked where it is shown at the end.

Every run loads this module, so it imports pytest and no other of ours until there is an account.
"""

from __future__ import annotations

import copy
import linecache
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from io import StringIO
from itertools import chain
from os import devnull
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy
import pytest

from .accounts import Observer, observers

if TYPE_CHECKING:
    import warnings
    from typing import TextIO

    from .reporting.masking import Masking, SeenSecrets
    from .simulator.account import Account

__all__ = ["ReportMasking"]

_Mask = Callable[[str], str]
_allure = pluggy.HookimplMarker("allure")

_MASKED_ID = "lightsail_masked_id"
"""The attribute of a report whose test has an id with a secret: the id without it."""

_AS_THEY_ARE = frozenset(
    {"filename", "path", "style", "nodeid", "location", "keywords", "outcome", "when", _MASKED_ID}
)
"""Attributes of reports and tracebacks that say where something is, or how it is drawn."""

_MARKS, _KINDS = ("toterminal", "__attrs_attrs__"), frozenset({"SubtestContext"})
"""What tells objects that are looked into: parts of tracebacks, subtests, Allure's results."""


class ReportMasking(Observer):
    """Listens to accounts, and masks what they have seen of secrets."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._masking: Masking | None = None
        self._open: dict[int, tuple[Account, SeenSecrets]] = {}
        """Accounts that calls can reach, by their identity, each with what it has seen."""
        self._names: tuple[str, ...] = ()
        """The name of the test that runs, its file, and the names of its fixtures."""
        self._ids: dict[str, str] = {}
        """What follows the name in ids of tests that have secrets there, and the same without them."""
        self._log: TextIO | None = None
        self._held = StringIO()
        """What is going to be written to the log file when the test is over."""
        self._undo = ExitStack()
        observers.append(self)
        self._undo.callback(observers.remove, self)

    def account_began(self, account: Account) -> None:
        """Look at this account from now on."""
        if account.options.mask:
            if self._masking is None:
                self._begin()
            from .reporting.masking import SeenSecrets  # noqa: PLC0415

            self._open[id(account)] = account, SeenSecrets(account.options.unmasked)

    def _begin(self) -> None:
        from .reporting.masking import Masking  # noqa: PLC0415 - for runs with an account alone

        self._masking = Masking()
        logging_plugin = self._config.pluginmanager.get_plugin("logging-plugin")
        handler = getattr(logging_plugin, "log_file_handler", None)
        if handler is not None and Path(handler.baseFilename) != Path(devnull):
            self._log = handler.setStream(self._held)
            self._undo.callback(handler.setStream, self._log)
            self._undo.callback(self.pytest_runtest_logfinish)
        allure: Any = sys.modules.get("allure_commons")
        if allure is not None:
            allure.plugin_manager.register(self)
            self._undo.callback(allure.plugin_manager.unregister, self)

    def account_ended(self, account: Account) -> None:
        """Keep the secrets of an account, which itself is not kept."""
        self._look()
        self._open.pop(id(account), None)

    def _look(self) -> None:
        """Note the secrets of calls that are new."""
        for account, seen in list(self._open.values()):
            calls, given = account.history.calls, list(account.given)
            account.given.clear()
            new = seen.new(calls, given, self._names)
            if new and self._masking is not None:
                self._masking.add(new)

    def _mask_text(self, text: str) -> str:
        mask = self._mask
        return text if mask is None else mask(text)

    @property
    def _mask(self) -> _Mask | None:
        """What masks a text; ``None`` before the first account."""
        if self._masking is None:
            return None
        self._look()
        return self._masking.mask

    @pytest.hookimpl(tryfirst=True)  # before the log file is closed
    def pytest_unconfigure(self) -> None:
        """Listen no longer."""
        self._undo.close()

    @_allure
    def report_result(self, result: Any) -> None:
        """Mask the result of a test before Allure writes it."""
        _masked(result, self._mask_text)

    @_allure
    def report_container(self, container: Any) -> None:
        """Mask the results of fixtures."""
        _masked(container, self._mask_text)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember what the test is called: names in its code stay readable."""
        self._names = item.nodeid.partition("[")[0], *getattr(item, "fixturenames", ())

    @pytest.hookimpl(wrapper=True, trylast=True)  # before any other plugin reads the report
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Mask the report, and the captured output of the test, which plugins read in its stead."""
        mask = self._mask
        if mask is None:
            return (yield)
        item._report_sections[:] = [
            (when, kind, mask(text)) for when, kind, text in item._report_sections
        ]
        report = yield
        _mask_report(report, mask)
        masked_id = mask(item.nodeid)
        if masked_id != item.nodeid:
            setattr(report, _MASKED_ID, masked_id)
        return report

    @pytest.hookimpl(tryfirst=True)  # before it is written, or sent by a worker
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Mask what has been added to a report since it was made: a subtest's output, a reason, a log."""
        mask = self._mask
        if mask is not None:
            _mask_report(report, mask)
        # The controller of pytest-xdist has no account, but workers send masked ids with the reports.
        masked_id = getattr(report, _MASKED_ID, None)
        if masked_id is not None:
            before, after = (each.partition("[") for each in (report.nodeid, masked_id))
            self._ids[f"[{before[2]}"] = f"[{after[2]}"

    def pytest_runtest_logfinish(self) -> None:
        """Write the log of the test."""
        if self._log is not None:
            self._log.write(self._mask_text(self._held.getvalue()))
            self._log.flush()
            self._held.seek(0)
            self._held.truncate()

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Mask a warning, and the line of code that is shown with it."""
        mask = self._mask
        if mask is None:
            return
        warning = warning_message.message
        if mask(str(warning)) != str(warning):
            masked: Any = warning
            if isinstance(warning, Warning):  # a copy: the test may hold the warning itself
                masked = copy.copy(warning)
                masked.args = tuple(_masked(each, mask) for each in warning.args)
            if mask(str(masked)) != str(masked):
                masked = mask(str(masked))
            warning_message.message = masked
        line = linecache.getline(warning_message.filename, warning_message.lineno)
        if mask(line) != line:
            warning_message.line = mask(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Mask ids of tests in the JUnit file, and in the summaries that follow."""
        if not self._ids:
            return
        from _pytest.junitxml import xml_key  # noqa: PLC0415

        xml = self._config.stash.get(xml_key, None)
        for case in () if xml is None else xml.node_reporters_ordered:
            element = case.to_xml()
            element.set("name", self._without_ids(element.get("name", "")))
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        for report in () if terminal is None else chain(*terminal.stats.values()):
            if getattr(report, "nodeid", None) and not isinstance(report, pytest.Item):
                report.nodeid = self._without_ids(report.nodeid)
            if isinstance(report, pytest.TestReport):
                path, line, name = report.location
                report.location = path, line, self._without_ids(name)

    @pytest.hookimpl(optionalhook=True)
    def pytest_json_modifyreport(self, json_report: dict[str, Any]) -> None:
        """Mask ids of tests in the file of pytest-json-report."""
        if self._ids:
            json_report.update(_masked(json_report, self._without_ids))

    def _without_ids(self, text: str) -> str:
        for named, masked in self._ids.items():
            text = text.replace(named, masked)
            # It is a keyword of the test by itself.
            lines = (masked[1:-1] if line == named[1:-1] else line for line in text.split("\n"))
            text = "\n".join(lines)
        return text


def _mask_report(report: pytest.TestReport, mask: _Mask) -> None:
    """Mask all that a report shows: its traceback, however that is drawn, its sections, its reason."""
    longrepr: Any = report.longrepr
    if isinstance(longrepr, tuple):  # of a test that was skipped: where, and why
        report.longrepr = (*longrepr[:2], mask(longrepr[2]))
    for name, value in list(vars(report).items()):
        if name not in _AS_THEY_ARE and value and value is not report.longrepr:
            setattr(report, name, _masked(value, mask))
    if not isinstance(longrepr, tuple):
        report.longrepr = _masked(longrepr, mask)


def _masked(part: Any, mask: _Mask, seen: frozenset[int] = frozenset()) -> Any:
    """Return a masked part of a report: text, a collection of parts, or an object with parts."""
    if isinstance(part, str):
        return mask(part)
    if id(part) in seen:
        return part
    seen |= {id(part)}
    if type(part) in {list, tuple}:
        return _masked_lines(part, mask) or type(part)(_masked(each, mask, seen) for each in part)
    if type(part) is dict:
        return {key: _masked(value, mask, seen) for key, value in part.items()}
    kind = type(part)
    if kind.__name__ in _KINDS or any(hasattr(kind, mark) for mark in _MARKS):
        for name in (*getattr(part, "__dict__", ()), *getattr(kind, "__slots__", ())):
            if name not in _AS_THEY_ARE:  # some are frozen
                object.__setattr__(part, name, _masked(getattr(part, name), mask, seen))
    return part


def _masked_lines(part: Any, mask: _Mask) -> list[str] | None:
    """Return lines masked together, since a literal may span two; ``None`` if they are not lines."""
    if type(part) is not list or len(part) == 1 or any(type(each) is not str for each in part):
        return None
    if not any("\n" in each for each in part):
        return mask("\n".join(part)).split("\n") if part else None
    if all(each.endswith("\n") for each in part):
        return mask("".join(part)).splitlines(keepends=True)
    return None
