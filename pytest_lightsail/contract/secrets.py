"""What must not be printed: shapes that the model calls sensitive, and what is secret all the same.

The environment of a container is where callers keep passwords, and some credentials travel in plain
strings of the model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model.service import Shape

__all__ = ["holds_secrets", "masked"]

_SHAPES = frozenset({"Environment"})
_MEMBER = re.compile(
    r".*(?:password|passphrase|secret.*|private_?key.*|access_?key_?id|cert_?key|credentials?)",
    re.IGNORECASE,
)


def holds_secrets(shape: Shape, member: str | None = None) -> bool:
    """Whether a shape, or that member of it, holds what must not be printed."""
    if member is not None:
        return _MEMBER.fullmatch(member) is not None
    return shape.sensitive or shape.name in _SHAPES


def masked(found: object) -> str:
    """What is said of a secret: that it is one, and how long.

    >>> masked("correct horse")
    '*** (13 characters)'
    """
    return f"*** ({len(found)} characters)" if isinstance(found, str) else "***"
