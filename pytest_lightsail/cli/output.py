"""What the commands print: whatever text it is, in characters that the terminal has."""

from __future__ import annotations

import sys

__all__ = ["say"]


def say(text: str) -> None:
    """Print it; what the output cannot encode, such as half a surrogate pair, is spelled out."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
