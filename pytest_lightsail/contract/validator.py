"""Check documents against the service model and the rules catalogue, and report all that is wrong.

The violations of a value come in a fixed order, whatever the order of the document: of a structure first
the members that are missing, then those that are there in the model's order, last those unknown; of a
value what is inside it before the value itself; and the catalogue's order where a value breaks several
rules. Rules that need the account (does the certificate exist?) are the simulator's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..exceptions import ContractViolationError
from ..model.bounds import DEEPEST, is_number, on_the_wire, whole_bounds
from ..model.catalogue import rule
from ..model.rule import Kind, Path, Rule, Violation, compiled
from ..model.schema import EMPTY, REQUEST, Form, binding_rules, root_shape
from ..model.service import EACH, KEY, VALUE, ServiceModel, Shape, load
from .secrets import holds_secrets, masked

_WRONG_TYPE = rule("json.type")
_UNKNOWN = rule("json.unknown-member")
_REQUIRED = rule("json.required")


def validate(
    operation: str,
    direction: str,
    document: Any,
    *,
    model: ServiceModel | None = None,
    strict: bool = False,
) -> None:
    """Check a document against the contract of its operation, relations between members included.

    Args:
        operation: the operation's name, such as ``"CreateContainerService"``.
        direction: ``"request"`` or ``"response"``.
        document: what was or would be sent, as parsed JSON. What boto3 takes and gives is possible too:
            a ``datetime`` counts as its epoch seconds, a tuple as a list.
        model: the service model; that of the installed botocore unless given.
        strict: close a response: neither unknown members nor unknown enumeration values, and bound
            by the catalogue as a request is.

    Raises:
        ContractViolationError: it breaks rules; all of them are listed.
        UnknownOperationError: the model has no such operation.
        ConfigurationError: there is no such direction.

    Example:
        >>> validate("UpdateContainerService", "request", {"serviceName": "shop", "scale": 21})
        Traceback (most recent call last):
        ...
        pytest_lightsail.exceptions.ContractViolationError: UpdateContainerService request breaks 1 rule
          scale: scale.range: found 21, allowed: 1 to 20
    """
    found = _violations(operation, document, model, Form(direction, strict=strict))
    if found:
        rules = "1 rule" if len(found) == 1 else f"{len(found)} rules"
        lines = [f"{operation} {direction} breaks {rules}", *map(str, found)]
        raise ContractViolationError("\n  ".join(lines), found)


def accepts(
    operation: str,
    direction: str,
    document: Any,
    *,
    model: ServiceModel | None = None,
    strict: bool = False,
) -> bool:
    """Return whether ``validate`` would accept the document."""
    return not _violations(operation, document, model, Form(direction, strict=strict))


def _violations(
    operation: str, document: Any, model: ServiceModel | None, form: Form
) -> tuple[Violation, ...]:
    checker = validator(model or load(), form)
    found = checker.violations(operation, document)
    if found:
        with suppress(RecursionError):  # of a document that holds itself
            found = checker.violations(operation, on_the_wire(document))
    return found


class _FoundError(Exception):
    """Ends a check at the first violation."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.message)
        self.violation = violation


