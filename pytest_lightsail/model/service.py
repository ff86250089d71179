"""The service model of Amazon Lightsail, read from botocore's data files.

botocore carries one JSON document per service, ``service-2.json``, which names every operation, every
shape and those constraints that AWS has put into its model. ``load`` reads it into small frozen
dataclasses, which can be compared and looked up by name. botocore's own classes for it do not have what
is deprecated, and whose fault an error is.

>>> model = load()
>>> model.operations["CreateContainerService"].input
'CreateContainerServiceRequest'
>>> model.shapes["ContainerServiceScale"].maximum
20
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ..exceptions import ModelSourceError
from .sources import INSTALLED, SERVICE, read_model
from .types import JSON_TYPES, TEXT_TIMESTAMPS, is_number

__all__ = [
    "COLLECTIONS",
    "EACH",
    "KEY",
    "VALUE",
    "Member",
    "Operation",
    "ServiceModel",
    "Shape",
    "load",
    "parse",
    "release",
]

COLLECTIONS = frozenset({"structure", "map", "list"})
"""The types whose values hold others."""

EACH, KEY, VALUE = "[]", "[key]", "[value]"
"""What a list or map holds: in paths an element or value, and a key; in targets of rules an element of a
list, a key of a map, and a value of one."""


@dataclass(frozen=True)
class Member:
    """A member of a structure: the name of its shape, and the traits set on the member itself."""

    shape: str
    deprecated: bool = False
    idempotency_token: bool = False
    timestamp_format: str | None = None


@dataclass(frozen=True)
class Shape:
    """A named type of the model.

    ``minimum`` and ``maximum`` bound what their type suggests: the value of a number, the characters
    of a string, the bytes of a blob, the elements of a list or map. ``pattern`` is as the model has it
    and means the whole string. ``key``, ``value`` and ``item`` name shapes of a map or list. A
    ``document`` is any JSON value.
    """

    name: str
    type: str
    members: Mapping[str, Member] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    item: str | None = None
    key: str | None = None
    value: str | None = None
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    sensitive: bool = False
    deprecated: bool = False
    union: bool = False
    document: bool = False
    error: bool = False
    fault: bool = False
    retryable: str | None = None
    """Of an error that botocore retries: ``throttling``, or ``transient`` for any other reason."""
    timestamp_format: str | None = None

    @property
    def wire_type(self) -> str | None:
        """The JSON type that carries it; ``None`` where any JSON value does."""
        if self.document:
            return None
        if self.type == "timestamp" and self.timestamp_format in TEXT_TIMESTAMPS:
            return "string"
        return JSON_TYPES.get(self.type)


@dataclass(frozen=True)
class Operation:
    """An operation: the shapes of its request and response, if any, and its modelled errors."""

    name: str
    input: str | None
    output: str | None
    errors: tuple[str, ...] = ()
    deprecated: bool = False


@dataclass(frozen=True, eq=False)
class ServiceModel:
    """One version of a service's model, and where it came from. Two models are equal if identical."""

    source: str
    metadata: Mapping[str, Any]
    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]
    label: str = ""
    """A short name of the release, as ``botocore 1.26.9``; where that is unknown, as the source."""
    release: str | None = None
    """The version of botocore that it came with, as ``1.26.9``; ``None`` if unknown."""

    @property
    def target_prefix(self) -> str:
        """What stands before the dot in the ``X-Amz-Target`` header."""
        return str(self.metadata["targetPrefix"])

    @cached_property
    def parameters(self) -> Mapping[str, Collection[str]]:
        """The names of the parameters of each operation."""
        shapes = {name: self.input_shape(name) for name in self.operations}
        return {name: () if shape is None else shape.members for name, shape in shapes.items()}

    def input_shape(self, operation: str) -> Shape | None:
        """Return the shape of the operation's request, ``None`` where it takes no input."""
        name = self.operations[operation].input
        return None if name is None else self.shapes[name]


