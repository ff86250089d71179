"""The coverage of a run: gathered from accounts, added up, told in the terminal and in files."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ..exceptions import ConfigurationError
from ..model.bounds import read_json_file
from ..model.service import load, release
from ..output_files import write_output
from ..reporting.coverage import Coverage
from ..reporting.coverage_survey import Survey, survey
from ..reporting.coverage_table import Kind, coverage_table
from ..simulator.account import Account
from .coverage_options import CoverageOptions
from .part import Part

__all__ = ["CoveragePart", "earlier_coverage"]

_MARKUP: Mapping[Kind, Mapping[str, bool]] = {
    "plain": {},
    "heading": {"bold": True},
    "met": {"green": True},
    "partly": {"yellow": True},
    "missing": {"red": True},
}


class CoveragePart(Part):
    """Gathers coverage; in the controller, also what earlier runs have left.

    Args:
        options: how it is told.
        earlier: what it is added to.
    """

    name = "coverage"

    def __init__(self, options: CoverageOptions, earlier: Coverage | None) -> None:
        self._options = options
        self._here = Coverage()
        self._total = earlier or Coverage()
        self._survey: Survey | None = None
        self._written: list[str] = []

    def account_ended(self, account: Account) -> None:
        """Count what happened in the account."""
        with account.lock:
            self._here.add(account.history)

    def input_broke(self, rule: str) -> None:
        """Count that a caller was given such input."""
        self._here.input_rules[rule] += 1

    def take(self, nodeid: str, outcome: str) -> dict[str, Any] | None:  # noqa: ARG002 - counts need neither
        """The counts since the last time, as a document."""
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
        """Write the files; whether there is enough coverage, and a file for it."""
        model = load()
        self._total.releases.add(release(model))
        self._survey = survey(self._total, model)
        written = [self._write(file) for file in self._options.files]
        return all(written) and self._is_enough(self._survey)

    def _write(self, file: Path) -> bool:
        try:
            write_output(file, self._total.to_json())
        except (OSError, ConfigurationError) as error:
            self._written.append(f"Lightsail coverage could not be written: {error}")
            return False
        self._written.append(f"Lightsail coverage written to {file}")
        return True

    def _is_enough(self, told: Survey) -> bool:
        return self._options.fail_under is None or told.percent >= self._options.fail_under

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Print the table, where the files are, and whether there is enough."""
        told = self._survey
        if told is None:
            return
        releases = ", ".join(sorted(told.coverage.releases))
        terminal.write_sep("=", f"Lightsail coverage, botocore {releases}")
        if self._options.term:
            columns = shutil.get_terminal_size().columns
            for line in coverage_table(told, missing=self._options.missing, width=columns):
                for span in line:
                    terminal.write(span.text, **_MARKUP[span.kind])
                terminal.write_line("")
        for text in self._written:
            terminal.write_line(text)
        if self._options.fail_under is not None:
            enough = self._is_enough(told)
            # Rounded down: what is shown must not look like enough where it is not.
            shown = math.floor(told.percent * 100) / 100
            terminal.write_line(
                f"{'' if enough else 'FAIL '}Required Lightsail coverage of "
                f"{self._options.fail_under:g}% {'' if enough else 'not '}reached. "
                f"Total coverage: {shown:.2f}%",
                bold=True,
                green=enough,
                red=not enough,
            )


def earlier_coverage(file: Path, config: pytest.Config) -> Coverage:
    """Return what earlier runs have left in a file; nothing where there is none, or it is damaged.

    A damaged file is set aside, with a warning.

    Raises:
        UsageError: it cannot be read or renamed.
    """
    try:
        return Coverage.from_document(read_json_file(file), str(file))
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
