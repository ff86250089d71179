"""Observers of all accounts of this process: coverage, reports, the masking of secrets.

Only an observer that ``sees_calls`` costs time for each call. Every run imports this module, so it must
not import anything heavy.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .simulator.account import Account

__all__ = ["Observer", "generated", "is_generated", "observers"]


class Observer:
    """Receive the events of accounts. Does nothing: override the methods that you need.

    Attributes:
        sees_calls: whether the observer receives ``called``.
    """

    sees_calls = False

    def account_began(self, account: Account) -> None:
        """Calls can reach this account from now on."""

    def account_ended(self, account: Account) -> None:
        """Handle the end of an account, when its history is complete."""

    def called(self, operation: str) -> None:
        """Handle a call of a client in this process, just before the account receives it."""

    def input_broke(self, rule: str) -> None:
        """Handle input that breaks this rule, just before it is passed to a caller."""

    def progressed(self, text: str) -> None:
        """Handle a progress report of something that takes long."""


observers: list[Observer] = []
"""The active observers."""


_generating: list[None] = []


@contextmanager
def generated() -> Generator[None, None, None]:
    """Mark a block in which the caller's input is made up, in any thread: no contract records it."""
    _generating.append(None)
    try:
        yield
    finally:
        _generating.pop()


def is_generated() -> bool:
    """Return whether input is being generated, by this package or by Hypothesis for a test."""
    if _generating:
        return True
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())
