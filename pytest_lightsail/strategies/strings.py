"""Strings that match a pattern and have a given length, corner cases included.

``st.from_regex`` has no lengths: it hardly ever draws names of the maximum length, and none of a narrow
range. Here the parts of the pattern are filled within the length that is left. The pattern is read in its
portable form, which has few constructs; ``st.from_regex`` does those without such a form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ..model.rule import UntranslatablePattern, compiled, portable

_FEW = 512
"""The size of a class up to which its characters are listed, the plainest first."""
_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789"
_MORE = 12
"""Repetitions of a group beyond the minimum."""
_SHORT, _LONG, _MANY_SIZES = 12, 60, 1000
"""How much longer than the minimum strings usually are; how much at most if nothing limits them; and how
many lengths are too many to list."""
_Draw = Callable[[st.SearchStrategy[Any]], Any]

_Ranges = tuple[tuple[int, int], ...]
"""The first and the last code point of each range."""


@dataclass(frozen=True)
class _Chars:
    """One of these characters."""

    ranges: _Ranges


@dataclass(frozen=True)
class _Choice:
    """One of these sequences."""

    options: tuple[_Sequence, ...]


@dataclass(frozen=True)
class _Repeat:
    """A sequence ``minimum`` to ``maximum`` times; ``None`` for no limit."""

    body: _Sequence
    minimum: int
    maximum: int | None


_Term = _Chars | _Choice | _Repeat
_Sequence = tuple[_Term, ...]


@lru_cache(maxsize=512)
def matching(
    patterns: tuple[str, ...], minimum: int = 0, maximum: int | None = None
) -> st.SearchStrategy[str]:
    """Return strings of ``minimum`` to ``maximum`` characters that match all patterns as a whole.

    One pattern without conditions such as ``(?!aws:)`` is followed; the others are checked.
    """
    if not patterns:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=minimum, max_size=maximum)
    followed = min(patterns, key=lambda pattern: pattern.count("(?!"))
    drawn = _strings(followed, minimum, maximum)
    if _parsed(followed) is None:
        drawn = st.from_regex(followed, fullmatch=True)
    tests = [compiled(pattern) for pattern in patterns]

    def fits(text: str) -> bool:
        return (
            minimum <= len(text)
            and (maximum is None or len(text) <= maximum)
            and all(test is None or test.search(text) for test in tests)
        )

    return drawn.filter(fits)


def lengths(patterns: tuple[str, ...]) -> tuple[float, float]:
    """Return the minimum and maximum length of a string that matches all patterns.

    >>> lengths(("[a-z][a-z0-9]{1,5}",))
    (2, 6)
    """
    parsed = map(_parsed, patterns)
    spans = [_span_of(sequence) for sequence in parsed if sequence is not None]
    shortest = max((low for low, _ in spans), default=0)
    return shortest, min((high for _, high in spans), default=math.inf)


_TOKEN = re.compile(
    r"""
      (?P<condition>\(\?!(?:\[[^\]]*\]|[^()])*\))
    | \[(?P<class>(?:\\.[0-9A-Fa-f]*|[^\]])*)\]
    | (?P<open>\((?:\?:)?)
    | (?P<close>\))
    | (?P<or>\|)
    | (?P<times>[*+?]|\{(?P<least>[0-9]+)(?P<comma>,)?(?P<most>[0-9]*)\})\??
    | (?P<character>\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CHARACTER = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)|.", re.DOTALL)
