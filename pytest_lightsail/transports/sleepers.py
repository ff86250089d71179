"""Threads that sleep in virtual time.

A lone caller's sleep moves the clock at once. Where a caller has several threads the clock moves when all
of them sleep or wait for one another, and then to the earliest instant that somebody waits for: four
releases side by side take as long as the longest, not as all together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, to_nanoseconds
from .threads import Watch

__all__ = ["Sleepers"]

_SLICE = 0.0005
"""Real seconds between looks at what the other threads do."""

_STEADY = 2
"""Looks in a row that must find every other thread waiting: while one is looked at, another may hand it
something and begin to wait itself."""

_UNSURE = 1.0
"""Real seconds after which a thread that works no longer holds up the clock."""

_MANY_SLEEPS = 200
"""Sleeps without a call after which each also gives other processes a millisecond of real time."""

_real_sleep = time.sleep
_real_monotonic = time.monotonic

_Interrupted = Callable[[], bool]


class _Sleep(NamedTuple):
    wake: int
    interrupted: _Interrupted | None

    def lasts(self, now: int) -> bool:
        # A sleeper whose time has come is about to run, even if it has not begun to.
        return self.wake > now and not (self.interrupted and self.interrupted())


class Sleepers:
    """The threads of one caller that sleep on an account's clock."""

    def __init__(self, account: Account, is_foreign: Callable[[threading.Thread], bool]) -> None:
        self.account = account
        self._is_foreign = is_foreign
        self._condition = threading.Condition()
        self._sleeps_now: dict[int, _Sleep] = {}
        self._calls = 0
        self._sleeps = 0

    def sleep(self, seconds: float, interrupted: _Interrupted | None = None) -> None:
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
        mine = _Sleep(clock.elapsed_ns + to_nanoseconds(seconds), interrupted)
        with self._condition:
            self._sleeps_now[me] = mine
            self._condition.notify_all()
            try:
                while self.account is account and mine.lasts(clock.elapsed_ns):
                    if self._all_wait(mine):
                        self._move(account)
                        self._condition.notify_all()
            finally:
                self._sleeps_now.pop(me, None)
                self._condition.notify_all()

    def replace(self, account: Account) -> None:
        """Sleep on the clock of another account; whoever sleeps on the old one wakes up."""
        with self._condition:
            self.account = account
            self._sleeps_now.clear()
            self._condition.notify_all()

    def _move(self, account: Account) -> None:
        """Move the clock to the earliest instant that somebody waits for.

        Whoever answers a call holds the account, and in a function of the test may sleep meanwhile. Then
        he waits for ``_condition``, which is held here, so here nobody may wait for the account.
        """
        if not account.lock.acquire(blocking=False):
            self._condition.wait(_SLICE)
            return
        try:
            now = account.clock.elapsed_ns
            # Somebody who has been given up on may be late already.
            to_come = [one.wake for one in self._sleeps_now.values() if one.wake > now]
            if to_come:
                account.sleep((min(to_come) - now) / NANOSECONDS)
        finally:
            account.lock.release()

    def _breathe(self) -> None:
        """Let something outside the account, such as a child process, get on in real time."""
        history = self.account.history
        calls = len(history.calls) + len(history.visits)
        self._sleeps = 0 if calls != self._calls else self._sleeps + 1
        self._calls = calls
        if self._sleeps > _MANY_SLEEPS:
            _real_sleep(0.001)

    def _others(self) -> list[threading.Thread]:
        me = threading.current_thread()
        return [
            thread
            for thread in threading.enumerate()
            if thread is not me and not self._is_foreign(thread)
        ]

    def _all_wait(self, mine: _Sleep) -> bool:
        """Whether every other thread sleeps or waits, or has been given up on.

        False as soon as this thread has to look after its own sleep again.
        """
        until = _real_monotonic() + _UNSURE
        watch, steady = Watch(), 0
        account, now = self.account, self.account.clock.elapsed_ns
        while _real_monotonic() < until:
            busy = [thread for thread in self._others() if not self._sleeps_on(thread, now)]
            waiting = all(self._waits(thread, watch) for thread in busy)
            # Looked at after the threads: one that has gone idle has handed over its result before.
            if not mine.lasts(now):
                return False
            steady = steady + 1 if waiting else 0
            if not busy or steady >= _STEADY:
                return True
            self._condition.wait(_SLICE)
            if self.account is not account or account.clock.elapsed_ns != now:
                return False
            watch.look()
        return True

    def _sleeps_on(self, thread: threading.Thread, now: int) -> bool:
        sleep = self._sleeps_now.get(thread.ident or 0)
        return sleep is not None and sleep.lasts(now)

    def _waits(self, thread: threading.Thread, watch: Watch) -> bool:
        return thread.ident not in self._sleeps_now and watch.waits(thread)
