"""A gzipped tar file, unpacked as it is read, whose headers cannot make a reader unpack it for ever.

``tarfile`` takes every header at its word: it reads a name of a gigabyte into memory, and goes on to a
next member at the far end of what a few kilobytes unpack to.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from ..exceptions import ModelSourceError

__all__ = ["LARGEST_HEADER", "Unpacked"]

LARGEST_HEADER = 16 * 2**10
"""Bytes of a header, long names and all; those of source distributions have some hundreds."""


class Unpacked(gzip.GzipFile):
    """The unpacked bytes of a file.

    Args:
        path: the file.
        largest: how many bytes are looked through.

    Attributes:
        most: how many bytes can be read at once.

    Raises:
        ModelSourceError: something beyond these bounds is asked for.
    """

    def __init__(self, path: Path, largest: int) -> None:
        super().__init__(path, "rb")
        self._path = path
        self._largest = largest
        self.most = LARGEST_HEADER

    def read(self, size: int | None = -1) -> bytes:
        """Read so many bytes, fewer at the end."""
        if size is None or not 0 <= size <= self.most:
            raise ModelSourceError(
                f"{self._path} has a header that is not as those of source distributions are: it asks "
                f"for {size} bytes"
            )
        return super().read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place, by unpacking what lies before it."""
        if offset > self._largest:
            raise ModelSourceError(
                f"{self._path} unpacks to more than the {self._largest} bytes that are looked through"
            )
        return super().seek(offset, whence)
