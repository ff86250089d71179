"""A change report: as text to read, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from .changes import (
    GRAVEST,
    Change,
    Direction,
    Finding,
    ModelChanges,
    Severity,
    Tree,
    UpdatedOperation,
)
from .service import show_path

_WIDEST_LINE = 160
_MOST_NAMES = 6


def _as_json(changes: ModelChanges) -> str:
    """Return the report for programs.

    ``updated_operations`` has an entry per operation, with ``request`` or ``response`` only where
    something has changed there, ``{}`` where no member was added. ``root_causes`` has an entry per
    change, the worst first, with the operations that it touches.
    """
    document = {
        "service": changes.service,
        "old": changes.old,
        "new": changes.new,
        "new_operations": list(changes.new_operations),
        "removed_operations": list(changes.removed_operations),
        "updated_operations": [
            {
                "operation": updated.operation,
                **{side: tree for side, tree in _sides(updated) if tree is not None},
                "changes": [
                    {"path": show_path(path), **_recorded(change)}
                    for path, change in updated.changes
                ],
            }
            for updated in changes.updated_operations
        ],
        "root_causes": [
            {"site": change.site, **_recorded(change), "operations": list(change.operations)}
            for change in changes.changes
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _sides(updated: UpdatedOperation) -> tuple[tuple[str, Tree | None], ...]:
    return ("request", updated.request), ("response", updated.response)


def _recorded(change: Change) -> dict[str, Any]:
    return record(
        change.finding, direction=change.direction, severity=change.severity, reason=change.reason
    )


def record(
    finding: Finding, *, direction: Direction, severity: Severity, reason: str
) -> dict[str, Any]:
    """Return one change, for programs."""
    values = {"old": finding.old, "new": finding.new, "name": finding.name or None}
    return {
        "direction": direction.value,
        "kind": finding.kind.value,
        "class": severity.value,
        "reason": reason,
        **{name: value for name, value in values.items() if value is not None},
    }


def _as_text(changes: ModelChanges) -> str:
    return "\n".join(map(_visible, _text_lines(changes))) + "\n"


def _text_lines(changes: ModelChanges) -> Iterator[str]:
    yield _headline(changes)
    yield f"{changes.old} -> {changes.new}"
    if changes.new_operations:
        yield from ("", f"New: {', '.join(changes.new_operations)}")
    if changes.removed_operations:
        yield from ("", f"Removed: {', '.join(changes.removed_operations)}")
    for updated in changes.updated_operations:
        if updated.request or updated.response:
            yield from ("", updated.operation)
        for side, tree in _sides(updated):
            if tree:
                yield from _tree_lines(f"  {side:8}  ", tree)
    if changes.changes:
        yield from ("", f"For a caller: {tally(change.severity for change in changes.changes)}")
    for change in changes.changes:
        site = f"{change.site} ({change.direction.value})"
        yield from ("", f"{change.severity.value}  {change.kind.value}  {site}")
        yield f"  {change.reason}"
        yield from (f"  {detail}" for detail in details(change.finding))
        if change.operations and change.operations != (change.site,):
            yield f"  in {_some(change.operations)}"


def _headline(changes: ModelChanges) -> str:
    parts = [f"{changes.service} - {len(changes.updated_operations)} updated api methods"]
    if changes.new_operations:
        parts.append(f"{len(changes.new_operations)} new")
    if changes.removed_operations:
        parts.append(f"{len(changes.removed_operations)} removed")
    return ", ".join(parts)


def _tree_lines(prefix: str, tree: Tree) -> Iterator[str]:
    line = prefix + json.dumps(tree)
    if len(line) <= _WIDEST_LINE:
        yield line
        return
    first, *rest = json.dumps(tree, indent=2).splitlines()
    yield prefix + first
    yield from (" " * len(prefix) + line for line in rest)


def tally(severities: Iterable[Severity]) -> str:
    """Return how many there are of each, the gravest first."""
    found = list(severities)
    counts = ((found.count(severity), severity.value) for severity in GRAVEST)
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def _some(names: tuple[str, ...]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"


def details(finding: Finding) -> Iterator[str]:
    """Yield what was before and what is now, in lines."""
    what = f"{finding.name}: " if finding.name else ""
    if finding.old is not None and finding.new is not None:
        yield f"{what}was {_value(finding.old)}, is {_value(finding.new)}"
    elif finding.new is not None:
        yield f"{what}new: {_value(finding.new)}"
    elif finding.old is not None:
        yield f"{what}gone: {_value(finding.old)}"


def _value(value: object) -> str:
    return _visible(", ".join(value) if isinstance(value, tuple) else str(value))


def _visible(text: str) -> str:
    """Return text with escapes for what does not show or would end a line."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


FORMATS: Mapping[str, Callable[[ModelChanges], str]] = MappingProxyType(
    {"text": _as_text, "json": _as_json}
)
"""The forms of the report, by name."""
