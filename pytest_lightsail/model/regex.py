"""Regular expressions as terms that one can calculate with, under their whole-string meaning.

Python's ``re`` can tell whether a pattern accepts a string, but not whether two patterns accept the same
strings. For that ``parse_pattern`` (in ``regex_parser``) reads a pattern into the terms below, and a
``Reading`` says what is left to match of them after one more character: Antimirov's partial derivatives,
which make an automaton out of a pattern, state by state, as far as it is looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

__all__ = [
    "ANYTHING",
    "LAST_CODE_POINT",
    "Chars",
    "Choice",
    "Look",
    "Ranges",
    "Reading",
    "Repeat",
    "Sequence",
    "Start",
    "Term",
    "Undecidable",
    "accepts",
    "can_be_empty",
    "ends",
]

LAST_CODE_POINT = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]
"""Code points from each first to each last one, sorted, without overlap."""


class Undecidable(ValueError):
    """A pattern, or a question about it, is beyond what is decided here."""


class _Hashed:
    """A term whose hash is worked out once: it may be large, and stands in many sequences."""

    @cached_property
    def _hash(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True)
class Chars(_Hashed):
    """One character out of these."""

    ranges: Ranges
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True)
class Choice(_Hashed):
    """One of these sequences."""

    options: tuple[Sequence, ...]
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True)
class Repeat(_Hashed):
    """A sequence so many times, without limit if ``maximum`` is ``None``."""

    body: Sequence
    minimum: int
    maximum: int | None
    __hash__ = _Hashed.__hash__


@dataclass(frozen=True)
class Start:
    """Nothing, at the start of the string only."""


@dataclass(frozen=True)
class Look(_Hashed):
    """Nothing, provided that one of these sequences (or none, if ``negative``) matches all the rest."""

    options: frozenset[Sequence]
    negative: bool
    __hash__ = _Hashed.__hash__


Term = Chars | Choice | Repeat | Start | Look
Sequence = tuple[Term, ...]
"""Terms one after the other; the empty sequence matches the empty string."""

ANYTHING = Repeat((Chars(((0, LAST_CODE_POINT),)),), 0, None)
"""Any string."""


_Sequences = frozenset[Sequence]
_NEVER: _Sequences = frozenset()
_ALWAYS: _Sequences = frozenset({()})


_FIRST_TIME = 10
"""Terms that could be looked at in the time that a sequence takes when it is read for the first time."""


def _free(terms: int) -> None:
    del terms


class Reading:
    """One character as it is read: what it leaves to match, of every term and sequence worked out once.

    Args:
        character: the code point.
        at_start: whether it is the first of the string.
        charge: is told of the terms that are looked at and put together, and may raise to stop it.
    """

    def __init__(
        self, character: int, *, at_start: bool, charge: Callable[[int], None] = _free
    ) -> None:
        self._character = character
        self._at_start = at_start
        self._charge = charge
        self._left: dict[Term | Sequence, _Sequences] = {}
        self._empty: dict[Term, _Sequences] = {}

    def after(self, sequences: Iterable[Sequence]) -> _Sequences:
        """The sequences of which one must match the rest, where one of these has to match."""
        left = _NEVER.union(*map(self._after, sequences))
        self._charge(len(left))
        return left

    def _after(self, sequence: Sequence) -> _Sequences:
        self._charge(1 + len(sequence))
        if sequence not in self._left:
            self._charge(_FIRST_TIME)
            self._left[sequence] = frozenset(self._derived(sequence))
        return self._left[sequence]

    def _derived(self, sequence: Sequence) -> Iterator[Sequence]:
        conditions = _ALWAYS
        for place, term in enumerate(sequence):
            lefts, rest = self._after_term(term), sequence[place + 1 :]
            widest = len(rest) + max(map(len, conditions))
            self._charge(1 + len(conditions) * sum(1 + len(left) + widest for left in lefts))
            for condition in conditions:
                yield from ((*condition, *left, *rest) for left in lefts)
            conditions = self._both(conditions, self._conditions(term))
            if not conditions:
                return

    def _after_term(self, term: Term) -> _Sequences:
        if term not in self._left:
            left = _NEVER
            if isinstance(term, Chars):
                left = _ALWAYS if self._is_in(term.ranges) else _NEVER
            elif isinstance(term, Choice):
                left = self.after(term.options)
            elif isinstance(term, Repeat):
                again = _once_less(term)
                left = frozenset((*one, *again) for one in self._after(term.body))
            self._left[term] = left
        return self._left[term]

    def _is_in(self, ranges: Ranges) -> bool:
        place = bisect_right(ranges, (self._character, LAST_CODE_POINT))
        return place > 0 and self._character <= ranges[place - 1][1]

    def _conditions(self, term: Term) -> _Sequences:
        """What must match all the rest, any one of these, where the term matches nothing here."""
        if term not in self._empty:
            found = _NEVER
            if isinstance(term, Look):
                found = self._condition(term)
            elif isinstance(term, Choice):
                found = found.union(*map(self._conditions_of, term.options))
            elif isinstance(term, Repeat):
                found = self._conditions_of(term.body) if term.minimum else _ALWAYS
            elif isinstance(term, Start) and self._at_start:
                found = _ALWAYS
            # Where nothing is asked, it does not matter what else might be.
            self._empty[term] = _ALWAYS if () in found else found
        return self._empty[term]

    def _conditions_of(self, sequence: Sequence) -> _Sequences:
        conditions = _ALWAYS
        for term in sequence:
            self._charge(1)
            conditions = self._both(conditions, self._conditions(term))
            if not conditions:
                break
        return conditions

    def _condition(self, look: Look) -> _Sequences:
        options = self.after(look.options)
        # A condition that is settled by now is not carried along: states would never be the same.
        if not options or (ANYTHING,) in options:
            return _ALWAYS if bool(options) != look.negative else _NEVER
        return frozenset({(Look(options, look.negative),)})

    def _both(self, some: _Sequences, others: _Sequences) -> _Sequences:
        """The conditions under which one of the first and one of the others holds."""
        if some == _ALWAYS or not others:
            return others
        self._charge(len(some) * len(others) * (1 + max(map(len, others))))
        return frozenset(
            (*one, *(look for look in other if look not in one)) for one in some for other in others
        )


def _once_less(repeat: Repeat) -> Sequence:
    maximum = None if repeat.maximum is None else repeat.maximum - 1
    return () if maximum == 0 else (Repeat(repeat.body, max(repeat.minimum - 1, 0), maximum),)


def ends(sequence: Sequence, *, at_start: bool) -> bool:
    """Whether the sequence matches the empty string, so that the string may end here."""
    return all(_ends(term, at_start=at_start) for term in sequence)


@lru_cache(maxsize=4096)
def _ends(term: Term, *, at_start: bool) -> bool:
    if isinstance(term, Choice):
        return any(ends(option, at_start=at_start) for option in term.options)
    if isinstance(term, Repeat):
        return term.minimum == 0 or ends(term.body, at_start=at_start)
    if isinstance(term, Look):
        return any(ends(option, at_start=at_start) for option in term.options) != term.negative
    return at_start and isinstance(term, Start)


def can_be_empty(sequence: Sequence) -> bool:
    """Whether the sequence may match without reading a character, be it under some condition."""
    return all(
        isinstance(term, (Start, Look))
        or (isinstance(term, Choice) and any(map(can_be_empty, term.options)))
        or (isinstance(term, Repeat) and (term.minimum == 0 or can_be_empty(term.body)))
        for term in sequence
    )


def accepts(sequence: Sequence, text: str, charge: Callable[[int], None] = _free) -> bool:
    """Whether the sequence matches the whole of ``text``; ``charge`` is as for a ``Reading``."""
    states = frozenset({sequence})
    for place, character in enumerate(text):
        states = Reading(ord(character), at_start=place == 0, charge=charge).after(states)
    return any(ends(state, at_start=not text) for state in states)
