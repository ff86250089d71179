"""Answers callers of ``requests``: as the API, for who signs by himself, and as the services' own URLs.

``requests.Session.get_adapter`` is patched once: for hosts of Lightsail it gives an adapter that asks the
account; for all others what it gave before, so ``responses``, moto and whoever else patches sends go on
undisturbed. ``requests`` is not imported for that: if it comes later, it is patched then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..simulator.front_door import serves
from .hosts import API_HOST
from .import_hook import WhenImported
from .stack import Active, Stack

if TYPE_CHECKING:
    from types import ModuleType

    from ..simulator.account import Account

__all__ = ["activate", "deactivate", "replace"]

_SESSIONS = "requests.sessions"


class _Stack(Stack):
    """The accounts that answer calls of ``requests``."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = WhenImported(_SESSIONS, self._patch_sessions)
        self._session: Any = None
        self._original: Any = None
        self._patched: Any = None

    def _patch(self) -> None:
        sessions = sys.modules.get(_SESSIONS)
        if sessions is None:
            self._waiting.install()
        else:
            self._patch_sessions(sessions)

    def _patch_sessions(self, sessions: ModuleType) -> None:
        self._session = sessions.Session
        original, stack = self._session.get_adapter, self

        def get_adapter(self: Any, url: str) -> Any:
            adapter = original(self, url)
            # Somebody who patched later may still call this function after its time.
            top = stack.top
            if top is None or not _is_ours(url, top.account):
                return adapter
            from .requests_adapter import answering  # noqa: PLC0415 - imports responses

            return answering(adapter, stack)

        self._original, self._patched = original, get_adapter
        self._session.get_adapter = get_adapter

    def _unpatch(self) -> None:
        self._waiting.remove()
        if self._session is not None and self._session.get_adapter is self._patched:
            self._session.get_adapter = self._original
        self._session = None


def _is_ours(url: str, account: Account) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False  # the adapter will say what is wrong with it
    return API_HOST.fullmatch(host) is not None or serves(account, host)


_stack = _Stack()


def activate(account: Account, *, before_call: Callable[[], None] | None = None) -> None:
    """Let ``account`` answer callers of ``requests``, until ``deactivate``.

    Accounts stack: the one that was activated last answers.

    Args:
        account: answers.
        before_call: called before each request is answered.
    """
    _stack.push(Active(account, before_call=before_call))


def deactivate(account: Account) -> None:
    """Take ``account`` off the stack; with the last one, ``requests`` is as it was before.

    Raises:
        NoAccount: the account is not active.
    """
    _stack.remove(account)


def replace(old: Account, new: Account) -> None:
    """Let ``new`` answer in the place of ``old``."""
    _stack.swap(old, new)
