"""Watch how code uses Lightsail through botocore, and make a ``Contract`` of it.

``Endpoint.make_request`` is where answers leave botocore, after its retries and its parser have read them
for themselves; aiobotocore's clients have the same. It is patched only while a contract is recorded.
"""

from __future__ import annotations

import json
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from inspect import isawaitable
from types import FrameType
from typing import Any, NamedTuple

import botocore.errorfactory
from botocore.exceptions import ClientError

from ..model.service import (
    EACH,
    KEY,
    SERVICE,
    Located,
    Path,
    ServiceModel,
    Shape,
    locate,
    release,
    show_path,
)
from ..observers import clients_of_tests, is_generated
from ..patching import Patch
from .contract import Contract, OperationUse, Read, Sent, merged, merged_entries
from .tracked import (
    COMPARED,
    DECIDED,
    Note,
    Notes,
    Place,
    TrackedDict,
    error_place,
    output_place,
    tracked,
)

__all__ = ["Call", "ConsumerCalls", "contract_of"]

_FIRST_FAILURE = 300


class Call(NamedTuple):
    """One call of an operation: the body as it was sent, and the code of the error if there was one."""

    operation: str
    body: str | bytes
    error: str


class _ErrorAnswer(dict[str, Any]):
    """A parsed error on its way through botocore, which reads it; tracked when it is raised."""

    def __init__(self, parsed: dict[str, Any], place: Place) -> None:
        super().__init__(parsed)
        self.place = place


def _tracking(original: Any) -> Callable[..., Any]:
    def init(error: Any, error_response: Any, operation_name: Any) -> None:
        original(error, error_response, operation_name)
        if isinstance(error_response, _ErrorAnswer):
            error.response = tracked(dict(error_response), error_response.place)

    return init


class ConsumerCalls:
    """Watches every call of the process that shows what a consumer does.

    A call through a client that this library has made for tests is the test's own, unless the code that
    makes it is not a test: then the test has passed its client on. Input that Hypothesis makes up is not
    the consumer's, and what it leads to differs from run to run.

    Attributes:
        calls: the calls that were answered, each once.
        notes: what was done with answers, each thing once.
        exceptions: names of classes that were taken from ``client.exceptions``, with the operation whose
            error was about to be caught.

    Each is a queue: what is new is appended.
    """

    def __init__(self, is_test: Callable[[str], bool]) -> None:
        self.calls: deque[Call] = deque()
        self.notes: Notes = deque()
        self.exceptions: deque[tuple[str, str]] = deque()
        self._known: set[Call] = set()
        self._is_test = is_test
        self._places: dict[tuple[str, str], Place | None] = {}
        self._patches = (
            Patch("botocore.endpoint", "Endpoint", "make_request", self._watching),
            Patch("botocore.exceptions", "ClientError", "__init__", _tracking),
        )

    def start(self) -> None:
        """Watch from now on."""

        def attribute(owner: Any, name: str) -> Any:
            value = object.__getattribute__(owner, name)
            if isinstance(value, type) and issubclass(value, ClientError):
                self._watch_exception(owner, value)
            return value

        for patch in self._patches:
            patch.install()
        exceptions: Any = botocore.errorfactory.BaseClientExceptions
        exceptions.__getattribute__ = attribute

    def stop(self) -> None:
        """Stop watching."""
        for patch in self._patches:
            patch.remove()
        exceptions: Any = botocore.errorfactory.BaseClientExceptions
        del exceptions.__getattribute__

    def _watching(self, original: Any) -> Callable[..., Any]:
        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            answer = original(endpoint, operation_model, request_dict)
            if not self._is_watched(endpoint, operation_model):
                return answer
            if isawaitable(answer):
                return self._awaited(answer, operation_model, request_dict)
            return self._answered(answer, operation_model, request_dict)

        return make_request

    def _is_watched(self, endpoint: Any, operation_model: Any) -> bool:
        if operation_model.service_model.service_name != SERVICE or is_generated():
            return False
        if endpoint._event_emitter not in clients_of_tests:
            return True
        file = _file_of_caller()
        return file is not None and not self._is_test(file)

    async def _awaited(self, answer: Any, operation_model: Any, request_dict: Any) -> Any:
        return self._answered(await answer, operation_model, request_dict)

    def _answered(self, answer: Any, operation_model: Any, request_dict: Any) -> Any:
        http, parsed = answer
        name, error = operation_model.name, ""
        if http.status_code >= _FIRST_FAILURE:
            error = str(parsed.get("Error", {}).get("Code", ""))
        self._called(operation_model, request_dict, error)
        if error:
            place = self._places.setdefault(
                (name, error), error_place(self.notes, operation_model, error)
            )
            return http, parsed if place is None else _ErrorAnswer(parsed, place)
        if (name, "") not in self._places:
            self._places[name, ""] = output_place(self.notes, operation_model)
        return http, tracked(parsed, self._places[name, ""])

    def _called(self, operation_model: Any, request_dict: Any, error: str) -> None:
        call = Call(operation_model.name, request_dict["body"], error)
        if call not in self._known:
            self._known.add(call)
            self.calls.append(call)

    def _watch_exception(self, owner: Any, exception: type[ClientError]) -> None:
        if exception is ClientError or type(owner).__name__ != f"{SERVICE.capitalize()}Exceptions":
            return
        # Elsewhere than in an ``except`` clause, it says nothing of any operation.
        flying = sys.exc_info()[1]
        if isinstance(flying, ClientError) and isinstance(flying.response, TrackedDict):
            self.exceptions.append((exception.__name__, flying.response.place.operation))


