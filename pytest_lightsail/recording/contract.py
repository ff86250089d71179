"""What one consumer uses of the API, the file of it, and its check against a service model.

``model.changes`` describes how a change can affect any caller; this module knows what one caller uses. A
contract can be checked against a model without the code: it records what was used. It contains none of
the values sent, except those of enumerations.

The file is JSON with a line for each place, so that a diff shows what has changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path as FilePath
from typing import Any, TypeVar

from ..exceptions import ConfigurationError
from ..model.bounds import read_json_file
from ..model.change_report import Report
from ..model.changes import ERROR_GONE, Change, Direction, Kind, Severity, changed, gravest_first
from ..model.rule import show_path
from ..model.service import Operation, Path, ServiceModel, Shape, locate, split_path
from ..output_files import GENERATOR, check_document

__all__ = [
    "FORMAT",
    "Contract",
    "OperationUse",
    "Read",
    "Sent",
    "check",
    "from_document",
    "merged",
    "merged_entries",
    "read_contract",
    "report_of",
    "show",
    "to_document",
    "to_text",
]

FORMAT = 1
"""Of the file; raised when an older release of this library could misread it."""

_T = TypeVar("_T")
_DEEPEST = 4
"""Levels that have a line for each entry; what is deeper is one line."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A place of requests that the consumer fills.

    Attributes:
        type: of its shape, such as ``string``.
        always: whether every structure that could have it had it; ``None`` for what is not a member.
        values: the values of an enumeration that were sent.
    """

    type: str
    always: bool | None = None
    values: frozenset[str] | None = None

    def __str__(self) -> str:
        how = {None: "it sends it", True: "it always sends it", False: "it sends it in some calls"}
        values = f": {', '.join(sorted(self.values))}" if self.values else ""
        return f"{how[self.always]}{values}"


@dataclass(frozen=True, kw_only=True)
class Read:
    """A member of a response that the consumer reads.

    Attributes:
        type: the type of its shape, such as ``string``.
        compares: the enumeration values that it is compared with; empty if the code depends on its
            text, but no value is known.
        enum: the enumeration values of the model at that time.
    """

    type: str
    compares: frozenset[str] | None = None
    enum: frozenset[str] | None = None

    def __str__(self) -> str:
        if self.compares:
            return f"it compares it with {', '.join(sorted(self.compares))}"
        return "it reads it" if self.compares is None else "it reads it and decides by it"


@dataclass(frozen=True, kw_only=True)
class OperationUse:
    """How an operation is used: what is sent and read, by path, and which errors are distinguished.

    Attributes:
        sends: ``""`` is the request as a whole; empty if no valid request was sent.
        reads: ``""`` is the result as a whole.
        errors: their codes.
        known_errors: those that the model named, if any is distinguished.
    """

    sends: Mapping[str, Sent] = field(default_factory=dict)
    reads: Mapping[str, Read] = field(default_factory=dict)
    errors: frozenset[str] | None = None
    known_errors: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one consumer uses of the API.

    Attributes:
        botocore: the release whose model it was recorded with.
        operations: those that were called.
    """

    botocore: str
    operations: Mapping[str, OperationUse] = field(default_factory=dict)


# --- merging -------------------------------------------------------------------------------------

_NEWER = frozenset({"botocore", "type", "always", "enum", "known_errors"})
"""Fields that are as the newer model has them; ``always`` of members is merged with their structure."""


def merged(newer: _T, older: _T) -> _T:
    """Return what both use. Several of one release give the same in any order."""
    values = {}
    for each in fields(newer):  # type: ignore[arg-type]
        one, other = getattr(newer, each.name), getattr(older, each.name)
        if one is None or other is None or each.name in _NEWER:
            values[each.name] = other if one is None else one
        else:
            values[each.name] = (
                merged_entries(one, other) if isinstance(one, Mapping) else one | other
            )
    return type(newer)(**values)


