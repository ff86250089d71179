"""Regular expressions as terms that one can calculate with, under their whole-string meaning.

Python's ``re`` can tell whether a pattern accepts a string, but not whether two patterns accept the same
strings. For that ``parse_pattern`` (in ``regex_parser``) reads a pattern into the terms below, and
``after`` says what is left to match of them once one more character has been read: Antimirov's partial
derivatives, which make an automaton out of a pattern, state by state, as far as it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "ANYTHING",
    "LAST_CODE_POINT",
    "Chars",
    "Choice",
    "Look",
    "Ranges",
    "Repeat",
    "Sequence",
    "Start",
    "Term",
    "Undecidable",
    "accepts",
    "after",
    "can_be_empty",
    "ends",
]

LAST_CODE_POINT = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]
"""Code points from each first to each last one, sorted, without overlap."""


class Undecidable(ValueError):
    """A pattern, or a question about it, is beyond what is decided here."""


@dataclass(frozen=True)
class Chars:
    """One character out of these."""

    ranges: Ranges


@dataclass(frozen=True)
class Choice:
    """One of these sequences."""

    options: tuple[Sequence, ...]


@dataclass(frozen=True)
class Repeat:
    """A sequence so many times, without limit if ``maximum`` is ``None``."""

    body: Sequence
    minimum: int
    maximum: int | None


@dataclass(frozen=True)
class Start:
    """Nothing, at the start of the string only."""


@dataclass(frozen=True)
class Look:
    """Nothing, provided that one of these sequences (or none, if ``negative``) matches all the rest."""

    options: frozenset[Sequence]
    negative: bool


Term = Chars | Choice | Repeat | Start | Look
Sequence = tuple[Term, ...]
"""Terms one after the other; the empty sequence matches the empty string."""

ANYTHING = Repeat((Chars(((0, LAST_CODE_POINT),)),), 0, None)
"""Any string."""


def after(sequence: Sequence, character: int, *, at_start: bool) -> Iterator[Sequence]:
    """The sequences of which one must match the rest, once ``character`` has been read."""
    if not sequence:
        return
    first, rest = sequence[0], sequence[1:]
    if isinstance(first, Chars):
        if any(low <= character <= high for low, high in first.ranges):
            yield rest
    elif isinstance(first, Choice):
        for option in first.options:
            yield from after((*option, *rest), character, at_start=at_start)
    elif isinstance(first, Repeat):
        yield from _after_repeat(first, rest, character, at_start=at_start)
    elif isinstance(first, Look):
        yield from _after_look(first, rest, character, at_start=at_start)
    elif at_start:
        yield from after(rest, character, at_start=at_start)


def _after_repeat(
    repeat: Repeat, rest: Sequence, character: int, *, at_start: bool
) -> Iterator[Sequence]:
    again = _once_less(repeat)
    if can_be_empty(repeat.body):
        for left in after(repeat.body, character, at_start=at_start):
            yield (*left, *again, *rest)
    else:
        # A look ahead in the body looks at what follows the repetition, too.
        yield from after((*repeat.body, *again, *rest), character, at_start=at_start)
    if repeat.minimum == 0:
        yield from after(rest, character, at_start=at_start)


def _after_look(
    look: Look, rest: Sequence, character: int, *, at_start: bool
) -> Iterator[Sequence]:
    options = frozenset(
        left for option in look.options for left in after(option, character, at_start=at_start)
    )
    # A condition that is settled by now is not carried along: states would never be the same.
    settled = not options or (ANYTHING,) in options
    if not settled or bool(options) != look.negative:
        condition = () if settled else (Look(options, look.negative),)
        for left in after(rest, character, at_start=at_start):
            yield (*condition, *left)


def _once_less(repeat: Repeat) -> Sequence:
    maximum = None if repeat.maximum is None else repeat.maximum - 1
    return () if maximum == 0 else (Repeat(repeat.body, max(repeat.minimum - 1, 0), maximum),)


def ends(sequence: Sequence, *, at_start: bool) -> bool:
    """Whether the sequence matches the empty string, so that the string may end here."""
    return all(_ends(term, at_start=at_start) for term in sequence)


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


def accepts(sequence: Sequence, text: str) -> bool:
    """Whether the sequence matches the whole of ``text``."""
    states, at_start = {sequence}, True
    for character in text:
        states = {
            left for state in states for left in after(state, ord(character), at_start=at_start)
        }
        at_start = False
    return any(ends(state, at_start=at_start) for state in states)
