"""What is too much: of nesting, of time, of digits. Whatever reads input from outside asks here.

What walks a document is recursive, and what counts time ends where dates do; so both are bounded before
anything looks closer.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from ..exceptions import shown
from ..options import LONGEST
from .types import is_number

__all__ = [
    "DEEPEST",
    "LARGEST",
    "LONGEST",
    "finite",
    "is_deeper_than",
    "is_duration",
    "json_text",
    "read_json",
    "read_json_file",
    "shown",
]

DEEPEST = 50
"""Levels of objects and arrays in a document; what AWS sends and takes has fewer than ten."""

LARGEST = 16 * 2**20
"""Bytes of a file that we have written, or somebody by hand: the largest have some hundred KiB."""

_TOO_DEEP = f"it is nested deeper than {DEEPEST} levels"


def read_json(data: bytes) -> Any:
    """The JSON of somebody else's.

    Raises:
        ValueError: it is none, or is nested deeper than ``DEEPEST`` levels.
    """
    try:
        value = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if is_deeper_than(DEEPEST, value):
        raise ValueError(_TOO_DEEP)
    return value


def read_json_file(path: Path) -> Any:
    """The JSON of a file of somebody else's.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no file, such as a pipe, has more than ``LARGEST`` bytes, or no JSON in bounds.
    """
    if path.exists() and not path.is_file():
        # To open a pipe is to wait for whoever writes into it.
        raise ValueError("it is no file")
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it has more than {LARGEST} bytes")
    return read_json(data)


def finite(digits: str) -> float:
    """The number that JSON writes with a point or an exponent.

    Raises:
        ValueError: it is larger than every float, which Python reads as infinity.
    """
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def is_deeper_than(limit: int, value: Any) -> bool:
    """Whether a document has more levels of objects and arrays.

    >>> is_deeper_than(1, [[]]), is_deeper_than(2, [[]])
    (True, False)
    """
    level = [value]
    for _ in range(limit + 1):
        level = [one for one in level if isinstance(one, (dict, list))]
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return True


def json_text(value: Any) -> str:
    """The JSON of a value of Python, the keys of its objects sorted.

    Raises:
        ValueError: JSON cannot hold it, or it is nested deeper than ``DEEPEST`` levels.
    """
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False)
        deep = is_deeper_than(DEEPEST, json.loads(text))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except TypeError as error:
        raise ValueError(str(error)) from None
    if deep:
        raise ValueError(_TOO_DEEP)
    return text


def is_duration(value: Any) -> bool:
    """Whether it is a number of seconds that virtual time has.

    >>> is_duration(0.5), is_duration(10**400), is_duration(float("inf"))
    (True, False, False)
    """
    return is_number(value) and 0 <= value <= LONGEST
