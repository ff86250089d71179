"""What one consumer uses of the API, what was known of that when it was recorded, and the file of it.

A contract can be checked against a service model alone. It holds no values of what is sent,
except those of enumerations, but how long or large they were, unless they are secrets.

The file is JSON with a line for each place, so that a diff shows what has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from ..exceptions import ConfigurationError
from ..model.bounds import read_json_file
from ..model.service import parent_of
from ..output_files import GENERATOR, check_document, write_output

__all__ = [
    "FORMAT",
    "Caught",
    "Contract",
    "OperationUse",
    "Read",
    "Sent",
    "from_document",
    "merged",
    "merged_entries",
    "read_contract",
    "to_document",
    "write_contract",
]

FORMAT = 1
"""Of the file; raised when an older release of this library could misread it."""

_T = TypeVar("_T")
_MOST = 1 << 63
_DEEPEST = 4
"""Levels that have a line for each entry; what is deeper is one line."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A place of requests that the consumer fills.

    Attributes:
        type: of its shape, such as ``string``.
        always: whether every structure that could have it had it; ``None`` for what is not a member.
        values: the values of an enumeration that were sent.
        least: the least number, or the fewest characters or elements; ``None`` if it has none.
        most: likewise.
        pattern: what the text had to match.
        deprecated: whether AWS advised against it.
    """

    type: str
    always: bool | None = None
    values: frozenset[str] | None = None
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    deprecated: bool = False


@dataclass(frozen=True, kw_only=True)
class Read:
    """A place of results that the consumer reads.

    Attributes:
        type: of its shape, such as ``string``.
        compares: values of the enumeration that it is compared with; empty if its text decides
            something, but no value is known.
        enum: the values that were known.
        required: whether it is taken by subscript and was promised to be there.
        members: the members that were known of a structure that is iterated over.
        deprecated: whether AWS advised against it.
    """

    type: str
    compares: frozenset[str] | None = None
    enum: frozenset[str] | None = None
    required: bool = False
    members: frozenset[str] | None = None
    deprecated: bool = False


@dataclass(frozen=True, kw_only=True)
class Caught:
    """An error that the consumer distinguishes from others, and the members of it that are read."""

    members: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class OperationUse:
    """How an operation is used: what is sent and read, by path, and which errors are distinguished.

    Attributes:
        sends: ``""`` is the request as a whole; empty if no valid request was sent.
        reads: ``""`` is the result as a whole.
        errors: by their codes.
        known_errors: those that the model named, if any is distinguished.
        deprecated: whether AWS advised against it.
    """

    sends: Mapping[str, Sent] = field(default_factory=dict)
    reads: Mapping[str, Read] = field(default_factory=dict)
    errors: Mapping[str, Caught] = field(default_factory=dict)
    known_errors: frozenset[str] | None = None
    deprecated: bool = False


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one consumer uses of the API.

    Attributes:
        botocore: the release whose model it was recorded with.
        operations: those that were called.
        exceptions: the classes that were taken from ``client.exceptions``.
    """

    botocore: str
    operations: Mapping[str, OperationUse] = field(default_factory=dict)
    exceptions: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.operations or self.exceptions)


# --- merging -------------------------------------------------------------------------------------

_NEWER = frozenset({"botocore", "type", "always", "enum", "known_errors", "pattern", "deprecated"})
"""Fields that are as the newer model has them; ``always`` of members is merged with their structure."""


def merged(newer: _T, older: _T) -> _T:
    """Return what both use. Several of one release give the same in any order."""
    values = {}
    for each in fields(newer):  # type: ignore[arg-type]
        one, other = getattr(newer, each.name), getattr(older, each.name)
        if one is None or other is None or each.name in _NEWER:
            values[each.name] = other if one is None else one
        elif isinstance(one, Mapping):
            values[each.name] = merged_entries(one, other)
        elif isinstance(one, (bool, frozenset)):
            values[each.name] = one | other
        else:
            values[each.name] = min(one, other) if each.name == "least" else max(one, other)
    return type(newer)(**values)


