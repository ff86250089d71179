"""What a run leaves behind besides its result: coverage, reports, consumer contracts.

Loaded only if one of them is asked for.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ..exceptions import ConfigurationError
from ..output_files import check_output
from ..recording_options import (
    CONTRACT,
    COVERAGE,
    COVERAGE_REPORT,
    RECORD,
    CoverageOptions,
    read_coverage_options,
)
from ..reporting.html_report import PAGE
from .coverage import CoveragePart, HtmlReport, earlier_coverage
from .part import Listener, Part

__all__ = ["register"]


def register(config: pytest.Config) -> None:
    """Start the parts that the command line requests.

    Raises:
        UsageError: an option has an invalid value.
    """
    parts: list[Part] = []
    options = read_coverage_options(config) if config.getoption(COVERAGE) else None
    is_worker = hasattr(config, "workerinput")  # it reads and writes no files
    if not is_worker:
        _check_outputs(config, options)
    if options is not None:
        before = options.file if options.append and not is_worker else None
        earlier = None if before is None else earlier_coverage(before, config)
        coverage = CoveragePart(options, earlier)
        parts.append(coverage)
        if options.html is not None:
            parts.append(HtmlReport(coverage, options.html))
    if config.getoption(CONTRACT):
        from .contract import ContractPart  # noqa: PLC0415 - it loads botocore

        parts.append(ContractPart(config))
    if config.getoption(RECORD):
        from .transcript import TranscriptPart  # noqa: PLC0415 - it loads botocore

        parts.append(TranscriptPart(config))
    if parts:
        config.pluginmanager.register(Listener(config, parts), "lightsail-recording")
    for part in parts:
        # Some have hooks of their own, which come before those of the listener.
        config.pluginmanager.register(part, f"lightsail-{part.name}")


def _check_outputs(config: pytest.Config, options: CoverageOptions | None) -> None:
    contract = config.getoption(CONTRACT)
    if contract is not None:
        _check_output(CONTRACT, config.invocation_params.dir / contract)
    record = config.getoption(RECORD)
    if record is not None:
        _check_output(RECORD, config.invocation_params.dir / record)
    if options is None:
        return
    for path in (options.file, None if options.html is None else options.html / PAGE):
        if path is None:
            continue
        _check_output(COVERAGE_REPORT, path)
        if path.parent.exists() and not path.parent.is_dir():
            raise pytest.UsageError(f"{path.parent} is a file, not a folder")
        if contract is not None and path == config.invocation_params.dir / contract:
            raise pytest.UsageError(f"{path} cannot hold both the contract and the coverage")


def _check_output(option: str, path: Path) -> None:
    try:
        check_output(path)
    except ConfigurationError as error:
        raise pytest.UsageError(f"--{option.replace('_', '-')}: {error}") from None
