"""What is replaced while an account's virtual time is on: every clock and every wait of Python.

Threads of the test machinery, and everyone once the last account has ended, get what the originals do.
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
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import time_machine

from ..exceptions import NoAccount
from ..simulator.account import Account
from ..simulator.clock import NANOSECONDS
from .builtin import FunctionPatch, MethodPatch
from .threads import TIME, exempt, is_test_code_now, machinery
from .waiting import VirtualTime, current, is_outside, real_ns, stack

__all__ = ["activate", "charge", "deactivate", "replace"]

_Make = Callable[[Any], Callable[..., Any]]


# --- clocks ---


def _reading(read: Callable[[VirtualTime], float]) -> _Make:
    def make(original: Callable[[], float]) -> Callable[[], float]:
        def reading() -> float:
            virtual = current()
            return original() if virtual is None else read(virtual)

        return reading

    return make


def _seconds(virtual: VirtualTime) -> float:
    return virtual.monotonic_ns() / NANOSECONDS


def _text(original: Callable[..., str]) -> Callable[..., str]:
    """``ctime`` and ``asctime``: without an argument they show now."""

    def text(*given: Any) -> str:
        if given or current() is None:
            return original(*given)
        return time.asctime(time.localtime())

    return text


def _clock_ids() -> frozenset[int]:
    names = ("CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_BOOTTIME", "CLOCK_UPTIME_RAW")
    return frozenset(getattr(time, name) for name in names if hasattr(time, name))


def _clock_gettime(read: Callable[[VirtualTime], float]) -> _Make:
    monotonic = _clock_ids()

    def make(original: Callable[..., float]) -> Callable[..., float]:
        def clock_gettime(clock: int) -> float:
            virtual = current() if clock in monotonic else None
            return original(clock) if virtual is None else read(virtual)

        return clock_gettime

    return make


def _wall_ns() -> int:
    virtual = current()
    if virtual is None:
        return time_machine.escape_hatch.time.time_ns()
    return virtual.epoch_ns()


# --- waits ---


def _sleep(original: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float) -> None:
        virtual = current()
        if virtual is None or not 0 <= seconds < math.inf:
            original(seconds)  # it has its own errors for what is not a duration
        else:
            virtual.sleep(seconds)

    return sleep


def _acquire(is_free: Callable[[Any], bool]) -> _Make:
    """``acquire`` of locks, by which Condition, Event, Semaphore, Queue, Future and join wait."""

    def make(original: Callable[..., bool]) -> Callable[..., bool]:
        def acquire(lock: Any, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002
            if timeout != -1 and not (blocking and timeout >= 0):
                return original(lock, blocking, timeout)
            if original(lock, False):  # noqa: FBT003 - as the original takes it
                return True
            virtual = current() if blocking and timeout != 0 else None
            if virtual is None:
                return original(lock, blocking, timeout)

            def attempt(real: float) -> tuple[bool] | None:
                return (True,) if original(lock, real != 0, real or -1) else None

            limit = None if timeout == -1 else timeout
            return bool(virtual.wait(attempt, limit, lambda: is_free(lock)))

        return acquire

    return make


def _is_free(lock: Any) -> bool:
    return not lock.locked()


_rlock_acquire = threading.RLock().__class__.acquire


def _is_free_rlock(lock: Any) -> bool:
    # It has no `locked` before Python 3.14. One that this thread holds is not free for others.
    if lock._is_owned() or not _rlock_acquire(lock, blocking=False):
        return False
    lock.release()
    return True


def _get(original: Callable[..., Any]) -> Callable[..., Any]:
    """``SimpleQueue.get``, at which the threads of pools wait."""

    def get(items: Any, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002
        virtual = current() if block and (timeout is None or timeout >= 0) else None
        if virtual is None:
            return original(items, block, timeout)

        def attempt(real: float) -> tuple[tuple[Any]] | None:
            try:
                item = original(items, real != 0, real if real > 0 else None)
            except queue.Empty:
                return None
            return ((item,),)

        got = virtual.wait(attempt, timeout, lambda: not items.empty())
        if got is None:
            raise queue.Empty
        return got[0]

    return get


def _join(original: Callable[..., None]) -> Callable[..., None]:
    """``join`` of the handles that threads have since Python 3.13."""

    def join(handle: Any, timeout: float | None = None) -> None:
        virtual = current()
        if virtual is None or (timeout is not None and timeout <= 0):
            return original(handle, *(() if timeout is None else (timeout,)))

        def attempt(real: float) -> tuple[bool] | None:
            original(handle, max(real, 0.0) if real >= 0 else -1)
            return (True,) if handle.is_done() else None

        virtual.wait(attempt, timeout, handle.is_done)
        return None

    return join


def _is_readable(descriptors: Iterable[tuple[int, int]]) -> Callable[[], bool]:
    """Whether any of these, each with the events of ``selectors``, is ready; it consumes nothing."""
    wanted = list(descriptors)

    def is_ready() -> bool:
        reads = [one for one, events in wanted if events & selectors.EVENT_READ]
        writes = [one for one, events in wanted if events & selectors.EVENT_WRITE]
        if hasattr(select, "poll"):
            poll = select.poll()
            for one, events in wanted:
                poll.register(one, (events & 1) * select.POLLIN | (events & 2) * select.POLLOUT)
            return bool(_real_poll(poll, 0))
        return any(_real_select(reads, writes, [], 0))

    return is_ready


_real_select = select.select
_real_poll: Any = select.poll().__class__.poll if hasattr(select, "poll") else None


def _select_of_selector(original: Callable[..., Any]) -> Callable[..., Any]:
    def select_(selector: Any, timeout: float | None = None) -> Any:
        virtual = current()
        if virtual is None or (timeout is not None and timeout <= 0):
            return original(selector, timeout)
        keys = [(key.fd, key.events) for key in selector.get_map().values()]
        return _wait_for_io(virtual, lambda real: original(selector, real), timeout, keys)

    return select_


def _wait_for_io(
    virtual: VirtualTime,
    ask: Callable[[float | None], Any],
    timeout: float | None,
    keys: list[tuple[int, int]],
    *,
    outside: bool | None = None,
    nothing: Any = (),
) -> Any:
    def attempt(real: float) -> tuple[Any] | None:
        with machinery():  # selectors are made of what is patched as well
            ready = ask(real if real >= 0 else None)
        return (ready,) if any(ready) else None

    if outside is None:
        outside = any(is_outside(descriptor) for descriptor, _ in keys)
    got = virtual.wait(attempt, timeout, _is_readable(keys), is_outside=outside)
    return list(nothing) if got is None else got


def _select(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
    virtual = current()
    if virtual is None or (timeout is not None and timeout <= 0):
        return _real_select(rlist, wlist, xlist, timeout)
    reads, writes, others = list(rlist), list(wlist), list(xlist)

    def number(one: Any) -> int:
        return one if isinstance(one, int) else int(one.fileno())

    keys = [(number(one), selectors.EVENT_READ) for one in (*reads, *others)]
    keys += [(number(one), selectors.EVENT_WRITE) for one in writes]
    return _wait_for_io(
        virtual,
        lambda real: _real_select(reads, writes, others, real),
        timeout,
        keys,
        nothing=([], [], []),
    )


def _poll(original: Callable[..., Any]) -> Callable[..., Any]:
    """``poll``: what it waits for cannot be asked, so it may come from outside."""

    def poll(self: Any, timeout: float | None = None, /) -> Any:
        virtual = current()
        if virtual is None or (timeout is not None and timeout == 0):
            return original(self, timeout)
        limit = None if timeout is None or timeout < 0 else timeout / 1000
        return _wait_for_io(
            virtual,
            lambda real: original(self, None if real is None else math.ceil(real * 1000)),
            limit,
            [],
            outside=True,
        )

    return poll


def _epoll(original: Callable[..., Any]) -> Callable[..., Any]:
    def poll(self: Any, timeout: float | None = None, maxevents: int = -1) -> Any:
        virtual = current()
        if virtual is None or (timeout is not None and timeout == 0):
            return original(self, timeout, maxevents)
        limit = None if timeout is None or timeout < 0 else timeout
        lines = Path(f"/proc/self/fdinfo/{self.fileno()}").read_text().splitlines()
        watched = [int(line.split()[1]) for line in lines if line.startswith("tfd:")]
        return _wait_for_io(
            virtual,
            lambda real: original(self, real, maxevents),
            limit,
            [(self.fileno(), selectors.EVENT_READ)],  # readable as soon as any event is there
            outside=any(is_outside(descriptor) for descriptor in watched),
        )

    return poll


def _receiving(original: Callable[..., Any]) -> Callable[..., Any]:
    """Methods of a socket that wait until it is readable."""

    def receive(self: socket.socket, *args: Any) -> Any:
        virtual, timeout = current(), self.gettimeout()
        if virtual is not None and timeout != 0 and self.fileno() >= 0:
            wanted = [(self.fileno(), selectors.EVENT_READ)]
            is_ready = _is_readable(wanted)

            def attempt(real: float) -> tuple[bool] | None:
                poll = select.poll()
                poll.register(self, select.POLLIN)
                found = _real_poll(poll, None if real < 0 else math.ceil(real * 1000))
                return (True,) if found else None

            outside = is_outside(self.fileno())
            if not virtual.wait(attempt, timeout, is_ready, is_outside=outside):
                raise TimeoutError("timed out")
        return original(self, *args)

    return receive


# --- signals ---


def _is_signalled(which: int) -> VirtualTime | None:
    return current() if which == signal.ITIMER_REAL else None


def _setitimer(which: int, seconds: float, interval: float = 0.0, /) -> tuple[float, float]:
    virtual = _is_signalled(which)
    if virtual is None:
        return _real_setitimer(which, seconds, interval)
    before = _getitimer(which)
    now = virtual.elapsed_ns()
    every = round(interval * NANOSECONDS)
    virtual.timer = (now + round(seconds * NANOSECONDS), every) if seconds else None
    return before


def _getitimer(which: int, /) -> tuple[float, float]:
    virtual = _is_signalled(which)
    if virtual is None:
        return _real_getitimer(which)
    if virtual.timer is None:
        return 0.0, 0.0
    due, every = virtual.timer
    return (due - virtual.elapsed_ns()) / NANOSECONDS, every / NANOSECONDS


def _alarm(seconds: int, /) -> int:
    if _is_signalled(signal.ITIMER_REAL) is None:
        return _real_alarm(seconds)
    return math.ceil(_setitimer(signal.ITIMER_REAL, seconds)[0])


_HAS_TIMERS = hasattr(signal, "setitimer")
if _HAS_TIMERS:
    _real_setitimer, _real_getitimer = signal.setitimer, signal.getitimer
    _real_alarm = signal.alarm


# --- event loops and threads ---

_behind: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""By event loop: the nanoseconds that accounts which have ended were ahead of real time."""


