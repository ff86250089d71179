"""Keep what a caller prints and logs, and find secrets in it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any

from ..reporting.masking import masked_text

_NOT_THE_CALLERS = ("asyncio", "boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers that log whole requests at level DEBUG. What they log is not the caller's output."""


class Kept:
    """Keeps the parts of the output in order, each with a description of where it was written."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []

    @property
    def text(self) -> str:
        """The whole output."""
        return "".join(text for _, text in self.parts)


_open: list[Kept] = []
"""The ``Kept`` of each active block. Each of them keeps everything that the process writes."""
_opening = Lock()
_undo = ExitStack()


def _keep(place: str, text: str) -> None:
    for kept in _open:
        kept.parts.append((place, text))


@contextmanager
def overheard() -> Generator[Kept, None, None]:
    """Keep what the process prints and logs in the block, at every level, and write it as usual.

    Blocks may be nested, run in several threads at the same time, and end in any order.
    """
    kept = Kept()
    with _opening:
        if not _open:
            _listen()
        _open.append(kept)
    try:
        yield kept
    finally:
        with _opening:
            _open.remove(kept)
            if not _open:
                _undo.close()


def _listen() -> None:
    """Receive all log records and all output to the streams until the last block ends."""
    root, handler = logging.getLogger(), _Log()
    for name in _NOT_THE_CALLERS:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            _undo.callback(logger.setLevel, logger.level)
            logger.setLevel(max(root.level, logging.INFO))
    _undo.callback(root.setLevel, root.level)
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    _undo.callback(root.removeHandler, handler)
    for name, words in (("stdout", "standard output"), ("stderr", "standard error")):
        usual = getattr(sys, name)
        _undo.callback(setattr, sys, name, usual)
        setattr(sys, name, _Tee(usual, words))


class _Log(logging.Handler):
    """Keeps log records. Prints an error if formatting fails, as the handlers of logging do."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s\n"))
        self.addFilter(lambda record: record.name.partition(".")[0] not in _NOT_THE_CALLERS)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            place = f"the log {record.name}, at {record.filename}:{record.lineno}"
            _keep(place, self.format(record))
        except Exception:  # noqa: BLE001 - as logging's own handlers do
            self.handleError(record)


class _Tee:
    """A stream that writes to the original stream, and also keeps what is written."""

    def __init__(self, usual: Any, name: str, encoding: str = "") -> None:
        self._usual = usual
        self._name = name
        self._encoding = encoding

    def write(self, text: Any) -> Any:
        writer = sys._getframe(1)
        where = f", at {os.path.basename(writer.f_code.co_filename)}:{writer.f_lineno}"  # noqa: PTH119
        shown = bytes(text).decode(self._encoding, "replace") if self._encoding else text
        _keep(f"{self._name}{where}", shown)
        return self._usual.write(text)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def close(self) -> None:
        """Do nothing, because the original stream is still needed after the block."""

    @property
    def buffer(self) -> _Tee:
        return _Tee(self._usual.buffer, self._name, self._usual.encoding)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)


def shown_secret(
    secrets: Collection[str],
    kept: Kept,
    error: BaseException | None,
    names: Mapping[str, str] | None = None,
) -> str:
    """Describe a secret in the output or error, without its value. The result may be empty.

    Args:
        secrets: the strings to look for.
        kept: what was printed and logged.
        error: the exception that was raised.
        names: maps each value to the name of its environment variable.
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
    """Return a mapping from each string in a document to its key."""
    if is_dataclass(document) and not isinstance(document, type):
        document = {each.name: getattr(document, each.name) for each in fields(document)}
    if isinstance(document, Mapping):
        own = {value: str(name) for name, value in document.items() if isinstance(value, str)}
        return {**own, **variables(list(document.values()))}
    if isinstance(document, (list, tuple)):
        return {text: name for part in document for text, name in variables(part).items()}
    return {}


def chain(error: BaseException | None, *, hidden: bool = False) -> Iterator[BaseException]:
    """Yield an exception and the exceptions that its traceback shows before it.

    Args:
        error: the exception.
        hidden: whether to include exceptions that ``from None`` hides.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        shows = hidden or not error.__suppress_context__
        error = error.__cause__ or (error.__context__ if shows else None)
