"""Tests of single values as Python expressions: of the type of a shape, and of one rule.

The validator that decides compiles them into its functions, the one that explains calls them one
by one; so the two cannot disagree on a value. An expression names its constants instead of
spelling them out: nothing that a service model says becomes source text, but numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..model.portable import compiled
from ..model.rule import Kind
from ..model.types import (
    PYTHON_TYPES,
    base64_length,
    is_number,
    python_type,
    whole_bounds,
    wire_type,
)

if TYPE_CHECKING:
    from ..model.form import Form
    from ..model.rule import Rule
    from ..model.shape import Shape

__all__ = ["Expression", "Test", "rule_expression", "type_expression"]

Test = Callable[[Any], object]
"""A function whose result is true if the value is right."""


@dataclass(frozen=True)
class Expression:
    """An expression over the value, ``{v}``, and over constants, each of them ``{its name}``."""

    text: str
    constants: Mapping[str, object] = field(default_factory=dict)

    def test(self) -> Test:
        """The expression as a function."""
        source = self.text.format(v="value", **{name: name for name in self.constants})
        # Only expressions of this module get here: constants are bound, not written.
        test: Test = eval(f"lambda value: {source}", dict(self.constants))  # noqa: S307
        return test


_TYPES = {
    "object": Expression("isinstance({v}, dict)"),
    "array": Expression("isinstance({v}, list)"),
    "string": Expression("isinstance({v}, str)"),
    "boolean": Expression("isinstance({v}, bool)"),
    "number": Expression("{is_number}({v})", {"is_number": is_number}),
}
_PYTHON_TYPES = {
    "array": Expression("isinstance({v}, (list, tuple))"),
    "number": Expression(
        "{is_number}({v}) or isinstance({v}, {Decimal})",
        {"is_number": is_number, "Decimal": Decimal},
    ),
}


def type_expression(shape: Shape, form: Form) -> Expression | None:
    """Whether a value can be read as that shape, its inside aside; ``None`` if every one can."""
    python = form.flavour == "python"
    if python and shape.type in PYTHON_TYPES:
        test = PYTHON_TYPES[python_type(shape.type, form.direction)]
        return Expression("{test}({v})", {"test": test})
    bounds = whole_bounds(shape.type)
    if bounds is not None:
        low, high = bounds
        # The class is asked first because it is what the value mostly has; bool is an int too.
        return Expression(
            f"({{v}}.__class__ is int or {{is_whole}}({{v}})) and {low} <= {{v}} <= {high}",
            {"is_whole": _is_whole},
        )
    name = wire_type(shape)
    return None if name is None else (_PYTHON_TYPES if python else _TYPES).get(name, _TYPES[name])


def rule_expression(rule: Rule, shape: Shape, form: Form) -> Expression | None:
    """Whether a value of the right type obeys a rule; ``None`` if no value by itself can break it.

    Relations are among them: a relation is decided by looking at one value, large as it may be.
    """
    makers = {Kind.RANGE: _ranged, Kind.LENGTH: _sized, Kind.COUNT: _sized}
    if rule.kind is Kind.ENUM:
        return _one_of(rule, form) if form.closed else None
    if rule.kind is Kind.PATTERN:
        pattern = compiled(rule.pattern or "")
        return pattern and Expression("{match}({v})", {"match": pattern.match})
    if rule.kind is Kind.RELATION and rule.check is not None:
        # A relation yields what is broken: a first one says no.
        constants = {"check": rule.check, "rule": rule}
        return Expression("next({check}({v}, {rule}), None) is None", constants)
    make = makers.get(rule.kind)
    return make and make(rule, shape, form)


def _one_of(rule: Rule, form: Form) -> Expression:
    # A member of a str enumeration equals its value, but does not hash like it.
    value = "{v}" if form.flavour == "wire" else "str.__str__({v})"
    return Expression(f"{value} in {{values}}", {"values": frozenset(rule.values)})


def _within(value: str, low: float | None, high: float | None) -> str:
    left = "" if low is None else f"{low!r} <= "
    right = "" if high is None else f" <= {high!r}"
    return f"{left}{value}{right}"


def _ranged(rule: Rule, shape: Shape, form: Form) -> Expression:
    del form
    if shape.type != "string":
        return Expression(_within("{v}", rule.minimum, rule.maximum))
    within = _within("int({v})", rule.minimum, rule.maximum)
    decimal = re.compile(r"(?:0|[1-9][0-9]{0,18})(?![\s\S])").match
    return Expression(f"{{decimal}}({{v}}) and {within}", {"decimal": decimal})


def _sized(rule: Rule, shape: Shape, form: Form) -> Expression:
    low, high = rule.minimum, rule.maximum
    if shape.type != "blob":
        return Expression(_within("len({v})", low, high))
    if form.flavour == "wire":
        low, high = base64_length(low), base64_length(high)
    # What boto3 takes for a blob may be a file, whose length nobody knows.
    return Expression(f"not hasattr({{v}}, '__len__') or {_within('len({v})', low, high)}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
