"""Responses that a test prepares: canned responses, and future responses."""

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
    """Return the smallest response of an operation that its schema allows: only required members."""
    shape = model.operations[operation].output
    return {} if shape is None else _smallest(model, shape)


def _smallest(model: ServiceModel, name: str) -> Any:
    shape = model.shapes[name]
    if shape.type == "structure":
        return {member: _smallest(model, shape.members[member].shape) for member in shape.required}
    return shape.enum[0] if shape.enum else _PLAIN[shape.type]


_FOREVER = frozenset({"json.type", "json.required"})
"""Rules that responses of later releases still follow."""


class CannedResponses(Prepared[Callable[[dict[str, Any]], dict[str, Any]]]):
    """The canned responses by operation; a new one replaces one that has been used."""

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
        """Let every call of ``operation`` be answered by ``result``, until there is another answer to it.

        Args:
            operation: one that is not of the container family. Those of domains and Regions, which are
                simulated too, do nothing in the account then.
            result: the answer as boto3 gives it; or a function that makes one of the parameters of a
                call; the smallest one that the schema allows if left out.
            future: it is as a later release of the service may give it: members, enumeration values and
                longer strings that are unknown today are let through, other types are not.
            optional: the test does not fail if no such call comes.

        Raises:
            ContractViolationError: the real service could not give such an answer.
            ConfigurationError: it is an operation of containers, or its answer so far is neither used nor
                optional, so this one would replace it unseen.
            UnknownOperationError: Lightsail has no such operation.
        """
        check_operation(operation, self._model.operations)
        if operation in CONTAINER_OPERATIONS:
            raise ConfigurationError(
                f"respond: {operation} is simulated; bring the account into the state that you want, "
                "or use lightsail.script, lightsail.faults and lightsail.future"
            )
        given = minimal(self._model, operation) if result is None else result
        before = self._next(operation)
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

    def has(self, operation: str) -> bool:
        """Return whether a test has given this operation an answer."""
        return self._next(operation) is not None

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a call; ``None`` if there is none for its operation."""
        found = self._next(operation)
        if found is None:
            return None
        found.used += 1
        return found.what(parameters)

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
            broken = tuple(one for one in broken if one.rule.id in _FOREVER)
        if broken:
            lines = [f"respond: the response to {operation} breaks its contract", *map(str, broken)]
            if not future:
                lines.append(
                    "If AWS does answer so, pass future=True: the service model may be behind."
                )
            raise ContractViolationError("\n  ".join(lines), broken)
        return document


class FutureResponses(Prepared[Edit]):
    """What later releases of the service do to answers; call it to add a change: ``lightsail.future``.

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
        """Change the successful answers of an operation that have the place; several changes add up.

        Args:
            operation: its name, such as ``GetContainerServices``.
            at: the place, such as ``containerServices[].state``, where ``[]`` is every element of a list
                or every value of a map; the whole answer if left out.
            becomes: a value that stands there instead, such as an unknown state.
            gains: members that the structure there has more; botocore's parser drops them.
            lacks: an optional member that the structure there does not have.
            service: only answers to calls that name this container service; any if left out.
            times: how many answers, each of which must be given; every one, at least one, if left out.
            nth: the first of these answers that is changed.
            optional: the test does not fail if no such answer is given.

        Raises:
            ConfigurationError: no such operation or place, not one change, or one that would change the
                type of a value or leave out what the service always gives.
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
        """Return the answer as it goes out, and in words what was changed; empty where nothing was."""
        words, service = [], service_of(parameters)
        for each in self.expectations:
            after = edited(document, each.what) if each.fits(operation, service) else None
            if after is not None and each.comes_due():
                each.used += 1
                document = after
                words.append(_words(each.what))
        return document, ", ".join(words)


def _words(edit: Edit) -> str:
    """Describe a change; a value that may be a secret reads ``***``."""
    inside = dict.fromkeys(edit.at.replace(EACH, "").split("."), "")
    is_secret = edit.becomes is not None and masked(inside) != inside
    return str(replace(edit, becomes="***") if is_secret else edit)
