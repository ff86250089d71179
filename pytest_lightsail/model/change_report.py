"""Write reports on changes, and baselines of accepted changes.

The command ``diff`` reports all changes that can affect a caller. The command ``contract check``
reports only the changes that affect one consumer.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..exceptions import ConfigurationError, printable
from ..output_files import GENERATOR, __version__, write_output
from .bounds import read_document
from .changes import GRAVEST, Change, Kind, Severity, compare
from .service import ServiceModel

_MOST_NAMES = 6


@dataclass(frozen=True)
class Report:
    """The content of a report, which does not depend on the format.

    Attributes:
        title: the first line.
        old: the label of the model for which the caller was written.
        new: the label of the model with which the caller will be used.
        whom: the code that the changes affect, such as ``a caller``.
        changes: the changes, most severe first.
        file: the file that annotations refer to, or ``""``.
        note: a line that the text format shows above the changes, or ``""``.
    """

    title: str
    old: str
    new: str
    whom: str
    changes: tuple[Change, ...]
    file: str = ""
    note: str = ""

    def at_least(self, severity: Severity) -> bool:
        """Return whether any change has at least this severity."""
        most = GRAVEST.index(severity)
        return any(GRAVEST.index(change.severity) <= most for change in self.changes)


def report_of(
    old: ServiceModel, new: ServiceModel, operations: Iterable[str] | None = None
) -> Report:
    """Return a report on the differences between two models. For the arguments, see ``compare``."""
    changes = compare(old, new, operations)
    affected: dict[Kind, set[str]] = defaultdict(set)
    for change in changes:
        affected[change.kind].update(change.operations)
    added = affected.pop(Kind.OPERATION_ADDED, ())
    removed = affected.pop(Kind.OPERATION_REMOVED, ())
    counts = [f"{len(set().union(*affected.values()))} updated api methods"]
    counts += [f"{len(added)} new"] if added else []
    counts += [f"{len(removed)} removed"] if removed else []
    return Report(
        title=f"{new.metadata.get('serviceFullName', '')} - {', '.join(counts)}",
        old=old.label,
        new=new.label,
        whom="a caller",
        changes=changes,
    )


# --- the forms -------------------------------------------------------------------------------------


def _as_text(report: Report) -> str:
    lines = [report.title, f"{report.old} -> {report.new}"]
    lines += [report.note] if report.note else []
    if report.changes:
        lines += ["", f"For {report.whom}: {_tally(report.changes)}"]
    for change in report.changes:
        site = f"{change.site} ({change.direction.value})"
        lines += ["", f"{change.severity.value}  {change.kind.value}  {site}"]
        lines += (f"  {line}" for line in _explained(change))
    return "\n".join(map(printable, lines)) + "\n"


def _explained(change: Change) -> Iterator[str]:
    """Yield the reason for the severity, the old and new values, and the affected operations."""
    yield change.reason
    what = f"{change.name}: " if change.name else ""
    old, new = (
        ", ".join(value) if isinstance(value, tuple) else value
        for value in (change.old, change.new)
    )
    if old is not None and new is not None:
        yield f"{what}was {old}, is {new}"
    elif new is not None:
        yield f"{what}new: {new}"
    elif old is not None:
        yield f"{what}gone: {old}"
    if change.use:
        yield change.use
    elif change.operations != (change.site,):
        others = len(change.operations) - _MOST_NAMES
        more = f" and {others} more" if others > 0 else ""
        yield f"in {', '.join(change.operations[:_MOST_NAMES])}{more}"


def _as_markdown(report: Report) -> str:
    lines = [f"## {_escaped(report.title)}", "", f"`{report.old}` → `{report.new}`", ""]
    if not report.changes:
        lines.append(f"Nothing has changed for {report.whom}.")
    else:
        lines += [f"For {report.whom}: {_tally(report.changes)}", ""]
        lines += ["| Severity | Change | Where | Why |", "| --- | --- | --- | --- |"]
    for change in report.changes:
        why = "<br>".join(_escaped(printable(line)) for line in _explained(change))
        # In inline code, only bars and backticks are special.
        site = printable(change.site).replace("`", "'").replace("|", "\\|")
        where = f"`{site}` ({change.direction.value})"
        lines.append(f"| {change.severity.value} | {change.kind.value} | {where} | {why} |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Escape text so that Markdown shows it unchanged."""
    return re.sub(r"([\\|*_\[`])", r"\\\1", text).replace("<", "&lt;")


_LEVELS = dict(zip(GRAVEST, ("error", "warning", "note"), strict=True))


def _as_annotations(report: Report) -> str:
    """Return a GitHub Actions workflow command for each change."""
    lines = []
    for change in report.changes:
        level = _LEVELS[change.severity].replace("note", "notice")
        values = {"file": report.file, "title": f"{change.severity.value} {change.kind.value}"}
        given = ",".join(f"{key}={value}" for key, value in values.items() if value)
        text = f"{change.site} ({change.direction.value}): {'; '.join(_explained(change))}"
        lines.append(f"::{level} {given}::{printable(text).replace('%', '%25')}\n")
    return "".join(lines)


def _as_sarif(report: Report) -> str:
    """Return the report as SARIF 2.1.0, the format of GitHub code scanning."""
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
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": tool, "results": results}],
    }
    return json.dumps(document, indent=2) + "\n"


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": _as_text,
    "markdown": _as_markdown,
    "github": _as_annotations,
    "sarif": _as_sarif,
}
"""Maps each value of ``--format`` to the function that writes a report in that format."""


def _identity(change: Change) -> dict[str, Any]:
    """Return the members by which a baseline identifies a change."""
    values = {
        name: getattr(change, name) for name in ("site", "direction", "kind", "old", "new", "name")
    }
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value not in {None, ""}
    }


def _tally(changes: tuple[Change, ...]) -> str:
    """Return the number of changes of each severity, as text."""
    found = Counter(change.severity for change in changes)
    return ", ".join(f"{found[one]} {one.value}" for one in GRAVEST if found[one])


# --- the baseline ----------------------------------------------------------------------------------

_FORMAT = 1
_BASELINE = {
    "type": "object",
    "required": ["format", "accepted"],
    "properties": {"accepted": {"type": "array", "items": {"type": "object"}}},
}


def write_baseline(path: Path, report: Report) -> None:
    """Write a baseline that accepts all changes in a report."""
    accepted = [_identity(change) for change in report.changes]
    document = {"generator": GENERATOR, "format": _FORMAT, "accepted": accepted}
    write_output(path, json.dumps(document, indent=1) + "\n")


def without_accepted(report: Report, path: Path) -> Report:
    """Return the report without the changes that a baseline accepts."""
    try:
        document = read_document(path, "a baseline", _BASELINE, _FORMAT)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error}; --write-baseline writes one") from error
    left = [change for change in report.changes if _identity(change) not in document["accepted"]]
    count = len(report.changes) - len(left)
    note = f"{count} accepted in {path}" if count else ""
    return replace(report, changes=tuple(left), note=note)
