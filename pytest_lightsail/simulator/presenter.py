"""Puts resources on the wire: only members that the model knows, and only what the contract allows."""

from __future__ import annotations

import json
from typing import Any

from ..contract.validator import validator
from ..exceptions import ContractViolation
from ..model.form import RESPONSE, Form
from ..model.service import ServiceModel

__all__ = ["Presenter"]

_REGION = ("location", "regionName")


class Presenter:
    """Turns the description of a resource into what a response has of it.

    A model of an older botocore knows fewer members, and its clients would not show them.
    """

    def __init__(self, model: ServiceModel, shape: str) -> None:
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
        broken = tuple(
            violation
            for violation in self._validator.violations_of(self._shape, document)
            # A Region can be newer than the botocore that is installed.
            if violation.path != _REGION
        )
        if broken:
            lines = [f"the simulated {self._shape} breaks its contract", *map(str, broken)]
            raise ContractViolation("\n  ".join(lines), broken)
        return document, json.dumps(document, separators=(",", ":")).encode()
