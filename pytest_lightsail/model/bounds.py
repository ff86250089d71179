"""JSON types, and the limits on input: the size of files and the depth of documents.

Many functions walk recursively through a document, so its depth is checked first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import IO, Any

from ..exceptions import ConfigurationError
from ..options import LONGEST
from ..output_files import check_document

DEEPEST = 50
"""The maximum nesting depth of objects and arrays in a document. Requests and responses have fewer
than ten levels."""

LARGEST = 16 * 2**20
"""The maximum size of an input file in bytes. Files written by this package have at most a few
hundred KiB, and the largest service model has 3 MiB."""

_TOO_DEEP = f"it is more than {DEEPEST} levels deep"


def read_json(data: bytes) -> Any:
    """Parse bytes as JSON. Raise ``ValueError`` if the JSON is invalid or nested too deeply."""
    try:
        value = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if is_deeper_than(DEEPEST, value):
        raise ValueError(_TOO_DEEP)
    return value


def read_json_file(path: Path) -> Any:
    """Parse a JSON file. Raise ``ConfigurationError`` if the file cannot be read or parsed."""
    try:
        if path.exists() and not path.is_file():
            # Opening a named pipe would block until another process opens it.
            raise ValueError("it is not a file")  # noqa: TRY301
        return read_json(read_bytes(path.open("rb")))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"cannot read {path} as JSON: {reason}") from error


def read_document(path: Path, what: str, schema: dict[str, Any], version: int) -> dict[str, Any]:
    """Return the JSON document in a file that this package has written, such as ``a contract``.

    Raise ``ConfigurationError`` if the file cannot be read, if its ``format`` is not ``version``,
    or if the document does not match the schema.
    """
    document = read_json_file(path)
    try:
        check_document(document, schema, version)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path} is not {what}: {error}") from error
    return dict(document)


def read_bytes(file: IO[bytes] | BufferedIOBase) -> bytes:
    """Read and close an open file. Raise ``ValueError`` if the file is too large."""
    with file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    return data


def finite(digits: str) -> float:
    """Convert digits to a float. Raise ``ValueError`` if the float is not finite."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


def is_deeper_than(limit: int, value: Any) -> bool:
    """Return whether a value has more than ``limit`` levels of objects and arrays."""
    level, holders = [value], [value]
    for _ in range(limit + 1):
        holders = [one for one in level if isinstance(one, (dict, list))]
        insides = (one.values() if isinstance(one, dict) else one for one in holders)
        level = [inner for inside in insides for inner in inside]
    return bool(holders)


def is_number(value: Any) -> bool:
    """Return whether a value is a number that JSON can express. A boolean does not count."""
    # math.isfinite() raises OverflowError for huge integers.
    finite = math.isfinite(value) if isinstance(value, float) else isinstance(value, int)
    return finite and not isinstance(value, bool)


def is_duration(value: Any) -> bool:
    """Return whether a value is a number of seconds by which virtual time can advance.

    >>> is_duration(0.5), is_duration(10**400), is_duration(float("inf"))
    (True, False, False)
    """
    return is_number(value) and 0 <= value <= LONGEST


# --- types -----------------------------------------------------------------------------------------

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

PYTHON_TYPES: Mapping[str, type] = {"array": list, "boolean": bool, "object": dict, "string": str}
"""Maps JSON types, except numeric ones, to Python types."""

TYPE_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    **dict.fromkeys((int, float), "a number"),
    type(None): "null",
}
"""Maps Python types to the names that messages use for JSON types."""


NUMBERS = frozenset({"integer", "long", "float", "double", "timestamp"})
"""The numeric types of the service model."""


INTEGERS = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
"""Maps the integer types of the service model to their smallest and largest values."""


def on_the_wire(value: Any) -> Any:
    """Convert a boto3 value to JSON.

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
