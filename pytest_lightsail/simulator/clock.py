"""Virtual time: a clock that stands still until it is moved, and the agenda of what falls due.

Instants are whole nanoseconds since the clock's start, so that sums of durations are exact and the same
history always takes place at the same instants.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

from ..exceptions import ConfigurationError, Suggesting, shown
from ..model.bounds import is_duration
from ..options import LONGEST

NANOSECONDS = 1_000_000_000
START = datetime(2022, 5, 26, tzinfo=timezone.utc)
"""Every clock starts here: the day on which container services learned to pull from private ECR.

It lies in the past, so a client that has seen virtual time finds that time went on when it comes back.
"""


_DAY = 86400.0
_LATEST = LONGEST * NANOSECONDS


@dataclass(order=True, slots=True)
class Appointment:
    """Something that falls due at an instant. ``cancel()`` it, and it never will."""

    at: int
    number: int
    action: Callable[[], None] | None = field(compare=False)
    """``None`` once it has taken place or been cancelled."""

    def cancel(self) -> None:
        """Take it off the agenda; without effect once it has taken place."""
        self.action = None


class Clock(Suggesting):
    """The time of one simulated account, in seconds since its start.

    >>> clock = Clock()
    >>> clock.advance(90)
    >>> clock.elapsed
    90.0
    """

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self._start_epoch = round(start.timestamp() * NANOSECONDS)
        self._elapsed = 0
        self.lock = threading.RLock()
        """Held while the clock moves, and by the account while it processes a call."""
        self._agenda: list[Appointment] = []
        self._made = 0

    def __repr__(self) -> str:
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S} UTC, {self.elapsed:g} s since the start>"

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._elapsed / NANOSECONDS

    @property
    def elapsed_ns(self) -> int:
        """Nanoseconds since the start."""
        return self._elapsed

    @property
    def epoch_ns(self) -> int:
        """Nanoseconds since 1970."""
        return self._start_epoch + self._elapsed

    @property
    def epoch(self) -> float:
        """Seconds since 1970, as ``time.time()`` gives them."""
        return self.epoch_ns / NANOSECONDS

    @property
    def timestamp(self) -> int:
        """Whole seconds since 1970, as the API has them for containers in every sample."""
        return self.epoch_ns // NANOSECONDS

    @property
    def now(self) -> datetime:
        """The instant, in UTC."""
        return self.start + timedelta(microseconds=self._elapsed // 1000)

    @property
    def next_due(self) -> int | None:
        """The instant of the next appointment, in nanoseconds since the start; ``None`` without one."""
        while self._agenda and self._agenda[0].action is None:
            heapq.heappop(self._agenda)
        return self._agenda[0].at if self._agenda else None

    def call_later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Put ``action`` on the agenda. With ``seconds`` infinite it never falls due."""
        self._made += 1
        if seconds == math.inf:
            return Appointment(self._elapsed, self._made, action)
        appointment = Appointment(self._elapsed + to_nanoseconds(seconds), self._made, action)
        heapq.heappush(self._agenda, appointment)
        return appointment

    def advance(
        self,
        seconds: float | timedelta | None = None,
        *,
        minutes: float | None = None,
        hours: float | None = None,
    ) -> None:
        """Move on by a duration, keeping each appointment on the way at its own instant.

        Args:
            seconds: a number of seconds, or a ``timedelta``.
            minutes: minutes, in addition.
            hours: hours, in addition.

        Raises:
            ConfigurationError: the duration is negative or left out, or virtual time ends before.

        >>> clock = Clock()
        >>> clock.advance(minutes=1, seconds=30)
        >>> clock.advance(timedelta(hours=1))
        >>> clock.elapsed
        3690.0
        """
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        spans = ((seconds, 1), (minutes, 60), (hours, 3600))
        given = [
            to_nanoseconds(number * unit if isinstance(number, (int, float)) else number)
            for number, unit in spans
            if number is not None
        ]
        if not given:
            raise ConfigurationError(
                "advance: by how much? For example advance(90) or advance(minutes=2)"
            )
        with self.lock:
            self.advance_to(self._elapsed + sum(given))

    def advance_until_settled(self, within: float = _DAY) -> None:
        """Move on until nothing is due any more, or until ``within`` seconds are over.

        What never ends is never due, so a deployment with ``script.deploy(never_ends=True)``, or one that
        ends after a number of reads, is left as it is. Running containers have nothing due either.

        Args:
            within: the most seconds to move on by; a day if left out.

        Raises:
            ConfigurationError: ``within`` is negative, or virtual time ends before.

        >>> clock = Clock()
        >>> _ = clock.call_later(90, lambda: None)
        >>> clock.advance_until_settled()
        >>> clock.elapsed
        90.0
        """
        with self.lock:
            limit = self._elapsed + to_nanoseconds(within)
            while (due := self.next_due) is not None and self._elapsed < limit:
                self.advance_to(min(due, limit))

    def advance_to(self, instant: int) -> None:
        """Move on to an instant, in nanoseconds since the start; an instant in the past changes nothing.

        Raises:
            ConfigurationError: dates end before that instant.
        """
        if instant > _LATEST:
            raise ConfigurationError(f"virtual time ends after {LONGEST} seconds")
        with self.lock:
            while (due := self.next_due) is not None and due <= instant:
                appointment = heapq.heappop(self._agenda)
                action, appointment.action = appointment.action, None
                self._elapsed = due
                if action is not None:
                    action()
            self._elapsed = max(self._elapsed, instant)


def to_nanoseconds(seconds: float) -> int:
    """Convert to nanoseconds, rounded up, so that a wait never ends too early."""
    exact = _nanoseconds(seconds) if isinstance(seconds, (int, float)) else None
    if exact is None:
        raise ConfigurationError(
            f"a duration is 0 or more seconds, and virtual time ends after {LONGEST} seconds; "
            f"it is not {shown(seconds)}"
        )
    return exact


@lru_cache(maxsize=256)
def _nanoseconds(seconds: float) -> int | None:
    if not is_duration(seconds + 0):  # Python sleeps True seconds too
        return None
    # A float stands for the shortest decimal number that reads as it, and a sum of floats for the one
    # next to it, so a picosecond beside a nanosecond makes no difference.
    exact = Decimal(repr(float(seconds))) * NANOSECONDS
    return math.ceil(round(exact, 3) or exact)
