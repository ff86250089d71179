"""Advance an account's clock while the threads of the code under test wait.

When every thread of the code under test is waiting in a patched function, the clock jumps to the
earliest deadline. Virtual time passes at the speed of real time while a thread is working, a child
process of the test is alive, or a thread is waiting for a socket or pipe that another process can
write to.
"""

from __future__ import annotations

import _thread
import os
import signal
import socket
import stat
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from ..c_functions import original
from ..exceptions import CallerNeverEnds
from ..machinery import TIME, frames, is_runnable, is_test_code, is_test_code_now, places, switches
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, to_nanoseconds

_T = TypeVar("_T")
Attempt = Callable[[float], "tuple[_T] | None"]
"""A function that waits for a result and returns it in a tuple, or returns ``None`` if there is no
result. The argument is the time limit in real seconds. A negative argument means no limit."""

_SHORT, _LONG = 0.00005, 0.002
"""The minimum and maximum pause, in real seconds, between two checks by a waiting thread."""

_OUTSIDE, _WORKING, _AWAKE = 250_000_000, 1_000_000_000, 3_600_000_000_000
"""Three limits in real nanoseconds: how long the clock stands still for other processes, for a
thread that is working or blocked, and for a thread that is due to wake up."""

_FRESH = 50_000_000
"""How long a result of ``_waited_for_cpu`` is reused, in real nanoseconds."""

_BUSY_READINGS = 10_000
"""The number of consecutive clock readings after which a loop is treated as a busy wait."""

_LOOKS = 3
"""The number of consecutive checks that must find all threads idle before the clock jumps. A thread
that has just been woken needs time to continue."""

_MANY_SLEEPS = 200
"""After this many sleeps without a call, each sleep also takes a millisecond of real time, so that
other processes can run."""

stack: list[VirtualTime] = []
"""The ``VirtualTime`` objects of all active accounts. Only the latest account's clock advances.
If an account ends during a wait, the waiting thread continues in real time."""

_waits: dict[int, _Wait] = {}
"""The current wait of each thread, keyed by thread id. A wait may go on after the account ends."""

real_ns: Callable[[], int] = original(TIME["monotonic_ns"])
_real_sleep: Any = original(TIME["sleep"])
_thread_ns = TIME["thread_time_ns"]


def current() -> VirtualTime | None:
    """Return the virtual time of the current thread, or ``None`` if the thread runs in real time."""
    return stack[-1] if stack and is_test_code_now() else None


