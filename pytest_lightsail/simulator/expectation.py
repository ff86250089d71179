"""What a test prepares for events, calls or answers to come, and how often it has been used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from ..wording import Suggesting
from . import arguments
from .arguments import Argument, read_argument

Condition = Callable[[str, Mapping[str, Any], str], bool]
"""Whether a call is meant, by its operation, its parameters and its Region."""

TIMES = Argument(arguments.times, 1)
NTH = Argument(arguments.count, 1)

_What = TypeVar("_What")


@dataclass(eq=False)
class Expectation(Generic[_What]):
    """Something that a test has prepared.

    >>> throttled = Expectation("throttle", "429", times=2)
    >>> [throttled.takes_turn() for _ in range(3)]
    [True, True, False]

    Attributes:
        words: how the test wrote it.
        what: what is to happen.
        operation: at which operation or event; at any if left out.
        service: for which container service; for any if left out.
        when: for which calls; for any if left out.
        times: how often it is to be used; ``None`` for any number of times, but at least once.
        nth: the first turn that it takes; it lets those before pass.
        optional: the test does not fail if it goes unused.
        used: how often it has been used.
        failure: why it could not be used; it is then over.
    """

    words: str
    what: _What
    operation: str | None = None
    service: str | None = None
    when: Condition | None = None
    times: int | None = 1
    nth: int = 1
    optional: bool = False
    used: int = field(default=0, init=False)
    failure: str = field(default="", init=False)
    _passed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        read_argument(self.words, "times", TIMES, self.times)
        read_argument(self.words, "nth", NTH, self.nth)

    @property
    def is_over(self) -> bool:
        return self.used == self.times or bool(self.failure)

    def fits(self, operation: str, service: object) -> bool:
        """Return whether it is still to come, and for such an operation and service."""
        return (
            self.operation in {None, operation}
            and (self.service is None or self.service == service)
            and not self.is_over
        )

    def comes_due(self) -> bool:
        """Count a turn that fits; return whether it is one to take."""
        if self.is_over:
            return False
        self._passed += 1
        return self._passed >= self.nth

    def takes_turn(self) -> bool:
        """Count a turn that fits, and use it if it is one to take."""
        due = self.comes_due()
        self.used += due
        return due

    @property
    def still_to_come(self) -> str:
        """Its words, and how often it is still to be used if that is not once."""
        if self.times is None:
            return f"{self.words} always"
        left = self.times - self.used
        return self.words if left == 1 else f"{self.words} × {left}"

    @property
    def unused(self) -> str:
        """Its words, and why or how often it was used; empty if that is what the test said."""
        if self.optional or self.used >= (self.times or 1):
            return ""
        if self.failure:
            return f"{self.words}: {self.failure}"
        return self.words + (f" (used {self.used} of {self.times} times)" if self.used else "")


class Prepared(Suggesting, Generic[_What]):
    """What a test has prepared of one kind, in order."""

    def __init__(self) -> None:
        self.expectations: list[Expectation[_What]] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self.to_come()) or 'nothing to come'}>"

    def to_come(self) -> list[str]:
        return [each.still_to_come for each in self.expectations if not each.is_over]

    def unused(self) -> list[str]:
        return [each.unused for each in self.expectations if each.unused]

    def clear(self) -> None:
        self.expectations.clear()

    def _next(self, operation: str, service: object = None) -> Expectation[_What] | None:
        return next((each for each in self.expectations if each.fits(operation, service)), None)


class Readable(Protocol):
    """An answer that a test has asked for, and is to look at."""

    @property
    def unread(self) -> str: ...
