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

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ..exceptions import ModelSourceError
from .bounds import DEEPEST
from .endless import endless
from .part import Part
from .shape import Member, Shape
from .sources import INSTALLED, SERVICE, read_model
from .types import JSON_TYPES

__all__ = ["Operation", "ServiceModel", "load", "parse"]


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
    """The version of botocore that it came with, as ``1.26.9``; ``None`` where nothing says."""

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
        The model: always the same object for the one that is installed, and for the latest of the others.

    Raises:
        ModelSourceError: nothing readable is there; the message says what was looked for, and where.
    """
    return _load_installed() if str(source) == INSTALLED else _load(str(source))


@lru_cache(maxsize=1)
def _load_installed() -> ServiceModel:
    # What much else is remembered by: other models never take its place.
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
    """Turn the JSON of a ``service-2.json`` into a model.

    Raises:
        ModelSourceError: the document lacks what every service model has, has something else in its
            place, names a shape that it does not define, or has one that must hold itself; the message
            names the place.
    """
    whole = Part(document, "", source)
    for key in ("metadata", "operations", "shapes"):
        if key not in document:
            raise whole.wrong(key, "an object")
    whole.part("metadata").maybe_text("targetPrefix")
    model = ServiceModel(
        source=source,
        metadata=dict(document["metadata"]),
        operations={
            name: _operation(name, raw)
            for name, raw in sorted(whole.parts("operations"), key=_name)
        },
        shapes={name: _shape(name, raw) for name, raw in sorted(whole.parts("shapes"), key=_name)},
        label=label or source,
        release=release,
    )
    if missing := sorted(_named_shapes(model) - model.shapes.keys()):
        raise ModelSourceError(f"{source} is not a service model: no shape {', '.join(missing)}")
    if without := endless(model.shapes):
        raise ModelSourceError(
            f"{source} is not a service model: {without[0]} must hold a value that must hold "
            f"another one, and so on, for more than {DEEPEST} levels"
        )
    _check_uses(model, whole.part("shapes"))
    return model


def _check_uses(model: ServiceModel, shapes: Part) -> None:
    """Refuse a shape where one of another type has to be."""
    for name, shape in model.shapes.items():
        if shape.key is not None and model.shapes[shape.key].type != "string":
            raise shapes.part(name).wrong("key", "a shape of strings")
    for name, operation in model.operations.items():
        for used in filter(None, (operation.input, operation.output)):
            if model.shapes[used].type != "structure":
                raise shapes.part(used).wrong("type", f"structure, since {name} takes or gives it")


def _name(named: tuple[str, Part]) -> str:
    return named[0]


def _named_shapes(model: ServiceModel) -> set[str]:
    named: set[str | None] = set()
    for operation in model.operations.values():
        named.update((operation.input, operation.output, *operation.errors))
    for shape in model.shapes.values():
        named.update((shape.item, shape.key, shape.value))
        named.update(member.shape for member in shape.members.values())
    return {name for name in named if name is not None}


def _operation(name: str, raw: Part) -> Operation:
    return Operation(
        name=name,
        input=raw.maybe_reference("input"),
        output=raw.maybe_reference("output"),
        errors=tuple(error.text("shape") for error in raw.listed("errors")),
        deprecated=raw.flag("deprecated"),
    )


def _shape(name: str, raw: Part) -> Shape:
    kind = raw.text("type")
    if kind not in JSON_TYPES:
        raise raw.wrong("type", f"one of {', '.join(JSON_TYPES)}")
    references = {part: raw.maybe_reference(part) for part in _PARTS.get(kind, ())}
    for part, reference in references.items():
        if reference is None:
            raise raw.wrong(part, f"what a {kind} has: a shape")
    named = raw.parts("members") if kind == "structure" else ()
    members = {member: _member(target) for member, target in named}
    if any(member.startswith("[") for member in members):  # as the elements of lists are written
        raise raw.wrong("members", "members by their names")
    required = raw.texts("required") if kind == "structure" else ()
    if not members.keys() >= set(required):
        raise raw.wrong("required", f"names among its members {', '.join(members)}")
    return Shape(
        name=name,
        type=kind,
        members=members,
        required=required,
        item=references.get("member"),
        key=references.get("key"),
        value=references.get("value"),
        enum=raw.texts("enum"),
        pattern=raw.maybe_text("pattern"),
        minimum=raw.maybe_number("min"),
        maximum=raw.maybe_number("max"),
        sensitive=raw.flag("sensitive"),
        deprecated=raw.flag("deprecated"),
        union=raw.flag("union"),
        document=raw.flag("document"),
        error=raw.flag("exception"),
        fault=raw.flag("fault"),
        retryable=_retryable(raw),
        timestamp_format=raw.maybe_text("timestampFormat"),
    )


def _retryable(raw: Part) -> str | None:
    if not raw.has("retryable"):
        return None
    return "throttling" if raw.part("retryable").flag("throttling") else "transient"


_PARTS = {"list": ("member",), "map": ("key", "value")}


def _member(raw: Part) -> Member:
    return Member(
        shape=raw.text("shape"),
        deprecated=raw.flag("deprecated"),
        idempotency_token=raw.flag("idempotencyToken"),
        timestamp_format=raw.maybe_text("timestampFormat"),
    )
