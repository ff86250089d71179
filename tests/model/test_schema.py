"""JSON Schemas of operations are self-contained, and either open or closed to new members and values."""

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
    """Yield the document and every object inside it."""
    if isinstance(value, dict):
        yield value
    for inside in value.values() if isinstance(value, dict) else value:
        if isinstance(inside, (dict, list)):
            yield from parts(inside)


def test_every_operation_has_valid_json_schemas():
    assert len(INSTALLED.operations) >= 150
    definitions = {}
    for document in every_document(INSTALLED):
        for part in (document, *document["$defs"].values()):
            alone = {name: value for name, value in part.items() if name not in {"$id", "$defs"}}
            definitions[json.dumps(alone)] = alone
    for definition in definitions.values():
        assert jsonschema_rs.meta.is_valid(definition), definition


def test_schemas_refer_only_to_their_own_definitions():
    for document in every_document(NEWEST):
        references = {part["$ref"] for part in parts(document) if isinstance(part.get("$ref"), str)}

        assert references == {f"#/$defs/{name}" for name in document["$defs"]}


def test_the_id_of_a_schema_names_its_operation_and_direction():
    ids = [document["$id"] for document in every_document(NEWEST)]

    assert "urn:aws:lightsail:2016-11-28:GetContainerServices:request" in ids
    assert "urn:aws:lightsail:2016-11-28:GetContainerServices:response:strict" in ids


def test_different_schemas_have_different_ids():
    by_id = {}
    for document in every_document(NEWEST):
        assert by_id.setdefault(document["$id"], document) == document


def test_schema_returns_the_same_document_each_time():
    first = schema("GetContainerServices", "response")

    assert json.dumps(schema("GetContainerServices", "response")) == json.dumps(first)


def test_changing_a_returned_schema_does_not_affect_later_calls():
    schema("GetContainerServices", "response")["$defs"].clear()

    assert schema("GetContainerServices", "response")["$defs"]


def test_schemas_have_no_descriptions():
    for document in every_document(NEWEST):
        for part in parts(document):
            assert not isinstance(part.get("description"), str)


@pytest.mark.parametrize("direction", ["request", "response"])
def test_strict_schemas_allow_no_unknown_members(direction):
    contract = schema("CreateContainerService", direction, model=NEWEST, strict=True)

    structures = [part for part in parts(contract) if part.get("properties")]
    assert structures
    assert all(part["additionalProperties"] is False for part in structures)


def test_a_request_schema_is_closed_by_default():
    contract = schema("CreateContainerService", "request", model=NEWEST)

    assert contract["additionalProperties"] is False
    assert contract["$defs"]["ContainerServicePowerName"]["enum"][0] == "nano"


def test_a_response_schema_allows_new_members():
    contract = schema("GetContainerServices", "response", model=NEWEST)

    structures = [part for part in parts(contract) if "properties" in part]
    assert all(part["additionalProperties"] is True for part in structures)


def test_a_response_schema_allows_new_enum_values_and_lists_the_known_ones():
    states = schema("GetContainerServices", "response", model=NEWEST)["$defs"][
        "ContainerServiceState"
    ]

    assert "enum" not in states
    assert "DEPLOYING" in states["x-aws-known-values"]


def test_strict_makes_no_difference_to_a_request_schema():
    strict = schema("CreateContainerService", "request", model=NEWEST, strict=True)
    assert strict == schema("CreateContainerService", "request", model=NEWEST)


def test_a_strict_response_schema_allows_no_new_enum_values():
    contract = schema("GetContainerServices", "response", model=NEWEST, strict=True)

    assert "DEPLOYING" in contract["$defs"]["ContainerServiceState"]["enum"]


def test_an_open_response_schema_allows_null_for_missing_objects():
    contract = schema("GetContainerServices", "response", model=NEWEST)

    assert contract["$defs"]["ContainerServiceDeployment"]["type"] == ["object", "null"]
    assert contract["type"] == "object"


def test_a_strict_response_schema_allows_no_null():
    contract = schema("GetContainerServices", "response", model=NEWEST, strict=True)

    assert all(part["type"] != ["object", "null"] for part in parts(contract) if "type" in part)


def test_an_unknown_operation_is_refused_with_a_suggestion():
    with pytest.raises(ConfigurationError, match=r"did you mean 'CreateContainerService'\?"):
        schema("CreateContainerServise", "request")


def test_an_unknown_direction_is_refused():
    with pytest.raises(ConfigurationError, match="unknown direction 'input'"):
        schema("GetContainerServices", "input")
