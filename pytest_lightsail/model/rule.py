r"""Rules (constraints on what Amazon Lightsail accepts) and violations of rules.

A pattern with an anchor must match the whole string. A pattern without an anchor must match
some part of the string. JSON Schema uses the regular expressions of ECMA-262, which differ from
Python's. In Python, ``$`` also matches before a final newline, and ``\w``, ``\d`` and ``\s`` also
match non-ASCII characters. ``compiled`` rewrites a pattern so that it means the same in both
languages.
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
    """What a rule is about."""

    REQUIRED = "required"
    ENUM = "enum"
    PATTERN = "pattern"
    LENGTH = "length"
    RANGE = "range"
    COUNT = "count"
    RELATION = "relation"  # several members of one request: ``Rule.check`` checks it
    # The simulator checks the next three kinds.
    ACCOUNT = "account"  # the request and the contents of the account
    STATE = "state"  # the request and the state of the service
    QUOTA = "quota"  # a number, such as that of services, which ``Rule.maximum`` limits
    FORMAT = "format"  # the JSON itself: the types of values and the names of members


Check = Callable[[Any, "Rule"], Iterator["Violation"]]
"""A function that yields the violations of a rule in a value. The paths of the violations are
relative to the value."""


@dataclass(frozen=True)
class Rule:
    """One constraint. ``schema.resolve`` fills in the limits that the service model states.

    Attributes:
        id: the stable name, in the form ``area.name``, that labels and reports show.
        targets: the places to which the rule applies. A place is a shape (``TagList``), a member
            (``Container.image``), the keys or values of a map (``PortMap[key]``,
            ``PortMap[value]``), or the elements of a list
            (``ContainerServicePublicDomainsList[]``).
        meaning: the constraint in words.
        source: where the constraint is stated, and which source takes precedence if several
            disagree.
        message: the error message, as a template for ``str.format``. The fields are ``found``,
            ``path``, ``member``, ``allowed``, ``problem``, the limits of the rule (``minimum``,
            ``maximum``, ``pattern``, ``values``), and the details of a relation.
        code: the ``code`` member of the error, if it is known to differ from ``error``.
        assumption: the row of docs/assumptions.md about the refusal, if the refusal itself is
            assumed.
        wording: the row of docs/assumptions.md about the message, if only the message is assumed.
        minimum: the minimum of a number, or of the length of a string, list or map.
        maximum: the maximum of a number, or of the length of a string, list or map.
        pattern: a regular expression. A rule of the kind RANGE has a pattern if the number is sent
            as a string.
        check: a function that yields the violations of a rule of the kind RELATION.
        requests_only: whether the rule applies only to requests. For example, a tag key that
            begins with ``aws:`` is refused in a request, but can occur in a response.
    """

    id: str
    targets: tuple[str, ...]
    meaning: str
    kind: Kind
    source: str = "botocore service model"
    message: str = "{path} is not valid: {problem}."
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
        """Whether a transcript shows that the real service sends exactly this message."""
        return self.id in OBSERVED

    @property
    def assumed(self) -> str:
        """A note that AWS's behaviour or message is assumed, or ``""`` if both are known.

        >>> from pytest_lightsail.model.catalogue import rule
        >>> rule("scale.range").assumed
        "assumed (A03): AWS's own text is not known"
        """
        what = "behaviour" if self.assumption else "text"
        return f"assumed ({self.row}): AWS's own {what} is not known" if self.row else ""

    @property
    def row(self) -> str:
        """The row of docs/assumptions.md about this rule, or ``""`` if nothing is assumed."""
        return self.assumption or ("" if self.observed else self.wording)

    @property
    def least(self) -> int:
        """``minimum`` as an integer. The rule must have a minimum."""
        return int(cast("float", self.minimum))

    @property
    def most(self) -> int:
        """``maximum`` as an integer. The rule must have a maximum."""
        return int(cast("float", self.maximum))


@dataclass(frozen=True)
class Violation:
    """One place in a document that breaks one rule."""

    rule: Rule
    path: Path
    found: object = None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The error message."""
        return self.rule.message.format_map(self._fields())

    @property
    def tip(self) -> str:
        """The ``tip`` member of the error, which names the rule and the allowed values."""
        rule, place = self.rule, show_path(self.path) or "The request"
        allowed = "" if self.allowed == rule.meaning else f" Allowed: {self.allowed}."
        tip = f"{place} breaks rule {rule.id} ({rule.meaning}).{allowed}"
        what = "This" if rule.assumption else "The text"
        return f"{tip} {what} is {rule.assumed}." if rule.assumed else tip

    @property
    def allowed(self) -> str:
        """A description of the values that the rule allows."""
        limited = limits(self.rule) if self.rule.kind is not Kind.RELATION else ""
        return str(self.details.get("expected") or limited or self.rule.meaning)

    @property
    def problem(self) -> str:
        """A description of the value that was found and the values that are allowed."""
        shown = json.dumps(_shorten(self.found), ensure_ascii=False, default=repr)
        found = self.details.get("actual") or ("nothing" if self.found is None else shown)
        return f"found {found}, allowed: {self.allowed}"

    def __str__(self) -> str:
        return f"{show_path(self.path) or 'the document'}: {self.rule.id}: {self.problem}"

    def _fields(self) -> dict[str, object]:
        return {
            **vars(self.rule),
            "found": _shorten(self.found),
            "path": show_path(self.path),
            "member": next((part for part in reversed(self.path) if isinstance(part, str)), ""),
            "allowed": self.allowed,
            "problem": self.problem,
            "pattern": grouped(self.rule.pattern or ""),
            "values": ", ".join(self.rule.values),
            **self.details,
        }


