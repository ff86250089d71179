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
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import IO, Any, NamedTuple, TypeVar

from ..exceptions import ModelSourceError
from .bounds import JSON_TYPES, is_number, read_json

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
    Lightsail has are not read, such as unions and formats of timestamps.
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
    release: str | None = None
    """The version of botocore that it came with, as ``1.26.9``; ``None`` if unknown."""

    @cached_property
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
    """Return the version of botocore that the model is from, or ``"unknown"``."""
    return model.release or "unknown"


# --- paths through the shapes of a model -----------------------------------------------------------

Path = tuple[str, ...]
"""Names of members, ``[]`` for an element of a list or map, ``[key]`` for a key of a map."""

_PART = re.compile(r"\[\w*\]|[^.\[\]]+")


def show_path(path: Path) -> str:
    """Return a path as text.

    >>> show_path(("containerServices", "[]", "state"))
    'containerServices[].state'
    """
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


@lru_cache(maxsize=4096)
def split_path(text: str) -> Path:
    """Return the parts of a path that is given as text; ``show_path`` is the way back.

    >>> split_path("containers[].ports[key]")
    ('containers', '[]', 'ports', '[key]')
    """
    return tuple(_PART.findall(text))


def parent_of(text: str) -> str:
    """Return the path of what a place is part of.

    >>> parent_of("containerServices[].state"), parent_of("containerServices")
    ('containerServices[]', '')
    """
    return show_path(split_path(text)[:-1])


@dataclass(frozen=True)
class Located:
    """What stands at a place: its shape, and the member of a structure that it is, if it is one."""

    shape: Shape
    member: Member | None = None

    def step(self, model: ServiceModel, part: str) -> Located | None:
        """Return what stands one part further; ``None`` where the model has nothing there."""
        shape = self.shape
        if part in {EACH, KEY}:
            inner = shape.key if part == KEY else (shape.item or shape.value)
            return None if inner is None else Located(model.shapes[inner])
        member = shape.members.get(part)
        return None if member is None else Located(model.shapes[member.shape], member)


def locate(model: ServiceModel, root: str | None, path: Path) -> Located | None:
    """Return what stands at a path below a shape; ``None`` where the model has nothing there."""
    located = None if root is None else Located(model.shapes[root])
    for part in path:
        if located is None:
            return None
        located = located.step(model, part)
    return located


# --- where a model is found ------------------------------------------------------------------------

INSTALLED = "installed"
SERVICE = "lightsail"

LARGEST_MODEL = 16 * 2**20
"""Bytes of JSON beyond which a model is refused; the largest of all of AWS has about 3 MiB."""

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
    label = source if release is None else f"botocore {release}"
    model = parse(content, source=path, label=label, release=release)
    service = model.metadata.get("endpointPrefix")
    if service != SERVICE:
        raise ModelSourceError(f"{path} is a model of {service}, not of {SERVICE}")
    return model


class ModelDocument(NamedTuple):
    """The JSON of a service model, where it was read from, and the release that it came with."""

    content: dict[str, Any]
    path: str
    release: str | None


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
        member, data = _from_wheel(path) if path.suffix == ".whl" else ("", _read(path.open("rb")))
        if data.startswith(b"\x1f\x8b"):
            data = _read(gzip.GzipFile(fileobj=io.BytesIO(data)))
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
    release = _installed_release() if source == INSTALLED else _release(path)
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


def _installed_release() -> str | None:
    try:
        return version("botocore")
    except PackageNotFoundError:
        return None


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
        return newest.filename, _read(wheel.open(newest))


def _read(stream: IO[bytes] | gzip.GzipFile) -> bytes:
    with stream:
        data = stream.read(LARGEST_MODEL + 1)
    if len(data) > LARGEST_MODEL:
        raise ValueError(f"it is larger than any service model: over {LARGEST_MODEL} bytes")
    return data


def _release(path: FilePath) -> str | None:
    """Return the version in the name of a wheel, or of a folder that the file is in."""
    for name in reversed(path.absolute().parts):
        if match := _RELEASE.match(name[:_LONGEST_NAME]):
            return match[1]
    return None


