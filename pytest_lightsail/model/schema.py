"""JSON Schemas (2020-12) for the requests and responses of all operations.

Each schema is self-contained: ``$defs`` defines each shape that the schema uses.
In addition to JSON Schema's own keywords, a schema can contain:

- ``x-rule``: the ids of all rules for the value, including rules that no keyword can express,
- ``x-aws-known-values``: the known values of an enumeration that AWS may extend,
- ``x-aws-sensitive``: ``true`` if the model marks the value as sensitive.

>>> schema("GetContainerServices", "request")["properties"]
{'serviceName': {'$ref': '#/$defs/ContainerServiceName'}}
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..exceptions import ConfigurationError, check_known
from ..output_files import check_output, write_output
from .catalogue import MORE_VALUES, RULES, rule
from .rule import Kind, Rule, compiled, show_path
from .service import EACH, INTEGERS, KEY, VALUE, ServiceModel, Shape, check_operation, load

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REQUEST, RESPONSE = "request", "response"

_Schema = dict[str, Any]


def schema(
    operation: str, direction: str, *, model: ServiceModel | None = None, strict: bool = False
) -> dict[str, Any]:
    """Return the JSON Schema of an operation's request or response.

    Args:
        operation: the operation's name, such as ``"CreateContainerService"``.
        direction: ``"request"`` or ``"response"``.
        model: the service model. The default is the model in the installed botocore.
        strict: whether a response schema rejects unknown members and unknown enumeration values.

    Raises:
        ConfigurationError: the model has no such operation, or the direction is neither
            ``"request"`` nor ``"response"``.
    """
    model, form = model or load(), Form(direction, strict=strict)
    name = root_shape(model, operation, form)
    definitions = sorted(model.reached(model.shapes[name].parts.values()))
    service, version = (model.metadata.get(key, "") for key in ("endpointPrefix", "apiVersion"))
    suffix = ":strict" if direction == RESPONSE and strict else ""
    return {
        "$schema": DIALECT,
        "$id": f"urn:aws:{service}:{version}:{operation}:{direction}{suffix}",
        "title": name,
        **_definition(model, form, name),
        "type": "object",
        "$defs": {each: _definition(model, form, each) for each in definitions},
    }


def schema_files(directory: Path) -> list[Path]:
    """Return the paths of all schemas in a directory."""
    return [*directory.glob(f"*.{REQUEST}.json"), *directory.glob(f"*.{RESPONSE}.json")]


def write_schemas(directory: Path, model: ServiceModel, operations: Iterable[str]) -> int:
    """Write ``<Operation>.request.json`` and ``<Operation>.response.json`` for each operation.

    Remove the schemas of all other operations. Return the number of files written. Raise
    ``ConfigurationError`` if an operation is not in the model, or if a file cannot be written. Do
    not change any file if another program wrote one of the existing schemas.
    """
    texts = {}
    for operation in sorted(operations):
        for direction in (REQUEST, RESPONSE):
            document = schema(operation, direction, model=model)
            text = json.dumps(document, indent=2, sort_keys=True) + "\n"
            texts[directory / f"{operation}.{direction}.json"] = text
    stale = set(schema_files(directory)) - texts.keys()
    for path in (*texts, *stale):
        check_output(path)
    try:
        for path, text in texts.items():
            write_output(path, text)
        for path in stale:
            path.unlink()
    except OSError as error:
        raise ConfigurationError(f"cannot write schemas to {directory}: {error}") from error
    return len(texts)


# --- the forms of documents -----------------------------------------------------------------------


@dataclass(frozen=True)
class Form:
    """The kind of document: a request, a strict response or an open response.

    A request must obey all rules. A strict response must obey all rules except patterns, which some
    of AWS's own responses do not match. An open response only has to obey the service model, because
    AWS adds members and values without notice.
    """

    direction: str
    strict: bool = False

    def __post_init__(self) -> None:
        check_known("unknown direction", [self.direction], (REQUEST, RESPONSE))

    @property
    def closed(self) -> bool:
        """Whether unknown members, unknown enumeration values and ``null`` are rejected."""
        return self.direction == REQUEST or self.strict


_BOUNDS = {
    "string": (Kind.LENGTH, "minLength", "maxLength"),
    "array": (Kind.COUNT, "minItems", "maxItems"),
    "object": (Kind.COUNT, "minProperties", "maxProperties"),
    "integer": (Kind.RANGE, "minimum", "maximum"),
    "number": (Kind.RANGE, "minimum", "maximum"),
}
"""Maps each JSON type to the kind of rule that limits its values, and to the keywords that express
the limits."""
_LIMITING = frozenset({Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT})


@lru_cache(maxsize=64)
def resolve(model: ServiceModel, form: Form = Form(REQUEST)) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules that apply to each target, with the limits that the model defines.

    For each model constraint that has no rule in the catalogue, the result contains a
    ``model.*`` rule.
    """
    is_response = form.direction == RESPONSE
    targets: dict[str, list[Rule]] = defaultdict(list)
    stated = {name: _stated(shape, form) for name, shape in model.shapes.items()}
    for entry in RULES:
        if is_response and (entry.requests_only or entry.kind is Kind.PATTERN):
            continue
        own = entry.values or (entry.pattern, entry.minimum, entry.maximum) != (None, None, None)
        for target in entry.targets:
            if own or entry.kind not in _LIMITING:
                if form.closed:
                    targets[target].append(entry)
            elif limits := stated.get(target, {}).pop(entry.kind, None):
                targets[target].append(replace(entry, **limits))
    for name, rest in stated.items():
        for kind, limits in rest.items():
            targets[name].append(replace(rule(f"model.{kind.value}"), **limits))
    return {target: tuple(entries) for target, entries in targets.items()}


