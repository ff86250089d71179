"""Real time for an account whose caller lives in it: the clock follows the machine's, or runs faster."""

from __future__ import annotations

from collections.abc import Callable

from ..c_functions import original
from ..machinery import TIME
from ..simulator.clock import NANOSECONDS, Clock

__all__ = ["RealTime"]

_now = original(TIME["monotonic_ns"])


class RealTime:
    """Moves a clock on by the real time that has passed since it did so last.

    Args:
        clock: the clock of an account.
        speed: virtual seconds for each real second.
        advance: moves the clock; ``clock.advance`` if left out.
    """

    def __init__(
        self,
        clock: Clock,
        speed: float = 1.0,
        advance: Callable[[float], None] | None = None,
    ) -> None:
        self._clock = clock
        self._speed = speed
        self._advance = advance or clock.advance
        self._last = _now()

    def catch_up(self) -> None:
        """Let the clock's appointments of the meantime take place."""
        with self._clock.lock:
            now, before = _now(), self._last
            self._last = now
            self._advance((now - before) / NANOSECONDS * self._speed)
