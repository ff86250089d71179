"""Read JSON documents, in particular the service model of Amazon Lightsail.

For each service, botocore contains a JSON document named ``service-2.json``, which defines the
operations, the shapes and their constraints. ``load`` reads the document into small frozen
dataclasses. This module does not import botocore, because the import is slow.

>>> model = load()
>>> model.operations["CreateContainerService"].input
'CreateContainerServiceRequest'
>>> model.shapes["ContainerServiceScale"].maximum
20
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import IO, Any

from ..exceptions import ConfigurationError, did_you_mean
from ..options import LONGEST
from ..output_files import check_document

# --- JSON documents -------------------------------------------------------------------------------

DEEPEST = 50
"""The maximum nesting depth of objects and arrays in a document. Real requests and responses have
fewer than ten levels."""

LARGEST = 16 * 2**20
"""The maximum size of an input file, in bytes. Files written by this package are at most a few
hundred KiB in size, and the largest service model is 3 MiB."""


def read_json(data: bytes) -> Any:
    """Parse bytes as JSON. Raise ``ValueError`` if the JSON is invalid or nested too deeply."""
    with suppress(RecursionError):
        value = json.loads(data.decode("utf-8"))
        if not is_deeper_than(DEEPEST, value):
            return value
    raise ValueError(f"the JSON is nested more than {DEEPEST} levels deep")


def read_json_file(path: Path) -> Any:
    """Parse a JSON file. Raise ``ConfigurationError`` if the file cannot be read or parsed."""
    try:
        if path.exists() and not path.is_file():
            # Opening a named pipe would block until another process opens it for writing.
            raise ValueError("not a regular file")  # noqa: TRY301
        return read_json(read_bytes(path.open("rb")))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"cannot read {path} as JSON: {reason}") from error


def read_document(path: Path, what: str, schema: dict[str, Any], version: int) -> dict[str, Any]:
    """Return a JSON document written by this package.

    Raise ``ConfigurationError`` if the file cannot be read, if its format version is not ``version``,
    or if the document does not match the schema. ``what`` describes the document in error
    messages, for example as "a baseline".
    """
    document = read_json_file(path)
    try:
        check_document(document, schema, version)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path} is not {what}: {error}") from error
    return dict(document)


def read_bytes(file: IO[bytes] | io.BufferedIOBase) -> bytes:
    """Read and close an open file. Raise ``ValueError`` if the file is too large."""
    with file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"the content is larger than {LARGEST} bytes")
    return data


def finite(digits: str) -> float:
    """Convert a string to a float. Raise ``ValueError`` if the number is not finite."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("numbers must be finite")
    return number


def is_deeper_than(limit: int, value: Any) -> bool:
    """Return whether a value has more than ``limit`` levels of nested objects and arrays."""
    level, holders = [value], [value]
    for _ in range(limit + 1):
        holders = [one for one in level if isinstance(one, (dict, list))]
        insides = (one.values() if isinstance(one, dict) else one for one in holders)
        level = [inner for inside in insides for inner in inside]
    return bool(holders)


def is_number(value: Any) -> bool:
    """Return whether JSON can represent a value as a number. Booleans are not numbers."""
    # Call math.isfinite() only for floats, because it raises OverflowError for huge integers.
    finite = math.isfinite(value) if isinstance(value, float) else isinstance(value, int)
    return finite and not isinstance(value, bool)


def is_duration(value: Any) -> bool:
    """Return whether virtual time can advance by the given number of seconds.

    >>> is_duration(0.5), is_duration(10**400), is_duration(float("inf"))
    (True, False, False)
    """
    return is_number(value) and 0 <= value <= LONGEST


# --- shapes and operations ------------------------------------------------------------------------

JSON_TYPES = {
    "structure": "object",
    "map": "object",
    "list": "array",
    "string": "string",
    "blob": "string",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "timestamp": "number",
}
"""Maps the types of the service model to JSON types."""

INTEGERS = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
"""Maps the integer types of the service model to their smallest and largest values."""


