"""JSON Schemas 2020-12 of what every operation of the service takes and gives.

Each document stands alone: whatever it refers to is under its ``$defs``, one definition for each shape.
Next to the keywords of JSON Schema it carries

- ``x-rule``: the rules of the catalogue that the keywords next to it come from,
- ``x-rules``: the rules that bind the value but that no keyword can say,
- ``x-aws-pattern``: the pattern as the service model has it (``pattern`` says it portably), and
  ``x-aws-pattern-skipped``: why there is no ``pattern``,
- ``x-aws-known-values``: an enumeration that is left open,
- ``x-aws-sensitive``: a trait of the model,
- ``x-aws-type``: a type that JSON has not.

>>> schema("GetContainerServices", "request")["properties"]
{'serviceName': {'$ref': '#/$defs/ContainerServiceName'}}
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from ..exceptions import ConfigurationError, UnknownOperationError, did_you_mean
from .bounds import NUMBERS, whole_bounds
from .catalogue import MORE_VALUES, RULES, rule
from .rule import Kind, Rule, UntranslatablePattern, portable
from .service import COLLECTIONS, EACH, KEY, VALUE, ServiceModel, Shape, load

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_Schema = dict[str, Any]


def schema(
    operation: str, direction: str, *, model: ServiceModel | None = None, strict: bool = False
) -> dict[str, Any]:
    """Return the JSON Schema of an operation's request or response.

    Args:
        operation: the operation's name, such as ``"CreateContainerService"``.
        direction: ``"request"`` or ``"response"``.
        model: the service model, by default that of the installed botocore.
        strict: whether a response must not have unknown members or unknown enumeration values.

    Returns:
        The document, a new copy.

    Raises:
        UnknownOperationError: the model has no such operation.
        ConfigurationError: there is no such direction.
    """
    return copy.deepcopy(document(model or load(), operation, Form(direction, strict=strict)))


# --- which document is meant -----------------------------------------------------------------------

REQUEST, RESPONSE = "request", "response"
EMPTY = Shape(name="Empty", type="structure")
"""The shape used for an operation that has no input or no output."""


@dataclass(frozen=True)
class Form:
    """Which document of an operation is meant, which says what binds it.

    A request is bound by everything known, and closed: no unknown members, no unknown enumeration
    values. A response comes in two forms. The open one is for reading: AWS adds members and values
    without notice and may give ``null`` for what is absent, so only what the model promises is
    asserted. The strict one is for writing, as the simulated account does: closed, and bound by the
    catalogue too. No response is held to the model's patterns, which AWS's own do not match.

    Attributes:
        direction: ``"request"`` or ``"response"``.
        strict: close a response; a request is closed anyway.

    Raises:
        ConfigurationError: there is no such direction.
    """

    direction: str
    strict: bool = False

    def __post_init__(self) -> None:
        if self.direction not in {REQUEST, RESPONSE}:
            raise ConfigurationError(
                f"invalid direction {self.direction!r}: expected {REQUEST!r} or {RESPONSE!r}"
            )

    @property
    def closed(self) -> bool:
        """Whether unknown members, unknown enumeration values and ``null`` are refused."""
        return self.direction == REQUEST or self.strict


_BOUNDED = {"string": Kind.LENGTH, "list": Kind.COUNT, "map": Kind.COUNT}
_LIMITING = frozenset({Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT})


@lru_cache(maxsize=32)
def resolve(model: ServiceModel, *, documented: bool = True) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules by target, with the limits that the model states filled in.

    A constraint of the model for which the catalogue has no entry appears as one of the ``model.*``
    rules, so that nothing that the model states is lost.

    Args:
        model: the service model.
        documented: also what only the catalogue says; without it the model's own constraints alone.
    """
    targets: dict[str, list[Rule]] = defaultdict(list)
    have = set()
    for entry in RULES:
        for target in entry.targets:
            shape = model.shapes.get(target)
            if entry.kind not in _LIMITING or _has_limits(entry):
                # It does not stand for limits of the model's; both hold.
                if documented:
                    targets[target].append(entry)
            elif shape is not None and entry.kind in _stated(shape):
                have.add((target, entry.kind))
                targets[target].append(_filled(entry, shape))
    for name, shape in model.shapes.items():
        for kind in _stated(shape):
            if (name, kind) not in have:
                targets[name].append(_filled(rule(f"model.{kind.value}"), shape))
    return {target: tuple(entries) for target, entries in targets.items()}


