"""The schema of the control API takes what the API takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_lightsail.simulation.control_schema import control_schema

WRITTEN = Path(__file__).parents[2] / "schemas" / "control" / "control.json"


def conforms(name: str, document: Any) -> bool:
    contract = {**control_schema(), "$ref": f"#/$defs/{name}"}
    return jsonschema.Draft202012Validator(contract).is_valid(document)


def test_the_schema_is_the_one_in_the_repository() -> None:
    assert json.loads(WRITTEN.read_text()) == control_schema()


@pytest.mark.parametrize(
    ("step", "good"),
    [
        ({"deploy": {"takes": 600}}, True),
        ({}, False),
        ({"deploy": {}, "create": {}}, False),
        ({"explode": {}}, False),
    ],
)
def test_a_step_has_one_verb(step: dict[str, Any], good: bool) -> None:
    assert conforms("play.request", [step]) is good
