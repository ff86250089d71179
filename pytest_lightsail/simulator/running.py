"""What the containers of a deployment go on doing once they run: they write into the log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .clock import NANOSECONDS
from .health import Container, HealthCheck, written
from .logs import Logs

__all__ = ["Running"]

_DAY = 86400 * NANOSECONDS


@dataclass
class Running:
    """The containers of a deployment from a start to their end. Instants are nanoseconds since 1970.

    Attributes:
        containers: with the images that they were started from.
        check: the health check of the public endpoint; ``None`` without one.
        started: when they started.
        written: from when on their lines are still to be written.
        ended: when they ended; ``None`` while they run.
    """

    containers: tuple[Container, ...]
    check: HealthCheck | None
    started: int
    written: int
    ended: int | None = None

    def go_on(self, written: int) -> None:
        """They run, and what they write from ``written`` on is still to be written."""
        self.started, self.written = min(self.started, written), written

    def end(self, now: int) -> None:
        """They end, unless they have already."""
        if self.ended is None:
            self.ended = now

    def again(self, now: int) -> Running:
        """The same containers, started once more."""
        return replace(self, started=now, written=now, ended=None)

    def write(self, logs: Logs, now: int, days: int | None) -> None:
        """Write what they have written up to and at ``now``.

        Lines older than the ``days`` that the service keeps are not written in the first place.
        """
        if not any(container.known for container in self.containers):
            return
        begin = self.written if days is None else max(self.written, now - days * _DAY)
        until = (now if self.ended is None else self.ended) + 1
        lines = written(self.containers, self.check, begin - self.started, until - self.started)
        for at, container, line in lines:
            logs.write(container, self.started + at, line)
        self.written = max(begin, until)
