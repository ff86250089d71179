"""The service model of Amazon Lightsail, read from botocore's data files.

botocore has one JSON document per service, ``service-2.json``, with every operation, every shape, and
the constraints that AWS has put into its model. ``load`` reads it into small frozen dataclasses, without
importing botocore: its own classes do not have what is deprecated.

>>> model = load()
>>> model.operations["CreateContainerService"].input
'CreateContainerServiceRequest'
>>> model.shapes["ContainerServiceScale"].maximum
20
"""

from __future__ import annotations

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from ..exceptions import ModelSourceError
from .bounds import JSON_TYPES, is_number, read_bytes, read_json

COLLECTIONS = frozenset({"structure", "map", "list"})
"""The types whose values hold others."""

EACH, KEY, VALUE = "[]", "[key]", "[value]"
"""What a list or map holds: in paths an element or value, and a key; in targets of rules an element of a
list, a key of a map, and a value of one."""


@dataclass(frozen=True)
class Member:
    """A member of a structure: the name of its shape, and whether AWS advises against it."""

    shape: str
    deprecated: bool = False


@dataclass(frozen=True)
class Shape:
    """A named type of the model.

    ``minimum`` and ``maximum`` bound what their type suggests: the value of a number, the characters
    of a string, the elements of a list or map. ``pattern`` is as the model has it and means the whole
    string. ``key``, ``value`` and ``item`` name shapes of a map or list. Traits that no release of
    Lightsail uses, such as unions and timestamp formats, are ignored.
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
    error: bool = False

    @property
    def wire_type(self) -> str:
        """The JSON type that carries it."""
        return JSON_TYPES[self.type]


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
    release: str = "unknown"
    """The version of botocore that it came with, as ``1.26.9``."""

    @cached_property
    def target_prefix(self) -> str:
        """What stands before the dot in the ``X-Amz-Target`` header."""
        return str(self.metadata["targetPrefix"])

    @cached_property
    def parameters(self) -> Mapping[str, Collection[str]]:
        """The names of the parameters of each operation."""
        return {
            name: () if operation.input is None else self.shapes[operation.input].members
            for name, operation in self.operations.items()
        }


# --- paths through the shapes of a model -----------------------------------------------------------

Path = tuple[str, ...]
"""Names of members, ``[]`` for an element of a list or map, ``[key]`` for a key of a map."""

_PART = re.compile(r"\[\w*\]|[^.\[\]]+")


@lru_cache(maxsize=4096)
def split_path(text: str) -> Path:
    """Return the parts of a path that is given as text; ``rule.show_path`` is the way back.

    >>> split_path("containers[].ports[key]")
    ('containers', '[]', 'ports', '[key]')
    """
    return tuple(_PART.findall(text))


def step(model: ServiceModel, shape: Shape, part: str) -> Shape | None:
    """Return the shape of a part of a shape; ``None`` if the model has none there."""
    if part in {EACH, KEY}:
        inner = shape.key if part == KEY else (shape.item or shape.value)
    else:
        member = shape.members.get(part)
        inner = None if member is None else member.shape
    return None if inner is None else model.shapes[inner]


def locate(model: ServiceModel, root: str | None, path: Path) -> Shape | None:
    """Return what stands at a path below a shape; ``None`` if the model has nothing there."""
    shape = None if root is None else model.shapes[root]
    for part in path:
        if shape is None:
            return None
        shape = step(model, shape, part)
    return shape


# --- where a model is found ------------------------------------------------------------------------

INSTALLED = "installed"
SERVICE = "lightsail"

_MODEL_FILES = ("service-2.json.gz", "service-2.json")
_PACKED_MODEL = re.compile(rf"botocore/data/{SERVICE}/[0-9-]+/service-2\.json(?:\.gz)?")
_RELEASE = re.compile(r"botocore-([0-9]+(?:\.[0-9]+)+(?:(?:a|b|rc|\.post|\.dev)[0-9]+)*)(?=[-.]|$)")
_LONGEST_NAME = 255
_DAMAGED = (EOFError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile)


def load(source: str | FilePath = INSTALLED) -> ServiceModel:
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
    content, path, release = read_model(source)
    label = source if release == "unknown" else f"botocore {release}"
    model = parse(content, source=path, label=label, release=release)
    service = model.metadata.get("endpointPrefix")
    if service != SERVICE:
        raise ModelSourceError(f"{path} is a model of {service}, not of {SERVICE}")
    return model


class ModelDocument(NamedTuple):
    """The JSON of a service model, where it was read from, and the release that it came with."""

    content: dict[str, Any]
    path: str
    release: str


def read_model(source: str) -> ModelDocument:
    """Read the JSON of a service model from one of the sources that ``load`` takes.

    Nothing is downloaded, imported or extracted. Where botocore has several versions of the API, the
    newest one counts: versions are dates, so the order of text is theirs.
    """
    path = _installed() if source == INSTALLED else FilePath(source)
    path = _only_model_in(path) if path.is_dir() else path
    if not path.is_file():
        raise ModelSourceError(f"no service model at {path}: there is no such file or folder")
    try:
        member, data = (
            _from_wheel(path) if path.suffix == ".whl" else ("", read_bytes(path.open("rb")))
        )
        if data.startswith(b"\x1f\x8b"):
            data = read_bytes(gzip.GzipFile(fileobj=io.BytesIO(data)))
        content = read_json(data)
    except ModelSourceError:
        raise
    except (OSError, ValueError, *_DAMAGED) as error:
        raise ModelSourceError(
            f"cannot read a service model from {path}: expected the JSON of a service-2.json, "
            f"gzipped or not, or a wheel that holds one ({error})"
        ) from error
    if not isinstance(content, dict):
        raise ModelSourceError(f"{path} is not a service model: its JSON is not an object")
    release = _release(path)
    if source == INSTALLED:
        with suppress(PackageNotFoundError):
            release = version("botocore")
    return ModelDocument(content, f"{path}:{member}" if member else str(path), release)


def _installed() -> FilePath:
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModelSourceError(f"no model of {SERVICE}: no botocore was found on sys.path")
    folder = FilePath(spec.origin).parent / "data" / SERVICE
    found = [file for file in folder.glob("[0-9]*/service-2.json*") if file.name in _MODEL_FILES]
    if not found:
        raise ModelSourceError(
            f"the installed botocore holds no model of {SERVICE}: looked for "
            f"*/service-2.json(.gz) in {folder}"
        )
    return max(found)


def _only_model_in(folder: FilePath) -> FilePath:
    # `pip download` leaves the wheels of what botocore depends on in the same folder.
    names = "botocore-*.whl", *_MODEL_FILES
    found = sorted(path for name in names for path in folder.glob(name))
    if len(found) != 1:
        what = ", ".join(path.name for path in found) or "none"
        raise ModelSourceError(
            f"no service model of {SERVICE} in {folder}: expected exactly one botocore-*.whl or "
            f"service-2.json(.gz), found {what}"
        )
    return found[0]


def _from_wheel(path: FilePath) -> tuple[str, bytes]:
    with zipfile.ZipFile(path) as wheel:
        models = [name for name in wheel.namelist() if _PACKED_MODEL.fullmatch(name)]
        if not models:
            raise ModelSourceError(
                f"no service model of {SERVICE} in {path}: looked for a member "
                f"botocore/data/{SERVICE}/<version>/service-2.json(.gz)"
            )
        newest = wheel.getinfo(max(models))
        if newest.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ValueError(f"{newest.filename} is not compressed like a wheel")
        return newest.filename, read_bytes(wheel.open(newest))


def _release(path: FilePath) -> str:
    """Return the version in the name of a wheel, or of a folder that the file is in."""
    for name in reversed(path.absolute().parts):
        if match := _RELEASE.match(name[:_LONGEST_NAME]):
            return match[1]
    return "unknown"


# --- the JSON of a model ---------------------------------------------------------------------------

_NAME = {"shape": str}
_MODEL = {
    "metadata": {"targetPrefix": str},
    "operations": {"*": {"input": _NAME, "output": _NAME, "errors": [_NAME], "deprecated": bool}},
    "shapes": {
        "*": {
            "type": str,
            "members": {"*": {**_NAME, "deprecated": bool}},
            "required": [str],
            **dict.fromkeys(("member", "key", "value"), _NAME),
            "enum": [str],
            "pattern": str,
            **dict.fromkeys(("min", "max"), float),
            **dict.fromkeys(("sensitive", "exception"), bool),
        }
    },
}
"""What is read of a model: its members by name, those of every name, the elements of lists, and types."""

_NEEDED = frozenset({"metadata", "shape", "type"})
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    float: "a finite number",
}
_LONGEST_SHOWN = 60
_PARTS = {"list": {"item": "member"}, "map": {"key": "key", "value": "value"}}


def parse(
    document: Mapping[str, Any], *, source: str, label: str = "", release: str = "unknown"
) -> ServiceModel:
    """Return the model that the JSON of a ``service-2.json`` describes.

    Raises:
        ModelSourceError: the document lacks what every service model has, has something else in its
            place, or names a shape that it does not define; the message names the place.
    """
    try:
        _check(document, _MODEL, "")
        operations = {
            name: _operation(name, raw) for name, raw in document.get("operations", {}).items()
        }
        shapes = {name: _shape(name, raw) for name, raw in document.get("shapes", {}).items()}
        _check_uses(operations.values(), shapes)
    except ValueError as error:
        raise ModelSourceError(f"{source} is not a service model: {error}") from None
    return ServiceModel(source, document["metadata"], operations, shapes, label or source, release)


def _check(value: Any, expected: Any, place: str) -> None:
    """Refuse a document that does not have the structure of ``_MODEL``."""
    kind = expected if isinstance(expected, type) else type(expected)
    fits = is_number(value) if kind is float else isinstance(value, kind)
    if not fits:
        found = ascii(value)[:_LONGEST_SHOWN]
        raise ValueError(f"{place or 'the document'} is {_KINDS[kind]}, not {found}")
    if isinstance(expected, list):
        for number, each in enumerate(value):
            _check(each, expected[0], f"{place}[{number}]")
    elif isinstance(expected, dict):
        if missing := [name for name in expected if name in _NEEDED and name not in value]:
            raise ValueError(f"{place or 'the document'} lacks {missing[0]}")
        inner = dict.fromkeys(value, expected["*"]) if "*" in expected else expected
        for name in inner.keys() & value.keys():
            _check(value[name], inner[name], f"{place}.{ascii(name)[1:-1]}".removeprefix("."))


def _operation(name: str, raw: Mapping[str, Any]) -> Operation:
    return Operation(
        name=name,
        input=raw.get("input", {}).get("shape"),
        output=raw.get("output", {}).get("shape"),
        errors=tuple(error["shape"] for error in raw.get("errors", ())),
        deprecated=raw.get("deprecated", False),
    )


def _shape(name: str, raw: Mapping[str, Any]) -> Shape:
    kind, place = raw["type"], f"shapes.{ascii(name)[1:-1]}"
    if kind not in JSON_TYPES:
        raise ValueError(f"{place}.type is one of {', '.join(JSON_TYPES)}, not {kind!r}")
    parts: dict[str, Any] = {}
    for part, key in _PARTS.get(kind, {}).items():
        if key not in raw:
            raise ValueError(f"{place} lacks {key}")
        parts[part] = raw[key]["shape"]
    if kind == "structure":
        members = raw.get("members", {})
        if unknown := sorted(set(raw.get("required", ())) - members.keys()):
            raise ValueError(f"{place}.required names {unknown[0]}, which is not a member")
        if any(member.startswith("[") for member in members):
            raise ValueError(f"{place}: the elements of a list are written [], not a member")
        parts["required"] = tuple(raw.get("required", ()))
        parts["members"] = {
            member: Member(inner["shape"], inner.get("deprecated", False))
            for member, inner in members.items()
        }
    return Shape(
        name=name,
        type=kind,
        enum=tuple(raw.get("enum", ())),
        pattern=raw.get("pattern"),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        sensitive=raw.get("sensitive", False),
        error=raw.get("exception", False),
        **parts,
    )


def _check_uses(operations: Iterable[Operation], shapes: Mapping[str, Shape]) -> None:
    """Check that every shape that is named exists, and is of a type that can be used there."""
    named: set[str | None] = set()
    for one in operations:
        for root in filter(None, (one.input, one.output)):
            if root in shapes and shapes[root].type != "structure":
                raise ValueError(f"shapes.{root}: type is structure, since an operation uses it")
        named |= {one.input, one.output, *one.errors}
    for shape in shapes.values():
        named |= {shape.item, shape.key, shape.value}
        named |= {member.shape for member in shape.members.values()}
        if shape.key is not None and shape.key in shapes and shapes[shape.key].type != "string":
            raise ValueError(f"shapes.{shape.name}: key is a shape of strings")
    if missing := sorted(name for name in named if name is not None and name not in shapes):
        raise ValueError(f"no shape {', '.join(ascii(name)[1:-1] for name in missing)}")
