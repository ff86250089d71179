"""The log of a container service: what its containers write, and what Lightsail writes into it."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict

from .clock import NANOSECONDS

__all__ = ["Logs"]


class Logs:
    """Lines by container, each with its instant. A line can be written ahead, for an instant to come.

    Instants are nanoseconds since 1970.

    >>> logs = Logs()
    >>> logs.write("web", 2_500_000_000, "later")
    >>> logs.write("web", 1_000_000_000, "sooner")
    >>> logs.lines("web", 2_000_000_000)
    [(1, 'sooner')]
    """

    def __init__(self) -> None:
        self._lines: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
        self._written = 0

    @property
    def containers(self) -> tuple[str, ...]:
        """The containers that have ever written, also those of deployments that failed."""
        return tuple(self._lines)

    def write(self, container: str, at_ns: int, line: str) -> None:
        """Add a line, behind those of the same instant."""
        self._written += 1
        insort(self._lines[container], (at_ns, self._written, line))

    def lines(self, container: str, until_ns: int) -> list[tuple[int, str]]:
        """The lines up to an instant, oldest first; times in whole seconds, as the service shows them."""
        return [
            (at // NANOSECONDS, line)
            for at, _, line in self._lines.get(container, ())
            if at <= until_ns
        ]

    def forget_after(self, at_ns: int) -> None:
        """Take back what was written ahead for after an instant."""
        for container, lines in self._lines.items():
            self._lines[container] = [line for line in lines if line[0] <= at_ns]
