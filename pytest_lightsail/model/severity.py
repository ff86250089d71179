"""What a change of the service model means for code that calls the service: a table.

A kind of change has another meaning in a request, which the caller writes, than in a response or in an
error, which the caller reads. ``VERDICTS`` has one entry for each pair that can occur, so that what is
thought of a change is read here and nowhere else.

>>> verdict(Kind.ENUM_VALUES_ADDED, Direction.RESPONSE).severity
<Severity.DANGEROUS: 'dangerous'>
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

__all__ = [
    "GRAVEST",
    "SHAPE_KINDS",
    "VERDICTS",
    "Direction",
    "Kind",
    "Severity",
    "Verdict",
    "verdict",
]


class Severity(str, Enum):
    """What can happen to a caller that was correct before."""

    COMPATIBLE = "compatible"
    """It works as before."""
    DANGEROUS = "dangerous"
    """It works unless it took for complete what it knew."""
    BREAKING = "breaking"
    """It can stop working."""

    def at_least(self, other: Severity) -> bool:
        """Whether it is as grave as the other, or graver."""
        return GRAVEST.index(self) <= GRAVEST.index(other)


GRAVEST = (Severity.BREAKING, Severity.DANGEROUS, Severity.COMPATIBLE)
"""The severities, the gravest first."""


class Direction(str, Enum):
    """Where a change is met."""

    OPERATION = "operation"
    REQUEST = "request"
    RESPONSE = "response"
    ERROR = "error"
    SERVICE = "service"


class Kind(str, Enum):
    """What has changed."""

    MEMBER_ADDED = "member-added"
    REQUIRED_MEMBER_ADDED = "required-member-added"
    MEMBER_REMOVED = "member-removed"
    REQUIRED_ADDED = "required-added"
    REQUIRED_REMOVED = "required-removed"
    REQUIRED_TOKEN_ADDED = "required-token-added"  # noqa: S105 - no secret
    REQUIRED_TOKEN_REMOVED = "required-token-removed"  # noqa: S105 - no secret
    UNION_MEMBER_ADDED = "union-member-added"
    TYPE_CHANGED = "type-changed"
    TYPE_WIDENED = "type-widened"
    ENUM_VALUES_ADDED = "enum-values-added"
    ENUM_VALUES_REMOVED = "enum-values-removed"
    ENUM_ADDED = "enum-added"
    ENUM_REMOVED = "enum-removed"
    PATTERN_TIGHTENED = "pattern-tightened"
    PATTERN_LOOSENED = "pattern-loosened"
    PATTERN_CHANGED = "pattern-changed"
    PATTERN_UNDECIDED = "pattern-undecided"
    MINIMUM_RAISED = "minimum-raised"
    MINIMUM_LOWERED = "minimum-lowered"
    MAXIMUM_RAISED = "maximum-raised"
    MAXIMUM_LOWERED = "maximum-lowered"
    UNION_ADDED = "union-added"
    UNION_REMOVED = "union-removed"
    TIMESTAMP_FORMAT_CHANGED = "timestamp-format-changed"
    IDEMPOTENCY_TOKEN_ADDED = "idempotency-token-added"  # noqa: S105 - no secret
    IDEMPOTENCY_TOKEN_REMOVED = "idempotency-token-removed"  # noqa: S105 - no secret
    SENSITIVE_ADDED = "sensitive-added"
    SENSITIVE_REMOVED = "sensitive-removed"
    DEPRECATED = "deprecated"
    UNDEPRECATED = "undeprecated"

    OPERATION_ADDED = "operation-added"
    OPERATION_REMOVED = "operation-removed"
    ERROR_ADDED = "error-added"
    ERROR_REMOVED = "error-removed"
    EXCEPTION_REMOVED = "exception-removed"
    FAULT_CHANGED = "fault-changed"
    RETRYABLE_CHANGED = "retryable-changed"
    METADATA_CHANGED = "metadata-changed"


@dataclass(frozen=True)
class Verdict:
    """The class of a change, and the reason for it."""

    severity: Severity
    reason: str


def _compatible(reason: str) -> Verdict:
    return Verdict(Severity.COMPATIBLE, reason)


def _dangerous(reason: str) -> Verdict:
    return Verdict(Severity.DANGEROUS, reason)


def _breaking(reason: str) -> Verdict:
    return Verdict(Severity.BREAKING, reason)


_WIDER_REQUEST = _compatible("every value that was accepted still is")
_WIDER_RESPONSE = _dangerous("values may come that the caller has not seen before")
_NARROWER_REQUEST = _breaking("values that were accepted are refused")
_NARROWER_RESPONSE = _compatible("every value that comes could come before")
_FILLED_IN = _compatible("botocore fills it in where the caller does not")
_NO_INPUT = _compatible("it has no meaning outside of requests")
_DEPRECATED = _compatible("it still works, though AWS advises against its use")
_UNDEPRECATED = _compatible("it works as before, and AWS no longer advises against it")
_OTHER_TYPE = _breaking("a value of the type it had before does not fit")
_UNKNOWN = _dangerous(
    "whether values are accepted that were not, or the reverse, could not be decided"
)
_HIDDEN = _compatible("tools that know of it hide the value from now on")

# kind: (in a request, in a response, in an error)
_SHAPE_VERDICTS: dict[Kind, tuple[Verdict, Verdict, Verdict]] = {
    Kind.MEMBER_ADDED: (
        _compatible("it is optional: calls without it mean what they meant"),
        _compatible("readers that take members by name do not meet it"),
        _compatible("handlers that take members by name do not meet it"),
    ),
    Kind.REQUIRED_MEMBER_ADDED: (
        _breaking("calls written before leave it out and are refused"),
        _compatible("readers that take members by name do not meet it"),
        _compatible("handlers that take members by name do not meet it"),
    ),
    Kind.MEMBER_REMOVED: (
        _breaking("botocore refuses calls that still pass it"),
        _breaking("readers that need it find nothing"),
        _dangerous("handlers that read it find nothing"),
    ),
    Kind.REQUIRED_ADDED: (
        _breaking("calls that leave it out are refused"),
        _compatible("it is always there from now on"),
        _compatible("it is always there from now on"),
    ),
    Kind.REQUIRED_REMOVED: (
        _compatible("calls that pass it mean what they meant"),
        _dangerous("it may be missing: reading it by subscript can raise KeyError"),
        _dangerous("it may be missing: reading it by subscript can raise KeyError"),
    ),
    Kind.REQUIRED_TOKEN_ADDED: (_FILLED_IN, _NO_INPUT, _NO_INPUT),
    Kind.REQUIRED_TOKEN_REMOVED: (
        _breaking("botocore no longer fills it in: calls that leave it out are refused"),
        _NO_INPUT,
        _NO_INPUT,
    ),
    Kind.UNION_MEMBER_ADDED: (
        _compatible("it is one more choice"),
        _dangerous("where it comes, none of the members comes that the caller knows"),
        _dangerous("where it comes, none of the members comes that the handler knows"),
    ),
    Kind.TYPE_CHANGED: (_OTHER_TYPE, _OTHER_TYPE, _OTHER_TYPE),
    Kind.TYPE_WIDENED: (_WIDER_REQUEST, _WIDER_RESPONSE, _WIDER_RESPONSE),
    Kind.ENUM_VALUES_ADDED: (
        _compatible("it is one more choice"),
        _dangerous("code that knows only the old values meets one it does not expect"),
        _dangerous("code that knows only the old values meets one it does not expect"),
    ),
    Kind.ENUM_VALUES_REMOVED: (
        _breaking("the service refuses calls that still pass it"),
        _compatible("it just does not come any more"),
        _compatible("it just does not come any more"),
    ),
    Kind.ENUM_ADDED: (_NARROWER_REQUEST, _NARROWER_RESPONSE, _NARROWER_RESPONSE),
    Kind.ENUM_REMOVED: (_WIDER_REQUEST, _WIDER_RESPONSE, _WIDER_RESPONSE),
    Kind.PATTERN_TIGHTENED: (_NARROWER_REQUEST, _NARROWER_RESPONSE, _NARROWER_RESPONSE),
    Kind.PATTERN_LOOSENED: (_WIDER_REQUEST, _WIDER_RESPONSE, _WIDER_RESPONSE),
    Kind.PATTERN_CHANGED: (_NARROWER_REQUEST, _WIDER_RESPONSE, _WIDER_RESPONSE),
    Kind.PATTERN_UNDECIDED: (_UNKNOWN, _UNKNOWN, _UNKNOWN),
    Kind.MINIMUM_RAISED: (_NARROWER_REQUEST, _NARROWER_RESPONSE, _NARROWER_RESPONSE),
    Kind.MINIMUM_LOWERED: (_WIDER_REQUEST, _WIDER_RESPONSE, _WIDER_RESPONSE),
    Kind.MAXIMUM_RAISED: (_WIDER_REQUEST, _WIDER_RESPONSE, _WIDER_RESPONSE),
    Kind.MAXIMUM_LOWERED: (_NARROWER_REQUEST, _NARROWER_RESPONSE, _NARROWER_RESPONSE),
    Kind.UNION_ADDED: (
        _breaking("calls that set more than one of its members are refused"),
        _compatible("one of its members comes, as could be before"),
        _compatible("one of its members comes, as could be before"),
    ),
    Kind.UNION_REMOVED: (
        _compatible("calls that set one of its members mean what they meant"),
        _dangerous("more than one of its members may come"),
        _dangerous("more than one of its members may come"),
    ),
    Kind.TIMESTAMP_FORMAT_CHANGED: (
        _dangerous("botocore sends it in another form: recordings of raw requests do not match"),
        _dangerous("it comes in another form: stubs that answer with raw bodies are out of date"),
        _dangerous("it comes in another form: stubs that answer with raw bodies are out of date"),
    ),
    Kind.IDEMPOTENCY_TOKEN_ADDED: (
        _FILLED_IN,
        _NO_INPUT,
        _NO_INPUT,
    ),
    Kind.IDEMPOTENCY_TOKEN_REMOVED: (
        _dangerous("botocore no longer fills it in: a repeated call may act twice"),
        _NO_INPUT,
        _NO_INPUT,
    ),
    Kind.SENSITIVE_ADDED: (_HIDDEN, _HIDDEN, _HIDDEN),
    Kind.SENSITIVE_REMOVED: (
        _dangerous("tools that hide what is marked as secret begin to show the value"),
        _dangerous("tools that hide what is marked as secret begin to show the value"),
        _dangerous("tools that hide what is marked as secret begin to show the value"),
    ),
    Kind.DEPRECATED: (_DEPRECATED, _DEPRECATED, _DEPRECATED),
    Kind.UNDEPRECATED: (_UNDEPRECATED, _UNDEPRECATED, _UNDEPRECATED),
}

SHAPE_KINDS = tuple(_SHAPE_VERDICTS)
"""The kinds that occur in requests, responses and errors alike."""

VERDICTS: Mapping[tuple[Kind, Direction], Verdict] = MappingProxyType(
    {
        (kind, direction): found
        for kind, verdicts in _SHAPE_VERDICTS.items()
        for direction, found in zip(
            (Direction.REQUEST, Direction.RESPONSE, Direction.ERROR), verdicts, strict=True
        )
    }
    | {
        (Kind.OPERATION_ADDED, Direction.OPERATION): _compatible("nobody calls it yet"),
        (Kind.OPERATION_REMOVED, Direction.OPERATION): _breaking("the client has no such method"),
        (Kind.DEPRECATED, Direction.OPERATION): _DEPRECATED,
        (Kind.UNDEPRECATED, Direction.OPERATION): _UNDEPRECATED,
        (Kind.ERROR_ADDED, Direction.ERROR): _dangerous(
            "code that handles the errors it knows by name does not handle this one"
        ),
        (Kind.ERROR_REMOVED, Direction.ERROR): _dangerous(
            "what it told of may come as another error, which its handlers do not catch"
        ),
        (Kind.EXCEPTION_REMOVED, Direction.ERROR): _breaking(
            "client.exceptions has it no more: naming it in an except clause raises AttributeError"
        ),
        (Kind.FAULT_CHANGED, Direction.ERROR): _dangerous(
            "it becomes another one's fault, so that it may come with another status: 400, or 500"
        ),
        (Kind.RETRYABLE_CHANGED, Direction.ERROR): _dangerous(
            "botocore's standard retries repeat the call where they did not, or the reverse"
        ),
        (Kind.METADATA_CHANGED, Direction.SERVICE): _dangerous(
            "requests look different on the wire: recordings and stubs of raw requests do not match"
        ),
    }
)


def verdict(kind: Kind, direction: Direction) -> Verdict:
    """What a change of that kind means there.

    Raises:
        KeyError: a change of that kind does not occur there.
    """
    return VERDICTS[kind, direction]
