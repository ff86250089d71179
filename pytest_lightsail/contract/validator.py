"""Check documents against the service model and the rules catalogue, and report all that is wrong.

Every shape of a model becomes a function that collects the violations of a value. They come in a fixed
order, whatever the order of the document: of a structure first the members that are missing, then those
that are there in the model's order, last those unknown; of a value what is inside it before the value
itself; and the catalogue's order where a value breaks several rules. Rules that need the account (does
the certificate exist?) are the simulator's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..exceptions import ContractViolationError
from ..model.bounds import DEEPEST, is_number, on_the_wire, whole_bounds
from ..model.rule import Kind, Path, Rule, Violation, compiled
from ..model.rules import rule
from ..model.schema import EMPTY, REQUEST, Form, binding_rules, root_shape
from ..model.service import COLLECTIONS, EACH, KEY, VALUE, ServiceModel, Shape, load
from .secrets import holds_secrets, masked

_WRONG_TYPE = rule("json.type")
_UNKNOWN = rule("json.unknown-member")
_REQUIRED = rule("json.required")

_Check = Callable[[Any, Path, list[Violation]], None]
"""Adds what is wrong with a value, which stands at a path, to a list."""


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
    with suppress(RecursionError):  # of a document that holds itself, which the validator refuses
        document = on_the_wire(document)
    return validator(model or load(), form).violations(operation, document)


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

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """Return all that is wrong with a document of an operation; empty if nothing is.

        Raises:
            UnknownOperationError: the model has no such operation.
        """
        return self.violations_of(root_shape(self._model, operation, self._form), document)

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """Return all that is wrong with a value of a shape, which stands at ``path``."""
        found: list[Violation] = []
        try:
            self._checks.of(shape)(value, path, found)
        except RecursionError:
            # A shape may hold itself, and so may a value of Python.
            return (
                _unreadable(path, f"at most {DEEPEST} levels", "a value that is nested deeper"),
            )
        return tuple(found)


class RequestValidator(Validator):
    """Finds what the service finds in a request, given as parsed JSON."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__(model, Form(REQUEST), nulls_absent=True)

    def violations(self, operation: str, document: Any) -> tuple[Violation, ...]:
        """Return all that is wrong with a request; nothing is, where the operation takes no input.

        Raises:
            UnknownOperationError: the model has no such operation.
        """
        shape = root_shape(self._model, operation, self._form)
        return self.violations_of(shape, document) if shape in self._model.shapes else ()

    def violations_of(self, shape: str, value: Any, path: Path = ()) -> tuple[Violation, ...]:
        """Return all that is wrong with a value of a shape, which stands at ``path``.

        What makes the JSON unreadable hides the rest, as it does for the service.
        """
        found = super().violations_of(shape, value, path)
        return tuple(one for one in found if one.rule is _WRONG_TYPE) or found


@lru_cache(maxsize=64)
def validator(model: ServiceModel, form: Form) -> Validator:
    """Return the validator of a form; one per model and form."""
    return Validator(model, form)


@lru_cache(maxsize=8)
def request_validator(model: ServiceModel) -> RequestValidator:
    """Return the validator of what reaches the service; one per model."""
    return RequestValidator(model)


# --- shapes --------------------------------------------------------------------------------------


class _Inside(dict[str, _Check]):
    """The checks of what a value holds, each made when first needed, since shapes may hold themselves."""

    def __init__(self, make: Callable[[str], _Check]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, part: str) -> _Check:
        check = self[part] = self._make(part)
        return check


