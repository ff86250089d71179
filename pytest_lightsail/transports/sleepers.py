"""Threads that sleep in virtual time.

A lone caller's sleep moves the clock at once. Where a caller has several threads the clock moves when all
of them sleep or wait for one another, and then to the earliest instant that somebody waits for: four
releases side by side take as long as the longest, not as all together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, to_nanoseconds
from .threads import Activity, Watch

__all__ = ["Sleepers"]

_SLICE = 0.0005
"""Real seconds between looks at what the other threads do."""

_STEADY = 3
"""Looks in a row that must find every other thread waiting, as one may be about to wake up."""

_STEADY_LOOP = 20
"""The same where an event loop waits: a thread may be about to hand it a result."""

_UNSURE = 1.0
"""Real seconds after which a thread that works no longer holds up the clock."""

_MANY_SLEEPS = 200
"""Sleeps without a call after which each also gives other processes a millisecond of real time."""

_real_sleep = time.sleep
_real_monotonic = time.monotonic

Interrupted = Callable[[], bool]


class Sleepers:
    """The threads of one caller that sleep on an account's clock."""

    def __init__(self, account: Account, foreign: frozenset[threading.Thread]) -> None:
        self.account = account
        self._foreign = foreign
        self._condition = threading.Condition()
        self._wakes: dict[int, int] = {}
        self._calls = 0
        self._sleeps = 0

    def sleep(self, seconds: float, interrupted: Interrupted | None = None) -> None:
        """Sleep until the clock has moved on by ``seconds``, or ``interrupted()`` is true.

        Raises:
            CallerNeverEnds: this caller has waited for too long while nothing changed.
        """
        self._breathe()
        if not self._others() and not (interrupted and interrupted()):
            self.account.sleep(seconds)
            return
        account, me = self.account, threading.get_ident()
        clock = account.clock
        wake = clock.elapsed_ns + to_nanoseconds(seconds)
        with self._condition:
            self._wakes[me] = wake
            self._condition.notify_all()
            try:
                while self.account is account and clock.elapsed_ns < wake:
                    if self._all_wait(interrupted):
                        account.sleep((min(self._wakes.values()) - clock.elapsed_ns) / NANOSECONDS)
                        self._condition.notify_all()
                    elif interrupted and interrupted():
                        break
            finally:
                self._wakes.pop(me, None)
                self._condition.notify_all()

    def replace(self, account: Account) -> None:
        """Sleep on the clock of another account; whoever sleeps on the old one wakes up."""
        with self._condition:
            self.account = account
            self._wakes.clear()
            self._condition.notify_all()

    def _breathe(self) -> None:
        """Let something outside the account, such as a child process, get on in real time."""
        calls = len(self.account.history.calls)
        self._sleeps = 0 if calls != self._calls else self._sleeps + 1
        self._calls = calls
        if self._sleeps > _MANY_SLEEPS:
            _real_sleep(0.001)

    def _others(self) -> list[threading.Thread]:
        """The caller's other threads."""
        me = threading.current_thread()
        return [
            thread
            for thread in threading.enumerate()
            if thread is not me and thread not in self._foreign
        ]

    def _all_wait(self, interrupted: Interrupted | None) -> bool:
        """Whether every other thread sleeps or waits, or has been given up on.

        False as soon as the clock has moved, or ``interrupted()`` is true.
        """
        until = _real_monotonic() + _UNSURE
        account, now = self.account, self.account.clock.elapsed_ns
        watch, steady = Watch(), 0
        before: object = None
        while _real_monotonic() < until:
            busy = [thread for thread in self._others() if not self._sleeps_on(thread)]
            # Looked at after the threads: one that has gone idle has handed over its result before.
            if interrupted is not None and interrupted():
                return False
            if not busy:
                return True
            places = watch.places(busy)
            wait = self._wait(watch, busy, in_pool=interrupted is None)
            steady = steady + 1 if wait and places == before else 0
            before = places
            if steady >= self._needed(watch, busy, interrupted):
                return True
            self._condition.wait(_SLICE)
            if self.account is not account or account.clock.elapsed_ns != now:
                return False
            watch.look()
        return True

    def _wait(self, watch: Watch, threads: list[threading.Thread], *, in_pool: bool) -> bool:
        # Who is on the list still, though his time has come, has yet to notice that he is awake.
        woken = any(thread.ident in self._wakes for thread in threads)
        # Who waits for the end of a pool may wait for this thread, if it is no event loop's.
        others_sleep = in_pool or len(self._wakes) > 1
        return not woken and all(
            watch.activity(thread, others_sleep=others_sleep) is not Activity.WORKS
            for thread in threads
        )

    def _needed(
        self, watch: Watch, threads: list[threading.Thread], interrupted: Interrupted | None
    ) -> int:
        if interrupted is None:
            return _STEADY
        idle = all(watch.activity(thread) is Activity.IDLE for thread in threads)
        return _STEADY if idle else _STEADY_LOOP

    def _sleeps_on(self, thread: threading.Thread) -> bool:
        wake = self._wakes.get(thread.ident or 0)
        # A sleeper whose time has come is about to run, and counts as running.
        return wake is not None and wake > self.account.clock.elapsed_ns
