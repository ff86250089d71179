"""Canned answers: what a test lets the account answer to operations that it does not simulate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..contract.validator import validator
from ..exceptions import ConfigurationError, ContractViolation
from ..model.bounds import on_the_wire
from ..model.schema import RESPONSE, Form
from ..model.service import ServiceModel
from .expectation import Expectation, Prepared
from .history import check_operation
from .operations import OPERATIONS

__all__ = ["Canned", "Result", "minimal"]

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
    """The smallest answer of an operation that its schema allows: required members alone."""
    shape = model.operations[operation].output
    return {} if shape is None else _smallest(model, shape)


def _smallest(model: ServiceModel, name: str) -> Any:
    shape = model.shapes[name]
    if shape.type == "structure":
        return {member: _smallest(model, shape.members[member].shape) for member in shape.required}
    return shape.enum[0] if shape.enum else _PLAIN[shape.type]


_FOREVER = frozenset({"json.type", "json.required"})
"""What later releases of the service keep to."""


class _Answer(NamedTuple):
    result: Result
    future: bool


class Canned(Prepared[_Answer]):
    """The canned answers by operation; a new one takes the place of one that has been used."""

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
            operation: one that is not simulated.
            result: the answer as boto3 gives it; or a function that makes one of the parameters of a
                call; the smallest one that the schema allows if left out.
            future: it is as a later release of the service may give it: members, enumeration values and
                longer strings that are unknown today are let through, other types are not.
            optional: the test does not fail if no such call comes.

        Raises:
            ContractViolation: the real service could not give such an answer.
            ConfigurationError: the operation is simulated, or its answer so far is neither used nor
                optional, so this one would replace it unseen.
            UnknownOperation: Lightsail has no such operation.
        """
        check_operation(operation, self._model.operations)
        if operation in OPERATIONS:
            raise ConfigurationError(
                f"respond: {operation} is simulated; bring the account into the state that you want, "
                "or use lightsail.script, lightsail.faults and lightsail.future"
            )
        if result is None:
            result = minimal(self._model, operation)
        before = self._next(operation)
        if before is not None and before.unused:
            raise ConfigurationError(
                f"respond: {operation} has an answer already, which no call has had yet and this one "
                "would replace. For another answer to each call pass one function, which may count them. "
                "If the first answer is a default for tests that give none, pass `optional=True` with it."
            )
        if not callable(result):
            result = self._checked(operation, result, future=future)
        if before is not None:
            self.expectations.remove(before)
        self.expectations.append(
            Expectation(
                f"respond({operation!r}, …)",
                _Answer(result, future),
                operation=operation,
                times=None,
                optional=optional,
            )
        )

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a call; ``None`` where there is none for its operation."""
        found = self._next(operation)
        if found is None:
            return None
        found.used += 1
        result, future = found.what
        if callable(result):
            return self._checked(operation, result(parameters), future=future)
        return dict(result)

    def _checked(
        self, operation: str, result: Mapping[str, Any], *, future: bool
    ) -> dict[str, Any]:
        if not isinstance(result, Mapping):
            raise ConfigurationError(f"respond: the answer to {operation} is a dict")
        document: dict[str, Any] = on_the_wire(
            {name: value for name, value in result.items() if name != "ResponseMetadata"}
        )
        broken = validator(self._model, Form(RESPONSE, strict=not future)).violations(
            operation, document
        )
        if future:
            broken = tuple(one for one in broken if one.rule.id in _FOREVER)
        if broken:
            lines = [f"respond: {operation} cannot be answered so", *map(str, broken)]
            raise ContractViolation("\n  ".join(lines), broken)
        return document
