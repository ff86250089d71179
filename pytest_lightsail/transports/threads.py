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

_STARTS = ("threading", "start")
"""Where a thread waits for another to begin, which is no waiting worth the name."""

_ENDS = ("asyncio.base_events", "_do_shutdown")
"""Where a thread waits for those of an event loop's pool to end."""

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

    def places(self, threads: list[threading.Thread]) -> list[tuple[int, int]]:
        """Where threads were at the last look; the same twice for one that has not moved."""
        seen = (self._since.get(thread.ident or 0) for thread in threads)
        return [(0, 0) if each is None else each[:2] for each in seen]

    def activity(self, thread: threading.Thread, *, others_sleep: bool = False) -> Activity:
        """What a thread did at the last look.

        Whoever waits for the end of a pool goes on by himself, unless some of its threads may sleep.
        """
        ident = thread.ident or 0
        frame = self._frames.get(ident)
        if frame is None:
            # It has been started and has not got to Python code yet, or has just ended.
            return Activity.WORKS if thread.is_alive() else Activity.IDLE
        module, function = _place(frame)
        if (module, function) == _IDLE:
            # It may not have noticed yet that there is something to do.
            queue = frame.f_locals.get("work_queue")
            return Activity.WORKS if queue is not None and queue.qsize() else Activity.IDLE
        if _is_inside(frame, _STARTS) or (_is_inside(frame, _ENDS) and not others_sleep):
            return Activity.WORKS
        if function in _WAITING.get(module, ()):
            return Activity.WAITS
        stuck = _real_monotonic() - self._since[ident][2] > _STUCK
        return Activity.WAITS if stuck else Activity.WORKS


def _place(frame: FrameType) -> tuple[str, str]:
    return str(frame.f_globals.get("__name__", "")), frame.f_code.co_name


def _is_inside(frame: FrameType, place: tuple[str, str]) -> bool:
    """Whether one of the innermost functions is that one."""
    outer: FrameType | None = frame
    for _ in range(5):
        if outer is None:
            return False
        if _place(outer) == place:
            return True
        outer = outer.f_back
    return False