def on_the_wire(value: Any) -> Any:
    """Convert a boto3 argument or result to plain JSON data.

    A ``datetime`` becomes epoch seconds, and a tuple becomes a list.

    >>> on_the_wire({"createdAt": datetime.fromisoformat("2022-05-26T00:00:00+00:00"), "key": ("a", "b")})
    {'createdAt': 1653523200.0, 'key': ['a', 'b']}
    """
    if isinstance(value, Mapping):
        return {key: on_the_wire(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [on_the_wire(item) for item in value]
    if isinstance(value, str):  # A member of a ``str`` enumeration becomes a plain string.
        return str.__str__(value)
    return value.timestamp() if isinstance(value, datetime) else value


EACH, KEY, VALUE = "[]", "[key]", "[value]"
"""The parts of a path that stand for a list element, a map key and a map value. In the paths of
consumer contracts, ``[]`` also stands for a map value."""


@dataclass(frozen=True)
class Shape:
    """A named type in the model. Traits such as ``union`` and ``deprecated`` are ignored.

    ``parts`` maps each part to the name of its shape. A structure's parts are its members, a list's
    part is ``EACH``, and a map's parts are ``KEY`` and ``VALUE``. ``minimum`` and ``maximum`` limit
    a number, the length of a string, or the number of elements in a list or map.
    """

    name: str
    type: str
    parts: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    sensitive: bool = False
    error: bool = False

    @property
    def wire_type(self) -> str:
        """The JSON type of the shape's values."""
        return JSON_TYPES[self.type]

    @property
    def members(self) -> Mapping[str, str]:
        """Maps each member of a structure to the name of the member's shape."""
        return self.parts if self.type == "structure" else {}


@dataclass(frozen=True)
class Operation:
    """An operation, with the names of its request, response and error shapes."""

    name: str
    input: str
    output: str
    errors: tuple[str, ...] = ()

    def root(self, direction: str) -> str:
        """Return the name of the operation's request shape or response shape."""
        return self.input if direction == "request" else self.output


@dataclass(frozen=True, eq=False)
class ServiceModel:
    """The service model of one botocore release. Models are compared by identity."""

    source: str
    metadata: Mapping[str, Any]
    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]
    release: str = "unknown"
    """The botocore version that contains the model, such as ``1.26.9``."""

    @property
    def label(self) -> str:
        """The release, such as ``botocore 1.26.9``, or the source if the release is unknown."""
        return self.source if self.release == "unknown" else f"botocore {self.release}"

    def reached(self, names: Iterable[str]) -> set[str]:
        """Return the given shape names and, recursively, the names of all shapes that they refer to."""
        found: set[str] = set()
        waiting = set(names)
        while waiting:
            found |= waiting
            inner = (self.shapes[name].parts.values() for name in waiting)
            waiting = set().union(*inner) - found
        return found

    def inner(self, shape: Shape, part: str) -> Shape | None:
        """Return the shape of a part, such as a member, or ``None`` if there is no such part."""
        name = shape.parts.get(VALUE if part == EACH and shape.type == "map" else part)
        return self.shapes[name] if name else None

    @cached_property
    def parameters(self) -> Mapping[str, Collection[str]]:
        """Maps the name of each operation to the names of its parameters."""
        return {name: self.shapes[each.input].members for name, each in self.operations.items()}


def check_operation(name: str, operations: Collection[str]) -> None:
    """Raise ``ConfigurationError`` if no operation has this name."""
    if name not in operations:
        raise ConfigurationError(
            f"Lightsail has no operation {name!r}{did_you_mean(name, operations)}"
        )


# --- where a model is found ------------------------------------------------------------------------

INSTALLED = "installed"
SERVICE = "lightsail"

_PACKED_MODEL = re.compile(rf"botocore/data/{SERVICE}/[0-9-]+/service-2\.json(?:\.gz)?")
_RELEASE = re.compile(r"botocore-([0-9]+(?:\.[0-9]+)+)")
_DAMAGED = (EOFError, RuntimeError, struct.error, zlib.error, zipfile.BadZipFile)


def load(source: str | Path = INSTALLED) -> ServiceModel:
    """Read a service model. Each source is read only once per process.

    Args:
        source: ``"installed"`` for the installed botocore package, or the path of a botocore
            wheel, a ``service-2.json`` file or a ``service-2.json.gz`` file.

    Raises:
        ConfigurationError: no model could be read. The message explains why.
    """
    return _load(str(source))


@cache
def _load(source: str) -> ServiceModel:
    path = _installed() if source == INSTALLED else Path(source)
    releases = _RELEASE.findall(str(path.absolute())) or ["unknown"]
    if source == INSTALLED:
        with suppress(PackageNotFoundError):
            releases = [version("botocore")]
    model = parse(read_model(path), source=str(path), release=releases[-1])
    service = model.metadata.get("endpointPrefix")
    if service != SERVICE:
        raise ConfigurationError(f"{path} is a model of {service}, not of {SERVICE}")
    return model


def read_model(path: Path) -> dict[str, Any]:
    """Return the JSON of a service model. In a wheel, choose the newest API version."""
    if not path.is_file():
        raise ConfigurationError(f"cannot read a service model from {path}: there is no such file")
    try:
        data = _from_wheel(path) if path.suffix == ".whl" else read_bytes(path.open("rb"))
        if data.startswith(b"\x1f\x8b"):
            data = read_bytes(gzip.GzipFile(fileobj=io.BytesIO(data)))
        content: dict[str, Any] = read_json(data)
    except (OSError, ValueError, *_DAMAGED) as error:
        raise ConfigurationError(
            f"cannot read a service model from {path}: expected service-2.json, "
            f"service-2.json.gz or a botocore wheel ({error})"
        ) from error
    return content


# Models are in directories named after API versions, which are dates, so max() finds the newest.


def _installed() -> Path:
    spec = find_spec("botocore")
    folder = Path(spec.origin if spec and spec.origin else ".").parent / "data" / SERVICE
    return max(folder.glob("*/service-2.json*"), default=folder)


def _from_wheel(path: Path) -> bytes:
    with zipfile.ZipFile(path) as wheel:
        models = [name for name in wheel.namelist() if _PACKED_MODEL.fullmatch(name)]
        if not models:
            raise ValueError(f"no botocore/data/{SERVICE}/<version>/service-2.json(.gz)")
        newest = wheel.getinfo(max(models))
        if newest.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise ValueError(f"{newest.filename} uses an unsupported compression method")
        return read_bytes(wheel.open(newest))


# --- the JSON of a model ---------------------------------------------------------------------------

_NO_MEMBERS = {"shape": "Empty"}
"""Stands in for an input or output that the model does not define."""


def parse(document: Mapping[str, Any], *, source: str, release: str = "unknown") -> ServiceModel:
    """Return the model that a ``service-2.json`` document describes.

    Raise ``ConfigurationError`` if the document is not a service model.
    """
    try:
        operations = {name: _operation(name, raw) for name, raw in document["operations"].items()}
        shapes = {"Empty": Shape("Empty", "structure")}
        shapes |= {name: _shape(name, raw) for name, raw in document["shapes"].items()}
        model = ServiceModel(source, dict(document["metadata"]), operations, shapes, release)
        roots = ((each.input, each.output, *each.errors) for each in operations.values())
        model.reached(chain(shapes, *roots))  # raises KeyError if a shape is not defined
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{source} is not a service model: expected metadata, operations and shapes, as in "
            f"botocore's service-2.json ({error!r})"
        ) from error
    return model


