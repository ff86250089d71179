"""The flags that ask for something that a run leaves behind; read in every run, so it imports nothing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

__all__ = [
    "CONTRACT",
    "CONTRACT_APPEND",
    "COVERAGE",
    "COVERAGE_APPEND",
    "COVERAGE_FAIL_UNDER",
    "COVERAGE_REPORT",
    "HTML",
    "JSON",
    "TERM",
    "TERM_MISSING",
    "add_flags",
    "check_file",
    "check_percent",
    "check_report",
    "is_recorded",
    "wants_coverage",
]

COVERAGE, CONTRACT = "lightsail_cov", "lightsail_contract"
CONTRACT_APPEND = f"{CONTRACT}_append"
COVERAGE_REPORT, COVERAGE_FAIL_UNDER, COVERAGE_APPEND = (
    f"{COVERAGE}_{name}" for name in ("report", "fail_under", "append")
)

TERM, TERM_MISSING, JSON, HTML = "term", "term-missing", "json", "html"
_REPORTS = f"{TERM}, {TERM_MISSING}, {JSON}[:FILE] or {HTML}[:DIR]"


def check_report(text: str) -> str:
    """The text, if it names a report.

    Raises:
        ArgumentTypeError: it does not; the message names those that there are.

    >>> check_report("json:coverage.json")
    'json:coverage.json'
    """
    kind, colon, where = text.partition(":")
    if kind in {TERM, TERM_MISSING, JSON, HTML} and not colon:
        return text
    if kind in {JSON, HTML} and where:
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not possible: it is {_REPORTS}")


def check_file(text: str) -> str:
    """The text, if it names a file; an empty one is that of a variable which is not set.

    Raises:
        ArgumentTypeError: it is empty.
    """
    if text:
        return text
    raise argparse.ArgumentTypeError("the name of the file is empty")


def check_percent(text: str) -> float:
    """The number that a text gives.

    Raises:
        ArgumentTypeError: it is no percentage.
    """
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if 0 <= percent <= 100:  # noqa: PLR2004 - what a percentage is
        return percent
    raise argparse.ArgumentTypeError(f"{text!r} is not possible: it is a percentage, 0 to 100")


def add_flags(group: pytest.OptionGroup, parser: pytest.Parser) -> None:
    """Declare the flags, and the ini entries that stand for those of coverage."""
    switch: dict[str, Any] = {"action": "store_true", "default": False}

    def flag(name: str, text: str, **declared: Any) -> None:
        group.addoption(f"--{name.replace('_', '-')}", dest=name, help=text, **declared)

    tell = "tell which operations, errors, states and rules of Lightsail the tests have met"
    flag(COVERAGE, tell, **switch)
    parser.addini(COVERAGE, tell, type="bool", default=False)

    report = f"how coverage is told: {_REPORTS} (default: {TERM}); may be given several times"
    flag(COVERAGE_REPORT, report, action="append", type=check_report, metavar="REPORT")
    parser.addini(COVERAGE_REPORT, report, type="args", default=[])

    fail_under = "fail the run if the total coverage is less than that many percent"
    flag(COVERAGE_FAIL_UNDER, fail_under, type=check_percent, metavar="N")
    parser.addini(COVERAGE_FAIL_UNDER, fail_under, type="string", default="")

    append = f"add to the coverage of earlier runs, as the file of the report {JSON} holds it"
    flag(COVERAGE_APPEND, append, **switch)
    parser.addini(COVERAGE_APPEND, append, type="bool", default=False)

    flag(
        CONTRACT,
        "write what the code under test uses of the API into this file",
        type=check_file,
        metavar="FILE",
    )
    flag(CONTRACT_APPEND, "keep what the file of --lightsail-contract says already", **switch)


def wants_coverage(config: pytest.Config) -> bool:
    """Whether coverage is asked for."""
    return bool(config.getoption(COVERAGE) or config.getini(COVERAGE))


def is_recorded(config: pytest.Config) -> bool:
    """Whether anything is asked for."""
    return bool(wants_coverage(config) or config.getoption(CONTRACT))
