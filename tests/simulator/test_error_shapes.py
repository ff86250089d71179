"""Error responses match the strict schemas of the modelled errors."""

from __future__ import annotations

import json

import pytest

from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.schema import Form
from pytest_lightsail.model.service import load
from pytest_lightsail.model.validator import validator
from pytest_lightsail.simulator.wire import STATUS, ServiceError, encode_error

MODEL = load()
MODELLED = sorted(
    {entry.error for entry in RULES} & set(MODEL.operations["CreateContainerService"].errors)
)


@pytest.mark.parametrize("name", MODELLED)
def test_a_modelled_error_has_the_members_of_its_shape(name):
    error = ServiceError(name, "Something is wrong.", "SomeCode", "Fix it.", "some.rule")
    body = json.loads(encode_error(error, MODEL))
    members = {key: value for key, value in body.items() if key != "__type"}
    assert not validator(MODEL, Form("response", strict=True)).violations_of(name, members)
    assert set(body) == {"__type", "code", "message", "tip"}
    assert STATUS[name] in {400, 500}


def test_an_error_of_the_front_end_has_only_a_message():
    body = json.loads(encode_error(ServiceError("ThrottlingException", "Rate exceeded"), MODEL))
    assert set(body) == {"__type", "message"}
