"""What differs between two shapes themselves, whatever stands in the shapes that they refer to.

Names of shapes, the order of members and of enum values, and documentation mean nothing here: a member
that refers to another shape with the same constraints has not changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .patterns import EVERYTHING, Accepted, PatternChange, compare
from .severity import Kind
from .shape import Member, Shape

__all__ = ["Finding", "Value", "shape_changes"]

Value = str | int | float | tuple[str, ...] | None


@dataclass(frozen=True)
class Finding:
    """One difference: of a member of the structure, or else of the shape as such.

    ``old`` and ``new`` are what has changed from what into what, where the kind does not say it.
    ``shape`` is the shape of a member that was added.
    """

    kind: Kind
    member: str | None = None
    old: Value = None
    new: Value = None
    pattern: PatternChange | None = None
    shape: str | None = None


def shape_changes(old: Shape, new: Shape) -> tuple[Finding, ...]:
    """All that differs between the two, members first."""
    if old == new:
        return ()
    if old.document != new.document:
        was, now = ("document" if one.document else one.type for one in (old, new))
        return (Finding(Kind.TYPE_CHANGED, old=was, new=now),)
    if old.type != new.type:
        kind = Kind.TYPE_WIDENED if (old.type, new.type) in _WIDER else Kind.TYPE_CHANGED
        finding = Finding(kind, old=old.type, new=new.type)
        # Of a wider type the bounds still mean the same; of another one nothing does.
        return (finding, *_bounds(old, new)) if kind is Kind.TYPE_WIDENED else (finding,)
    return (
        *_members(old, new),
        *_enum(old, new),
        *_pattern(old, new),
        *_bounds(old, new),
        *_flags(old, new),
    )


_WIDER = {
    ("integer", "long"),
    ("float", "double"),
    # botocore takes a whole number for one of these, and JSON writes it as before.
    *((whole, other) for whole in ("integer", "long") for other in ("float", "double")),
}
_HAVE_LENGTH = {"string", "blob", "list", "map"}
_ALWAYS = float("inf")


def _members(old: Shape, new: Shape) -> Iterator[Finding]:
    for name in old.members.keys() - new.members.keys():
        yield Finding(Kind.MEMBER_REMOVED, name)
    for name in new.members.keys() - old.members.keys():
        yield Finding(_added(new, name), name, shape=new.members[name].shape)
    for name in old.members.keys() & new.members.keys():
        if name in new.required and name not in old.required:
            token = new.members[name].idempotency_token
            yield Finding(Kind.REQUIRED_TOKEN_ADDED if token else Kind.REQUIRED_ADDED, name)
        if name in old.required and name not in new.required:
            yield Finding(Kind.REQUIRED_REMOVED, name)
        needed = name in old.required and name in new.required
        yield from _member_traits(name, old.members[name], new.members[name], needed=needed)


def _added(structure: Shape, name: str) -> Kind:
    if name in structure.required:
        token = structure.members[name].idempotency_token
        return Kind.REQUIRED_TOKEN_ADDED if token else Kind.REQUIRED_MEMBER_ADDED
    return Kind.UNION_MEMBER_ADDED if structure.union else Kind.MEMBER_ADDED


def _member_traits(name: str, old: Member, new: Member, *, needed: bool) -> Iterator[Finding]:
    if old.deprecated != new.deprecated:
        yield Finding(Kind.DEPRECATED if new.deprecated else Kind.UNDEPRECATED, name)
    if old.idempotency_token != new.idempotency_token:
        lost = Kind.REQUIRED_TOKEN_REMOVED if needed else Kind.IDEMPOTENCY_TOKEN_REMOVED
        yield Finding(Kind.IDEMPOTENCY_TOKEN_ADDED if new.idempotency_token else lost, name)
    if old.timestamp_format != new.timestamp_format:
        yield Finding(
            Kind.TIMESTAMP_FORMAT_CHANGED, name, old.timestamp_format, new.timestamp_format
        )


def _enum(old: Shape, new: Shape) -> Iterator[Finding]:
    added = tuple(value for value in new.enum if value not in old.enum)
    removed = tuple(value for value in old.enum if value not in new.enum)
    if not old.enum and new.enum:
        yield Finding(Kind.ENUM_ADDED, new=added)
    elif old.enum and not new.enum:
        yield Finding(Kind.ENUM_REMOVED, old=removed)
    else:
        if added:
            yield Finding(Kind.ENUM_VALUES_ADDED, new=added)
        if removed:
            yield Finding(Kind.ENUM_VALUES_REMOVED, old=removed)


def _pattern(old: Shape, new: Shape) -> Iterator[Finding]:
    if old.pattern == new.pattern:
        return
    change = compare(_accepted(old), _accepted(new))
    if change is None:
        return
    if change.only_old is not None:
        also = change.only_new is not None or change.undecided is not None
        kind = Kind.PATTERN_CHANGED if also else Kind.PATTERN_TIGHTENED
    else:
        kind = Kind.PATTERN_UNDECIDED if change.undecided else Kind.PATTERN_LOOSENED
    yield Finding(kind, old=old.pattern, new=new.pattern, pattern=change)


def _accepted(shape: Shape) -> Accepted:
    return Accepted(
        pattern=EVERYTHING if shape.pattern is None else shape.pattern,
        minimum=int(shape.minimum or 0),
        maximum=None if shape.maximum is None else int(shape.maximum),
        values=shape.enum,
    )


def _bounds(old: Shape, new: Shape) -> Iterator[Finding]:
    # A length is never below 0, so that a minimum of 0 says what none says.
    least = 0 if old.type in _HAVE_LENGTH else -_ALWAYS
    low = least if old.minimum is None else old.minimum
    new_low = least if new.minimum is None else new.minimum
    if low != new_low:
        kind = Kind.MINIMUM_RAISED if new_low > low else Kind.MINIMUM_LOWERED
        yield Finding(kind, old=old.minimum, new=new.minimum)
    high = _ALWAYS if old.maximum is None else old.maximum
    new_high = _ALWAYS if new.maximum is None else new.maximum
    if high != new_high:
        kind = Kind.MAXIMUM_RAISED if new_high > high else Kind.MAXIMUM_LOWERED
        yield Finding(kind, old=old.maximum, new=new.maximum)


def _flags(old: Shape, new: Shape) -> Iterator[Finding]:
    for before, now, added, removed in (
        (old.union, new.union, Kind.UNION_ADDED, Kind.UNION_REMOVED),
        (old.sensitive, new.sensitive, Kind.SENSITIVE_ADDED, Kind.SENSITIVE_REMOVED),
        (old.deprecated, new.deprecated, Kind.DEPRECATED, Kind.UNDEPRECATED),
    ):
        if before != now:
            yield Finding(added if now else removed)
    if old.timestamp_format != new.timestamp_format:
        yield Finding(
            Kind.TIMESTAMP_FORMAT_CHANGED, old=old.timestamp_format, new=new.timestamp_format
        )
