"""What a run leaves behind besides its result: coverage, reports, consumer contracts, transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from .recorder import Part

__all__ = ["register"]


def register(config: pytest.Config) -> None:
    """Start the parts that the command line requests.

    Raises:
        UsageError: an option has an invalid value.
    """
    parts: list[Part] = []
    # Each loads what the others do not need; the command reads contracts without pytest.
    if config.getoption("lightsail_cov"):
        from .coverage import CoveragePart  # noqa: PLC0415

        parts.append(CoveragePart(config))
    if config.getoption("lightsail_contract") is not None:
        from .consumer import ContractPart  # noqa: PLC0415

        parts.append(ContractPart(config))
    if config.getoption("lightsail_record") is not None:
        from .transcript import TranscriptPart  # noqa: PLC0415

        parts.append(TranscriptPart(config))
    # Of hooks, that of the plugin which was registered last is called first.
    for part in reversed(parts):
        part.start(config)
