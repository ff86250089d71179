"""All that is wrong with a document: every broken rule with its path and what was found there.

Violations come in a fixed order, whatever the order of the document: of a structure first the members
that are missing, then those that are there in the model's order, last those unknown; of a value what is
inside it before the value itself; and the catalogue's order where one value breaks several rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..model.rule import Kind, Path, Rule, Violation
from ..model.rules import rule
from ..model.shape import EACH, KEY, VALUE
from ..model.types import wire_type
from .secrets import holds_secrets, masked

if TYPE_CHECKING:
    from ..model.shape import Shape
    from .expressions import Test
    from .plan import Plan

__all__ = ["WRONG_TYPE", "Explainer"]

_Check = Callable[[Any, Path], Iterator[Violation]]

WRONG_TYPE = rule("json.type")
_UNKNOWN = rule("json.unknown-member")

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


class Explainer:
    """Compiles the shapes of a plan into checks that yield violations."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._checks: dict[tuple[str, bool], _Check] = {}

    def check(self, name: str, *, secret: bool = False) -> _Check:
        """The check of a shape; ``secret`` masks whatever it finds."""
        # Shapes may hold themselves, and be nested deeper than functions can call each other to compile
        # them: each is compiled when there is a value of it.
        key = (name, secret)

        def check(value: Any, path: Path) -> Iterator[Violation]:
            if key not in self._checks:
                self._checks[key] = self._compile(self._plan.shape(name), secret=secret)
            return self._checks[key](value, path)

        return check

    def _compile(self, shape: Shape, *, secret: bool) -> _Check:
        secret = secret or holds_secrets(shape)
        inside = {"structure": self._structure, "map": self._map, "list": self._list}
        within = None
        if shape.type in inside and not shape.document:
            within = inside[shape.type](shape, secret=secret)
        typed = self._plan.type_expression(shape)
        fits = None if typed is None else typed.test()
        expected = _expected(shape, python=self._plan.form.flavour == "python")

        def check(value: Any, path: Path) -> Iterator[Violation]:
            if fits is not None and not fits(value):
                details = {"expected": expected, "actual": _described(value)}
                yield Violation(WRONG_TYPE, path, details=details)
            elif within is not None:
                yield from within(value, path)

        return _followed(check, self._tests(shape.name, shape), secret=secret)

    def _at(self, target: str, shape: Shape, *, secret: bool) -> _Check:
        """The check of a shape used at ``target``, with the rules of that place."""
        is_variant = shape is not self._plan.shape(shape.name)
        own = (
            self._compile(shape, secret=secret)
            if is_variant
            else self.check(shape.name, secret=secret)
        )
        return _followed(own, self._tests(target, shape), secret=secret or holds_secrets(shape))

    def _tests(self, target: str, shape: Shape) -> tuple[tuple[Rule, Test], ...]:
        return tuple(
            (entry, expression.test())
            for entry, expression in self._plan.rule_expressions(target, shape)
        )

    def _structure(self, shape: Shape, *, secret: bool) -> _Check:
        plan = self._plan
        closed, nullable, absent = plan.form.closed, plan.null_members, plan.nulls_absent
        required = plan.required(shape)
        members = {
            name: self._at(
                f"{shape.name}.{name}",
                plan.member(member),
                secret=secret or holds_secrets(shape, name),
            )
            for name, member in shape.members.items()
        }
        known = {"expected": f"one of {', '.join(sorted(members))}" if members else "nothing"}
        single = shape.union and closed

        def check(value: Any, path: Path) -> Iterator[Violation]:
            for name, needed in required.items():
                if name not in value or (absent and value[name] is None):
                    yield Violation(needed, (*path, name))
            for name, member_check in members.items():
                if name in value and (value[name] is not None or not nullable):
                    yield from member_check(value[name], (*path, name))
            for name in value if closed else ():
                if name not in members:
                    details = {**known, "actual": "an unknown member"}
                    yield Violation(_UNKNOWN, (*path, name), details=details)
            if single and len(value) != 1:
                details = {"expected": "exactly one member", "actual": f"{len(value)} members"}
                yield Violation(WRONG_TYPE, path, details=details)

        return check

    def _map(self, shape: Shape, *, secret: bool) -> _Check:
        plan = self._plan
        key_check = self._at(f"{shape.name}{KEY}", plan.shape(str(shape.key)), secret=False)
        value_check = self._at(f"{shape.name}{VALUE}", plan.shape(str(shape.value)), secret=secret)

        def check(value: Any, path: Path) -> Iterator[Violation]:
            for key, item in value.items():
                at = (*path, key)
                yield from key_check(key, at)
                if item is not None or not plan.form.nullable:
                    yield from value_check(item, at)

        return check

    def _list(self, shape: Shape, *, secret: bool) -> _Check:
        plan = self._plan
        item_check = self._at(f"{shape.name}{EACH}", plan.shape(str(shape.item)), secret=secret)

        def check(value: Any, path: Path) -> Iterator[Violation]:
            for index, item in enumerate(value):
                if item is not None or not plan.form.nullable:
                    yield from item_check(item, (*path, index))

        return check


def _followed(inner: _Check, tests: tuple[tuple[Rule, Test], ...], *, secret: bool) -> _Check:
    """``inner``, and then the rules for a value that it found readable."""
    if not tests:
        return inner

    def check(value: Any, path: Path) -> Iterator[Violation]:
        unreadable = []
        for violation in inner(value, path):
            if violation.rule is WRONG_TYPE:
                unreadable.append(violation.path)
            yield violation
        if path in unreadable:
            return
        for entry, test in tests:
            if entry.kind is Kind.RELATION:
                # It looks inside, and has nothing to say of what cannot be read.
                yield from () if unreadable else _relation(entry, value, path)
            elif not test(value):
                found = len(value) if entry.kind is Kind.COUNT else value
                yield Violation(entry, path, masked(found) if secret else found)

    return check


def _relation(entry: Rule, value: Any, path: Path) -> Iterator[Violation]:
    if entry.check is not None:
        for broken in entry.check(value, entry):
            yield Violation(entry, (*path, *broken.path), broken.found, broken.details)


def _expected(shape: Shape, *, python: bool) -> str:
    if python and shape.type in _PYTHON_EXPECTED:
        return _PYTHON_EXPECTED[shape.type]
    name = str(wire_type(shape))
    if name == "string" and shape.type == "timestamp":
        return "a timestamp as a string"
    return _EXPECTED.get(shape.type) or _EXPECTED.get(name, "any JSON value")


def _described(value: Any) -> str:
    """The kind of a value, never the value: it may be a secret."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    if isinstance(value, (int, float)):
        return names.get(type(value), "a number")
    return names.get(type(value), f"a {type(value).__name__}")
