"""Record how the code under test uses Lightsail, and write it as a ``Contract``.

``Endpoint.make_request`` returns each response after botocore has parsed it and retried the call, also in
aiobotocore, so botocore's own reads are not recorded. It is patched only while a contract is recorded.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce
from inspect import isawaitable
from typing import Any

import botocore
import botocore.errorfactory
import pytest
from botocore.exceptions import ClientError

from ..accounts import is_generated
from ..exceptions import ConfigurationError
from ..model.rule import show_path
from ..model.service import EACH, KEY, SERVICE, Path
from ..patching import Patch
from .contract import (
    Contract,
    OperationUse,
    Read,
    Sent,
    from_document,
    merged,
    merged_entries,
    read_contract,
    to_document,
    to_text,
)
from .recorder import Part
from .tracked import ErrorCode, Place, TrackedText, inside, tracked, tracked_error

__all__ = ["ConsumerCalls", "ContractPart", "use_of_request"]

_NOTHING = (
    "no use of Lightsail was recorded. Calls that a test module or a conftest.py makes itself, and "
    "calls in Hypothesis examples, do not count"
)


class ContractPart(Part):
    """Watches the code under test, and writes the contract when the run has passed."""

    name = "contract"

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._shown = str(config.getoption("lightsail_contract"))
        self._path = self.output_path("lightsail_contract", self._shown)
        appends = config.getoption("lightsail_contract_append")
        self._before = self._read() if appends and self._path.exists() else None
        self._use = Contract(botocore=botocore.__version__)
        self._watch = ConsumerCalls(self.is_called_by_test)
        self._watch.start()

    def _read(self) -> Contract:
        try:
            return read_contract(self._path)
        except ConfigurationError as error:
            raise pytest.UsageError(f"--lightsail-contract-append: {error}") from None

    def pytest_unconfigure(self) -> None:
        """Stop watching."""
        super().pytest_unconfigure()
        self._watch.stop()

    def take(self, nodeid: str, outcome: str) -> Any:  # noqa: ARG002 - a contract has no tests
        """Return what is new since the last call."""
        use = self._watch.drain()
        return to_document(use) if use.operations else None

    def add(self, nodeid: str, gathered: Any) -> None:  # noqa: ARG002
        """Add what a test has used."""
        self._use = merged(self._use, from_document(gathered))

    def finish(self) -> bool:
        """Write the file, if the run has passed and anything was recorded."""
        if self.exit_code != pytest.ExitCode.OK:
            self.result = f"{self._shown} is not written, since the run has not passed"
        elif not self._use.operations:
            self.result = f"{self._shown} is not written: {_NOTHING}"
        else:
            contract = self._use if self._before is None else merged(self._use, self._before)
            result = f"{self._shown} has {_tally(contract)}"
            return self.write(self._path, to_text(contract), result)
        return True


def _tally(contract: Contract) -> str:
    uses = contract.operations.values()
    counts = {
        "operations": len(uses),
        "places sent": sum(len(use.sends) for use in uses),
        "places read": sum(len(use.reads) for use in uses),
        "errors": len({code for use in uses for code in use.errors or ()}),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items())


# --- what the code under test does -----------------------------------------------------------------

_FIRST_FAILURE = 300
_INPUT_REFUSED = frozenset({"InvalidInputException", "SerializationException", "ValidationError"})
"""Errors that say that the request was wrong: it does not show what requests look like."""


class _ErrorAnswer(dict[str, Any]):
    """A parsed error on its way through botocore, which reads it; tracked when it is raised."""

    def __init__(self, parsed: dict[str, Any], place: ErrorCode) -> None:
        super().__init__(parsed)
        self.place = place


def _tracking(original: Any) -> Callable[..., Any]:
    def init(error: Any, error_response: Any, operation_name: Any) -> None:
        original(error, error_response, operation_name)
        if isinstance(error_response, _ErrorAnswer):
            error.response = tracked_error(error_response, error_response.place)

    return init


def _watch_exceptions(owner: Any, name: str) -> Any:
    """Return what is taken from ``client.exceptions``, and report the class of an error if one flies."""
    found = object.__getattribute__(owner, name)
    if not isinstance(found, type) or not issubclass(found, ClientError) or found is ClientError:
        return found
    # Elsewhere than in an ``except`` clause, it says nothing of any operation.
    flying = sys.exc_info()[1]
    if isinstance(flying, ClientError) and type(owner).__name__ == _EXCEPTIONS:
        code = flying.response.get("Error", {}).get("Code")
        if isinstance(code, TrackedText):
            code.place.decided([found.__name__])
    return found


_EXCEPTIONS = f"{SERVICE.capitalize()}Exceptions"
"""The class that botocore makes of the exceptions of the service."""


class ConsumerCalls:
    """Watches every call of the process that shows what a consumer does.

    Calls that tests make themselves do not. Input that Hypothesis makes up is not the consumer's, and
    what it leads to differs from run to run.

    Args:
        is_called_by_test: whether the call that is being made is one of a test.
    """

    def __init__(self, is_called_by_test: Callable[[], bool]) -> None:
        self._is_called_by_test = is_called_by_test
        self._uses: deque[tuple[str, OperationUse]] = deque()
        """Every thread appends, each thing once."""
        self._known: set[object] = set()
        self._places: dict[str, Place] = {}
        self._patches = (
            Patch("botocore.endpoint", "Endpoint", "make_request", self._watching),
            Patch("botocore.exceptions", "ClientError", "__init__", _tracking),
        )

    def start(self) -> None:
        """Watch from now on."""
        for patch in self._patches:
            patch.install()
        exceptions: Any = botocore.errorfactory.BaseClientExceptions
        exceptions.__getattribute__ = _watch_exceptions

    def stop(self) -> None:
        """Stop watching."""
        for patch in self._patches:
            patch.remove()
        exceptions: Any = botocore.errorfactory.BaseClientExceptions
        del exceptions.__getattribute__

    def drain(self) -> Contract:
        """Return what is new since the last time."""
        contract = Contract(botocore=botocore.__version__)
        for _ in range(len(self._uses)):
            name, use = self._uses.popleft()
            contract = merged(contract, replace(contract, operations={name: use}))
        return contract

    def _watching(self, original: Any) -> Callable[..., Any]:
        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            answer = original(endpoint, operation_model, request_dict)
            if not self._is_watched(operation_model):
                return answer
            if isawaitable(answer):
                return self._awaited(answer, operation_model, request_dict)
            return self._answered(answer, operation_model, request_dict)

        return make_request

    def _is_watched(self, operation_model: Any) -> bool:
        if operation_model.service_model.service_name != SERVICE or is_generated():
            return False
        return not self._is_called_by_test()

    async def _awaited(self, answer: Any, operation_model: Any, request_dict: Any) -> Any:
        return self._answered(await answer, operation_model, request_dict)

    def _answered(self, answer: Any, operation_model: Any, request_dict: Any) -> Any:
        (http, parsed), name, body = answer, operation_model.name, request_dict["body"]
        error = ""
        if http.status_code >= _FIRST_FAILURE:
            error = str(parsed.get("Error", {}).get("Code", ""))
        if self._is_new(name, body, error):
            self._uses.append((name, use_of_request(operation_model.input_shape, body, error)))
        if error:
            return http, _ErrorAnswer(
                parsed, ErrorCode(partial(self._distinguished, operation_model))
            )
        if operation_model.output_shape is None:
            return answer
        if name not in self._places:
            self._places[name] = Place(partial(self._read, name), operation_model.output_shape)
        return http, tracked(parsed, self._places[name])

    def _read(self, operation: str, path: str, read: Read) -> None:
        self._uses.append((operation, OperationUse(reads={path: read})))

    def _distinguished(self, operation_model: Any, code: str) -> None:
        if self._is_new(operation_model.name, code):
            known = frozenset(shape.name for shape in operation_model.error_shapes)
            use = OperationUse(errors=frozenset((code,)), known_errors=known)
            self._uses.append((operation_model.name, use))

    def _is_new(self, *key: object) -> bool:
        is_new = key not in self._known
        self._known.add(key)
        return is_new


def use_of_request(shape: Any, body: str | bytes, error: str = "") -> OperationUse:
    """Return what a request shows of how its operation is used.

    Args:
        shape: botocore's shape of the input.
        body: the JSON as it was sent.
        error: the code of the error that it got, if any.
    """
    if error in _INPUT_REFUSED or shape is None:
        return OperationUse()
    return OperationUse(sends=dict(_sent(shape, json.loads(body or b"{}"))))


def _sent(
    shape: Any, value: Any, path: Path = (), *, always: bool | None = None
) -> Iterator[tuple[str, Sent]]:
    """Yield what is sent at a place and below it; ``always`` of members as far as this value shows."""
    enum = getattr(shape, "enum", ())
    values = frozenset((value,)).intersection(enum) if enum else None
    yield show_path(path), Sent(type=shape.type_name, always=always, values=values)
    is_structure = shape.type_name == "structure"
    contents: Mapping[str, Sequence[Any]] = {EACH: value}
    if is_structure:
        contents = {name: [inner] for name, inner in value.items()}
    elif shape.type_name == "map":
        contents = {KEY: list(value), EACH: list(value.values())}
    for part, inner in inside(shape).items():
        each = [
            dict(_sent(inner, one, (*path, part), always=is_structure or None))
            for one in contents.get(part, ())
        ]
        if each:
            yield from reduce(merged_entries, each).items()
