"""Watches how code uses Lightsail through botocore: what it sends, reads, and catches.

``Endpoint.make_request`` is where answers leave botocore, after its retries and its parser have read them
for themselves; aiobotocore's clients have the same. Patched while somebody records, and only then.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from inspect import isawaitable
from types import FrameType
from typing import Any, NamedTuple

import botocore.endpoint
import botocore.errorfactory
from botocore.exceptions import BotoCoreError, ClientError

from ..model.service import SERVICE
from .not_recorded import clients_of_tests, is_generated
from .places import Notes, Place, error_place, output_place
from .tracked import TrackedDict, followed_by_copies, tracked

__all__ = ["Call", "ConsumerCalls"]

_FIRST_FAILURE = 300
_NO_ANSWER = "no answer"


class Call(NamedTuple):
    """One call of an operation: the body as it was sent, and the code of the error that came, if any."""

    operation: str
    body: str | bytes
    error: str


class ConsumerCalls:
    """Watches every call of the process that says what a consumer does.

    A call through a client that this library has made for tests is the test's own, unless the code that
    makes it is no test: then the test has handed its client over. Input that Hypothesis makes up is no
    consumer's, and what it leads to differs from run to run.

    Attributes:
        calls: the calls that were made, each once.
        notes: what has been done with answers, each thing once.
        exceptions: names of classes that were taken from ``client.exceptions``, with the operation
            whose error was about to be caught, empty for none.

    What is new is appended; whoever wants it takes it out from the left.
    """

    def __init__(self, is_test: Callable[[str], bool]) -> None:
        self.calls: deque[Call] = deque()
        self.notes: Notes = deque()
        self.exceptions: deque[tuple[str, str]] = deque()
        self._known: set[Call] = set()
        self._is_test = is_test
        self._places: dict[tuple[str, str], Place | None] = {}
        self._undo = ExitStack()

    def start(self) -> None:
        """Watch from now on."""
        self._undo.enter_context(followed_by_copies())
        endpoint: Any = botocore.endpoint.Endpoint
        original = endpoint.make_request

        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            if not self._is_watched(endpoint, operation_model):
                return original(endpoint, operation_model, request_dict)
            try:
                answer = original(endpoint, operation_model, request_dict)
            except BotoCoreError:
                self._called(operation_model, request_dict, _NO_ANSWER)
                raise
            if isawaitable(answer):
                return self._awaited(answer, operation_model, request_dict)
            return self._answered(answer, operation_model, request_dict)

        endpoint.make_request = make_request
        self._undo.callback(_restore, endpoint, "make_request", make_request, original)
        exceptions: Any = botocore.errorfactory.BaseClientExceptions
        watch = self._watch_exception

        def attribute(owner: Any, name: str) -> Any:
            value = object.__getattribute__(owner, name)
            if isinstance(value, type) and issubclass(value, ClientError):
                watch(owner, value)
            return value

        exceptions.__getattribute__ = attribute
        self._undo.callback(delattr, exceptions, "__getattribute__")

    def stop(self) -> None:
        """Watch no longer."""
        self._undo.close()

    def _is_watched(self, endpoint: Any, operation_model: Any) -> bool:
        if operation_model.service_model.service_name != SERVICE or is_generated():
            return False
        if endpoint._event_emitter not in clients_of_tests:
            return True
        file = _file_of_caller()
        return file is not None and not self._is_test(file)

    async def _awaited(self, answer: Any, operation_model: Any, request_dict: Any) -> Any:
        try:
            received = await answer
        except BotoCoreError:
            self._called(operation_model, request_dict, _NO_ANSWER)
            raise
        return self._answered(received, operation_model, request_dict)

    def _answered(self, answer: Any, operation_model: Any, request_dict: Any) -> Any:
        http, parsed = answer
        error = ""
        if http.status_code >= _FIRST_FAILURE:
            error = str(parsed.get("Error", {}).get("Code", ""))
        self._called(operation_model, request_dict, error)
        key = operation_model.name, error
        if key not in self._places:
            self._places[key] = (
                error_place(self.notes, operation_model, error)
                if error
                else output_place(self.notes, operation_model)
            )
        return http, tracked(parsed, self._places[key])

    def _called(self, operation_model: Any, request_dict: Any, error: str) -> None:
        call = Call(operation_model.name, request_dict["body"], error)
        if call not in self._known:
            self._known.add(call)
            self.calls.append(call)

    def _watch_exception(self, owner: Any, exception: type[ClientError]) -> None:
        if exception is ClientError or type(owner).__name__ != f"{SERVICE.capitalize()}Exceptions":
            return
        flying = sys.exc_info()[1]
        if isinstance(flying, ClientError):
            response = flying.response
            if type(response) is TrackedDict:
                self.exceptions.append((exception.__name__, response._lightsail_place.operation))
            return
        file = _file_of_caller()
        if file is not None and not self._is_test(file):
            self.exceptions.append((exception.__name__, ""))


def _restore(owner: Any, name: str, ours: Any, original: Any) -> None:
    # Somebody who has patched it later, and has not taken that back, keeps what was there.
    if getattr(owner, name) is ours:
        setattr(owner, name, original)


_BETWEEN = sys.stdlib_module_names | {
    *("botocore", "aiobotocore", "boto3", "aioboto3"),
    *("pytest_lightsail", "_pytest", "pluggy", "pytest_asyncio", "hypothesis"),
}
"""Packages whose frames lie between the code that uses botocore and the call."""


def _file_of_caller() -> str | None:
    """The file of the code that uses botocore; ``None`` where that cannot be seen, as in a pool."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        namespace = frame.f_globals
        package = str(namespace.get("__name__", "")).partition(".")[0]
        if package not in _BETWEEN:
            return frame.f_code.co_filename
        frame = frame.f_back
    return None