# --- the JSON of a model ---------------------------------------------------------------------------


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
        _entry(metadata, "targetPrefix", str, "")
        operations = _each(document, "operations", _operation)
        shapes = _each(document, "shapes", _shape)
        _check_uses(operations.values(), shapes)
    except ValueError as error:
        raise ModelSourceError(f"{source} is not a service model: {error}") from None
    return ServiceModel(source, metadata, operations, shapes, label or source, release)


_T = TypeVar("_T")
_NEEDED: Any = object()
_LONGEST_SHOWN = 60
_KINDS = {Mapping: "an object", list: "a list", str: "a string", bool: "true or false"}


def _entry(raw: Any, key: str, kind: Any, default: Any = _NEEDED) -> Any:
    """Return an entry of an object, which is of a kind, or absent if there is a default."""
    if not isinstance(raw, Mapping):
        raise ValueError(f"expected an object, not {ascii(raw)[:_LONGEST_SHOWN]}")  # noqa: TRY004
    value = raw.get(key, default)
    if value is _NEEDED:
        raise ValueError(f"{key} is missing")
    if value is not default and not isinstance(value, kind):
        raise ValueError(f"{key} is {_KINDS[kind]}, not {ascii(value)[:_LONGEST_SHOWN]}")
    return value


def _each(raw: Any, key: str, read: Callable[[str, Any], _T]) -> dict[str, _T]:
    """Return what ``read`` makes of the entries of an object; its errors name the entry."""

    def read_one(name: str, inner: Any) -> _T:
        try:
            return read(name, inner)
        except ValueError as error:
            raise ValueError(f"{key}.{ascii(name)[1:-1]}: {error}") from None

    return {name: read_one(name, inner) for name, inner in _entry(raw, key, Mapping, {}).items()}


def _texts(raw: Any, key: str) -> tuple[str, ...]:
    texts = tuple(_entry(raw, key, list, []))
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{key} is a list of strings")
    return texts


def _number(raw: Any, key: str) -> int | float | None:
    value = raw.get(key)
    if value is not None and not is_number(value):
        raise ValueError(f"{key} is a finite number, not {ascii(value)[:_LONGEST_SHOWN]}")
    return value  # type: ignore[no-any-return]


def _reference(raw: Any, key: str) -> str | None:
    reference = _entry(raw, key, Mapping, None)
    return None if reference is None else str(_entry(reference, "shape", str))


def _operation(name: str, raw: Any) -> Operation:
    return Operation(
        name=name,
        input=_reference(raw, "input"),
        output=_reference(raw, "output"),
        errors=tuple(_entry(error, "shape", str) for error in _entry(raw, "errors", list, [])),
        deprecated=_entry(raw, "deprecated", bool, default=False),
    )


_PARTS = {"list": {"item": "member"}, "map": {"key": "key", "value": "value"}}


def _shape(name: str, raw: Any) -> Shape:
    kind = _entry(raw, "type", str)
    if kind not in JSON_TYPES:
        raise ValueError(f"type is one of {', '.join(JSON_TYPES)}, not {kind!r}")
    parts: dict[str, Any] = {
        part: _reference(raw, key) for part, key in _PARTS.get(kind, {}).items()
    }
    if None in parts.values():
        raise ValueError(f"a {kind} has the shape of a {' and a '.join(_PARTS[kind].values())}")
    if kind == "structure":
        parts = {"members": _each(raw, "members", _member), "required": _texts(raw, "required")}
        if unknown := set(parts["required"]) - parts["members"].keys():
            raise ValueError(f"required names {', '.join(sorted(unknown))}, which is not a member")
    return Shape(
        name=name,
        type=kind,
        enum=_texts(raw, "enum"),
        pattern=_entry(raw, "pattern", str, None),
        minimum=_number(raw, "min"),
        maximum=_number(raw, "max"),
        sensitive=_entry(raw, "sensitive", bool, default=False),
        error=_entry(raw, "exception", bool, default=False),
        **parts,
    )


def _member(name: str, raw: Any) -> Member:
    if name.startswith("["):
        raise ValueError("the elements of a list are written like that, not a member")
    return Member(
        shape=_entry(raw, "shape", str),
        deprecated=_entry(raw, "deprecated", bool, default=False),
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
