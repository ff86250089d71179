"""A change report in every ``--format``, and the baseline of accepted changes.

``diff`` shows what can affect any caller, ``contract check`` what affects one consumer. Both make a
``Report``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..exceptions import ConfigurationError
from ..output_files import GENERATOR, __version__, check_document, write_output
from .bounds import read_json_file
from .changes import GRAVEST, Change, ModelChanges, Severity

_MOST_NAMES = 6


@dataclass(frozen=True)
class Report:
    """What a report shows.

    Attributes:
        title: its first line.
        old: the label of the model that the caller was written against.
        new: the label of the model that it is to work with.
        whom: whom the changes affect, as ``a caller``.
        changes: the changes, the gravest first.
        lines: what the text has before the changes.
        data: what the JSON has before the changes.
        file: the file that annotations refer to; none if empty.
    """

    title: str
    old: str
    new: str
    whom: str
    changes: tuple[Change, ...]
    lines: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""

    def at_least(self, severity: Severity) -> bool:
        """Return whether any change is as grave as that, or graver."""
        return any(change.severity.at_least(severity) for change in self.changes)


def report_of(changes: ModelChanges) -> Report:
    """Return the report of what differs between two models."""
    updated = changes.updated_operations
    counts = {
        f"{len(updated)} updated api methods": True,
        f"{len(changes.new_operations)} new": changes.new_operations,
        f"{len(changes.removed_operations)} removed": changes.removed_operations,
    }
    return Report(
        title=f"{changes.service} - {', '.join(text for text, any_ in counts.items() if any_)}",
        old=changes.old,
        new=changes.new,
        whom="a caller",
        changes=changes.changes,
        lines=tuple(_tree_lines(changes)),
        data={
            "service": changes.service,
            "new_operations": changes.new_operations,
            "removed_operations": changes.removed_operations,
            "updated_operations": [
                {
                    "operation": name,
                    **{side: tree for side, tree in added._asdict().items() if tree},
                }
                for name, added in updated.items()
            ],
        },
    )


def _tree_lines(changes: ModelChanges) -> Iterator[str]:
    for title, names in (("New", changes.new_operations), ("Removed", changes.removed_operations)):
        if names:
            yield from ("", f"{title}: {', '.join(names)}")
    for name, added in changes.updated_operations.items():
        trees = [(side, tree) for side, tree in added._asdict().items() if tree]
        if trees:
            yield from ("", name)
        for side, tree in trees:
            yield f"  {side:8}  {json.dumps(tree)}"


# --- the forms -------------------------------------------------------------------------------------


def _as_text(report: Report) -> str:
    return "\n".join(map(_visible, _text_lines(report))) + "\n"


def _text_lines(report: Report) -> Iterator[str]:
    yield from (report.title, f"{report.old} -> {report.new}", *report.lines)
    if report.changes:
        yield from ("", f"For {report.whom}: {_tally(report.changes)}")
    for change in report.changes:
        site = f"{change.site} ({change.direction.value})"
        yield from ("", f"{change.severity.value}  {change.kind.value}  {site}")
        yield from (f"  {line}" for line in _explained(change))


def _explained(change: Change) -> Iterator[str]:
    """Yield why a change matters, the old and the new value, and the places it affects."""
    yield change.reason
    what = f"{change.name}: " if change.name else ""
    if change.old is not None and change.new is not None:
        yield f"{what}was {_value(change.old)}, is {_value(change.new)}"
    elif change.new is not None:
        yield f"{what}new: {_value(change.new)}"
    elif change.old is not None:
        yield f"{what}gone: {_value(change.old)}"
    if change.use:
        yield change.use
    elif change.operations != (change.site,):
        yield f"in {_some(change.operations)}"


def _as_markdown(report: Report) -> str:
    lines = [f"## {_escaped(report.title)}", "", f"`{report.old}` → `{report.new}`", ""]
    if not report.changes:
        lines.append(f"Nothing has changed for {report.whom}.")
    else:
        lines += [f"For {report.whom}: {_tally(report.changes)}", ""]
        lines += ["| Severity | Change | Where | Why |", "| --- | --- | --- | --- |"]
    for change in report.changes:
        why = "<br>".join(_escaped(_visible(line)) for line in _explained(change))
        # In code nothing but the end of a cell, and of the code, is special.
        site = _visible(change.site).replace("`", "'").replace("|", "\\|")
        where = f"`{site}` ({change.direction.value})"
        lines.append(f"| {change.severity.value} | {change.kind.value} | {where} | {why} |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    for character in "\\|*_<[`":
        text = text.replace(character, f"\\{character}" if character != "<" else "&lt;")
    return text


def _as_json(report: Report) -> str:
    document = {
        "old": report.old,
        "new": report.new,
        **report.data,
        "changes": [
            {
                **_identity(change),
                "class": change.severity.value,
                "reason": change.reason,
                "operations": change.operations,
                **({"use": change.use} if change.use else {}),
            }
            for change in report.changes
        ],
    }
    return json.dumps(document, indent=2) + "\n"


_LEVELS = {
    Severity.BREAKING: "error",
    Severity.DANGEROUS: "warning",
    Severity.COMPATIBLE: "note",
}


def _as_annotations(report: Report) -> str:
    """Return workflow commands of GitHub Actions; a line each, with the characters that it escapes."""
    lines = []
    for change in report.changes:
        level = _LEVELS[change.severity].replace("note", "notice")
        values = {"file": report.file, "title": f"{change.severity.value} {change.kind.value}"}
        given = ",".join(f"{key}={value}" for key, value in values.items() if value)
        text = f"{change.site} ({change.direction.value}): {'; '.join(_explained(change))}"
        lines.append(f"::{level} {given}::{_visible(text).replace('%', '%25')}\n")
    return "".join(lines)


def _as_sarif(report: Report) -> str:
    """Return SARIF 2.1.0, which code scanning reads."""
    results = []
    for change in report.changes:
        place: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": change.site}]}
        if report.file:
            place["physicalLocation"] = {"artifactLocation": {"uri": report.file}}
        results.append(
            {
                "ruleId": change.kind.value,
                "level": _LEVELS[change.severity],
                "message": {"text": f"{change.site}: {'; '.join(_explained(change))}"},
                "locations": [place],
            }
        )
    rules = [{"id": name} for name in sorted({change.kind.value for change in report.changes})]
    tool = {"driver": {"name": "pytest-lightsail", "version": __version__, "rules": rules}}
    runs = [{"tool": tool, "results": results}]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": runs,
    }
    return json.dumps(document, indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text": _as_text,
        "json": _as_json,
        "markdown": _as_markdown,
        "github": _as_annotations,
        "sarif": _as_sarif,
    }
)
"""The forms of the report, by name."""


def _identity(change: Change) -> dict[str, Any]:
    """Return what identifies a change, without its severity and the places it affects."""
    values = {name: getattr(change, name) for name in _IDENTIFYING}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value not in {None, ""}
    }


_IDENTIFYING = ("site", "direction", "kind", "old", "new", "name")


def _tally(changes: Iterable[Change]) -> str:
    found = [change.severity for change in changes]
    counts = ((found.count(severity), severity.value) for severity in GRAVEST)
    return ", ".join(f"{count} {name}" for count, name in counts if count)


def _some(names: tuple[str, ...]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"


def _value(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _visible(text: str) -> str:
    """Return text with escapes for what does not show or would end a line."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


