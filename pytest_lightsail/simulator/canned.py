"""Canned answers: what a test lets the account answer to operations that it does not simulate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.validator import validator
from ..exceptions import ConfigurationError, ContractViolation
from ..model.bounds import on_the_wire
from ..model.schema import RESPONSE, Form
from ..model.service import ServiceModel
from ..wording import did_you_mean
from .expectation import Expectation, unused
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


_FOR_EVER = frozenset({"json.type", "json.required"})
"""What later releases of the service keep to."""


@dataclass(eq=False)
class _Entry(Expectation):
    operation: str
    result: Result
    future: bool

    def __str__(self) -> str:
        return f"respond({self.operation!r}, …)"


class Canned:
    """The canned answers by operation; a new one takes the place of one that has been used."""

    def __init__(self, model: ServiceModel) -> None:
        self._model = model
        self._entries: dict[str, _Entry] = {}

    def add(
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
                longer strings that nobody knows yet are let through, other types are not.
            optional: the test is not to fail if no such call comes.

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
        before = self._entries.get(operation)
        if before is not None and before.is_unused:
            raise ConfigurationError(
                f"respond: {operation} has an answer already, which no call has had yet and this one "
                "would replace. For another answer to each call pass one function, which may count them. "
                "If the first answer is a default for tests that give none, pass `optional=True` with it."
            )
        entry = _Entry(operation, result, future, times=None, optional=optional)
        if not callable(result):
            entry.result = self._checked(operation, result, future=future)
        self._entries[operation] = entry

    def answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a call; ``None`` where there is none for its operation."""
        entry = self._entries.get(operation)
        if entry is None:
            return None
        entry.used += 1
        if callable(entry.result):
            return self._checked(operation, entry.result(parameters), future=entry.future)
        return dict(entry.result)

    def unused(self) -> list[str]:
        """The answers that no call has had, as they were written, but for optional ones."""
        return unused(self._entries.values())

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
            broken = tuple(one for one in broken if one.rule.id in _FOR_EVER)
        if broken:
            lines = [f"respond: {operation} cannot be answered so", *map(str, broken)]
            lines += self._answers_that_fit(document, operation)
            raise ContractViolation("\n  ".join(lines), broken)
        return document

    def _answers_that_fit(self, document: dict[str, Any], operation: str) -> list[str]:
        """A hint at the operation with a name like this one whose answer has all of these members."""
        fitting = [
            name
            for name, each in self._model.operations.items()
            if each.output
            and document
            and set(document) <= set(self._model.shapes[each.output].members)
        ]
        near = did_you_mean(operation, set(fitting) - {operation})
        return [f"or {near.removeprefix('; ')}"] if near else []
