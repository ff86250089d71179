"""Canned responses, which a test prepares for operations outside the container family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..contract.validator import validator
from ..exceptions import ConfigurationError, ContractViolationError
from ..model.bounds import on_the_wire
from ..model.schema import RESPONSE, Form
from ..model.service import ServiceModel
from .history import check_operation
from .operations import CONTAINER_OPERATIONS
from .prepared import Expectation, Prepared

Result = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]
Make = Callable[[dict[str, Any]], dict[str, Any]]
"""A function that takes the parameters of a call and returns a response."""

_FOREVER = frozenset({"json.type", "json.required"})
"""The rules that even responses from later releases of the service must follow."""


class CannedResponses(Prepared[Make]):
    """Maps operations to canned responses. A response that was used can be replaced."""

    def __init__(self, model: ServiceModel) -> None:
        super().__init__()
        self._model = model

    def __call__(
        self, operation: str, result: Result, *, future: bool = False, optional: bool = False
    ) -> None:
        """Let calls to ``operation`` return ``result`` until another response replaces it.

        Args:
            operation: an operation outside the container family. If the account simulates the
                operation (for example, CreateDomain), calls to it no longer change the account.
            result: the response, as boto3 returns it, or a function that takes the parameters of a
                call and returns the response.
            future: whether to accept members, enumeration values and longer strings that only a
                later release of the service can return. Values of the wrong type are still
                rejected.
            optional: if true, the test does not fail when there is no such call.

        Raises:
            ContractViolationError: the real service could not return ``result``.
            ConfigurationError: Lightsail has no such operation, the operation belongs to the
                container family, or it already has a canned response that is neither used nor
                optional.
        """
        check_operation(operation, self._model.operations)
        if operation in CONTAINER_OPERATIONS:
            raise ConfigurationError(
                f"respond: {operation} is simulated; bring the account into the state that you want, "
                "or use lightsail.script and lightsail.faults"
            )
        before = self.upcoming(operation)
        if before is not None and before.unused:
            raise ConfigurationError(
                f"respond: {operation} already has a response that has not been used. "
                "To respond differently to each call, pass a function. "
                "If the first response is a default that tests may replace, pass `optional=True` "
                "when you prepare it."
            )
        given = result if callable(result) else self._checked(operation, result, future=future)
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
