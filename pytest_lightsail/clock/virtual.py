"""Replacements for Python's clock and wait functions, installed while an account is active.

A replacement behaves like the original if test machinery calls it or if no account is active.
"""

from __future__ import annotations

import _queue
import _thread
import asyncio
import math
import os
import queue
import select
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import time_machine

from ..c_functions import FunctionPatch, NamespacePatch
from ..exceptions import ConfigurationError
from ..machinery import TIME, exempt, is_test_code_now
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from .waiting import VirtualTime, current, is_outside, real_ns, stack

_Make = Callable[[Any], Callable[..., Any]]

# --- clocks ---

_MONOTONIC = {
    getattr(time, f"CLOCK_{name}", None)
    for name in ("MONOTONIC", "MONOTONIC_RAW", "BOOTTIME", "UPTIME_RAW")
}


def _clock(original: Callable[..., float]) -> Callable[..., float]:
    in_nanoseconds = original.__name__.endswith("_ns")

    def clock(*ids: int) -> float:
        virtual = current() if not ids or ids[0] in _MONOTONIC else None
        if virtual is None:
            return original(*ids)
        now = virtual.monotonic_ns()
        return now if in_nanoseconds else now / NANOSECONDS

    return clock


def _wall_ns() -> int:
    return (
        virtual.epoch_ns() if (virtual := current()) else time_machine.escape_hatch.time.time_ns()
    )


# --- threads that wait for each other ---


