"""What a run leaves behind beside its result: coverage, reports, consumer contracts.

Loaded only if one of them is asked for. Each is a ``Part``. Under pytest-xdist the parts of a worker
gather, and those of the controller add up.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ..exceptions import ConfigurationError
from ..output_files import check_output
from ..recording_options import CONTRACT, COVERAGE_REPORT, wants_coverage
from ..reporting.html_report import PAGE
from .coverage import CoveragePart, earlier_coverage
from .coverage_options import CoverageOptions, read_coverage_options
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
    options = read_coverage_options(config) if wants_coverage(config) else None
    is_worker = hasattr(
        config, "workerinput"
    )  # it writes nothing, nor reads what earlier runs left
    if not is_worker:
        _check_outputs(config, options)
    if options is not None:
        before = None if is_worker else options.append
        earlier = None if before is None else earlier_coverage(before, config)
        coverage = CoveragePart(options, earlier)
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


def _check_outputs(config: pytest.Config, options: CoverageOptions | None) -> None:
    contract = config.getoption(CONTRACT)
    if contract is not None:
        _check_output(CONTRACT, config.invocation_params.dir / contract)
    if options is not None:
        for path in (*options.files, *(folder / PAGE for folder in options.html)):
            _check_output(COVERAGE_REPORT, path)


def _check_output(option: str, path: Path) -> None:
    try:
        check_output(path)
    except ConfigurationError as error:
        raise pytest.UsageError(f"--{option.replace('_', '-')}: {error}") from None
