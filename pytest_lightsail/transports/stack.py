"""The accounts that are active, the one that answers on top."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..exceptions import NoAccountError
from ..patching import Patch

if TYPE_CHECKING:
    from ..simulator.account import Account

__all__ = ["Active", "Stack"]


@dataclass(eq=False)
class Active:
    """An account on a stack.

    Attributes:
        account: the account.
        sign: whether its calls are signed.
        prepare: called with the headers of a request before the account receives it.
    """

    account: Account
    sign: bool = False
    prepare: Callable[[Mapping[str, Any]], None] = lambda _headers: None


class Stack:
    """The active accounts; the topmost one responds.

    Args:
        patches: what is patched as long as there is an account.
        active: the list to keep the accounts in.
    """

    def __init__(self, *patches: Patch, active: list[Active] | None = None) -> None:
        self._lock = threading.RLock()
        self._patches = patches
        self._active: list[Active] = [] if active is None else active

    @property
    def top(self) -> Active | None:
        """The account that answers; ``None`` without one."""
        try:
            return self._active[-1]
        except IndexError:
            return None

    def push(self, active: Active) -> None:
        """Make an account answer calls from now on."""
        with self._lock:
            self._active.append(active)
            if len(self._active) == 1:
                for patch in self._patches:
                    patch.install()

    def remove(self, account: Account) -> None:
        """Stop an account from answering calls.

        Raises:
            NoAccountError: it is not on the stack.
        """
        with self._lock:
            for active in reversed(self._active):
                if active.account is account:
                    self._active.remove(active)
                    break
            else:
                raise NoAccountError("this account does not answer calls")
            if not self._active:
                for patch in reversed(self._patches):
                    patch.remove()

    def swap(self, old: Account, new: Account) -> None:
        """Make ``new`` answer calls in place of ``old``."""
        with self._lock:
            for active in self._active:
                if active.account is old:
                    active.account = new
