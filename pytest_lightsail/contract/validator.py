"""Requests held against the service model and the rules catalogue.

A validator is compiled once per shape into closures, so that a request costs microseconds; each
violation carries the rule it breaks, the path, and what was found. Rules that need the account (does the
certificate exist?) are the simulator's.

Violations come in a fixed order: first whatever makes the JSON unreadable, then, member by member in the
model's order, what each value breaks, and last the relations between members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ..model.rule import Kind, Path, Rule, Violation
from ..model.rules import resolve, rule
from ..model.service import ServiceModel, Shape

__all__ = ["RequestValidator", "request_validator"]

_Check = Callable[[Any, Path], Iterator[Violation]]

_JSON_NAMES = {
    "structure": "an object",
    "map": "an object",
    "list": "an array",
    "string": "a string",
    "blob": "a base64 string",
    "boolean": "true or false",
    "integer": "a whole number of 32 bits",
    "long": "a whole number of 64 bits",
    "float": "a number",
    "double": "a number",
    "timestamp": "a number of epoch seconds",
}
_UNREADABLE = "json.type"
_WHOLE_NUMBERS = {"integer": 31, "long": 63}
_NUMBERS = {"float", "double", "timestamp"}
_STRINGS = {"string", "blob"}


class RequestValidator:
    """Finds what is wrong with a request, given as parsed JSON."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        # Rules may rely on the types of what they look at, so types come first and alone.
        self._readable = _Compiler(model, {})
        self._right = _Compiler(model, resolve(model))

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """All that is wrong with a request of ``operation``; empty if nothing is.

        Raises:
            KeyError: the model has no such operation.
        """
        shape = self._model.input_shape(operation)
        if shape is None:
            return ()
        return self.violations_of(shape.name, document)

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """All that is wrong with a value of a shape, which stands at ``path``.

        What makes the JSON unreadable hides the rest, as it does for the service.
        """
        found = self._readable.check(shape)(value, path)
        unreadable = tuple(one for one in found if one.rule.id == _UNREADABLE)
        return unreadable or tuple(self._right.check(shape)(value, path))


class _Compiler:
    """Turns shapes and the rules on them into checks."""

    def __init__(self, model: ServiceModel, rules: Mapping[str, tuple[Rule, ...]]) -> None:
        self._model = model
        self._rules = rules
        self._checks: dict[str, _Check] = {}
        self._required = rule("json.required")
        self._type = rule(_UNREADABLE)
        self._unknown = rule("json.unknown-member")

    def check(self, name: str) -> _Check:
        check = self._checks.get(name)
        if check is None:
            # Recursive shapes find this entry, which looks the finished check up when it is called.
            self._checks[name] = lambda value, path: self._checks[name](value, path)  # noqa: PLW0108
            check = self._checks[name] = self._compile(self._model.shapes[name])
        return check

    def _compile(self, shape: Shape) -> _Check:
        inner = {
            "structure": self._compile_structure,
            "map": self._compile_map,
            "list": self._compile_list,
        }.get(shape.type)
        inside = inner(shape) if inner else None
        rules = _compile_rules(self._rules.get(shape.name, ()))
        fits = _fits(shape.type)
        expected = _JSON_NAMES.get(shape.type, shape.type)
        wrong_type = self._type

        def check(value: Any, path: Path) -> Iterator[Violation]:
            if not fits(value):
                details = {"expected": expected, "actual": _describe(value)}
                yield Violation(wrong_type, path, details=details)
                return
            if inside is not None:
                yield from inside(value, path)
            if rules is not None:
                yield from rules(value, path)

        return check

    def _compile_structure(self, shape: Shape) -> _Check:
        members = {
            name: (self.check(member.shape), self._at(f"{shape.name}.{name}"))
            for name, member in shape.members.items()
        }
        required = self._required_members(shape)
        unknown = self._unknown

        def check(value: Any, path: Path) -> Iterator[Violation]:
            for name, needed in required.items():
                if value.get(name) is None:
                    yield Violation(needed, (*path, name))
            for name, (shape_check, member_check) in members.items():
                member = value.get(name)
                if member is not None:
                    at = (*path, name)
                    yield from shape_check(member, at)
                    if member_check is not None:
                        yield from member_check(member, at)
            for name in value:
                if name not in members:
                    yield Violation(unknown, (*path, name))

        return check

    def _required_members(self, shape: Shape) -> dict[str, Rule]:
        required = dict.fromkeys(shape.required, self._required)
        for name in shape.members:
            for entry in self._rules.get(f"{shape.name}.{name}", ()):
                if entry.kind is Kind.REQUIRED:
                    required[name] = entry
        return required

    def _compile_map(self, shape: Shape) -> _Check:
        key_check, key_rules = self.check(str(shape.key)), self._at(f"{shape.name}[key]")
        value_check = self.check(str(shape.value))

        def check(value: Any, path: Path) -> Iterator[Violation]:
            for key, item in value.items():
                at = (*path, key)
                yield from key_check(key, at)
                if key_rules is not None:
                    yield from key_rules(key, at)
                yield from value_check(item, at)

        return check

    def _compile_list(self, shape: Shape) -> _Check:
        item_check, item_rules = self.check(str(shape.item)), self._at(f"{shape.name}[]")

        def check(value: Any, path: Path) -> Iterator[Violation]:
            for index, item in enumerate(value):
                at = (*path, index)
                yield from item_check(item, at)
                if item_rules is not None:
                    yield from item_rules(item, at)

        return check

    def _at(self, target: str) -> _Check | None:
        return _compile_rules(self._rules.get(target, ()))


