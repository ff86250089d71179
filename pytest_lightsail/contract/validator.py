"""Check documents against the service model and the rules catalogue, and say all that is wrong.

Every shape of a model becomes a function that returns the violations of a value, which costs microseconds
where there are none. Violations come in a fixed order, whatever the order of the document: of a
structure first the members that are missing, then those that are there in the model's order, last those
unknown; of a value what is inside it before the value itself; and the catalogue's order where a value
breaks several rules. Rules that need the account (does the certificate exist?) are the simulator's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..model.bounds import DEEPEST
from ..model.envelope import enveloped, root_shape
from ..model.form import REQUEST, Form, binding_rules
from ..model.portable import compiled
from ..model.rule import Kind, Path, Rule, Violation
from ..model.rules import rule
from ..model.service import COLLECTIONS, EACH, KEY, VALUE
from ..model.types import (
    PYTHON_TYPES,
    base64_length,
    is_number,
    python_type,
    whole_bounds,
)
from .secrets import holds_secrets, masked

if TYPE_CHECKING:
    from ..model.service import ServiceModel, Shape

__all__ = ["RequestValidator", "Validator", "request_validator", "validator"]

_WRONG_TYPE = rule("json.type")
_UNKNOWN = rule("json.unknown-member")
_REQUIRED = rule("json.required")

_Test = Callable[[Any], object]
"""A function whose result is true if the value is right."""

_Check = Callable[[Any, bool], tuple[Violation, ...]]
"""Returns what is wrong with a value, with paths from there; only the first of it if asked with true."""


class Validator:
    """Finds what is wrong with the documents of one form.

    Args:
        model: the service model.
        form: which documents.
        nulls_absent: treat a member that is ``null`` as one that is not there.
    """

    def __init__(self, model: ServiceModel, form: Form, *, nulls_absent: bool = False) -> None:
        self._model = model
        self._form = form
        self._checks = _Checks(model, form, nulls_absent=nulls_absent)

    def accepts(self, operation: str, document: Any) -> bool:
        """Return whether a document of an operation is right; stops at the first thing that is not.

        Raises:
            UnknownOperation: the model has no such operation, or the operation no such error.
        """
        return not self._found(root_shape(self._model, operation, self._form), document, first=True)

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """Return all that is wrong with a document of an operation; empty if nothing is.

        Raises:
            UnknownOperation: the model has no such operation, or the operation no such error.
        """
        return self.violations_of(root_shape(self._model, operation, self._form), document)

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """Return all that is wrong with a value of a shape, which stands at ``path``."""
        found = self._found(shape, value)
        return _below(path, found) if found and path else found

    def _found(self, shape: str, value: Any, *, first: bool = False) -> tuple[Violation, ...]:
        try:
            return self._checks.of(shape)(value, first)
        except RecursionError:
            # A shape may hold itself, and so may a value of Python.
            deep = {
                "expected": f"at most {DEEPEST} levels",
                "actual": "a value that is nested deeper",
            }
            return (Violation(_WRONG_TYPE, (), details=deep),)


class RequestValidator(Validator):
    """Finds what the service finds in a request, given as parsed JSON."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__(model, Form(REQUEST), nulls_absent=True)

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """Return all that is wrong with a request; nothing is, where the operation takes no input.

        Raises:
            UnknownOperation: the model has no such operation.
        """
        shape = root_shape(self._model, operation, self._form)
        return self.violations_of(shape, document) if shape in self._model.shapes else ()

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """Return all that is wrong with a value of a shape, which stands at ``path``.

        What makes the JSON unreadable hides the rest, as it does for the service.
        """
        found = super().violations_of(shape, value, path)
        return tuple(one for one in found if one.rule is _WRONG_TYPE) or found


@lru_cache(maxsize=32)
def validator(model: ServiceModel, form: Form) -> Validator:
    """Return the validator of a form; one per model and form."""
    return Validator(model, form)


@lru_cache(maxsize=8)
def request_validator(model: ServiceModel) -> RequestValidator:
    """Return the validator of what reaches the service; one per model."""
    return RequestValidator(model)


# --- shapes --------------------------------------------------------------------------------------


