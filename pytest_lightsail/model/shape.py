"""A named type of a service model, and the members of those that are structures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["COLLECTIONS", "EACH", "KEY", "VALUE", "Member", "Shape"]

COLLECTIONS = frozenset({"structure", "map", "list"})
"""The types whose values hold others."""

EACH, KEY, VALUE = "[]", "[key]", "[value]"
"""What a list or map holds: in paths an element or value, and a key; in targets of rules an element of a
list, a key of a map, and a value of one."""


@dataclass(frozen=True)
class Member:
    """A member of a structure: the name of its shape, and the traits set on the member itself."""

    shape: str
    deprecated: bool = False
    idempotency_token: bool = False
    timestamp_format: str | None = None


@dataclass(frozen=True)
class Shape:
    """A named type of the model.

    ``minimum`` and ``maximum`` bound what their type suggests: the value of a number, the characters
    of a string, the bytes of a blob, the elements of a list or map. ``pattern`` is as the model has it
    and means the whole string. ``key``, ``value`` and ``item`` name shapes of a map or list. A
    ``document`` is any JSON value.
    """

    name: str
    type: str
    members: Mapping[str, Member] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    item: str | None = None
    key: str | None = None
    value: str | None = None
    enum: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    sensitive: bool = False
    deprecated: bool = False
    union: bool = False
    document: bool = False
    error: bool = False
    fault: bool = False
    retryable: str | None = None
    """Of an error that botocore retries: ``throttling``, or ``transient`` for any other reason."""
    timestamp_format: str | None = None
