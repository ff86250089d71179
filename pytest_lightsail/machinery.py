"""Who lives in virtual time: threads of the code under test, and not those of the test machinery.

A thread belongs to whoever started it. The thread that runs the tests alternates: the plugin says when
it runs test code (``test_code``) and when pytest's own (``machinery``). The plugin reads this module in
every run, so it imports nothing heavy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from types import BuiltinFunctionType
from weakref import WeakSet

__all__ = [
    "TIME",
    "exempt",
    "is_test_code",
    "is_test_code_now",
    "machinery",
    "switches",
    "test_code",
]

TIME = {name: each for name, each in vars(time).items() if isinstance(each, BuiltinFunctionType)}
"""The functions of ``time``, before a fixture of the user's can replace any of them."""

_machinery: WeakSet[threading.Thread] = WeakSet()
_modes: dict[int, list[bool]] = {}
"""By thread: whether it runs test code, the innermost block last. Without blocks its origin decides."""

switches: dict[int, int] = {}
"""By thread: how often it has gone over from the one to the other."""


def exempt(*threads: threading.Thread) -> None:
    """Count threads as test machinery: they live in real time."""
    _machinery.update(threads)


def is_test_code(thread: threading.Thread) -> bool:
    """Return whether a thread is one of the code under test, at least at times."""
    return thread not in _machinery


def is_test_code_now() -> bool:
    """Return whether this thread runs code under test now."""
    modes = _modes.get(threading.get_ident())
    return modes[-1] if modes else threading.current_thread() not in _machinery


@contextmanager
def machinery() -> Generator[None, None, None]:
    """Run a block as test machinery, in real time."""
    with _mode(test_code=False):
        yield


@contextmanager
def test_code() -> Generator[None, None, None]:
    """Run a block as code under test, in virtual time if an account is active."""
    with _mode(test_code=True):
        yield


@contextmanager
def _mode(*, test_code: bool) -> Generator[None, None, None]:
    me = threading.get_ident()
    modes = _modes.setdefault(me, [])
    modes.append(test_code)
    try:
        yield
    finally:
        modes.pop()
        switches[me] = switches.get(me, 0) + 1
        if not modes:
            _modes.pop(me, None)
