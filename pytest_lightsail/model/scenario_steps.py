"""The steps of a scenario as a table: which arguments each verb takes, and what they may be.

The verbs and their arguments are those of the handle: ``lightsail.script.deploy``, ``lightsail.faults``,
``lightsail.somebody``, ``lightsail.future``. A test holds them together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from ..exceptions import ConfigurationError, shown
from ..options import LONGEST
from .bounds import DEEPEST, is_duration, json_text
from .edits import Edit
from .lifecycle import PACES, STATE_DETAILS, STUCK, TIMELINES, Stage

__all__ = [
    "EVENTS",
    "FAULTS",
    "SOMEBODY",
    "VERBS",
    "Argument",
    "Step",
    "Verb",
    "edit_of",
    "make_step",
]

_Read = Callable[[Any], Any]

_MOST_TIMES = 1_000_000_000
"""Calls or events that are counted: at one call in a millisecond, those of eleven days."""

EVENTS: tuple[str, ...] = tuple(TIMELINES)
"""The events that can be scripted."""

FAULTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "throttling": (),
        "server_error": (),
        "service_unavailable": (),
        "connection_reset": (),
        "connection_refused": (),
        "dns_failure": (),
        "read_timeout": (),
        "slow_answer": ("seconds",),
        "truncated_body": (),
        "malformed_json": (),
        "expired_credentials": (),
        "invalid_credentials": (),
        "unauthenticated": (),
        "access_denied": (),
        "region_setup": (),
        "error": ("code", "message"),
    }
)
"""The constructors of ``Fault``, and the arguments of each."""

SOMEBODY: Mapping[str, str] = MappingProxyType(
    {"creates": "create", "deploys": "deploy", "updates": "update", "deletes": "delete"}
)
"""What somebody else can do, and the event that it begins."""


@dataclass(frozen=True)
class _Document:
    """A JSON value in a form that can be hashed and compared."""

    text: str

    @property
    def value(self) -> Any:
        """The value, made anew."""
        return json.loads(self.text)


@dataclass(frozen=True, repr=False)
class Step:
    """One thing that is prepared: a verb of the handle and its arguments, defaults left out."""

    verb: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def given(self) -> dict[str, Any]:
        """The arguments by name, as the handle takes them."""
        return {name: _thawed(value) for name, value in self.arguments}

    def get(self, name: str) -> Any:
        """An argument; its default where it was left out."""
        found = self.given
        entry = VERBS[self.verb].arguments.get(name)
        return found.get(name, None if entry is None else entry.default)

    def __repr__(self) -> str:
        return f"{self.verb}({', '.join(self._shown(*pair) for pair in self.given.items())})"

    def _shown(self, name: str, value: Any) -> str:
        return repr(value) if name in VERBS[self.verb].positional else f"{name}={value!r}"


def _thawed(value: Any) -> Any:
    if isinstance(value, _Document):
        return value.value
    return list(value) if isinstance(value, tuple) else value


class Argument(NamedTuple):
    """An argument: how it is read (``ValueError`` says what it has to be), and its default."""

    read: _Read
    default: Any = None


class Verb(NamedTuple):
    """The arguments of a verb in the order in which they are shown; the first ones by position."""

    arguments: Mapping[str, Argument]
    positional: tuple[str, ...] = ()
    others: _Read | None = None
    """How arguments of any other name are read, where there may be some."""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("a string")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a name")
    return value


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("True or False")


def _seconds(value: Any) -> float:
    if is_duration(value):
        return cast("float", value)
    raise ValueError(f"0 or more seconds, {LONGEST} at most")


def _count(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError("1 or more, a whole number")
    if value > _MOST_TIMES:
        raise ValueError(f"{_MOST_TIMES} at most")
    return value


def _times(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return _count(value)
    except ValueError as error:
        raise ValueError(f"{error}, or None for every time") from None


def _one_of(known: Any) -> _Read:
    def read(value: Any) -> Any:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"one of {', '.join(known)}")
        return value

    return read


def _stages(value: Any) -> tuple[Stage, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, Stage) for one in value):
        raise ValueError("a list of Stage(…)")
    return tuple(value)


def _document(value: Any) -> _Document:
    """Anything that JSON can hold, frozen."""
    if isinstance(value, _Document):
        return value
    try:
        text = json_text(value)
    except ValueError:
        raise ValueError(f"a value that JSON can hold in {DEEPEST} levels") from None
    if json.loads(text) != value:  # a tuple, or a key that is no string
        raise ValueError("a value that JSON can hold as it is")
    return _Document(text)


def _object(value: Any) -> _Document:
    if not isinstance(value, (Mapping, _Document)) or not value:
        raise ValueError("a dict of members")
    return _document(value)


_PLAIN_FAULTS = tuple(name for name, needed in FAULTS.items() if not needed)
_SERVICE = Argument(_name)
_HIT: Mapping[str, Argument] = {
    "operation": Argument(_name),
    "service": _SERVICE,
    "times": Argument(_times, 1),
    "nth": Argument(_count, 1),
}
_EVENT: Mapping[str, Argument] = {
    "service": _SERVICE,
    "takes": Argument(_seconds),
    "never_ends": Argument(_switch, default=False),
    "stages": Argument(_stages),
    "polls": Argument(_count),
    "times": Argument(_times, 1),
}
_CREATE: Mapping[str, Argument] = {"stuck_with": Argument(_one_of(STUCK)), **_EVENT}
_DEPLOY: Mapping[str, Argument] = {
    "fails_at": Argument(_one_of(STATE_DETAILS)),
    "lag": Argument(_seconds, 0.0),
    **_EVENT,
}

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        **dict.fromkeys(EVENTS, Verb(_EVENT)),
        "create": Verb(_CREATE),
        "deploy": Verb(_DEPLOY),
        "fault": Verb(
            {
                "name": Argument(_one_of(FAULTS)),
                "seconds": Argument(_seconds),
                "code": Argument(_name),
                "message": Argument(_text, ""),
                **_HIT,
            },
            positional=("name",),
        ),
        "answer_lost": Verb({"by": Argument(_one_of(_PLAIN_FAULTS)), **_HIT}),
        "somebody": Verb(
            {
                "verb": Argument(_one_of(SOMEBODY)),
                "service": _SERVICE,
                "image": Argument(_text),
                "after": Argument(_seconds),
                "before": Argument(_name),
                "nth": Argument(_count, 1),
                "region": Argument(_name),
            },
            positional=("verb", "service"),
            others=_document,
        ),
        "pace": Verb({"name": Argument(_one_of(PACES))}, positional=("name",)),
        "future": Verb(
            {
                "operation": Argument(_name),
                "at": Argument(_text, ""),
                "becomes": Argument(_document),
                "gains": Argument(_object),
                "lacks": Argument(_name),
                "service": _SERVICE,
                "times": Argument(_times),
                "nth": Argument(_count, 1),
            },
            positional=("operation",),
        ),
    }
)
"""Every verb that a step can have."""


def make_step(verb: str, given: Mapping[str, Any]) -> Step:
    """A step, its arguments checked, put in order, and those that say nothing left out.

    Raises:
        ConfigurationError: an argument that the verb does not take, or a value that it cannot have.
    """
    table = VERBS[verb]
    others = [name for name in given if name not in table.arguments]
    if others and table.others is None:
        raise ConfigurationError(
            f"{verb}: no argument {others[0]!r}; there are {', '.join(table.arguments)}"
        )
    arguments = []
    for name in (*table.arguments, *sorted(others)):
        argument = table.arguments.get(name) or Argument(table.others or _text)
        value = given.get(name, argument.default)
        nothing = value is None and argument.default is None
        if name in table.positional or (name in given and not nothing):
            value = _read(verb, name, argument, value)
        if value != argument.default or name in table.positional:
            arguments.append((name, value))
    step = Step(verb, tuple(arguments))
    for check in _CHECKS.get(verb, ()):
        check(step)
    return step


def _read(verb: str, name: str, argument: Argument, value: Any) -> Any:
    try:
        return argument.read(value)
    except ValueError as error:
        # A document may hold secrets.
        what = name if argument.read in {_document, _object} else f"{name}={shown(value)}"
        raise ConfigurationError(f"{verb}: {what} is not possible: it is {error}") from None


def _check_fault(step: Step) -> None:
    """A fault has the arguments of its constructor, and no other's."""
    given, own = step.given, FAULTS[step.get("name")]
    every = {argument for arguments in FAULTS.values() for argument in arguments}
    foreign = sorted((every & given.keys()) - set(own))
    if foreign:
        raise ConfigurationError(f"fault: {given['name']} has no {foreign[0]}")
    needed = [
        name for name in own if name not in given and VERBS["fault"].arguments[name][1] is None
    ]
    if needed:
        raise ConfigurationError(f"fault: {given['name']} needs {needed[0]}=…")


