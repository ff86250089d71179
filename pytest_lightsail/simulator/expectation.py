"""What a test prepares for events, calls or answers to come, and how often it has been used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from ..exceptions import ConfigurationError, shown

__all__ = ["Expectation", "Readable", "check_nth", "check_times", "to_come", "unused"]


@dataclass(eq=False)
class Expectation:
    """Something prepared; derive from it what is. Its text is how the test wrote it.

    >>> throttled = Expectation(times=2)
    >>> [throttled.takes_turn() for _ in range(3)]
    [True, True, False]

    Attributes:
        times: how often it is to be used; ``None`` for any number of times, but at least once.
        nth: the first turn that it takes; it lets those before pass.
        optional: the test does not fail if it goes unused.
        used: how often it has been used.
    """

    times: int | None = field(default=1, kw_only=True)
    nth: int = field(default=1, kw_only=True)
    optional: bool = field(default=False, kw_only=True)
    used: int = field(default=0, init=False)
    passed: int = field(default=0, init=False)

    @property
    def is_over(self) -> bool:
        """Whether it has been used as often as it is to be."""
        return self.used == self.times

    def comes_due(self) -> bool:
        """Count a turn that fits; return whether it is one to take."""
        if self.is_over:
            return False
        self.passed += 1
        return self.passed >= self.nth

    def takes_turn(self) -> bool:
        """Count a turn that fits, and use it if it is one to take."""
        due = self.comes_due()
        self.used += due
        return due

    @property
    def is_unused(self) -> bool:
        """Whether it has been used less often than the test has said."""
        return not self.optional and self.used < (self.times or 1)

    @property
    def shown_times(self) -> str:
        """How often it is still going to be used, in words; nothing for once.

        >>> Expectation(times=3).shown_times, Expectation(times=None).shown_times
        (' × 3', ' always')
        """
        if self.times is None:
            return " always"
        left = self.times - self.used
        return "" if left == 1 else f" × {left}"

    @property
    def shown_use(self) -> str:
        """How often it was used, where that is not never."""
        return f" (used {self.used} of {self.times} times)" if self.used else ""


class Readable(Protocol):
    """An answer that a test has asked for, and is to look at."""

    @property
    def unread(self) -> str:
        """The answer as text if no one has looked at it; empty otherwise."""
        ...


def unused(expectations: Iterable[Expectation]) -> list[str]:
    """Return what was used less often than it was to be, as it was written, but for what is optional."""
    return [f"{each}{each.shown_use}" for each in expectations if each.is_unused]


def to_come(expectations: Iterable[Expectation]) -> list[str]:
    """Return what is going to be used, each with how often, if that is not once."""
    return [f"{each}{each.shown_times}" for each in expectations if not each.is_over]


def check_times(where: str, times: object) -> None:
    """Refuse a number of times that does not count down to nothing.

    Raises:
        ConfigurationError: it is neither ``None`` nor a whole number from 1.
    """
    if times is not None and (type(times) is not int or times < 1):
        raise ConfigurationError(
            f"{where}: times is 1 or more, a whole number, or None, not {shown(times)}"
        )


def check_nth(where: str, nth: object) -> None:
    """Refuse a place that no call can have among the calls.

    Raises:
        ConfigurationError: it is no whole number from 1.
    """
    if type(nth) is not int or nth < 1:
        raise ConfigurationError(f"{where}: nth is 1 or more, a whole number, not {shown(nth)}")
