"""What a run leaves behind beside its result: coverage, reports, consumer contracts.

Loaded only if one of them is asked for. Each is a ``Part``. Under pytest-xdist the parts of a worker
gather, and those of the controller add up.
"""

from __future__ import annotations

import pytest

from ..recording_options import CONTRACT, wants_coverage
from .coverage import CoveragePart
from .coverage_options import read_coverage_options
from .html_report import HtmlReport
from .listener import Listener
from .part import Part

__all__ = ["register"]


def register(config: pytest.Config) -> None:
    """Let the parts that the command line asks for listen to the run.

    Raises:
        UsageError: one of them is asked for what it cannot do.
    """
    parts: list[Part] = []
    if wants_coverage(config):
        options = read_coverage_options(config)
        coverage = CoveragePart(options)
        parts.append(coverage)
        if options.html:
            parts.append(HtmlReport(coverage, options.html))
    if config.getoption(CONTRACT):
        from .contract import ContractPart  # noqa: PLC0415 - it loads botocore

        parts.append(ContractPart(config))
    if parts:
        config.pluginmanager.register(Listener(config, parts), "lightsail-recording")
    for part in parts:
        # Those with hooks of their own; they come before those of the listener.
        config.pluginmanager.register(part, f"lightsail-{part.name}")
