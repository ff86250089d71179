"""Validate preparations, count how often each is used, and return canned responses."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from ..exceptions import (
    ConfigurationError,
    ContractViolationError,
    Suggesting,
    check_known,
    shown,
)
from ..model.schema import RESPONSE, Form
from ..model.service import ServiceModel, check_operation, is_duration, on_the_wire
from ..model.validator import validator
from ..options import LONGEST

Read = Callable[[Any], Any]
"""A function that validates and returns a value. If the value is invalid, the function raises a
``ValueError`` that describes the valid values."""


class Argument(NamedTuple):
    """The validation function and the default value of an argument."""

    read: Read
    default: Any = None


def expecting(what: str, is_valid: Callable[[Any], bool]) -> Read:
    """Return a function that returns valid values unchanged and rejects all others."""

    def read(value: Any) -> Any:
        if is_valid(value):
            return value
        raise ValueError(what)

    return read


_MOST_TIMES = 1_000_000_000
"""The maximum for ``times`` and ``nth``, which keeps the numbers in error messages short."""


def _is_count(value: object) -> bool:
    return type(value) is int and 1 <= value <= _MOST_TIMES


def one_of(known: Collection[str]) -> Read:
    return expecting(
        f"one of {', '.join(known)}", lambda value: isinstance(value, str) and value in known
    )


text = expecting("a string", lambda value: isinstance(value, str))
name = expecting("a name", lambda value: isinstance(value, str) and value != "")
texts = expecting(
    "a tuple of strings",
    lambda value: isinstance(value, (tuple, list)) and all(isinstance(each, str) for each in value),
)
switch = expecting("True or False", lambda value: isinstance(value, bool))
seconds = expecting(f"0 to {LONGEST} seconds", is_duration)
_COUNT = f"a whole number from 1 to {_MOST_TIMES}"
count = expecting(_COUNT, _is_count)
NTH = Argument(count, default=1)
TIMES = Argument(
    expecting(f"{_COUNT}, or None", lambda value: value is None or _is_count(value)), default=1
)


def read_argument(where: str, name: str, read: Read, value: Any) -> Any:
    """Return the value of an argument. Raise ``ConfigurationError`` if the value is invalid."""
    try:
        return read(value)
    except ValueError as error:
        raise ConfigurationError(
            f"{where}: invalid {name}={shown(value)}: expected {error}"
        ) from None


def read_arguments(
    where: str,
    table: Mapping[str, Argument],
    given: Mapping[str, Any],
    *,
    required: Collection[str] = (),
    others: bool = False,
) -> dict[str, Any]:
    """Return the arguments that differ from their defaults, in the order of ``table``.

    Error messages start with ``where``. If ``others`` is true, arguments that are not in ``table``
    are copied instead of being rejected.
    """
    unknown = sorted(given.keys() - table.keys())
    if not others:
        check_known(f"{where}: unknown argument", unknown, table)
    read = {}
    for name, argument in table.items():
        value = given.get(name, argument.default)
        if name in required or value is not argument.default:
            value = read_argument(where, name, argument.read, value)
        if name in required or value != argument.default:
            read[name] = value
    return read | {name: copy.deepcopy(given[name]) for name in unknown}


# --- expectations ------------------------------------------------------------------------------------

_What = TypeVar("_What")


@dataclass(eq=False)
class Expectation(Generic[_What]):
    """A script, fault, response or request that a test has prepared, with a count of its uses."""

    words: str
    what: _What
    operation: str | None = None
    """The operation or event to which the preparation applies. ``None`` stands for any."""
    service: str | None = None
    times: int | None = 1
    """The expected number of uses. ``None`` means one or more uses."""
    nth: int = 1
    """Which matching call is the first to use the preparation, counting from 1."""
    optional: bool = False
    used: int = field(default=0, init=False)
    failure: str = field(default="", init=False)
    """Why the preparation failed, or an empty string. A failed preparation is not used again."""
    _passed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        read_argument(self.words, "times", TIMES.read, self.times)
        read_argument(self.words, "nth", NTH.read, self.nth)

    @property
    def is_over(self) -> bool:
        return self.used == self.times or bool(self.failure)

    def fits(self, operation: str, service: object = None) -> bool:
        """Return whether the preparation can still be used for an operation on a service."""
        return (
            self.operation in {None, operation}
            and (self.service is None or self.service == service)
            and not self.is_over
        )

    def comes_due(self, operation: str, service: object = None) -> bool:
        """Count a matching call, and return whether the preparation applies to this call."""
        if not self.fits(operation, service):
            return False
        self._passed += 1
        return self._passed >= self.nth

    @property
    def unused(self) -> str:
        """A description of a preparation that was not used often enough, or an empty string."""
        if self.optional or self.used >= (self.times or 1):
            return ""
        if self.failure:
            return f"{self.words}: {self.failure}"
        return self.words + (f" (used {self.used} of {self.times} times)" if self.used else "")


class Prepared(Suggesting, Generic[_What]):
    """All preparations of one kind, in the order in which they were added."""

    def __init__(self) -> None:
        self.expectations: list[Expectation[_What]] = []

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self.to_come()) or 'nothing to come'}>"

    def to_come(self) -> list[str]:
        return [each.words for each in self.expectations if not each.is_over]

    def unused(self) -> list[str]:
        return [each.unused for each in self.expectations if each.unused]

    def clear(self) -> None:
        self.expectations.clear()

    def upcoming(self, operation: str, service: object = None) -> Expectation[_What] | None:
        """Return the first preparation that fits an operation and a service, or ``None``."""
        return next((each for each in self.expectations if each.fits(operation, service)), None)


# --- canned responses --------------------------------------------------------------------------------


Respond = Callable[[dict[str, Any]], dict[str, Any]]
"""A function that takes the parameters of a call and returns the response."""


class CannedResponses(Prepared[Respond]):
    """Maps operations to canned responses."""

    def __init__(self, model: ServiceModel, simulated: Collection[str]) -> None:
        super().__init__()
        self._model = model
        self._simulated = simulated

    def __call__(
        self,
        operation: str,
        result: Mapping[str, Any] | Respond,
        *,
        future: bool = False,
        optional: bool = False,
    ) -> None:
        """Let calls to ``operation`` return ``result`` until another response replaces ``result``.

        Args:
            operation: an operation outside the container family. If the account simulates the
                operation (for example, CreateDomain), calls to it no longer change the account.
            result: the response, as boto3 returns it, or a function that takes the parameters of a
                call and returns the response.
            future: whether to accept members and enumeration values that only a later release of
                the service can return.
            optional: if true, the test does not fail when the response is never used.

        Raises:
            ContractViolationError: the real service could not return ``result``. If ``result`` is a
                function, the error is raised when a call is made.
            ConfigurationError: Lightsail has no such operation, the operation belongs to the
                container family, or the operation's current canned response is unused and not
                optional.
        """
        check_operation(operation, self._model.operations)
        if operation in self._simulated:
            raise ConfigurationError(
                f"respond: {operation} is simulated; put the account into the state that you want, "
                "or use lightsail.script and lightsail.faults"
            )
        before = self.upcoming(operation)
        if before is not None and before.unused:
            raise ConfigurationError(
                f"respond: {operation} already has a response that has not been used. To respond "
                "differently to each call, pass a function. If tests may replace this response, pass "
                "`optional=True` when you prepare it."
            )
        given = result if callable(result) else self._checked(operation, result, future=future)

        def respond(parameters: dict[str, Any]) -> dict[str, Any]:
            if callable(given):
                return self._checked(operation, given(parameters), future=future)
            return given

        if before is not None:
            self.expectations.remove(before)
        words = f"respond({operation!r}, …)"
        self.expectations.append(
            Expectation(words, respond, operation, times=None, optional=optional)
        )

    def _checked(self, operation: str, result: object, *, future: bool) -> dict[str, Any]:
        if not isinstance(result, Mapping):
            raise ConfigurationError(
                f"respond: the response to {operation} must be a dict, or a function that returns a "
                f"dict, not {type(result).__name__}"
            )
        document: dict[str, Any] = on_the_wire(result)
        document.pop("ResponseMetadata", None)  # boto3 adds this member
        form = Form(RESPONSE, strict=not future)
        if broken := validator(self._model, form).violations(operation, document):
            lines = [f"respond: the response to {operation} breaks its contract", *map(str, broken)]
            if not future:
                lines.append(
                    "If AWS returns such a response, pass future=True: the service model may be outdated."
                )
            raise ContractViolationError("\n  ".join(lines), broken)
        return document
