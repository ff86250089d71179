"""Distinguish code under test, which runs in virtual time, from test machinery, which does not.

If code under test starts a thread, this thread also runs code under test. The thread that runs the
tests switches between the two kinds of code: the plugin marks blocks of code under test with
``test_code``, and blocks of pytest's own code with ``machinery``. The plugin imports this module in
every run, so the module imports no large packages.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import BuiltinFunctionType, FrameType
from weakref import WeakSet

TIME = {name: each for name, each in vars(time).items() if isinstance(each, BuiltinFunctionType)}
"""The functions of the ``time`` module, saved before the user's fixtures can replace them."""

_machinery: WeakSet[threading.Thread] = WeakSet()
_modes: dict[int, list[bool]] = {}
"""Maps each thread id to the thread's marked blocks, innermost last. ``True``: test code."""

switches: dict[int, int] = {}
"""Maps each thread id to the number of marked blocks that the thread has exited."""


def exempt(*threads: threading.Thread) -> None:
    """Treat the given threads as test machinery, so that they run in real time."""
    _machinery.update(threads)


def is_test_code(thread: threading.Thread) -> bool:
    """Return whether a thread may run the code under test."""
    return thread not in _machinery


def is_test_code_now() -> bool:
    """Return whether the current thread is running the code under test."""
    modes = _modes.get(threading.get_ident())
    return modes[-1] if modes else threading.current_thread() not in _machinery


def machinery() -> AbstractContextManager[None]:
    """Run a block as test machinery, in real time."""
    return _mode(test_code=False)


def test_code() -> AbstractContextManager[None]:
    """Run a block as code under test, in virtual time if an account is active."""
    return _mode(test_code=True)


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


def frames() -> dict[int, FrameType]:
    """Return the innermost frame of each thread, keyed by thread id."""
    # Without ``gc.disable``, this function can deadlock in older Pythons (CPython issue 106883).
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if collects:
            gc.enable()


def places() -> dict[int | None, tuple[int, int]]:
    """Return the id of each thread's innermost frame, and the bytecode offset in that frame."""
    return {ident: (id(frame), frame.f_lasti) for ident, frame in frames().items()}


def is_runnable(thread: threading.Thread) -> bool:
    """Return whether a thread is running or ready to run. Without ``/proc``, return ``False``."""
    try:
        status = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "R"
