"""What code writes for people to read: standard output, standard error and the log."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO

__all__ = ["overheard"]

_NOT_THE_CALLERS = ("boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers that at level DEBUG write whole requests, which is nobody's wish in production."""


class _Tee(io.TextIOBase):
    """Writes to two places."""

    def __init__(self, usual: TextIO, kept: io.StringIO) -> None:
        self._usual = usual
        self._kept = kept

    def write(self, text: str) -> int:
        self._kept.write(text)
        return self._usual.write(text)

    def flush(self) -> None:
        self._usual.flush()

    def fileno(self) -> int:
        return self._usual.fileno()

    def isatty(self) -> bool:
        return self._usual.isatty()


class _Keeper(logging.Handler):
    def __init__(self, kept: io.StringIO) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] not in _NOT_THE_CALLERS:
            self._kept.write(self.format(record) + "\n")


@contextmanager
def overheard() -> Generator[io.StringIO, None, None]:
    """Keep what the block prints and logs, at every level; it is written as usual as well."""
    kept = io.StringIO()
    with ExitStack() as undo:
        undo.enter_context(redirect_stdout(_Tee(sys.stdout, kept)))
        undo.enter_context(redirect_stderr(_Tee(sys.stderr, kept)))
        root, handler = logging.getLogger(), _Keeper(kept)
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