def _has_limits(entry: Rule) -> bool:
    """Return whether the entry brings its limits itself instead of taking them from the model."""
    return bool(entry.values) or (entry.pattern, entry.minimum, entry.maximum) != (None, None, None)


def _stated(shape: Shape) -> tuple[Kind, ...]:
    """Return the kinds of constraint that the model states of a shape."""
    stated = {
        Kind.ENUM: bool(shape.enum),
        _BOUNDED.get(shape.type, Kind.RANGE): (shape.minimum, shape.maximum) != (None, None),
        Kind.PATTERN: shape.pattern is not None,
    }
    return tuple(kind for kind, is_stated in stated.items() if is_stated)


def _filled(entry: Rule, shape: Shape) -> Rule:
    if entry.kind is Kind.ENUM:
        return replace(entry, values=shape.enum)
    if entry.kind is Kind.PATTERN:
        return replace(entry, pattern=shape.pattern)
    return replace(entry, minimum=shape.minimum, maximum=shape.maximum)


@lru_cache(maxsize=32)
def binding_rules(model: ServiceModel, form: Form) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules that bind a document of that form, by target."""
    rules = resolve(model, documented=form.closed)
    if form.direction == REQUEST:
        return rules
    return {
        target: kept
        for target, entries in rules.items()
        if (kept := tuple(_of_responses(target, one) for one in entries if _binds_responses(one)))
    }


def _binds_responses(entry: Rule) -> bool:
    # Names in AWS's own responses do not match the model's patterns: `example.com` is not a ResourceName.
    return not entry.requests_only and entry.kind is not Kind.PATTERN


def _of_responses(target: str, entry: Rule) -> Rule:
    more = MORE_VALUES.get(target, ()) if entry.kind is Kind.ENUM else ()
    return replace(entry, values=(*entry.values, *more)) if more else entry


def root_shape(model: ServiceModel, operation: str, form: Form) -> str:
    """Return the name of a document's shape; ``EMPTY`` where the operation exchanges nothing.

    Raises:
        UnknownOperationError: the model has no such operation.
    """
    entry = model.operations.get(operation)
    if entry is None:
        hint = did_you_mean(operation, model.operations)
        raise UnknownOperationError(f"the service model has no operation {operation!r}{hint}")
    return (entry.input if form.direction == REQUEST else entry.output) or EMPTY.name


# --- shapes as definitions -------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def document(model: ServiceModel, operation: str, form: Form) -> dict[str, Any]:
    """Return the schema of a form; made once and shared, so not to be changed."""
    name = root_shape(model, operation, form)
    service, version = (model.metadata.get(key, "") for key in ("endpointPrefix", "apiVersion"))
    strict = ":strict" if form.direction == RESPONSE and form.strict else ""
    whole = {
        "$schema": DIALECT,
        "$id": f"urn:aws:{service}:{version}:{operation}:{form.direction}{strict}",
        "$defs": {each: _definition(model, form, each) for each in _needed(model, form, name)},
        "title": name,
        **_definition(model, form, name),
        "type": "object",
    }
    return dict(sorted(whole.items()))


_MERELY_A_TYPE = frozenset({"type", "minimum", "maximum", "x-aws-type"})


@lru_cache(maxsize=16384)
def _definition(model: ServiceModel, form: Form, name: str) -> _Schema:
    """Return the definition of a shape.

    Structures, lists, maps and every constrained scalar become a definition, so that recursion needs no
    care. A scalar that is nothing but its type is written where it is used.
    """
    shape = model.shapes.get(name, EMPTY)
    at, use = binding_rules(model, form).get, partial(_use, model, form)
    schema: _Schema = {"type": shape.wire_type if form.closed else [shape.wire_type, "null"]}
    if bounds := whole_bounds(shape.type):
        schema["minimum"], schema["maximum"] = bounds
    if shape.type == "timestamp":
        schema["x-aws-type"] = "timestamp"
    if shape.sensitive:
        schema["x-aws-sensitive"] = True
    if shape.type == "list":
        schema["items"] = use(shape.item, f"{name}{EACH}")
    elif shape.type == "map":
        schema["additionalProperties"] = use(shape.value, f"{name}{VALUE}")
        names = use(shape.key, f"{name}{KEY}")
        # A key of JSON is text whatever the schema says, and never null.
        if names.keys() != {"type"}:
            schema["propertyNames"] = names
    elif shape.type == "structure":
        targets = {member: f"{name}.{member}" for member in shape.members}
        rules = {
            member: entry.id
            for member, target in targets.items()
            for entry in at(target, ())
            if entry.kind is Kind.REQUIRED
        }
        schema["properties"] = {
            member: use(shape.members[member].shape, target)
            | ({"deprecated": True} if shape.members[member].deprecated else {})
            for member, target in targets.items()
        }
        schema["additionalProperties"] = not form.closed
        if required := {*shape.required, *rules}:
            schema["required"] = sorted(required)
        if rules:
            schema["x-rule"] = list(rules.values())
    sorted_: _Schema = _sorted(constrained(schema, at(name, ()), shape, form))
    return sorted_


def _use(model: ServiceModel, form: Form, name: str | None, target: str) -> _Schema:
    """Return a shape where it is used: its name, or itself if it is merely a type; and more rules."""
    shape = model.shapes[str(name)]
    schema: _Schema = {"$ref": f"#/$defs/{shape.name}"}
    if shape.type not in COLLECTIONS:
        definition = _definition(model, form, shape.name)
        schema = definition if definition.keys() <= _MERELY_A_TYPE else schema
    return constrained(schema, binding_rules(model, form).get(target, ()), shape, form)


def _needed(model: ServiceModel, form: Form, name: str) -> list[str]:
    """Return the names of the definitions that a shape's own refers to, directly or not."""
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        new = set(_references(_definition(model, form, waiting.pop()))) - needed
        needed |= new
        waiting += new
    return sorted(needed)


