"""Keep everything that a caller prints and logs, and find secrets in the output."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Collection, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, TypeAlias

from ..reporting.masking import masked_text

_NOT_THE_CALLERS = ("asyncio", "boto3", "botocore", "aiobotocore", "urllib3", "hypothesis")
"""Loggers that log whole requests at level DEBUG. Their messages are not the caller's output."""

Kept: TypeAlias = list[tuple[str, str]]
"""The parts of the output in order, as pairs of a place and the text that was written there."""

_open: dict[int, Kept] = {}
"""The output of each active block, by the id of the list."""
_opening = Lock()
_undo = ExitStack()
"""Restores the streams and loggers when the last block ends."""


@contextmanager
def overheard() -> Generator[Kept, None, None]:
    """Keep a copy of everything that any thread prints or logs during the block.

    Blocks can be nested, run in several threads at the same time, and end in any order.
    """
    kept: Kept = []
    with _opening:
        if not _open:
            _listen()
        _open[id(kept)] = kept
    try:
        yield kept
    finally:
        with _opening:
            del _open[id(kept)]
            if not _open:
                _undo.close()


def _listen() -> None:
    """Keep all log records and the text in the standard streams until the last block ends."""
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
    out: Any = _Tee(sys.stdout, "standard output")
    err: Any = _Tee(sys.stderr, "standard error")
    _undo.enter_context(redirect_stdout(out))
    _undo.enter_context(redirect_stderr(err))


def _keep(place: str, text: str) -> None:
    for kept in tuple(_open.values()):
        kept.append((place, text))


class _Log(logging.Handler):
    """A log handler that keeps all records, and prints an error if a record cannot be formatted."""

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
    """A text stream that keeps the text written to it, and also writes it to the original stream."""

    def __init__(self, usual: Any, name: str) -> None:
        self._usual = usual
        self._name = name

    def write(self, text: str) -> Any:
        writer = sys._getframe(1)
        file = os.path.basename(writer.f_code.co_filename)  # noqa: PTH119
        written = self._usual.write(text)  # write() raises an error if ``text`` is not a string
        _keep(f"{self._name}, at {file}:{writer.f_lineno}", text)
        return written

    def close(self) -> None:
        """Do nothing, because the original stream is still needed after the block."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)


def shown_secret(
    secrets: Collection[str], kept: Kept, error: BaseException | None, names: Mapping[str, str]
) -> str:
    """Describe where the output or the error shows a secret, but omit the secret itself.

    ``names`` maps secrets to the names of environment variables.
    """
    where = [*kept, ("the caller's combined output", "".join(text for _, text in kept))]
    for each in chain(error):
        words = (str(each), repr(each.args), *map(str, getattr(each, "__notes__", ())))
        where.append((f"the {type(each).__name__} that the caller raised", "\n".join(words)))
    # Search everything at once first, because searching each part for each secret is slow.
    everything = "\n".join(text for _, text in where[len(kept) :])
    for place, text in where if _shows(everything, secrets) else ():
        found = [secret for secret in secrets if _shows(text, [secret])]
        if found:
            named = sorted(names[one] for one in found if one in names)
            whose = f"the environment variable {named[0]}" if named else "an environment variable"
            return f"the value of {whose} is in {place}"
    return ""


def _shows(text: str, secrets: Collection[str]) -> bool:
    return masked_text(text, secrets) != masked_text(text, ())


def variables(document: Any) -> dict[str, str]:
    """Map each string in a document to the key under which it appears."""
    if is_dataclass(document) and not isinstance(document, type):
        document = {each.name: getattr(document, each.name) for each in fields(document)}
    if isinstance(document, Mapping):
        own = {value: str(name) for name, value in document.items() if isinstance(value, str)}
        return {**own, **variables(list(document.values()))}
    if isinstance(document, (list, tuple)):
        return {text: name for part in document for text, name in variables(part).items()}
    return {}


def chain(error: BaseException | None, *, hidden: bool = False) -> Iterator[BaseException]:
    """Yield an exception, and the causes and contexts that a traceback shows with it.

    With ``hidden``, also yield the exceptions that ``from None`` hides.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        shows = hidden or not error.__suppress_context__
        error = error.__cause__ or (error.__context__ if shows else None)
