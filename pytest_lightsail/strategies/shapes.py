"""Values of any shape of the service model that satisfy the model and the rules catalogue.

Strings match a pattern and have a given length, corner cases included. ``st.from_regex`` has no lengths:
it hardly ever draws names of the maximum length, and none of a narrow range. So what it draws is
shortened, or stretched by repeating a part, to a length that is drawn too.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache, partial, wraps
from inspect import signature
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from hypothesis import strategies as st

from ..exceptions import ConfigurationError
from ..model.bounds import whole_bounds
from ..model.rule import Kind, Rule, UntranslatablePattern, compiled, grouped, portable
from ..model.schema import resolve
from ..model.service import EACH, KEY, VALUE, ServiceModel, Shape

# As in Hypothesis: what Python's own compiler of patterns is made of tells their lengths.
if sys.version_info >= (3, 11):
    from re import _parser
else:
    import sre_parse as _parser

_P = ParamSpec("_P")
_T = TypeVar("_T")

Steps = tuple[str, ...]
"""A way into a shape: names of members, ``[key]`` and ``[value]`` of a map, ``[]`` of a list."""

Strategy = st.SearchStrategy[Any]
Draw = Callable[[Strategy], Any]
"""Draws a value, as in a function that ``composite`` decorates."""

_WHOLE = {name: bounds for name in ("integer", "long") if (bounds := whole_bounds(name))}
LEAST, GREATEST = _WHOLE["integer"]
"""The numbers that a caller in any language can write: those of 32 bits."""
_SEVERAL, _MANY, _SELDOM = 3, 10, 20
"""How many elements are drawn where more are allowed; up to which limit a full collection is drawn at
all; how rare that is."""
# Hypothesis wants the bounds without a zone, and adds it.
_EARLIEST, _LATEST = datetime(2016, 11, 28), datetime(2035, 12, 31)  # noqa: DTZ001


def made_once(make: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return the same strategy for the same arguments, because Hypothesis is slow with a new one."""
    kept: Any = lru_cache(maxsize=1024, typed=True)(make)

    def frozen(value: Any) -> Any:
        return frozenset(value) if isinstance(value, set) else value

    @wraps(make)
    def once(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        given = tuple(map(frozen, args)), {name: frozen(one) for name, one in kwargs.items()}
        try:
            hash((given[0], *given[1].values()))
        except TypeError:
            return make(*args, **kwargs)
        made: _T = kept(*given[0], **given[1])
        return made

    return once


_ORIGINS: WeakKeyDictionary[Strategy, tuple[str, dict[str, Any]]] = WeakKeyDictionary()


def named(make: Callable[_P, _T]) -> Callable[_P, _T]:
    """Like ``made_once``, and remember which function made a strategy, and of which arguments.

    A ``ConfigurationError`` names the function.
    """
    takes = signature(make)

    @made_once
    @wraps(make)
    def once(*args: _P.args, **kwargs: _P.kwargs) -> Any:
        try:
            made: Any = make(*args, **kwargs)
        except ConfigurationError as error:
            raise ConfigurationError(f"{make.__name__}: {error}") from None
        # Hypothesis may give the same object to everyone who asks for, say, the integers from 1 to 20.
        own: Strategy = st.deferred(lambda: made)
        _ORIGINS[own] = make.__name__, dict(takes.bind(*args, **kwargs).arguments)
        return own

    return once


def origin_of(strategy: Strategy) -> tuple[str, dict[str, Any]] | None:
    """Return the name and the arguments of the function that made a strategy, if it is one of ours."""
    return _ORIGINS.get(strategy)


@dataclass(frozen=True)
class Limits:
    """What the rules of one place allow together."""

    rules: tuple[Rule, ...]

    def bounds(self, kind: Kind) -> tuple[int, int | None]:
        """Return the narrowest bounds of a kind; 0 and ``None`` if there are none."""
        entries = [rule for rule in self.rules if rule.kind is kind]
        low = max((rule.least for rule in entries if rule.minimum is not None), default=0)
        highs = [rule.most for rule in entries if rule.maximum is not None]
        return low, min(highs, default=None)

    @property
    def patterns(self) -> tuple[str, ...]:
        """All patterns that a string must match."""
        return tuple(rule.pattern for rule in self.rules if rule.pattern and not rule.values)

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed values, if they are listed."""
        return next((rule.values for rule in self.rules if rule.kind is Kind.ENUM), ())


def walk(
    model: ServiceModel, name: str, target: str = "", way: Steps = (), above: tuple[str, ...] = ()
) -> Iterator[tuple[Steps, str, Shape]]:
    """Yield the path, the target and the shape of every part of a shape, starting with itself.

    A recursive shape is entered once.
    """
    if name in above:
        return
    shape, above = model.shapes[name], (*above, name)
    yield way, target, shape
    for member, inner in shape.members.items():
        yield from walk(model, inner.shape, f"{name}.{member}", (*way, member), above)
    parts = {EACH: shape.item} if shape.type == "list" else {KEY: shape.key, VALUE: shape.value}
    for step, part in parts.items():
        if part is not None:
            yield from walk(model, part, f"{name}{step}", (*way, step), above)


class Shapes:
    """Strategies for the shapes of a model, each made once.

    Args:
        model: the service model.
        special: strategies for places that rules alone do not describe, by target, as in rules.
        fits: what makes the parts of a drawn value fit each other, by target. A value that breaks a
            relation nevertheless is not drawn.
        left_out: members that are drawn only if a way leads to them.
        responses: make what the service returns, not what it accepts.
    """

    def __init__(
        self,
        model: ServiceModel,
        special: Mapping[str, Callable[[Shapes], Strategy]],
        fits: Mapping[str, Callable[[Any], Any]] = MappingProxyType({}),
        *,
        left_out: Collection[str] = (),
        responses: bool = False,
    ) -> None:
        self.model = model
        self._special = special
        self._fits = fits
        self.left_out = left_out
        self._responses = responses
        self._targets = resolve(model)
        self._made: dict[tuple[str, str, Steps], Strategy] = {}

    def rules_at(self, shape: str, target: str = "") -> tuple[Rule, ...]:
        """Return the rules of a place."""
        found = (*self._targets.get(target, ()), *self._targets.get(shape, ()))
        return tuple(rule for rule in found if not (self._responses and rule.requests_only))

    def of(self, shape: str, target: str = "", way: Steps = ()) -> Strategy:
        """Return values of a shape at ``target`` that contain what ``way`` leads to."""
        key = (shape, target, way)
        if key not in self._made:
            # A shape may contain itself: it is looked up again when it is drawn.
            self._made[key] = st.deferred(lambda: self._made[key])
            self._made[key] = self._make(self.model.shapes[shape], target, way)
        return self._made[key]

    def _make(self, shape: Shape, target: str, way: Steps) -> Strategy:
        special = self._special.get(target) or self._special.get(shape.name)
        if shape.type == "structure":
            inner = {}
            if way:
                member = shape.members[way[0]].shape
                inner = {way[0]: self.of(member, f"{shape.name}.{way[0]}", way[1:])}
            return self.structure(shape, inner)
        if special is not None and not way:
            made = special(self)
        elif shape.type in {"list", "map"}:
            made = self._collection(shape, target, way)
        else:
            made = _scalar(shape, Limits(self.rules_at(shape.name, target)))
        return self._fitting(made, shape.name, target)

    def _fitting(self, made: Strategy, shape: str, target: str = "") -> Strategy:
        """Return what keeps the relations between its parts."""
        for place in (target, shape):
            if place in self._fits:
                made = made.map(self._fits[place])
        checks = [(rule.check, rule) for rule in self.rules_at(shape, target) if rule.check]
        if not checks:
            return made
        return made.filter(lambda value: not any(any(check(value, rule)) for check, rule in checks))

    def structure(self, shape: Shape, given: Mapping[str, Strategy]) -> Strategy:
        """Return structures that contain the members ``given``."""
        required: dict[str, Strategy] = {}
        optional: dict[str, Strategy] = {}
        needed = self.required(shape) | set(given)
        for name in sorted(shape.members, key=lambda name: (name not in needed, name)):
            target = f"{shape.name}.{name}"
            if name in given or target not in self.left_out:
                made = given.get(name)
                if made is None:
                    made = self.of(shape.members[name].shape, target)
                (required if name in needed else optional)[name] = made
        return self._fitting(st.fixed_dictionaries(required, optional=optional), shape.name)

    def required(self, shape: Shape) -> set[str]:
        """Return the members that the model or the catalogue requires."""
        known = {
            name
            for name in shape.members
            for rule in self._targets.get(f"{shape.name}.{name}", ())
            if rule.kind is Kind.REQUIRED
        }
        return known | set(shape.required)

    def _collection(self, shape: Shape, target: str, way: Steps) -> Strategy:
        low, high = Limits(self.rules_at(shape.name, target)).bounds(Kind.COUNT)
        inner = way[1:] if way[:1] != (KEY,) else ()
        make: Callable[..., Strategy]
        if shape.type == "list":
            make = partial(st.lists, self.of(shape.item or "", f"{shape.name}{EACH}", inner))
        else:
            keys = self.of(shape.key or "", f"{shape.name}{KEY}")
            values = self.of(shape.value or "", f"{shape.name}{VALUE}", inner)
            make = partial(st.dictionaries, keys, values)
        if way:  # what is broken may need room for one more
            low = max(low, 1)
            return make(min_size=low, max_size=low + 1)
        few = low + _SEVERAL if high is None else min(high, low + _SEVERAL)
        return sized(low, few, high if high is not None and high <= _MANY else None, make)


def sized(low: int, few: int, full: int | None, make: Callable[..., Strategy]) -> Strategy:
    """Return collections of ``low`` to ``few`` elements, and seldom of ``full``.

    ``make`` takes ``min_size`` and ``max_size``.
    """
    if full is None or full <= few:
        return make(min_size=low, max_size=few)
    # The maximum size is a draw of its own, so that large collections shrink to small ones.
    usual = range(low, few + 1)
    made = {size: make(min_size=max(low, min(size, 1)), max_size=size) for size in usual}
    made[full] = make(min_size=full, max_size=full)
    sizes = [*usual] * (_SELDOM // len(usual) + 1) + [full]
    return st.sampled_from(sizes).flatmap(made.__getitem__)


def _scalar(shape: Shape, limits: Limits) -> Strategy:
    if shape.type == "string":
        return _string(limits)
    if shape.type in _WHOLE:
        least, most = _WHOLE[shape.type]
        low, high = limits.bounds(Kind.RANGE)
        unbounded = not any(rule.kind is Kind.RANGE for rule in limits.rules)
        return st.integers(least if unbounded else low, most if high is None else high)
    return _PLAIN_TYPES[shape.type]


def _string(limits: Limits) -> Strategy:
    if limits.values:
        return st.sampled_from(limits.values)
    if any(rule.kind is Kind.RANGE for rule in limits.rules):
        low, high = limits.bounds(Kind.RANGE)
        return st.integers(low, GREATEST if high is None else high).map(str)
    low, high = limits.bounds(Kind.LENGTH)
    return matching(limits.patterns, low, high)


_PLAIN_TYPES: Mapping[str, Strategy] = {
    "boolean": st.booleans(),
    "blob": st.binary(max_size=64),
    "double": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "float": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "timestamp": st.datetimes(_EARLIEST, _LATEST, timezones=st.just(timezone.utc)).map(
        lambda instant: instant.replace(microsecond=0)
    ),
}


# --- strings -----------------------------------------------------------------------------------------

_SHORT, _LONG, _MANY_SIZES = 12, 60, 1000
"""How much longer than the minimum most strings are; how much longer they are at most without a maximum;
the largest number of lengths that are listed."""
_PARTS = 4
"""The maximum length of the part that is repeated to stretch a string."""


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
    """Return the text, lengthened to a size, or shortened to at most that size."""
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


def _sizes(low: int, high: int) -> st.SearchStrategy[int]:
    """Return a strategy for lengths that draws the shortest and the longest more often."""
    every = range(low, high + 1)
    if len(every) > _MANY_SIZES:
        return st.one_of(st.integers(low, low + _SHORT), st.integers(low, high))
    shortest = [*every[: _SHORT + 1]] * (len(every) // _SHORT + 1)
    # A single draw from a sorted list shrinks well.
    return st.sampled_from(sorted([*every, *shortest, *[high] * (len(every) // 4)]))


def _body(pattern: str) -> str | None:
    """Return the portable form of a pattern, without anchors; ``None`` if it has none."""
    try:
        return portable(pattern).removeprefix("^").removesuffix(r"(?![\s\S])")
    except UntranslatablePattern:
        return None


@lru_cache(maxsize=512)
def lengths(patterns: tuple[str, ...]) -> tuple[float, float]:
    """Return the minimum and maximum length of a string that matches all patterns.

    >>> lengths(("[a-z][a-z0-9]{1,5}",))
    (2, 6)
    """
    spans = [_parser.parse(body).getwidth() for body in map(_body, patterns) if body is not None]
    shortest = max((low for low, _ in spans), default=0)
    longest = min((high for _, high in spans), default=_parser.MAXREPEAT)
    return shortest, math.inf if longest >= _parser.MAXREPEAT else longest
