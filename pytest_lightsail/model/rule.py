r"""Rules (constraints on what Amazon Lightsail accepts) and violations of rules.

If a pattern has an anchor, the whole string must match the pattern. Otherwise, a match anywhere in the
string is enough. JSON Schema uses ECMA-262 regular expressions, which differ from Python's. In
Python, ``$`` also matches before a final newline, and ``\w``, ``\d`` and ``\s`` also match non-ASCII
characters. ``compiled`` rewrites a pattern so that it means the same in Python and ECMA-262.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

OBSERVED = {
    "certificate.issued",
    "container-name.pattern",
    "domain.region",
    "endpoint.port",
    "image.reference",
    "quota.services",
    "registry.needs-service",
    "state.deployment-in-progress",
}
"""The ids of the rules whose exact messages occur in transcripts of the real service.
``docs/tables.py`` generates this set from the transcripts in ``tests/evidence``: do not edit it."""

Path = tuple[str | int, ...]


class Kind(str, Enum):
    """The kind of constraint that a rule expresses."""

    REQUIRED = "required"
    ENUM = "enum"
    PATTERN = "pattern"
    LENGTH = "length"
    RANGE = "range"
    COUNT = "count"
    RELATION = "relation"  # concerns several members of a request
    # The simulator checks ACCOUNT, STATE and QUOTA rules.
    ACCOUNT = "account"  # depends on the contents of the account
    STATE = "state"  # depends on the state of the service
    QUOTA = "quota"  # limits how many services, images or certificates may exist
    FORMAT = "format"  # constrains the JSON itself: the types of values and the names of members


Check = Callable[[Any, "Rule"], Iterator["Violation"]]
"""A function that takes a value and a rule, and yields each violation of the rule. Each violation's
path is relative to the value."""


@dataclass(frozen=True)
class Rule:
    """One constraint. ``schema.resolve`` fills in the limits that the service model defines."""

    id: str  # a stable name in the form ``area.name``, used in labels and reports
    targets: tuple[str, ...]
    """The places to which the rule applies: shapes (``TagList``), members (``Container.image``),
    the keys or values of maps (``PortMap[key]``), or the elements of lists (``TagList[]``)."""
    meaning: str  # the constraint in words
    kind: Kind
    source: str = "botocore service model"
    """Where the constraint comes from, and which source takes precedence if the sources disagree."""
    message: str = "{path} is not valid: {problem}."
    """A ``str.format`` template for the error message. ``Violation`` fills in the fields."""
    error: str = "InvalidInputException"
    code: str = ""  # the ``code`` member of the error, if it is known to differ from ``error``
    assumption: str = ""  # the id of the assumption, if the refusal itself is assumed
    wording: str = "A03"  # the id of the assumption, if only the message is assumed
    # Limits on the value of a number, or on the length of a string, list or map.
    minimum: Any = None
    maximum: Any = None
    pattern: str | None = None
    """A regular expression, for PATTERN rules and for RANGE rules about numbers sent as strings."""
    values: tuple[str, ...] = ()
    check: Check | None = None  # for RELATION rules
    requests_only: bool = False
    """Whether responses may break the rule. For example, responses may contain AWS's own tags."""

    @property
    def observed(self) -> bool:
        """Whether a transcript shows that the real service sends exactly this message."""
        return self.id in OBSERVED

    @property
    def row(self) -> str:
        """The id of the assumption about this rule, or ``""`` if nothing is assumed."""
        return self.assumption or ("" if self.observed else self.wording)

    @property
    def assumed(self) -> str:
        """A note that AWS's behaviour or message is assumed, or ``""`` if both are known."""
        what = "behaviour" if self.assumption else "message"
        return f"assumed ({self.row}): AWS's actual {what} is unknown" if self.row else ""


@dataclass(frozen=True)
class Violation:
    """A place where a document breaks a rule."""

    rule: Rule
    path: Path
    found: object = None
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The error message."""
        fields = {
            **vars(self.rule),
            "found": _shorten(self.found),
            "path": show_path(self.path),
            "member": next((part for part in reversed(self.path) if isinstance(part, str)), ""),
            "problem": self.problem,
            "pattern": grouped(self.rule.pattern or ""),
        }
        return self.rule.message.format_map({**fields, **self.details})

    @property
    def tip(self) -> str:
        """The ``tip`` member of the error, which names the rule and the allowed values."""
        rule, place = self.rule, show_path(self.path) or "The request"
        allowed = "" if self.allowed == rule.meaning else f" Allowed: {self.allowed}."
        tip = f"{place} breaks rule {rule.id} ({rule.meaning}).{allowed}"
        what = "This" if rule.assumption else "The message"
        return f"{tip} {what} is {rule.assumed}." if rule.assumed else tip

    @property
    def allowed(self) -> str:
        """A description of the values that the rule allows."""
        return str(self.details.get("expected") or limits(self.rule) or self.rule.meaning)

    @property
    def problem(self) -> str:
        """A description of the value found and the values allowed."""
        shown = json.dumps(_shorten(self.found), ensure_ascii=False, default=repr)
        found = self.details.get("actual") or ("nothing" if self.found is None else shown)
        joint = "but" if self.allowed == self.rule.meaning else "allowed:"
        return f"found {found}, {joint} {self.allowed}"

    def __str__(self) -> str:
        return f"{show_path(self.path) or 'the document'}: {self.rule.id}: {self.problem}"


def limits(rule: Rule) -> str:
    """Return a description of a rule's limits, or ``""`` if the rule has none.

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
        # A path can contain a dict key that is not a string.
        written = f"[{part}]" if isinstance(part, int) else str(part)
        text += written if not text or written.startswith("[") else f".{written}"
    return text


def _shorten(found: object, limit: int = 200) -> object:
    if isinstance(found, str) and len(found) > limit:
        return f"{found[:limit]}… ({len(found)} characters)"
    return found


# --- patterns --------------------------------------------------------------------------------------


def grouped(pattern: str) -> str:
    """Return a pattern in the form that appears in the service's error messages: ``^(?:…)$``.

    The service applies the anchors of ``^a|b$`` to both alternatives. A pattern without anchors is
    returned unchanged.
    """
    inner = _inner(pattern)
    return pattern if inner == pattern else f"^(?:{inner})$"


def _inner(pattern: str) -> str:
    """Return a pattern without its anchors."""
    inner = pattern.removeprefix("^")
    return inner[:-1] if inner.endswith("$") and not inner.endswith("\\$") else inner


_END = r"(?![\s\S])"
# Each replacement ends with a range, such as 0-9, so that the hyphen in [\w-x] stays literal.
_SETS = {r"\w": "_A-Za-z0-9", r"\d": "0-9", r"\s": r" \t-\r"}
_PART = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.|\.", re.DOTALL)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    r"""Rewrite a pattern so that it means the same in Python, ECMA-262 and Rust, and compile it.

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
