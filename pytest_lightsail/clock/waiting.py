"""Move an account's clock while the threads of its caller wait.

The rule: when every thread of the code under test waits in a way that ``virtual`` lists, the clock jumps
to the next instant that one of them waits for. While a thread works, a child process of the test is
alive, or a thread waits for a socket or pipe that other processes can write to, time passes at the pace
of real time.
"""

from __future__ import annotations

import gc
import os
import signal
import stat
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from ..exceptions import CallerNeverEnds
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS, to_nanoseconds
from .builtin import original
from .threads import TIME, is_test_code, is_test_code_now, switches

__all__ = ["Attempt", "VirtualTime", "current", "is_outside", "real_ns", "stack"]

_T = TypeVar("_T")
Attempt = Callable[[float], "tuple[_T] | None"]
"""Tries to get what is waited for, in at most so many real seconds; ``None`` if it did not come."""

_SHORT, _LONG = 0.00005, 0.002
"""Real seconds, the least and the most, between looks at the clock and at the other threads."""

_WORKING = 1_000_000_000
"""Real nanoseconds that a thread may work, or be blocked in an unknown call, before time passes."""

_OUTSIDE = 250_000_000
"""Real nanoseconds that the outside may take before time passes."""

_BUSY_READINGS = 20_000
"""Readings of the clock in a row after which a loop that does nothing else is taken to wait for it."""

_MANY_SLEEPS = 200
"""Sleeps without a call after which each also gives other processes a millisecond of real time."""

stack: list[VirtualTime] = []
"""The virtual times of the active accounts; the last one counts."""

_parked: set[int] = set()
"""Threads that wait on in real time, for their account has ended. They do not hold up a later one."""

# Threads that live in virtual time call these.
real_ns: Callable[[], int] = original(TIME["monotonic_ns"])
_real_sleep: Any = original(TIME["sleep"])
_thread_ns = TIME["thread_time_ns"]
_acquire: Callable[..., bool] = threading.RLock().__class__.acquire


def current() -> VirtualTime | None:
    """Return the virtual time that this thread lives in; ``None`` for real time."""
    return stack[-1] if stack and is_test_code_now() else None


@dataclass
class _Wait:
    deadline: int | None
    is_ready: Callable[[], bool]
    is_outside: bool


class _Anchor:
    """The state of a thread when virtual time moved last."""

    __slots__ = ("elapsed", "is_nudged", "readings", "real", "switches", "worked")

    def __init__(self, elapsed: int) -> None:
        self.elapsed = elapsed
        self.real = real_ns()
        self.worked = _thread_ns()
        self.switches = switches.get(threading.get_ident(), 0)
        self.readings = 0
        self.is_nudged = False


