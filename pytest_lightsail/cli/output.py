"""What the commands print: whatever text it is, in characters that the terminal has."""

from __future__ import annotations

import sys
from typing import TextIO

__all__ = ["say"]


def say(text: str, stream: TextIO | None = None) -> None:
    """Print it; what the output cannot encode, such as half a surrogate pair, is spelled out.

    Args:
        text: with its line ends.
        stream: where to; ``sys.stdout`` if left out.
    """
    out: TextIO = sys.stdout if stream is None else stream
    encoding = out.encoding or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding))
