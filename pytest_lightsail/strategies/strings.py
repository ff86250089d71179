"""Strings that match a pattern and keep to a length, corners included.

``st.from_regex`` knows no lengths: names at their upper bound it hardly ever makes, and none within a
narrow range. Here the terms of the pattern are filled within the length that is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ..model.portable import compiled
from ..model.regex import Chars, Choice, Ranges, Repeat, Sequence, Term
from ..model.regex_parser import parse_pattern

__all__ = ["lengths", "matching"]

_FEW = 512
"""Characters up to which a class is spelled out, the plainest first."""
_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_MORE = 12
"""Repetitions of a group beyond those that are needed."""
_SHORT, _LONG, _MANY_SIZES = 12, 60, 1000
"""How much longer than needed strings usually are, and are at most where nothing limits them."""
_Draw = Callable[[st.SearchStrategy[Any]], Any]


@lru_cache(maxsize=512)
def matching(
    patterns: tuple[str, ...], minimum: int = 0, maximum: int | None = None
) -> st.SearchStrategy[str]:
    """Strings that match all patterns as a whole, of ``minimum`` to ``maximum`` characters.

    Args:
        patterns: regular expressions; the first one that says what strings are made of is followed, the
            others are checked.
        minimum: characters at least.
        maximum: characters at most; ``None`` for any number.
    """
    if not patterns:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=minimum, max_size=maximum)
    followed = min(patterns, key=_conditions)
    drawn = _strings(followed, minimum, maximum)
    tests = [compiled(pattern) for pattern in patterns]

    def fits(text: str) -> bool:
        return (
            minimum <= len(text)
            and (maximum is None or len(text) <= maximum)
            and all(test is None or test.search(text) for test in tests)
        )

    return drawn.filter(fits)


def lengths(patterns: tuple[str, ...]) -> tuple[float, float]:
    """How short and how long a string can be that matches all patterns.

    >>> lengths(("[a-z][a-z0-9]{1,5}",))
    (2, 6)
    """
    spans = [_span_of(_parsed(pattern)) for pattern in patterns]
    return max((span[0] for span in spans), default=0), min(
        (span[1] for span in spans), default=math.inf
    )


_parsed = lru_cache(maxsize=256)(parse_pattern)


def _conditions(pattern: str) -> int:
    return sum(not isinstance(term, (Chars, Choice, Repeat)) for term in _parsed(pattern))


@st.composite
def _strings(draw: _Draw, pattern: str, minimum: int, maximum: int | None) -> str:
    """A length first, since it shrinks by itself, then what fills it."""
    sequence = _parsed(pattern)
    low, high = _span_of(sequence)
    low, high = max(low, minimum), min(high, math.inf if maximum is None else maximum)
    size = draw(_sizes(int(low), int(high) if high < math.inf else int(low) + _LONG))
    # What is neither a letter nor a digit, repeated, as in ``a--b``.
    odd = draw(_ODD)
    return _sequence(draw, sequence, max(low, size - _gap(sequence)), size, odd=odd)


@lru_cache(maxsize=256)
def _sizes(low: int, high: int) -> st.SearchStrategy[int]:
    """Lengths, the shortest and the longest more often; in one draw, so that it shrinks well."""
    if high - low > _MANY_SIZES:
        return st.one_of(st.integers(low, low + _SHORT), st.integers(low, high))
    every = range(low, high + 1)
    often = [*every[: _SHORT + 1]] * (len(every) // _SHORT + 1), [high] * (len(every) // 4)
    return st.sampled_from(sorted((*every, *often[0], *often[1])))


_ODD = st.sampled_from((False,) * 8 + (True,))


def _sequence(draw: _Draw, sequence: Sequence, low: float, high: float, *, odd: bool) -> str:
    """Fill terms one after the other, each within what the others leave it."""
    text = ""
    spans = [_span(term) for term in sequence]
    for index, term in enumerate(sequence):
        behind = spans[index + 1 :]
        least = low - len(text) - sum(span[1] for span in behind)
        most = high - len(text) - sum(span[0] for span in behind)
        text += _term(draw, term, max(spans[index][0], least), min(spans[index][1], most), odd=odd)
    return text


def _term(draw: _Draw, term: Term, low: float, high: float, *, odd: bool) -> str:
    if isinstance(term, Chars):
        return str(draw(_characters(term.ranges, odd=False)))
    if isinstance(term, Choice):
        fitting = [
            option
            for option in term.options
            if _span_of(option)[0] <= high and _span_of(option)[1] >= low
        ]
        option = draw(st.sampled_from(fitting or term.options))
        return _sequence(draw, option, low, high, odd=odd)
    if isinstance(term, Repeat):
        return _repeat(draw, term, low, high, odd=odd)
    return ""


def _repeat(draw: _Draw, term: Repeat, low: float, high: float, *, odd: bool) -> str:
    if len(term.body) == 1 and isinstance(term.body[0], Chars):
        least = max(int(low), term.minimum)
        size = None if high == math.inf else max(int(high), least)
        return str(draw(_runs(term.body[0].ranges, least, size, odd=odd)))
    shortest, longest = _span_of(term.body)
    least = max(term.minimum, 0 if low <= 0 else math.ceil(low / max(longest, 1)))
    most = least + _MORE if term.maximum is None else term.maximum
    if shortest and high < math.inf:
        most = min(most, int(high // shortest))
    count = draw(st.integers(least, max(least, min(most, least + _MORE))))
    return _sequence(draw, term.body * count, low, high, odd=odd)


def _span_of(sequence: Sequence) -> tuple[float, float]:
    """How short and how long a match can be."""
    spans = [_span(term) for term in sequence]
    return sum(span[0] for span in spans), sum(span[1] for span in spans)


def _gap(sequence: Sequence) -> float:
    """How far below a length the next possible one may lie, where groups of characters are repeated."""
    gaps = [0.0]
    for term in sequence:
        if isinstance(term, Repeat):
            gaps += [_gap(term.body), _span_of(term.body)[0] - 1]
        elif isinstance(term, Choice):
            gaps += [_gap(option) for option in term.options]
    return max(gaps)


@lru_cache(maxsize=1024)
def _span(term: Term) -> tuple[float, float]:
    if isinstance(term, Chars):
        return 1, 1
    if isinstance(term, Choice):
        spans = [_span_of(option) for option in term.options]
        return min(span[0] for span in spans), max(span[1] for span in spans)
    if isinstance(term, Repeat):
        low, high = _span_of(term.body)
        most = math.inf if term.maximum is None else term.maximum
        return low * term.minimum, 0 if not high else high * most
    return 0, 0


@lru_cache(maxsize=512)
def _characters(ranges: Ranges, *, odd: bool) -> st.SearchStrategy[str]:
    size = sum(last - first + 1 for first, last in ranges)
    if size <= _FEW:
        known = [chr(code) for first, last in ranges for code in range(first, last + 1)]
        special = [letter for letter in known if not letter.isalnum()]
        return st.sampled_from(
            sorted((odd and special) or known, key=lambda one: (one not in _PLAIN, one))
        )
    return st.one_of(
        *(
            st.characters(min_codepoint=first, max_codepoint=last, exclude_categories=["Cs"])
            for first, last in ranges
        )
    )


@lru_cache(maxsize=1024)
def _runs(ranges: Ranges, low: int, high: int | None, *, odd: bool) -> st.SearchStrategy[str]:
    return st.text(_characters(ranges, odd=odd), min_size=low, max_size=high)
