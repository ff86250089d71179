"""What code writes for people to read (standard output, standard error, the log), and secrets in it."""

from __future__ import annotations

import inspect
import logging
import os
import sys
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from threading import Lock
from types import FrameType
from typing import Any

from ..reporting.masking import masked_text

_NOT_THE_CALLERS = ("asyncio", "boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers that write whole requests at level DEBUG, which no one wants in production."""


class Kept:
    """What was written, in order, each part with the place that wrote it."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []

    def add(self, text: str, place: str) -> None:
        """Keep a part."""
        self.parts.append((place, text))

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(text for _, text in self.parts)


class _Log(logging.Handler):
    """Keeps records; one that cannot be formatted it prints, and raises nothing in the caller."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self._kept = kept
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s\n"))
        self.addFilter(lambda record: record.name.partition(".")[0] not in _NOT_THE_CALLERS)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            place = f"the log {record.name}, at {record.filename}:{record.lineno}"
            self._kept.add(self.format(record), place)
        except Exception:  # noqa: BLE001 - as logging's own handlers do
            self.handleError(record)


class _Tee:
    """A stream that keeps what is written; in all else it is the usual one."""

    def __init__(self, usual: Any, kept: Kept, name: str) -> None:
        self.usual = usual
        self.ended = False
        self._kept = kept
        self._name = name

    def write(self, text: Any) -> Any:
        self._keep(text, inspect.currentframe())
        return self.usual.write(text)

    def _keep(self, text: str, here: FrameType | None) -> None:
        writer = here.f_back if here is not None else None
        where = ""
        if writer is not None:
            where = f", at {os.path.basename(writer.f_code.co_filename)}:{writer.f_lineno}"  # noqa: PTH119
        self._kept.add(text, f"{self._name}{where}")

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def close(self) -> None:
        """Close nothing: the stream is the caller's only during the block."""

    @property
    def buffer(self) -> _BinaryTee:
        return _BinaryTee(self.usual.buffer, self._kept, self._name, self.usual.encoding)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.usual, name)


class _BinaryTee(_Tee):
    """The same for bytes."""

    def __init__(self, usual: Any, kept: Kept, name: str, encoding: str) -> None:
        super().__init__(usual, kept, name)
        self._encoding = encoding

    def write(self, text: Any) -> Any:
        self._keep(bytes(text).decode(self._encoding, "replace"), inspect.currentframe())
        return self.usual.write(text)


@contextmanager
def overheard() -> Generator[Kept, None, None]:
    """Keep what the process prints and logs in the block, at every level; it is written as usual, too.

    Blocks may be nested, or run side by side in threads and end in any order.
    """
    kept = Kept()
    handler = _Log(kept)
    streams: Any = sys
    with _every_level():
        with _swapping:
            out = _Tee(sys.stdout, kept, "standard output")
            err = _Tee(sys.stderr, kept, "standard error")
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


def shown_secret(
    secrets: Collection[str],
    kept: Kept,
    error: BaseException | None,
    names: Mapping[str, str] | None = None,
) -> str:
    """Return which secret the output or the error shows, and where, without it; empty for none.

    Args:
        secrets: texts that must not be there.
        kept: what was printed and logged.
        error: what was raised.
        names: the environment variables that the secrets are the values of.
    """
    where = [*kept.parts, ("what it printed or logged", kept.text)]
    for each in chain(error):
        words = (str(each), repr(each.args), *map(str, getattr(each, "__notes__", ())))
        where.append((f"the {type(each).__name__} that it raised", "\n".join(words)))
    for place, text in where if _shows(secrets, where[len(kept.parts) :]) else ():
        found = [secret for secret in secrets if _shows([secret], [(place, text)])]
        if found:
            named = sorted({names[one] for one in found if one in names}) if names else []
            whose = f"the environment variable {named[0]}" if named else "an environment variable"
            return f"the value of {whose} is in {place}"
    return ""


def _shows(secrets: Collection[str], where: Iterable[tuple[str, str]]) -> bool:
    text = "\n".join(part for _, part in where)
    return masked_text(text, secrets) != masked_text(text, ())


def variables(document: Any) -> dict[str, str]:
    """Return the names that texts have anywhere in a document, by the texts."""
    if is_dataclass(document) and not isinstance(document, type):
        document = {each.name: getattr(document, each.name) for each in fields(document)}
    if isinstance(document, Mapping):
        own = {value: str(name) for name, value in document.items() if isinstance(value, str)}
        return {**own, **variables(list(document.values()))}
    if isinstance(document, (list, tuple)):
        return {text: name for part in document for text, name in variables(part).items()}
    return {}


def chain(error: BaseException | None, *, hidden: bool = False) -> Iterator[BaseException]:
    """Yield an exception, and those that its traceback shows with it.

    Args:
        error: the exception.
        hidden: also those that ``from None`` hides.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        shows = hidden or not error.__suppress_context__
        error = error.__cause__ or (error.__context__ if shows else None)