class _Checks:
    """The checks of a model's shapes in one form, each made when there is a value of it.

    Shapes may hold themselves, and be nested deeper than functions can call each other.
    """

    def __init__(self, model: ServiceModel, form: Form, *, nulls_absent: bool) -> None:
        self._form = form
        self._nulls_absent = nulls_absent
        self._nulls = nulls_absent or form.nullable
        self._model = enveloped(model, form)
        self._rules = binding_rules(self._model, form)
        self._made: dict[tuple[str, bool], _Check] = {}

    def of(self, name: str, *, secret: bool = False) -> _Check:
        """Return the check of a shape; ``secret`` masks whatever it finds."""
        key = (name, secret)
        if key not in self._made:
            self._made[key] = self._check(self._model.shapes[name], (name,), secret=secret)
        return self._made[key]

    def _used(self, target: str, shape: Shape, *, secret: bool) -> _Check:
        """Return the check of a shape where it is used, with the rules of that place."""
        if shape.type in COLLECTIONS:
            tests = self._tests((target,), shape)
            own = self.of(shape.name, secret=secret)
            return _followed(own, tests, secret=secret or holds_secrets(shape)) if tests else own
        return self._check(shape, (shape.name, target), secret=secret)

    def _check(self, shape: Shape, targets: Iterable[str], *, secret: bool) -> _Check:
        secret = secret or holds_secrets(shape)
        readable, tests = _readable(shape, self._form), self._tests(targets, shape)
        makers = {"structure": self._structure, "map": self._map, "list": self._list}
        if shape.type not in makers or shape.document:
            return _scalar(readable, tests, secret=secret)
        check = makers[shape.type](shape, readable, secret=secret)
        return _followed(check, tests, secret=secret) if tests else check

    def _tests(self, targets: Iterable[str], shape: Shape) -> tuple[tuple[Rule, _Test], ...]:
        rules = [entry for target in targets for entry in self._rules.get(target, ())]
        tests = ((entry, _rule_test(entry, shape, self._form)) for entry in rules)
        return tuple((entry, test) for entry, test in tests if test is not None)

    def _required(self, shape: Shape) -> dict[str, Rule]:
        """Return the members that a structure must have, each with the rule that says so."""
        required = dict.fromkeys(shape.required, _REQUIRED)
        for name in shape.members:
            for entry in self._rules.get(f"{shape.name}.{name}", ()):
                if entry.kind is Kind.REQUIRED:
                    required[name] = entry
        return required

    def _structure(self, shape: Shape, readable: _Readable, *, secret: bool) -> _Check:
        members, required = shape.members, self._required(shape)
        needed, closed, nulls = required.keys(), self._form.closed, self._nulls
        single = shape.union and closed
        usual, fits = readable.usual, readable.fits
        checks: dict[str, _Check] = {}

        def check(value: Any, first: bool) -> tuple[Violation, ...]:  # noqa: FBT001
            if value.__class__ is not usual and not fits(value):
                return readable.refuse(value)
            found: dict[str, tuple[Violation, ...]] = {}
            unknown, absent = [], []
            for name, item in value.items():
                if name not in checks:
                    if name not in members:
                        unknown.append(name)
                        continue
                    checks[name] = self._member(shape, name, secret=secret)
                if item is None and nulls:
                    absent.append(name)
                elif here := checks[name](item, first):
                    if first:
                        return here
                    found[name] = here
            if needed <= value.keys() and not (found or absent or single or (unknown and closed)):
                return ()
            missing = {*(needed - value.keys()), *(absent if self._nulls_absent else ())}
            return (
                *(Violation(required[name], (name,)) for name in required if name in missing),
                *_in_order(members, found),
                *(_unknown(members, name) for name in unknown if closed),
                *(_not_single(value) if single else ()),
            )

        return check

    def _member(self, structure: Shape, name: str, *, secret: bool) -> _Check:
        member = structure.members[name]
        shape = self._model.shapes[member.shape]
        if member.timestamp_format is not None:
            shape = replace(shape, timestamp_format=member.timestamp_format)
        hidden = secret or holds_secrets(structure, name)
        return self._used(f"{structure.name}.{name}", shape, secret=hidden)

    def _map(self, shape: Shape, readable: _Readable, *, secret: bool) -> _Check:
        key_shape, value_shape = (self._model.shapes[str(one)] for one in (shape.key, shape.value))
        nullable = self._form.nullable
        check_key = self._used(f"{shape.name}{KEY}", key_shape, secret=False)
        checks: list[_Check] = []

        def check(value: Any, first: bool) -> tuple[Violation, ...]:  # noqa: FBT001
            if not readable.fits(value):
                return readable.refuse(value)
            if not checks:
                checks.append(self._used(f"{shape.name}{VALUE}", value_shape, secret=secret))
            (check_value,) = checks
            found: list[Violation] = []
            for key, item in value.items():
                here = check_key(key, first)
                if item is not None or not nullable:
                    here += check_value(item, first)
                if here:
                    found += _below((key,), here)
                    if first:
                        break
            return tuple(found)

        return check

    def _list(self, shape: Shape, readable: _Readable, *, secret: bool) -> _Check:
        item_shape = self._model.shapes[str(shape.item)]
        nullable = self._form.nullable
        checks: list[_Check] = []

        def check(value: Any, first: bool) -> tuple[Violation, ...]:  # noqa: FBT001
            if not readable.fits(value):
                return readable.refuse(value)
            if not checks:
                checks.append(self._used(f"{shape.name}{EACH}", item_shape, secret=secret))
            (check_item,) = checks
            found: list[Violation] = []
            for index, item in enumerate(value):
                here = check_item(item, first) if item is not None or not nullable else ()
                if here:
                    found += _below((index,), here)
                    if first:
                        break
            return tuple(found)

        return check


