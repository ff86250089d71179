"""The flags for what a run leaves behind. Every run reads this module, so it imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = [
    "CONTRACT",
    "CONTRACT_APPEND",
    "COVERAGE",
    "COVERAGE_APPEND",
    "COVERAGE_FAIL_UNDER",
    "COVERAGE_INCLUDE",
    "COVERAGE_OMIT",
    "COVERAGE_REPORT",
    "DEFAULT_FILE",
    "DEFAULT_FOLDER",
    "RECORD",
    "CoverageOptions",
    "add_flags",
    "check_report",
    "is_recorded",
    "read_coverage_options",
]

COVERAGE, CONTRACT, RECORD = "lightsail_cov", "lightsail_contract", "lightsail_record"
CONTRACT_APPEND = f"{CONTRACT}_append"
COVERAGE_REPORT, COVERAGE_FAIL_UNDER, COVERAGE_APPEND, COVERAGE_INCLUDE, COVERAGE_OMIT = (
    f"{COVERAGE}_{name}" for name in ("report", "fail_under", "append", "include", "omit")
)
_ALL = "all"

DEFAULT_FILE = "lightsail-coverage.json"
DEFAULT_FOLDER = "lightsail-report"

_REPORTS = "term, term-missing, json[:FILE] or html[:DIR]"


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


def add_flags(group: pytest.OptionGroup) -> None:
    """Declare the flags."""
    switch: dict[str, Any] = {"action": "store_true", "default": False}

    def flag(name: str, text: str, **declared: Any) -> None:
        group.addoption(f"--{name.replace('_', '-')}", dest=name, help=text, **declared)

    text = "show which errors, states and rules of the operations that your code calls the tests reached"
    flag(COVERAGE, text, action="store_const", const="called")
    # A flag of its own, because one with an optional value would take a path that follows for it.
    text = "the same, of all operations that the account simulates"
    group.addoption(
        "--lightsail-cov=all", dest=COVERAGE, action="store_const", const=_ALL, help=text
    )
    for name, text in (
        (COVERAGE_INCLUDE, "count the operations of that name or pattern instead, called or not"),
        (COVERAGE_OMIT, "count none of the operations of that name or pattern"),
    ):
        flag(name, text, action="append", metavar="PATTERN", default=[])

    text = f"the reports of coverage: {_REPORTS} (default: term); may be given several times"
    flag(COVERAGE_REPORT, text, action="append", type=check_report, metavar="REPORT", default=[])

    text = "fail the run if the total coverage is less than that many percent"
    flag(COVERAGE_FAIL_UNDER, text, type=_check_percent, metavar="N")

    text = "add to the coverage of earlier runs, in the file of the report json"
    flag(COVERAGE_APPEND, text, **switch)

    text = "write what the code under test uses of the API into this file"
    flag(CONTRACT, text, type=_check_file, metavar="FILE")
    text = "write what tests marked with real_calls=True exchange with AWS into this file, ids replaced"
    flag(RECORD, text, type=_check_file, metavar="FILE")
    flag(CONTRACT_APPEND, "keep what is already in the file of --lightsail-contract", **switch)


def is_recorded(config: pytest.Config) -> bool:
    """Return whether anything is asked for.

    Raises:
        UsageError: ``--lightsail-contract-append`` without ``--lightsail-contract``.
    """
    if config.getoption(CONTRACT_APPEND) and not config.getoption(CONTRACT):
        raise pytest.UsageError(
            "--lightsail-contract-append needs --lightsail-contract=FILE, the file to add to"
        )
    return any(config.getoption(name) for name in (COVERAGE, CONTRACT, RECORD))


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


def read_coverage_options(config: pytest.Config) -> CoverageOptions:
    """Read the flags. Of two reports of a kind the last one counts: a flag overrides ``addopts``."""

    def option(name: str) -> Any:
        return config.getoption(name)

    reports, here = option(COVERAGE_REPORT), config.invocation_params.dir
    where = {kind: target for kind, _, target in (text.partition(":") for text in reports)}
    append = option(COVERAGE_APPEND)
    if append:
        where.setdefault("json", "")
    return CoverageOptions(
        term=not reports or bool(where.keys() & {"term", "term-missing"}),
        missing="term-missing" in where,
        file=here / (where["json"] or DEFAULT_FILE) if "json" in where else None,
        html=here / (where["html"] or DEFAULT_FOLDER) if "html" in where else None,
        fail_under=option(COVERAGE_FAIL_UNDER),
        append=append,
        whole=option(COVERAGE) == _ALL,
        include=option(COVERAGE_INCLUDE),
        omit=option(COVERAGE_OMIT),
    )
