"""The caller's view of time, on the account's clock.

While an account is active ``time.sleep``, ``time.time``, ``time.monotonic``, ``time.perf_counter`` and
asyncio's event loops run on its clock, for the code under test only: the standard library, pytest,
Hypothesis and their kin, and threads that were there before, go on in real time.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any
from weakref import WeakSet

from ..exceptions import NoAccount
from ..simulator.account import Account
from .adaptive_retries import AdaptiveRetries
from .bindings import Attribute, Binding, find_bindings
from .callers import is_caller, starts_callers
from .sleepers import Sleepers

__all__ = ["activate", "deactivate", "exempt", "replace", "suspended"]

_MONOTONIC_START = float(1 << 21)
"""What ``time.monotonic()`` shows when the clock starts: 24 days, more than most machines' uptime, so
that what a caller measured earlier lies in the past; always the same, so that sums of floats come out
the same; and no more, since event loops add a nanosecond to it, which a larger float would swallow."""

_SelectorClass = selectors.DefaultSelector


class _Virtual:
    """One account's time, as the threads of its caller see it."""

    def __init__(self, account: Account) -> None:
        me = threading.current_thread()
        # Inside another simulation the caller's threads are the caller's threads still.
        self.foreign: frozenset[threading.Thread] = (
            _stack[-1].foreign
            if _stack
            else frozenset(thread for thread in threading.enumerate() if thread is not me)
        )
        self.sleepers = Sleepers(account, self.is_foreign)

    def is_foreign(self, thread: threading.Thread) -> bool:
        """Whether a thread is none of the caller's, so that nobody waits for it."""
        return thread in self.foreign or thread in _exempt

    @property
    def account(self) -> Account:
        return self.sleepers.account


_stack: list[_Virtual] = []
_exempt: WeakSet[threading.Thread] = WeakSet()
_suspensions = 0
_installed: list[tuple[Binding, Any, Any]] = []

_real_select = _SelectorClass.select
_real_loop_time = asyncio.BaseEventLoop.time
_real = {
    name: getattr(time, name)
    for name in (
        "sleep",
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
    )
}


def _of_this_thread() -> _Virtual | None:
    if not _stack or _suspensions:
        return None
    top = _stack[-1]
    return None if top.is_foreign(threading.current_thread()) else top


def _of_caller(frame: FrameType, *, starting: bool = False) -> _Virtual | None:
    """The virtual time that the code of ``frame`` lives in, ``None`` for real time.

    Where the caller may have given away the function itself, as the target of a thread, ``starting``
    counts the code that starts the thread as the caller.
    """
    top = _of_this_thread()
    if top is None:
        return None
    namespace = frame.f_globals
    return top if is_caller(namespace) or (starting and starts_callers(namespace)) else None


def _sleep(seconds: float, /) -> None:
    virtual = _of_caller(sys._getframe(1), starting=True)
    if virtual is None or not 0 <= seconds < math.inf:
        # The real one has its own errors for what is no duration.
        _real["sleep"](seconds)
    else:
        virtual.sleepers.sleep(seconds)


def _reading(name: str, read: Callable[[Account], float]) -> Callable[[], float]:
    real = _real[name]

    def reading() -> float:
        virtual = _of_caller(sys._getframe(1))
        return real() if virtual is None else read(virtual.account)

    reading.__name__ = reading.__qualname__ = name
    return reading


def _monotonic(account: Account) -> float:
    return _MONOTONIC_START + account.clock.elapsed


def _monotonic_ns(account: Account) -> int:
    return int(_MONOTONIC_START) * 1_000_000_000 + account.clock.elapsed_ns


_virtual: dict[str, Any] = {
    "sleep": _sleep,
    "time": _reading("time", lambda account: account.clock.epoch),
    "time_ns": _reading("time_ns", lambda account: account.clock.epoch_ns),
    "monotonic": _reading("monotonic", _monotonic),
    "monotonic_ns": _reading("monotonic_ns", _monotonic_ns),
    "perf_counter": _reading("perf_counter", _monotonic),
    "perf_counter_ns": _reading("perf_counter_ns", _monotonic_ns),
}