def _waited_for_cpu() -> int:
    """Return how many nanoseconds this thread has waited for a CPU, or 0 if the number is unknown."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1])
    except OSError:
        return 0


class _Lock(_thread.RLock):  # type: ignore[misc]  # RLock is final only for type checkers
    """A lock with the original ``acquire`` method, so that threads wait for it in real time."""

    acquire = __enter__ = _thread.RLock.acquire


@dataclass
class _Wait:
    """The state of a waiting thread. The deadline is a time on the virtual monotonic clock."""

    virtual: VirtualTime
    deadline: int | None
    is_ready: Callable[[], bool]
    is_outside: bool


class _Anchor(threading.local):
    """Measurements of the current thread, taken when virtual time last advanced."""

    elapsed = -1
    real = worked = waited = read_at = switches = readings = 0
    is_nudged = False

    def drop(self, elapsed: int) -> None:
        """Take new measurements."""
        self.elapsed, self.real, self.worked = elapsed, real_ns(), _thread_ns()
        self.switches = switches.get(threading.get_ident(), 0)
        self.readings, self.is_nudged = 0, False
        if self.real - self.read_at > _FRESH:
            self.waited, self.read_at = _waited_for_cpu(), self.real


class VirtualTime:
    """The virtual time of one account.

    ``time.monotonic_ns()`` continues from ``monotonic_ns``. ``watchdog`` is the number of real
    seconds after which a wait that can never end is stopped.

    Attributes:
        account: the account whose clock is used.
        since: the real time at which the clock last moved or the caller last started a thread.
    """

    def __init__(self, account: Account, monotonic_ns: int, watchdog: float) -> None:
        self.account = account
        self._watchdog = watchdog * NANOSECONDS
        self._moving = _Lock()
        """A lock that is held while a wait begins or ends, and while the clock moves."""
        self._looks = self._jumps = self._debt = 0
        self._seen = self.since = 0
        self._keeps_pace = False
        """Whether the clock is moving at the speed of real time."""
        self._anchor = _Anchor()
        self._still = places()
        self._still.pop(threading.get_ident(), None)
        self._children = _child_processes()
        self._base = monotonic_ns - account.clock.elapsed_ns
        self.replace_account(account)

    def replace_account(self, account: Account) -> None:
        """Use the clock of another account from now on. The monotonic clock never jumps back.

        Clear the ``setitimer`` timer, so that it does not fire in the next Hypothesis example.
        """
        with self._moving:
            self._timer: tuple[int, int] | None = None  # due time and interval, in nanoseconds
            # Use a multiple of 1/1024 s, so that floats stay exact when whole seconds are added.
            steps = -(-self._now * 1024 // NANOSECONDS)
            self._base = steps * NANOSECONDS // 1024 - account.clock.elapsed_ns
            self.account = account

    @contextmanager
    def time_of_others(self) -> Generator[None, None, None]:
        """Let time pass for callers in other processes, without affecting waits in this process.

        Inside the ``with`` block, ``time.time()`` advances, but ``time.monotonic()`` stands still.
        """
        with self._moving:  # no thread may read a clock before `_base` is adjusted
            now = self._now
            try:
                yield
            finally:
                self._base = now - self.account.clock.elapsed_ns

    @property
    def _now(self) -> int:
        return self._base + self.account.clock.elapsed_ns

    def monotonic_ns(self) -> int:
        """Return the virtual value of ``time.monotonic_ns()``."""
        self.charge()
        with self._moving:
            return self._now

    def epoch_ns(self) -> int:
        """Return the virtual value of ``time.time_ns()``."""
        self.charge()
        return self.account.clock.epoch_ns

    def timer_left(self) -> tuple[float, float]:
        """Return the timer's remaining time and interval, as ``signal.getitimer`` does."""
        now = self.monotonic_ns()
        due, every = self._timer or (now, 0)
        return (due - now) / NANOSECONDS, every / NANOSECONDS

    def set_timer(self, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        """Set the timer and return its previous values, as ``signal.setitimer`` does."""
        before = self.timer_left()
        due = self.monotonic_ns() + round(seconds * NANOSECONDS)
        self._timer = (due, round(interval * NANOSECONDS)) if seconds else None
        return before

    def charge(self) -> None:
        """Advance the clock by the real time for which an unpatched function blocked the thread.

        Computation takes no virtual time, except in busy loops, which would otherwise never end.
        """
        if self.account.history.answering:
            return  # a garbage-collection callback may read the clock during a call
        anchor, me, elapsed = self._anchor, threading.get_ident(), self.account.clock.elapsed_ns
        # Start a new measurement if the clock has moved or the thread has left the code under test.
        if anchor.elapsed != elapsed or anchor.switches != switches.get(me, 0):
            anchor.drop(elapsed)
            return
        anchor.readings += 1
        passed = real_ns() - anchor.real
        idle = passed - (_thread_ns() - anchor.worked)
        if idle > _WORKING:
            # Do not count the time that the thread spent waiting for a CPU.
            if idle - (_waited_for_cpu() - anchor.waited) > _WORKING:
                self.account.sleep(passed / NANOSECONDS)
            anchor.drop(self.account.clock.elapsed_ns)
        elif anchor.readings > _BUSY_READINGS:
            # First advance by only one nanosecond: the loop may be waiting for the time to change.
            self.account.sleep(passed / NANOSECONDS if anchor.is_nudged else 1 / NANOSECONDS)
            anchor.elapsed, anchor.real = self.account.clock.elapsed_ns, real_ns()
            anchor.readings, anchor.is_nudged = anchor.readings // 2, True

    def sleep(self, seconds: float) -> None:
        """Sleep for a number of virtual seconds, as ``time.sleep`` does."""
        if self.account.patience.sleeps > _MANY_SLEEPS:
            _real_sleep(0.001)
        self.wait(_sleep, seconds, lambda: False)

    def wait(
        self,
        attempt: Attempt[_T],
        seconds: float | None,
        is_ready: Callable[[], bool],
        *,
        is_outside: bool = False,
    ) -> tuple[_T] | None:
        """Return the result of the first attempt that succeeds, or ``None`` if the limit is reached.

        ``seconds`` is the limit in virtual seconds. Other threads call ``is_ready`` to learn whether
        an attempt would succeed now. Pass ``is_outside=True`` if another process can make an attempt
        succeed. Raise ``CallerNeverEnds`` if nothing can end the wait, or if the caller has waited
        too long without any change.
        """
        got = attempt(0.0)
        if got is not None or (seconds is not None and seconds <= 0):
            return got
        self.charge()
        limit = None if seconds is None else to_nanoseconds(min(seconds, threading.TIMEOUT_MAX))
        me, begun = threading.get_ident(), real_ns()
        with self._moving:
            if self._due() is None:
                self.since, self._keeps_pace = begun, False
            # Waits can be nested: a signal handler or a function passed to `respond` may wait, too.
            outer = _waits.get(me)
            now = self._now
            wait = _Wait(self, None if limit is None else now + limit, is_ready, is_outside)
            _waits[me] = wait
            self._looks = 0
        try:
            got = self._wait(attempt, wait)
        finally:
            # Acquiring `_moving` could cause a deadlock: another thread may hold it while waiting
            # for a lock that this thread holds, such as a coverage tracer's lock.
            _waits.pop(me, None)
            if outer is not None:
                _waits[me] = outer
            self._anchor.elapsed = -1  # exclude this wait from the next measurement
        if is_outside:
            # While this process waits for other processes, virtual time follows real time in steps
            # of one second.
            self._debt += max(0, real_ns() - begun - (self._now - now))
            if self._debt > _WORKING:
                debt, self._debt = self._debt, 0
                self.account.sleep(debt / NANOSECONDS)
        return got

    def _wait(self, attempt: Attempt[_T], wait: _Wait) -> tuple[_T] | None:
        pause, jumps = _SHORT, self._jumps
        while True:
            self._ring()
            with self._moving:  # no other thread may move the clock during the attempt
                now, got = self._now, attempt(0.0)
                if got is not None or (wait.deadline is not None and wait.deadline <= now):
                    _waits.pop(threading.get_ident(), None)
                    return got
            if self not in stack:  # the account has ended: continue in real time
                left = None if wait.deadline is None else (wait.deadline - now) / NANOSECONDS
                return attempt(-1.0 if left is None else left)
            self._move()
            if self._jumps != jumps:
                pause, jumps = _SHORT, self._jumps
                continue
            got = attempt(pause) if wait.is_outside else _real_sleep(pause)
            if got is not None:
                return got
            pause = min(pause * 1.5, _LONG)

    def _move(self) -> None:
        """Advance the clock to the next deadline of a waiting thread, if no thread is working.

        While a thread is working, advance the clock at the speed of real time. If no waiting thread
        has a deadline, check the watchdog.
        """
        if not self._moving.acquire(blocking=False):
            return
        try:
            now, hindrance, due = self._now, self._hindrance(), self._due()
            if now != self._seen:
                self._seen, self.since, self._keeps_pace = now, real_ns(), False
            passed = real_ns() - self.since
            if due is None:
                is_outside = hindrance == _OUTSIDE and not _child_processes() - self._children
                if hindrance is None or is_outside:
                    self._bark(passed)
            elif hindrance is None:
                self._jumps += self._advance(due)
            else:
                allowed = 0 if self._keeps_pace else hindrance
                if hindrance == _OUTSIDE:
                    allowed = min(allowed, due - now)
                if passed > allowed and self._advance(min(now + passed, due)):
                    self._seen, self.since, self._keeps_pace = self._now, real_ns(), True
        finally:
            self._moving.release()

    def _advance(self, instant: int) -> bool:
        """Advance the clock and return ``True``, unless a call is in progress."""
        if not self.account.lock.acquire(blocking=False):
            return False
        try:
            self.account.sleep(max(instant - self._now, 0) / NANOSECONDS)
        finally:
            self.account.lock.release()
        return True

    def _hindrance(self) -> int | None:
        """Return how many real nanoseconds the clock stands still, or ``None`` if it may jump."""
        if stack[-1:] != [self]:
            return _WORKING
        now = self._now
        waits = {ident: wait for ident, wait in dict(_waits).items() if wait.virtual in stack}
        for wait in waits.values():
            # A thread whose deadline has passed is about to run. Only the clock of the latest
            # account advances, so ignore deadlines on the clocks of other accounts.
            if wait.virtual is self and wait.deadline is not None and wait.deadline <= now:
                return _AWAKE
            if wait.is_ready():
                return _WORKING
        if _child_processes() - self._children or any(wait.is_outside for wait in waits.values()):
            return _OUTSIDE
        # Do not wait for a lock, as threading.enumerate() does. `_limbo` contains starting threads.
        threads = [*threading._active.values(), *threading._limbo.values()]  # type: ignore[attr-defined]
        others = [each for each in threads if each.ident not in waits and is_test_code(each)]
        if any(self._works(thread) for thread in others):
            return _WORKING
        self._looks += 1
        return _WORKING if others and self._looks <= _LOOKS else None

    def _works(self, thread: threading.Thread) -> bool:
        """Return ``False`` if a thread has been blocked since the account was activated."""
        if (wait := _waits.get(thread.ident or 0)) is not None:  # the wait's account has ended
            return wait.is_ready() or is_runnable(thread)
        if thread.ident not in self._still or is_runnable(thread):
            return True
        if places().get(thread.ident) == self._still[thread.ident]:
            return False
        del self._still[thread.ident]
        return thread.is_alive()

    def _due(self) -> int | None:
        """Return the earliest future deadline of a waiting thread or of the timer."""
        instants = [wait.deadline for wait in list(_waits.values()) if wait.virtual is self]
        instants += [self._timer[0]] if self._timer else []
        now = self._now
        return min((each for each in instants if each is not None and each > now), default=None)

    def _ring(self) -> None:
        """If the ``setitimer`` timer has expired, raise its signal."""
        timer = self._timer
        if timer is not None and timer[0] <= self._now:
            self._timer = (timer[0] + timer[1], timer[1]) if timer[1] else None
            signal.raise_signal(signal.SIGALRM)

    def _bark(self, real: int) -> None:
        """Raise ``CallerNeverEnds`` with the threads' stacks if the watchdog limit is reached."""
        if real < self._watchdog or threading.current_thread() is not threading.main_thread():
            return
        found = frames()
        stacks = "\n".join(
            f"Thread {thread.name} is waiting here:\n{_stack_of_caller(found[thread.ident])}"
            for thread in threading.enumerate()
            if thread.ident in _waits and thread.ident in found
        )
        raise CallerNeverEnds(
            f"no virtual time has passed for {real / NANOSECONDS:.0f} real seconds: every thread is "
            "waiting, without a time limit, for another thread, a socket or a pipe. Set a timeout, "
            f"or increase lightsail_watchdog (now {self._watchdog / NANOSECONDS:g} seconds)."
            f"\n{stacks}"
        )


def _sleep(seconds: float) -> None:
    if seconds:
        _real_sleep(max(seconds, 0.0))


def _stack_of_caller(frame: FrameType) -> str:
    own = str(Path(__file__).parent.parent)
    found = [line for line in traceback.extract_stack(frame) if not line.filename.startswith(own)]
    return "".join(traceback.format_list(found[-3:]))


# --- other processes ---

_LOOK = os.WEXITED | os.WNOHANG | os.WNOWAIT if hasattr(os, "waitid") else 0


def _child_processes() -> frozenset[int]:
    """Return the ids of running child processes, or an empty set if the system cannot list them."""
    if not hasattr(os, "waitid"):
        return frozenset()
    try:
        os.waitid(os.P_ALL, 0, _LOOK)
    except ChildProcessError:
        return frozenset()
    found: set[int] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # the thread has since ended
            found.update(map(int, file.read_text().split()))
    return frozenset(filter(_lives, found))


def _lives(pid: int) -> bool:
    with suppress(ChildProcessError):
        return os.waitid(os.P_PID, pid, _LOOK) is None
    return False


def is_outside(descriptor: int) -> bool:
    """Return whether other processes can write to a socket or a pipe.

    Pipes and socket pairs with both ends in this process do not count, because event loops use them
    to wake themselves up. Listening sockets do not count, because only child processes are expected
    to connect, and the clock takes all child processes into account anyway.
    """
    try:
        kind = os.fstat(descriptor)
        if stat.S_ISFIFO(kind.st_mode):
            return not _has_both_ends(kind)
        if not stat.S_ISSOCK(kind.st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as found:
            is_unix = found.family == getattr(socket, "AF_UNIX", None)
            if is_unix and not (found.getsockname() or found.getpeername()):
                return False
            return not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        return False  # the descriptor is closed, so the wait itself will fail


def _has_both_ends(pipe: os.stat_result) -> bool:
    ends = 0
    for name in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the descriptor has since been closed
            ends += os.path.samestat(name.stat(), pipe)
    return ends > 1
