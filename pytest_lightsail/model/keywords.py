"""Rules as keywords of JSON Schema, each with the ids of the rules that it comes from.

Keywords of several rules on one place are joined: the tighter bound wins, values are those common
to all, and patterns that must all match become an ``allOf``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .grammar import decimal_range_pattern
from .portable import UntranslatablePattern, portable
from .rule import Kind
from .types import NUMBERS, base64_length

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .form import Form
    from .rule import Rule
    from .service import Shape

__all__ = ["Schema", "constrained"]

Schema = dict[str, Any]

_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "blob": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
    **dict.fromkeys(NUMBERS, ("minimum", "maximum")),
}


def constrained(schema: Schema, rules: Iterable[Rule], shape: Shape, form: Form) -> Schema:
    """``schema``, which may be a mere reference, with what ``rules`` demand of the shape."""
    result = dict(schema)
    names: set[str] = set(result.pop("x-rule", ()))
    unsaid: set[str] = set()
    patterns: list[Schema] = []
    for rule in rules:
        keywords = _keywords(rule, shape, form)
        if "pattern" in keywords:
            patterns.append({**keywords, "x-rule": [rule.id]})
            continue
        _join(result, keywords)
        if rule.kind is Kind.RELATION or "x-aws-pattern-skipped" in keywords:
            unsaid.add(rule.id)
        elif keywords and "x-aws-known-values" not in keywords:
            names.add(rule.id)
    if len(patterns) == 1:
        (only,) = patterns
        names.update(only.pop("x-rule"))
        result.update(only)
    elif patterns:
        result["allOf"] = patterns
    if names:
        result["x-rule"] = sorted(names)
    if unsaid:
        result["x-rules"] = sorted(unsaid)
    return result


def _keywords(rule: Rule, shape: Shape, form: Form) -> Schema:
    if rule.kind is Kind.ENUM:
        return {"enum" if form.closed else "x-aws-known-values": list(rule.values)}
    if rule.kind is Kind.PATTERN and rule.pattern is not None:
        return _pattern(rule.pattern, original=rule.pattern == shape.pattern)
    if rule.kind is Kind.RANGE and shape.type == "string":
        return {"pattern": portable(_decimal_range(rule))}
    if rule.kind in {Kind.LENGTH, Kind.RANGE, Kind.COUNT} and shape.type in _BOUNDS:
        return _bounds(rule, shape, form)
    return {}


def _pattern(pattern: str, *, original: bool) -> Schema:
    keywords = {"x-aws-pattern": pattern} if original else {}
    try:
        return {**keywords, "pattern": portable(pattern)}
    except UntranslatablePattern as reason:
        return {**keywords, "x-aws-pattern-skipped": str(reason)}


def _decimal_range(rule: Rule) -> str:
    if not isinstance(rule.minimum, int) or not isinstance(rule.maximum, int):
        raise TypeError(f"rule {rule.id} bounds a number in a string, and needs both its bounds")
    return decimal_range_pattern(rule.minimum, rule.maximum)


def _bounds(rule: Rule, shape: Shape, form: Form) -> Schema:
    low, high = _BOUNDS[shape.type]
    limits = {low: rule.minimum, high: rule.maximum}
    if shape.type == "blob" and form.flavour == "wire":
        limits = {name: base64_length(limit) for name, limit in limits.items()}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _join(schema: Schema, keywords: Schema) -> None:
    for name, value in keywords.items():
        if name not in schema:
            schema[name] = value
        elif name.startswith("min"):
            schema[name] = max(schema[name], value)
        elif name.startswith("max"):
            schema[name] = min(schema[name], value)
        elif name == "enum":
            schema[name] = [one for one in schema[name] if one in value]
        else:
            schema[name] = value