def release(model: ServiceModel) -> str:
    """Return the version of the botocore that the model is from, ``"unknown"`` if nothing says.

    >>> release(parse({"metadata": {}, "operations": {}, "shapes": {}}, source="a test"))
    'unknown'
    """
    return model.release or "unknown"


def load(source: str | Path = INSTALLED) -> ServiceModel:
    """Read a service model.

    Args:
        source: ``"installed"`` for the botocore of this environment, or the path of a
            ``service-2.json`` or ``service-2.json.gz``, of a botocore wheel, or of a folder that holds
            exactly one of these.

    Returns:
        The model: always the same object for the one that is installed, and for the latest of the others.

    Raises:
        ModelSourceError: there is nothing readable; the message says what was looked for, and where.
    """
    return _load_installed() if str(source) == INSTALLED else _load(str(source))


@lru_cache(maxsize=1)
def _load_installed() -> ServiceModel:
    # Much else is cached by the installed model: others never take its place.
    return _load(INSTALLED)


@lru_cache(maxsize=8)
def _load(source: str) -> ServiceModel:
    document = read_model(source)
    model = parse(
        document.content, source=document.path, label=document.label, release=document.release
    )
    service = model.metadata.get("endpointPrefix")
    if service != SERVICE:
        raise ModelSourceError(f"{document.path} is a model of {service}, not of {SERVICE}")
    return model


def parse(
    document: Mapping[str, Any], *, source: str, label: str = "", release: str | None = None
) -> ServiceModel:
    """Return the model that the JSON of a ``service-2.json`` describes.

    Raises:
        ModelSourceError: the document lacks what every service model has, has something else in its
            place, or names a shape that it does not define; the message names the place.
    """
    try:
        metadata = dict(_entry(document, "metadata", Mapping))
        operations = {
            name: _described(_operation, "operations", name, raw)
            for name, raw in sorted(_entry(document, "operations", Mapping).items())
        }
        shapes = {
            name: _described(_shape, "shapes", name, raw)
            for name, raw in sorted(_entry(document, "shapes", Mapping).items())
        }
        _entry(metadata, "targetPrefix", str, "")
        _check_uses(operations.values(), shapes)
    except ValueError as error:
        raise ModelSourceError(f"{source} is not a service model: {error}") from None
    return ServiceModel(source, metadata, operations, shapes, label or source, release)


_ABSENT = object()
_LONGEST_SHOWN = 60
_KINDS = {Mapping: "an object", list: "a list", str: "a string", bool: "true or false"}


def _entry(raw: Mapping[str, Any], key: str, kind: Any, default: Any = _ABSENT) -> Any:
    """Return an entry of an object, which is of a kind, or absent if there is a default."""
    value = raw.get(key, default)
    if value is not default and not isinstance(value, kind):
        found = "missing" if value is _ABSENT else ascii(value)[:_LONGEST_SHOWN]
        raise ValueError(f"{key} is {_KINDS[kind]}, not {found}")
    if value is _ABSENT:
        raise ValueError(f"{key} is missing")
    return value


def _described(read: Any, part: str, name: str, raw: Any) -> Any:
    try:
        if not isinstance(raw, Mapping):
            raise ValueError("it is no object")  # noqa: TRY004, TRY301 - as for any other error in it
        return read(name, raw)
    except ValueError as error:
        raise ValueError(f"{part}.{ascii(name)[1:-1]}: {error}") from None


def _operation(name: str, raw: Mapping[str, Any]) -> Operation:
    return Operation(
        name=name,
        input=_reference(raw, "input"),
        output=_reference(raw, "output"),
        errors=tuple(_each(raw, "errors", lambda error: _entry(error, "shape", str))),
        deprecated=_entry(raw, "deprecated", bool, default=False),
    )


_PARTS = {"list": ("member",), "map": ("key", "value")}


