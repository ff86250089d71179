"""Strings that match a pattern and have a given length, corner cases included.

``st.from_regex`` has no lengths: it hardly ever draws names of the maximum length, and none of a narrow
range. So what it draws is shortened, or stretched by repeating a part, to a length that is drawn too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache

from hypothesis import strategies as st

from ..model.rule import UntranslatablePattern, compiled, grouped, portable

_SHORT, _LONG, _MANY_SIZES = 12, 60, 1000
"""How much longer than the minimum strings usually are; how much at most if nothing limits them; and how
many lengths are too many to list."""
_PARTS = 4
"""How long the part is, at most, that is repeated to stretch a string."""


@lru_cache(maxsize=512)
def matching(
    patterns: tuple[str, ...], minimum: int = 0, maximum: int | None = None
) -> st.SearchStrategy[str]:
    """Return strings of ``minimum`` to ``maximum`` characters that match all patterns as a whole.

    One pattern without conditions such as ``(?!aws:)`` is followed; the others are checked.
    """
    if not patterns:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=minimum, max_size=maximum)
    patterns = tuple(
        pattern if pattern[:1] == "^" else grouped(f"^{pattern}") for pattern in patterns
    )
    followed = min(patterns, key=lambda pattern: pattern.count("(?!"))
    tests = [test for test in map(compiled, patterns) if test is not None]
    low, high = lengths(patterns)
    least = int(max(low, minimum))
    most = min(high, math.inf if maximum is None else maximum)

    def fits(text: str) -> bool:
        return least <= len(text) <= most and all(test.search(text) for test in tests)

    sizes = _sizes(least, int(max(most, least)) if most < math.inf else least + _LONG)
    body = _body(followed) or followed
    if least > low == 0:  # an empty string has nothing to repeat
        body = re.sub(r"\*(\)?)$", r"+\1", body)
    drawn = st.from_regex(body, fullmatch=True)

    def resized(size: int, text: str) -> str:
        return next(filter(fits, _resized(text, least, size)), text)

    return st.builds(resized, sizes, drawn).filter(fits)


def _resized(text: str, least: int, size: int) -> Iterator[str]:
    """The text stretched to a size, or shortened to it or below."""
    more = size - len(text)
    if more <= 0:
        for shorter in range(size, least - 1, -1):
            half = (shorter + 1) // 2
            yield text[:half] + text[len(text) - (shorter - half) :]
        return
    middle = len(text) // 2
    for length in range(1, _PARTS + 1):
        for start in sorted(range(len(text)), key=lambda at: abs(at - middle)):
            part = text[start : start + length]
            yield text[:start] + part * (more // length) + text[start:]


@lru_cache(maxsize=256)
def _sizes(low: int, high: int) -> st.SearchStrategy[int]:
    """Lengths, the shortest and the longest more often, in one draw, which shrinks well."""
    if high - low > _MANY_SIZES:
        return st.one_of(st.integers(low, low + _SHORT), st.integers(low, high))
    every = range(low, high + 1)
    often = [*every[: _SHORT + 1]] * (len(every) // _SHORT + 1), [high] * (len(every) // 4)
    return st.sampled_from(sorted((*every, *often[0], *often[1])))


def _body(pattern: str) -> str | None:
    """The portable form of a pattern without its anchors; ``None`` if it has no such form."""
    try:
        return portable(pattern).removeprefix("^").removesuffix(r"(?![\s\S])")
    except UntranslatablePattern:
        return None


_TOKEN = re.compile(
    r"""
      (?P<condition>\(\?!(?:\[[^\]]*\]|[^()])*\))
    | (?P<open>\((?:\?:)?)
    | (?P<close>\))
    | (?P<or>\|)
    | (?P<times>[*+?]|\{(?P<least>[0-9]+)(?P<comma>,)?(?P<most>[0-9]*)\})\??
    | (?P<character>\[(?:\\.|[^\]])*\]|\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_TIMES = {"*": (0, math.inf), "+": (1, math.inf), "?": (0, 1)}


@lru_cache(maxsize=512)
def lengths(patterns: tuple[str, ...]) -> tuple[float, float]:
    """Return the minimum and maximum length of a string that matches all patterns.

    >>> lengths(("[a-z][a-z0-9]{1,5}",))
    (2, 6)
    """
    bodies = [body for body in map(_body, patterns) if body is not None]
    spans = [_span(_TOKEN.finditer(body)) for body in bodies]
    shortest = max((low for low, _ in spans), default=0)
    return shortest, min((high for _, high in spans), default=math.inf)


def _span(tokens: Iterator[re.Match[str]]) -> tuple[float, float]:
    """The minimum and maximum length of what is read up to the end of a group."""
    options: list[list[tuple[float, float]]] = [[]]
    for token in tokens:
        if token["close"]:
            break
        if token["or"]:
            options.append([])
        elif token["open"]:
            options[-1].append(_span(tokens))
        elif token["times"]:
            (low, high), (least, most) = options[-1].pop(), _times(token)
            options[-1].append((low * least, high * most if high else 0))
        elif token["character"]:
            options[-1].append((1, 1))
    sums = [(sum(low for low, _ in one), sum(high for _, high in one)) for one in options]
    return min(low for low, _ in sums), max(high for _, high in sums)


def _times(token: re.Match[str]) -> tuple[float, float]:
    if token["least"] is None:
        return _TIMES[token["times"][0]]
    least = int(token["least"])
    if token["most"]:
        return least, int(token["most"])
    return least, math.inf if token["comma"] else least
