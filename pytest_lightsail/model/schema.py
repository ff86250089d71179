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
from functools import lru_cache
from typing import Any

from ..exceptions import ConfigurationError, UnknownOperationError
from ..wording import did_you_mean
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
        model: the service model; that of the installed botocore unless given.
        strict: close a response: neither unknown members nor unknown enumeration values.

    Returns:
        The document, which is the caller's to change.

    Raises:
        UnknownOperationError: the model has no such operation.
        ConfigurationError: there is no such direction.
    """
    return copy.deepcopy(document(model or load(), operation, Form(direction, strict=strict)))


# --- which document is meant -----------------------------------------------------------------------

REQUEST, RESPONSE = "request", "response"
EMPTY = Shape(name="Empty", type="structure")
"""What an operation without input or output exchanges."""


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
    definitions = _definitions(model, form)
    root = dict(definitions.of(name))
    root["type"] = "object"
    service, version = (model.metadata.get(key, "") for key in ("endpointPrefix", "apiVersion"))
    strict = ":strict" if form.direction == RESPONSE and form.strict else ""
    head = {
        "$schema": DIALECT,
        "$id": f"urn:aws:{service}:{version}:{operation}:{form.direction}{strict}",
        "$defs": definitions.needed_by(name),
        "title": name,
    }
    return _sorted({**head, **root})


@lru_cache(maxsize=32)
def _definitions(model: ServiceModel, form: Form) -> _Definitions:
    return _Definitions(model, form)


_MERELY_A_TYPE = frozenset({"type", "minimum", "maximum", "x-aws-type"})


class _Definitions:
    """The definitions of a model's shapes in one form, made when first asked for.

    Structures, lists, maps and every constrained scalar become a definition, so that recursion needs no
    care. A scalar that is nothing but its type is written where it is used.
    """

    def __init__(self, model: ServiceModel, form: Form) -> None:
        self._shapes = {EMPTY.name: EMPTY, **model.shapes}
        self._form = form
        self._rules = binding_rules(model, form)
        self._made: dict[str, _Schema] = {}

    def of(self, name: str) -> _Schema:
        """Return the definition of a shape, its keys sorted."""
        if name not in self._made:
            self._made[name] = _sorted(self._define(self._shapes[name]))
        return self._made[name]

    def needed_by(self, name: str) -> dict[str, _Schema]:
        """Return the definitions that a shape's own refers to, directly or not, by name."""
        needed: set[str] = set()
        waiting = [name]
        while waiting:
            new = set(_references(self.of(waiting.pop()))) - needed
            needed |= new
            waiting += new
        return {target: self.of(target) for target in sorted(needed)}

    def _define(self, shape: Shape) -> _Schema:
        schema = _type_of(shape, self._form)
        inside = {"structure": self._structure, "map": self._map, "list": self._list}
        if shape.type in inside:
            schema.update(inside[shape.type](shape))
        if shape.sensitive:
            schema["x-aws-sensitive"] = True
        return constrained(schema, self._at(shape.name), shape, self._form)

    def _structure(self, shape: Shape) -> _Schema:
        rules = {
            name: rule.id
            for name in shape.members
            for rule in self._at(f"{shape.name}.{name}")
            if rule.kind is Kind.REQUIRED
        }
        schema: _Schema = {
            "properties": {name: self._member(shape, name) for name in sorted(shape.members)},
            "additionalProperties": not self._form.closed,
        }
        if required := {*shape.required, *rules}:
            schema["required"] = sorted(required)
        if rules:
            schema["x-rule"] = list(rules.values())
        return schema

    def _member(self, structure: Shape, name: str) -> _Schema:
        member = structure.members[name]
        schema = self._use(self._shapes[member.shape], f"{structure.name}.{name}")
        if member.deprecated:
            schema["deprecated"] = True
        return _sorted(schema)

    def _list(self, shape: Shape) -> _Schema:
        item = self._shapes[str(shape.item)]
        return {"items": _sorted(self._use(item, f"{shape.name}{EACH}"))}

    def _map(self, shape: Shape) -> _Schema:
        key, value = (self._shapes[str(name)] for name in (shape.key, shape.value))
        values = _sorted(self._use(value, f"{shape.name}{VALUE}"))
        names = _sorted(self._use(key, f"{shape.name}{KEY}"))
        # A key of JSON is text whatever the schema says, and never null.
        if names.keys() == {"type"}:
            return {"additionalProperties": values}
        return {"additionalProperties": values, "propertyNames": names}

    def _use(self, shape: Shape, target: str) -> _Schema:
        """Return a shape where it is used: its name, or itself if it is merely a type; and more rules."""
        schema: _Schema = {"$ref": f"#/$defs/{shape.name}"}
        if shape.type not in COLLECTIONS and self.of(shape.name).keys() <= _MERELY_A_TYPE:
            schema = self.of(shape.name)
        return constrained(schema, self._at(target), shape, self._form)

    def _at(self, target: str) -> tuple[Rule, ...]:
        return self._rules.get(target, ())


def _type_of(shape: Shape, form: Form) -> _Schema:
    name = shape.wire_type
    schema: _Schema = {"type": name if form.closed else [name, "null"]}
    if bounds := whole_bounds(shape.type):
        schema["minimum"], schema["maximum"] = bounds
    if shape.type == "timestamp":
        schema["x-aws-type"] = "timestamp"
    return schema


def _references(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix("#/$defs/")
        schema = list(schema.values())
    if isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _sorted(schema: _Schema) -> _Schema:
    return dict(sorted(schema.items()))


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
