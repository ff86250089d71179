"""Patience: stops a caller that waits for what will never happen."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..exceptions import CallerNeverEnds
from ..wording import plural
from .clock import NANOSECONDS, Clock
from .history import History
from .resources import Region

__all__ = ["Patience"]

_MOST_POLLS = 50_000
"""Calls in a row without any change of state: a loop without pause, far beyond any time limit."""

_FEWEST_SLEEPS = 10_000
"""A caller that only sleeps waits for something outside the account, so it gets more patience."""


_FEWEST_POLLS = 10
"""Calls that make a loop; fewer, with long pauses, are somebody who takes his time."""


class Patience:
    """Counts how long a caller has waited since a service last changed its state."""

    def __init__(
        self, seconds: float, clock: Clock, history: History, regions: Mapping[str, Region]
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._history = history
        self._regions = regions
        self._changes = 0
        self._waited = 0.0
        self._calls = 0
        self._sleeps = 0
        self._reads = 0
        self._last_operation = "none"
        self._last_wait = 0.0

    def called(self, operation: str, seconds: float) -> None:
        """A call has come that took ``seconds``."""
        self._wait(seconds)
        self._calls += 1
        self._sleeps = 0
        self._last_operation = operation
        too_long = self._waited > self._seconds and self._calls >= _FEWEST_POLLS
        if too_long or (self._calls > _MOST_POLLS and not math.isinf(self._seconds)):
            self._give_up()

    def waited(self, seconds: float) -> None:
        """The answer to the latest call has taken ``seconds`` more."""
        self._wait(seconds)

    def slept(self, seconds: float) -> None:
        """Somebody has slept for ``seconds``."""
        self._wait(seconds)
        self._sleeps += 1
        self._last_wait = seconds
        if self._sleeps > _FEWEST_SLEEPS and self._waited > self._seconds:
            self._give_up()

    def _wait(self, seconds: float) -> None:
        if self._changes != self._history.changes:
            self._changes = self._history.changes
            self._calls = 0
        # What the test moves the clock by is nobody's wait.
        since_change = (self._clock.elapsed_ns - self._history.changed_at_ns) / NANOSECONDS
        self._waited = min(self._waited + seconds, since_change)

    def _give_up(self) -> None:
        # As long as something is on the agenda, the wait has an end.
        if self._clock.next_due is not None:
            return
        verdict = self._verdict()
        self._waited, self._calls, self._sleeps = 0.0, 0, 0
        # So it has while reads go on of a service whose stage ends after a number of them.
        before, self._reads = self._reads, self._reads_of_stages()
        if self._reads == before:
            raise verdict

    def _reads_of_stages(self) -> int:
        return sum(
            service.walk.reads
            for region in self._regions.values()
            for service in region.services.values()
            if service.walk is not None
        )

    def _verdict(self) -> CallerNeverEnds:
        services = [
            f"{service.name} ({name}) is {service.state}"
            + (f", {service.detail}" if service.detail else "")
            + (
                f", deployment {service.next.version} is {service.next.state}"
                if service.next
                else ""
            )
            for name, region in self._regions.items()
            for service in region.services.values()
        ]
        return CallerNeverEnds(
            f"the caller has waited {self._waited:.0f} virtual seconds, with "
            f"{plural(self._calls, 'call')}, while no service changed its state, and none is going to. "
            f"The last call was {self._last_operation}, the last wait {self._last_wait:g} s. "
            f"Services: {'; '.join(services) or 'none'}. Give the caller a time limit: every clock of "
            "Python shows virtual time. If it is meant to wait that long, raise lightsail_patience "
            f"(now {self._seconds:g} seconds)."
        )