def limits(rule: Rule) -> str:
    """Return a description of the limits of a rule, or ``""`` if the rule has none.

    >>> from pytest_lightsail.model.catalogue import rule
    >>> limits(rule("tag.key-length"))
    '1 to 128 characters'
    """
    if rule.values:
        return f"one of {', '.join(rule.values)}"
    if rule.pattern is not None and rule.kind is not Kind.RANGE:
        return f"a string that matches {grouped(rule.pattern)}"
    unit = {Kind.LENGTH: " characters", Kind.COUNT: " elements"}.get(rule.kind, "")
    if rule.minimum is None:
        return "" if rule.maximum is None else f"at most {rule.maximum}{unit}"
    if rule.maximum is None:
        return f"at least {rule.minimum}{unit}"
    return f"{rule.minimum} to {rule.maximum}{unit}"


def show_path(path: Path) -> str:
    """Return a path as a string, such as ``deployment.containers.web.ports`` or ``tags[0].key``.

    >>> show_path(("containerServices", "[]", "state")), show_path(("tags", 0, "key"))
    ('containerServices[].state', 'tags[0].key')
    """
    text = ""
    for part in path:
        # The keys of a Python dict need not be strings.
        written = f"[{part}]" if isinstance(part, int) else str(part)
        text += written if not text or written.startswith("[") else f".{written}"
    return text


def _shorten(found: object, limit: int = 200) -> object:
    if isinstance(found, str) and len(found) > limit:
        return f"{found[:limit]}… ({len(found)} characters)"
    return found


# --- patterns --------------------------------------------------------------------------------------


def grouped(pattern: str) -> str:
    """Return a pattern in the form that the service quotes: ``^(?:…)$``.

    A pattern without anchors is returned unchanged.

    In a pattern like ``^a|b$``, each alternative has only one anchor, but the service applies both
    anchors to both alternatives.
    """
    inner = _inner(pattern)
    return pattern if inner == pattern else f"^(?:{inner})$"


def _inner(pattern: str) -> str:
    """Return a pattern without its anchors."""
    inner = pattern.removeprefix("^")
    return inner[:-1] if inner.endswith("$") and not inner.endswith("\\$") else inner


_END = r"(?![\s\S])"
# Each set ends with a range, so that a hyphen that follows the set is literal.
_SETS = {r"\w": "_A-Za-z0-9", r"\d": "0-9", r"\s": r" \t-\r"}
_PART = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.|\.", re.DOTALL)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    r"""Rewrite and compile a pattern, so that it means the same in Python, ECMA-262 and Rust.

    If Python cannot compile the pattern, return ``None``.

    >>> compiled("^[a-z]|[a-z][a-z-]+[a-z]$").pattern
    '^(?:[a-z]|[a-z][a-z-]+[a-z])(?![\\s\\S])'
    """
    inner = _inner(pattern)
    text = _PART.sub(_rewritten, inner)
    try:
        return re.compile(text if inner == pattern else f"^(?:{text}){_END}")
    except (re.error, OverflowError, RecursionError, ValueError):
        return None


def _rewritten(part: re.Match[str]) -> str:
    text = part.group()
    if text == ".":
        return r"[^\n\r\u2028\u2029]"
    if text == r"[\s\S]":
        return text
    if text.startswith("["):
        return re.sub(r"\\.", lambda escape: _SETS.get(escape.group(), escape.group()), text)
    characters = _SETS.get(text.lower())
    return f"[{'^' * text[1].isupper()}{characters}]" if characters else text