def _below(path: Path, found: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """Return violations with what leads to them before their paths."""
    return tuple(Violation(one.rule, (*path, *one.path), one.found, one.details) for one in found)


def _in_order(
    members: Iterable[str], found: dict[str, tuple[Violation, ...]]
) -> Iterator[Violation]:
    for name in members:
        if name in found:
            yield from _below((name,), found[name])


def _unknown(members: Iterable[str], name: str) -> Violation:
    known = ", ".join(sorted(members))
    details = {"expected": f"one of {known}" if known else "nothing", "actual": "an unknown member"}
    return Violation(_UNKNOWN, (name,), details=details)


def _not_single(value: dict[str, Any]) -> tuple[Violation, ...]:
    if len(value) == 1:
        return ()
    details = {"expected": "exactly one member", "actual": f"{len(value)} members"}
    return (Violation(_WRONG_TYPE, (), details=details),)


def _scalar(readable: _Readable, tests: tuple[tuple[Rule, _Test], ...], *, secret: bool) -> _Check:
    usual, fits = readable.usual, readable.fits
    only_tests = [test for _, test in tests]

    def check(value: Any, first: bool) -> tuple[Violation, ...]:  # noqa: ARG001, FBT001
        if value.__class__ is not usual and not fits(value):
            return readable.refuse(value)
        for test in only_tests:
            if not test(value):
                return _broken(value, tests, secret=secret)
        return ()

    return check


def _followed(inner: _Check, tests: tuple[tuple[Rule, _Test], ...], *, secret: bool) -> _Check:
    """Return ``inner``, and then the rules for a value that it found readable."""

    def check(value: Any, first: bool) -> tuple[Violation, ...]:  # noqa: FBT001
        found = inner(value, first)
        unreadable = found and [one.path for one in found if one.rule is _WRONG_TYPE]
        if found and (first or () in unreadable):
            return found
        # A relation looks inside, and has nothing to say about what cannot be read.
        usable = tests if not unreadable else [t for t in tests if t[0].kind is not Kind.RELATION]
        return found + _broken(value, usable, secret=secret)

    return check


def _broken(
    value: Any, tests: Iterable[tuple[Rule, _Test]], *, secret: bool
) -> tuple[Violation, ...]:
    found: list[Violation] = []
    for entry, test in tests:
        if test(value):
            continue
        if entry.kind is Kind.RELATION and entry.check is not None:
            found += [
                Violation(entry, broken.path, broken.found, broken.details)
                for broken in entry.check(value, entry)
            ]
        else:
            shown = len(value) if entry.kind is Kind.COUNT else value
            found.append(Violation(entry, (), masked(shown) if secret else shown))
    return tuple(found)


# --- single values -------------------------------------------------------------------------------

_EXPECTED = {
    "integer": "a whole number of 32 bits",
    "long": "a whole number of 64 bits",
    "blob": "a base64 string",
    "timestamp": "a number of epoch seconds",
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "boolean": "true or false",
    "number": "a number",
}
_PYTHON_EXPECTED = {"blob": "bytes", "timestamp": "a datetime"}
_TYPES: dict[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool}


@dataclass(frozen=True)
class _Readable:
    """Which values can be read as a shape, their inside aside.

    Attributes:
        fits: tells whether one can.
        usual: the class that such values mostly have, and which ``fits`` need not look at.
        expected: what one is, in words.
    """

    fits: _Test
    usual: type | None
    expected: str

    def refuse(self, value: Any) -> tuple[Violation, ...]:
        """Return the violation of a value that cannot be read."""
        details = {"expected": self.expected, "actual": _described(value)}
        return (Violation(_WRONG_TYPE, (), details=details),)


_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})(?![\s\S])")
_INFINITY = float("inf")


