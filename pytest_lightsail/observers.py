"""Who is told what happens in every account of this process: coverage, reports, the masking of secrets.

Telling costs a call for each account, none for each request. Every run imports this module, so it imports
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .simulator.account import Account

__all__ = ["Observer", "observers", "tell_began", "tell_end", "tell_input"]


class Observer:
    """Does nothing; derive from it what is to be known."""

    def account_began(self, account: Account) -> None:
        """Calls can reach this account from now on."""

    def account_ended(self, account: Account) -> None:
        """Nobody can call this account any more: its history is complete."""

    def input_broke(self, rule: str) -> None:
        """An example of a property test has given its caller input that breaks this rule."""


observers: list[Observer] = []
"""Those who listen now."""


def tell_began(account: Account) -> None:
    """An account of a handle has begun."""
    for observer in observers:
        observer.account_began(account)


def tell_end(account: Account) -> None:
    """An account of a handle has come to its end."""
    for observer in observers:
        observer.account_ended(account)


def tell_input(rule: str) -> None:
    """A caller is going to be given input that breaks a rule."""
    for observer in observers:
        observer.input_broke(rule)
