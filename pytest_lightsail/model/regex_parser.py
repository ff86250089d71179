r"""Patterns of the service model read into the terms of ``regex``.

Classes such as ``\w`` are those of ASCII, as AWS means them; ``.`` and ``$`` are those of ECMA-262, which
JSON Schema names, as ``portable`` writes them. What Python's ``re`` does not understand is not understood
here either, apart from groups that are named ``(?<name>…)``; nor are word boundaries, look-behind, back
references and flags, which have no terms.

>>> from pytest_lightsail.model.regex import accepts
>>> trap = parse_pattern("^[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9]$")
>>> accepts(trap, "ab"), accepts(trap, "ab!")
(True, False)
"""

from __future__ import annotations

import re
import string
from typing import NoReturn

from .portable import LINE_ENDS
from .regex import (
    ANYTHING,
    LAST_CODE_POINT,
    Chars,
    Choice,
    Look,
    Ranges,
    Repeat,
    Sequence,
    Start,
    Term,
    Undecidable,
    can_be_empty,
)

__all__ = ["parse_pattern"]


_LONGEST = 4000
"""Characters; the longest of AWS's patterns have some hundreds."""

_MOST_REPEATS = 2**32 - 2
"""Times that Python's engine can count to."""


def parse_pattern(pattern: str, known: dict[Term, Term] | None = None) -> Sequence:
    """The terms of a pattern.

    Args:
        pattern: as the service model has it.
        known: terms read before, by themselves; one that is equal is the same object then, so that large
            ones are told apart at once. Gains those of this pattern.

    Raises:
        Undecidable: it is not a regular expression of Python, has a construct without terms, or is
            longer than anybody writes one.
    """
    if len(pattern) > _LONGEST:
        raise Undecidable(f"a pattern of more than {_LONGEST} characters")
    reader = _Reader(pattern, {} if known is None else known)
    choice = reader.choice()
    if reader.rest():
        reader.refuse("an unbalanced parenthesis")
    return (choice,)


def _ranges(characters: str) -> Ranges:
    return _union(*((ord(character), ord(character)) for character in characters))