def _shape(name: str, raw: Mapping[str, Any]) -> Shape:
    kind = _entry(raw, "type", str)
    if kind not in JSON_TYPES:
        raise ValueError(f"type is one of {', '.join(JSON_TYPES)}, not {kind!r}")
    parts = {part: _reference(raw, part) for part in _PARTS.get(kind, ())}
    if None in parts.values():
        raise ValueError(f"a {kind} has the shape of a {' and a '.join(_PARTS[kind])}")
    named = _entry(raw, "members", Mapping, {}) if kind == "structure" else {}
    members = {member: _described(_member, "members", member, one) for member, one in named.items()}
    required = tuple(_each(raw, "required", _text)) if kind == "structure" else ()
    if unknown := set(required) - members.keys():
        raise ValueError(f"required names {', '.join(sorted(unknown))}, which is not a member")
    return Shape(
        name=name,
        type=kind,
        members=members,
        required=required,
        item=parts.get("member"),
        key=parts.get("key"),
        value=parts.get("value"),
        enum=tuple(_each(raw, "enum", _text)),
        pattern=_entry(raw, "pattern", str, None),
        minimum=_number(raw, "min"),
        maximum=_number(raw, "max"),
        sensitive=_entry(raw, "sensitive", bool, default=False),
        deprecated=_entry(raw, "deprecated", bool, default=False),
        union=_entry(raw, "union", bool, default=False),
        document=_entry(raw, "document", bool, default=False),
        error=_entry(raw, "exception", bool, default=False),
        fault=_entry(raw, "fault", bool, default=False),
        retryable=_retryable(raw),
        timestamp_format=_entry(raw, "timestampFormat", str, None),
    )


def _member(name: str, raw: Mapping[str, Any]) -> Member:
    if name.startswith("["):
        raise ValueError("the elements of a list are written like that, not a member")
    return Member(
        shape=_entry(raw, "shape", str),
        deprecated=_entry(raw, "deprecated", bool, default=False),
        idempotency_token=_entry(raw, "idempotencyToken", bool, default=False),
        timestamp_format=_entry(raw, "timestampFormat", str, None),
    )


def _reference(raw: Mapping[str, Any], key: str) -> str | None:
    reference = _entry(raw, key, Mapping, None)
    return None if reference is None else str(_entry(reference, "shape", str))


def _each(raw: Mapping[str, Any], key: str, read: Any) -> Iterable[str]:
    for value in _entry(raw, key, list, []):
        if read is not _text and not isinstance(value, Mapping):
            raise ValueError(f"{key} is a list of objects")
        yield read(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it is a list of strings")  # noqa: TRY004 - as for any other error in it
    return value


def _number(raw: Mapping[str, Any], key: str) -> int | float | None:
    value = raw.get(key)
    if value is not None and not is_number(value):
        raise ValueError(f"{key} is a finite number, not {ascii(value)[:_LONGEST_SHOWN]}")
    return value


def _retryable(raw: Mapping[str, Any]) -> str | None:
    trait = _entry(raw, "retryable", Mapping, None)
    if trait is None:
        return None
    return "throttling" if _entry(trait, "throttling", bool, default=False) else "transient"


def _check_uses(operations: Iterable[Operation], shapes: Mapping[str, Shape]) -> None:
    """Check that every shape that is named exists, and is of a type that can be used there."""
    roots = [name for one in operations for name in (one.input, one.output) if name is not None]
    named = {*roots, *(error for one in operations for error in one.errors)}
    for shape in shapes.values():
        parts = (shape.item, shape.key, shape.value)
        named.update(member.shape for member in shape.members.values())
        named.update(name for name in parts if name is not None)
    if missing := sorted(named - shapes.keys()):
        raise ValueError(f"no shape {', '.join(ascii(name)[1:-1] for name in missing)}")
    for name in roots:
        if shapes[name].type != "structure":
            raise ValueError(f"shapes.{name}: type is structure, since an operation uses it")
    for shape in shapes.values():
        if shape.key is not None and shapes[shape.key].type != "string":
            raise ValueError(f"shapes.{shape.name}: key is a shape of strings")
