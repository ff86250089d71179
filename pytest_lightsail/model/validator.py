"""Check documents against the service model and the catalogue of rules, and report all violations.

Violations in the members of a value come before violations in the value itself. In a
structure, missing members come first, then known members in model order, then unknown members. The
rules for one value are checked in catalogue order, with relations last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..exceptions import ContractViolationError, plural
from .catalogue import rule
from .rule import Kind, Path, Rule, Violation, compiled, show_path
from .schema import REQUEST, Form, required_members, resolve, root_shape
from .secrets import is_secret_member, masked
from .service import (
    DEEPEST,
    EACH,
    INTEGERS,
    KEY,
    VALUE,
    ServiceModel,
    Shape,
    is_number,
    load,
    on_the_wire,
)

_WRONG_TYPE = rule("json.type")
_UNKNOWN = rule("json.unknown-member")


def validate(
    operation: str,
    direction: str,
    document: Any,
    *,
    model: ServiceModel | None = None,
    strict: bool = False,
) -> None:
    """Check a document against the service model and all rules that do not depend on the account.

    Args:
        operation: the operation's name, such as ``"CreateContainerService"``.
        direction: ``"request"`` or ``"response"``.
        document: parsed JSON, or a value that boto3 accepts or returns. A ``datetime`` is
            treated as epoch seconds, and a tuple as a list.
        model: the service model. The default is the model in the installed botocore.
        strict: whether a response must also obey the rules of the catalogue and must not contain
            unknown members or unknown enumeration values.

    Raises:
        ContractViolationError: the document breaks a rule. The message lists all violations.
        ConfigurationError: the model has no such operation, or the direction is neither
            ``"request"`` nor ``"response"``.

    Example:
        >>> validate("UpdateContainerService", "request", {"serviceName": "shop", "scale": 21})
        Traceback (most recent call last):
        ...
        pytest_lightsail.exceptions.ContractViolationError: UpdateContainerService request breaks 1 rule
          scale: scale.range: found 21, allowed: 1 to 20
    """
    checker = validator(model or load(), Form(direction, strict=strict))
    found = checker.violations(operation, document)
    if found:
        with suppress(RecursionError):  # raised if the document contains itself
            found = checker.violations(operation, on_the_wire(document))
    if found:
        lines = [f"{operation} {direction} breaks {plural(len(found), 'rule')}", *map(str, found)]
        raise ContractViolationError("\n  ".join(lines), found)


def accepts(
    operation: str,
    direction: str,
    document: Any,
    *,
    model: ServiceModel | None = None,
    strict: bool = False,
) -> bool:
    """Return whether ``validate`` accepts the document."""
    try:
        validate(operation, direction, document, model=model, strict=strict)
    except ContractViolationError:
        return False
    return True


class _Stop(Exception):
    """Raised to end a check at the first value of the wrong type."""


class _UntilWrongType(list[Violation]):
    """A list of violations. A wrong-type violation replaces all others and ends the check."""

    def append(self, violation: Violation) -> None:
        if violation.rule is _WRONG_TYPE:
            self[:] = [violation]
            raise _Stop
        super().append(violation)


_Test = Callable[[Any], object]


class _Plan(dict[str, "_Plan"]):
    """The conditions that a value must meet, given its shape and its place in a document.

    A plan maps each part of the shape, such as a member, to the plan for that part. Plans for parts
    are created on first use, because a shape may contain itself.
    """

    def __init__(self, checker: Validator, name: str, target: str, *, secret: bool) -> None:
        shape = self._shape = checker.model.shapes[name]
        rules = [rule for at in (name, target) for rule in checker.rules.get(at, ())]
        self._checker = checker
        self.parts = shape.parts
        # Comparing a value's class with ``usual`` first is faster than always calling ``fits``.
        self.usual = _PYTHON_TYPES.get(shape.wire_type)
        self.fits = type_test(shape)
        self.expected = _EXPECTED.get(shape.type) or _EXPECTED[shape.wire_type]
        self.tests = [(one, test) for one in rules if (test := _test(one, shape, checker.form))]
        self.relations = [one for one in rules if one.check is not None]
        self.required = required_members(shape, checker.rules)
        self.secret = secret or shape.sensitive or shape.name == "Environment"
        self.look_inside = checker.walks.get(shape.type)

    def __missing__(self, part: str) -> _Plan:
        secret = is_secret_member(part) or (self.secret and part != KEY)
        target = show_path((self._shape.name, part))
        self[part] = self._checker.plan(self.parts[part], target, secret=secret)
        return self[part]


class Validator:
    """Finds the violations in documents of one kind (see ``Form``).

    If ``received`` is true, requests are checked the way the service checks them. The service
    treats a ``null`` member as absent. A value of the wrong type hides all other violations.
    """

    def __init__(self, model: ServiceModel, form: Form, *, received: bool = False) -> None:
        self.model = model
        self.form = form
        self.rules = resolve(model, form)
        self._received = received
        self._closed = form.closed
        self._nulls_absent = received or not form.closed
        self._plans: dict[tuple[str, str, bool], _Plan] = {}
        self._roots: dict[str, _Plan] = {}
        self.walks = {
            "structure": self._check_members,
            "list": self._check_elements,
            "map": self._check_entries,
        }

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """Return all violations in an operation's request or response."""
        return self._violations(self._root(operation), document)

    def refusal(self, operation: str, document: Any) -> Violation | None:
        """Return the violation that the service would report. A wrong type takes precedence."""
        found = _UntilWrongType()
        try:
            self._check(self._root(operation), document, (), found)
        except _Stop:
            return found[0]
        return found[0] if found else None

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """Return all violations in a value of a shape. ``path`` is the path to the value."""
        return self._violations(self.plan(shape), value, path)

    def _violations(self, plan: _Plan, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        found: list[Violation] = []
        try:
            self._check(plan, value, path, found)
        except RecursionError:
            # The value is nested too deeply, or contains itself.
            return (_unreadable(path, f"at most {DEEPEST} levels", "a deeper value"),)
        if self._received:
            found = [one for one in found if one.rule is _WRONG_TYPE] or found
        return tuple(found)

    def _root(self, operation: str) -> _Plan:
        if operation not in self._roots:
            self._roots[operation] = self.plan(root_shape(self.model, operation, self.form))
        return self._roots[operation]

    def plan(self, name: str, target: str = "", *, secret: bool = False) -> _Plan:
        """Return the plan for the shape ``name`` of the member ``target``, such as ``Tag.key``."""
        key = (name, target, secret)
        if key not in self._plans:
            self._plans[key] = _Plan(self, name, target, secret=secret)
        return self._plans[key]

    def _check(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        if value.__class__ is not plan.usual and not plan.fits(value):
            # The message contains only the type, because the value may be a secret.
            actual = _TYPE_NAMES.get(type(value), f"a {type(value).__name__}")
            found.append(_unreadable(path, plan.expected, actual))
            return
        before = len(found)
        if plan.look_inside is not None:
            plan.look_inside(plan, value, path, found)
        if found and type(found) is _UntilWrongType:
            return  # From here on, only a wrong type can change the result.
        for entry, test in plan.tests:
            if not test(value):
                shown = len(value) if entry.kind is Kind.COUNT else value
                found.append(Violation(entry, path, masked(shown) if plan.secret else shown))
        for entry in plan.relations:
            # Relation checks assume that all members have the right types.
            if entry.check and all(one.rule is not _WRONG_TYPE for one in found[before:]):
                broken = entry.check(value, entry)
                found.extend(replace(one, path=(*path, *one.path)) for one in broken)

    def _check_elements(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        inner = plan[EACH]
        for index, item in enumerate(value):
            if item is not None or self._closed:
                self._check(inner, item, (*path, index), found)

    def _check_entries(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        keys, values = plan[KEY], plan[VALUE]
        for key, item in value.items():
            self._check(keys, key, (*path, key), found)
            if item is not None or self._closed:
                self._check(values, item, (*path, key), found)

    def _check_members(self, plan: _Plan, value: Any, path: Path, found: list[Violation]) -> None:
        for name, entry in plan.required.items():
            if found and type(found) is _UntilWrongType:
                break
            if name not in value or (self._received and value[name] is None):
                found.append(Violation(entry, (*path, name)))
        members, known = plan.parts, 0
        for name in members:
            if name in value:
                known += 1
                item = value[name]
                if item is not None or not self._nulls_absent:
                    self._check(plan[name], item, (*path, name), found)
        if self._closed and known != len(value):
            expected = f"one of {', '.join(sorted(members))}" if members else "nothing"
            details = {"expected": expected, "actual": "an unknown member"}
            unknown = (name for name in value if name not in members)
            found.extend(Violation(_UNKNOWN, (*path, name), details=details) for name in unknown)


@lru_cache(maxsize=64)
def validator(model: ServiceModel, form: Form) -> Validator:
    """Return the validator for a model and a kind of document. Create each validator once."""
    return Validator(model, form)


@lru_cache(maxsize=8)
def request_validator(model: ServiceModel) -> Validator:
    """Return a validator that checks requests as the service does, against the given model."""
    return Validator(model, Form(REQUEST), received=True)


# --- single values -------------------------------------------------------------------------------

_TYPE_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    **dict.fromkeys((int, float), "a number"),
    type(None): "null",
}
"""Maps Python types to the JSON type names that appear in messages."""
_PYTHON_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": int}
"""Maps each JSON type to the most common Python type of its values."""
_EXPECTED = {
    **{json_type: _TYPE_NAMES[python_type] for json_type, python_type in _PYTHON_TYPES.items()},
    "integer": "a 32-bit integer",
    "long": "a 64-bit integer",
    "timestamp": "a time in epoch seconds",
}
_INFINITY = float("inf")


def _unreadable(path: Path, expected: str, actual: str) -> Violation:
    return Violation(_WRONG_TYPE, path, details={"expected": expected, "actual": actual})


def type_test(shape: Shape) -> _Test:
    """Return a function that tests whether a value has the type of the shape."""
    if shape.wire_type == "number":
        return is_number
    if shape.type in INTEGERS:
        low, high = INTEGERS[shape.type]
        return lambda value: (
            isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        )
    return lambda value: isinstance(value, _PYTHON_TYPES[shape.wire_type])


def _test(entry: Rule, shape: Shape, form: Form) -> _Test | None:
    """Return a function that tests a value against a rule, or ``None`` if no test is needed.

    Pass only values of the shape's type to the function.
    """
    if entry.kind is Kind.ENUM and form.closed:
        return frozenset(entry.values).__contains__
    if entry.kind is Kind.PATTERN or (entry.kind is Kind.RANGE and shape.type == "string"):
        pattern = compiled(entry.pattern or "")
        return pattern and pattern.search
    low = -_INFINITY if entry.minimum is None else entry.minimum
    high = _INFINITY if entry.maximum is None else entry.maximum
    if entry.kind in {Kind.LENGTH, Kind.COUNT}:
        return lambda value: low <= len(value) <= high
    return (lambda value: low <= value <= high) if entry.kind is Kind.RANGE else None
