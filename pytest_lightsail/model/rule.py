r"""What a rule of the catalogue is: one constraint on what Amazon Lightsail accepts, stated once.

Everything that needs the constraint (the simulator's refusal, the JSON Schema keyword, the strategies,
the coverage row, the reference page) reads it from the rule.

A pattern with an anchor means the whole string; one without means "somewhere in it", as in JSON Schema.
That has the dialect of ECMA-262, and Python has another one: there ``$`` also matches before a final
newline, and ``\w``, ``\d`` and ``\s`` also match characters beyond ASCII. ``portable`` writes a pattern
with what these dialects share.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, cast

from .observed import OBSERVED

Path = tuple[str | int, ...]


class Kind(str, Enum):
    """How a rule is decided, and from what."""

    REQUIRED = "required"
    ENUM = "enum"
    PATTERN = "pattern"
    LENGTH = "length"
    RANGE = "range"
    COUNT = "count"
    RELATION = "relation"
    """Members of one request against each other; decided by ``Rule.check``."""
    ACCOUNT = "account"
    """The request against what the account holds; decided by the simulator."""
    STATE = "state"
    """The request against the state of the service; decided by the simulator."""
    QUOTA = "quota"
    """The account against ``Rule.maximum``; decided by the simulator."""
    FORMAT = "format"
    """The JSON itself: types and member names."""


@dataclass(frozen=True)
class Broken:
    """One place where a relation does not hold; ``details`` fill the rule's message."""

    path: Path
    found: object = None
    details: Mapping[str, object] = field(default_factory=dict)


Check = Callable[[Any, "Rule"], Iterator[Broken]]


@dataclass(frozen=True)
class Rule:
    """One constraint.

    Attributes:
        id: stable name, ``area.what``; labels and reports show it.
        kind: how it is decided.
        targets: where it applies: a shape (``TagList``), a member (``Container.image``), the keys or
            values of a map (``PortMap[key]``, ``PortMap[value]``), or the elements of a list
            (``ContainerServicePublicDomainsList[]``).
        meaning: the constraint in words.
        message: what the service answers, a ``str.format`` template over ``found``, ``member``,
            ``path``, ``minimum``, ``maximum``, ``pattern``, ``values`` and a relation's details.
        tip: how to fix it, the same kind of template; it becomes the ``tip`` member of the error.
        source: where the constraint is stated, and what wins where sources disagree.
        error: the error the service answers with.
        code: a finer code than the error's name, in the error's ``code`` member, if one is known.
        assumption: the row of docs/assumptions.md, where it is only assumed that the service refuses.
        wording: the row, where the service does refuse, but in which words is assumed.
        minimum, maximum: bounds: of a value, of characters, of elements.
        pattern: a regular expression, for the whole string if it has an anchor, else for a part of it;
            of a RANGE, for a string that is a number.
        values: the values allowed.
        check: finds the places where a RELATION does not hold.
        requests_only: what the service gives need not obey it (its own tags begin with ``aws:``).

    Bounds, pattern and values that the service model states are left out here and filled in by
    ``schema.resolve`` from the model.
    """

    id: str
    kind: Kind
    targets: tuple[str, ...]
    meaning: str
    message: str
    tip: str
    source: str
    error: str = "InvalidInputException"
    code: str = ""
    assumption: str = ""
    wording: str = "A03"
    minimum: int | float | None = None
    maximum: int | float | None = None
    pattern: str | None = None
    values: tuple[str, ...] = ()
    check: Check | None = None
    requests_only: bool = False

    @property
    def observed(self) -> bool:
        """Whether the message is the real service's own, word for word."""
        return self.id in OBSERVED

    @property
    def assumed(self) -> str:
        """What is only assumed of it, by a row of docs/assumptions.md; empty for nothing.

        >>> from pytest_lightsail.model.catalogue import rule
        >>> rule("state.busy").assumed
        "assumed (A07): AWS's own behaviour is not known"
        >>> rule("scale.range").assumed
        "assumed (A03): AWS's own text is not known"
        """
        what = "behaviour" if self.assumption else "text"
        return f"assumed ({self.row}): AWS's own {what} is not known" if self.row else ""

    @property
    def row(self) -> str:
        """The row of docs/assumptions.md with what is only assumed of it; empty for none."""
        return self.assumption or ("" if self.observed else self.wording)

    @property
    def least(self) -> int:
        """``minimum`` as a whole number, of a rule that has one."""
        return int(cast("float", self.minimum))

    @property
    def most(self) -> int:
        """``maximum`` as an integer; only for rules that have one."""
        return int(cast("float", self.maximum))


