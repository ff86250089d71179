"""``Traces``: for each test, what the last of its accounts has been through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..reporting.trace import trace
from ..simulator.clock import NANOSECONDS
from .part import Part

if TYPE_CHECKING:
    from ..simulator.account import Account

__all__ = ["Traces"]


class Traces(Part):
    """Keeps one trace for each test: of its last account to which anything happened.

    A Hypothesis test has an account for each example; its last one shows how it fails, if it does.
    """

    name = "traces"

    def __init__(self) -> None:
        self._last: Account | None = None
        self._accounts = 0
        self._idle = 0
        self._longest_ns = 0
        self._tests: dict[str, dict[str, Any]] = {}

    def account_ended(self, account: Account) -> None:
        """Keep the account until the next one, or until the test is over."""
        if not account.history.events:
            self._idle += 1
            return
        self._last = account
        self._accounts += 1
        self._idle = 0
        self._longest_ns = max(self._longest_ns, account.clock.elapsed_ns)

    def take(self, nodeid: str, outcome: str) -> dict[str, Any] | None:
        """The test, with its trace; ``None`` for one to whose accounts nothing happened."""
        account, accounts = self._last, self._accounts
        longest, idle = self._longest_ns / NANOSECONDS, self._idle
        self._last, self._accounts, self._idle, self._longest_ns = None, 0, 0, 0
        if account is None:
            return None
        return {
            "test": nodeid,
            "outcome": outcome,
            "accounts": accounts,
            "idle": idle,
            "longest": longest,
            "trace": trace(account.history, account.clock.elapsed_ns),
        }

    def add(self, nodeid: str, gathered: dict[str, Any]) -> None:
        """Keep the test; where it has run before, as reruns do, the last run counts."""
        if nodeid:
            self._tests[nodeid] = gathered

    def tests(self) -> list[dict[str, Any]]:
        """The tests so far, sorted by their ids.

        Each has ``test``, its id; ``outcome``; ``accounts``, how many there were to which anything
        happened; ``idle``, how many came after the last of those; ``longest``, the longest virtual
        time of one, in seconds; and ``trace``, as ``reporting.trace`` makes it.
        """
        return [self._tests[nodeid] for nodeid in sorted(self._tests)]

    def finish(self) -> bool:
        """Nothing is written: the report asks for ``tests``."""
        return True