def _references(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix("#/$defs/")
        schema = list(schema.values())
    if isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _sorted(value: Any) -> Any:
    """Return a schema with all its keys in order."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value


# --- rules as keywords -----------------------------------------------------------------------------


def constrained(schema: _Schema, rules: Iterable[Rule], shape: Shape, form: Form) -> _Schema:
    """Return ``schema``, which may be a mere reference, with what ``rules`` demand of the shape.

    Where several rules bind one place, the tighter bound wins, values are those common to all, and
    patterns that must all match become an ``allOf``.
    """
    result = dict(schema)
    names: set[str] = set(result.pop("x-rule", ()))
    unsaid: set[str] = set()
    patterns: list[_Schema] = []
    for entry in rules:
        keywords = _keywords(entry, shape, form)
        if "pattern" in keywords:
            patterns.append({**keywords, "x-rule": [entry.id]})
            continue
        for name, value in keywords.items():
            result[name] = _joined(name, result[name], value) if name in result else value
        if entry.kind is Kind.RELATION or "x-aws-pattern-skipped" in keywords:
            unsaid.add(entry.id)
        elif keywords and "x-aws-known-values" not in keywords:
            names.add(entry.id)
    if len(patterns) == 1:
        names.update(patterns[0].pop("x-rule"))
        result.update(patterns[0])
    elif patterns:
        result["allOf"] = patterns
    if names:
        result["x-rule"] = sorted(names)
    if unsaid:
        result["x-rules"] = sorted(unsaid)
    return result


def _joined(keyword: str, old: Any, new: Any) -> Any:
    if keyword == "enum":
        return [value for value in old if value in new]
    bound = {"min": max, "max": min}.get(keyword[:3])
    return bound(old, new) if bound else new


_BOUNDS = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "map": ("minProperties", "maxProperties"),
    **dict.fromkeys(NUMBERS, ("minimum", "maximum")),
}


def _keywords(rule: Rule, shape: Shape, form: Form) -> _Schema:
    if rule.kind is Kind.ENUM:
        return {"enum" if form.closed else "x-aws-known-values": list(rule.values)}
    is_text = shape.type == "string"
    if rule.pattern is not None and (rule.kind is Kind.PATTERN or is_text):
        keywords = {"x-aws-pattern": rule.pattern} if rule.pattern == shape.pattern else {}
        try:
            return {**keywords, "pattern": portable(rule.pattern)}
        except UntranslatablePattern as reason:
            return {**keywords, "x-aws-pattern-skipped": str(reason)}
    if rule.kind not in {Kind.LENGTH, Kind.RANGE, Kind.COUNT} or shape.type not in _BOUNDS:
        return {}
    both = zip(_BOUNDS[shape.type], (rule.minimum, rule.maximum), strict=True)
    return {keyword: bound for keyword, bound in both if bound is not None}