_BETWEEN = sys.stdlib_module_names | {
    *("botocore", "aiobotocore", "boto3", "aioboto3"),
    *("pytest_lightsail", "_pytest", "pluggy", "pytest_asyncio", "hypothesis"),
}
"""Packages whose frames lie between the code that uses botocore and the call."""


def _file_of_caller() -> str | None:
    """Return the file of the code that uses botocore; ``None`` if it cannot be seen, as in a pool."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _BETWEEN:
            return frame.f_code.co_filename
        frame = frame.f_back
    return None


# --- from what was watched to a contract ---------------------------------------------------------

_INPUT_REFUSED = frozenset({"InvalidInputException", "SerializationException", "ValidationError"})
"""Errors that say that the request was wrong: it does not show what requests look like."""

_IS_CODE = re.compile(r"[A-Z][A-Za-z0-9.]{1,99}")


def contract_of(
    model: ServiceModel,
    calls: Iterable[Call],
    notes: Iterable[Note],
    exceptions: Iterable[tuple[str, str]],
) -> Contract:
    """Return what was watched as a contract.

    Args:
        model: of the botocore that was used.
        calls: as ``ConsumerCalls`` has them.
        notes: likewise.
        exceptions: likewise.
    """
    uses = [
        *((call.operation, _sending(model, call)) for call in calls),
        *((note.operation, _reading(model, note)) for note in notes),
        *((operation, _catching(model, operation, code)) for code, operation in exceptions),
    ]
    botocore = release(model)
    return reduce(
        merged,
        (
            Contract(botocore=botocore, operations={name: use})
            for name, use in uses
            if use is not None
        ),
        Contract(botocore=botocore),
    )


def _catching(model: ServiceModel, operation: str, code: str) -> OperationUse:
    known = frozenset(model.operations[operation].errors)
    return OperationUse(errors=frozenset((code,)), known_errors=known)


def _sending(model: ServiceModel, call: Call) -> OperationUse:
    shape = model.operations[call.operation].input
    if call.error in _INPUT_REFUSED or shape is None:
        return OperationUse()
    request = Located(model.shapes[shape])
    return OperationUse(sends=dict(_sent(model, request, json.loads(call.body or b"{}"), ())))


def _sent(
    model: ServiceModel, located: Located, value: Any, path: Path
) -> Iterator[tuple[str, Sent]]:
    """Yield what is sent at a place and below it; ``always`` of members as far as this value shows."""
    shape = located.shape
    yield (
        show_path(path),
        Sent(
            type=shape.type,
            always=None if located.member is None else True,
            values=frozenset((value,)).intersection(shape.enum) if shape.enum else None,
        ),
    )
    for part, inside in _contents(shape, value).items():
        inner = located.step(model, part)
        if inner is not None:
            each = [dict(_sent(model, inner, one, (*path, part))) for one in inside]
            if each:
                yield from reduce(merged_entries, each).items()


def _contents(shape: Shape, value: Any) -> dict[str, Sequence[Any]]:
    if shape.type == "structure":
        return {name: (inner,) for name, inner in value.items()}
    if shape.type == "map":
        return {KEY: list(value), EACH: list(value.values())}
    return {EACH: value} if shape.type == "list" else {}


def _reading(model: ServiceModel, note: Note) -> OperationUse | None:
    if note.error:
        # Which error it is, is all that is recorded of one.
        if note.what != COMPARED or not _IS_CODE.fullmatch(note.value):
            return None
        return _catching(model, note.operation, note.value)
    located = locate(model, model.operations[note.operation].output, note.path)
    if located is None:
        return None
    shape, decides = located.shape, note.what in {DECIDED, COMPARED}
    # A value outside the enumeration may be anything, even a secret.
    compares = frozenset((note.value,)).intersection(shape.enum)
    read = Read(
        type=shape.type,
        compares=compares if decides else None,
        enum=frozenset(shape.enum) if decides else None,
    )
    return OperationUse(reads={show_path(note.path): read})
