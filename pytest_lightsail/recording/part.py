"""``Part``: one thing that a run leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from ..observers import Observer

__all__ = ["Part"]


class Part(Observer):
    """One thing that a run leaves behind.

    Attributes:
        name: tells it from the other parts.
    """

    name: str

    def take(self, nodeid: str, outcome: str) -> Any:
        """What has been gathered since it was last taken, as JSON; ``None`` for nothing.

        Args:
            nodeid: the test that has just ended; empty for what came after the last one.
            outcome: ``passed``, ``failed`` or ``skipped``.
        """
        raise NotImplementedError

    def add(self, nodeid: str, gathered: Any) -> None:
        """Add what a test has gathered, here or in a worker. The order of tests is not known."""
        raise NotImplementedError

    def finish(self) -> bool:
        """Write what is to be written; whether the run may pass. Called once, in the controller."""
        raise NotImplementedError

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """Tell the user, at the end of the run."""