def merged_entries(newer: Mapping[str, Any], older: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of both; those of one key merged."""
    both = newer.keys() & older.keys()
    entries = {**older, **newer, **{key: merged(newer[key], older[key]) for key in both}}
    for path, entry in entries.items():
        if isinstance(entry, Sent) and entry.always is not None:
            # A structure that one side has never sent says nothing about its members.
            sides = [side for side in (newer, older) if parent_of(path) in side]
            always = all(path in side and side[path].always for side in sides)
            entries[path] = replace(entry, always=always)
    return entries


# --- the file ------------------------------------------------------------------------------------


def to_document(contract: Contract) -> dict[str, Any]:
    """Return the contract as JSON, its keys in order."""
    return {
        "generator": GENERATOR,
        "format": FORMAT,
        "botocore": contract.botocore,
        "exceptions": sorted(contract.exceptions),
        "operations": _encoded_all(contract.operations),
    }


def _encoded_all(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _encoded(part) for name, part in sorted(parts.items())}


def _encoded(part: Any) -> dict[str, Any]:
    """Return the fields that differ from their defaults."""
    encoded = {}
    for each in sorted(fields(part), key=lambda field: field.name):
        value = getattr(part, each.name)
        if value in ({}, each.default):
            continue
        if isinstance(value, Mapping):
            value = _encoded_all(value)
        encoded[each.name] = sorted(value) if isinstance(value, frozenset) else value
    return encoded


def from_document(document: Mapping[str, Any]) -> Contract:
    """Read ``to_document`` again."""
    contract: Contract = _decoded(
        Contract, {name: document[name] for name in document if name not in {"format", "generator"}}
    )
    return contract


_PARTS = {"operations": OperationUse, "sends": Sent, "reads": Read, "errors": Caught}


def _decoded(cls: type[Any], raw: Mapping[str, Any]) -> Any:
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name in _PARTS:
            values[name] = {key: _decoded(_PARTS[name], one) for key, one in value.items()}
        else:
            values[name] = frozenset(value) if isinstance(value, list) else value
    return cls(**values)


def _schema_of(cls: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a part, from the types of its fields."""
    by_type: dict[str, dict[str, Any]] = {
        "str": {"type": "string"},
        "bool": {"type": "boolean"},
        "float": {"type": "number", "minimum": -_MOST, "maximum": _MOST},
        "frozenset[str]": {"type": "array", "items": {"type": "string"}},
    }
    properties = {
        each.name: (
            {"type": "object", "additionalProperties": _schema_of(_PARTS[each.name])}
            if each.name in _PARTS
            else by_type[each.type.removesuffix(" | None")]
        )
        for each in fields(cls)
    }
    required = [
        each.name
        for each in fields(cls)
        if each.default is MISSING and each.default_factory is MISSING
    ]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def read_contract(path: Path) -> Contract:
    """Return the contract in a file.

    Raises:
        ConfigurationError: it cannot be read, or is not a contract.
    """
    try:
        document = read_json_file(path)
        schema = _schema_of(Contract)
        schema["properties"] |= {"format": {}, "generator": {}}
        check_document(document, schema, FORMAT)
        return from_document(document)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{path} is not a contract: {error}") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is not a contract: invalid JSON: {error}") from error


def write_contract(path: Path, contract: Contract) -> None:
    """Write the file as a whole or not at all.

    Raises:
        ConfigurationError: the path holds something that is not a contract.
        OSError: it cannot be written.
    """
    write_output(path, f"{_written(to_document(contract))}\n")


def _written(value: Any, depth: int = 0) -> str:
    if not isinstance(value, dict) or not value or depth == _DEEPEST:
        return json.dumps(value)
    margin = "  " * depth
    lines = (
        f"{margin}  {json.dumps(key)}: {_written(one, depth + 1)}" for key, one in value.items()
    )
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
