"""Arguments for one run, which another run does not share."""

from __future__ import annotations

from typing import Any

__all__ = ["fresh"]


def fresh(value: Any) -> Any:
    """A copy of plain data, all the way down; whatever else is in it, such as a client, is the same.

    >>> ports = {"80": "HTTP"}
    >>> fresh([ports])[0] is ports
    False
    """
    kind = type(value)
    if kind is dict:
        return {key: fresh(item) for key, item in value.items()}
    if kind in {list, tuple, set}:
        return kind(map(fresh, value))
    return value