class VirtualTime:
    """One account's time, as the threads of its caller read it and wait for it.

    Args:
        account: its clock is moved.
        monotonic_ns: what ``time.monotonic_ns()`` shows at the start, so that it goes on from there.
        watchdog: real seconds after which a wait that nothing can end is given up.
    """

    def __init__(self, account: Account, monotonic_ns: int, watchdog: float) -> None:
        self.account = account
        self._begin(monotonic_ns)
        self._watchdog = int(watchdog * NANOSECONDS) if watchdog < sys.maxsize else sys.maxsize
        self._waits: dict[int, _Wait] = {}
        self._changes = 0
        self._moving = threading.RLock()
        self._anchors: dict[int, _Anchor] = {}
        self._still = {ident: _place(frame) for ident, frame in _current_frames().items()}
        self._still.pop(threading.get_ident(), None)
        self._children = _child_processes()
        self._calls = self._sleeps = self._debt = 0
        self.timer: tuple[int, int] | None = None
        """When ``signal.setitimer`` is due and how often after that, in nanoseconds."""

    def begin_again(self, account: Account) -> None:
        """Go on with the clock of another account; those who wait wake up."""
        monotonic_ns = self.monotonic_ns()
        for wait in list(self._waits.values()):
            if wait.deadline is not None:
                wait.deadline += account.clock.elapsed_ns - self.account.clock.elapsed_ns
        self.account, self.timer = account, None
        self._anchors.clear()
        self._begin(monotonic_ns)
        self._changes += 1

    def _begin(self, monotonic_ns: int) -> None:
        # A multiple of 1/1024 s, so that sums with whole seconds stay exact in floats.
        steps = -(-monotonic_ns * 1024 // NANOSECONDS)
        self._base = steps * (NANOSECONDS // 1024) + steps * (NANOSECONDS % 1024) // 1024
        self._base -= self.account.clock.elapsed_ns

    def leave_out(self, nanoseconds: int) -> None:
        """Let time that has passed for other processes not count for the waits of this one.

        The calendar has moved on, but monotonic clocks and limits have not.
        """
        self._base -= nanoseconds
        for wait in list(self._waits.values()):
            if wait.deadline is not None:
                wait.deadline += nanoseconds
        if self.timer is not None:
            self.timer = self.timer[0] + nanoseconds, self.timer[1]

    # --- reading ---

    def monotonic_ns(self) -> int:
        """Return what ``time.monotonic_ns()`` shows."""
        return self._base + self.elapsed_ns()

    def epoch_ns(self) -> int:
        """Return what ``time.time_ns()`` shows."""
        self._charge()
        return self.account.clock.epoch_ns

    def elapsed_ns(self) -> int:
        """Return the nanoseconds since the account's start."""
        self._charge()
        return self.account.clock.elapsed_ns

    def _charge(self) -> None:
        """Let the real time pass that this thread has been blocked in calls that are not known here.

        Work takes no virtual time, but a loop that does nothing but read the clock has to end.
        """
        me, elapsed = threading.get_ident(), self.account.clock.elapsed_ns
        anchor = self._anchors.get(me)
        # What the thread did meanwhile as test machinery does not count.
        if anchor is None or anchor.elapsed != elapsed or anchor.switches != switches.get(me, 0):
            self._anchors[me] = _Anchor(elapsed)
            return
        anchor.readings += 1
        passed = real_ns() - anchor.real
        if passed > _WORKING and passed - (_thread_ns() - anchor.worked) > _WORKING:
            self.account.sleep(passed / NANOSECONDS)
            self._anchors[me] = _Anchor(self.account.clock.elapsed_ns)
        elif anchor.readings > _BUSY_READINGS:
            # First the least: the loop may wait for its instant to be over, not only reached.
            self.account.sleep(passed / NANOSECONDS if anchor.is_nudged else 1 / NANOSECONDS)
            anchor.elapsed, anchor.real = self.account.clock.elapsed_ns, real_ns()
            anchor.readings, anchor.is_nudged = anchor.readings // 2, True

    # --- waiting ---

    def sleep(self, seconds: float) -> None:
        """Sleep, as ``time.sleep`` does."""
        history = self.account.history
        calls = len(history.calls) + len(history.visits)
        self._sleeps = 0 if calls != self._calls else self._sleeps + 1
        self._calls = calls
        if self._sleeps > _MANY_SLEEPS:
            _real_sleep(0.001)
        self.wait(_sleep, seconds, _never)

    def wait(
        self,
        attempt: Attempt[_T],
        seconds: float | None,
        is_ready: Callable[[], bool],
        *,
        is_outside: bool = False,
    ) -> _T | None:
        """Wait for something, or until virtual time has moved on.

        Args:
            attempt: tries to get it; it is tried at once.
            seconds: the limit in virtual seconds; ``None`` for no limit.
            is_ready: whether an attempt would succeed now; other threads ask.
            is_outside: whether other processes may bring it.

        Returns:
            What the attempt returns; ``None`` once the limit is over.

        Raises:
            CallerNeverEnds: nothing can end the wait, or the caller has waited too long while nothing
                changed.
        """
        got = attempt(0.0)
        if got is not None or (seconds is not None and seconds <= 0):
            return got[0] if got else None
        self._charge()
        deadline = None
        if seconds is not None:
            deadline = self.account.clock.elapsed_ns + to_nanoseconds(
                min(seconds, threading.TIMEOUT_MAX)
            )
        me = threading.get_ident()
        # A signal handler, or a function given to `respond`, may wait inside of another wait.
        outer = self._waits.get(me)
        self._waits[me] = wait = _Wait(deadline, is_ready, is_outside)
        self._changes += 1
        begun, at = real_ns(), self.account.clock.elapsed_ns
        try:
            got = self._wait(attempt, wait)
        finally:
            if outer is None:
                self._waits.pop(me, None)
            else:
                self._waits[me] = outer
            self._changes += 1
            self._anchors.pop(me, None)
        if is_outside:
            self._owe(real_ns() - begun - (self.account.clock.elapsed_ns - at))
        return got[0] if got else None

    def _owe(self, real: int) -> None:
        """Let the time of waits for the outside pass, once it is worth while."""
        self._debt += max(0, real)
        if self._debt > _WORKING:
            debt, self._debt = self._debt, 0
            self.account.sleep(debt / NANOSECONDS)

    def _wait(self, attempt: Attempt[_T], wait: _Wait) -> tuple[_T] | None:  # noqa: C901 - one loop
        account, clock = self.account, self.account.clock
        pause, allowed = _SHORT, None
        moved, since = clock.elapsed_ns, real_ns()
        while True:
            now = clock.elapsed_ns
            is_over = wait.deadline is not None and now >= wait.deadline
            got = self._take(attempt)
            if got is not None or is_over:
                return got
            if self.account is not account:  # another one has taken its place, and time begins anew
                if not wait.is_outside:
                    return None
                account, clock = self.account, self.account.clock
                continue
            if self not in stack:
                return _go_on_in_real_time(attempt, wait.deadline, now)
            if now != moved:
                moved, since, allowed, pause = now, real_ns(), None, _SHORT
            hindrance = self._try_to_jump()
            if hindrance is None and clock.elapsed_ns != now:
                continue
            passed = real_ns() - since
            if hindrance is None:
                self._bark(passed)
            elif self._may_pass(passed, hindrance if allowed is None else allowed, hindrance):
                self._pass(passed)
                moved, since, allowed = clock.elapsed_ns, real_ns(), 0
            got = attempt(pause) if wait.is_outside else _real_sleep(pause)
            if got is not None:
                return got
            pause = min(pause * 1.5, _LONG)

    def _may_pass(self, real: int, allowed: int, hindrance: int) -> bool:
        """Whether so much real time may pass in virtual time, where an instant is waited for."""
        due = self._due()
        if due is None:
            return False
        # A wait that is shorter than what the outside may take lasts as long as in real time.
        left = due - self.account.clock.elapsed_ns
        return real > allowed or (hindrance == _OUTSIDE and real >= left)

    def _take(self, attempt: Attempt[_T]) -> tuple[_T] | None:
        """Try to get what is waited for. No one moves the clock before the success is known."""
        _acquire(self._moving)
        try:
            got = attempt(0.0)
            if got is not None:
                self._waits.pop(threading.get_ident(), None)
            return got
        finally:
            self._moving.release()

    def _try_to_jump(self) -> int | None:
        """Move the clock to the next instant anyone waits for, if no one works.

        Returns:
            What hinders it, as the real nanoseconds for which it may; ``None`` if nothing does.
        """
        if stack[-1:] != [self] or not _acquire(self._moving, blocking=False):
            return _WORKING
        try:
            changes = -1
            while changes != self._changes:  # another thread handed something over meanwhile
                changes = self._changes
                hindrance = self._hindrance()
                if hindrance is not None:
                    return hindrance
            due = self._due()
            if due is None:
                return None
            # Whoever answers a call holds the account, and may sleep in a function of the test.
            if not self.account.lock.acquire(blocking=False):
                return _WORKING
            try:
                self.account.sleep((due - self.account.clock.elapsed_ns) / NANOSECONDS)
            finally:
                self.account.lock.release()
        finally:
            self._moving.release()
        self._ring()
        return None

    def _hindrance(self) -> int | None:
        now = self.account.clock.elapsed_ns
        waits = {**self._outer_waits(), **self._waits}
        for wait in waits.values():
            # One whose time has come is about to run, even if it has not begun to.
            if (wait.deadline is not None and wait.deadline <= now) or wait.is_ready():
                return _WORKING
        if self._has_children() or any(wait.is_outside for wait in waits.values()):
            return _OUTSIDE
        # Not threading.enumerate(), which waits for a lock; those that are starting count too.
        threads = [*threading._active.values(), *threading._limbo.values()]  # type: ignore[attr-defined]
        for thread in threads:
            if (
                thread.ident not in waits
                and thread.ident not in _parked
                and is_test_code(thread)
                and self._works(thread)
            ):
                return _WORKING
        return None

    def _outer_waits(self) -> dict[int, _Wait]:
        """The waits of threads in the accounts that lie below this one."""
        waits: dict[int, _Wait] = {}
        for below in stack[: stack.index(self)] if self in stack else []:
            for ident, wait in list(below._waits.items()):
                waits[ident] = replace(wait, deadline=None)
        return waits

    def _works(self, thread: threading.Thread) -> bool:
        """Whether a thread that waits for nothing known works: not if it has stood still all along."""
        if thread.ident not in self._still:
            return True
        frame = _current_frames().get(thread.ident)
        if frame is not None and _place(frame) == self._still[thread.ident]:
            return False
        del self._still[thread.ident]
        return thread.is_alive()

    def _due(self) -> int | None:
        now = self.account.clock.elapsed_ns
        instants = [one.deadline for one in list(self._waits.values()) if one.deadline is not None]
        if self.timer is not None:
            instants.append(self.timer[0])
        return min((instant for instant in instants if instant > now), default=None)

    def _pass(self, real: int) -> None:
        """Let real time pass in virtual time, up to the next instant that anyone waits for."""
        due = self._due()
        left = real if due is None else min(real, due - self.account.clock.elapsed_ns)
        self.account.sleep(left / NANOSECONDS)
        self._ring()

    def _ring(self) -> None:
        """Send the signal of ``setitimer`` if it is due."""
        timer, now = self.timer, self.account.clock.elapsed_ns
        if timer is not None and timer[0] <= now:
            self.timer = (timer[0] + timer[1], timer[1]) if timer[1] else None
            signal.raise_signal(signal.SIGALRM)

    def _bark(self, real: int) -> None:
        """Give up a wait that nothing can end: all wait for each other, and no one for an instant.

        Raises:
            CallerNeverEnds: with the stacks of the threads.
        """
        if real < self._watchdog or threading.current_thread() is not threading.main_thread():
            return
        frames = _current_frames()
        named = {thread.ident: thread.name for thread in threading.enumerate()}
        stacks = "\n".join(
            f"Thread {named.get(ident, ident)} waits here:\n"
            + "".join(traceback.format_list(_of_caller(frames[ident])))
            for ident in self._waits
            if ident in frames
        )
        raise CallerNeverEnds(
            f"no virtual time has passed for {real / NANOSECONDS:.0f} real seconds: every thread waits "
            "for another one, and none for an instant. If something outside the process ends the wait, "
            f"raise lightsail_watchdog (now {self._watchdog / NANOSECONDS:g} seconds).\n{stacks}"
        )

    # --- the outside ---

    def _has_children(self) -> bool:
        """Whether a child process is alive that was started since the account began."""
        if not _may_have_children():
            return False
        return any(_is_alive(pid) for pid in _child_processes() - self._children)


def _go_on_in_real_time(attempt: Attempt[_T], deadline: int | None, now: int) -> tuple[_T] | None:
    """Wait for the rest of a limit whose account has ended."""
    me = threading.get_ident()
    _parked.add(me)
    try:
        return attempt(-1.0 if deadline is None else (deadline - now) / NANOSECONDS)
    finally:
        _parked.discard(me)


def _sleep(seconds: float) -> None:
    if seconds:
        _real_sleep(max(seconds, 0.0))


def _never() -> bool:
    return False


def _current_frames() -> dict[int, FrameType]:
    """The innermost frame of each thread.

    A collection of garbage that begins meanwhile makes older interpreters wait for themselves forever
    (CPython's issue 106883).
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if collects:
            gc.enable()


def _place(frame: FrameType) -> tuple[int, int]:
    return id(frame), frame.f_lasti


def _of_caller(frame: FrameType) -> list[traceback.FrameSummary]:
    own = str(Path(__file__).parent)
    found = traceback.extract_stack(frame)
    return [line for line in found if not line.filename.startswith(own)][-3:]


def _may_have_children() -> bool:
    if not hasattr(os, "waitid"):
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _child_processes() -> frozenset[int]:
    """The ids of the child processes, where the system lists them."""
    if not _may_have_children():
        return frozenset()
    found = [file.read_text() for file in Path("/proc/self/task").glob("*/children")]
    return frozenset(int(pid) for text in found for pid in text.split())


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def is_outside(descriptor: int) -> bool:
    """Return whether other processes may write to a socket or a pipe.

    Not so for a socket that only listens: another process that connects is a child, or not of the test.
    Nor for a pair of sockets or a pipe that has both its ends here, as event loops have to wake up.
    """
    import socket  # noqa: PLC0415 - who waits for one has imported it

    try:
        kind = os.fstat(descriptor)
        if stat.S_ISFIFO(kind.st_mode):
            return not _has_both_ends(kind)
        if not stat.S_ISSOCK(kind.st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as found:
            if found.family == getattr(socket, "AF_UNIX", None) and not found.getsockname():
                return False
            return not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        return False  # it is closed: the wait itself will say so


def _has_both_ends(pipe: os.stat_result) -> bool:
    ends = 0
    for name in Path("/proc/self/fd").iterdir():
        try:
            other = name.stat()
        except OSError:
            continue
        ends += (other.st_dev, other.st_ino) == (pipe.st_dev, pipe.st_ino)
    return ends > 1
