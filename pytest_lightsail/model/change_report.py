"""A change report in three forms: text to read, JSON for programs, Markdown for pull requests.

>>> print(as_text(compare(load("old.whl"), load("new.whl"))))  # doctest: +SKIP
Amazon Lightsail - 4 updated api methods
...
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from .differences import Change, Finding, ModelChanges, Tree, UpdatedOperation
from .paths import show_path
from .severity import Direction, Kind, Severity

__all__ = ["FORMATS", "as_json", "as_markdown", "as_text", "details", "record", "tally"]

_WIDEST_LINE = 160
_MOST_NAMES = 6
_MARKDOWN = "\\`*_[]<>|{}#~"


def as_json(changes: ModelChanges) -> str:
    """The report for programs.

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
        "updated_operations": [_operation(updated) for updated in changes.updated_operations],
        "root_causes": [_root_cause(change) for change in changes.changes],
    }
    return json.dumps(document, indent=2) + "\n"


def _operation(updated: UpdatedOperation) -> dict[str, Any]:
    trees = {"request": updated.request, "response": updated.response}
    return {
        "operation": updated.operation,
        **{direction: tree for direction, tree in trees.items() if tree is not None},
        "changes": [
            {"path": show_path(path), **_record(change)} for path, change in updated.changes
        ],
    }


def _root_cause(change: Change) -> dict[str, Any]:
    return {"site": change.site, **_record(change), "operations": list(change.operations)}


def _record(change: Change) -> dict[str, Any]:
    return record(
        change.finding, direction=change.direction, severity=change.severity, reason=change.reason
    )


def record(
    finding: Finding, *, direction: Direction, severity: Severity, reason: str
) -> dict[str, Any]:
    """One change, for programs."""
    recorded: dict[str, Any] = {
        "direction": direction.value,
        "kind": finding.kind.value,
        "class": severity.value,
        "reason": reason,
    }
    values = {"old": finding.old, "new": finding.new}
    recorded |= {side: value for side, value in values.items() if value is not None}
    if finding.name:
        recorded["name"] = finding.name
    return recorded


def as_text(changes: ModelChanges) -> str:
    """The report for people at a terminal."""
    return "\n".join(map(_visible, _text_lines(changes))) + "\n"


def _text_lines(changes: ModelChanges) -> Iterator[str]:
    yield _headline(changes)
    yield f"{changes.old} -> {changes.new}"
    for title, operations in (
        ("New", changes.new_operations),
        ("Removed", changes.removed_operations),
    ):
        if operations:
            yield ""
            yield f"{title}: {', '.join(operations)}"
    for updated in changes.updated_operations:
        trees = list(_trees(updated))
        if trees:
            yield ""
            yield updated.operation
            for direction, tree in trees:
                yield from _tree_lines(f"  {direction:8}  ", tree)
    if changes.changes:
        yield ""
        yield f"For a caller: {tally(change.severity for change in changes.changes)}"
    for change in changes.changes:
        yield ""
        yield f"{change.severity.value}  {change.kind.value}  {change.site} ({change.direction.value})"
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


def _trees(updated: UpdatedOperation) -> Iterator[tuple[str, Tree]]:
    for direction, tree in (("request", updated.request), ("response", updated.response)):
        if tree:
            yield direction, tree


def _tree_lines(prefix: str, tree: Tree) -> Iterator[str]:
    line = prefix + json.dumps(tree)
    if len(line) <= _WIDEST_LINE:
        yield line
        return
    first, *rest = json.dumps(tree, indent=2).splitlines()
    yield prefix + first
    yield from (" " * len(prefix) + line for line in rest)


def tally(severities: Iterable[Severity]) -> str:
    """How many there are of each, the gravest first."""
    found = list(severities)
    counts = [(found.count(severity), severity.value) for severity in reversed(Severity)]
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def _some(names: tuple[str, ...]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"


def details(finding: Finding) -> Iterator[str]:
    """What a change is from what to what, in lines."""
    what = f"{finding.name}: " if finding.name else ""
    if finding.kind is Kind.PATTERN_CHANGED:
        what = "pattern changed: "
    if finding.old is not None and finding.new is not None:
        yield f"{what}was {_value(finding.old)}, is {_value(finding.new)}"
    elif finding.new is not None:
        yield f"new: {_value(finding.new)}"
    elif finding.old is not None:
        yield f"gone: {_value(finding.old)}"


def _value(value: object) -> str:
    return _visible(", ".join(value) if isinstance(value, tuple) else str(value))


def _visible(text: str) -> str:
    """Text in one line, with escapes for what does not show or would end it."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def as_markdown(changes: ModelChanges) -> str:
    """The report for a pull request or a job summary."""
    return "\n".join(_markdown_lines(changes)) + "\n"


def _markdown_lines(changes: ModelChanges) -> Iterator[str]:
    yield f"## {_cell(_headline(changes))}"
    yield ""
    yield f"{_cell(changes.old)} → {_cell(changes.new)}"
    if changes.changes:
        yield ""
        yield f"For a caller: {tally(change.severity for change in changes.changes)}."
        yield ""
        yield "| class | change | where | operations | why |"
        yield "|---|---|---|---|---|"
    for change in changes.changes:
        lines = "".join(f"<br>{_cell(detail)}" for detail in details(change.finding))
        yield (
            f"| {change.severity.value} | {change.kind.value}{lines} "
            f"| {_code(change.site)} ({change.direction.value}) | {_cell(_some(change.operations))} "
            f"| {_cell(change.reason)} |"
        )
    for updated in changes.updated_operations:
        trees = list(_trees(updated))
        if trees:
            yield ""
            yield f"### {_cell(updated.operation)}"
        for direction, tree in trees:
            yield ""
            yield f"{direction}:"
            yield ""
            yield "```json"
            yield json.dumps(tree, indent=2)
            yield "```"


def _cell(text: str) -> str:
    """Text that Markdown leaves as it is, in a table too."""
    return "".join(
        f"\\{character}" if character in _MARKDOWN else character for character in _visible(text)
    )


def _code(name: str) -> str:
    # Inside of code nothing can be escaped; the names of AWS have nothing that would have to be.
    shown = _visible(name)
    return _cell(name) if set(shown) & set("`|\\") else f"`{shown}`"


FORMATS: Mapping[str, Callable[[ModelChanges], str]] = MappingProxyType(
    {"text": as_text, "json": as_json, "markdown": as_markdown}
)
