"""Read, write and check consumer contracts: files that list which parts of the API a consumer uses.

Checking a contract requires only a service model, not the caller's code or tests. Contracts
contain no data from requests or responses except enumeration values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ..exceptions import plural
from ..model.changes import Change, Report, changed, gravest_first
from ..model.rule import show_path
from ..model.service import ServiceModel, Shape, read_document
from ..output_files import GENERATOR, closed_object

FORMAT = 2
"""The version of the file format. Increase the number if older releases would misread new files."""

Site = tuple[str, ...]
"""A part of the API, as a tuple: an operation's name, ``request`` or ``response``, and the steps
of the path to a member. An empty path stands for the entire request or response."""


@dataclass
class Use:
    """How a consumer uses one part of a request or response."""

    type: str  # the type of the part in the service model, such as ``string``
    values: set[str] = field(default_factory=set)
    """The enumeration values that the consumer sends in requests or compares with responses."""
    enum: set[str] = field(default_factory=set)
    """The full enumeration at recording time, if the consumer's behaviour depends on the member."""


@dataclass
class Contract:
    """The parts of the API that a consumer uses, and the botocore release used for recording."""

    botocore: str
    uses: dict[Site, Use] = field(default_factory=dict)

    @property
    def operations(self) -> set[str]:
        """The names of the operations that the consumer calls."""
        return {name for name, *_ in self.uses}

    def note(
        self, site: Site, shape_type: str, values: Iterable[str] = (), enum: Iterable[str] = ()
    ) -> None:
        """Record that the consumer uses a part of the API. This method is thread-safe."""
        use = self.uses.setdefault(site, Use(shape_type))
        use.values.update(values)
        use.enum.update(enum)


# --- the file ------------------------------------------------------------------------------------

_PARTS = re.compile(r"\[\w*\]|[^.\[\]]+")  # one part of a path, such as ``ports`` or ``[key]``
_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}
_SCHEMA = closed_object(
    *("botocore", "uses"),
    generator={},
    format={},
    botocore=_TEXT,
    uses={
        "type": "object",
        "propertyNames": {"pattern": r"^\w+ (request|response)( \S+)?(?![\s\S])"},
        "additionalProperties": closed_object("type", type=_TEXT, values=_TEXTS, enum=_TEXTS),
    },
)


def to_document(contract: Contract) -> dict[str, Any]:
    """Return a contract as a JSON document."""
    return {
        "generator": GENERATOR,
        "format": FORMAT,
        "botocore": contract.botocore,
        "uses": {
            _written(site): {
                "type": use.type,
                **({"values": sorted(use.values)} if use.values else {}),
                **({"enum": sorted(use.enum)} if use.enum else {}),
            }
            for site, use in sorted(contract.uses.items())
        },
    }


def from_document(document: dict[str, Any]) -> Contract:
    """Convert a document from ``to_document`` back into a contract."""
    contract = Contract(document["botocore"])
    for name, use in document["uses"].items():
        operation, side, *path = name.split(" ")
        site = (operation, side, *_PARTS.findall("".join(path)))
        contract.note(site, use["type"], use.get("values", ()), use.get("enum", ()))
    return contract


def _written(site: Site) -> str:
    operation, side, *_ = site
    return f"{operation} {side} {show_path(site[2:])}".rstrip()


def read_contract(path: FilePath) -> Contract:
    """Read a contract from a file."""
    return from_document(read_document(path, "a contract", _SCHEMA, FORMAT))


def to_text(contract: Contract) -> str:
    """Return the text of a contract file, with one line for each use, to keep diffs readable."""
    *head, (name, uses) = to_document(contract).items()
    lines = [f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head]
    entries = [f"    {json.dumps(site)}: {json.dumps(use)}" for site, use in uses.items()]
    inside = ",\n".join(entries)
    return f'{{\n{"".join(lines)}  "{name}": {{\n{inside}\n  }}\n}}\n'


# --- the check -----------------------------------------------------------------------------------


def report_of(contract: Contract, model: ServiceModel, file: str = "") -> Report:
    """Report the changes that affect the consumer, with annotations that point to ``file``."""
    title = f"The consumer of {plural(len(contract.operations), 'operation')}"
    changes = gravest_first(_found(contract, model))
    return Report(title, f"botocore {contract.botocore}", model.label, changes, file)


def _found(contract: Contract, model: ServiceModel) -> Iterator[Change]:
    removed: Site | None = None
    for site, use in sorted(contract.uses.items()):
        # If an operation or member was removed or has a new type, do not report its members too.
        if removed is not None and site[: len(removed)] == removed:
            continue
        name, side, *path = site
        operation = model.operations.get(name)
        if operation is None:
            removed = (name,)
            details = {"operations": (name,), "use": "the consumer calls it"}
            yield changed(name, "operation", "operation-removed", **details)
            continue
        shape: Shape | None = model.shapes[operation.root(side)]
        for part in path:
            shape = shape and model.inner(shape, part)
        if shape is None:
            removed = site
            yield _affects(site, use, "member-removed")
        elif shape.type != use.type:
            removed = site
            yield _affects(site, use, "type-changed", old=(use.type,), new=(shape.type,))
        else:
            yield from _found_in(contract, site, use, shape)


def _found_in(contract: Contract, site: Site, use: Use, shape: Shape) -> Iterator[Change]:
    """Yield the changes that affect the consumer: changed enumerations and new required members."""
    is_request = site[1] == "request"
    if is_request:
        for member in shape.required:
            if (*site, member) not in contract.uses:
                yield _affects((*site, member), None, "required-added")
    elif use.enum and (added := tuple(sorted(set(shape.enum) - use.enum))):
        yield _affects(site, use, "enum-values-added", new=added)
    gone = tuple(sorted(use.values.difference(shape.enum)))
    # If the whole enumeration was removed, requests may contain any string.
    if gone and (shape.enum or not is_request):
        yield _affects(site, use, "enum-values-removed", old=gone)


def _affects(site: Site, use: Use | None, kind: str, **details: Any) -> Change:
    """Describe a change. ``use`` is ``None`` if the consumer never sends the changed member."""
    name, side, *path = site
    values = ", ".join(sorted(use.values)) if use else ""
    if use is None:
        how = "never sends it"
    elif side == "request":
        how = f"sends it: {values}" if values else "sends it"
    else:
        how = f"compares it with {values}" if values else "reads it"
    where = f"{name} {show_path(tuple(path))}".rstrip()
    return changed(where, side, kind, operations=(name,), use=f"the consumer {how}", **details)