class _Checks:
    """The checks of a model's shapes in one form."""

    def __init__(self, model: ServiceModel, form: Form, *, nulls_absent: bool) -> None:
        self._form = form
        self._nulls_absent = nulls_absent
        self._shapes = {EMPTY.name: EMPTY, **model.shapes}
        self._rules = binding_rules(model, form)
        self._made: dict[tuple[str, bool], _Check] = {}

    def of(self, name: str, *, secret: bool = False) -> _Check:
        """Return the check of a shape; ``secret`` masks whatever it finds."""
        key = (name, secret)
        if key not in self._made:
            self._made[key] = self._check(self._shapes[name], (name,), secret=secret)
        return self._made[key]

    def _used(self, target: str, name: str, *, secret: bool) -> _Check:
        """Return the check of a shape where it is used, with the rules of that place."""
        shape = self._shapes[name]
        if shape.type not in COLLECTIONS:
            return self._check(shape, (name, target), secret=secret)
        rules = self._rule_checks((target,), shape, secret=secret or holds_secrets(shape))
        return _followed(self.of(name, secret=secret), rules)

    def _check(self, shape: Shape, targets: Iterable[str], *, secret: bool) -> _Check:
        secret = secret or holds_secrets(shape)
        makers = {"structure": self._structure, "map": self._map, "list": self._list}
        readable = _readable(shape)
        rules = self._rule_checks(targets, shape, secret=secret)
        if shape.type not in makers:
            return _scalar(readable, [check for _, check in rules])
        inside, fits = makers[shape.type](shape, secret=secret), readable.fits

        def check(value: Any, path: Path, found: list[Violation]) -> None:
            if fits(value):
                inside(value, path, found)
            else:
                found.append(readable.refuse(value, path))

        return _followed(check, rules)

    def _rule_checks(
        self, targets: Iterable[str], shape: Shape, *, secret: bool
    ) -> list[tuple[Rule, _Check]]:
        rules = [entry for target in targets for entry in self._rules.get(target, ())]
        checks = ((entry, _rule_check(entry, shape, self._form, secret=secret)) for entry in rules)
        return [(entry, check) for entry, check in checks if check is not None]

    def _required(self, shape: Shape) -> dict[str, Rule]:
        """Return the members that a structure must have, each with the rule that says so."""
        required = dict.fromkeys(shape.required, _REQUIRED)
        for name in shape.members:
            for entry in self._rules.get(f"{shape.name}.{name}", ()):
                if entry.kind is Kind.REQUIRED:
                    required[name] = entry
        return required

    def _structure(self, shape: Shape, *, secret: bool) -> _Check:
        members, required, closed = shape.members, self._required(shape), self._form.closed
        nulls_absent = self._nulls_absent
        nulls = nulls_absent or not closed
        inside = _Inside(lambda name: self._member(shape, name, secret=secret))

        def check(value: Any, path: Path, found: list[Violation]) -> None:
            for name, entry in required.items():
                if name not in value or (nulls_absent and value[name] is None):
                    found.append(Violation(entry, (*path, name)))
            known = 0
            for name in members:
                if name in value:
                    known += 1
                    if value[name] is not None or not nulls:
                        inside[name](value[name], (*path, name), found)
            if closed and known != len(value):
                expected = f"one of {', '.join(sorted(members))}" if members else "nothing"
                details = {"expected": expected, "actual": "an unknown member"}
                unknown = (name for name in value if name not in members)
                found += [Violation(_UNKNOWN, (*path, name), details=details) for name in unknown]

        return check

    def _member(self, structure: Shape, name: str, *, secret: bool) -> _Check:
        member = structure.members[name]
        secret = secret or holds_secrets(structure, name)
        target = f"{structure.name}.{name}"
        return self._used(target, member.shape, secret=secret)

    def _map(self, shape: Shape, *, secret: bool) -> _Check:
        nullable = not self._form.closed
        inner = {KEY: (str(shape.key), False), VALUE: (str(shape.value), secret)}
        inside = _Inside(
            lambda part: self._used(f"{shape.name}{part}", inner[part][0], secret=inner[part][1])
        )

        def check(value: Any, path: Path, found: list[Violation]) -> None:
            for key, item in value.items():
                inside[KEY](key, (*path, key), found)
                if item is not None or not nullable:
                    inside[VALUE](item, (*path, key), found)

        return check

    def _list(self, shape: Shape, *, secret: bool) -> _Check:
        nullable = not self._form.closed
        inside = _Inside(
            lambda part: self._used(f"{shape.name}{part}", str(shape.item), secret=secret)
        )

        def check(value: Any, path: Path, found: list[Violation]) -> None:
            for index, item in enumerate(value):
                if item is not None or not nullable:
                    inside[EACH](item, (*path, index), found)

        return check


