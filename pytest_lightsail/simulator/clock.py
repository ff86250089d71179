"""Virtual time: a clock with an agenda. The clock stands still until it is advanced.

An instant is a whole number of nanoseconds since the start of the clock. Sums of durations are
therefore exact, and replaying a history gives the same instants.
"""

from __future__ import annotations

import math
import threading
from bisect import insort
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from ..exceptions import ConfigurationError, Suggesting, shown
from ..model.service import is_duration
from ..options import LONGEST

NANOSECONDS = 1_000_000_000
START = datetime(2022, 5, 26, tzinfo=timezone.utc)
"""The default start of a clock, early enough that virtual time remains in the past."""

_DAY = 86400 * NANOSECONDS
_LATEST = LONGEST * NANOSECONDS


class Appointment(NamedTuple):
    """A function and the instant at which the clock calls it."""

    at: int
    action: Callable[[], None]


class Clock(Suggesting):
    """A simulated account's clock, which measures the time since ``start``.

    >>> clock = Clock()
    >>> clock.advance(90)
    >>> clock.elapsed
    90.0
    """

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self._start_epoch = round(start.timestamp() * NANOSECONDS)
        self.elapsed_ns = 0
        """The number of nanoseconds since the start. Only the clock itself changes this number."""
        self.lock = threading.RLock()
        """A lock that is held while the clock advances or the account processes a call."""
        self._agenda: list[Appointment] = []
        """The pending appointments, earliest first."""

    def __repr__(self) -> str:
        return f"<Clock {self.now:%Y-%m-%d %H:%M:%S} UTC, {self.elapsed:g} s since the start>"

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.elapsed_ns / NANOSECONDS

    @property
    def epoch_ns(self) -> int:
        """Nanoseconds since 1970."""
        return self._start_epoch + self.elapsed_ns

    @property
    def timestamp(self) -> int:
        """Whole seconds since 1970, as in published responses to container operations."""
        return self.epoch_ns // NANOSECONDS

    @property
    def now(self) -> datetime:
        """The virtual time, in UTC."""
        return self.start + timedelta(microseconds=self.elapsed_ns // 1000)

    @property
    def next_due(self) -> int | None:
        """The instant of the next appointment, or ``None`` if the agenda is empty."""
        return next((appointment.at for appointment in self._agenda), None)

    def call_later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Schedule ``action`` to run after ``seconds`` of virtual time. Infinity means never."""
        if seconds == math.inf:
            return Appointment(_LATEST, action)
        appointment = Appointment(self.elapsed_ns + to_nanoseconds(seconds), action)
        insort(self._agenda, appointment, key=attrgetter("at"))
        return appointment

    def cancel(self, appointment: Appointment | None) -> None:
        """Remove an appointment from the agenda, unless its action has already been called."""
        if appointment is not None and appointment in self._agenda:
            self._agenda.remove(appointment)

    def advance(
        self, seconds: float | timedelta | None = None, *, minutes: float | None = None
    ) -> None:
        """Advance by a duration, and call each action on the agenda when it is due.

        Args:
            seconds: a number of seconds, or a ``timedelta``.
            minutes: a number of minutes to add to ``seconds``.

        Raises:
            ConfigurationError: the duration is missing or negative, or extends beyond the end
                of virtual time.

        >>> clock = Clock()
        >>> clock.advance(minutes=1, seconds=30)
        >>> clock.advance(timedelta(hours=1))
        >>> clock.elapsed
        3690.0
        """
        if seconds is None and minutes is None:
            raise ConfigurationError(
                "advance: pass a duration, such as advance(90) or advance(minutes=2)"
            )
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        duration = to_nanoseconds(0 if seconds is None else seconds)
        if minutes is not None:
            duration += to_nanoseconds(60 * minutes)
        with self.lock:
            self.advance_to(self.elapsed_ns + duration)

    def advance_until_settled(self) -> None:
        """Advance until the agenda is empty, but for no more than one day.

        Events that never end are not on the agenda, so this method does not wait for them.

        >>> clock = Clock()
        >>> _ = clock.call_later(90, lambda: None)
        >>> clock.advance_until_settled()
        >>> clock.elapsed
        90.0
        """
        with self.lock:
            limit = self.elapsed_ns + _DAY
            while (due := self.next_due) is not None and self.elapsed_ns < limit:
                self.advance_to(min(due, limit))

    def advance_to(self, instant: int) -> None:
        """Advance to an instant. If the instant is in the past, do nothing.

        Raises:
            ConfigurationError: the instant is beyond the end of virtual time.
        """
        if instant > _LATEST:
            raise ConfigurationError(f"virtual time ends after {LONGEST} seconds")
        with self.lock:
            while self._agenda and self._agenda[0].at <= instant:
                self.elapsed_ns, action = self._agenda.pop(0)
                action()
            self.elapsed_ns = max(self.elapsed_ns, instant)


def to_nanoseconds(seconds: float) -> int:
    """Convert seconds to nanoseconds, rounding up so that no wait ends too early."""
    # Add 0 to convert True to 1, because time.sleep accepts True but `is_duration` does not.
    if not (isinstance(seconds, (int, float)) and is_duration(seconds + 0)):
        raise ConfigurationError(
            f"invalid duration {shown(seconds)}: expected 0 or more seconds; virtual time ends after "
            f"{LONGEST} seconds"
        )
    return _nanoseconds(seconds)


@lru_cache(maxsize=256)
def _nanoseconds(seconds: float) -> int:
    # `repr` returns the shortest decimal that represents a float. A sum of floats can be off by a
    # fraction of a picosecond, so round the sum to picoseconds before rounding up to nanoseconds.
    exact = Decimal(repr(float(seconds))) * NANOSECONDS
    return math.ceil(round(exact, 3) or exact)
