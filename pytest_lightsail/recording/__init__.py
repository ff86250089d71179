"""What a run leaves behind besides its result: coverage, reports, consumer contracts, transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["register"]


def register(config: pytest.Config) -> None:
    """Start the recordings that the command line requests.

    Raises:
        UsageError: an option has an invalid value.
    """
    # A part is imported only if it is needed. Hooks of the part that is registered last are called first.
    if config.getoption("lightsail_record") is not None:
        from .recorder import TranscriptPart  # noqa: PLC0415

        TranscriptPart(config).start()
    if config.getoption("lightsail_contract") is not None:
        from .consumer import ContractPart  # noqa: PLC0415

        ContractPart(config).start()
    if config.getoption("lightsail_cov"):
        from .coverage import CoveragePart  # noqa: PLC0415

        CoveragePart(config).start()
