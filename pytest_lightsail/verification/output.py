"""What code writes for people to read: standard output, standard error and the log."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import Any, BinaryIO, TextIO

__all__ = ["overheard"]

_NOT_THE_CALLERS = ("asyncio", "boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers that at level DEBUG write whole requests, which is nobody's wish in production."""


class _Tee(io.TextIOBase):
    """Writes to two places; in all else it is the usual one."""

    def __init__(self, usual: TextIO, kept: io.StringIO) -> None:
        self._usual = usual
        self._kept = kept

    def write(self, text: str) -> int:
        self._kept.write(text)
        return self._usual.write(text)

    def flush(self) -> None:
        self._usual.flush()

    def close(self) -> None:
        """Nothing is closed: the stream is the caller's for the time of the block alone."""

    def fileno(self) -> int:
        return self._usual.fileno()

    def isatty(self) -> bool:
        return self._usual.isatty()

    def writable(self) -> bool:
        return True

    @property
    def buffer(self) -> _BinaryTee:
        return _BinaryTee(self._usual.buffer, self._kept, self.encoding)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._usual.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self._usual.errors

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)


class _BinaryTee(io.RawIOBase):
    """Writes bytes to one place, and what they say to another."""

    def __init__(self, usual: BinaryIO, kept: io.StringIO, encoding: str) -> None:
        self._usual = usual
        self._kept = kept
        self._encoding = encoding

    def write(self, data: Any) -> int:
        self._kept.write(bytes(data).decode(self._encoding, "replace"))
        return self._usual.write(data)

    def flush(self) -> None:
        self._usual.flush()

    def close(self) -> None:
        """Nothing is closed, as above."""

    def writable(self) -> bool:
        return True


def _keeper(kept: io.StringIO) -> logging.Handler:
    """A handler which tells of a record that cannot be formatted, and raises nothing in the caller."""
    handler = logging.StreamHandler(kept)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    handler.addFilter(_is_the_callers)
    return handler


def _is_the_callers(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] not in _NOT_THE_CALLERS


@contextmanager
def overheard() -> Generator[io.StringIO, None, None]:
    """Keep what the block prints and logs, at every level; it is written as usual as well."""
    kept = io.StringIO()
    with ExitStack() as undo:
        undo.enter_context(redirect_stdout(_Tee(sys.stdout, kept)))
        undo.enter_context(redirect_stderr(_Tee(sys.stderr, kept)))
        root, handler = logging.getLogger(), _keeper(kept)
        for name in _NOT_THE_CALLERS:
            _set_level(undo, logging.getLogger(name), max(root.level, logging.INFO), unset=True)
        _set_level(undo, root, logging.DEBUG)
        root.addHandler(handler)
        undo.callback(root.removeHandler, handler)
        yield kept


def _set_level(undo: ExitStack, logger: logging.Logger, level: int, *, unset: bool = False) -> None:
    """Set a level until ``undo``; where ``unset``, only if the logger has none of its own."""
    if not unset or logger.level == logging.NOTSET:
        undo.callback(logger.setLevel, logger.level)
        logger.setLevel(level)
