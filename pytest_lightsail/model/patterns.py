"""What a changed pattern changes: a string that the one accepts and the other refuses.

A pattern means the whole string, so that a change of anchors alone changes nothing. Whether two patterns
differ is decided, not sampled: both are read side by side, character by character, until one has matched
and the other has not. The string found is the shortest there is, and the same in every run.

>>> compare(Accepted("^[a-z]+$"), Accepted("^[a-z0-9]+$"))
PatternChange(only_old=None, only_new='0', undecided=None)
"""

from __future__ import annotations

import string
from collections import deque
from dataclasses import dataclass

from .regex import (
    LAST_CODE_POINT,
    Chars,
    Choice,
    Look,
    Reading,
    Repeat,
    Sequence,
    Term,
    Undecidable,
    accepts,
    ends,
)
from .regex_parser import parse_pattern

__all__ = ["EVERYTHING", "Accepted", "PatternChange", "compare"]

EVERYTHING = r"[\s\S]*"
"""The pattern of a string that has none."""

_MOST_WORK = 3_000_000
"""Partial matches, by their terms, before a comparison is given up; most of AWS's take some thousand."""

_READABLE = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_. "
_PREFERENCE = {
    ord(character): place for place, character in enumerate(_READABLE + string.punctuation)
}
_State = frozenset[Sequence]


@dataclass(frozen=True)
class Accepted:
    """The strings that a shape accepts: by its pattern, bounds on their length, and any named values."""

    pattern: str = EVERYTHING
    minimum: int = 0
    maximum: int | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class PatternChange:
    """A string that only the old pattern accepts, one that only the new one does, or why not."""

    only_old: str | None = None
    only_new: str | None = None
    undecided: str | None = None


def compare(old: Accepted, new: Accepted) -> PatternChange | None:
    """How the new pattern differs from the old one, ``None`` where they mean the same.

    Each string stays within the bounds of the side that accepts it; bounds of the other side are not
    looked at, since their change is a change of its own.
    """
    if _bare(old.pattern) == _bare(new.pattern):
        return None
    only_old, unknown_old = _attempt(old, new)
    only_new, unknown_new = _attempt(new, old)
    change = PatternChange(only_old, only_new, unknown_old or unknown_new)
    return None if change == PatternChange() else change


def _bare(pattern: str) -> str:
    """The pattern without anchors around it: patterns that cannot be parsed may differ in those only."""
    bare = pattern.removeprefix("^").removesuffix("$")
    backslashes = len(bare) - len(bare.rstrip("\\"))
    return bare if backslashes % 2 == 0 else pattern.removeprefix("^")


def _attempt(accepting: Accepted, refusing: Accepted) -> tuple[str | None, str | None]:
    try:
        return _witness(accepting, refusing), None
    except (Undecidable, RecursionError) as reason:
        return None, str(reason)


@dataclass(frozen=True)
class _Text:
    """A string by its last character: many that begin alike share their beginning."""

    before: _Text | None = None
    last: str = ""
    length: int = 0

    def __str__(self) -> str:
        characters: list[str] = []
        text: _Text | None = self
        while text is not None:
            characters.append(text.last)
            text = text.before
        return "".join(reversed(characters))


class _Work:
    """Counts partial matches, and raises ``Undecidable`` where they become too many."""

    def __init__(self, accepting: Accepted, refusing: Accepted) -> None:
        self._left = _MOST_WORK
        self._what = f"{accepting.pattern} and {refusing.pattern}"

    def charge(self, matches: int) -> None:
        self._left -= matches
        if self._left < 0:
            raise Undecidable(f"{self._what} are too large to compare")


def _witness(accepting: Accepted, refusing: Accepted) -> str | None:
    known: dict[Term, Term] = {}
    one, other = parse_pattern(accepting.pattern, known), parse_pattern(refusing.pattern, known)
    work = _Work(accepting, refusing)
    if accepting.values:
        return _value(accepting, one, other, work)
    return _shortest(accepting, one, other, work)


def _value(accepting: Accepted, one: Sequence, other: Sequence, work: _Work) -> str | None:
    """The first of the values that the one accepts and the other refuses."""
    for value in accepting.values:
        if (
            accepting.minimum <= len(value)
            and (accepting.maximum is None or len(value) <= accepting.maximum)
            and accepts(one, value, work.charge)
            and not accepts(other, value, work.charge)
        ):
            return value
    return None


def _shortest(accepting: Accepted, one: Sequence, other: Sequence, work: _Work) -> str | None:
    """The shortest string that the one accepts and the other refuses."""
    readings = {
        at_start: [
            (chr(character), Reading(character, at_start=at_start, charge=work.charge))
            for character in _alphabet(one, other)
        ]
        for at_start in (True, False)
    }
    start: tuple[_State, _State, int] = (frozenset({one}), frozenset({other}), 0)
    queue: deque[tuple[tuple[_State, _State, int], _Text]] = deque([(start, _Text())])
    seen: set[tuple[_State, _State, int]] = {start}
    while queue:
        (left, right, length), text = queue.popleft()
        work.charge(sum(map(len, left | right)))
        if (
            length >= accepting.minimum
            and _matched(left, at_start=text.length == 0)
            and not _matched(right, at_start=text.length == 0)
        ):
            return str(text)
        if accepting.maximum is not None and text.length >= accepting.maximum:
            continue
        for character, reading in readings[text.length == 0]:
            rest, other_rest = reading.after(left), reading.after(right)
            # Characters are counted only as far as it matters, so that states stay few.
            state = (rest, other_rest, min(length + 1, accepting.minimum))
            if rest and rest != other_rest and state not in seen:
                seen.add(state)
                queue.append((state, _Text(text, character, text.length + 1)))
    return None


def _matched(state: _State, *, at_start: bool) -> bool:
    return any(ends(sequence, at_start=at_start) for sequence in state)


def _alphabet(*sequences: Sequence) -> list[int]:
    """One character of each kind that the sequences tell apart, the readable ones first."""
    edges = {0} | {edge for sequence in sequences for edge in _edges(sequence)}
    starts = sorted(edge for edge in edges if edge <= LAST_CODE_POINT)
    kinds = zip(starts, [*starts[1:], LAST_CODE_POINT + 1], strict=True)
    return sorted((_representative(low, end) for low, end in kinds), key=_preference)


def _representative(low: int, end: int) -> int:
    readable = (character for character in _PREFERENCE if low <= character < end)
    return min(readable, key=_preference, default=low)


def _preference(character: int) -> tuple[int, int]:
    return _PREFERENCE.get(character, len(_PREFERENCE)), character


def _edges(sequence: Sequence) -> set[int]:
    """Where a range of characters begins, and where it has just ended."""
    edges: set[int] = set()
    for term in sequence:
        if isinstance(term, Chars):
            edges.update(low for low, _ in term.ranges)
            edges.update(high + 1 for _, high in term.ranges)
        elif isinstance(term, Repeat):
            edges |= _edges(term.body)
        elif isinstance(term, (Choice, Look)):
            edges.update(edge for option in term.options for edge in _edges(option))
    return edges
