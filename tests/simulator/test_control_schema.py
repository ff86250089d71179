"""The schema of the control API accepts what the API accepts."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from pytest_lightsail.simulation.control import control_schema


def conforms(name: str, document: Any) -> bool:
    contract = {**control_schema(), "$ref": f"#/$defs/{name}"}
    return jsonschema.Draft202012Validator(contract).is_valid(document)


@pytest.mark.parametrize(
    ("step", "valid"),
    [
        ({"deploy": {"takes": 600}}, True),
        ({}, False),
        ({"deploy": {}, "create": {}}, False),
        ({"explode": {}}, False),
    ],
)
def test_a_step_has_exactly_one_known_verb(step: dict[str, Any], valid: bool) -> None:
    assert conforms("play.request", [step]) is valid
