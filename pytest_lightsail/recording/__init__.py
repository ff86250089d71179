"""Gather data for the files that a run can write: coverage, consumer contracts and transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def register(config: pytest.Config) -> None:
    """Start the recordings that the command line asks for.

    Raises:
        UsageError: an option has an invalid value.
    """
    # Import parts only if needed. pytest first calls the hooks of the part that was registered
    # last.
    if config.getoption("lightsail_record") is not None:
        from .recorder import TranscriptPart  # noqa: PLC0415

        TranscriptPart(config).start()
    if config.getoption("lightsail_contract") is not None:
        from .consumer import ContractPart  # noqa: PLC0415

        ContractPart(config).start()
    if config.getoption("lightsail_cov"):
        from .coverage import CoveragePart  # noqa: PLC0415

        CoveragePart(config).start()
