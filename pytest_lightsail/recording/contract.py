"""Consumer contracts: files that list which parts of the API one consumer uses, and can be checked.

``model.changes`` describes how a change can affect callers in general. A contract narrows this down
to what one caller uses. To check it, only a service model is needed, not the caller's code or its
tests. Of the values that were sent, a contract contains only enumeration values.

The file is JSON with one line for each path, which keeps diffs readable.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path as FilePath
from typing import Any, TypeVar

from ..exceptions import plural
from ..model.bounds import read_document
from ..model.change_report import Report
from ..model.changes import ERROR_GONE, Change, Direction, Kind, Severity, changed, gravest_first
from ..model.rule import show_path
from ..model.service import Operation, Path, ServiceModel, Shape, locate, split_path
from ..output_files import GENERATOR, closed_object

FORMAT = 1
"""The version of the file format. It rises when older releases could misread the file."""

_T = TypeVar("_T")
_DEEPEST = 4
"""On how many levels of the file each entry has its own line. Deeper levels share that line."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """How the consumer sends the value at one path in a request.

    Attributes:
        type: the type of the shape, such as ``string``.
        always: whether the member was in every structure that can have it. ``None`` if the path
            does not lead to a member.
        values: the enumeration values that were sent.
    """

    type: str
    always: bool | None = None
    values: frozenset[str] | None = None

    def __str__(self) -> str:
        how = {None: "sends it", True: "always sends it", False: "sends it in some calls"}
        values = f": {', '.join(sorted(self.values))}" if self.values else ""
        return f"{how[self.always]}{values}"


@dataclass(frozen=True, kw_only=True)
class Read:
    """How the consumer reads the value at one path in a response.

    Attributes:
        type: the type of the shape, such as ``string``.
        compares: the enumeration values with which the consumer compares the value. Empty if it is
            unknown how the consumer depends on the value.
        enum: the enumeration values that the model had when the contract was recorded.
    """

    type: str
    compares: frozenset[str] | None = None
    enum: frozenset[str] | None = None

    def __str__(self) -> str:
        if self.compares:
            return f"compares it with {', '.join(sorted(self.compares))}"
        return "reads it" if self.compares is None else "reads it and depends on its value"


@dataclass(frozen=True, kw_only=True)
class OperationUse:
    """How the consumer uses an operation.

    Attributes:
        sends: maps paths to how requests are sent. ``""`` is the whole request. Empty if all
            requests were invalid.
        reads: maps paths to how responses are read. ``""`` is the whole response.
        errors: the codes of the errors that the consumer tells apart from others.
        known_errors: the errors that the model defines for the operation. Empty unless the consumer
            distinguishes errors.
    """

    sends: Mapping[str, Sent] = field(default_factory=dict)
    reads: Mapping[str, Read] = field(default_factory=dict)
    errors: frozenset[str] | None = None
    known_errors: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Which parts of the API one consumer uses.

    Attributes:
        botocore: the botocore release with which the contract was recorded.
        operations: the operations that were called.
    """

    botocore: str
    operations: Mapping[str, OperationUse] = field(default_factory=dict)


# --- merging -------------------------------------------------------------------------------------

_NEWER = frozenset({"botocore", "type", "always", "enum", "known_errors"})
"""Fields whose values are taken from the newer contract. ``merged_entries`` corrects ``always``."""


def merged(newer: _T, older: _T) -> _T:
    """Return the combined use. The order matters only if different releases recorded the two."""
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
    """Return the entries of both, merging entries that have the same key."""
    both = newer.keys() & older.keys()
    entries = {**older, **newer, **{key: merged(newer[key], older[key]) for key in both}}
    for path, entry in entries.items():
        if isinstance(entry, Sent) and entry.always is not None:
            # If a contract lacks the structure, it does not show whether the member is optional.
            parent = show_path(split_path(path)[:-1])
            sides = [side for side in (newer, older) if parent in side]
            always = all(path in side and side[path].always for side in sides)
            entries[path] = replace(entry, always=always)
    return entries


# --- the file ------------------------------------------------------------------------------------


def to_document(contract: Contract) -> dict[str, Any]:
    """Return a contract as a JSON document."""
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
    """Return the contract that is in a document from ``to_document``."""
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


