"""The service model of Amazon Lightsail, read from botocore's data files without importing botocore.

botocore carries one JSON document per service, ``service-2.json`` (gzipped since 1.29), which names
every operation, every shape, and those constraints that AWS has put into its model. ``load`` reads it
into small frozen dataclasses that the rest of this library works with.

>>> model = load()
>>> model.operations["CreateContainerService"].input
'CreateContainerServiceRequest'
>>> model.shapes["ContainerServiceScale"].maximum
20
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..exceptions import ModelSourceError
from .sources import INSTALLED, SERVICE, read_model

__all__ = ["Member", "Operation", "ServiceModel", "Shape", "load"]


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
    timestamp_format: str | None = None


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

    @property
    def target_prefix(self) -> str:
        """What stands before the dot in the ``X-Amz-Target`` header."""
        return str(self.metadata["targetPrefix"])

    def input_shape(self, operation: str) -> Shape | None:
        """The shape of the operation's request, ``None`` where it takes no input."""
        name = self.operations[operation].input
        return None if name is None else self.shapes[name]


def load(source: str | Path = INSTALLED) -> ServiceModel:
    """Read a service model.

    Args:
        source: ``"installed"`` for the botocore of this environment, or the path of a
            ``service-2.json`` or ``service-2.json.gz``, of a botocore wheel or sdist, of an unpacked
            tree of botocore, or of a folder that holds exactly one of these.

    Returns:
        The model; the same object for the same source.

    Raises:
        ModelSourceError: nothing readable is there; the message says what was looked for, and where.
    """
    return _load(str(source))


@lru_cache(maxsize=8)
def _load(source: str) -> ServiceModel:
    document = read_model(source)
    model = parse(document.content, source=document.path, label=document.label)
    service = model.metadata.get("endpointPrefix")
    if service != SERVICE:
        raise ModelSourceError(f"{document.path} is a model of {service}, not of {SERVICE}")
    return model


def parse(document: Mapping[str, Any], *, source: str, label: str = "") -> ServiceModel:
    """Turn the JSON of a ``service-2.json`` into a model.

    Raises:
        ModelSourceError: the document lacks what every service model has, or names a shape that it
            does not define.
    """
    try:
        model = ServiceModel(
            source=source,
            metadata=dict(document["metadata"]),
            operations={
                name: _operation(name, raw) for name, raw in sorted(document["operations"].items())
            },
            shapes={name: _shape(name, raw) for name, raw in sorted(document["shapes"].items())},
            label=label or source,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelSourceError(f"{source} is not a service model: {error!r}") from error
    if missing := sorted(_named_shapes(model) - model.shapes.keys()):
        raise ModelSourceError(f"{source} is not a service model: no shape {', '.join(missing)}")
    return model


def _named_shapes(model: ServiceModel) -> set[str]:
    named: set[str | None] = set()
    for operation in model.operations.values():
        named.update((operation.input, operation.output, *operation.errors))
    for shape in model.shapes.values():
        named.update((shape.item, shape.key, shape.value))
        named.update(member.shape for member in shape.members.values())
    return {name for name in named if name is not None}


def _operation(name: str, raw: Mapping[str, Any]) -> Operation:
    return Operation(
        name=name,
        input=raw["input"]["shape"] if "input" in raw else None,
        output=raw["output"]["shape"] if "output" in raw else None,
        errors=tuple(error["shape"] for error in raw.get("errors", ())),
        deprecated=bool(raw.get("deprecated")),
    )


def _shape(name: str, raw: Mapping[str, Any]) -> Shape:
    def reference(part: str) -> str | None:
        return raw[part]["shape"] if part in raw else None

    return Shape(
        name=name,
        type=raw["type"],
        members={
            member: Member(
                shape=target["shape"],
                deprecated=bool(target.get("deprecated")),
                idempotency_token=bool(target.get("idempotencyToken")),
                timestamp_format=target.get("timestampFormat"),
            )
            for member, target in raw.get("members", {}).items()
        },
        required=tuple(raw.get("required", ())),
        item=reference("member"),
        key=reference("key"),
        value=reference("value"),
        enum=tuple(raw.get("enum", ())),
        pattern=raw.get("pattern"),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        sensitive=bool(raw.get("sensitive")),
        deprecated=bool(raw.get("deprecated")),
        union=bool(raw.get("union")),
        document=bool(raw.get("document")),
        error=bool(raw.get("exception")),
        fault=bool(raw.get("fault")),
        timestamp_format=raw.get("timestampFormat"),
    )