@lru_cache(maxsize=8)
def request_validator(model: ServiceModel) -> RequestValidator:
    """The validator of a model, compiled as far as it has been used; one per model."""
    return RequestValidator(model)


def _compile_rules(rules: tuple[Rule, ...]) -> _Check | None:
    checks = [_COMPILERS[one.kind](one) for one in rules if one.kind in _COMPILERS]
    if not checks:
        return None

    def check(value: Any, path: Path) -> Iterator[Violation]:
        for one in checks:
            yield from one(value, path)

    return check


def _compile_test(entry: Rule, broken: Callable[[Any], object]) -> _Check:
    """A check from a function that gives what was found wrong, or ``None``."""

    def check(value: Any, path: Path) -> Iterator[Violation]:
        found = broken(value)
        if found is not None:
            yield Violation(entry, path, found)

    return check


def _compile_enum(entry: Rule) -> _Check:
    allowed = frozenset(entry.values)
    return _compile_test(entry, lambda value: None if value in allowed else value)


def _compile_pattern(entry: Rule) -> _Check:
    # The whole string, and ASCII classes: what the service means, and what ECMA-262 means.
    matches = re.compile(f"(?:{entry.pattern})", re.ASCII).fullmatch

    def broken(value: Any) -> object:
        return None if not isinstance(value, str) or matches(value) else value

    return _compile_test(entry, broken)


def _compile_length(entry: Rule) -> _Check:
    outside = _outside(entry)
    return _compile_test(entry, lambda value: value if outside(len(value)) else None)


def _compile_count(entry: Rule) -> _Check:
    outside = _outside(entry)
    return _compile_test(entry, lambda value: len(value) if outside(len(value)) else None)


def _compile_range(entry: Rule) -> _Check:
    outside = _outside(entry)
    decimal = re.compile("0|[1-9][0-9]{0,18}", re.ASCII).fullmatch

    def broken(value: Any) -> object:
        if isinstance(value, str):
            return value if not decimal(value) or outside(int(value)) else None
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return value if is_number and outside(value) else None

    return _compile_test(entry, broken)


def _compile_relation(entry: Rule) -> _Check:
    find = entry.check
    if find is None:
        raise ValueError(f"rule {entry.id} is a relation without a check")

    def check(value: Any, path: Path) -> Iterator[Violation]:
        for broken in find(value, entry):
            yield Violation(entry, (*path, *broken.path), broken.found, broken.details)

    return check


_COMPILERS: Mapping[Kind, Callable[[Rule], _Check]] = {
    Kind.ENUM: _compile_enum,
    Kind.PATTERN: _compile_pattern,
    Kind.LENGTH: _compile_length,
    Kind.COUNT: _compile_count,
    Kind.RANGE: _compile_range,
    Kind.RELATION: _compile_relation,
}


def _outside(entry: Rule) -> Callable[[float], bool]:
    low = float("-inf") if entry.minimum is None else entry.minimum
    high = float("inf") if entry.maximum is None else entry.maximum
    return lambda value: not low <= value <= high


def _fits(shape_type: str) -> Callable[[Any], bool]:
    """Whether a JSON value can be read as that type. ``true`` is no number, ``1.0`` no whole one."""
    bits = _WHOLE_NUMBERS.get(shape_type)
    if bits is not None:
        return lambda value: type(value) is int and -(1 << bits) <= value < 1 << bits
    if shape_type in _NUMBERS:
        return lambda value: type(value) in (int, float)
    python = {"structure": dict, "map": dict, "list": list, "boolean": bool}.get(shape_type)
    if shape_type in _STRINGS:
        python = str
    if python is None:
        return lambda _: True
    return lambda value: type(value) is python


def _describe(value: Any) -> str:
    """The JSON type of a value, never the value: it may be a secret."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")
