"""What the other threads of a caller do: work, wait for somebody, or nothing."""

from __future__ import annotations

import sys
import threading
import time
from enum import Enum
from types import FrameType

__all__ = ["Activity", "Watch"]

_STUCK = 0.2
"""Real seconds at one and the same instruction after which a thread is taken to wait: in a lock of the
interpreter's own, say, where no Python code shows that it waits."""

_WAITING = {
    "concurrent.futures._base": {"result", "wait", "as_completed"},
    "multiprocessing.connection": {"wait"},
    "queue": {"get", "put", "join"},
    "selectors": {"select"},
    "threading": {"wait", "wait_for", "join", "_wait_for_tstate_lock", "acquire", "__enter__"},
}
"""Functions by module in which a thread waits for another, where one is its innermost."""

_IDLE = ("concurrent.futures.thread", "_worker")
"""Where a thread of a pool waits for something to do."""

_TRANSIENT = {("threading", "start"), ("asyncio.base_events", "_do_shutdown")}
"""Functions in which a thread waits for another to begin, or for those of a pool to end."""

_real_monotonic = time.monotonic


class Activity(Enum):
    """What a thread does."""

    WORKS = "works"
    WAITS = "waits"
    IDLE = "idle"


class Watch:
    """Looks at threads, once or repeatedly."""

    def __init__(self) -> None:
        self._since: dict[int, tuple[int, int, float]] = {}
        self.look()

    def look(self) -> None:
        """See where every thread is now."""
        self._frames = sys._current_frames()
        now = _real_monotonic()
        for ident, frame in self._frames.items():
            seen = self._since.get(ident)
            if seen is None or seen[:2] != (id(frame), frame.f_lasti):
                self._since[ident] = id(frame), frame.f_lasti, now

    def activity(self, thread: threading.Thread) -> Activity:
        """What a thread did at the last look."""
        ident = thread.ident or 0
        frame = self._frames.get(ident)
        if frame is None:
            # It has been started and has not got to Python code yet, or has just ended.
            return Activity.WORKS if thread.is_alive() else Activity.IDLE
        module, function = _place(frame)
        if (module, function) == _IDLE:
            return Activity.IDLE
        if _goes_on_by_itself(frame):
            return Activity.WORKS
        if function in _WAITING.get(module, ()):
            return Activity.WAITS
        stuck = _real_monotonic() - self._since[ident][2] > _STUCK
        return Activity.WAITS if stuck else Activity.WORKS


def _place(frame: FrameType) -> tuple[str, str]:
    return str(frame.f_globals.get("__name__", "")), frame.f_code.co_name


def _goes_on_by_itself(frame: FrameType) -> bool:
    """Whether a thread waits for another to begin or to end, which is no waiting worth the name."""
    outer: FrameType | None = frame
    for _ in range(5):
        if outer is None:
            return False
        if _place(outer) in _TRANSIENT:
            return True
        outer = outer.f_back
    return False
