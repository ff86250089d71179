"""What code writes for people to read (standard output, standard error, the log), and secrets in it."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any

from ..reporting.masking import masked_text

_NOT_THE_CALLERS = ("asyncio", "boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers that write whole requests at level DEBUG, which no one wants in production."""


class _Tee:
    """A stream that keeps what is written; in all else it is the usual one."""

    def __init__(self, usual: Any, kept: io.StringIO) -> None:
        self.usual = usual
        self.ended = False
        self._kept = kept

    def write(self, text: Any) -> Any:
        self._kept.write(text)
        return self.usual.write(text)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def close(self) -> None:
        """Close nothing: the stream is the caller's only during the block."""

    @property
    def buffer(self) -> _BinaryTee:
        return _BinaryTee(self.usual.buffer, self._kept, self.usual.encoding)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.usual, name)


class _BinaryTee(_Tee):
    """The same for bytes."""

    def __init__(self, usual: Any, kept: io.StringIO, encoding: str) -> None:
        super().__init__(usual, kept)
        self._encoding = encoding

    def write(self, text: Any) -> Any:
        self._kept.write(bytes(text).decode(self._encoding, "replace"))
        return self.usual.write(text)


@contextmanager
def overheard() -> Generator[io.StringIO, None, None]:
    """Keep what the process prints and logs in the block, at every level; it is written as usual, too.

    Blocks may be nested, or run side by side in threads and end in any order.
    """
    kept = io.StringIO()
    # This handler prints a record that cannot be formatted, and raises nothing in the caller.
    handler = logging.StreamHandler(kept)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    handler.addFilter(lambda record: record.name.partition(".")[0] not in _NOT_THE_CALLERS)
    streams: Any = sys
    with _every_level():
        with _swapping:
            out, err = _Tee(sys.stdout, kept), _Tee(sys.stderr, kept)
            streams.stdout, streams.stderr = out, err
        logging.getLogger().addHandler(handler)
        try:
            yield kept
        finally:
            logging.getLogger().removeHandler(handler)
            with _swapping:
                streams.stdout, streams.stderr = (
                    _without(out, sys.stdout),
                    _without(err, sys.stderr),
                )


_swapping = Lock()


def _without(ended: _Tee, now: object) -> object:
    """The stream to go on with when a block ends: a later block may still be running."""
    ended.ended = True
    stream: object = now if isinstance(now, _Tee) else ended
    while isinstance(stream, _Tee) and stream.ended:
        stream = stream.usual
    return stream


_counting = Lock()
_blocks: list[object] = []
_levels = ExitStack()


@contextmanager
def _every_level() -> Generator[None, None, None]:
    """Let loggers pass on every record, from the beginning of the first block to the end of the last."""
    block = object()
    with _counting:
        _blocks.append(block)
        if len(_blocks) == 1:
            root = logging.getLogger()
            for name in _NOT_THE_CALLERS:
                logger = logging.getLogger(name)
                if logger.level == logging.NOTSET:
                    _set_level(logger, max(root.level, logging.INFO))
            _set_level(root, logging.DEBUG)
    try:
        yield
    finally:
        with _counting:
            _blocks.remove(block)
            if not _blocks:
                _levels.close()


def _set_level(logger: logging.Logger, level: int) -> None:
    _levels.callback(logger.setLevel, logger.level)
    logger.setLevel(level)


def shown_secret(secrets: Collection[str], output: str, error: BaseException | None) -> str:
    """Return where the output or the error shows a secret, without the secret; empty if nowhere."""
    where = {"what it printed or logged": output}
    for each in _chain(error):
        words = (str(each), repr(each.args), *map(str, getattr(each, "__notes__", ())))
        where.setdefault(f"the {type(each).__name__} that it raised", "\n".join(words))
    for place, text in where.items():
        if masked_text(text, secrets) != masked_text(text, ()):
            return f"the value of an environment variable is in {place}"
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those that its traceback shows with it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)
