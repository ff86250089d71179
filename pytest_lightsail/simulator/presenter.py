"""Puts resources on the wire: only members that the model knows, and only what the contract allows."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ..contract.validator import validator
from ..exceptions import ContractViolation
from ..model.schema import RESPONSE, Form
from ..model.service import ServiceModel

__all__ = ["Answer", "Presenter"]

_REGION = "regionName"


class Answer(NamedTuple):
    """A successful answer: as a document, and the same in bytes."""

    document: dict[str, Any]
    body: bytes


class Presenter:
    """Turns the description of a resource into what a response has of it.

    A model of an older botocore knows fewer members, and its clients would not show them.
    """

    def __init__(self, model: ServiceModel, shape: str) -> None:
        self._model = model
        self._shape = shape
        self._known = model.shapes[shape].members
        self._validator = validator(model, Form(RESPONSE, strict=True))

    def present(self, description: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The document, its members in the order of the alphabet as in AWS's samples, and its bytes.

        Raises:
            ContractViolation: the simulator would have given what the service never gives; a mistake
                of ours.
        """
        document = {key: description[key] for key in sorted(description) if key in self._known}
        self._check(self._shape, document)
        return document, _encoded(document)

    def answer(self, operation: str, document: dict[str, Any]) -> Answer:
        """A whole response, its members in the order of the alphabet.

        Raises:
            ContractViolation: the simulator would have given what the service never gives; a mistake
                of ours.
        """
        self._check(self._model.operations[operation].output or "", document)
        return Answer(document, _encoded(document))

    def _check(self, shape: str, document: dict[str, Any]) -> None:
        broken = tuple(
            violation
            for violation in self._validator.violations_of(shape, document)
            # A Region can be newer than the botocore that is installed.
            if violation.path[-1:] != (_REGION,)
        )
        if broken:
            lines = [f"the simulated {shape} breaks its contract", *map(str, broken)]
            raise ContractViolation("\n  ".join(lines), broken)


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
