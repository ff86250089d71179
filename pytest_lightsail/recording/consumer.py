"""Record how the code under test uses Lightsail, and write the record as a ``Contract``.

Recording starts when ``Endpoint.make_request`` returns a response, so botocore's own use of
the response, for parsing and retries, is not recorded. The code under test receives a response in
which all dicts and enumeration values are instances of subclasses that record every read. Looping
over, copying, comparing, pickling or serializing a whole dict counts as a read of all its values.
Calls to ``repr`` are not recorded, because code that only logs a response needs no values from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import botocore
import pytest

from ..accounts import is_generated
from ..exceptions import plural
from ..model.service import EACH, SERVICE, Operation, Shape, load
from ..patching import Patch
from .contract import Contract, Site, from_document, to_document, to_text
from .recorder import Part

_NOTHING = (
    "no use of Lightsail was recorded. Calls in Hypothesis examples, and calls that a test module "
    "or conftest.py makes directly, are not recorded"
)


class ContractPart(Part):
    """Records how the code under test uses Lightsail, and writes a contract if the run passes."""

    name = "contract"

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config, "--lightsail-contract", config.getoption("lightsail_contract"))
        self._contract = Contract(botocore.__version__)
        patch = watch(self._contract, self.is_called_by_test)
        patch.install()
        config.add_cleanup(patch.remove)

    def dump(self) -> Any:
        """Return the uses that were recorded in this worker."""
        return to_document(self._contract)

    def load(self, gathered: Any) -> None:
        """Add the uses that were recorded in a worker."""
        for site, use in from_document(gathered).uses.items():
            self._contract.note(site, use.type, use.values, use.enum)

    def finish(self) -> None:
        """Write the file if the run passed and at least one use was recorded."""
        contract = self._contract
        if self.exit_code != pytest.ExitCode.OK:
            self.lines.append(f"{self.file} was not written, because the run did not pass")
        elif not contract.uses:
            self.lines.append(f"{self.file} was not written: {_NOTHING}")
        else:
            uses = plural(len(contract.uses), "use")
            operations = plural(len(contract.operations), "operation")
            self.write(to_text(contract), f"{self.file} contains {uses} of {operations}")


# --- calls ---------------------------------------------------------------------------------------

_FIRST_FAILURE = 300


def watch(contract: Contract, is_called_by_test: Callable[[], bool]) -> Patch:
    """Return a patch that records the calls made by the consumer, that is, by the code under test.

    Calls in Hypothesis examples are ignored, because they differ from run to run.
    """

    def responded(response: Any, operation: Operation) -> Any:
        http, parsed = response
        if http.status_code >= _FIRST_FAILURE:
            return response
        return http, tracked(parsed, place_of(contract, operation, "response"))

    async def awaited(response: Any, operation: Operation) -> Any:
        return responded(await response, operation)

    def watching(original: Any) -> Callable[..., Any]:
        def make_request(endpoint: Any, operation_model: Any, request_dict: Any) -> Any:
            response = original(endpoint, operation_model, request_dict)
            service = operation_model.service_model.service_name
            operation = load().operations.get(operation_model.name)
            if service != SERVICE or operation is None or is_generated() or is_called_by_test():
                return response
            sent = json.loads(request_dict["body"] or b"{}")
            note_sent(sent, place_of(contract, operation, "request"))
            found = awaited if isawaitable(response) else responded
            return found(response, operation)

        return make_request

    return Patch("botocore.endpoint", "Endpoint", "make_request", watching)


# --- requests and responses ----------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """An entire request or response, or one of its members or elements."""

    contract: Contract
    shape: Shape
    site: Site

    def note(self, value: object = None, *, decides: bool = False) -> None:
        """Record a use of this part of the API, and the value that the consumer sends or compares.

        Only enumeration values are recorded, because other values may be secrets. Pass
        ``decides=True`` if the consumer's behaviour depends on the value.
        """
        values = [known for known in self.shape.enum if known == value]
        enum = self.shape.enum if decides else ()
        self.contract.note(self.site, self.shape.type, values, enum)

    def inner(self, key: Any) -> Place | None:
        """Return the ``Place`` of a member or element, or ``None`` if it is not in the model."""
        part = key if self.shape.type == "structure" else EACH
        shape = load().inner(self.shape, part)
        return Place(self.contract, shape, (*self.site, part)) if shape else None


def place_of(contract: Contract, operation: Operation, side: str) -> Place:
    """Return the ``Place`` of an operation's entire request or response."""
    return Place(contract, load().shapes[operation.root(side)], (operation.name, side))


def note_sent(value: Any, place: Place | None) -> None:
    """Record that the consumer sends this value and all values that are nested in it."""
    if place is None:
        return
    place.note(value)
    if isinstance(value, dict):
        for key, one in value.items():
            note_sent(one, place.inner(key))
    elif isinstance(value, list):
        for one in value:
            note_sent(one, place.inner(EACH))


def tracked(value: Any, place: Place | None) -> Any:
    """Copy a value, and replace its dicts and enumeration values with objects that record reads."""
    if place is None:
        return value
    if type(value) is list:
        return [tracked(one, place.inner(EACH)) for one in value]
    found: TrackedDict | TrackedText
    if type(value) is dict:
        found = TrackedDict({key: tracked(one, place.inner(key)) for key, one in value.items()})
    elif type(value) is str and place.shape.enum:
        found = TrackedText(value)
    else:
        return value
    found.place = place
    return found


class TrackedDict(dict[Any, Any]):
    """A structure or map that records which of its values are read."""

    __slots__ = ("place",)
    place: Place

    def _note(self, key: Any, *_: object) -> None:
        if inner := self.place.inner(key):
            inner.note()

    def _note_all(self, *_: object) -> None:
        for key in dict.keys(self):
            self._note(key)

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


class TrackedText(str):
    """An enumeration value that records which values it is compared with."""

    __slots__ = ("place",)
    place: Place

    def _note(self, other: object = None, *_: object) -> None:
        # Ignore a comparison with an empty string, because it only tests whether a value is set.
        if type(other) is not str:
            self.place.note(decides=True)
        elif other:
            self.place.note(other, decides=True)

    def __reduce__(self) -> Any:
        return str, (str.__str__(self),)


def _noting(cls: type[Any], names: str, note: Callable[..., None]) -> None:
    """Make the named methods of a class call ``note`` before they do their usual work."""

    def noting(method: Callable[..., Any]) -> Callable[..., Any]:
        def looks(self: Any, *args: Any, **kwargs: Any) -> Any:
            # Instances that the consumer creates, with ``type(response)(…)``, have no ``place``.
            if hasattr(self, "place"):
                note(self, *args)
            return method(self, *args, **kwargs)

        return looks

    for name in names.split():
        setattr(cls, name, noting(getattr(cls.__base__, name)))


_noting(TrackedDict, "__contains__ __getitem__ get pop setdefault", TrackedDict._note)
_noting(TrackedDict, "__iter__ keys values items copy __or__ __eq__ __ne__", TrackedDict._note_all)
# ``__hash__`` is included because a search in a set or dict calls ``__eq__`` only for values that
# have the same hash.
_noting(
    TrackedText,
    "__eq__ __ne__ __hash__ __contains__ casefold endswith lower startswith upper",
    TrackedText._note,
)