class _First(list[Violation]):
    def append(self, violation: Violation) -> None:
        raise _FoundError(violation)

    def extend(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            raise _FoundError(violation)


_Test = Callable[[Any], object]


@dataclass(frozen=True)
class _Plan:
    """How the values of a shape are checked where it is used.

    Attributes:
        shape: the shape.
        usual: a class whose instances can be read as the shape; most values have it.
        fits: whether a value can be read as the shape, its inside aside.
        tests: the rules of that place, each with its test; a relation has none.
        required: the members that a structure must have, each with the rule that says so.
        secret: whether what is found is masked.
        look_inside: checks what a structure, list or map holds.
        inside: the plans of what a value holds, each made when first needed, since shapes may hold
            themselves.
    """

    shape: Shape
    usual: type | None
    fits: _Test
    tests: list[tuple[Rule, _Test | None]]
    required: dict[str, Rule]
    secret: bool
    look_inside: Callable[[_Plan, Any, Path, list[Violation]], None] | None
    inside: dict[str, _Plan] = field(default_factory=dict)


class Validator:
    """Finds what is wrong with the documents of one form.

    Args:
        model: the service model.
        form: which documents.
        received: check what reaches the service: there a member that is ``null`` is one that is not
            there, what makes the JSON unreadable hides the rest, and operations without input read none.
        readable: look only for what makes the JSON unreadable.
    """

    def __init__(
        self, model: ServiceModel, form: Form, *, received: bool = False, readable: bool = False
    ) -> None:
        self._model = model
        self._form = form
        self._received = received
        self._closed = form.closed
        self._nulls_absent = received or not form.closed
        self._shapes = {EMPTY.name: EMPTY, **model.shapes}
        self._rules = {} if readable else binding_rules(model, form)
        self._readable = readable
        self._plans: dict[tuple[str, str, bool], _Plan] = {}
        self._walks = {
            "structure": self._check_members,
            "list": self._check_elements,
            "map": self._check_entries,
        }

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """Return everything that is wrong with a document of an operation; empty if it is valid.

        Raises:
            UnknownOperationError: the model has no such operation.
        """
        shape = self._root(operation)
        return self.violations_of(shape, document) if shape is not None else ()

    def first(self, operation: str, document: Any) -> Violation | None:
        """Return the first thing that is wrong with a document, or ``None``.

        It costs as much as what comes before it: nothing else is looked at or described.

        Raises:
            UnknownOperationError: the model has no such operation.
        """
        shape = self._root(operation)
        if shape is None:
            return None
        try:
            self._check(self._plan(shape), document, (), _First())
        except _FoundError as first:
            return first.violation
        return None

    def _root(self, operation: str) -> str | None:
        """Return the shape of a whole document; ``None`` if nothing of it is read."""
        shape = root_shape(self._model, operation, self._form)
        return None if self._received and shape == EMPTY.name else shape

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """Return all that is wrong with a value of a shape, which stands at ``path``."""
        found: list[Violation] = []
        try:
            self._check(self._plan(shape), value, path, found)
        except RecursionError:
            # A shape may hold itself, and so may a value of Python.
            return (
                _unreadable(path, f"at most {DEEPEST} levels", "a value that is nested deeper"),
            )
        if found and self._received:
            found = [one for one in found if one.rule is _WRONG_TYPE] or found
        return tuple(found)

    def _plan(self, name: str, target: str = "", *, secret: bool = False) -> _Plan:
        """Return the plan of a shape, with the rules of the place where it is used."""
        key = (name, target, secret)
        if key not in self._plans:
            shape = self._shapes[name]
            rules = [rule for at in (name, target) for rule in self._rules.get(at, ())]
            tests = [(rule, _test(rule, shape, self._form)) for rule in rules]
            self._plans[key] = _Plan(
                shape,
                _USUAL.get(shape.wire_type),
                _reader(shape),
                [
                    (rule, test)
                    for rule, test in tests
                    if test is not None or rule.check is not None
                ],
                self._required(shape),
                secret or holds_secrets(shape),
                self._walks.get(shape.type),
            )
        return self._plans[key]

    def _required(self, shape: Shape) -> dict[str, Rule]:
        if self._readable:
            return {}
        required = dict.fromkeys(shape.required, _REQUIRED)
        for name in shape.members:
            for entry in self._rules.get(f"{shape.name}.{name}", ()):
                if entry.kind is Kind.REQUIRED:
                    required[name] = entry
        return required

    def _inner(self, plan: _Plan, part: str) -> _Plan:
        """Return the plan of a member, element, key or value, and keep it."""
        shape, target = plan.shape, f"{plan.shape.name}{part}"
        if part in shape.members:
            secret = plan.secret or holds_secrets(shape, part)
            inner = self._plan(shape.members[part].shape, f"{shape.name}.{part}", secret=secret)
        else:
            name = {EACH: shape.item, KEY: shape.key, VALUE: shape.value}[part]
            inner = self._plan(str(name), target, secret=plan.secret and part != KEY)
        plan.inside[part] = inner
        return inner

    def _check(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        """Add what is wrong with a value, which stands at a path, to a list."""
        if value.__class__ is not plan.usual and not plan.fits(value):
            expected = _EXPECTED.get(plan.shape.type) or _EXPECTED[plan.shape.wire_type]
            found.append(_unreadable(path, expected, _described(value)))
            return
        before = len(found)
        if plan.look_inside is not None:
            plan.look_inside(plan, value, path, found)
        for entry, test in plan.tests:
            if test is None:
                # A relation looks inside, and has nothing to say about what cannot be read.
                if all(one.rule is not _WRONG_TYPE for one in found[before:]):
                    found.extend(_broken(entry, value, path))
            elif not test(value):
                shown = len(value) if entry.kind is Kind.COUNT else value
                found.append(Violation(entry, path, masked(shown) if plan.secret else shown))

    def _check_elements(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        inner = plan.inside.get(EACH) or self._inner(plan, EACH)
        for index, item in enumerate(value):
            if item is not None or self._closed:
                self._check(inner, item, (*path, index), found)

    def _check_entries(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        keys = plan.inside.get(KEY) or self._inner(plan, KEY)
        values = plan.inside.get(VALUE) or self._inner(plan, VALUE)
        for key, item in value.items():
            self._check(keys, key, (*path, key), found)
            if item is not None or self._closed:
                self._check(values, item, (*path, key), found)

    def _check_members(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        for name, entry in plan.required.items():
            if name not in value or (self._received and value[name] is None):
                found.append(Violation(entry, (*path, name)))
        members, inside, known = plan.shape.members, plan.inside, 0
        for name in members:
            if name in value:
                known += 1
                item = value[name]
                if item is not None or not self._nulls_absent:
                    inner = inside.get(name) or self._inner(plan, name)
                    self._check(inner, item, (*path, name), found)
        if self._closed and known != len(value) and not self._readable:
            expected = f"one of {', '.join(sorted(members))}" if members else "nothing"
            details = {"expected": expected, "actual": "an unknown member"}
            unknown = (name for name in value if name not in members)
            found.extend(Violation(_UNKNOWN, (*path, name), details=details) for name in unknown)


@lru_cache(maxsize=64)
def validator(model: ServiceModel, form: Form) -> Validator:
    """Return the validator of a form; one per model and form."""
    return Validator(model, form)


@lru_cache(maxsize=8)
def request_validator(model: ServiceModel) -> Validator:
    """Return the validator of requests that reach the service; there is one per model."""
    return Validator(model, Form(REQUEST), received=True)


@lru_cache(maxsize=8)
def _reading(model: ServiceModel) -> Validator:
    return Validator(model, Form(REQUEST), received=True, readable=True)


def refusal(model: ServiceModel, operation: str, parameters: Any) -> Violation | None:
    """Return the violation that the service reports: an unreadable value, or else the first one."""
    first = request_validator(model).first(operation, parameters)
    if first is None or first.rule is _WRONG_TYPE:
        return first
    return _reading(model).first(operation, parameters) or first


def _broken(entry: Rule, value: Any, path: Path) -> Iterator[Violation]:
    if entry.check is not None:
        for one in entry.check(value, entry):
            yield Violation(entry, (*path, *one.path), one.found, one.details)


# --- single values -------------------------------------------------------------------------------

_EXPECTED = {
    "integer": "a whole number of 32 bits",
    "long": "a whole number of 64 bits",
    "timestamp": "a number of epoch seconds",
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "boolean": "true or false",
    "number": "a number",
}
_TYPES: dict[str, type] = {"object": dict, "array": list, "string": str, "boolean": bool}
# Numbers are whole more often than not.
_USUAL = {**_TYPES, "number": int}
_NAMES = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}


def _unreadable(path: Path, expected: str, actual: str) -> Violation:
    return Violation(_WRONG_TYPE, path, details={"expected": expected, "actual": actual})


def _described(value: Any) -> str:
    """Return the kind of a value, never the value: it may be a secret."""
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return _NAMES.get(type(value), "a number")
    return _NAMES.get(type(value), f"a {type(value).__name__}")


def _reader(shape: Shape) -> _Test:
    """Return the test whether a value can be read as a shape, its inside aside."""
    if shape.wire_type == "number":
        return is_number
    if bounds := whole_bounds(shape.type):
        low, high = bounds
        return lambda value: (
            isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        )
    usual = _TYPES[shape.wire_type]
    return lambda value: isinstance(value, usual)


_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})(?![\s\S])")
_INFINITY = float("inf")


def _test(entry: Rule, shape: Shape, form: Form) -> _Test | None:
    """Return the test of a rule for values of the right type; ``None`` for one that has none."""
    if entry.kind is Kind.ENUM and form.closed:
        return frozenset(entry.values).__contains__
    if entry.kind is Kind.PATTERN:
        pattern = compiled(entry.pattern or "")
        return pattern and pattern.search
    low = -_INFINITY if entry.minimum is None else entry.minimum
    high = _INFINITY if entry.maximum is None else entry.maximum
    if entry.kind in {Kind.LENGTH, Kind.COUNT}:
        return lambda value: low <= len(value) <= high
    if entry.kind is not Kind.RANGE:
        return None
    if shape.type == "string":
        return lambda value: _DECIMAL.match(value) and low <= int(value) <= high
    return lambda value: low <= value <= high
