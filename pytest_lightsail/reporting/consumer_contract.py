"""``Contract``: what one consumer uses of the API, and what was known of that when it was recorded.

It holds enough to be held against a service model alone, and no values: of what is sent, the values of
enumerations, and how long or how great the rest was, but for secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ..model.service import parent_of

__all__ = ["Caught", "Contract", "OperationUse", "Read", "Sent", "merged_sends"]

_T = TypeVar("_T")
_Number = int | float


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A place of requests that the consumer fills.

    Attributes:
        type: of its shape, such as ``string``.
        always: whether every structure that could have it had it; ``None`` for what is no member.
        values: those of an enumeration that were sent.
        least: the least number, or the fewest characters or elements; ``None`` for what has none.
        most: likewise.
        pattern: that the text had to match.
        deprecated: whether AWS advised against it.
    """

    type: str
    always: bool | None = None
    values: frozenset[str] | None = None
    least: _Number | None = None
    most: _Number | None = None
    pattern: str | None = None
    deprecated: bool = False

    def merged(self, older: Sent) -> Sent:
        """Both uses, as far as one place tells: whether it is always there, its structure decides."""
        return replace(
            self,
            values=_union(self.values, older.values),
            least=_first(min, self.least, older.least),
            most=_first(max, self.most, older.most),
        )


@dataclass(frozen=True, kw_only=True)
class Read:
    """A place of results that the consumer reads.

    Attributes:
        type: of its shape, such as ``string``.
        compares: values of the enumeration that it is compared with, where its text decides anything;
            not all have to be known.
        enum: the values that were known.
        required: whether it is taken by subscript and was promised to be there.
        members: those that were known of a structure whose members are gone through.
        deprecated: whether AWS advised against it.
    """

    type: str
    compares: frozenset[str] | None = None
    enum: frozenset[str] | None = None
    required: bool = False
    members: frozenset[str] | None = None
    deprecated: bool = False

    def merged(self, older: Read) -> Read:
        """Both uses; what was known, as the newer knows it."""
        return replace(
            self,
            compares=_union(self.compares, older.compares),
            enum=older.enum if self.enum is None else self.enum,
            required=self.required or older.required,
            members=older.members if self.members is None else self.members,
        )


@dataclass(frozen=True, kw_only=True)
class Caught:
    """An error that the consumer tells apart from others.

    Attributes:
        members: those of the error that are read.
    """

    members: frozenset[str] = frozenset()

    def merged(self, older: Caught) -> Caught:
        """Both uses."""
        return replace(self, members=self.members | older.members)


@dataclass(frozen=True, kw_only=True)
class OperationUse:
    """How an operation is used: what is sent and read, by path, and which errors are told apart.

    Attributes:
        sends: ``""`` is the request as a whole; nothing at all where none was ever fit to be sent.
        reads: ``""`` is the result as a whole.
        errors: by their codes.
        known_errors: those that the model named, where any is told apart.
        deprecated: whether AWS advised against it.
    """

    sends: Mapping[str, Sent] = field(default_factory=dict)
    reads: Mapping[str, Read] = field(default_factory=dict)
    errors: Mapping[str, Caught] = field(default_factory=dict)
    known_errors: frozenset[str] | None = None
    deprecated: bool = False

    def merged(self, older: OperationUse) -> OperationUse:
        """Both uses."""
        return replace(
            self,
            sends=merged_sends(self.sends, older.sends),
            reads=_by_key(Read.merged, self.reads, older.reads),
            errors=_by_key(Caught.merged, self.errors, older.errors),
            known_errors=older.known_errors if self.known_errors is None else self.known_errors,
        )


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one consumer uses of the API.

    Attributes:
        botocore: the release whose model it was recorded with.
        operations: those that were called.
        exceptions: the classes that were taken from ``client.exceptions``.
    """

    botocore: str
    operations: Mapping[str, OperationUse] = field(default_factory=dict)
    exceptions: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.operations or self.exceptions)

    def merged(self, older: Contract) -> Contract:
        """What both use. In whatever order several of one release are merged, the outcome is the same."""
        return replace(
            self,
            operations=_by_key(OperationUse.merged, self.operations, older.operations),
            exceptions=self.exceptions | older.exceptions,
        )


def _by_key(
    merge: Callable[[_T, _T], _T], newer: Mapping[str, _T], older: Mapping[str, _T]
) -> dict[str, _T]:
    both = newer.keys() & older.keys()
    return {**older, **newer, **{key: merge(newer[key], older[key]) for key in both}}


def merged_sends(newer: Mapping[str, Sent], older: Mapping[str, Sent]) -> dict[str, Sent]:
    """Both uses of requests. Paths begin at one root on both sides, which is there if anything is."""
    merged = _by_key(Sent.merged, newer, older)
    for path, sent in merged.items():
        if sent.always is not None:
            # A structure that one side has never sent says nothing of its members there.
            sides = [side for side in (newer, older) if parent_of(path) in side]
            always = all(path in side and side[path].always for side in sides)
            merged[path] = replace(sent, always=always)
    return merged


def _union(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return _first(frozenset[str].union, one, other)


def _first(merge: Callable[[_T, _T], _T], one: _T | None, other: _T | None) -> _T | None:
    if one is None or other is None:
        return other if one is None else one
    return merge(one, other)
