"""Tells whether a thread of a caller works, or waits for somebody or for something to do.

Python does not say what a thread is blocked on. Where the standard library waits, it can be read from
the innermost frame, and exactly so: who waits on a condition is on the list of its waiters, and is taken
off it when it is notified, not when it gets to run. Of any other blocking call one sees that it does not
move.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

__all__ = ["Watch"]

_STUCK = 0.2
"""Real seconds at one and the same instruction after which a thread is taken to wait: in a lock of the
interpreter's own, say, where no Python code shows that it waits."""

_STUCK_IN_POOL = 0.02
"""The same for the threads of ``multiprocessing.pool``, which do little but wait."""

_WORKER = ("concurrent.futures.thread", "_worker")
_HOUSEKEEPING = ("multiprocessing.pool", "_handle_workers")
"""Looks after the threads of a pool, in real time and for ever."""

_real_monotonic = time.monotonic


class Watch:
    """Looks at threads, once or repeatedly."""

    def __init__(self) -> None:
        self._since: dict[int, tuple[int, int, float]] = {}
        self.look()

    def look(self) -> None:
        """See where every thread is now."""
        self._frames = _current_frames()
        now = _real_monotonic()
        for ident, frame in self._frames.items():
            seen = self._since.get(ident)
            if seen is None or seen[:2] != (id(frame), frame.f_lasti):
                self._since[ident] = id(frame), frame.f_lasti, now

    def waits(self, thread: threading.Thread) -> bool:
        """Whether a thread waits, as far as one can tell."""
        ident = thread.ident
        if ident is None:
            return False  # it is about to begin
        frame = self._frames.get(ident)
        if frame is None:
            # It has been started and has not got to Python code yet, or has just ended.
            return not thread.is_alive()
        if _keeps_house(frame):
            return True
        check = _CHECKS.get(_place(frame))
        if check is not None:
            return check(frame.f_locals, self)
        enough = _STUCK_IN_POOL if _place(frame)[0] == _HOUSEKEEPING[0] else _STUCK
        return _real_monotonic() - self._since[ident][2] > enough

    def is_at(self, thread: threading.Thread, place: tuple[str, str]) -> bool:
        """Whether a thread was in that function of that module at the last look."""
        frame = self._frames.get(thread.ident or 0)
        return frame is not None and _place(frame) == place


def _current_frames() -> Mapping[int, FrameType]:
    """The innermost frame of each thread.

    A collection of garbage that begins meanwhile makes older interpreters wait for themselves for ever
    (CPython's issue 106883).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if collects:
            gc.enable()


def _place(frame: FrameType) -> tuple[str, str]:
    return str(frame.f_globals.get("__name__", "")), frame.f_code.co_name


def _keeps_house(frame: FrameType) -> bool:
    outer: FrameType | None = frame
    for _ in range(4):
        if outer is None:
            return False
        if _place(outer) == _HOUSEKEEPING:
            return True
        outer = outer.f_back
    return False


def _on_condition(local: Mapping[str, Any], _watch: Watch) -> bool:
    waiter = local.get("waiter")
    return waiter is not None and waiter in local["self"]._waiters


def _for_thread(local: Mapping[str, Any], _watch: Watch) -> bool:
    return local["self"] in threading.enumerate()


def _for_events(local: Mapping[str, Any], _watch: Watch) -> bool:
    try:
        return not local["self"].select(0)
    except RuntimeError:
        return True  # of the kind that two threads cannot ask at once
    except (OSError, ValueError):
        return False  # it has been closed in the meantime


def _for_tasks(local: Mapping[str, Any], watch: Watch) -> bool:
    executor = local["executor_reference"]()
    if executor is None or executor._shutdown:
        return False  # it is about to end
    if local.get("work_item") is not None or not local["work_queue"].empty():
        return False
    # Since Python 3.13 a queue hands a task to a thread that waits, which then is still here, and the
    # queue empty; but the pool has counted it off.
    waiting = sum(watch.is_at(thread, _WORKER) for thread in list(executor._threads))
    return sys.version_info < (3, 13) or executor._idle_semaphore._value >= waiting


_CHECKS: Mapping[tuple[str, str], Callable[[Mapping[str, Any], Watch], bool]] = {
    _WORKER: _for_tasks,
    ("selectors", "select"): _for_events,
    ("threading", "_wait_for_tstate_lock"): _for_thread,
    ("threading", "join"): _for_thread,
    ("threading", "wait"): _on_condition,
}
"""By module and function of the innermost frame: whether it waits, given its local variables."""
