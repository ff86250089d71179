r"""Patterns of AWS models, written so that every engine reads them alike.

A pattern of a service model means the whole string, in the dialect of Java. JSON Schema means
"somewhere in the string", in the dialect of ECMA-262, and Python has a third one: there ``$``
also matches before a final newline, and ``\w``, ``\d`` and ``\s`` also match what is not ASCII.
``portable`` writes a pattern with only what all of them agree on, or says why it cannot.

>>> portable("^[a-z]|[a-z][a-z-]+[a-z]$")
'^(?:[a-z]|[a-z][a-z\\-]+[a-z])(?![\\s\\S])'
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LINE_ENDS", "UntranslatablePattern", "compiled", "portable"]

LINE_ENDS = "\n\r\u2028\u2029"
"""What a dot does not stand for in ECMA-262."""

_END = r"(?![\s\S])"
_SHORTHANDS = {r"\w": "A-Za-z0-9_", r"\d": "0-9", r"\s": r" \t\n\v\f\r"}
_ASSERTIONS = frozenset({"(?=", "(?!", "(?<=", "(?<!"})
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F].*")
_CONTROLS = "tnrfv"
_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
_TO_ESCAPE = frozenset("{}]")
"""Outside of a class ECMA-262 wants these escaped where Python takes them as they are."""
_TO_ESCAPE_IN_CLASS = frozenset("\\[]^-")
_ANY_BUT_LINE_ENDS = f"[^{''.join(ascii(end)[1:-1] for end in LINE_ENDS)}]"

_TOKEN = re.compile(
    r"""
      (?P<class>\[)
    | (?P<escape>\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[\s\S]))
    | (?P<group>\((?:\?(?:[:=!]|<[=!]))?)(?!\?)
    | (?P<quantifier>(?:[*+?]|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\})\??)(?!\+)
    | (?P<plain>[^\[\\(*+?])
    """,
    re.VERBOSE,
)
_CLASS_TOKEN = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[\s\S])|[^\\]")
_ONE_AMONG = re.compile(
    r"\^\(\?:(?P<any>{0})\*(?P<one>{0})(?P=any)\*\)(?=\(\?!\[\\s\\S\]\)$)".format(
        r"\[(?:[^\]\\]|\\.)*\]"
    )
)


class UntranslatablePattern(ValueError):
    """The pattern says something that not every engine can say; ``str()`` gives the reason."""


@lru_cache(maxsize=1024)
def portable(pattern: str) -> str:
    """The pattern for the whole string, as Python, ECMA-262 and Rust read it alike.

    Raises:
        UntranslatablePattern: it has no such form.
    """
    tokens = list(_translate(pattern))
    # The whole string is meant anyhow; the model's own anchors would only be noise.
    while tokens and tokens[0] == "^":
        del tokens[0]
    while tokens and tokens[-1] == _END:
        del tokens[-1]
    text = f"^(?:{''.join(tokens)}){_END}"
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        # The others are for repetitions and nesting that no engine takes. Not Python's own words: they
        # differ between its versions, and documents carry the reason.
        raise UntranslatablePattern("not a regular expression") from error
    return text


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """``portable(pattern)`` compiled; ``None`` where it has no portable form."""
    try:
        return re.compile(_linear(portable(pattern)))
    except UntranslatablePattern:
        return None


def _linear(text: str) -> str:
    r"""A pattern such as ``.*\S.*``, written so that only one character can be the one in the middle.

    It is the first such, or the first that is not among the others. Python tries every place where it
    can be, and what follows each of them anew: of a long string, the square of its length.
    """
    return _ONE_AMONG.sub(
        r"^(?:(?:(?!\g<one>)\g<any>)*\g<one>\g<any>*|\g<any>*(?!\g<any>)\g<one>\g<any>*)", text
    )


def _translate(pattern: str) -> Iterator[str]:
    at, assertion = 0, False
    groups: list[str] = []
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        if match is None:
            raise UntranslatablePattern(f"group or quantifier at {pattern[at : at + 5]!r}")
        at = match.end()
        kind, text = match.lastgroup, match.group()
        if kind == "quantifier" and assertion:
            raise UntranslatablePattern("quantified assertion")
        assertion = text in {"^", "$"}
        if kind == "class":
            text, at = _class(pattern, at)
        elif kind == "quantifier":
            # Python counts from 0 where nothing stands before the comma; to ECMA-262 that is plain text.
            text = text.replace("{,", "{0,")
        elif kind == "escape":
            text = _escape(text)
        elif kind == "group":
            groups.append(text)
        elif text == ")" and groups:
            assertion = groups.pop() in _ASSERTIONS
        elif kind == "plain":
            text = _plain(text)
        yield text


def _plain(character: str) -> str:
    if character == "$":
        return _END
    if character == ".":
        return _ANY_BUT_LINE_ENDS
    return f"\\{character}" if character in _TO_ESCAPE else character


def _escape(text: str) -> str:
    shorthand = _SHORTHANDS.get(text.lower())
    if shorthand is None:
        return _literal(text, _SYNTAX)
    return f"[{shorthand}]" if text.islower() else f"[^{shorthand}]"


def _literal(text: str, keep: frozenset[str]) -> str:
    """One character, with a backslash only where engines want it."""
    if text[0] != "\\":
        return text
    name = text[1]
    if text[2:]:
        if _SURROGATE.fullmatch(text):
            raise UntranslatablePattern("surrogate")
        return text
    if name in _CONTROLS:
        return text
    if name.isalnum():
        raise UntranslatablePattern(f"escape {text}")
    return text if name in keep else name


def _class(pattern: str, at: int) -> tuple[str, int]:
    r"""The class that begins after the bracket before ``at``, rewritten, and where it ends.

    What Python reads as a literal and Java as an operation on sets (``[a-z[0-9]]``,
    ``[a-z&&[^x]]``) is refused rather than guessed.
    """
    negated = pattern.startswith("^", at)
    at += negated
    items: list[str] = []
    complements: set[str] = set()
    first = at
    while at == first or not pattern.startswith("]", at):
        item, at = _class_item(pattern, at)
        if item.lower() not in _SHORTHANDS:
            item, at = _class_range(pattern, item, at)
        elif pattern.startswith("-", at) and not pattern.startswith("-]", at):
            raise UntranslatablePattern("range of character classes")
        elif item.isupper():
            complements.add(item.lower())
            continue
        items.append(_SHORTHANDS.get(item, item))
    return _assembled(items, complements, negated=negated), at + 1


def _class_item(pattern: str, at: int) -> tuple[str, int]:
    match = _CLASS_TOKEN.match(pattern, at)
    if match is None:
        raise UntranslatablePattern("class without end")
    text = match.group()
    if text == "[" or (text == "&" and pattern.startswith("&", match.end())):
        raise UntranslatablePattern("operation on character classes")
    return text, match.end()


def _class_range(pattern: str, low: str, at: int) -> tuple[str, int]:
    """``low`` as it stands in a class, with the range that it begins, if it begins one."""
    if not pattern.startswith("-", at) or pattern.startswith("-]", at):
        return _class_literal(low), at
    high, at = _class_item(pattern, at + 1)
    if high.lower() in _SHORTHANDS:
        raise UntranslatablePattern("range of character classes")
    return f"{_class_literal(low)}-{_class_literal(high)}", at


def _class_literal(text: str) -> str:
    return f"\\{text}" if text in _TO_ESCAPE_IN_CLASS else _literal(text, _TO_ESCAPE_IN_CLASS)


def _assembled(items: list[str], complements: set[str], *, negated: bool) -> str:
    inside = "".join(items)
    if not complements:
        return f"[^{inside}]" if negated else f"[{inside}]"
    if not negated and any(_SHORTHANDS[name] in items for name in complements):
        return r"[\s\S]"
    if len(complements) == 1 and not items:
        inside = _SHORTHANDS[complements.pop()]
        return f"[{inside}]" if negated else f"[^{inside}]"
    raise UntranslatablePattern("complement inside a character class")
