"""JSON Schemas 2020-12 of what every operation of the service takes and gives.

Each document stands alone: whatever it refers to is under its ``$defs``, one definition for each shape.
Next to the keywords of JSON Schema it carries

- ``x-rule``: the rules of the catalogue that the keywords beside it come from,
- ``x-rules``: the rules that bind the value but that no keyword can say,
- ``x-aws-pattern``: the pattern as the service model has it (``pattern`` says it portably), and
  ``x-aws-pattern-skipped``: why there is no ``pattern``,
- ``x-aws-known-values``: an enumeration that is left open,
- ``x-aws-sensitive``, ``x-aws-idempotency-token``: traits of the model,
- ``x-aws-type``, ``x-python-type``: types that JSON has not.

>>> schema("GetContainerServices", "request")["properties"]
{'serviceName': {'$ref': '#/$defs/ContainerServiceName'}}
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from ..exceptions import ConfigurationError, UnknownOperationError
from ..wording import did_you_mean
from .bounds import NUMBERS, PYTHON_TYPES, base64_length, python_type, whole_bounds
from .catalogue import MORE_VALUES
from .rule import Kind, Rule, UntranslatablePattern, portable
from .rules import resolve
from .service import COLLECTIONS, EACH, KEY, VALUE, Member, ServiceModel, Shape, load

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_Schema = dict[str, Any]


def schema(
    operation: str,
    direction: str,
    *,
    model: ServiceModel | None = None,
    flavour: str = "wire",
    strict: bool = False,
    documented: bool = True,
) -> dict[str, Any]:
    """Return the JSON Schema of an operation's request, response or modelled error.

    Args:
        operation: the operation's name, such as ``"CreateContainerService"``.
        direction: ``"request"``, ``"response"`` or ``"error:<name>"``.
        model: the service model; that of the installed botocore unless given.
        flavour: ``"wire"`` for the JSON on the wire, ``"python"`` for what boto3 takes and gives.
        strict: close a response: neither unknown members nor unknown enumeration values.
        documented: also what AWS says only in prose; without it the service model alone.

    Returns:
        The document, which is the caller's to change.

    Raises:
        UnknownOperationError: the model has no such operation, or the operation no such error.
        ConfigurationError: there is no such direction or flavour.
    """
    form = Form(direction, flavour, strict=strict, documented=documented)
    return copy.deepcopy(document(model or load(), operation, form))


# --- which document is meant -----------------------------------------------------------------------

REQUEST = "request"
RESPONSE = "response"
_ERROR = "error:"
"""Stands before the name of a modelled error, as in ``error:NotFoundException``."""
_FLAVOURS = ("wire", "python")


@dataclass(frozen=True)
class Form:
    """Which document of an operation is meant, which says what binds it.

    A request is bound by everything known, and closed: no unknown members, no unknown enumeration
    values. A response comes in two forms. The open one is for reading: AWS adds members and values
    without notice and may give ``null`` for what is absent, so only what the model promises is
    asserted. The strict one is for writing, as the simulated account does: closed, and bound by the
    catalogue too. No response is held to the model's patterns, which AWS's own do not match.

    Attributes:
        direction: ``"request"``, ``"response"``, or ``"error:<name of a modelled error>"``.
        flavour: ``"wire"`` for the JSON, ``"python"`` for what boto3 takes and gives.
        strict: close a response; a request is closed anyway.
        documented: also what only AWS's prose says; without it the service model alone.

    Raises:
        ConfigurationError: there is no such direction or flavour.
    """

    direction: str
    flavour: str = "wire"
    strict: bool = False
    documented: bool = True

    def __post_init__(self) -> None:
        if self.direction not in {REQUEST, RESPONSE} and self.error is None:
            known = f"{REQUEST!r}, {RESPONSE!r}, '{_ERROR}<name>'"
            raise ConfigurationError(
                f"invalid direction {self.direction!r}: expected one of {known}"
            )
        if self.flavour not in _FLAVOURS:
            known = ", ".join(map(repr, _FLAVOURS))
            raise ConfigurationError(f"invalid flavour {self.flavour!r}: expected one of {known}")

    @property
    def error(self) -> str | None:
        """The name of the modelled error, if it is one."""
        name = self.direction.removeprefix(_ERROR)
        return name if name and name != self.direction else None

    @property
    def closed(self) -> bool:
        """Whether unknown members and unknown enumeration values are refused."""
        return self.direction == REQUEST or self.strict

    @property
    def nullable(self) -> bool:
        """Whether ``null`` may stand for what is absent; botocore drops it from what it returns."""
        return not self.closed and self.flavour == "wire"

    @property
    def label(self) -> str:
        """The last parts of the document's ``$id``."""
        parts = [self.direction, self.flavour]
        if self.direction != REQUEST and self.strict:
            parts.append("strict")
        if not self.documented:
            parts.append("model")
        return ":".join(parts)