def _loop_time(original: Callable[[Any], float]) -> Callable[[Any], float]:
    def loop_time(loop: Any) -> float:
        # It was the virtual time of an account that has ended: no timer may fire late for that.
        return original(loop) + _behind.setdefault(loop, 0) / NANOSECONDS

    return loop_time


def _shift_loops(nanoseconds: int) -> None:
    for loop, behind in list(_behind.items()):
        _behind[loop] = behind + nanoseconds


def _start(original: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    def start(thread: threading.Thread) -> None:
        if not is_test_code_now():
            exempt(thread)
        original(thread)

    return start


class _Attribute:
    """An attribute of a module that is replaced."""

    def __init__(self, owner: Any, name: str, replacement: Any) -> None:
        self._owner = owner
        self._name = name
        self._original = getattr(owner, name)
        self._replacement = replacement

    def install(self) -> None:
        if getattr(self._owner, self._name) is self._original:
            setattr(self._owner, self._name, self._replacement)

    def remove(self) -> None:
        if getattr(self._owner, self._name) is self._replacement:
            setattr(self._owner, self._name, self._original)


def _patches() -> list[FunctionPatch | MethodPatch | _Attribute]:
    functions: dict[str, _Make] = {
        "sleep": _sleep,
        "monotonic": _reading(_seconds),
        "monotonic_ns": _reading(VirtualTime.monotonic_ns),
        "perf_counter": _reading(_seconds),
        "perf_counter_ns": _reading(VirtualTime.monotonic_ns),
        "ctime": _text,
        "asctime": _text,
        "clock_gettime": _clock_gettime(_seconds),
        "clock_gettime_ns": _clock_gettime(VirtualTime.monotonic_ns),
    }
    found = [FunctionPatch(TIME[name], make) for name, make in functions.items() if name in TIME]
    methods: list[tuple[Any, str, _Make]] = [
        (_thread.LockType, "acquire", _acquire(_is_free)),
        (_thread.LockType, "__enter__", _acquire(_is_free)),
        (_thread.RLock, "acquire", _acquire(_is_free_rlock)),
        (_thread.RLock, "__enter__", _acquire(_is_free_rlock)),
        (_queue.SimpleQueue, "get", _get),
        (getattr(_thread, "_ThreadHandle", None), "join", _join),
        (getattr(select, "epoll", None), "poll", _epoll),
        (select.poll().__class__ if hasattr(select, "poll") else None, "poll", _poll),
        (selectors.SelectSelector, "select", _select_of_selector),
        (getattr(selectors, "_PollLikeSelector", None), "select", _select_of_selector),
        (getattr(selectors, "EpollSelector", None), "select", _select_of_selector),
        (getattr(selectors, "KqueueSelector", None), "select", _select_of_selector),
        (threading.Thread, "start", _start),
    ]
    if hasattr(select, "poll"):
        receive = ("recv", "recv_into", "recvfrom", "recvfrom_into", "_accept")
        methods += [(socket.socket.__mro__[1], name, _receiving) for name in receive]
    attributes: list[tuple[Any, str, Any]] = [(select, "select", _select)]
    if _HAS_TIMERS:
        attributes += [
            (signal, "setitimer", _setitimer),
            (signal, "getitimer", _getitimer),
            (signal, "alarm", _alarm),
        ]
    return [
        *found,
        *(MethodPatch(*one) for one in methods if one[0] is not None),
        *(_Attribute(*one) for one in attributes),
    ]


_PATCHES = _patches()
_LOOPS = MethodPatch(asyncio.BaseEventLoop, "time", _loop_time)
_travels: list[Any] = []


def _install() -> None:
    # It refuses to start under freezegun, whose clocks then go on to count.
    with suppress(RuntimeError):
        travel: Any = time_machine.travel(0, tick=False)
        travel.start().time_ns = _wall_ns
        _travels.append(travel)
    for patch in _PATCHES:
        patch.install()
    _LOOPS.install()


def _uninstall() -> None:
    for patch in reversed(_PATCHES):
        patch.remove()
    while _travels:
        _travels.pop().stop()
    for loop in [loop for loop in _behind if loop.is_closed()]:
        del _behind[loop]
    if not _behind:  # a loop that goes on keeps its time
        _LOOPS.remove()


def activate(account: Account) -> None:
    """Let the code under test live on the clock of ``account``."""
    before = _now()
    if not stack:
        _install()
    stack.append(VirtualTime(account, before, account.options.watchdog))
    _shift_loops(before - _now())


def deactivate(account: Account) -> None:
    """End what ``activate`` began; with the last account everything is as it was before.

    Raises:
        NoAccount: the account's clock is not in use.
    """
    before = _now()
    for virtual in reversed(stack):
        if virtual.account is account:
            stack.remove(virtual)
            break
    else:
        raise NoAccount("this account's clock is not in use")
    _shift_loops(before - _now())
    if not stack:
        _uninstall()


def charge() -> None:
    """Let the time pass that this thread has been blocked in calls that are not known here."""
    virtual = current()
    if virtual is not None:
        virtual.elapsed_ns()


def replace(old: Account, new: Account) -> None:
    """Let the code that lives on the clock of ``old`` live on that of ``new``."""
    before = _now()
    for virtual in stack:
        if virtual.account is old:
            virtual.begin_again(new)
    _shift_loops(before - _now())


def _now() -> int:
    """What ``time.monotonic_ns()`` shows the code under test."""
    return stack[-1].monotonic_ns() if stack else real_ns()


def _stay_real() -> None:
    """In a forked process the account is a copy that no one sees."""
    stack.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stay_real)
