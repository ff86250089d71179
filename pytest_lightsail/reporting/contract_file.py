"""A ``Contract`` as a file: JSON with a line for each place, so that a diff shows what has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ..exceptions import ConfigurationError
from ..model.bounds import is_number, read_json_file
from ..output_files import GENERATOR, write_output
from .consumer_contract import Caught, Contract, OperationUse, Read, Sent

__all__ = ["FORMAT", "from_document", "read_contract", "to_document", "write_contract"]

FORMAT = 1
"""Of the file; raised when an older release of this library could misread it."""

_T = TypeVar("_T")
_MOST = 1 << 64
_DEEPEST = 4
"""Levels that are written out; what stands deeper is one line."""


def to_document(contract: Contract) -> dict[str, Any]:
    """The contract as JSON, its keys in order."""
    return {
        "generator": GENERATOR,
        "format": FORMAT,
        "botocore": contract.botocore,
        "exceptions": sorted(contract.exceptions),
        "operations": _encoded_all(contract.operations),
    }


def from_document(document: Any) -> Contract:
    """The contract that a document of JSON is.

    Raises:
        ConfigurationError: it is none; the message says where it goes wrong, and what is to be there.
    """
    raw = dict(_object("the document", document))
    raw.pop("generator", None)
    found = raw.pop("format", None)
    if found != FORMAT:
        raise ConfigurationError(
            f"format is {found!r}, and this release of pytest-lightsail reads {FORMAT}: "
            "record the contract anew with it, or use the release that it was recorded with"
        )
    return _decoded(Contract, raw, "")


def read_contract(path: Path) -> Contract:
    """The contract in a file.

    Raises:
        ConfigurationError: it cannot be read, or is no contract.
    """
    try:
        return from_document(read_json_file(path))
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{path} is no contract: {error}") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is no contract: its JSON is broken: {error}") from error


def write_contract(path: Path, contract: Contract) -> None:
    """Write the file as a whole or not at all.

    Raises:
        ConfigurationError: there is something that is no contract.
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


def _encoded_all(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _encoded(part) for name, part in sorted(parts.items())}


def _encoded(part: Any) -> dict[str, Any]:
    """The fields that are not as they are by themselves."""
    encoded = {}
    for each in sorted(fields(part), key=lambda field: field.name):
        value = getattr(part, each.name)
        if value in ({}, each.default):
            continue
        if isinstance(value, Mapping):
            value = _encoded_all(value)
        encoded[each.name] = sorted(value) if isinstance(value, frozenset) else value
    return encoded


def _object(where: str, raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ConfigurationError(f"{where} is to be an object, not {_shown(raw)}")
    return raw


def _decoded(cls: type[_T], raw: Any, where: str) -> _T:
    known: Any = fields(cls)  # type: ignore[arg-type]
    names = [field.name for field in known]
    values = {}
    for name, value in _object(where or "the document", raw).items():
        place = f"{where}.{name}" if where else name
        if name not in names:
            raise ConfigurationError(f"{place} is unknown; there are {', '.join(sorted(names))}")
        values[name] = _DECODERS[name](value, place)
    for field in known:
        if (
            field.default is MISSING
            and field.default_factory is MISSING
            and field.name not in values
        ):
            raise ConfigurationError(f"{where or 'the document'} lacks {field.name}")
    return cls(**values)


def _all_of(cls: type[Any]) -> Callable[[Any, str], Any]:
    def decode(raw: Any, where: str) -> dict[str, Any]:
        return {
            name: _decoded(cls, part, f"{where}[{json.dumps(name)}]")
            for name, part in _object(where, raw).items()
        }

    return decode


def _a(what: str, *types: type) -> Callable[[Any, str], Any]:
    def decode(raw: Any, where: str) -> Any:
        if type(raw) not in types:
            raise ConfigurationError(f"{where} is to be {what}, not {_shown(raw)}")
        return raw

    return decode


def _texts(raw: Any, where: str) -> frozenset[str]:
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise ConfigurationError(f"{where} is to be a list of texts, not {_shown(raw)}")
    return frozenset(raw)


def _shown(raw: Any) -> str:
    if isinstance(raw, (dict, list)):
        return "an object" if isinstance(raw, dict) else "a list"
    return json.dumps(raw)


def _number(raw: Any, where: str) -> Any:
    # Of infinity there is no whole part, and of more than 64 bits no use.
    number = is_number(raw)
    if not number or abs(raw) >= _MOST:
        what = "a number of 64 bits" if number else "a number"
        raise ConfigurationError(f"{where} is to be {what}, not {_shown(raw)}")
    return raw


_text, _truth = _a("a text", str), _a("true or false", bool)
_DECODERS: Mapping[str, Callable[[Any, str], Any]] = MappingProxyType(
    {
        "always": _truth,
        "botocore": _text,
        "compares": _texts,
        "deprecated": _truth,
        "enum": _texts,
        "errors": _all_of(Caught),
        "exceptions": _texts,
        "known_errors": _texts,
        "least": _number,
        "members": _texts,
        "most": _number,
        "operations": _all_of(OperationUse),
        "pattern": _text,
        "reads": _all_of(Read),
        "required": _truth,
        "sends": _all_of(Sent),
        "type": _text,
        "values": _texts,
    }
)