@lru_cache(maxsize=32)
def binding_rules(model: ServiceModel, form: Form) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules that bind a document of that form, by target."""
    if form.direction == REQUEST:
        return resolve(model, documented=form.documented)
    rules = resolve(model, documented=form.documented and form.strict)
    return {
        target: kept
        for target, entries in rules.items()
        if (kept := tuple(_of_responses(target, one) for one in entries if _binds_responses(one)))
    }


def _binds_responses(entry: Rule) -> bool:
    # Names in AWS's own responses do not match the model's patterns: `example.com` is no ResourceName.
    return not entry.requests_only and entry.kind is not Kind.PATTERN


def _of_responses(target: str, entry: Rule) -> Rule:
    more = MORE_VALUES.get(target, ()) if entry.kind is Kind.ENUM else ()
    return replace(entry, values=(*entry.values, *more)) if more else entry


# --- what protocol and client add to the modelled shapes -------------------------------------------
#
# On the wire an error names itself in ``__type``. boto3 adds ``ResponseMetadata`` to every response and
# gives an error as the ``response`` of its ``ClientError``. An operation without input or output
# exchanges an empty object. As shapes of the model they need no special case in schemas and validators.

_EMPTY = Shape(name="Empty", type="structure")
_ANYTHING = Shape(name="Anything", type="structure", document=True)
_TEXT = Shape(name="Text", type="string")
_METADATA = Shape(name="ResponseMetadata", type="map", key=_TEXT.name, value=_ANYTHING.name)
"""A map of anything: its members differ between versions of botocore."""
_WITH_METADATA = {_METADATA.name: Member(_METADATA.name)}


def root_shape(model: ServiceModel, operation: str, form: Form) -> str:
    """Return the name of the document's shape in ``enveloped(model, form)``.

    Raises:
        UnknownOperationError: the model has no such operation, or the operation no such error.
    """
    entry = model.operations.get(operation)
    if entry is None:
        hint = did_you_mean(operation, model.operations)
        raise UnknownOperationError(f"the service model has no operation {operation!r}{hint}")
    if form.error is None:
        return (entry.input if form.direction == REQUEST else entry.output) or _EMPTY.name
    if form.error not in entry.errors:
        raise UnknownOperationError(
            f"{operation} has no error {form.error!r}; it has {', '.join(entry.errors)}"
        )
    return form.error


@lru_cache(maxsize=32)
def enveloped(model: ServiceModel, form: Form) -> ServiceModel:
    """Return the model with the shapes that documents of that form have on top."""
    added = {shape.name: shape for shape in (_EMPTY, *_additions(model, form))}
    return replace(model, shapes={**model.shapes, **added})


def _additions(model: ServiceModel, form: Form) -> Iterator[Shape]:
    is_python = form.flavour == "python"
    if is_python and form.direction != REQUEST:
        yield from (_ANYTHING, _TEXT, _METADATA)
    if form.error is not None:
        # `root_shape` refuses an error that is not there.
        if form.error in model.shapes:
            yield from _error(model.shapes[form.error], form)
    elif is_python and form.direction == RESPONSE:
        for name in {entry.output or _EMPTY.name for entry in model.operations.values()}:
            shape = model.shapes.get(name, _EMPTY)
            yield replace(shape, members={**shape.members, **_WITH_METADATA})


def _error(shape: Shape, form: Form) -> Iterator[Shape]:
    code = Shape(name=f"{shape.name}Code", type="string", enum=(shape.name,))
    yield code
    if form.flavour == "wire":
        members = {"__type": Member(code.name), **shape.members}
        # Without it a client reads the name from a header.
        required = (*(("__type",) if form.strict else ()), *shape.required)
        yield replace(shape, members=members, required=required)
        return
    summary = Shape(
        name=f"{shape.name}Summary",
        type="structure",
        members={"Code": Member(code.name), "Message": Member(_TEXT.name)},
        required=("Code", "Message"),
    )
    yield summary
    members = {"Error": Member(summary.name), **_WITH_METADATA, **shape.members}
    yield replace(shape, members=members, required=("Error",))


# --- shapes as definitions -------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def document(model: ServiceModel, operation: str, form: Form) -> dict[str, Any]:
    """Return the schema of a form; made once and shared, so not to be changed."""
    name = root_shape(model, operation, form)
    definitions = _definitions(model, form)
    root = dict(definitions.of(name))
    if form.nullable:
        root["type"] = "object"
    service, version = (model.metadata.get(key, "") for key in ("endpointPrefix", "apiVersion"))
    head = {
        "$schema": DIALECT,
        "$id": f"urn:aws:{service}:{version}:{operation}:{form.label}",
        "$defs": definitions.needed_by(name),
        "title": name,
    }
    return _sorted({**head, **root})


@lru_cache(maxsize=32)
def _definitions(model: ServiceModel, form: Form) -> _Definitions:
    return _Definitions(enveloped(model, form), form)


_MERELY_A_TYPE = frozenset(
    {"type", "minimum", "maximum", "x-aws-type", "x-python-type", "contentEncoding", "format"}
)


class _Definitions:
    """The definitions of a model's shapes in one form, made when first asked for.

    Structures, lists, maps and every constrained scalar become a definition, so that recursion needs no
    care. A scalar that is nothing but its type is written where it is used.
    """

    def __init__(self, model: ServiceModel, form: Form) -> None:
        self._model = model
        self._form = form
        self._rules = binding_rules(model, form)
        self._made: dict[str, _Schema] = {}

    def of(self, name: str) -> _Schema:
        """Return the definition of a shape, its keys sorted."""
        if name not in self._made:
            self._made[name] = _sorted(self._define(self._model.shapes[name]))
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
        if shape.type in inside and not shape.document:
            schema.update(inside[shape.type](shape))
        if shape.sensitive:
            schema["x-aws-sensitive"] = True
        if shape.deprecated:
            schema["deprecated"] = True
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
        if shape.union and self._form.closed:
            schema["minProperties"] = schema["maxProperties"] = 1
        return schema

    def _member(self, structure: Shape, name: str) -> _Schema:
        member = structure.members[name]
        shape = self._model.shapes[member.shape]
        if member.timestamp_format is not None:
            shape = replace(shape, timestamp_format=member.timestamp_format)
        schema = self._use(shape, f"{structure.name}.{name}")
        if member.deprecated:
            schema["deprecated"] = True
        if member.idempotency_token:
            schema["x-aws-idempotency-token"] = True
        return _sorted(schema)

    def _list(self, shape: Shape) -> _Schema:
        item = self._model.shapes[str(shape.item)]
        return {"items": _sorted(self._use(item, f"{shape.name}{EACH}"))}

    def _map(self, shape: Shape) -> _Schema:
        key, value = (self._model.shapes[str(name)] for name in (shape.key, shape.value))
        values = _sorted(self._use(value, f"{shape.name}{VALUE}"))
        names = _sorted(self._use(key, f"{shape.name}{KEY}"))
        # A key of JSON is text whatever the schema says, and never null; one of Python can be anything.
        if self._form.flavour == "wire" and names.keys() == {"type"}:
            return {"additionalProperties": values}
        return {"additionalProperties": values, "propertyNames": names}

    def _use(self, shape: Shape, target: str) -> _Schema:
        """Return a shape where it is used: its name, or itself if it is merely a type; and more rules."""
        schema: _Schema = {"$ref": f"#/$defs/{shape.name}"}
        if shape is not self._model.shapes[shape.name]:
            schema = self._define(shape)
        elif shape.type not in COLLECTIONS and self.of(shape.name).keys() <= _MERELY_A_TYPE:
            schema = self.of(shape.name)
        return constrained(schema, self._at(target), shape, self._form)

    def _at(self, target: str) -> tuple[Rule, ...]:
        return self._rules.get(target, ())


def _type_of(shape: Shape, form: Form) -> _Schema:
    if form.flavour == "python" and shape.type in PYTHON_TYPES:
        return {"x-python-type": python_type(shape.type, form.direction)}
    name = shape.wire_type
    if name is None:
        return {}
    schema: _Schema = {"type": [name, "null"] if form.nullable else name}
    if bounds := whole_bounds(shape.type):
        schema["minimum"], schema["maximum"] = bounds
    if shape.type == "timestamp":
        schema["x-aws-type"] = "timestamp"
        if shape.timestamp_format == "iso8601":
            schema["format"] = "date-time"
    if shape.type == "blob":
        schema["contentEncoding"] = "base64"
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
    for rule in rules:
        keywords = _keywords(rule, shape, form)
        if "pattern" in keywords:
            patterns.append({**keywords, "x-rule": [rule.id]})
            continue
        for name, value in keywords.items():
            result[name] = _joined(name, result[name], value) if name in result else value
        if rule.kind is Kind.RELATION or "x-aws-pattern-skipped" in keywords:
            unsaid.add(rule.id)
        elif keywords and "x-aws-known-values" not in keywords:
            names.add(rule.id)
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
    "blob": ("minLength", "maxLength"),
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
    bounds: tuple[Any, ...] = (rule.minimum, rule.maximum)
    if shape.type == "blob" and form.flavour == "wire":
        bounds = tuple(map(base64_length, bounds))
    both = zip(_BOUNDS[shape.type], bounds, strict=True)
    return {keyword: bound for keyword, bound in both if bound is not None}
