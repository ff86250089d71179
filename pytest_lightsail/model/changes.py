"""Compare the service models of two releases.

``compare`` compares the requests, responses and errors of each operation. Each change is
reported once, at the shape or member that has changed, with all operations that it affects. For
example, a new value of ``RegionName`` is one change, which affects 120 operations. Changes to the
documentation, to the names of shapes, and to the order of members or enumeration values are
ignored.

>>> changes = compare(load("botocore-1.26.8.whl"), load("botocore-1.26.9.whl"))  # doctest: +SKIP
>>> changes[0].site, changes[0].kind.value  # doctest: +SKIP
('ContainerService.privateRegistryAccess', 'member-added')
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ..exceptions import ConfigurationError, did_you_mean
from .bounds import NUMBERS
from .rule import show_path
from .service import ServiceModel, Shape


class Severity(str, Enum):
    """How severely a change affects a caller that has worked correctly so far."""

    COMPATIBLE = "compatible"
    """The caller works as before."""
    DANGEROUS = "dangerous"
    """The caller keeps working only if it can handle values and errors that it does not know."""
    BREAKING = "breaking"
    """The caller may stop working."""


GRAVEST = (Severity.BREAKING, Severity.DANGEROUS, Severity.COMPATIBLE)
"""All severities, most severe first."""


class Direction(str, Enum):
    """The part of the contract that has changed."""

    OPERATION = "operation"
    REQUEST = "request"
    RESPONSE = "response"
    ERROR = "error"


class Kind(str, Enum):
    """A kind of change that has occurred in the Lightsail API, or that would break callers."""

    OPERATION_ADDED = "operation-added"
    OPERATION_REMOVED = "operation-removed"
    MEMBER_ADDED = "member-added"
    MEMBER_REMOVED = "member-removed"
    REQUIRED_ADDED = "required-added"
    TYPE_CHANGED = "type-changed"
    ENUM_VALUES_ADDED = "enum-values-added"
    ENUM_VALUES_REMOVED = "enum-values-removed"
    SENSITIVE_ADDED = "sensitive-added"
    ERROR_ADDED = "error-added"
    ERROR_REMOVED = "error-removed"
    OTHER = "other"
    """A change to another trait, such as a limit or a pattern. ``Change.name`` names the trait."""


_BREAKING, _DANGEROUS, _COMPATIBLE = GRAVEST
_VERDICTS = {
    Kind.OPERATION_ADDED: (_COMPATIBLE, "no caller uses it yet"),
    Kind.OPERATION_REMOVED: (_BREAKING, "the client no longer has this method"),
    Kind.MEMBER_ADDED: (_COMPATIBLE, "code that reads members by name is not affected"),
    Kind.MEMBER_REMOVED: (_BREAKING, "code that reads the member finds nothing"),
    Kind.REQUIRED_ADDED: (_COMPATIBLE, "responses now always contain the member"),
    Kind.TYPE_CHANGED: (_BREAKING, "values of the old type are no longer valid"),
    Kind.ENUM_VALUES_ADDED: (
        _DANGEROUS,
        "code that knows only the old values may receive a new one",
    ),
    Kind.ENUM_VALUES_REMOVED: (_COMPATIBLE, "every value that is still returned is already known"),
    Kind.SENSITIVE_ADDED: (_COMPATIBLE, "tools that respect the trait now hide the value"),
    Kind.ERROR_ADDED: (_DANGEROUS, "code that handles errors by name does not handle this error"),
    Kind.ERROR_REMOVED: (_BREAKING, "client.exceptions may no longer have this error"),
    Kind.OTHER: (_DANGEROUS, "the effect depends on the caller: compare the old and the new value"),
}
_IN_REQUESTS = {
    Kind.MEMBER_ADDED: (_COMPATIBLE, "calls that omit the member work as before"),
    Kind.MEMBER_REMOVED: (_BREAKING, "botocore refuses calls that still pass the member"),
    Kind.REQUIRED_ADDED: (_BREAKING, "calls that omit the member are refused"),
    Kind.ENUM_VALUES_ADDED: (_COMPATIBLE, "all old values are still accepted"),
    Kind.ENUM_VALUES_REMOVED: (_BREAKING, "the old values are refused"),
}
"""The kinds of change whose severity or reason is different in requests, because callers write
requests but read responses."""

Value = str | int | float | tuple[str, ...] | None


@dataclass(frozen=True)
class Change:
    """One change to the contract, and how it affects a caller.

    Attributes:
        site: the shape (``RegionName``), member of a shape (``Container.image``), operation or
            error that has changed. In a report for one consumer, the site is the path that the
            consumer uses.
        direction: the part of the contract that has changed.
        kind: the kind of change.
        severity: how severely the change affects a caller.
        reason: why the change has this severity.
        operations: the affected operations.
        old: the old value, or ``None`` if the kind implies it.
        new: the new value, or ``None`` if the kind implies it.
        name: the name of the changed trait, or ``""`` if the kind implies it.
        use: how the consumer uses the site, in a report for one consumer.
    """

    site: str
    direction: Direction
    kind: Kind
    severity: Severity
    reason: str
    operations: tuple[str, ...] = ()
    old: Value = None
    new: Value = None
    name: str = ""
    use: str = ""


def changed(site: str, direction: Direction, kind: Kind, **details: Any) -> Change:
    """Return a change, with its severity for callers in general and the reason for that severity.

    >>> changed("Size", Direction.RESPONSE, Kind.ENUM_VALUES_ADDED).severity
    <Severity.DANGEROUS: 'dangerous'>
    >>> changed("Size", Direction.REQUEST, Kind.ENUM_VALUES_ADDED).severity
    <Severity.COMPATIBLE: 'compatible'>
    """
    in_request = direction is Direction.REQUEST and kind in _IN_REQUESTS
    severity, reason = _IN_REQUESTS[kind] if in_request else _VERDICTS[kind]
    if site == "RegionName" and kind is Kind.ENUM_VALUES_ADDED:
        severity, reason = (
            Severity.COMPATIBLE,
            "callers that do not use a new Region never receive its name",
        )
    return Change(site, direction, kind, **{"severity": severity, "reason": reason, **details})


def gravest_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes by severity, with the most severe first, then by direction and site."""

    def order(change: Change) -> tuple[object, ...]:
        rank = GRAVEST.index(change.severity), list(Direction).index(change.direction)
        return (*rank, change.site, change.kind.value, change.operations)

    return tuple(sorted(changes, key=order))


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
    for name in sorted(chosen - every):
        raise ConfigurationError(
            f"no operation {name!r} in either model{did_you_mean(name, every)}"
        )
    affected: dict[Change, list[str]] = defaultdict(list)
    for name in sorted(chosen):
        for change in dict.fromkeys(_operation_changes(old, new, name)):
            affected[change].append(name)
    return gravest_first(
        replace(change, operations=tuple(names)) for change, names in affected.items()
    )


