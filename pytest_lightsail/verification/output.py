"""What code writes for people to read: standard output, standard error and the log."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any, BinaryIO, TextIO, cast

__all__ = ["overheard"]

_NOT_THE_CALLERS = ("asyncio", "boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers that at level DEBUG write whole requests, which is nobody's wish in production."""


class _Tee(io.TextIOBase):
    """Writes to two places; in all else it is the usual one."""

    def __init__(self, usual: TextIO, kept: io.StringIO) -> None:
        self.usual = usual
        self.ended = False
        self._kept = kept

    def write(self, text: str) -> int:
        self._kept.write(text)
        return self.usual.write(text)

    def flush(self) -> None:
        self.usual.flush()

    def close(self) -> None:
        """Nothing is closed: the stream is the caller's for the time of the block alone."""

    def fileno(self) -> int:
        return self.usual.fileno()

    def isatty(self) -> bool:
        return self.usual.isatty()

    def writable(self) -> bool:
        return True

    @property
    def buffer(self) -> _BinaryTee:
        return _BinaryTee(self.usual.buffer, self._kept, self.encoding)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.usual.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self.usual.errors

    def __getattr__(self, name: str) -> Any:
        return getattr(self.usual, name)


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
    """Keep what the process prints and logs meanwhile, at every level; it is written as usual as well.

    Blocks may be in each other, or side by side in threads, and end in any order.
    """
    kept = io.StringIO()
    handler = _keeper(kept)
    with _talkative:
        with _swapping:
            out, err = _Tee(sys.stdout, kept), _Tee(sys.stderr, kept)
            streams: Any = sys  # the tees are no TextIO by their type
            streams.stdout, streams.stderr = out, err
        logging.getLogger().addHandler(handler)
        try:
            yield kept
        finally:
            logging.getLogger().removeHandler(handler)
            with _swapping:
                sys.stdout, sys.stderr = _without(out, sys.stdout), _without(err, sys.stderr)


_swapping = Lock()


def _without(ended: _Tee, now: object) -> TextIO:
    """The stream to go on with when a block ends: another block may have begun after it, and go on."""
    ended.ended = True
    stream: object = now if isinstance(now, _Tee) else ended
    while isinstance(stream, _Tee) and stream.ended:
        stream = stream.usual
    return cast("TextIO", stream)


class _Talkative:
    """Loggers say all that they can, from the first block's beginning to the last one's end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks = 0
        self._undo = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            self._blocks += 1
            if self._blocks == 1:
                root = logging.getLogger()
                for name in _NOT_THE_CALLERS:
                    logger = logging.getLogger(name)
                    _set_level(self._undo, logger, max(root.level, logging.INFO), unset=True)
                _set_level(self._undo, root, logging.DEBUG)

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._blocks -= 1
            if not self._blocks:
                self._undo.close()


_talkative = _Talkative()


def _set_level(undo: ExitStack, logger: logging.Logger, level: int, *, unset: bool = False) -> None:
    """Set a level until ``undo``; where ``unset``, only if the logger has none of its own."""
    if not unset or logger.level == logging.NOTSET:
        undo.callback(logger.setLevel, logger.level)
        logger.setLevel(level)
