"""Record how the code under test uses Lightsail, and write the record as a ``Contract``.

``Endpoint.make_request`` returns a response after all parsing and retries, in aiobotocore too, so
botocore's own reads are not recorded. The method is patched only while a contract is recorded.

The responses that the code under test receives consist of subclasses of ``dict``, ``list`` and
``str``, which report each read to a ``Place``. Copies are tracked too, but making a copy is not a
read. Code that takes a whole value (``dict(response)``, JSON, pickle, ``==``) reads everything in
it. ``repr`` does not count as a read, because code that logs a response does not depend on its
content. If C code, such as the JSON encoder, reads a list without calling its methods, only reads
of the values in the list are recorded.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce
from inspect import isawaitable
from typing import Any, TypeVar

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

_NOTHING = (
    "no use of Lightsail was recorded. Calls that a test module or a conftest.py makes itself, and "
    "calls in Hypothesis examples, do not count"
)


class ContractPart(Part):
    """Watches the code under test, and writes a consumer contract if the run passes."""

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
        """Return the uses that were recorded since the last call."""
        use = self._watch.drain()
        return to_document(use) if use.operations else None

    def add(self, nodeid: str, gathered: Any) -> None:  # noqa: ARG002
        """Add the uses that a test has recorded."""
        self._use = merged(self._use, from_document(gathered))

    def finish(self) -> bool:
        """Write the file if the run has passed and at least one use was recorded."""
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


# --- calls ---------------------------------------------------------------------------------------

_FIRST_FAILURE = 300
_INPUT_REFUSED = frozenset({"InvalidInputException", "SerializationException", "ValidationError"})
"""Errors that mean that a request was invalid. Such requests do not represent the consumer."""

_EXCEPTIONS = f"{SERVICE.capitalize()}Exceptions"
"""The name of the class that botocore generates for ``client.exceptions``."""


class ConsumerCalls:
    """Watches the calls of the consumer, that is, the code under test.

    Calls made by tests themselves are ignored. So are calls in Hypothesis examples, because their
    input is not the consumer's, and the recorded uses would differ from run to run.

    Args:
        is_called_by_test: returns whether a test itself is making the current call.
    """

    def __init__(self, is_called_by_test: Callable[[], bool]) -> None:
        self._is_called_by_test = is_called_by_test
        self._uses: deque[tuple[str, OperationUse]] = deque()
        """The uses since the last ``drain``, without duplicates. Several threads add to them."""
        self._known: set[object] = set()
        self._places: dict[str, Place] = {}
        self._patches = (
            Patch("botocore.endpoint", "Endpoint", "make_request", self._watching),
            Patch("botocore.exceptions", "ClientError", "__init__", _tracking),
        )

    def start(self) -> None:
        """Watch calls from now on."""
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
        """Return the uses that were recorded since the last call of this method."""
        contract = Contract(botocore=botocore.__version__)
        for _ in range(len(self._uses)):
            name, use = self._uses.popleft()
            contract = merged(contract, replace(contract, operations={name: use}))
        return contract

    def _watching(self, original: Any) -> Callable[..., Any]:
        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            response = original(endpoint, operation_model, request_dict)
            if not self._is_watched(operation_model):
                return response
            if isawaitable(response):
                return self._awaited(response, operation_model, request_dict)
            return self._responded(response, operation_model, request_dict)

        return make_request

    def _is_watched(self, operation_model: Any) -> bool:
        if operation_model.service_model.service_name != SERVICE or is_generated():
            return False
        return not self._is_called_by_test()

    async def _awaited(self, response: Any, operation_model: Any, request_dict: Any) -> Any:
        return self._responded(await response, operation_model, request_dict)

    def _responded(self, response: Any, operation_model: Any, request_dict: Any) -> Any:
        (http, parsed), name, body = response, operation_model.name, request_dict["body"]
        error = ""
        if http.status_code >= _FIRST_FAILURE:
            error = str(parsed.get("Error", {}).get("Code", ""))
        if self._is_new(name, body, error):
            self._uses.append((name, use_of_request(operation_model.input_shape, body, error)))
        if error:
            return http, _Error(parsed, ErrorCode(partial(self._distinguished, operation_model)))
        if operation_model.output_shape is None:
            return response
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


class _Error(dict[str, Any]):
    """A parsed error that botocore has not read yet. Its code is tracked once it is raised."""

    def __init__(self, parsed: dict[str, Any], place: ErrorCode) -> None:
        super().__init__(parsed)
        self.place = place


def _tracking(original: Any) -> Callable[..., Any]:
    def init(error: Any, error_response: Any, operation_name: Any) -> None:
        original(error, error_response, operation_name)
        if isinstance(error_response, _Error):
            error.response = tracked_error(error_response, error_response.place)

    return init


def _watch_exceptions(owner: Any, name: str) -> Any:
    """Return an attribute of ``client.exceptions``. Report a class if an ``except`` names it."""
    found = object.__getattribute__(owner, name)
    if not isinstance(found, type) or not issubclass(found, ClientError) or found is ClientError:
        return found
    # Outside an ``except`` clause, no error shows which operation the class is used for.
    handled = sys.exc_info()[1]
    if isinstance(handled, ClientError) and type(owner).__name__ == _EXCEPTIONS:
        code = handled.response.get("Error", {}).get("Code")
        if isinstance(code, TrackedText):
            code.place.decided([found.__name__])
    return found


def use_of_request(shape: Any, body: str | bytes, error: str = "") -> OperationUse:
    """Return how one request uses its operation.

    Args:
        shape: botocore's shape of the input.
        body: the JSON that was sent.
        error: the code of the error response, or ``""`` if there was no error.
    """
    if error in _INPUT_REFUSED or shape is None:
        return OperationUse()
    return OperationUse(sends=dict(_sent(shape, json.loads(body or b"{}"))))


def _sent(
    shape: Any, value: Any, path: Path = (), *, always: bool | None = None
) -> Iterator[tuple[str, Sent]]:
    """Yield each path in a value, with how its value is sent. ``always`` is true for members."""
    enum = getattr(shape, "enum", ())
    values = frozenset((value,)).intersection(enum) if enum else None
    yield show_path(path), Sent(type=shape.type_name, always=always, values=values)
    is_structure = shape.type_name == "structure"
    contents: Mapping[str, Sequence[Any]] = {EACH: value}
    if is_structure:
        contents = {name: [inner] for name, inner in value.items()}
    elif shape.type_name == "map":
        contents = {KEY: list(value), EACH: list(value.values())}
    for part, inner in _inside(shape).items():
        each = [
            dict(_sent(inner, one, (*path, part), always=is_structure or None))
            for one in contents.get(part, ())
        ]
        if each:
            yield from reduce(merged_entries, each).items()


def _inside(shape: Any) -> dict[str, Any]:
    """Return the shapes inside a botocore shape, each by the path part that leads to it."""
    if shape.type_name == "structure":
        return dict(shape.members)
    if shape.type_name == "map":
        return {KEY: shape.key, EACH: shape.value}
    return {EACH: shape.member} if shape.type_name == "list" else {}


# --- responses -----------------------------------------------------------------------------------

_T = TypeVar("_T")
_IS_CODE = re.compile(r"[A-Z][A-Za-z0-9.]{1,99}")


class Place:
    """A member, element or key in an operation's responses. Reports how it is read.

    Args:
        report: called with the path and the use, once for each kind of use.
        shape: botocore's shape of the value.
        path: the path to the value.
    """

    def __init__(self, report: Callable[[str, Read], None], shape: Any, path: Path = ()) -> None:
        self._report, self._path, self._reported = report, path, set[Read]()
        self.type: str = shape.type_name
        self.enum = frozenset[str](getattr(shape, "enum", ()))
        self._inside = _inside(shape)
        self._inner: dict[str, Place] = {}

    def read(self) -> None:
        """Report that the value is read."""
        self._note(Read(type=self.type))

    def decided(self, values: Iterable[str] = ()) -> None:
        """Report that the code depends on the string, and with which ``values`` it compares it."""
        # A value that is not in the enumeration may be anything, even a secret.
        compares = self.enum.intersection(values)
        self._note(Read(type=self.type, compares=compares, enum=self.enum))

    def _note(self, read: Read) -> None:
        if read not in self._reported:
            self._reported.add(read)
            self._report(show_path(self._path), read)

    def inner(self, part: Any) -> Place | None:
        """Return the place of a member, element or key, or ``None`` if the model lacks it."""
        if not isinstance(part, str) or part not in self._inside:
            return None
        if part not in self._inner:
            # If two threads both make a place, a use is reported twice, but it counts once.
            self._inner[part] = Place(self._report, self._inside[part], (*self._path, part))
        return self._inner[part]

    def of_key(self, key: Any) -> Place | None:
        """Return the place of a dict's value for a key."""
        return self.inner(EACH if self.type == "map" else key)