def _sleep(original: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        virtual = current()
        if virtual is None or not 0 <= seconds < math.inf:
            original(seconds)  # `time.sleep` rejects invalid durations
        else:
            virtual.sleep(seconds)

    return sleep


def _acquire(is_free: Callable[[Any], bool]) -> _Make:
    """Replace the ``acquire`` method of locks.

    Condition, Event, Semaphore, Queue, Future and ``join`` use locks, so they need no replacements.
    """

    def make(original: Callable[..., bool]) -> Callable[..., bool]:
        def acquire(lock: Any, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002
            if timeout != -1 and not (blocking and timeout >= 0):
                return original(lock, blocking, timeout)
            if original(lock, False):  # noqa: FBT003 - like the original
                return True
            virtual = current() if blocking and timeout != 0 else None
            if virtual is None:
                return original(lock, blocking, timeout)

            def attempt(real: float) -> tuple[bool] | None:
                return (True,) if original(lock, real != 0, real or -1) else None

            limit = None if timeout == -1 else timeout
            return virtual.wait(attempt, limit, lambda: is_free(lock)) is not None

        return acquire

    return make


_lock = _acquire(lambda lock: not lock.locked())
_acquire_rlock = _thread.RLock.acquire


def _is_free_rlock(lock: Any) -> bool:
    # Before Python 3.14, RLock has no `locked` method, so try to acquire the lock. Check the owner
    # first, because a thread can always acquire a lock that it already holds.
    if lock._is_owned() or not _acquire_rlock(lock, blocking=False):
        return False
    lock.release()
    return True


def _get(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace ``SimpleQueue.get``, in which the threads of a pool wait for work."""

    def get(items: Any, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002
        virtual = current() if block and (timeout is None or timeout >= 0) else None
        if virtual is None:
            return original(items, block, timeout)

        def attempt(real: float) -> tuple[Any] | None:
            with suppress(queue.Empty):
                return (original(items, real != 0, real if real > 0 else None),)
            return None

        got = virtual.wait(attempt, timeout, lambda: not items.empty())
        if got is None:
            raise queue.Empty
        return got[0]

    return get


def _join(original: Callable[..., None]) -> Callable[..., None]:
    """Replace the ``join`` method of thread handles (Python 3.13 and later)."""

    def join(handle: Any, timeout: float | None = None) -> None:
        def attempt(real: float) -> tuple[bool] | None:
            original(handle, real)
            return (True,) if handle.is_done() else None

        if (virtual := current()) is None:
            original(handle, timeout)
        else:
            virtual.wait(attempt, timeout, handle.is_done)

    return join


def _start(original: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    def start(thread: threading.Thread) -> None:
        if not is_test_code_now():
            exempt(thread)
        elif stack:
            stack[-1].since = real_ns()
        original(thread)

    return start


# --- waiting for sockets and pipes ---

_READ, _WRITE, _URGENT = selectors.EVENT_READ, selectors.EVENT_WRITE, 4
_Keys = list[tuple[int, int]]
"""``(descriptor, events)`` pairs. ``events`` contains flags, such as ``_READ``."""

_real_poll: Any = select.poll().__class__.poll if hasattr(select, "poll") else None


def _is_ready(keys: _Keys, seconds: float = 0.0) -> bool:
    """Return whether a descriptor becomes ready in time. A negative ``seconds`` means no limit."""
    poll = select.poll()
    for descriptor, events in keys:
        wanted = select.POLLIN if events & _READ else 0
        wanted |= select.POLLOUT if events & _WRITE else 0
        poll.register(descriptor, wanted | (select.POLLPRI if events & _URGENT else 0))
    found = _real_poll(poll, math.ceil(seconds * 1000))
    return any(event != select.POLLNVAL for _, event in found)  # a closed descriptor is never ready


def _wait_for_io(
    virtual: VirtualTime, keys: _Keys, limit: float | None, outside: list[int] | None = None
) -> bool:
    """Return ``True`` once any descriptor is ready, or ``False`` if the limit is reached first.

    ``outside`` lists the descriptors that other processes may write to (by default, all of them).
    """

    def attempt(real: float) -> tuple[bool] | None:
        return (True,) if _is_ready(keys, real) else None

    others = [descriptor for descriptor, _ in keys] if outside is None else outside
    is_from_outside = any(map(is_outside, others))
    return bool(virtual.wait(attempt, limit, lambda: _is_ready(keys), is_outside=is_from_outside))


def _select_of_selector(original: Callable[..., Any]) -> Callable[..., Any]:
    def select_(selector: Any, timeout: float | None = None) -> Any:
        virtual = current()
        if virtual is not None and (timeout is None or timeout > 0):
            keys = [(key.fd, key.events) for key in selector.get_map().values()]
            _wait_for_io(virtual, keys, timeout)
            timeout = 0
        return original(selector, timeout)

    return select_


def _select(original: Callable[..., Any]) -> Callable[..., Any]:
    def select_(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
        virtual = current()
        lists = list(rlist), list(wlist), list(xlist)
        if virtual is not None and (timeout is None or timeout > 0):
            keys = [
                (one if isinstance(one, int) else int(one.fileno()), events)
                for given, events in zip(lists, (_READ, _WRITE, _URGENT), strict=True)
                for one in given
            ]

            # `_wait_for_io` is unsuitable: its `poll` reports lost connections that `select` ignores.
            def attempt(real: float) -> tuple[Any] | None:
                found = original(*lists, None if real < 0 else real)
                return (found,) if any(found) else None

            others = any(is_outside(descriptor) for descriptor, _ in keys)
            got = virtual.wait(attempt, timeout, lambda: _is_ready(keys), is_outside=others)
            return got[0] if got else ([], [], [])
        return original(*lists, timeout)

    return select_


def _poll(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace ``poll``, assuming that other processes can write to the polled descriptors."""

    def poll(self: Any, timeout: float | None = None, /) -> Any:
        virtual = current()
        if virtual is not None and timeout != 0:

            def attempt(real: float) -> tuple[bool] | None:
                return (True,) if original(self, math.ceil(real * 1000)) else None

            limit = None if timeout is None or timeout < 0 else timeout / 1000
            virtual.wait(attempt, limit, lambda: False, is_outside=True)
            timeout = 0
        return original(self, timeout)

    return poll


def _epoll(original: Callable[..., Any]) -> Callable[..., Any]:
    def poll(self: Any, timeout: float | None = None, maxevents: int = -1) -> Any:
        virtual = current()
        if virtual is not None and timeout != 0:
            lines = Path(f"/proc/self/fdinfo/{self.fileno()}").read_text().splitlines()
            watched = [int(line.split()[1]) for line in lines if line.startswith("tfd:")]
            # The epoll descriptor itself is readable while an event is pending.
            limit = None if timeout is None or timeout < 0 else timeout
            _wait_for_io(virtual, [(self.fileno(), _READ)], limit, outside=watched)
            timeout = 0
        return original(self, timeout, maxevents)

    return poll


def _receiving(original: Callable[..., Any]) -> Callable[..., Any]:
    """Replace a socket method that waits for data or connections, such as ``recv``."""
    place = 2 if original.__name__.endswith("_into") else 1

    def receive(self: socket.socket, *args: Any, **given: Any) -> Any:
        virtual, timeout = current(), self.gettimeout()
        flags = given.get("flags", args[place] if len(args) > place else 0)
        may_wait = timeout != 0 and not flags & getattr(socket, "MSG_DONTWAIT", 0)
        if virtual is not None and may_wait and self.fileno() >= 0:
            keys = [(self.fileno(), _READ)]
            if not _wait_for_io(virtual, keys, timeout):
                raise TimeoutError("timed out")
        return original(self, *args, **given)

    return receive


# --- signals and event loops ---


def _itimer(answer: Callable[..., tuple[float, float]]) -> _Make:
    def make(original: Callable[..., tuple[float, float]]) -> Callable[..., tuple[float, float]]:
        def itimer(which: int, /, *given: float) -> tuple[float, float]:
            virtual = current() if which == signal.ITIMER_REAL else None
            return original(which, *given) if virtual is None else answer(virtual, *given)

        return itimer

    return make


def _alarm(_: Callable[[int], int]) -> Callable[[int], int]:
    """Replace ``alarm``, which uses the same timer as ``setitimer``."""
    return lambda seconds: math.ceil(signal.setitimer(signal.ITIMER_REAL, seconds)[0])


def _pause(original: Callable[[], None]) -> Callable[[], None]:
    def pause() -> None:
        virtual = current()
        if virtual is None or not virtual.timer_left()[0]:
            original()  # wait in real time, because another process may send a signal
        else:
            virtual.sleep(virtual.timer_left()[0])

    return pause


def _sigtimedwait(original: Callable[[Any, float], Any]) -> Callable[[Any, float], Any]:
    def sigtimedwait(signals: Any, timeout: float, /) -> Any:
        virtual = current() if timeout > 0 else None
        if virtual is None:
            return original(signals, timeout)

        def attempt(real: float) -> tuple[Any] | None:
            found = original(signals, max(real, 0.0))
            return found and (found,)

        got = virtual.wait(attempt, timeout, lambda: bool(signal.sigpending() & set(signals)))
        return got and got[0]

    return sigtimedwait


_behind: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""For each event loop, the offset in nanoseconds that keeps its clock from jumping back."""


def _loop_time(original: Callable[[Any], float]) -> Callable[[Any], float]:
    def loop_time(loop: Any) -> float:
        # Without the offset, timers that were set while an account was active would fire too late.
        return original(loop) + _behind.setdefault(loop, 0) / NANOSECONDS

    return loop_time


def _shift_loops(nanoseconds: int) -> None:
    for loop, behind in list(_behind.items()):
        _behind[loop] = behind + nanoseconds


_FUNCTIONS: dict[str, _Make] = {
    "sleep": _sleep,
    "monotonic": _clock,
    "monotonic_ns": _clock,
    "perf_counter": _clock,
    "perf_counter_ns": _clock,
    "clock_gettime": _clock,
    "clock_gettime_ns": _clock,
    # Without a time argument, the original `ctime` and `asctime` would use the real time.
    "ctime": lambda original: lambda *given: original(*given or (time.time(),)),
    "asctime": lambda original: lambda *given: original(*given or (time.localtime(),)),
}
_ATTRIBUTES: list[tuple[Any, str, _Make]] = [
    (threading.Thread, "start", _start),
    (_thread.LockType, "acquire", _lock),
    (_thread.LockType, "__enter__", _lock),
    (_thread.RLock, "acquire", _acquire(_is_free_rlock)),
    (_thread.RLock, "__enter__", _acquire(_is_free_rlock)),
    (_queue.SimpleQueue, "get", _get),
    (getattr(_thread, "_ThreadHandle", None), "join", _join),
    (signal, "setitimer", _itimer(VirtualTime.set_timer)),
    (signal, "getitimer", _itimer(VirtualTime.timer_left)),
    (signal, "alarm", _alarm),
    (signal, "pause", _pause),
    (signal, "sigtimedwait", _sigtimedwait),
]
if _real_poll is not None:  # Windows has no `poll`, so socket waits use real time there
    _ATTRIBUTES += [
        (select, "select", _select),
        (select.poll().__class__, "poll", _poll),
        (getattr(select, "epoll", None), "poll", _epoll),
        (selectors.SelectSelector, "select", _select_of_selector),
        (getattr(selectors, "_PollLikeSelector", None), "select", _select_of_selector),
        (getattr(selectors, "EpollSelector", None), "select", _select_of_selector),
        (getattr(selectors, "KqueueSelector", None), "select", _select_of_selector),
    ]
    for _name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "_accept"):
        _ATTRIBUTES.append((socket.socket.__mro__[1], _name, _receiving))
_PATCHES: list[FunctionPatch | NamespacePatch] = [
    *(FunctionPatch(TIME[name], make) for name, make in _FUNCTIONS.items() if name in TIME),
    *(NamespacePatch(*each) for each in _ATTRIBUTES if hasattr(each[0], each[1])),
]
_LOOPS = NamespacePatch(asyncio.BaseEventLoop, "time", _loop_time)
_travels: list[Any] = []


def activate(account: Account) -> None:
    """Let the code under test use the clock of ``account``."""
    before = _now()
    if not stack:
        # If freezegun is active, time-machine raises RuntimeError, and freezegun controls the date.
        with suppress(RuntimeError):
            travel: Any = time_machine.travel(0, tick=False)
            travel.start().time_ns = _wall_ns
            _travels.append(travel)
        for patch in _PATCHES:
            patch.install()
        _LOOPS.install()
    stack.append(VirtualTime(account, before, account.options.watchdog))
    _shift_loops(before - _now())


def deactivate(account: Account) -> None:
    """Stop using the clock of ``account``. When the last account ends, restore the patched functions."""
    before = _now()
    found = [virtual for virtual in stack if virtual.account is account]
    if not found:
        raise ConfigurationError("this account's clock is not in use")
    stack.remove(found[-1])
    _shift_loops(before - _now())
    if not stack:
        for patch in reversed(_PATCHES):
            patch.remove()
        while _travels:
            _travels.pop().stop()
        for loop in [loop for loop in _behind if loop.is_closed()]:
            del _behind[loop]
        if not _behind:  # the clocks of running event loops must not jump back
            _LOOPS.remove()


def replace(old: Account, new: Account) -> None:
    """Switch from the clock of ``old`` to the clock of ``new``."""
    for virtual in stack:
        if virtual.account is old:
            virtual.replace_account(new)


def _now() -> int:
    """Return the value of ``time.monotonic_ns()`` that the code under test sees."""
    return stack[-1].monotonic_ns() if stack else real_ns()


if hasattr(os, "register_at_fork"):
    # A forked process has its own copy of the account, which no test can read: use real time there.
    os.register_at_fork(after_in_child=stack.clear)
