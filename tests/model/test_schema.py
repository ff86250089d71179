"""JSON Schemas of whole operations are self-contained, and open or closed."""

import json
from functools import cache
from itertools import product

import jsonschema_rs
import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.schema import schema
from tests.support.models import INSTALLED, NEWEST


@cache
def every_document(model):
    forms = [("request", False), ("response", False), ("response", True)]
    return [
        schema(name, direction, model=model, strict=strict)
        for name, (direction, strict) in product(model.operations, forms)
    ]


def parts(value):
    """Every object inside a document, the document first."""
    if isinstance(value, dict):
        yield value
    for inside in value.values() if isinstance(value, dict) else value:
        if isinstance(inside, (dict, list)):
            yield from parts(inside)


def test_every_operation_has_documents_that_are_valid_schemas():
    assert len(INSTALLED.operations) >= 150
    definitions = {}
    for whole in every_document(INSTALLED):
        for part in (whole, *whole["$defs"].values()):
            alone = {name: value for name, value in part.items() if name not in {"$id", "$defs"}}
            definitions[json.dumps(alone)] = alone
    for definition in definitions.values():
        assert jsonschema_rs.meta.is_valid(definition), definition


def test_documents_refer_to_nothing_but_their_own_definitions():
    for whole in every_document(NEWEST):
        references = {part["$ref"] for part in parts(whole) if isinstance(part.get("$ref"), str)}

        assert references == {f"#/$defs/{name}" for name in whole["$defs"]}


def test_documents_are_named_by_operation_and_direction():
    ids = [whole["$id"] for whole in every_document(NEWEST)]

    assert "urn:aws:lightsail:2016-11-28:GetContainerServices:request" in ids
    assert "urn:aws:lightsail:2016-11-28:GetContainerServices:response:strict" in ids


def test_different_documents_have_different_names():
    by_id = {}
    for whole in every_document(NEWEST):
        assert by_id.setdefault(whole["$id"], whole) == whole


def test_the_same_document_is_given_each_time():
    first = schema("GetContainerServices", "response")

    assert json.dumps(schema("GetContainerServices", "response")) == json.dumps(first)


def test_a_document_is_the_callers_to_change():
    schema("GetContainerServices", "response")["$defs"].clear()

    assert schema("GetContainerServices", "response")["$defs"]


def test_documents_have_no_prose():
    for whole in every_document(NEWEST):
        for part in parts(whole):
            assert not isinstance(part.get("description"), str)


@pytest.mark.parametrize("direction", ["request", "response"])
def test_strict_documents_know_all_members(direction):
    contract = schema("CreateContainerService", direction, model=NEWEST, strict=True)

    structures = [part for part in parts(contract) if part.get("properties")]
    assert structures
    assert all(part["additionalProperties"] is False for part in structures)


def test_a_request_is_closed_without_being_asked():
    contract = schema("CreateContainerService", "request", model=NEWEST)

    assert contract["additionalProperties"] is False
    assert contract["$defs"]["ContainerServicePowerName"]["enum"][0] == "nano"


def test_a_response_is_open_to_new_members():
    contract = schema("GetContainerServices", "response", model=NEWEST)

    structures = [part for part in parts(contract) if "properties" in part]
    assert all(part["additionalProperties"] is True for part in structures)


def test_a_response_is_open_to_new_values_and_names_those_known():
    states = schema("GetContainerServices", "response", model=NEWEST)["$defs"][
        "ContainerServiceState"
    ]

    assert "enum" not in states
    assert "DEPLOYING" in states["x-aws-known-values"]


def test_a_request_has_one_schema_whether_strict_or_not():
    strict = schema("CreateContainerService", "request", model=NEWEST, strict=True)
    assert strict == schema("CreateContainerService", "request", model=NEWEST)


def test_a_strict_response_is_closed_to_new_values():
    contract = schema("GetContainerServices", "response", model=NEWEST, strict=True)

    assert "DEPLOYING" in contract["$defs"]["ContainerServiceState"]["enum"]


def test_an_open_response_may_have_null_for_what_is_absent():
    contract = schema("GetContainerServices", "response", model=NEWEST)

    assert contract["$defs"]["ContainerServiceDeployment"]["type"] == ["object", "null"]
    assert contract["type"] == "object"


def test_a_strict_response_has_no_null():
    contract = schema("GetContainerServices", "response", model=NEWEST, strict=True)

    assert all(part["type"] != ["object", "null"] for part in parts(contract) if "type" in part)


def test_an_unknown_operation_is_refused_with_a_near_one():
    with pytest.raises(ConfigurationError, match=r"did you mean 'CreateContainerService'\?"):
        schema("CreateContainerServise", "request")


def test_an_unknown_direction_is_refused():
    with pytest.raises(ConfigurationError, match="unknown direction 'input'"):
        schema("GetContainerServices", "input")