class ErrorCode:
    """The place of an error's code. Reports with which codes it is compared.

    Args:
        report: called with each code with which the error is compared.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report

    def decided(self, values: Iterable[str] = ()) -> None:
        """Report only values that look like error codes. Others may be anything, even a secret."""
        for value in filter(_IS_CODE.fullmatch, values):
            self._report(value)


def tracked(value: Any, place: Place | None) -> Any:
    """Return a value in which every dict, list and enumeration value is tracked."""
    if place is None:
        return value
    if type(value) is dict and place.type in {"structure", "map"}:
        inner = {key: tracked(one, place.of_key(key)) for key, one in value.items()}
        return _made(TrackedDict, inner, place)
    if type(value) is list and place.type == "list":
        return _made(TrackedList, [tracked(one, place.inner(EACH)) for one in value], place)
    if type(value) is str and place.enum:
        return _made(TrackedText, value, place)
    return value


def tracked_error(parsed: dict[str, Any], place: ErrorCode) -> dict[str, Any]:
    """Return a parsed error whose code is tracked. Reads of its other members are not recorded."""
    error = parsed["Error"]
    return {**parsed, "Error": {**error, "Code": _made(TrackedText, error["Code"], place)}}


def _made(cls: type[_T], plain: Any, place: Place | ErrorCode) -> _T:
    made: Any = cls(plain)  # type: ignore[call-arg]
    made.place = place
    tracked: _T = made
    return tracked


def _plain(value: Any) -> Any:
    """Return an untracked copy, without recording a read."""
    return dict(dict.items(value)) if isinstance(value, dict) else list(list.__iter__(value))


def _copy(self: Any) -> Any:
    return _made(type(self), _plain(self), self.place)


def _deep_copy(self: Any, memo: dict[int, Any]) -> Any:
    return _made(type(self), copy.deepcopy(_plain(self), memo), self.place)


class TrackedDict(dict[Any, Any]):
    """A structure or map that records which of its keys are read."""

    __slots__ = ("place",)
    place: Place

    def _note(self, key: Any) -> None:
        inner = self.place.of_key(key)
        if inner is not None:
            inner.read()

    def _note_keys(self) -> None:
        (self.place.inner(KEY) or self.place).read()

    def _note_all(self) -> None:
        self._note_keys()
        for key in dict.keys(self):
            self._note(key)

    def __or__(self, other: Any) -> Any:
        return dict(self) | other

    copy = __copy__ = _copy
    __deepcopy__ = _deep_copy

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


class TrackedList(list[Any]):
    """A list that records whether its elements are read."""

    __slots__ = ("place",)
    place: Place

    def _note(self) -> None:
        each = self.place.inner(EACH)
        if each is not None and len(self):
            each.read()

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        if isinstance(index, slice):
            return _made(TrackedList, found, self.place)
        self._note()
        return found

    copy = __copy__ = _copy
    __deepcopy__ = _deep_copy

    def __reduce__(self) -> Any:
        return list, (list(self),)


class TrackedText(str):
    """An enumeration value or error code that records the values it is compared with."""

    __slots__ = ("place",)
    place: Place | ErrorCode

    def _decides(self, *_: object) -> None:
        self.place.decided()

    def _compares(self, other: object) -> None:
        # A comparison with the empty string only tests whether there is a value.
        if isinstance(other, str) and len(other):
            self.place.decided([other] if type(other) is str else [])

    def __reduce__(self) -> Any:
        return str, (str.__str__(self),)


def _noting(cls: type[Any], names: str, note: Callable[..., None]) -> None:
    """Override methods of the built-in base class, so that ``note`` is called before each one."""

    def noting(method: Callable[..., Any]) -> Callable[..., Any]:
        def looks(self: Any, *args: Any, **kwargs: Any) -> Any:
            note(self, *args)
            return method(self, *args, **kwargs)

        return looks

    for name in names.split():
        setattr(cls, name, noting(getattr(cls.__base__, name)))


_noting(
    TrackedDict,
    "__contains__ __getitem__ get pop setdefault",
    lambda value, key, *_: value._note(key),
)
_noting(TrackedDict, "__iter__ keys", TrackedDict._note_keys)
_noting(TrackedDict, "values items", TrackedDict._note_all)
_noting(TrackedDict, "__eq__ __ne__", lambda value, _: value._note_all())
_noting(
    TrackedList,
    "__add__ __contains__ __eq__ __iter__ __ne__ __reversed__ count index pop sort",
    lambda value, *_: value._note(),
)
_noting(TrackedText, "__eq__ __ne__", TrackedText._compares)
# A set or dict compares only values that have the same hash. If there are none, it only calls
# ``__hash__``.
_noting(
    TrackedText,
    "__hash__ __contains__ casefold endswith lower startswith upper",
    TrackedText._decides,
)
