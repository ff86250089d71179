"""Real time for an account whose caller lives in it: the clock follows the machine's."""

from __future__ import annotations

import time

from ..simulator.clock import NANOSECONDS, Clock

__all__ = ["RealTime"]

_now = time.monotonic_ns


class RealTime:
    """Moves a clock on by the real time that has passed since it did so last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = _now()

    def catch_up(self) -> None:
        """Let the clock's appointments of the meantime take place."""
        with self._clock.lock:
            now = _now()
            self._clock.advance((now - self._last) / NANOSECONDS)
            self._last = now
