"""The flags for what a run leaves behind. Every run reads this module, so it imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

__all__ = [
    "CONTRACT",
    "CONTRACT_APPEND",
    "COVERAGE",
    "COVERAGE_APPEND",
    "COVERAGE_FAIL_UNDER",
    "COVERAGE_REPORT",
    "DEFAULT_FILE",
    "DEFAULT_FOLDER",
    "RECORD",
    "CoverageOptions",
    "add_flags",
    "check_report",
    "is_recorded",
    "read_coverage_options",
    "wants_coverage",
]

COVERAGE, CONTRACT, RECORD = "lightsail_cov", "lightsail_contract", "lightsail_record"
CONTRACT_APPEND = f"{CONTRACT}_append"
COVERAGE_REPORT, COVERAGE_FAIL_UNDER, COVERAGE_APPEND = (
    f"{COVERAGE}_{name}" for name in ("report", "fail_under", "append")
)

DEFAULT_FILE = "lightsail-coverage.json"
DEFAULT_FOLDER = "lightsail-report"

_REPORTS = "term, term-missing, json[:FILE] or html[:DIR]"

_T = TypeVar("_T")


def check_report(text: str) -> str:
    """Return the text if it names a report.

    Raises:
        ArgumentTypeError: it does not; the message names the reports.

    >>> check_report("json:coverage.json")
    'json:coverage.json'
    """
    kind, colon, where = text.partition(":")
    if kind in {"json", "html"} and (where or not colon):
        return text
    if text in {"term", "term-missing"}:
        return text
    raise argparse.ArgumentTypeError(f"invalid report {text!r}: expected {_REPORTS}")


def _check_file(text: str) -> str:
    if text:
        return text
    # Such as that of a variable which is not set.
    raise argparse.ArgumentTypeError("the name of the file is empty")


def _check_percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if 0 <= percent <= 100:  # noqa: PLR2004 - a percentage
        return percent
    raise argparse.ArgumentTypeError(f"invalid percentage {text!r}: expected 0 to 100")


def add_flags(group: pytest.OptionGroup, parser: pytest.Parser) -> None:
    """Declare the flags, and the ini entries of those for coverage."""
    switch: dict[str, Any] = {"action": "store_true", "default": False}

    def flag(name: str, text: str, **declared: Any) -> None:
        group.addoption(f"--{name.replace('_', '-')}", dest=name, help=text, **declared)

    text = "show which operations, errors, states and rules of Lightsail the tests have met"
    flag(COVERAGE, text, **switch)
    parser.addini(COVERAGE, text, type="bool", default=False)

    text = f"the reports of coverage: {_REPORTS} (default: term); may be given several times"
    flag(COVERAGE_REPORT, text, action="append", type=check_report, metavar="REPORT")
    parser.addini(COVERAGE_REPORT, text, type="args", default=[])

    text = "fail the run if the total coverage is less than that many percent"
    flag(COVERAGE_FAIL_UNDER, text, type=_check_percent, metavar="N")
    parser.addini(COVERAGE_FAIL_UNDER, text, type="string", default="")

    text = "add to the coverage of earlier runs, in the file of the report json"
    flag(COVERAGE_APPEND, text, **switch)
    parser.addini(COVERAGE_APPEND, text, type="bool", default=False)

    text = "write what the code under test uses of the API into this file"
    flag(CONTRACT, text, type=_check_file, metavar="FILE")
    text = "write what tests marked with real_calls=True exchange with AWS into this file, ids replaced"
    flag(RECORD, text, type=_check_file, metavar="FILE")
    flag(CONTRACT_APPEND, "keep what is already in the file of --lightsail-contract", **switch)


def wants_coverage(config: pytest.Config) -> bool:
    """Return whether coverage is asked for."""
    return bool(config.getoption(COVERAGE) or config.getini(COVERAGE))


def is_recorded(config: pytest.Config) -> bool:
    """Return whether anything is asked for.

    Raises:
        UsageError: an addition to a contract is asked for, and no contract.
    """
    if config.getoption(CONTRACT_APPEND) and not config.getoption(CONTRACT):
        raise pytest.UsageError(
            "--lightsail-contract-append needs --lightsail-contract=FILE, the file to add to"
        )
    return bool(wants_coverage(config) or config.getoption(CONTRACT) or config.getoption(RECORD))


@dataclass(frozen=True)
class CoverageOptions:
    """How coverage is shown, and what it must be.

    Attributes:
        term: print the table.
        missing: print what is missing too.
        files: where the JSON document is written.
        html: folders for the HTML report.
        fail_under: the least total, in percent, with which the run may pass.
        append: add to what this file holds; it is one of ``files``.
    """

    term: bool = True
    missing: bool = False
    files: tuple[Path, ...] = ()
    html: tuple[Path, ...] = ()
    fail_under: float | None = None
    append: Path | None = None


def read_coverage_options(config: pytest.Config) -> CoverageOptions:
    """Read flags and ini entries; the flag wins.

    Relative paths of flags start where pytest was called, those of the ini file at its root.

    Raises:
        UsageError: an entry has an invalid value.
    """
    here, reports = config.invocation_params.dir, config.getoption(COVERAGE_REPORT)
    folder = here
    if reports is None:
        folder = config.rootpath
        entries = config.getini(COVERAGE_REPORT)
        reports = [_entry(COVERAGE_REPORT, check_report, text) for text in entries]
    kinds = {text.partition(":")[0] for text in reports}
    files = [folder / where for where in _targets(reports, "json", DEFAULT_FILE)]
    append, by_flag = None, config.getoption(COVERAGE_APPEND)
    if by_flag or config.getini(COVERAGE_APPEND):
        files = files or [(here if by_flag else config.rootpath) / DEFAULT_FILE]
        if len(files) > 1:
            raise pytest.UsageError(
                f"{COVERAGE_APPEND}: which of {', '.join(map(str, files))} holds the earlier runs? "
                "Name one report json"
            )
        append = files[0]
    fail_under = config.getoption(COVERAGE_FAIL_UNDER)
    stated = config.getini(COVERAGE_FAIL_UNDER)
    if fail_under is None and stated:
        fail_under = _entry(COVERAGE_FAIL_UNDER, _check_percent, stated)
    return CoverageOptions(
        term=not kinds or bool(kinds & {"term", "term-missing"}),
        missing="term-missing" in kinds,
        files=tuple(files),
        html=tuple(folder / where for where in _targets(reports, "html", DEFAULT_FOLDER)),
        fail_under=fail_under,
        append=append,
    )


def _targets(reports: Iterable[str], kind: str, default: str) -> list[str]:
    """Return where the reports of a kind go, each once."""
    parts = (text.partition(":") for text in reports)
    return list(dict.fromkeys(where or default for name, _, where in parts if name == kind))


def _entry(name: str, check: Callable[[str], _T], text: str) -> _T:
    try:
        return check(text)
    except argparse.ArgumentTypeError as error:
        raise pytest.UsageError(f"{name}: {error}") from None
