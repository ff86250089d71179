"""JSON types, and missing, unknown or null members."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.rule import show_path
from pytest_lightsail.model.service import parse
from pytest_lightsail.model.validator import request_validator
from tests.support.places import places, put
from tests.support.profiles import examples

quick = examples(75, among=50)

DEPLOYMENT: dict[str, Any] = {
    "containers": {
        "web": {
            "image": "nginx",
            "command": ["serve"],
            "environment": {"TOKEN": "hunter2"},
            "ports": {"80": "HTTP"},
        }
    },
    "publicEndpoint": {
        "containerName": "web",
        "containerPort": 80,
        "healthCheck": {
            "path": "/",
            "successCodes": "200-299",
            "timeoutSeconds": 2,
            "intervalSeconds": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
        },
    },
}
COMMON: dict[str, Any] = {
    "serviceName": "shop",
    "power": "nano",
    "scale": 1,
    "publicDomainNames": {"cert": ["example.com"]},
    "privateRegistryAccess": {"ecrImagePullerRole": {"isActive": True}},
}
FULL: dict[str, dict[str, Any]] = {
    "CreateContainerService": {
        **COMMON,
        "tags": [{"key": "team", "value": "a"}],
        "deployment": DEPLOYMENT,
    },
    "CreateContainerServiceDeployment": {"serviceName": "shop", **DEPLOYMENT},
    "UpdateContainerService": {**COMMON, "isDisabled": True},
    "DeleteContainerService": {"serviceName": "shop"},
    "GetContainerServices": {"serviceName": "shop"},
}
every_operation = pytest.mark.parametrize("operation", FULL)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)


PLACES = [(operation, path) for operation, full in FULL.items() for path in places(full)]


@every_operation
def test_a_request_with_every_member_is_accepted(validator, operation):
    assert validator.violations(operation, FULL[operation]) == ()


@pytest.mark.parametrize(
    ("operation", "path"),
    PLACES,
    ids=[f"{operation}-{show_path(path)}" for operation, path in PLACES],
)
def test_a_value_of_the_wrong_json_type_is_refused_at_its_path(validator, operation, path):
    valid = FULL[operation]
    for part in path:
        valid = valid[part]
    for value in ({"a": 1}, [1], "text", True, 1.5):
        if type(value) is not type(valid):
            found = validator.violations(operation, put(FULL[operation], path, value))
            assert [(one.rule.id, one.path) for one in found] == [("json.type", path)], value


@quick
@given(st.sampled_from(PLACES), json_values)
def test_any_json_value_at_any_place_is_accepted_or_refused(validator, place, value):
    operation, path = place
    for violation in validator.violations(operation, put(FULL[operation], path, value)):
        assert violation.message
        assert violation.tip


@quick
@given(st.sampled_from(sorted(FULL)), json_values)
def test_any_json_document_is_accepted_or_refused(validator, operation, value):
    found = validator.violations(operation, value)
    if not isinstance(value, dict):
        assert [one.rule.id for one in found] == ["json.type"]


# --- numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [True, False, 1.0, 1.5, "1", 1e3, float("inf"), 2**31, -(2**31) - 1]
)
def test_a_value_that_is_not_a_32_bit_integer_is_refused(broken, value):
    assert broken("UpdateContainerService", scale=value) == [("json.type", "scale")]


@pytest.mark.parametrize("value", [2**31 - 1, -(2**31)])
def test_a_32_bit_integer_has_the_right_type(broken, value):
    assert broken("UpdateContainerService", scale=value) == [("scale.range", "scale")]


@pytest.mark.parametrize("value", [0, 1, "true", "false", ""])
def test_a_value_that_is_not_a_boolean_is_refused(broken, value):
    assert broken("UpdateContainerService", isDisabled=value) == [("json.type", "isDisabled")]


def test_the_message_names_the_expected_and_the_found_type(validator):
    (violation,) = validator.violations(
        "UpdateContainerService", {"serviceName": "shop", "scale": "1"}
    )
    assert violation.message == "scale: expected a 32-bit integer, found a string"


@pytest.mark.parametrize(
    ("value", "name"),
    [(7, "a number"), (True, "a boolean"), ([], "an array"), ({}, "an object")],
)
def test_the_message_uses_the_json_names_of_types(validator, value, name):
    (violation,) = validator.violations("DeleteContainerService", {"serviceName": value})
    assert violation.message == f"serviceName: expected a string, found {name}"


def test_the_message_names_an_invalid_null(validator):
    request = {"serviceName": "shop", "containers": {"web": None}}
    (violation,) = validator.violations("CreateContainerServiceDeployment", request)
    assert violation.message == "containers.web: expected an object, found null"


def test_a_value_of_the_wrong_type_hides_other_violations(broken):
    found = broken("CreateContainerService", serviceName="!", scale="1", power="x")
    assert found == [("json.type", "scale")]


# --- members -----------------------------------------------------------------------------------------


@every_operation
def test_an_unknown_member_is_refused(validator, operation):
    found = validator.violations(operation, {**FULL[operation], "force": True})
    assert [(one.rule.id, one.path) for one in found] == [("json.unknown-member", ("force",))]


def test_an_unknown_nested_member_is_reported_with_its_path(container):
    assert container(memory=512) == [("json.unknown-member", "memory")]


def test_member_names_are_case_sensitive(broken):
    found = broken("UpdateContainerService", Scale=2)
    assert found == [("json.unknown-member", "Scale")]


def test_an_unknown_member_that_is_null_is_refused(broken):
    found = broken("UpdateContainerService", force=None)
    assert found == [("json.unknown-member", "force")]


@pytest.mark.parametrize("operation", sorted(set(FULL) - {"GetContainerServices"}))
@pytest.mark.parametrize("given", [{}, {"serviceName": None}], ids=["left out", "null"])
def test_a_missing_required_member_is_reported(validator, operation, given):
    found = validator.violations(operation, given)
    assert found[0].rule.id == "json.required"
    assert found[0].message == "These parameters are required: serviceName"


def test_an_optional_member_may_be_null(broken):
    found = broken("UpdateContainerService", power=None, scale=None, publicDomainNames=None)
    assert found == []


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("CreateContainerService", ("tags", 0)),
        ("CreateContainerService", ("publicDomainNames", "cert")),
        ("CreateContainerService", ("publicDomainNames", "cert", 0)),
        ("CreateContainerServiceDeployment", ("containers", "web")),
        ("CreateContainerServiceDeployment", ("containers", "web", "command", 0)),
        ("CreateContainerServiceDeployment", ("containers", "web", "environment", "TOKEN")),
        ("CreateContainerServiceDeployment", ("containers", "web", "ports", "80")),
    ],
)
def test_null_in_a_list_or_map_is_refused(validator, operation, path):
    found = validator.violations(operation, put(FULL[operation], path, None))
    assert [(one.rule.id, one.path) for one in found] == [("json.type", path)]


def test_an_unknown_operation_is_refused_with_a_suggestion(validator):
    with pytest.raises(ConfigurationError, match="did you mean 'CreateDisk'"):
        validator.violations("CreateUniverse", {})


def test_an_operation_without_input_accepts_only_an_empty_object():
    document = {"metadata": {}, "operations": {"ForgetThings": {}}, "shapes": {}}
    validator = request_validator(parse(document, source="a test"))
    assert validator.violations("ForgetThings", {}) == ()
    (violation,) = validator.violations("ForgetThings", {"anything": 1})
    assert violation.rule.id == "json.unknown-member"


def test_validation_does_not_change_the_request(validator):
    before = json.dumps(FULL)
    for operation, document in FULL.items():
        validator.violations(operation, document)
    assert json.dumps(FULL) == before
