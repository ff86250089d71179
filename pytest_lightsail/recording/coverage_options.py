"""What is asked of coverage: from flags, or from the ini entries that stand for them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from ..recording_options import (
    COVERAGE_APPEND,
    COVERAGE_FAIL_UNDER,
    COVERAGE_REPORT,
    HTML,
    JSON,
    TERM,
    TERM_MISSING,
    check_percent,
    check_report,
)

__all__ = ["DEFAULT_FILE", "DEFAULT_FOLDER", "CoverageOptions", "read_coverage_options"]

DEFAULT_FILE = "lightsail-coverage.json"
DEFAULT_FOLDER = "lightsail-report"

_T = TypeVar("_T")


@dataclass(frozen=True)
class CoverageOptions:
    """How coverage is told, and what it must be.

    Attributes:
        term: print the table.
        missing: print with it what is missing.
        files: where the JSON document is written.
        html: folders for the HTML report.
        fail_under: the least total, in percent, with which the run may pass.
        append: add to what this file holds; it is among ``files``.
    """

    term: bool = True
    missing: bool = False
    files: tuple[Path, ...] = ()
    html: tuple[Path, ...] = ()
    fail_under: float | None = None
    append: Path | None = None


def read_coverage_options(config: pytest.Config) -> CoverageOptions:
    """Read flags and ini entries; a flag goes before its entry.

    Relative paths of flags start where pytest was called, those of the ini file at its root.

    Raises:
        UsageError: an entry has a value that it cannot have.
    """
    here, reports = config.invocation_params.dir, config.getoption(COVERAGE_REPORT)
    folder = here
    if reports is None:
        folder = config.rootpath
        reports = [
            _entry(COVERAGE_REPORT, check_report, text) for text in config.getini(COVERAGE_REPORT)
        ]
    kinds = {text.partition(":")[0] for text in reports}
    files = [folder / where for where in _targets(reports, JSON, DEFAULT_FILE)]
    append, by_flag = None, config.getoption(COVERAGE_APPEND)
    if by_flag or config.getini(COVERAGE_APPEND):
        files = files or [(here if by_flag else config.rootpath) / DEFAULT_FILE]
        if len(files) > 1:
            raise pytest.UsageError(
                f"{COVERAGE_APPEND}: which of {', '.join(map(str, files))} holds the earlier runs? "
                f"Name one report {JSON}"
            )
        append = files[0]
    fail_under = config.getoption(COVERAGE_FAIL_UNDER)
    stated = config.getini(COVERAGE_FAIL_UNDER)
    if fail_under is None and stated:
        fail_under = _entry(COVERAGE_FAIL_UNDER, check_percent, stated)
    return CoverageOptions(
        term=not kinds or bool(kinds & {TERM, TERM_MISSING}),
        missing=TERM_MISSING in kinds,
        files=tuple(files),
        html=tuple(folder / where for where in _targets(reports, HTML, DEFAULT_FOLDER)),
        fail_under=fail_under,
        append=append,
    )


def _targets(reports: Iterable[str], kind: str, default: str) -> list[str]:
    """Where the reports of a kind go, each once."""
    parts = (text.partition(":") for text in reports)
    return list(dict.fromkeys(where or default for name, _, where in parts if name == kind))


def _entry(name: str, check: Callable[[str], _T], text: str) -> _T:
    try:
        return check(text)
    except argparse.ArgumentTypeError as error:
        raise pytest.UsageError(f"{name} = {error}") from None
