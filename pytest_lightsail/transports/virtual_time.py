"""The caller's view of time, on the account's clock.

While an account is active ``time.sleep``, ``time.time``, ``time.monotonic``, ``time.perf_counter`` and
asyncio's event loops run on its clock, for the code under test only: the standard library, pytest,
Hypothesis and their kin, and threads that were there before, go on in real time.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..exceptions import NoAccount
from ..simulator.account import Account
from .adaptive_retries import AdaptiveRetries
from .bindings import Binding, find_bindings
from .sleepers import Sleepers

__all__ = ["activate", "deactivate", "replace", "suspended"]

_TOOLS = frozenset(
    [
        "_hypothesis_pytestplugin",
        "_pydevd_bundle",
        "_pytest",
        "coverage",
        "debugpy",
        "execnet",
        "freezegun",
        "hypothesis",
        "pluggy",
        "pydevd",
        "pytest",
        "pytest_asyncio",
        "pytest_lightsail",
        "pytest_rerunfailures",
        "pytest_timeout",
        "time_machine",
        "xdist",
    ]
)
_STANDARD_LIBRARY = frozenset(sys.stdlib_module_names)
_STANDARD_PATHS = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), "<frozen"})
_SITE_PATHS = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})

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
        self.sleepers = Sleepers(account, self.foreign)

    @property
    def account(self) -> Account:
        return self.sleepers.account


_stack: list[_Virtual] = []
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
    return None if threading.current_thread() in top.foreign else top


def _of_caller(frame: FrameType) -> _Virtual | None:
    """The virtual time that the code of ``frame`` lives in, ``None`` for real time."""
    top = _of_this_thread()
    if top is None:
        return None
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    if package in _TOOLS:
        return None
    if package in _STANDARD_LIBRARY:
        # A caller's own module may bear the name of one of the library's, such as `code`.
        path = frame.f_code.co_filename
        if path.startswith(_STANDARD_PATHS) and not path.startswith(_SITE_PATHS):
            return None
    return top


def _sleep(seconds: float, /) -> None:
    virtual = _of_caller(sys._getframe(1))
    if virtual is None:
        _real["sleep"](seconds)
    elif seconds < 0:
        raise ValueError("sleep length must be non-negative")
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
    """With sockets or pipes open beside the loop's own, virtual time goes at the pace of real time."""
    clock = virtual.account.clock
    end = clock.elapsed + timeout
    while (left := end - clock.elapsed) > 0:
        before = _real["monotonic"]()
        ready = _real_select(selector, min(left, 0.01))
        virtual.account.sleep(max(_real["monotonic"]() - before, 0.0))
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
        _install()


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
            virtual.sleepers.account = new


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
    by_id = {id(function): name for name, function in _real.items()}
    for name, function in _virtual.items():
        _installed.append((_Attribute(time, name), getattr(time, name), function))
    _installed.append((_Attribute(_SelectorClass, "select"), _real_select, _select))
    _installed.append((_Attribute(asyncio.BaseEventLoop, "time"), _real_loop_time, _loop_time))
    for binding in find_bindings(by_id, _TOOLS | _STANDARD_LIBRARY):
        held = binding.get()
        if id(held) in by_id:
            _installed.append((binding, held, _virtual[by_id[id(held)]]))
    for binding, _, function in _installed:
        binding.set(function)
    _adaptive_retries.install()


def _uninstall() -> None:
    _adaptive_retries.remove()
    for binding, original, function in reversed(_installed):
        # Somebody who patched after us, and is still there, keeps what he put.
        if binding.get() is function:
            binding.set(original)
    _installed.clear()


class _Attribute:
    """A plain attribute, also of a class whose functions are methods."""

    def __init__(self, owner: Any, name: str) -> None:
        self._owner = owner
        self._name = name

    def get(self) -> Any:
        return getattr(self._owner, self._name)

    def set(self, function: Any) -> None:
        setattr(self._owner, self._name, function)
