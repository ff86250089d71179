"""The rules of the catalogue appear in JSON Schemas as keywords, with their ids."""

import pytest

from pytest_lightsail.model.schema import resolve, schema
from tests.support.json_schema import verdicts
from tests.support.models import NEWEST

CREATE = schema("CreateContainerService", "request", model=NEWEST)["$defs"]
HEALTH_CHECK = CREATE["ContainerServiceHealthCheckConfig"]["properties"]


def is_valid(part, value):
    """Return whether a part of the document accepts a value."""
    return verdicts({**part, "$defs": CREATE}, value)


def service_name(value):
    document = schema("DeleteContainerService", "request", model=NEWEST)
    return verdicts(document, {"serviceName": value})


@pytest.mark.parametrize("name", ["a", "ab", "a--b", "0", "a" * 63])
def test_a_valid_service_name_is_accepted(name):
    assert service_name(name) is True


@pytest.mark.parametrize(
    "name", ["ab!", "!ab", "ab\n", "My-service", "-ab", "ab-", "", "a" * 64, "a_b", "é", "\uff41"]
)
def test_an_invalid_service_name_is_refused(name):
    assert service_name(name) is False


def test_a_value_lists_the_ids_of_its_rules():
    assert CREATE["ContainerServiceName"]["x-rule"] == [
        "service-name.length",
        "service-name.pattern",
        "service.exists",
    ]


def test_a_range_rule_becomes_a_minimum_and_a_maximum():
    timeout = HEALTH_CHECK["timeoutSeconds"]

    assert (timeout["minimum"], timeout["maximum"]) == (2, 60)
    assert timeout["x-rule"] == ["health-check.timeout"]


def test_a_range_rule_without_a_maximum_keeps_the_maximum_of_the_type():
    assert is_valid(HEALTH_CHECK["healthyThreshold"], 2**31 - 1) is True
    assert is_valid(HEALTH_CHECK["healthyThreshold"], 2**31) is False


@pytest.mark.parametrize("port", ["1", "9", "10", "80", "8080", "59999", "65535"])
def test_a_valid_port_is_accepted_as_a_key(port):
    assert is_valid(CREATE["PortMap"]["propertyNames"], port) is True


@pytest.mark.parametrize(
    "port", ["0", "080", "65536", "99999", "-1", "1.0", "http", "", "80\n", "\uff18\uff10"]
)
def test_an_invalid_port_is_refused_as_a_key(port):
    assert is_valid(CREATE["PortMap"]["propertyNames"], port) is False


@pytest.mark.parametrize("codes", ["200", "499", "200-299", "200,301", "200-204,302"])
def test_valid_success_codes_are_accepted(codes):
    assert is_valid(HEALTH_CHECK["successCodes"], codes) is True


@pytest.mark.parametrize("codes", ["", "199", "500", "200,", "200 ,201", "2xx", "200-", "200\n"])
def test_invalid_success_codes_are_refused(codes):
    assert is_valid(HEALTH_CHECK["successCodes"], codes) is False


def test_two_patterns_of_one_value_must_both_match():
    key = CREATE["TagKey"]

    assert key["x-rule"] == ["tag.key-length", "tag.alphabet"]
    assert [one["x-rule"] for one in key["allOf"]] == [["tag.reserved-prefix"]]
    assert verdicts(CREATE["TagKey"], "AWS:x") is False
    assert verdicts(CREATE["TagKey"], "team#") is False
    assert verdicts(CREATE["TagKey"], "équipe rouge") is True


def test_a_member_that_only_the_catalogue_requires_is_required():
    assert CREATE["Container"]["required"] == ["image"]
    image = CREATE["Container"]["properties"]["image"]
    assert image["x-rule"] == ["container.image-required", "image.exists"]


def test_relations_are_listed_at_the_shape_to_which_they_apply():
    assert CREATE["ContainerServiceDeploymentRequest"]["x-rule"] == [
        "endpoint.container",
        "endpoint.port",
        "endpoint.protocol",
    ]


def test_every_rule_for_a_value_in_a_request_appears_in_a_schema():
    named = set()
    for operation in NEWEST.operations:
        named |= set(rule_ids(schema(operation, "request", model=NEWEST)))
    requests = shapes_of_requests()

    expected = {
        rule.id
        for target, rules in resolve(NEWEST).items()
        for rule in rules
        if target.split(".")[0].split("[")[0] in requests
    }
    assert named == expected


def test_an_open_response_schema_has_only_the_limits_of_the_model():
    health = schema("GetContainerServices", "response", model=NEWEST)["$defs"][
        "ContainerServiceHealthCheckConfig"
    ]

    assert health["properties"]["timeoutSeconds"] == {"$ref": "#/$defs/integer"}


def test_a_strict_response_schema_has_the_limits_of_the_catalogue_too():
    health = schema("GetContainerServices", "response", model=NEWEST, strict=True)["$defs"][
        "ContainerServiceHealthCheckConfig"
    ]

    assert health["properties"]["timeoutSeconds"]["maximum"] == 60


def test_a_response_may_have_tag_keys_with_the_reserved_prefix():
    key = schema("GetContainerServices", "response", model=NEWEST, strict=True)["$defs"]["TagKey"]

    assert verdicts(key, "aws:cloudformation:stack-name") is True


def rule_ids(part):
    if isinstance(part, dict):
        yield from part.get("x-rule", ())
        part = list(part.values())
    for inside in part:
        if isinstance(inside, (dict, list)):
            yield from rule_ids(inside)


def shapes_of_requests():
    waiting = [operation.input for operation in NEWEST.operations.values()]
    seen = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            shape = NEWEST.shapes[name]
            waiting += shape.parts.values()
    return seen