def _scalar(readable: _Readable, rules: list[_Check]) -> _Check:
    fits, usual = readable.fits, readable.usual

    def check(value: Any, path: Path, found: list[Violation]) -> None:
        if value.__class__ is usual or fits(value):
            for rule_check in rules:
                rule_check(value, path, found)
        else:
            found.append(readable.refuse(value, path))

    return check


def _followed(inner: _Check, rules: list[tuple[Rule, _Check]]) -> _Check:
    """Return ``inner``, and then the rules for a value that it found readable."""
    if not rules:
        return inner

    def check(value: Any, path: Path, found: list[Violation]) -> None:
        before = len(found)
        inner(value, path, found)
        unreadable = [one.path for one in found[before:] if one.rule is _WRONG_TYPE]
        if path not in unreadable:
            for entry, rule_check in rules:
                # A relation looks inside, and has nothing to say about what cannot be read.
                if not unreadable or entry.kind is not Kind.RELATION:
                    rule_check(value, path, found)

    return check


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
_NAMES = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}


@dataclass(frozen=True)
class _Readable:
    """Whether a value can be read as a shape, its inside aside; and what is expected, in words.

    ``usual`` is a class whose instances all fit, and which most values have.
    """

    fits: Callable[[Any], bool]
    expected: str
    usual: type | None = None

    def refuse(self, value: Any, path: Path) -> Violation:
        return _unreadable(path, self.expected, _described(value))


def _unreadable(path: Path, expected: str, actual: str) -> Violation:
    return Violation(_WRONG_TYPE, path, details={"expected": expected, "actual": actual})


def _described(value: Any) -> str:
    """Return the kind of a value, never the value: it may be a secret."""
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return _NAMES.get(type(value), "a number")
    return _NAMES.get(type(value), f"a {type(value).__name__}")


def _readable(shape: Shape) -> _Readable:
    name = shape.wire_type
    expected = _EXPECTED.get(shape.type) or _EXPECTED[name]
    if name == "integer":
        low, high = whole_bounds(shape.type) or (0, 0)
        return _Readable(
            lambda value: (
                isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
            ),
            expected,
        )
    if name == "number":
        return _Readable(is_number, expected)
    usual = _TYPES[name]
    return _Readable(lambda value: isinstance(value, usual), expected, usual)


# --- rules ---------------------------------------------------------------------------------------

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})(?![\s\S])")
_INFINITY = float("inf")


def _rule_check(entry: Rule, shape: Shape, form: Form, *, secret: bool) -> _Check | None:
    """Return the check of a rule, for values of the right type; ``None`` if no value can break it."""
    if entry.kind is Kind.RELATION and entry.check is not None:
        relation = entry.check

        def check_relation(value: Any, path: Path, found: list[Violation]) -> None:
            for broken in relation(value, entry):
                at = (*path, *broken.path)
                found.append(Violation(entry, at, broken.found, broken.details))

        return check_relation
    test = _test(entry, shape, form)
    if test is None:
        return None

    def check(value: Any, path: Path, found: list[Violation]) -> None:
        if not test(value):
            shown = len(value) if entry.kind is Kind.COUNT else value
            found.append(Violation(entry, path, masked(shown) if secret else shown))

    return check


def _test(entry: Rule, shape: Shape, form: Form) -> Callable[[Any], object] | None:
    if entry.kind is Kind.ENUM and form.closed:
        values = frozenset(entry.values)
        # A member of a str enumeration equals its value, but does not hash like it.
        return lambda value: str.__str__(value) in values
    if entry.kind is Kind.PATTERN:
        pattern = compiled(entry.pattern or "")
        return pattern and pattern.search
    is_bound = entry.kind in {Kind.RANGE, Kind.LENGTH, Kind.COUNT}
    return _bounds_test(entry, shape) if is_bound else None


def _bounds_test(entry: Rule, shape: Shape) -> Callable[[Any], object]:
    low = -_INFINITY if entry.minimum is None else entry.minimum
    high = _INFINITY if entry.maximum is None else entry.maximum
    if entry.kind is Kind.RANGE:
        if shape.type == "string":
            return lambda value: _DECIMAL.match(value) and low <= int(value) <= high
        return lambda value: low <= value <= high
    return lambda value: low <= len(value) <= high