def _readable(shape: Shape, form: Form) -> _Readable:
    python, name = form.flavour == "python", shape.wire_type
    if python and shape.type in PYTHON_TYPES:
        fits = PYTHON_TYPES[python_type(shape.type, form.direction)]
        return _Readable(fits, None, _PYTHON_EXPECTED[shape.type])
    expected = _EXPECTED.get(shape.type) or _EXPECTED.get(str(name), "any JSON value")
    if name == "string" and shape.type == "timestamp":
        expected = "a timestamp as a string"
    if name is None:
        return _Readable(lambda value: True, None, expected)  # noqa: ARG005
    if name == "integer":
        low, high = whole_bounds(shape.type) or (0, 0)
        return _Readable(
            lambda value: (value.__class__ is int or _is_int(value)) and low <= value <= high,
            None,
            expected,
        )
    if name == "number":
        fits = _is_python_number if python else is_number
        return _Readable(fits, None, expected)
    usual = _TYPES[name]
    also: Any = (list, tuple) if python and usual is list else usual
    return _Readable(lambda value: isinstance(value, also), usual, expected)


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_python_number(value: Any) -> bool:
    return is_number(value) or isinstance(value, Decimal)


def _rule_test(entry: Rule, shape: Shape, form: Form) -> _Test | None:
    """Return the test of a rule, for values of the right type; ``None`` if no value can break it.

    Relations are among them: a relation is decided by looking at one value, large as it may be.
    """
    if entry.kind is Kind.ENUM and form.closed:
        values = frozenset(entry.values)
        # A member of a str enumeration equals its value, but does not hash like it.
        python = form.flavour == "python"
        return (lambda value: str.__str__(value) in values) if python else values.__contains__
    if entry.kind is Kind.PATTERN:
        pattern = compiled(entry.pattern or "")
        return pattern and pattern.match
    if entry.kind is Kind.RELATION and entry.check is not None:
        relation = entry.check
        return lambda value: next(relation(value, entry), None) is None
    if entry.kind in {Kind.RANGE, Kind.LENGTH, Kind.COUNT}:
        return _bounds_test(entry, shape, form)
    return None


def _bounds_test(entry: Rule, shape: Shape, form: Form) -> _Test:
    low = -_INFINITY if entry.minimum is None else entry.minimum
    high = _INFINITY if entry.maximum is None else entry.maximum
    if entry.kind is Kind.RANGE:
        if shape.type == "string":
            return lambda value: _DECIMAL.match(value) and low <= int(value) <= high
        return lambda value: low <= value <= high
    if shape.type != "blob":
        return lambda value: low <= len(value) <= high
    if form.flavour == "wire":
        low, high = base64_length(entry.minimum) or 0, base64_length(entry.maximum) or _INFINITY
    # What boto3 accepts for a blob may be a file, whose length is not known.
    return lambda value: not hasattr(value, "__len__") or low <= len(value) <= high


def _described(value: Any) -> str:
    """Return the kind of a value, never the value: it may be a secret."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    if isinstance(value, (int, float)):
        return names.get(type(value), "a number")
    return names.get(type(value), f"a {type(value).__name__}")