def _stated(shape: Shape, form: Form) -> dict[Kind, dict[str, Any]]:
    """Return the limits that the model defines for a shape, keyed by the kind of rule."""
    is_request, stated = form.direction == REQUEST, dict[Kind, dict[str, Any]]()
    if shape.enum:
        more = () if is_request else MORE_VALUES.get(shape.name, ())
        stated[Kind.ENUM] = {"values": (*shape.enum, *more)}
    if (shape.minimum, shape.maximum) != (None, None):
        bounds = {"minimum": shape.minimum, "maximum": shape.maximum}
        stated[_BOUNDS.get(shape.wire_type, (Kind.RANGE,))[0]] = bounds
    if shape.pattern is not None and is_request:
        stated[Kind.PATTERN] = {"pattern": shape.pattern}
    return stated


def root_shape(model: ServiceModel, operation: str, form: Form) -> str:
    """Return the name of an operation's request or response shape.

    Raise ``ConfigurationError`` if the model has no such operation.
    """
    check_operation(operation, model.operations)
    return model.operations[operation].root(form.direction)


_REQUIRED = rule("json.required")


def required_members(shape: Shape, rules: Mapping[str, Iterable[Rule]]) -> dict[str, Rule]:
    """Return the members that a structure must have, each with the rule that requires it."""
    required = dict.fromkeys(shape.required, _REQUIRED)
    for member in shape.parts:
        for entry in rules.get(f"{shape.name}.{member}", ()):
            if entry.kind is Kind.REQUIRED:
                required[member] = entry
    return required


# --- shapes as definitions -------------------------------------------------------------------------


def _definition(model: ServiceModel, form: Form, name: str) -> _Schema:
    shape, rules = model.shapes[name], resolve(model, form)
    uses = {}
    for part, inner in shape.parts.items():
        at = rules.get(show_path((name, part)), ())
        uses[part] = constrained({"$ref": f"#/$defs/{inner}"}, at, model.shapes[inner], form)
    schema: _Schema = {"type": shape.wire_type if form.closed else [shape.wire_type, "null"]}
    if shape.sensitive:
        schema["x-aws-sensitive"] = True
    if shape.type == "list":
        schema["items"] = uses[EACH]
    elif shape.type == "map":
        schema |= {"additionalProperties": uses[VALUE], "propertyNames": uses[KEY]}
    elif shape.type == "structure":
        schema["properties"] = uses
        schema["additionalProperties"] = not form.closed
        if required := required_members(shape, rules):
            schema["required"] = sorted(required)
    bounds = zip(("minimum", "maximum"), INTEGERS.get(shape.type, ()), strict=False)
    return {**dict(bounds), **constrained(schema, rules.get(name, ()), shape, form)}


# --- rules as keywords -----------------------------------------------------------------------------


def constrained(schema: _Schema, rules: Iterable[Rule], shape: Shape, form: Form) -> _Schema:
    """Return a copy of a shape's schema with additional keywords that express the rules.

    If several rules need the same keyword, the keywords of later rules go into ``allOf``.
    """
    result = dict(schema)
    for entry in rules:
        part, keywords = result, _keywords(entry, shape, form)
        if keywords.keys() & result.keys():
            part = {}
            result.setdefault("allOf", []).append(part)
        part |= keywords
        part.setdefault("x-rule", []).append(entry.id)
    return result


def _keywords(rule: Rule, shape: Shape, form: Form) -> _Schema:
    if rule.kind is Kind.ENUM:
        return {"enum" if form.closed else "x-aws-known-values": list(rule.values)}
    if rule.pattern is not None and (rule.kind is Kind.PATTERN or shape.type == "string"):
        pattern = compiled(rule.pattern)
        return {"pattern": pattern.pattern} if pattern else {}
    kind, *keywords = _BOUNDS.get(shape.wire_type, (None,))
    both = zip(keywords, (rule.minimum, rule.maximum), strict=False)
    return {key: bound for key, bound in both if rule.kind is kind and bound is not None}