def _operation_changes(old: ServiceModel, new: ServiceModel, name: str) -> Iterator[Change]:
    """Yield the changes to an operation, to its list of errors, and to the shapes that it uses."""
    was, now = old.operations.get(name), new.operations.get(name)
    if was is None or now is None:
        kind = Kind.OPERATION_ADDED if was is None else Kind.OPERATION_REMOVED
        yield changed(name, Direction.OPERATION, kind)
        return
    yield from _other(name, Direction.OPERATION, "deprecated", was.deprecated, now.deprecated)
    for error in {*was.errors} ^ {*now.errors}:
        kind = Kind.ERROR_ADDED if error in now.errors else Kind.ERROR_REMOVED
        yield changed(error, Direction.ERROR, kind)
    yield from _changes_below(old, new, Direction.REQUEST, was.input, now.input)
    yield from _changes_below(old, new, Direction.RESPONSE, was.output, now.output)


_NOTHING = Shape(name="", type="structure")
"""The shape that represents a missing input or output."""


def _changes_below(
    old: ServiceModel,
    new: ServiceModel,
    direction: Direction,
    old_root: str | None,
    new_root: str | None,
) -> Iterator[Change]:
    """Yield the changes to a shape and to all shapes that it uses directly or indirectly."""
    waiting = [(old_root, new_root, new_root or old_root or "")]
    seen = set()
    while waiting:
        pair = old_name, new_name, user = waiting.pop()
        if pair in seen:
            continue
        seen.add(pair)
        was = old.shapes[old_name] if old_name else _NOTHING
        now = new.shapes[new_name] if new_name else _NOTHING
        # If a member now refers to a different shape, the member has changed, not the shape.
        site = now.name if was.name == now.name else user
        yield from _shape_changes(was, now, site, direction)
        if was.type == now.type:
            waiting += (
                (was.parts[part], inner, show_path((now.name, part)))
                for part, inner in now.parts.items()
                if part in was.parts
            )


def _shape_changes(old: Shape, new: Shape, site: str, direction: Direction) -> Iterator[Change]:
    """Yield the differences between two shapes, but not between the shapes that they use."""
    if old.type != new.type:
        yield changed(site, direction, Kind.TYPE_CHANGED, old=old.type, new=new.type)
        return
    for name in old.members.keys() - new.members.keys():
        yield changed(f"{old.name}.{name}", direction, Kind.MEMBER_REMOVED)
    for name, member in new.members.items():
        here, required = f"{new.name}.{name}", name in new.required
        if required and name not in old.required:
            yield changed(here, direction, Kind.REQUIRED_ADDED)
        elif name not in old.members:
            yield changed(here, direction, Kind.MEMBER_ADDED)
        else:
            was, now = old.members[name].deprecated, member.deprecated
            yield from _other(here, direction, "required", name in old.required, required)
            yield from _other(here, direction, "deprecated", was, now)
    if old.enum and new.enum:
        if added := tuple(value for value in new.enum if value not in old.enum):
            yield changed(site, direction, Kind.ENUM_VALUES_ADDED, new=added)
        if removed := tuple(value for value in old.enum if value not in new.enum):
            yield changed(site, direction, Kind.ENUM_VALUES_REMOVED, old=removed)
    else:
        yield from _other(site, direction, "enum", old.enum, new.enum)
    if new.sensitive and not old.sensitive:
        yield changed(site, direction, Kind.SENSITIVE_ADDED)
    else:
        yield from _other(site, direction, "sensitive", old.sensitive, new.sensitive)
    # A minimum length of 0 is equivalent to no minimum.
    least = [one.minimum if one.type in NUMBERS else one.minimum or None for one in (old, new)]
    yield from _other(site, direction, "minimum", *least)
    yield from _other(site, direction, "maximum", old.maximum, new.maximum)
    yield from _other(site, direction, "pattern", old.pattern, new.pattern)


def _other(site: str, direction: Direction, name: str, was: Any, now: Any) -> Iterator[Change]:
    if was != now:
        yield changed(site, direction, Kind.OTHER, name=name, old=_text(was), new=_text(now))


def _text(value: Any) -> Any:
    if value is None or value == ():
        return "none"
    return str(value).lower() if isinstance(value, bool) else value
