"""Arguments of what a test prepares: how each is read, and what it can be."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..exceptions import ConfigurationError, shown
from ..model.bounds import DEEPEST, is_duration, json_text
from ..model.lifecycle import Stage
from ..options import LONGEST
from ..wording import did_you_mean

_MOST_TIMES = 1_000_000_000
"""Calls or events that are counted: at one call in a millisecond, those of eleven days."""


Read = Callable[[Any], Any]
"""Reads a value, or raises ``ValueError`` with what is expected instead."""


class Argument(NamedTuple):
    """How an argument is read, its default, and what it says of a step in English."""

    read: Read
    default: Any = None
    words: Callable[[Any], str] | None = None


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
switch = expecting("True or False", lambda value: isinstance(value, bool))
seconds = expecting(f"0 to {LONGEST} seconds", is_duration)
count = expecting(
    f"a whole number from 1 to {_MOST_TIMES}",
    lambda value: is_whole(value, range(1, _MOST_TIMES + 1)),
)
times = maybe(count, "None for every time")


@dataclass(frozen=True)
class _Document:
    """A JSON value in a form that can be hashed and compared."""

    text: str


def stages(value: Any) -> tuple[Stage, ...]:
    """Read stages, or objects of JSON with their fields."""
    if isinstance(value, (list, tuple)) and value and all(map(_is_stage, value)):
        return tuple(one if isinstance(one, Stage) else Stage(**one) for one in value)
    raise ValueError("a list of Stage(…), in JSON objects with a state, detail, seconds or polls")


def _is_stage(value: Any) -> bool:
    return isinstance(value, Stage) or (
        isinstance(value, Mapping)
        and value.keys() <= {"state", "detail", "seconds", "polls"}
        and isinstance(value.get("state"), str)
        and isinstance(value.get("detail"), (str, type(None)))
    )


def document(value: Any) -> _Document:
    """Freeze anything that JSON can hold."""
    if isinstance(value, _Document):
        return value
    try:
        frozen = json_text(value)
    except ValueError:
        raise ValueError(f"a value that JSON can hold in {DEEPEST} levels") from None
    if json.loads(frozen) != value:  # a tuple, or a key that is not a string
        raise ValueError("a value that JSON can hold as it is")
    return _Document(frozen)


def members(value: Any) -> _Document:
    if not isinstance(value, (Mapping, _Document)) or not value:
        raise ValueError("a dict of members")
    return document(value)


def as_given(value: Any) -> Any:
    """Return an argument as the test wrote it: what was frozen to be compared, made anew."""
    if isinstance(value, _Document):
        return json.loads(value.text)
    return list(value) if isinstance(value, tuple) else value


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
            f"{where}: no argument {unknown[0]!r}; there are {', '.join(table)}"
            f"{did_you_mean(unknown[0], table)}"
        )
    read = {}
    for name, argument in {**table, **dict.fromkeys(unknown, Argument(others or text))}.items():
        value = given.get(name, argument.default)
        is_left_out = value is None and argument.default is None
        if name in required or (name in given and not is_left_out):
            value = read_argument(where, name, argument, value)
        if name in required or value != argument.default:
            read[name] = value
    return read
