"""What a change of the service model means for code that calls the service: a table.

A caller writes a request, and reads a response or an error. So the same change may break the one and
leave the other as it was.

>>> verdict(Kind.ENUM_VALUES_ADDED, Direction.RESPONSE).severity
<Severity.DANGEROUS: 'dangerous'>
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["GRAVEST", "Direction", "Kind", "Severity", "Verdict", "verdict"]


class Severity(str, Enum):
    """What can happen to a caller that was correct before."""

    COMPATIBLE = "compatible"
    """It works as before."""
    DANGEROUS = "dangerous"
    """It works unless it assumed that what it knew was all there is."""
    BREAKING = "breaking"
    """It can stop working."""

    def at_least(self, other: Severity) -> bool:
        """Return whether it is as grave as the other, or graver."""
        return GRAVEST.index(self) <= GRAVEST.index(other)


GRAVEST = (Severity.BREAKING, Severity.DANGEROUS, Severity.COMPATIBLE)
"""The severities, the gravest first."""


class Direction(str, Enum):
    """Where a change is found."""

    OPERATION = "operation"
    REQUEST = "request"
    RESPONSE = "response"
    ERROR = "error"
    SERVICE = "service"


class Kind(str, Enum):
    """What has changed."""

    OPERATION_ADDED = "operation-added"
    OPERATION_REMOVED = "operation-removed"
    MEMBER_ADDED = "member-added"
    MEMBER_REMOVED = "member-removed"
    REQUIRED_ADDED = "required-added"
    REQUIRED_REMOVED = "required-removed"
    TYPE_CHANGED = "type-changed"
    ENUM_VALUES_ADDED = "enum-values-added"
    ENUM_VALUES_REMOVED = "enum-values-removed"
    ENUM_ADDED = "enum-added"
    ENUM_REMOVED = "enum-removed"
    MINIMUM_RAISED = "minimum-raised"
    MINIMUM_LOWERED = "minimum-lowered"
    MAXIMUM_RAISED = "maximum-raised"
    MAXIMUM_LOWERED = "maximum-lowered"
    PATTERN_CHANGED = "pattern-changed"
    SENSITIVE_ADDED = "sensitive-added"
    DEPRECATED = "deprecated"
    ERROR_ADDED = "error-added"
    ERROR_REMOVED = "error-removed"
    EXCEPTION_REMOVED = "exception-removed"
    OTHER = "other"
    """Any other part of the model, such as a timestamp format; a finding of this kind names it."""


@dataclass(frozen=True)
class Verdict:
    """The severity of a change, and the reason for it."""

    severity: Severity
    reason: str


def verdict(kind: Kind, direction: Direction) -> Verdict:
    """Return what a change of that kind means there."""
    return _VERDICTS.get((kind, direction)) or _EVERYWHERE.get(kind, _DEFAULT)


def _compatible(reason: str) -> Verdict:
    return Verdict(Severity.COMPATIBLE, reason)


def _dangerous(reason: str) -> Verdict:
    return Verdict(Severity.DANGEROUS, reason)


def _breaking(reason: str) -> Verdict:
    return Verdict(Severity.BREAKING, reason)


_DEFAULT = _dangerous("what it means depends on the caller: compare the two")
_NARROWER_REQUEST = _breaking("values that were accepted are refused")
_WIDER_REQUEST = _compatible("every value that was accepted still is")
_NEW_VALUES = _dangerous("code that knows only the old values gets one it does not expect")

_EVERYWHERE = {
    Kind.OPERATION_ADDED: _compatible("no caller uses it yet"),
    Kind.OPERATION_REMOVED: _breaking("the client has no such method"),
    Kind.MEMBER_ADDED: _compatible("code that takes members by name does not notice it"),
    Kind.MEMBER_REMOVED: _breaking("code that reads it finds nothing"),
    Kind.REQUIRED_ADDED: _compatible("it is always there from now on"),
    Kind.REQUIRED_REMOVED: _dangerous(
        "it may be missing: reading it by subscript can raise KeyError"
    ),
    Kind.TYPE_CHANGED: _breaking("a value of the type it had before does not fit"),
    Kind.ENUM_VALUES_ADDED: _NEW_VALUES,
    Kind.ENUM_REMOVED: _NEW_VALUES,
    Kind.MINIMUM_LOWERED: _NEW_VALUES,
    Kind.MAXIMUM_RAISED: _NEW_VALUES,
    **dict.fromkeys(
        (
            Kind.ENUM_VALUES_REMOVED,
            Kind.ENUM_ADDED,
            Kind.MINIMUM_RAISED,
            Kind.MAXIMUM_LOWERED,
        ),
        _compatible("every value that is returned could be returned before"),
    ),
    Kind.PATTERN_CHANGED: _dangerous(
        "compare the two: texts may be accepted that were not, or refused"
    ),
    Kind.SENSITIVE_ADDED: _compatible("tools that know of it hide the value from now on"),
    Kind.DEPRECATED: _compatible("it still works, though AWS advises against its use"),
    Kind.ERROR_ADDED: _dangerous("code that handles known errors by name does not handle this one"),
    Kind.ERROR_REMOVED: _dangerous("another error, which is not handled, may come instead"),
    Kind.EXCEPTION_REMOVED: _breaking(
        "client.exceptions no longer has it: naming it in an except clause raises AttributeError"
    ),
}

_VERDICTS = {
    (Kind.MEMBER_ADDED, Direction.REQUEST): _compatible("calls without it mean what they meant"),
    (Kind.MEMBER_REMOVED, Direction.REQUEST): _breaking(
        "botocore refuses calls that still pass it"
    ),
    (Kind.MEMBER_REMOVED, Direction.ERROR): _dangerous("handlers that read it find nothing"),
    (Kind.REQUIRED_ADDED, Direction.REQUEST): _breaking("calls that leave it out are refused"),
    (Kind.REQUIRED_REMOVED, Direction.REQUEST): _compatible(
        "calls that pass it mean what they meant"
    ),
    (Kind.ENUM_VALUES_REMOVED, Direction.REQUEST): _NARROWER_REQUEST,
    (Kind.ENUM_ADDED, Direction.REQUEST): _NARROWER_REQUEST,
    (Kind.MINIMUM_RAISED, Direction.REQUEST): _NARROWER_REQUEST,
    (Kind.MAXIMUM_LOWERED, Direction.REQUEST): _NARROWER_REQUEST,
    (Kind.ENUM_VALUES_ADDED, Direction.REQUEST): _WIDER_REQUEST,
    (Kind.ENUM_REMOVED, Direction.REQUEST): _WIDER_REQUEST,
    (Kind.MINIMUM_LOWERED, Direction.REQUEST): _WIDER_REQUEST,
    (Kind.MAXIMUM_RAISED, Direction.REQUEST): _WIDER_REQUEST,
}
