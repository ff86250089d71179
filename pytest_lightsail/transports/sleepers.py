"""Threads that sleep in virtual time.

A lone caller's sleep moves the clock at once. Where a caller has several threads the clock moves when all
of them sleep or wait for one another, and then to the earliest instant that somebody waits for: four
releases side by side take as long as the longest, not as all together.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, to_nanoseconds

__all__ = ["Sleepers"]

_WAITING_MODULES = ("threading", "selectors", "queue", "concurrent.futures", "multiprocessing")
"""A thread whose innermost Python frame is in one of these waits for another thread."""

_SLICE = 0.0005
"""Real seconds between looks at what the other threads do."""

_UNSURE = 1.0
"""Real seconds after which a thread that neither sleeps nor returns no longer holds up the clock."""

_MANY_SLEEPS = 200
"""Sleeps without a call after which each also gives other processes a millisecond of real time."""

_real_sleep = time.sleep
_real_monotonic = time.monotonic


class Sleepers:
    """The threads of one caller that sleep on an account's clock."""

    def __init__(self, account: Account, foreign: frozenset[threading.Thread]) -> None:
        self.account = account
        self._foreign = foreign
        self._condition = threading.Condition()
        self._wakes: dict[int, int] = {}
        self._calls = 0
        self._sleeps = 0

    def sleep(self, seconds: float, interrupted: Callable[[], bool] | None = None) -> None:
        """Sleep until the clock has moved on by ``seconds``, or ``interrupted()`` is true.

        Raises:
            CallerNeverEnds: this caller has waited for too long while nothing changed.
        """
        self._breathe()
        others = self._others()
        if not others:
            self.account.sleep(seconds)
            return
        clock, me = self.account.clock, threading.get_ident()
        wake = clock.elapsed_ns + to_nanoseconds(seconds)
        with self._condition:
            self._wakes[me] = wake
            self._condition.notify_all()
            try:
                while clock.elapsed_ns < wake and not (interrupted and interrupted()):
                    if self._all_wait():
                        target = min(self._wakes.values())
                        self.account.sleep((target - clock.elapsed_ns) / NANOSECONDS)
                        self._condition.notify_all()
            finally:
                del self._wakes[me]
                self._condition.notify_all()

    def _breathe(self) -> None:
        """Let something outside the account, such as a child process, get on in real time."""
        calls = len(self.account.history.calls)
        self._sleeps = 0 if calls != self._calls else self._sleeps + 1
        self._calls = calls
        if self._sleeps > _MANY_SLEEPS:
            _real_sleep(0.001)

    def _others(self) -> list[threading.Thread]:
        me = threading.current_thread()
        return [
            thread
            for thread in threading.enumerate()
            if thread is not me and thread not in self._foreign
        ]

    def _all_wait(self) -> bool:
        """Whether every other thread sleeps or waits, seen twice in a row, or is given up on."""
        until = _real_monotonic() + _UNSURE
        seen = 0
        now = self.account.clock.elapsed_ns
        while _real_monotonic() < until:
            others = [thread for thread in self._others() if not self._sleeps_on(thread)]
            if not others:
                return True
            seen = seen + 1 if all(_waits(thread) for thread in others) else 0
            if seen > 1:
                return True
            self._condition.wait(_SLICE)
            if self.account.clock.elapsed_ns != now:
                return False
        return True

    def _sleeps_on(self, thread: threading.Thread) -> bool:
        wake = self._wakes.get(thread.ident or 0)
        # A sleeper whose time has come is about to run, and counts as running.
        return wake is not None and wake > self.account.clock.elapsed_ns


def _waits(thread: threading.Thread) -> bool:
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return True
    module = str(frame.f_globals.get("__name__", ""))
    return module.startswith(_WAITING_MODULES)
