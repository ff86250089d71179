"""Compare the service models of two botocore releases, and report how the changes affect callers.

Each change is reported once, at the shape or member that has changed, with all affected operations.
Changes to the documentation, to the names of shapes, and to the order of members or enumeration
values are ignored.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from textwrap import shorten
from typing import Any

from ..exceptions import ConfigurationError, plural, printable
from ..output_files import GENERATOR, __version__, write_output
from .rule import show_path
from .service import ServiceModel, Shape, check_operation, read_document

SEVERITIES = BREAKING, DANGEROUS, COMPATIBLE = "breaking", "dangerous", "compatible"
"""The severities of changes to a contract, most severe first. After a dangerous change, a caller keeps
working only if it can handle unknown values and errors."""

_VERDICTS: Mapping[str, tuple[str, str]] = {
    "operation-added": (COMPATIBLE, "no caller uses the operation yet"),
    "operation-removed": (BREAKING, "the client no longer has this method"),
    "member-added": (COMPATIBLE, "code that neither sends nor reads the member is not affected"),
    "member-removed": (BREAKING, "code that sends or reads the member no longer works"),
    "required-added": (BREAKING, "calls that omit the member are refused"),
    "type-changed": (BREAKING, "values of the old type are no longer valid"),
    "enum-values-added": (DANGEROUS, "code that knows only the old values may receive a new one"),
    "enum-values-removed": (BREAKING, "code that uses the old values no longer works"),
    "sensitive-added": (COMPATIBLE, "tools that mask sensitive members now mask the value"),
    "error-added": (DANGEROUS, "code that handles errors by name may not handle the new error"),
    "error-removed": (BREAKING, "client.exceptions may no longer define the error"),
    "other": (DANGEROUS, "the effect depends on the caller: compare the old and new values"),
}
"""Maps each kind of change to its severity and the reason for that severity. ``other`` stands
for all other changes, such as a new limit or pattern."""


@dataclass(frozen=True)
class Change:
    """One change to the contract, and how it affects a caller.

    ``site`` is what has changed: a shape (``RegionName``), a shape's member (``Container.image``), an
    operation or an error. In a report for one consumer, ``site`` is the path to a member of a request
    or response, such as ``GetContainerServices containerServices[].state``. ``old`` and ``new`` are
    empty if ``kind`` alone describes the change.
    """

    site: str
    direction: str  # "operation", "request", "response" or "error"
    kind: str
    severity: str
    reason: str  # why the change has this severity
    operations: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    use: str = ""  # how the consumer uses ``site`` (only in a report for one consumer)


def changed(site: str, direction: str, kind: str, **details: Any) -> Change:
    """Return a change, with a severity that does not depend on the caller.

    >>> changed("Size", "response", "enum-values-added").severity
    'dangerous'
    >>> changed("Size", "request", "enum-values-added").severity
    'compatible'
    """
    severity, reason = _VERDICTS[kind]
    if kind == "enum-values-added" and direction == "request":
        severity, reason = COMPATIBLE, "all old values are still accepted"
    elif kind == "enum-values-added" and site == "RegionName":
        severity = COMPATIBLE
        reason = "callers that do not use a new Region never receive its name"
    return Change(site, direction, kind, severity, reason, **details)


def gravest_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes by severity (most severe first), then by direction and site."""
    changes = sorted(changes, key=attrgetter("direction", "site", "kind", "operations"))
    return tuple(sorted(changes, key=lambda change: SEVERITIES.index(change.severity)))


# --- two models ----------------------------------------------------------------------------------


def compare(
    old: ServiceModel, new: ServiceModel, operations: Iterable[str] | None = None
) -> tuple[Change, ...]:
    """Return the differences between two models of the same service, most severe first.

    If ``operations`` is given, compare only the operations with these names. Raise
    ``ConfigurationError`` if an operation is in neither model.
    """
    every = old.operations.keys() | new.operations.keys()
    chosen = every if operations is None else set(operations)
    affected: dict[Change, list[str]] = defaultdict(list)
    for name in sorted(chosen):
        check_operation(name, every)
        for change in dict.fromkeys(_operation_changes(old, new, name)):
            affected[change].append(name)
    return gravest_first(
        replace(change, operations=tuple(names)) for change, names in affected.items()
    )


def _operation_changes(old: ServiceModel, new: ServiceModel, name: str) -> Iterator[Change]:
    was, now = old.operations.get(name), new.operations.get(name)
    if was is None or now is None:
        yield changed(name, "operation", "operation-added" if now else "operation-removed")
        return
    for error in {*was.errors} ^ {*now.errors}:
        yield changed(error, "error", "error-added" if error in now.errors else "error-removed")
    waiting = [
        ("request", was.input, now.input, now.input),
        ("response", was.output, now.output, now.output),
    ]
    seen = set()
    while waiting:
        pair = direction, old_name, new_name, user = waiting.pop()
        if pair in seen:
            continue
        seen.add(pair)
        before, after = old.shapes[old_name], new.shapes[new_name]
        # If a member now refers to a different shape, report the change at the member.
        site = new_name if old_name == new_name else user
        if before.type != after.type:
            types = {"old": (before.type,), "new": (after.type,)}
            yield changed(site, direction, "type-changed", **types)
            continue
        yield from _member_changes(before, after, direction)
        yield from _trait_changes(before, after, site, direction)
        waiting += (
            (direction, before.parts[part], inner, show_path((new_name, part)))
            for part, inner in after.parts.items()
            if part in before.parts
        )