def _operation(name: str, raw: Mapping[str, Any]) -> Operation:
    if not name.isidentifier():  # schema files are named after operations
        raise ValueError("operation names must be identifiers")
    root, result = (raw.get(part, _NO_MEMBERS)["shape"] for part in ("input", "output"))
    return Operation(name, root, result, tuple(error["shape"] for error in raw.get("errors", ())))


def _shape(name: str, raw: Mapping[str, Any]) -> Shape:
    kind, bounds, pattern = raw["type"], (raw.get("min"), raw.get("max")), raw.get("pattern")
    if kind not in JSON_TYPES:
        raise ValueError(f"unknown type {kind!r}")
    if not all(bound is None or is_number(bound) for bound in bounds):
        raise ValueError(f"invalid limits {bounds}")
    if kind == "list":
        parts = {EACH: raw["member"]}
    elif kind == "map":
        parts = {KEY: raw["key"], VALUE: raw["value"]}
    else:
        parts = raw.get("members", {})
    return Shape(
        name=name,
        type=kind,
        parts={name: part["shape"] for name, part in parts.items()},
        required=tuple(map(str, raw.get("required", ()))),
        enum=tuple(map(str, raw.get("enum", ()))),
        pattern=None if pattern is None else str(pattern),
        minimum=bounds[0],
        maximum=bounds[1],
        sensitive=bool(raw.get("sensitive")),
        error=bool(raw.get("exception")),
    )
