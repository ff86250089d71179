"""The types that shapes of a service model can have, and what carries each of them.

On the wire it is JSON; in Python it is what boto3 takes and gives. One table, read by the schema
generator and by the validator, so that the two cannot come to mean different things.
"""

from __future__ import annotations

from datetime import datetime, timezone
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "JSON_TYPES",
    "NUMBERS",
    "PYTHON_TYPES",
    "TEXT_TIMESTAMPS",
    "base64_length",
    "is_number",
    "python_type",
    "whole_bounds",
]

JSON_TYPES = {
    "structure": "object",
    "map": "object",
    "list": "array",
    "string": "string",
    "blob": "string",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "timestamp": "number",
}
NUMBERS = frozenset({"integer", "long", "float", "double", "timestamp"})
TEXT_TIMESTAMPS = frozenset({"iso8601", "rfc822"})
"""Formats that a ``timestampFormat`` trait can ask for in which a timestamp is text."""

_WHOLE_NUMBER_BITS = {"integer": 31, "long": 63}


def whole_bounds(shape_type: str) -> tuple[int, int] | None:
    """The least and the greatest number of a type of whole numbers; ``None`` for other types.

    >>> whole_bounds("integer")
    (-2147483648, 2147483647)
    """
    bits = _WHOLE_NUMBER_BITS.get(shape_type)
    return None if bits is None else (-(1 << bits), (1 << bits) - 1)


def is_number(value: Any) -> bool:
    """Whether it is a number that JSON can write: ``true`` is none, nor is infinity."""
    # An int is always finite, and can be too large for isfinite() to look at.
    finite = isfinite(value) if isinstance(value, float) else isinstance(value, int)
    return finite and not isinstance(value, bool)


def base64_length(length: float | None) -> int | None:
    """The characters that so many bytes take on the wire.

    >>> base64_length(4)
    8
    """
    return None if length is None else -(-int(length) // 3) * 4


def python_type(shape_type: str, direction: str) -> str:
    """The entry of ``PYTHON_TYPES`` for a timestamp or blob: boto3 takes more than it gives."""
    return (
        shape_type if direction == "request" else {"timestamp": "datetime"}.get(shape_type, "bytes")
    )


def _is_blob(value: Any) -> bool:
    return isinstance(value, (bytes, bytearray, str)) or hasattr(value, "read")


def _is_timestamp(value: Any) -> bool:
    if isinstance(value, datetime):
        return True
    if is_number(value):
        return _is_epoch(value)
    return isinstance(value, str) and (_is_epoch(value) or _is_date(value))


def _is_epoch(value: str | float) -> bool:
    try:
        datetime.fromtimestamp(float(value), tz=timezone.utc)
    except (ArithmeticError, OSError, ValueError):
        return False
    return True


def _is_date(text: str) -> bool:
    # It is the parser by which botocore reads them, and takes its time to load.
    from dateutil.parser import parse  # noqa: PLC0415

    try:
        # A time zone of an unknown name is none, about which it would warn.
        parse(text, tzinfos=lambda _, offset: offset).utcoffset()
    except (ArithmeticError, OSError, TypeError, ValueError):
        return False
    return True


PYTHON_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "timestamp": _is_timestamp,
    "datetime": lambda value: isinstance(value, datetime),
    "blob": _is_blob,
    "bytes": lambda value: isinstance(value, bytes),
}
"""The types of Python that JSON has not, by the name that ``x-python-type`` gives them.

A ``timestamp`` is what boto3 takes for one: a ``datetime``, a number of epoch seconds, such a number as
text, or a date in any form that ``dateutil`` reads.
"""