@dataclass(frozen=True)
class Violation:
    """One rule, broken at one path of a document."""

    rule: Rule
    path: Path
    found: object = None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What the service answers."""
        return self.rule.message.format_map(self._fields())

    @property
    def tip(self) -> str:
        """How to fix it."""
        tip = self.rule.tip.format_map(self._fields())
        what = "This" if self.rule.assumption else "The text"
        return f"{tip} {what} is {self.rule.assumed}." if self.rule.assumed else tip

    @property
    def allowed(self) -> str:
        """What would have been right there."""
        limited = limits(self.rule) if self.rule.kind is not Kind.RELATION else ""
        return str(self.details.get("expected") or limited or self.rule.meaning)

    def __str__(self) -> str:
        """Return one line for the author of a test."""
        found = self.details.get("actual") or _shown(self.found)
        where = show_path(self.path) or "the document"
        return f"{where}: {self.rule.id}: found {found}, allowed: {self.allowed}"

    def _fields(self) -> dict[str, object]:
        rule = self.rule
        return {
            "found": _shorten(self.found),
            "path": show_path(self.path),
            "member": next((part for part in reversed(self.path) if isinstance(part, str)), ""),
            "minimum": rule.minimum,
            "maximum": rule.maximum,
            "pattern": grouped(rule.pattern or ""),
            "values": ", ".join(rule.values),
            **self.details,
        }


def limits(rule: Rule) -> str:
    """Return a short description of what a rule allows; empty if it has no limits of its own.

    >>> from pytest_lightsail.model.catalogue import rule
    >>> limits(rule("tag.key-length"))
    '1 to 128 characters'
    """
    if rule.values:
        return f"one of {', '.join(rule.values)}"
    if rule.pattern is not None and rule.kind is not Kind.RANGE:
        return f"what matches {grouped(rule.pattern)}"
    unit = {Kind.LENGTH: " characters", Kind.COUNT: " elements"}.get(rule.kind, "")
    if rule.minimum is None and rule.maximum is None:
        return ""
    if rule.minimum is None:
        return f"at most {rule.maximum}{unit}"
    if rule.maximum is None:
        return f"at least {rule.minimum}{unit}"
    return f"{rule.minimum} to {rule.maximum}{unit}"


def show_path(path: Path) -> str:
    """Return a path as people write it: ``deployment.containers.web.ports`` or ``tags[0].key``.

    >>> show_path(("containerServices", "[]", "state")), show_path(("tags", 0, "key"))
    ('containerServices[].state', 'tags[0].key')
    """
    text = ""
    for part in path:
        # A key of Python need not be text.
        written = f"[{part}]" if isinstance(part, int) else str(part)
        text += written if not text or written.startswith("[") else f".{written}"
    return text


def _shown(found: object) -> str:
    if found is None:
        return "nothing"
    return json.dumps(_shorten(found), ensure_ascii=False, default=repr)


def _shorten(found: object, limit: int = 200) -> object:
    if isinstance(found, str) and len(found) > limit:
        return f"{found[:limit]}… ({len(found)} characters)"
    return found


# --- patterns --------------------------------------------------------------------------------------


def grouped(pattern: str) -> str:
    """Return the whole-string form of a pattern with an anchor, as the service quotes it: ``^(?:…)$``.

    The model's ``^a|b$`` anchors each alternative on one side only; the service means both sides.
    """
    inner = _inner(pattern)
    return pattern if inner == pattern else f"^(?:{inner})$"


def _inner(pattern: str) -> str:
    """Return a pattern without its anchors."""
    inner = pattern.removeprefix("^")
    return inner[:-1] if inner.endswith("$") and not inner.endswith("\\$") else inner


_END = r"(?![\s\S])"
# Each ends with a range, so that a hyphen after it stands for itself.
_SETS = {"w": "_A-Za-z0-9", "d": "0-9", "s": r" \t-\r"}
_ESCAPE = r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[\s\S])"
_TOKEN = re.compile(
    rf"""
      \[(?P<negated>\^?)(?P<class>\\s\\S|(?:{_ESCAPE}|(?!--|&&|~~|\|\|)[^\]\\\[])+)\]
    | (?P<escape>{_ESCAPE})
    | (?:[*+?]|\{{[0-9]+(?:,[0-9]*)?\}})\??(?![*+?{{])
    | \((?:\?[:!]|(?!\?)) | [)|] | [^\[\\(){{}}*+?|]
    """,
    re.VERBOSE,
)


class UntranslatablePattern(ValueError):
    """The pattern uses a construct that not every engine has."""


@lru_cache(maxsize=1024)
def portable(pattern: str) -> str:
    r"""Return the pattern as Python, ECMA-262 and Rust read it alike; to be searched for in the string.

    >>> portable("^[a-z]|[a-z][a-z-]+[a-z]$")
    '^(?:[a-z]|[a-z][a-z-]+[a-z])(?![\\s\\S])'

    Raises:
        UntranslatablePattern: it has a construct that AWS's models do not use.
    """
    inner = _inner(pattern)
    tokens, at = [], 0
    while at < len(inner):
        match = _TOKEN.match(inner, at)
        if match is None:
            raise UntranslatablePattern(f"construct at {inner[at : at + 5]!r}")
        tokens.append(_rewritten(match))
        at = match.end()
    text = "".join(tokens)
    if inner != pattern:
        text = f"^(?:{text}){_END}"
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        # The last three are raised for counts and nesting that no engine accepts. The reason is not
        # Python's own message, which differs between versions: schemas carry the reason.
        raise UntranslatablePattern("not a regular expression") from error
    return text


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Return ``portable(pattern)`` compiled; ``None`` if it has no portable form."""
    try:
        return re.compile(portable(pattern))
    except UntranslatablePattern:
        return None


def _rewritten(token: re.Match[str]) -> str:
    text, inside = token.group(), token["class"]
    if inside is not None and inside != r"\s\S":
        inside = re.sub(_ESCAPE, lambda escape: _escaped(escape.group(), in_class=True), inside)
        return f"[{token['negated']}{inside}]"
    if token["escape"]:
        return _escaped(text, in_class=False)
    return {".": r"[^\n\r\u2028\u2029]", "$": _END}.get(text, text)


def _escaped(text: str, *, in_class: bool) -> str:
    """Return an escape in the form that all engines accept."""
    name, characters = text[1], _SETS.get(text[1].lower())
    if characters and not in_class:
        return f"[{'^' if name.isupper() else ''}{characters}]"
    if characters and name.islower():
        return characters
    syntax = r"\[]^-" if in_class else r"^$\.*+?()[]{}|/"
    if len(text) > len(r"\x") or name in f"{syntax}tnrfv":
        return text
    if name.isalnum():
        raise UntranslatablePattern(f"escape {text}")
    return name
