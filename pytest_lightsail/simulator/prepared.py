"""What a test prepares for events, calls or answers to come: its arguments, and how often it is used."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from ..exceptions import ConfigurationError, Suggesting, did_you_mean, shown
from ..model.bounds import DEEPEST, is_duration, json_text
from ..model.lifecycle import Stage
from ..options import LONGEST

_MOST_TIMES = 1_000_000_000
"""The most calls or events that can be counted: eleven days of one call per millisecond."""


Read = Callable[[Any], Any]
"""Reads a value, or raises ``ValueError`` with what is expected instead."""


class Argument(NamedTuple):
    """How an argument is read, and its default."""

    read: Read
    default: Any = None


def expecting(what: str, is_valid: Callable[[Any], bool]) -> Read:
    """Return what takes valid values as they are."""

    def read(value: Any) -> Any:
        if is_valid(value):
            return value
        raise ValueError(what)

    return read


def maybe(read: Read, otherwise: str = "None") -> Read:
    def maybe_read(value: Any) -> Any:
        try:
            return None if value is None else read(value)
        except ValueError as error:
            raise ValueError(f"{error}, or {otherwise}") from None

    return maybe_read


def is_whole(value: object, allowed: range) -> bool:
    return type(value) is int and value in allowed


def one_of(known: Collection[str]) -> Read:
    return expecting(
        f"one of {', '.join(known)}", lambda value: isinstance(value, str) and value in known
    )


text = expecting("a string", lambda value: isinstance(value, str))
name = expecting("a name", lambda value: isinstance(value, str) and value != "")
texts = expecting(
    "a tuple of texts",
    lambda value: isinstance(value, (tuple, list)) and all(isinstance(one, str) for one in value),
)
switch = expecting("True or False", lambda value: isinstance(value, bool))
seconds = expecting(f"0 to {LONGEST} seconds", is_duration)
count = expecting(
    f"a whole number from 1 to {_MOST_TIMES}",
    lambda value: is_whole(value, range(1, _MOST_TIMES + 1)),
)
times = maybe(count, "None for every time")


def stages(value: Any) -> list[Stage]:
    """Read stages, or objects of JSON with their fields."""
    if isinstance(value, (list, tuple)) and value and all(map(_is_stage, value)):
        return [one if isinstance(one, Stage) else Stage(**one) for one in value]
    raise ValueError("a list of Stage(…), in JSON objects with a state, detail, seconds or polls")


def _is_stage(value: Any) -> bool:
    return isinstance(value, Stage) or (
        isinstance(value, Mapping)
        and value.keys() <= {"state", "detail", "seconds", "polls"}
        and isinstance(value.get("state"), str)
        and isinstance(value.get("detail"), (str, type(None)))
    )


def document(value: Any) -> Any:
    """Copy anything that JSON can hold, its members in alphabetical order."""
    try:
        copied = json.loads(json_text(value))
    except ValueError:
        raise ValueError(f"a value that JSON can hold in {DEEPEST} levels") from None
    if copied != value:  # a tuple, or a key that is not a string
        raise ValueError("a value that JSON can hold as it is")
    return copied


def members(value: Any) -> Any:
    if not isinstance(value, Mapping) or not value:
        raise ValueError("a dict of members")
    return document(value)


def read_argument(where: str, name: str, argument: Argument, value: Any) -> Any:
    """Read one argument."""
    try:
        return argument.read(value)
    except ValueError as error:
        # A document may hold secrets.
        what = name if argument.read in {document, members} else f"{name}={shown(value)}"
        raise ConfigurationError(f"{where}: invalid {what}: expected {error}") from None


def read_arguments(
    where: str,
    table: Mapping[str, Argument],
    given: Mapping[str, Any],
    *,
    required: Collection[str] = (),
    others: Read | None = None,
) -> dict[str, Any]:
    """Read arguments, in the order of their table, and leave out those that have their default.

    Args:
        where: what takes them, for messages.
        table: the arguments by name.
        given: what was passed.
        required: arguments that cannot be left out.
        others: how arguments of any other name are read, where there may be some.
    """
    unknown = sorted(given.keys() - table.keys())
    if unknown and others is None:
        raise ConfigurationError(
            f"{where}: unknown argument {unknown[0]!r}; expected one of {', '.join(table)}"
            f"{did_you_mean(unknown[0], table)}"
        )
    read = {}
    for name, argument in {**table, **dict.fromkeys(unknown, Argument(others or text))}.items():
        value = given.get(name, argument.default)
        if name in required or value is not argument.default:
            value = read_argument(where, name, argument, value)
        if name in required or value != argument.default:
            read[name] = value
    return read


# --- how often it is used ----------------------------------------------------------------------------

Condition = Callable[[str, Mapping[str, Any], str], bool]
"""Whether a call is meant, by its operation, its parameters and its Region."""

TIMES = Argument(times, 1)
NTH = Argument(count, 1)

_What = TypeVar("_What")


@dataclass(eq=False)
class Expectation(Generic[_What]):
    """Something that a test has prepared.

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
    """A result that a test has requested and must use."""

    @property
    def unread(self) -> str: ...