def _member_changes(old: Shape, new: Shape, direction: str) -> Iterator[Change]:
    for name in old.parts.keys() - new.parts.keys():
        yield changed(f"{old.name}.{name}", direction, "member-removed")
    for name in new.parts:
        here, was, now = f"{new.name}.{name}", name in old.required, name in new.required
        if now and not was and direction == "request":
            yield changed(here, direction, "required-added")
        elif name not in old.parts:
            yield changed(here, direction, "member-added")
        elif was != now:
            yield _other(here, direction, "required", was, now)


def _trait_changes(old: Shape, new: Shape, site: str, direction: str) -> Iterator[Change]:
    for name in ("enum", "sensitive", "minimum", "maximum", "pattern"):
        before, after = getattr(old, name), getattr(new, name)
        if name == "enum" and before and after:
            if added := tuple(value for value in after if value not in before):
                yield changed(site, direction, "enum-values-added", new=added)
            if removed := tuple(value for value in before if value not in after):
                yield changed(site, direction, "enum-values-removed", old=removed)
        elif name == "sensitive" and after and not before:
            yield changed(site, direction, "sensitive-added")
        elif before != after:
            yield _other(site, direction, name, before, after)


def _other(site: str, direction: str, trait: str, old: object, new: object) -> Change:
    values = {"old": (f"{trait}={old}",), "new": (f"{trait}={new}",)}
    return changed(site, direction, "other", **values)


# --- reports -------------------------------------------------------------------------------------

_LONGEST_LIST = 200
"""The maximum length of a list of operations in a report, in characters."""


@dataclass(frozen=True)
class Report:
    """The content of a report, independent of its format."""

    title: str
    old: str  # the label of the old model, such as "botocore 1.26.8"
    new: str  # the label of the new model
    changes: tuple[Change, ...]
    file: str = ""  # the file to which GitHub attaches annotations

    def at_least(self, severity: str) -> bool:
        """Return whether any change has at least this severity."""
        severe = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return any(change.severity in severe for change in self.changes)

    @property
    def tally(self) -> str:
        """A summary of the report, such as ``1 breaking, 2 compatible``."""
        found = Counter(change.severity for change in self.changes)
        counts = [f"{found[one]} {one}" for one in SEVERITIES if found[one]]
        return ", ".join(counts) or "no changes"


def report_of(
    old: ServiceModel, new: ServiceModel, operations: Iterable[str] | None = None
) -> Report:
    """Return a report on the differences between two models. For the arguments, see ``compare``."""
    changes = compare(old, new, operations)
    affected = {name for change in changes for name in change.operations}
    title = f"Amazon Lightsail: {plural(len(affected), 'changed operation')}"
    return Report(title, old.label, new.label, changes)


def _as_text(report: Report) -> str:
    lines = [report.title, f"{report.old} -> {report.new}", "", report.tally]
    for change in report.changes:
        site = f"{change.site} ({change.direction})"
        lines += ["", f"{change.severity}  {change.kind}  {site}"]
        lines += (f"  {line}" for line in _explained(change))
    return "\n".join(map(printable, lines)) + "\n"


def _explained(change: Change) -> Iterator[str]:
    yield change.reason
    if change.old:
        yield f"old: {', '.join(change.old)}"
    if change.new:
        yield f"new: {', '.join(change.new)}"
    if change.use:
        yield change.use
    elif change.operations != (change.site,):
        yield shorten(f"in {', '.join(change.operations)}", _LONGEST_LIST, placeholder=" …")


def _as_markdown(report: Report) -> str:
    return f"```text\n{_as_text(report)}```\n"


_LEVELS: Mapping[str, str] = {BREAKING: "error", DANGEROUS: "warning", COMPATIBLE: "note"}


def _as_annotations(report: Report) -> str:
    """Return a GitHub Actions workflow command for each change."""
    lines = []
    for change in report.changes:
        level = _LEVELS[change.severity].replace("note", "notice")
        file = f"file={report.file}," if report.file else ""
        title = f"title={change.severity} {change.kind}"
        text = f"{change.site} ({change.direction}): {'; '.join(_explained(change))}"
        lines.append(f"::{level} {file}{title}::{printable(text).replace('%', '%25')}\n")
    return "".join(lines)


def _as_sarif(report: Report) -> str:
    """Return the report as SARIF 2.1.0, the input format of GitHub code scanning."""
    places = [{"physicalLocation": {"artifactLocation": {"uri": report.file}}}]
    results = [
        {
            "ruleId": change.kind,
            "level": _LEVELS[change.severity],
            "message": {"text": f"{change.site}: {'; '.join(_explained(change))}"},
            "locations": places if report.file else [],
        }
        for change in report.changes
    ]
    rules = [{"id": name} for name in sorted({change.kind for change in report.changes})]
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
"""Maps each value of ``--format`` to the function that renders a report in that format."""


# --- the baseline ----------------------------------------------------------------------------------

_FORMAT = 2
_BASELINE = {
    "type": "object",
    "required": ["format", "accepted"],
    "properties": {"accepted": {"type": "array", "items": {"type": "string"}}},
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
        raise ConfigurationError(f"{error}; to write a baseline, pass --write-baseline") from error
    left = [change for change in report.changes if _identity(change) not in document["accepted"]]
    accepted = plural(len(report.changes) - len(left), "change")
    title = f"{report.title}, {accepted} accepted by {path}"
    return replace(report, changes=tuple(left), title=title)


def _identity(change: Change) -> str:
    """Return the string that identifies a change in a baseline."""
    values = f"{', '.join(change.old)} -> {', '.join(change.new)}"
    return f"{change.kind} {change.site} ({change.direction}): {values}"
