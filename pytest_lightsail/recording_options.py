"""The flags that ask for something that a run leaves behind; read in every run, so it imports nothing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

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
_REPORTS = f"{TERM}, {TERM_MISSING}, {JSON}[:FILE] or {HTML}:DIR"


def check_report(text: str) -> str:
    """The text, if it names a report.

    Raises:
        ArgumentTypeError: it does not; the message names those that there are.

    >>> check_report("json:coverage.json")
    'json:coverage.json'
    """
    kind, colon, where = text.partition(":")
    if (
        (kind in {TERM, TERM_MISSING} and not colon)
        or (kind == JSON and bool(where) == bool(colon))
        or (kind == HTML and where)
    ):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not possible: it is {_REPORTS}")


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
    """Declare the flags, and the ini entries that stand for them."""
    tell = "tell which operations, errors, states and rules of Lightsail the tests have met"
    report = f"how coverage is told: {_REPORTS} (default: {TERM}); may be given several times"
    fail_under = "fail the run if the total coverage is less than that many percent"
    append = f"add to the coverage of earlier runs, as the file of the report {JSON} holds it"
    group.addoption(_flag(COVERAGE), dest=COVERAGE, action="store_true", default=False, help=tell)
    group.addoption(
        _flag(COVERAGE_REPORT),
        dest=COVERAGE_REPORT,
        action="append",
        type=check_report,
        default=None,
        metavar="REPORT",
        help=report,
    )
    group.addoption(
        _flag(COVERAGE_FAIL_UNDER),
        dest=COVERAGE_FAIL_UNDER,
        type=check_percent,
        default=None,
        metavar="N",
        help=fail_under,
    )
    group.addoption(
        _flag(COVERAGE_APPEND),
        dest=COVERAGE_APPEND,
        action="store_true",
        default=False,
        help=append,
    )
    parser.addini(COVERAGE, tell, type="bool", default=False)
    parser.addini(COVERAGE_REPORT, report, type="args", default=[])
    parser.addini(COVERAGE_FAIL_UNDER, fail_under, type="string", default="")
    parser.addini(COVERAGE_APPEND, append, type="bool", default=False)
    group.addoption(
        "--lightsail-contract",
        dest=CONTRACT,
        default=None,
        metavar="FILE",
        help="write what the code under test uses of the API into this file",
    )
    group.addoption(
        "--lightsail-contract-append",
        dest=CONTRACT_APPEND,
        action="store_true",
        default=False,
        help="keep what the file of --lightsail-contract says already",
    )


def wants_coverage(config: pytest.Config) -> bool:
    """Whether coverage is asked for."""
    return bool(config.getoption(COVERAGE) or config.getini(COVERAGE))


def is_recorded(config: pytest.Config) -> bool:
    """Whether anything is asked for."""
    return bool(wants_coverage(config) or config.getoption(CONTRACT))


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
