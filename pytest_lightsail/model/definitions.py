"""Shapes as JSON Schema: one definition for each shape of a model, in one form.

Structures, lists, maps and every constrained scalar become a definition of their own, found under
``$defs`` by the name of the shape and used by ``$ref``, so that recursion needs no care. A scalar
that is nothing but its type is written where it is used.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .form import binding_rules
from .keywords import Schema, constrained
from .rule import Kind
from .service import COLLECTIONS, EACH, KEY, VALUE
from .types import PYTHON_TYPES, python_type, whole_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .form import Form
    from .rule import Rule
    from .service import Member, ServiceModel, Shape

__all__ = ["Definitions"]


_MERELY_A_TYPE = frozenset(
    {"type", "minimum", "maximum", "x-aws-type", "x-python-type", "contentEncoding", "format"}
)


class Definitions:
    """The definitions of a model's shapes in one form, made when first asked for."""

    def __init__(self, model: ServiceModel, form: Form) -> None:
        self._model = model
        self._form = form
        self._rules = binding_rules(model, form)
        self._made: dict[str, Schema] = {}

    def of(self, name: str) -> Schema:
        """The definition of a shape, its keys sorted."""
        if name not in self._made:
            self._made[name] = _sorted(self._define(self._model.shapes[name]))
        return self._made[name]

    def needed_by(self, name: str) -> dict[str, Schema]:
        """The definitions that a shape's own refers to, directly or not, by name.

        The shape itself is among them only where it is recursive.
        """
        needed: set[str] = set()
        waiting = [name]
        while waiting:
            for target in _references(self.of(waiting.pop())):
                if target not in needed:
                    needed.add(target)
                    waiting.append(target)
        return {target: self.of(target) for target in sorted(needed)}

    def _define(self, shape: Shape) -> Schema:
        schema = _type_of(shape, self._form)
        inside = {"structure": self._structure, "map": self._map, "list": self._list}
        if shape.type in inside and not shape.document:
            schema.update(inside[shape.type](shape))
        if shape.sensitive:
            schema["x-aws-sensitive"] = True
        if shape.deprecated:
            schema["deprecated"] = True
        return constrained(schema, self._at(shape.name), shape, self._form)

    def _structure(self, shape: Shape) -> Schema:
        required = list(shape.required)
        rules = []
        for name in shape.members:
            for rule in self._at(f"{shape.name}.{name}"):
                if rule.kind is Kind.REQUIRED:
                    rules.append(rule.id)
                    required += [] if name in required else [name]
        schema: Schema = {
            "properties": {name: self._member(shape, name) for name in sorted(shape.members)},
            "additionalProperties": not self._form.closed,
        }
        if required:
            schema["required"] = sorted(required)
        if rules:
            schema["x-rule"] = rules
        if shape.union and self._form.closed:
            schema["minProperties"] = schema["maxProperties"] = 1
        return schema

    def _member(self, structure: Shape, name: str) -> Schema:
        member = structure.members[name]
        shape = _as_member(self._model.shapes[member.shape], member)
        schema = self._use(shape, self._at(f"{structure.name}.{name}"))
        if member.deprecated:
            schema["deprecated"] = True
        if member.idempotency_token:
            schema["x-aws-idempotency-token"] = True
        return _sorted(schema)

    def _list(self, shape: Shape) -> Schema:
        item = self._model.shapes[str(shape.item)]
        return {"items": _sorted(self._use(item, self._at(f"{shape.name}{EACH}")))}

    def _map(self, shape: Shape) -> Schema:
        key = self._model.shapes[str(shape.key)]
        value = self._model.shapes[str(shape.value)]
        values = self._at(f"{shape.name}{VALUE}")
        schema: Schema = {"additionalProperties": _sorted(self._use(value, values))}
        names = self._use(key, self._at(f"{shape.name}{KEY}"))
        # A key of JSON is text whatever the schema says, and never null; one of Python can be anything.
        if self._form.flavour == "python" or names not in (
            {"type": "string"},
            {"type": ["string", "null"]},
        ):
            schema["propertyNames"] = _sorted(names)
        return schema

    def _use(self, shape: Shape, rules: tuple[Rule, ...]) -> Schema:
        """A shape where it is used: its name, or itself if it is merely a type; and more rules."""
        schema: Schema = {"$ref": f"#/$defs/{shape.name}"}
        if shape is not self._model.shapes[shape.name]:
            schema = self._define(shape)
        elif shape.type not in COLLECTIONS and self.of(shape.name).keys() <= _MERELY_A_TYPE:
            schema = self.of(shape.name)
        return constrained(schema, rules, shape, self._form)

    def _at(self, target: str) -> tuple[Rule, ...]:
        return self._rules.get(target, ())


def _as_member(shape: Shape, member: Member) -> Shape:
    """The shape as that member has it: a member can ask for another format of timestamps."""
    if member.timestamp_format is None:
        return shape
    return replace(shape, timestamp_format=member.timestamp_format)


def _type_of(shape: Shape, form: Form) -> Schema:
    if form.flavour == "python" and shape.type in PYTHON_TYPES:
        return {"x-python-type": python_type(shape.type, form.direction)}
    name = shape.wire_type
    if name is None:
        return {}
    schema: Schema = {"type": [name, "null"] if form.nullable else name}
    bounds = whole_bounds(shape.type)
    if bounds is not None:
        schema["minimum"], schema["maximum"] = bounds
    if shape.type == "timestamp":
        schema["x-aws-type"] = "timestamp"
        if shape.timestamp_format == "iso8601":
            schema["format"] = "date-time"
    if shape.type == "blob":
        schema["contentEncoding"] = "base64"
    return schema


def _references(schema: Any) -> Iterator[str]:
    """The names of the definitions that a schema refers to."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "$ref":
                yield value.removeprefix("#/$defs/")
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _sorted(schema: Schema) -> Schema:
    return dict(sorted(schema.items()))