def _check_somebody(step: Step) -> None:
    given = step.given
    if "after" in given and "before" in given:
        raise ConfigurationError("somebody: after some time or before a call, not both")
    if "nth" in given and "before" not in given:
        raise ConfigurationError("somebody: nth counts the calls of before=…")
    members = given.keys() - VERBS["somebody"].arguments.keys()
    taken = _MEMBERS[given["verb"]]
    if taken is not None and members - taken:
        raise ConfigurationError(
            f"somebody: {given['verb']} takes no {', '.join(sorted(members - taken))}"
        )
    if "image" in given and (given["verb"] != "deploys" or "containers" in given):
        raise ConfigurationError("somebody: image is for deploys, without containers")


_MEMBERS: Mapping[str, frozenset[str] | None] = {
    "creates": frozenset(),
    "deploys": frozenset({"containers"}),
    "updates": None,
    "deletes": frozenset(),
}
"""The members that somebody's request can be given; ``None`` for those of the operation."""


def edit_of(step: Step) -> Edit:
    """The change to an answer that a step of the future makes."""
    return Edit(*(step.get(name) for name in ("at", "becomes", "gains", "lacks")))


_CHECKS: Mapping[str, tuple[Callable[[Step], object], ...]] = {
    "fault": (_check_fault,),
    "somebody": (_check_somebody,),
    "future": (edit_of,),
}
"""What the arguments of a step must be together."""
