"""The places in a JSON document, and documents with another value at one place."""

from __future__ import annotations

import copy
from typing import Any


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all members and elements of a value, at every level."""
    found = []
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        found.append((*path, key))
        if isinstance(item, (dict, list)):
            found += places(item, (*path, key))
    return found


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a document with another value at one place."""
    document = copy.deepcopy(document)
    at = document
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return document