def _loop_time(loop: asyncio.BaseEventLoop) -> float:
    virtual = _of_this_thread()
    return _real_loop_time(loop) if virtual is None else _monotonic(virtual.account)


def _select(selector: Any, timeout: float | None = None) -> Any:
    """Where an event loop would wait for its next timer, the clock moves there instead."""
    virtual = _of_this_thread()
    if virtual is None or timeout is None or timeout <= 0 or not _in_event_loop():
        return _real_select(selector, timeout)
    ready = _real_select(selector, 0)
    if ready:
        return ready
    if len(selector.get_map()) > 1:
        return _wait_for_io(virtual, selector, timeout)
    virtual.sleepers.sleep(timeout, interrupted=lambda: bool(_real_select(selector, 0)))
    return _real_select(selector, 0)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _wait_for_io(virtual: _Virtual, selector: Any, timeout: float) -> Any:
    """With sockets or pipes open beside the loop's own, virtual time goes at the pace of real time.

    It ends before its time where another account takes the place of this one.
    """
    account = virtual.account
    end = account.clock.elapsed + timeout
    while virtual.account is account and (left := end - account.clock.elapsed) > 0:
        before = _real["monotonic"]()
        ready = _real_select(selector, min(left, 0.01))
        account.sleep(max(_real["monotonic"]() - before, 0.0))
        if ready:
            return ready
    return []


def _is_virtual() -> bool:
    return _of_this_thread() is not None


def _sleep_now(seconds: float) -> None:
    virtual = _of_this_thread()
    if virtual is not None:
        virtual.sleepers.sleep(seconds)


_adaptive_retries = AdaptiveRetries(_is_virtual, _sleep_now)


def activate(account: Account) -> None:
    """Let this thread, and threads that start from now on, live on the clock of ``account``."""
    _stack.append(_Virtual(account))
    if len(_stack) == 1:
        with ExitStack() as undo:
            undo.callback(_uninstall)
            undo.callback(_stack.clear)
            _install()
            undo.pop_all()


def deactivate(account: Account) -> None:
    """End what ``activate`` began; with the last account every function is as it was before.

    Raises:
        NoAccount: nobody lives on the clock of this account.
    """
    for virtual in reversed(_stack):
        if virtual.account is account:
            _stack.remove(virtual)
            break
    else:
        raise NoAccount("this account's clock is not in use")
    if not _stack:
        _uninstall()


def replace(old: Account, new: Account) -> None:
    """Let whoever lives on the clock of ``old`` live on that of ``new``."""
    for virtual in _stack:
        if virtual.account is old:
            virtual.sleepers.replace(new)


def exempt(thread: threading.Thread) -> None:
    """Let a thread live in real time, whoever starts it: one of ours, that serves other processes."""
    _exempt.add(thread)


@contextmanager
def suspended() -> Generator[None, None, None]:
    """Real time for everybody inside the block."""
    global _suspensions  # noqa: PLW0603 - one process, one time
    _suspensions += 1
    try:
        yield
    finally:
        _suspensions -= 1


def _install() -> None:
    originals = {id(function): name for name, function in _real.items()}
    # Somebody else may have patched before, and callers may have bound what he put there.
    by_id = {id(getattr(time, name)): name for name in _virtual} | originals
    for name, function in _virtual.items():
        _replace(Attribute(time, name), function)
    _replace(Attribute(_SelectorClass, "select"), _select)
    _replace(Attribute(asyncio.BaseEventLoop, "time"), _loop_time)
    for binding in find_bindings(by_id, originals):
        held = by_id.get(id(binding.holds()))
        if held is not None:
            _replace(binding, _virtual[held])
    _adaptive_retries.install()


def _replace(binding: Binding, function: Any) -> None:
    _installed.append((binding, binding.holds(), function))
    binding.put(function)


def _uninstall() -> None:
    _adaptive_retries.remove()
    for binding, original, function in reversed(_installed):
        # Somebody who patched after us, and is still there, keeps what he put.
        if binding.holds() is function:
            binding.restore(original)
    _installed.clear()
