"""What a run leaves behind beside its result: coverage, reports, consumer contracts.

Loaded only if one of them is asked for. Each is a ``Part``. Under pytest-xdist the parts of a worker
gather, and those of the controller add up.
"""

from __future__ import annotations

import pytest

from ..recording_options import CONTRACT
from .listener import Listener
from .part import Part

__all__ = ["register"]


def register(config: pytest.Config) -> None:
    """Let the parts that the command line asks for listen to the run."""
    parts: list[Part] = []
    if config.getoption(CONTRACT):
        from .contract import ContractPart  # noqa: PLC0415 - it loads botocore

        parts.append(ContractPart(config))
    if parts:
        config.pluginmanager.register(Listener(config, parts), "lightsail-recording")
    for part in parts:
        # Those with hooks of their own; they come before those of the listener.
        config.pluginmanager.register(part, f"lightsail-{part.name}")
