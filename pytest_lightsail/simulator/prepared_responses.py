"""Responses that a test prepares: canned responses and future responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..contract.validator import validator
from ..exceptions import ConfigurationError, ContractViolationError
from ..model.bounds import on_the_wire
from ..model.changes import Edit, edited
from ..model.schema import RESPONSE, Form
from ..model.service import EACH, ServiceModel
from .history import Operation, check_operation, masked, service_of
from .operations import CONTAINER_OPERATIONS
from .prepared import Expectation, Prepared

Result = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]
Make = Callable[[dict[str, Any]], dict[str, Any]]
"""A function that takes the parameters of a call and returns a response."""

_PLAIN: Mapping[str, Any] = {
    "boolean": False,
    "double": 0.0,
    "float": 0.0,
    "integer": 0,
    "list": [],
    "long": 0,
    "map": {},
    "string": "-",
    "timestamp": 0,
}


def minimal(model: ServiceModel, operation: str) -> dict[str, Any]:
    """Return the smallest valid response to an operation. It has only the required members."""
    shape = model.operations[operation].output
    return {} if shape is None else _smallest(model, shape)


def _smallest(model: ServiceModel, name: str) -> Any:
    shape = model.shapes[name]
    if shape.type == "structure":
        return {member: _smallest(model, shape.members[member].shape) for member in shape.required}
    return shape.enum[0] if shape.enum else _PLAIN[shape.type]


_FOREVER = frozenset({"json.type", "json.required"})
"""The rules that future responses must also follow."""


class CannedResponses(Prepared[Make]):
    """Maps operations to canned responses. A new response may replace one that was used."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__()
        self._model = model

    def __call__(
        self,
        operation: str,
        result: Result | None = None,
        *,
        future: bool = False,
        optional: bool = False,
    ) -> None:
        """Respond to calls of ``operation`` with ``result``, until another response replaces it.

        Args:
            operation: an operation outside the container family. If the account simulates it, as it does
                for domains, its calls no longer change the account.
            result: the response, as boto3 returns it, or a function that takes the parameters of a
                call and returns the response. By default, the smallest valid response.
            future: whether ``result`` may have members, enumeration values and longer strings that
                only a later release of the service can return. Values of the wrong type are still
                rejected.
            optional: if true, the test does not fail if there is no such call.

        Raises:
            ContractViolationError: the real service could not return ``result``.
            ConfigurationError: Lightsail has no such operation, the operation belongs to the
                container family, or it has a canned response that is neither used nor optional.
        """
        check_operation(operation, self._model.operations)
        if operation in CONTAINER_OPERATIONS:
            raise ConfigurationError(
                f"respond: {operation} is simulated; bring the account into the state that you want, "
                "or use lightsail.script, lightsail.faults and lightsail.future"
            )
        given = minimal(self._model, operation) if result is None else result
        before = self.upcoming(operation)
        if before is not None and before.unused:
            raise ConfigurationError(
                f"respond: {operation} already has a response, still unused, that would be replaced. "
                "For a different response to each call, pass one function. "
                "If the first one is a default that tests may replace, pass `optional=True` with it."
            )
        if not callable(given):
            given = self._checked(operation, given, future=future)
        if before is not None:
            self.expectations.remove(before)

        def make(parameters: dict[str, Any]) -> dict[str, Any]:
            if callable(given):
                return self._checked(operation, given(parameters), future=future)
            return dict(given)

        words = f"respond({operation!r}, …)"
        self.expectations.append(Expectation(words, make, operation, times=None, optional=optional))

    def _checked(
        self, operation: str, result: Mapping[str, Any], *, future: bool
    ) -> dict[str, Any]:
        if not isinstance(result, Mapping):
            raise ConfigurationError(f"respond: the response to {operation} must be a dict")
        document: dict[str, Any] = on_the_wire(
            {name: value for name, value in result.items() if name != "ResponseMetadata"}
        )
        broken = validator(self._model, Form(RESPONSE, strict=not future)).violations(
            operation, document
        )
        if future:
            broken = tuple(each for each in broken if each.rule.id in _FOREVER)
        if broken:
            lines = [f"respond: the response to {operation} breaks its contract", *map(str, broken)]
            if not future:
                lines.append(
                    "If AWS returns such a response, pass future=True: the service model may be outdated."
                )
            raise ContractViolationError("\n  ".join(lines), broken)
        return document


class FutureResponses(Prepared[Edit]):
    """Changes responses in ways that a later release of the service may: ``lightsail.future(…)``.

    >>> from pytest_lightsail import simulate
    >>> with simulate() as lightsail:
    ...     client = lightsail.client()
    ...     created = client.create_container_service(serviceName="shop", power="nano", scale=1)
    ...     state = "containerServices[].state"
    ...     lightsail.future("GetContainerServices", at=state, becomes="HIBERNATING")
    ...     client.get_container_services()["containerServices"][0]["state"]
    'HIBERNATING'
    """

    def __init__(self, model: ServiceModel) -> None:
        super().__init__()
        self._model = model

    def __call__(
        self,
        operation: Operation | str,
        *,
        at: str = "",
        becomes: Any = None,
        gains: Mapping[str, Any] | None = None,
        lacks: str | None = None,
        service: str | None = None,
        times: int | None = None,
        nth: int = 1,
        optional: bool = False,
    ) -> None:
        """Change the successful responses to an operation that contain ``at``. Changes add up.

        Pass exactly one of ``becomes``, ``gains`` and ``lacks``.

        Args:
            operation: the name of the operation, such as ``GetContainerServices``.
            at: a path such as ``containerServices[].state``, where ``[]`` stands for every element
                of a list or every value of a map. By default, the whole response.
            becomes: a new value at the path, such as an unknown state.
            gains: members to add to the structure at the path. botocore drops them when it parses
                the response.
            lacks: an optional member to remove from the structure at the path.
            service: change only responses to calls that name this container service.
            times: how many responses to change. The test fails if there are fewer. By default, all
                responses, of which there must be at least one.
            nth: the number of the first matching response to change.
            optional: if true, the test does not fail if there are too few such responses.

        Raises:
            ConfigurationError: the operation or the path does not exist, there is not exactly one
                change, or the change would alter a value's type or remove a member that the service
                always returns.
        """
        check_operation(operation, self._model.operations)
        edit = Edit(at, becomes, gains, lacks)
        edit.check(self._model, operation)
        of = f" of {service}" if service else ""
        words = f"future({operation!r}{of}: {_words(edit)})"
        self.expectations.append(
            Expectation(words, edit, operation, service, None, times, nth, optional)
        )

    def change(
        self, operation: str, parameters: Mapping[str, Any], document: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """Return the response with all changes that are due, and a description of these changes."""
        words, service = [], service_of(parameters)
        for each in self.expectations:
            after = edited(document, each.what) if each.fits(operation, service) else None
            if after is not None and each.comes_due():
                each.used += 1
                document = after
                words.append(_words(each.what))
        return document, ", ".join(words)


def _words(edit: Edit) -> str:
    """Describe a change, with values that may be secrets replaced by ``***``."""
    inside = dict.fromkeys(edit.at.replace(EACH, "").split("."), "")
    is_secret = edit.becomes is not None and masked(inside) != inside
    return str(replace(edit, becomes="***") if is_secret else edit)