def _union(*ranges: tuple[int, int]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _others(ranges: Ranges) -> Ranges:
    ends = [-1, *(point for pair in ranges for point in pair), LAST_CODE_POINT + 1]
    gaps = zip(ends[::2], ends[1::2], strict=True)
    return tuple((low + 1, high - 1) for low, high in gaps if low + 1 <= high - 1)


_CLASSES: dict[str, Ranges] = {
    "d": _ranges(string.digits),
    "w": _ranges(string.ascii_letters + string.digits + "_"),
    "s": _ranges(" \t\n\r\f\v"),
}
_CLASSES |= {name.upper(): _others(ranges) for name, ranges in _CLASSES.items()}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_ANY_BUT_LINE_ENDS = Chars(_others(_ranges(LINE_ENDS)))
_END = Look(frozenset({()}), negative=False)
_ANCHORS: dict[str, Term] = {
    "^": Start(),
    "\\A": Start(),
    "$": _END,
    "\\Z": _END,
}
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_COUNTED = re.compile(r"\{(?!\})(?P<low>[0-9]*)(?:(?P<comma>,)(?P<high>[0-9]*))?\}")


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, known: dict[Term, Term]) -> None:
        self._pattern = pattern
        self._known = known
        self._at = 0
        self._names: set[str] = set()

    def rest(self) -> str:
        return self._pattern[self._at :]

    def refuse(self, what: str) -> NoReturn:
        raise Undecidable(f"{what} before character {self._at + 1} of {self._pattern}")

    def choice(self) -> Choice:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return Choice(tuple(options))

    def _take(self, *tokens: str) -> str:
        for token in tokens:
            if self._pattern.startswith(token, self._at):
                self._at += len(token)
                return token
        return ""

    def _next(self) -> str:
        if self._at >= len(self._pattern):
            self.refuse("an unexpected end")
        self._at += 1
        return self._pattern[self._at - 1]

    def _sequence(self) -> Sequence:
        terms: list[Term] = []
        while self.rest() and self.rest()[0] not in "|)":
            if self._quantifier() is not None:
                self.refuse("a quantifier of nothing")
            terms.extend(self._anchor() or self._quantified(self._term()))
        return tuple(self._known.setdefault(term, term) for term in terms)

    def _anchor(self) -> Sequence:
        anchor = self._take(*_ANCHORS)
        if anchor and self._quantifier() is not None:
            self.refuse("a quantifier of nothing")
        return (_ANCHORS[anchor],) if anchor else ()

    def _term(self) -> Term:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return Chars(self._bracket())
        if character == ".":
            return _ANY_BUT_LINE_ENDS
        return Chars(self._escape() if character == "\\" else _ranges(character))

    def _group(self) -> Term:
        look = self._take("?=", "?!")
        if not look and not self._take("?:"):
            if self.rest().startswith(("?<=", "?<!")):
                self.refuse("a look-behind")
            if self._take("?P<", "?<"):
                self._name()
            elif self.rest().startswith("?"):
                self.refuse("a flag or an unknown kind of group")
        choice = self.choice()
        if not self._take(")"):
            self.refuse("an unbalanced parenthesis")
        if look:
            return Look(frozenset({(choice, ANYTHING)}), negative=look == "?!")
        return choice

    def _name(self) -> None:
        name = "".join(iter(self._next, ">"))
        if not name.isidentifier() or name in self._names:
            self.refuse("a group without a name of its own")
        self._names.add(name)

    def _quantified(self, term: Term) -> Sequence:
        bounds = self._quantifier()
        if bounds is None:
            return (term,)
        self._take("?")  # lazy or not, the same strings match
        if self.rest().startswith("+") or self._quantifier() is not None:
            self.refuse("a quantifier of a quantifier")
        term = self._known.setdefault(term, term)
        minimum, maximum = bounds
        if maximum == 0:
            return ()
        if can_be_empty((term,)):
            if _conditional((term,)):
                self.refuse("a repeated condition")
            # What matches nothing at all fills up the minimum by itself.
            minimum = 0
        return (Repeat((term,), minimum, maximum),)

    def _quantifier(self) -> tuple[int, int | None] | None:
        if token := self._take(*_QUANTIFIERS):
            return _QUANTIFIERS[token]
        counted = _COUNTED.match(self._pattern, self._at)
        if counted is None:
            return None
        self._at = counted.end()
        low, comma, high = counted["low"], counted["comma"], counted["high"]
        minimum = int(low or 0)
        maximum = int(high) if high else None if comma else minimum
        if maximum is not None and maximum < minimum:
            self.refuse("a quantifier whose maximum is below its minimum")
        if max(minimum, maximum or 0) > _MOST_REPEATS:
            self.refuse("a quantifier that counts too far")
        return minimum, maximum

    def _bracket(self) -> Ranges:
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        opening = self._at
        while self._at == opening or not self._take("]"):
            if self.rest().startswith(("&&", "[:")):
                self.refuse("a set operation")
            low = self._member()
            if self.rest().startswith("-") and not self.rest().startswith("-]"):
                self._take("-")
                low = (self._range(low, self._member()),)
            ranges.extend(low)
        merged = _union(*ranges)
        return _others(merged) if negated else merged

    def _range(self, low: Ranges, high: Ranges) -> tuple[int, int]:
        ends = [first for first, last in (*low, *high) if first == last]
        if len(ends) != 2 or len(low) + len(high) > len(ends):  # noqa: PLR2004 - the two ends
            self.refuse("a class as the end of a range")
        if ends[1] < ends[0]:
            self.refuse("a range that ends before it begins")
        return ends[0], ends[1]

    def _member(self) -> Ranges:
        character = self._next()
        return self._escape() if character == "\\" else _ranges(character)

    def _escape(self) -> Ranges:
        name = self._next()
        if name in _CLASSES:
            return _CLASSES[name]
        if name in _CONTROLS:
            return _ranges(_CONTROLS[name])
        if name in _HEX_DIGITS:
            digits = self.rest()[: _HEX_DIGITS[name]]
            if len(digits) < _HEX_DIGITS[name] or not set(digits) <= set(string.hexdigits):
                self.refuse("a bad escape")
            self._at += len(digits)
            character = int(digits, 16)
            if character > LAST_CODE_POINT:
                self.refuse("a bad escape")
            return ((character, character),)
        if name.isascii() and name.isalnum():
            self.refuse(f"the escape \\{name}")
        return _ranges(name)


def _conditional(sequence: Sequence) -> bool:
    return any(
        isinstance(term, (Start, Look))
        or (isinstance(term, Choice) and any(map(_conditional, term.options)))
        or (isinstance(term, Repeat) and _conditional(term.body))
        for term in sequence
    )