def _by_name(part: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": part}


_SENT = closed_object("type", type=_TEXT, always={"type": "boolean"}, values=_TEXTS)
_READ = closed_object("type", type=_TEXT, compares=_TEXTS, enum=_TEXTS)
_OPERATION = closed_object(
    sends=_by_name(_SENT), reads=_by_name(_READ), errors=_TEXTS, known_errors=_TEXTS
)
_SCHEMA = closed_object(
    *("botocore", "operations"),
    generator={},
    format={},
    botocore=_TEXT,
    operations=_by_name(_OPERATION),
)


def read_contract(path: FilePath) -> Contract:
    """Return the contract in a file.

    Raises:
        ConfigurationError: the file cannot be read, or is not a contract.
    """
    return from_document(read_document(path, "a contract", _SCHEMA, FORMAT))


def to_text(contract: Contract) -> str:
    """Return the text of a contract file."""
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
    """Return a report of the changes in a model that affect the contract's consumer.

    Args:
        contract: what the consumer uses.
        model: the model that the consumer will be used with.
        file: the contract's file, which annotations name.
    """
    changes = check(contract, model)
    found = "" if changes else ": nothing that it uses has changed"
    return Report(
        title=f"The consumer of {plural(len(contract.operations), 'operation')}{found}",
        old=f"botocore {contract.botocore}",
        new=model.label,
        whom="this consumer",
        changes=changes,
        file=file,
    )


def check(contract: Contract, model: ServiceModel) -> tuple[Change, ...]:
    """Return the changes in the model that affect the consumer, most severe first."""
    found: list[Change] = []
    for name, use in contract.operations.items():
        operation = model.operations.get(name)
        if operation is None:
            operation_removed = Direction.OPERATION, Kind.OPERATION_REMOVED
            use_of_it = "the consumer calls it"
            found.append(changed(name, *operation_removed, operations=(name,), use=use_of_it))
        else:
            found += _Check(model, operation, use).changes
    return gravest_first(found)


_Use = TypeVar("_Use", Sent, Read)


class _Check:
    """Finds the changes in a new model that affect how the consumer uses one operation."""

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
        how = f"the consumer {use}"
        change = changed(site, direction, kind, operations=(name,), use=how, **details)
        self.changes.append(change)

    def _places(
        self, direction: Direction, root: str | None, uses: Mapping[str, _Use]
    ) -> Iterator[tuple[str, _Use, Shape]]:
        """Yield each path with its use and shape. Report missing paths, but no paths below them."""
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
                    report(member, Kind.REQUIRED_ADDED, inner or "never sends it")
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
                reason = "the service no longer sends this value, so the code for it never runs"
                judged = {"severity": Severity.BREAKING, "reason": reason}
                report(path, Kind.ENUM_VALUES_REMOVED, read, old=gone, **judged)

    def _check_errors(self, errors: frozenset[str], known: frozenset[str]) -> None:
        if not errors:
            return
        report, now = partial(self._report, Direction.ERROR), {*self._operation.errors}
        for code in sorted(errors & known - now):
            handles = f"distinguishes {code} from other errors"
            if code not in self._model.shapes:
                report(code, Kind.EXCEPTION_REMOVED, handles)
                continue
            reason = "the service may return another error, which the code does not handle"
            report(code, Kind.OTHER, handles, old=ERROR_GONE, name="error", reason=reason)
        for code in sorted(now - known - errors):
            handles = f"distinguishes {', '.join(sorted(errors))}"
            report(code, Kind.ERROR_ADDED, handles)


def show(contract: Contract) -> str:
    """Describe a contract in words."""
    lines = [f"Recorded with botocore {contract.botocore}"]
    for name, use in sorted(contract.operations.items()):
        lines += ["", name]
        for path, sent in sorted(use.sends.items()):
            if path:
                lines.append(f"  request   {path}: {sent}")
        for path, read in sorted(use.reads.items()):
            lines.append(f"  response  {path or 'the result'}: {read}")
        if use.errors:
            lines.append(f"  errors    {', '.join(sorted(use.errors))}")
    return "\n".join(lines) + "\n"