# --- the baseline ----------------------------------------------------------------------------------

_FORMAT = 1
_BASELINE = {
    "type": "object",
    "required": ["format", "accepted"],
    "properties": {"accepted": {"type": "array", "items": {"type": "object"}}},
}


def write_baseline(path: Path, report: Report) -> None:
    """Write the changes of a report as those that are accepted from now on.

    Raises:
        ConfigurationError: the path holds something that is not a baseline.
        OSError: it cannot be written.
    """
    accepted = [_identity(change) for change in report.changes]
    document = {"generator": GENERATOR, "format": _FORMAT, "accepted": accepted}
    write_output(path, json.dumps(document, indent=1) + "\n")


def without_accepted(report: Report, path: Path) -> Report:
    """Return the report without the changes that a baseline accepts.

    Raises:
        ConfigurationError: the baseline cannot be read, or is none.
    """
    try:
        document = read_json_file(path)
        check_document(document, _BASELINE, _FORMAT)
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot read the baseline {path}: {error}; --write-baseline writes one"
        ) from error
    left = [change for change in report.changes if _identity(change) not in document["accepted"]]
    lines = report.lines
    if count := len(report.changes) - len(left):
        lines = (*lines, f"{count} accepted in {path}")
    return replace(report, changes=tuple(left), lines=lines)
