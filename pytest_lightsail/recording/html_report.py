"""``HtmlReport``: the report of a run as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ..exceptions import ConfigurationError
from ..reporting.html_report import write_html
from .coverage import CoveragePart
from .traces import Traces

__all__ = ["HtmlReport"]


class HtmlReport(Traces):
    """Writes the page when the run is over, after the coverage is complete.

    Args:
        coverage: what the page tells beside what tests have been through; its ``finish`` comes first.
        directories: where the page is written.
    """

    def __init__(self, coverage: CoveragePart, directories: Sequence[Path]) -> None:
        super().__init__()
        self._coverage = coverage
        self._directories = directories
        self._told: list[str] = []

    def finish(self) -> bool:
        """Write the page; whether that was possible."""
        written = [self._write(directory) for directory in self._directories]
        return all(written)

    def _write(self, directory: Path) -> bool:
        try:
            path = write_html(self._coverage.document, self.tests(), directory)
        except (OSError, ConfigurationError) as error:
            self._told.append(f"Lightsail report could not be written: {error}")
            return False
        self._told.append(f"Lightsail report written to {path}")
        return True

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Tell where the page is."""
        for text in self._told:
            terminal.write_line(text)