_RANGE = re.compile(f"(?P<low>{_CHARACTER.pattern})(?:-(?P<high>{_CHARACTER.pattern}))?", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_LAST = 0x10FFFF
_TIMES = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> _Sequence | None:
    """The parts of a pattern without its conditions; ``None`` if it has no portable form."""
    try:
        text = portable(pattern)
    except UntranslatablePattern:
        return None
    # For each open group: its options so far, the last of which is being read.
    groups: list[list[list[_Term]]] = [[[]]]
    for match in _TOKEN.finditer(text.removeprefix("^").removesuffix(r"(?![\s\S])")):
        kind, terms = match.lastgroup, groups[-1][-1]
        if match["open"]:
            groups.append([[]])
        elif kind == "or":
            groups[-1].append([])
        elif kind == "close":
            options = tuple(map(tuple, groups.pop()))
            groups[-1][-1].append(_Choice(options))
        elif match["times"]:
            terms[-1] = _repeated(terms[-1], match)
        elif match["class"] is not None:
            terms.append(_Chars(_class(match["class"])))
        elif match["character"]:
            code = _code(match["character"])
            terms.append(_Chars(((code, code),)))
    return tuple(groups[0][0])


def _repeated(term: _Term, match: re.Match[str]) -> _Repeat:
    if match["least"] is None:
        return _Repeat((term,), *_TIMES[match["times"][0]])
    least = int(match["least"])
    return _Repeat(
        (term,), least, int(match["most"]) if match["most"] else None if match["comma"] else least
    )


def _code(character: str) -> int:
    if len(character) > 2:  # noqa: PLR2004 - a backslash, a letter and digits
        return int(character.lstrip("\\xu"), 16)
    return ord(_CONTROLS.get(character[1:], character[-1]))


def _class(inside: str) -> _Ranges:
    if inside == r"\s\S":
        return ((0, _LAST),)
    ranges = []
    for match in _RANGE.finditer(inside.removeprefix("^")):
        low = _code(match["low"])
        ranges.append((low, _code(match["high"]) if match["high"] else low))
    ranges.sort()
    if not inside.startswith("^"):
        return tuple(ranges)
    gaps, begin = [], 0
    for low, high in ranges:
        if begin < low:
            gaps.append((begin, low - 1))
        begin = max(begin, high + 1)
    return (*gaps, (begin, _LAST))


@st.composite
def _strings(draw: _Draw, pattern: str, minimum: int, maximum: int | None) -> str:
    """Draw a length first, so that it shrinks by itself, then what fills it."""
    sequence = _parsed(pattern) or ()
    low, high = _span_of(sequence)
    low, high = max(low, minimum), min(high, math.inf if maximum is None else maximum)
    size = draw(_sizes(int(low), int(high) if high < math.inf else int(low) + _LONG))
    # Sometimes only characters that are neither letters nor digits, as in ``a--b``.
    odd = draw(_ODD)
    return _sequence(draw, sequence, max(low, size - _gap(sequence)), size, odd=odd)


@lru_cache(maxsize=256)
def _sizes(low: int, high: int) -> st.SearchStrategy[int]:
    """Lengths, the shortest and the longest more often, in one draw, which shrinks well."""
    if high - low > _MANY_SIZES:
        return st.one_of(st.integers(low, low + _SHORT), st.integers(low, high))
    every = range(low, high + 1)
    often = [*every[: _SHORT + 1]] * (len(every) // _SHORT + 1), [high] * (len(every) // 4)
    return st.sampled_from(sorted((*every, *often[0], *often[1])))


_ODD = st.sampled_from((False,) * 8 + (True,))


def _sequence(draw: _Draw, sequence: _Sequence, low: float, high: float, *, odd: bool) -> str:
    """Fill terms one after the other, each within the length that the others leave."""
    text = ""
    spans = [_span(term) for term in sequence]
    for index, term in enumerate(sequence):
        behind = spans[index + 1 :]
        least = low - len(text) - sum(span[1] for span in behind)
        most = high - len(text) - sum(span[0] for span in behind)
        text += _term(draw, term, max(spans[index][0], least), min(spans[index][1], most), odd=odd)
    return text


def _term(draw: _Draw, term: _Term, low: float, high: float, *, odd: bool) -> str:
    if isinstance(term, _Chars):
        return str(draw(_characters(term.ranges, odd=False)))
    if isinstance(term, _Choice):
        fitting = [
            option
            for option in term.options
            if _span_of(option)[0] <= high and _span_of(option)[1] >= low
        ]
        option = draw(st.sampled_from(fitting or term.options))
        return _sequence(draw, option, low, high, odd=odd)
    return _repeat(draw, term, low, high, odd=odd)


def _repeat(draw: _Draw, term: _Repeat, low: float, high: float, *, odd: bool) -> str:
    if len(term.body) == 1 and isinstance(term.body[0], _Chars):
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


def _span_of(sequence: _Sequence) -> tuple[float, float]:
    """The minimum and maximum length of a match."""
    spans = [_span(term) for term in sequence]
    return sum(span[0] for span in spans), sum(span[1] for span in spans)


def _gap(sequence: _Sequence) -> float:
    """How far below a length the next possible one may be, if groups of characters are repeated."""
    gaps = [0.0]
    for term in sequence:
        if isinstance(term, _Repeat):
            gaps += [_gap(term.body), _span_of(term.body)[0] - 1]
        elif isinstance(term, _Choice):
            gaps += [_gap(option) for option in term.options]
    return max(gaps)


@lru_cache(maxsize=1024)
def _span(term: _Term) -> tuple[float, float]:
    if isinstance(term, _Chars):
        return 1, 1
    if isinstance(term, _Choice):
        spans = [_span_of(option) for option in term.options]
        return min(span[0] for span in spans), max(span[1] for span in spans)
    low, high = _span_of(term.body)
    most = math.inf if term.maximum is None else term.maximum
    return low * term.minimum, 0 if not high else high * most


@lru_cache(maxsize=512)
def _characters(ranges: _Ranges, *, odd: bool) -> st.SearchStrategy[str]:
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
def _runs(ranges: _Ranges, low: int, high: int | None, *, odd: bool) -> st.SearchStrategy[str]:
    return st.text(_characters(ranges, odd=odd), min_size=low, max_size=high)