def merged_entries(newer: Mapping[str, Any], older: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of both; those of one key merged."""
    both = newer.keys() & older.keys()
    entries = {**older, **newer, **{key: merged(newer[key], older[key]) for key in both}}
    for path, entry in entries.items():
        if isinstance(entry, Sent) and entry.always is not None:
            # A structure that one side has never sent says nothing about its members.
            parent = show_path(split_path(path)[:-1])
            sides = [side for side in (newer, older) if parent in side]
            always = all(path in side and side[path].always for side in sides)
            entries[path] = replace(entry, always=always)
    return entries


# --- the file ------------------------------------------------------------------------------------


def to_document(contract: Contract) -> dict[str, Any]:
    """Return the contract as JSON."""
    return {
        "generator": GENERATOR,
        "format": FORMAT,
        "botocore": contract.botocore,
        "operations": {
            name: asdict(use, dict_factory=_known) for name, use in contract.operations.items()
        },
    }


def _known(members: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in members
        if value is not None and value != {}
    }


def from_document(document: Mapping[str, Any]) -> Contract:
    """Read ``to_document`` again."""
    operations = {name: _use(raw) for name, raw in document["operations"].items()}
    return Contract(botocore=document["botocore"], operations=operations)


def _use(raw: Mapping[str, Any]) -> OperationUse:
    return OperationUse(
        sends={path: Sent(**_sets(place)) for path, place in raw.get("sends", {}).items()},
        reads={path: Read(**_sets(place)) for path, place in raw.get("reads", {}).items()},
        **_sets({name: raw[name] for name in raw if name not in {"sends", "reads"}}),
    )


def _sets(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {k: frozenset(value) if isinstance(value, list) else value for k, value in raw.items()}


_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}


def _object(required: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": members,
        "required": list(required),
        "additionalProperties": False,
    }


def _by_name(part: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": part}


_SENT = _object(("type",), type=_TEXT, always={"type": "boolean"}, values=_TEXTS)
_READ = _object(("type",), type=_TEXT, compares=_TEXTS, enum=_TEXTS)
_OPERATION = _object(
    sends=_by_name(_SENT), reads=_by_name(_READ), errors=_TEXTS, known_errors=_TEXTS
)
_SCHEMA = _object(
    ("botocore", "operations"),
    generator={},
    format={},
    botocore=_TEXT,
    operations=_by_name(_OPERATION),
)


def read_contract(path: FilePath) -> Contract:
    """Return the contract in a file.

    Raises:
        ConfigurationError: it cannot be read, or is not a contract.
    """
    try:
        document = read_json_file(path)
        check_document(document, _SCHEMA, FORMAT)
        return from_document(document)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{path} is not a contract: {error}") from error
    except ValueError as error:
        raise ConfigurationError(f"{path} is not a contract: invalid JSON: {error}") from error


def to_text(contract: Contract) -> str:
    """Return the text of the file."""
    return f"{_written(to_document(contract))}\n"


def _written(value: Any, depth: int = 0) -> str:
    if not isinstance(value, dict) or not value or depth == _DEEPEST:
        return json.dumps(value, sort_keys=True)
    margin = "  " * depth
    members = sorted(value.items()) if depth else value.items()
    lines = (f"{margin}  {json.dumps(key)}: {_written(one, depth + 1)}" for key, one in members)
    return "{\n" + ",\n".join(lines) + f"\n{margin}}}"


# --- the check -------------------------------------------------------------------------------------


def report_of(contract: Contract, model: ServiceModel, file: str = "") -> Report:
    """Return the report of what a model breaks or endangers for this consumer.

    Args:
        contract: what the consumer uses.
        model: the model that it is to work with.
        file: where the contract is, for annotations.
    """
    changes = check(contract, model)
    found = "" if changes else ": nothing that it uses has changed"
    return Report(
        title=f"The consumer of {len(contract.operations)} operations{found}",
        old=f"botocore {contract.botocore}",
        new=model.label,
        whom="this consumer",
        changes=changes,
        file=file,
    )


def check(contract: Contract, model: ServiceModel) -> tuple[Change, ...]:
    """Return the changes of the model that affect this consumer, most severe first."""
    found: list[Change] = []
    for name, use in contract.operations.items():
        operation = model.operations.get(name)
        if operation is None:
            operation_removed = Direction.OPERATION, Kind.OPERATION_REMOVED
            found.append(changed(name, *operation_removed, operations=(name,), use="it calls it"))
        else:
            found += _Check(model, operation, use).changes
    return gravest_first(found)


_Use = TypeVar("_Use", Sent, Read)


class _Check:
    """What a new model changes for a consumer of one operation."""

    def __init__(self, model: ServiceModel, operation: Operation, use: OperationUse) -> None:
        self._model, self._operation = model, operation
        self.changes: list[Change] = []
        self._check_requests(use.sends)
        self._check_results(use.reads)
        self._check_errors(use.errors or frozenset(), use.known_errors or frozenset())

    def _report(
        self, direction: Direction, path: str, kind: Kind, use: object, **details: Any
    ) -> None:
        name = self._operation.name
        site = f"{name} {path}".rstrip()
        change = changed(site, direction, kind, operations=(name,), use=str(use), **details)
        self.changes.append(change)

    def _places(
        self, direction: Direction, root: str | None, uses: Mapping[str, _Use]
    ) -> Iterator[tuple[str, _Use, Shape]]:
        """Yield each place with its use and shape; report one that is gone, but not what is in it."""
        gone: Path | None = None
        for parts, path in sorted((split_path(path), path) for path in uses):
            if gone is not None and parts[: len(gone)] == gone:
                continue
            use, shape = uses[path], locate(self._model, root, parts)
            if shape is not None and shape.type == use.type:
                yield path, use, shape
                continue
            gone = parts
            if shape is None:
                self._report(direction, path, Kind.MEMBER_REMOVED, use)
            else:
                types = {"old": use.type, "new": shape.type}
                self._report(direction, path, Kind.TYPE_CHANGED, use, **types)

    def _check_requests(self, sends: Mapping[str, Sent]) -> None:
        report = partial(self._report, Direction.REQUEST)
        for path, sent, shape in self._places(Direction.REQUEST, self._operation.input, sends):
            for name in shape.required:
                member = show_path((*split_path(path), name))
                inner = sends.get(member)
                if inner is None or not inner.always:
                    report(member, Kind.REQUIRED_ADDED, inner or "it never sends it")
            gone = (sent.values or frozenset()).difference(shape.enum)
            if shape.enum and gone:
                report(path, Kind.ENUM_VALUES_REMOVED, sent, old=tuple(sorted(gone)))

    def _check_results(self, reads: Mapping[str, Read]) -> None:
        report = partial(self._report, Direction.RESPONSE)
        for path, read, shape in self._places(Direction.RESPONSE, self._operation.output, reads):
            if read.enum is None or read.compares is None:
                continue
            if added := tuple(sorted(set(shape.enum) - read.enum)):
                report(path, Kind.ENUM_VALUES_ADDED, read, new=added)
            if gone := tuple(sorted(read.compares.difference(shape.enum))):
                reason = "its branch for a value that is no longer sent never runs"
                judged = {"severity": Severity.BREAKING, "reason": reason}
                report(path, Kind.ENUM_VALUES_REMOVED, read, old=gone, **judged)

    def _check_errors(self, errors: frozenset[str], known: frozenset[str]) -> None:
        if not errors:
            return
        report, now = partial(self._report, Direction.ERROR), {*self._operation.errors}
        for code in sorted(errors & known - now):
            handles = f"it distinguishes {code} from other errors"
            if code not in self._model.shapes:
                report(code, Kind.EXCEPTION_REMOVED, handles)
                continue
            reason = "another error, which is not handled, may come instead"
            report(code, Kind.OTHER, handles, old=ERROR_GONE, name="error", reason=reason)
        for code in sorted(now - known - errors):
            handles = f"it distinguishes {', '.join(sorted(errors))}"
            report(code, Kind.ERROR_ADDED, handles)


def show(contract: Contract) -> str:
    """Return the contract in words."""
    lines = [f"Recorded with botocore {contract.botocore}"]
    for name, use in sorted(contract.operations.items()):
        lines += ["", name]
        for path, sent in sorted(use.sends.items()):
            if path:
                lines.append(f"  request   {path}: {sent}".replace(": it ", ": ", 1))
        for path, read in sorted(use.reads.items()):
            lines.append(f"  response  {path or 'the result'}: {read}".replace(": it ", ": ", 1))
        if use.errors:
            lines.append(f"  errors    {', '.join(sorted(use.errors))}")
    return "\n".join(lines) + "\n"
