"""``validate`` lists all violations: the path, the rule, the found value and the allowed values."""

import copy
import pickle

import pytest

from pytest_lightsail.exceptions import (
    ConfigurationError,
    ContractViolationError,
    PytestLightsailError,
)
from pytest_lightsail.model.rule import show_path
from pytest_lightsail.model.validator import accepts, validate
from tests.support.examples import REQUEST, RESPONSE
from tests.support.models import NEWEST, one_shape

CREATE = "CreateContainerService"
HEALTH = "deployment.publicEndpoint.healthCheck"
SAME = ""


def changed(document, path, value):
    """Return a copy of a document with another value at a dotted path."""
    document = copy.deepcopy(document)
    *parents, last = path.split(".")
    inside = document
    for name in parents:
        inside = inside[name]
    inside[last] = value
    return document


def broken(document, operation=CREATE, direction="request", **options):
    """Return the violations of a document as pairs of path and rule."""
    with pytest.raises(ContractViolationError) as refused:
        validate(operation, direction, document, model=NEWEST, **options)
    return [(show_path(one.path), one.rule.id) for one in refused.value.violations]


def test_a_valid_request_passes():
    validate(CREATE, "request", REQUEST, model=NEWEST)


@pytest.mark.parametrize("strict", [True, False])
def test_a_valid_response_passes(strict):
    validate(CREATE, "response", RESPONSE, model=NEWEST, strict=strict)


def test_the_installed_model_is_the_default():
    validate(CREATE, "request", REQUEST)


def test_a_contract_violation_is_an_error_of_this_package_and_a_value_error():
    assert issubclass(ContractViolationError, PytestLightsailError)
    assert issubclass(ContractViolationError, ValueError)


@pytest.mark.parametrize("name", ["a", "ab", "a--b", "0", "a" * 63])
def test_a_valid_service_name_is_accepted(name):
    assert accepts("DeleteContainerService", "request", {"serviceName": name}, model=NEWEST)


@pytest.mark.parametrize("name", ["ab!", "!ab", "ab\n", "My-service", "-ab", "ab-", "", "a" * 64])
def test_an_invalid_service_name_is_refused(name):
    request = {"serviceName": name}

    assert not accepts("DeleteContainerService", "request", request, model=NEWEST)
    assert {path for path, _ in broken(request, "DeleteContainerService")} == {"serviceName"}


@pytest.mark.parametrize(
    ("path", "value", "where", "rule"),
    [
        ("scale", 21, SAME, "scale.range"),
        ("scale", "2", SAME, "json.type"),
        ("scale", True, SAME, "json.type"),
        ("scale", 2**31, SAME, "json.type"),
        ("power", "Nano", SAME, "power.values"),
        ("power", None, SAME, "json.type"),
        ("Scale", 1, SAME, "json.unknown-member"),
        ("tags", [{"value": "x"}], "tags[0].key", "tag.key-required"),
        ("tags", [{"key": "aws:x"}], "tags[0].key", "tag.reserved-prefix"),
        ("tags", [{"key": "a"}, {"key": "a"}], "tags[1].key", "tags.unique-keys"),
        (
            "publicDomainNames.cert",
            ["*.example.com"],
            "publicDomainNames.cert[0]",
            "domain.pattern",
        ),
        ("publicDomainNames.cert", ["a.de"] * 5, "publicDomainNames", "domains.count"),
        ("deployment.containers.web.ports.http", "HTTP", SAME, "port.range"),
        ("deployment.containers.web.image", ":other.web.1", SAME, "image.reference"),
        ("deployment.publicEndpoint.containerName", "db", SAME, "endpoint.container"),
        ("deployment.publicEndpoint.containerPort", 81, SAME, "endpoint.port"),
        ("deployment.publicEndpoint.containerPort", 9000, SAME, "endpoint.protocol"),
        (f"{HEALTH}.timeoutSeconds", 61, SAME, "health-check.timeout"),
        (f"{HEALTH}.successCodes", "299-200", SAME, "health-check.success-codes-order"),
    ],
)
def test_a_request_with_one_invalid_value_breaks_one_rule(path, value, where, rule):
    assert broken(changed(REQUEST, path, value)) == [(where or path, rule)]


def test_all_violations_are_listed():
    request = {"power": "huge", "scale": 0, "tags": [{"key": ""}, 1], "extra": 1}

    assert broken(request) == [
        ("serviceName", "json.required"),
        ("power", "power.values"),
        ("scale", "scale.range"),
        ("tags[0].key", "tag.key-length"),
        ("tags[1]", "json.type"),
        ("extra", "json.unknown-member"),
    ]


@pytest.mark.parametrize("document", [None, [], "{}", 1, True])
def test_a_document_that_is_not_an_object_has_the_wrong_type(document):
    assert broken(document) == [("", "json.type")]


def test_the_message_shows_the_path_rule_found_value_and_allowed_values():
    with pytest.raises(ContractViolationError) as refused:
        validate(CREATE, "request", {**REQUEST, "scale": 21, "power": 1, "size": 1}, model=NEWEST)

    members = ", ".join(sorted(REQUEST))
    assert str(refused.value).splitlines() == [
        "CreateContainerService request breaks 3 rules",
        "  power: json.type: found a number, allowed: a string",
        "  scale: scale.range: found 21, allowed: 1 to 20",
        f"  size: json.unknown-member: found an unknown member, allowed: one of {members}",
    ]


def test_the_limit_of_a_relation_is_shown():
    request = {**REQUEST, "publicDomainNames": {"cert": ["a.example.com"] * 5}}
    with pytest.raises(ContractViolationError, match="found 5, allowed: at most 4"):
        validate("CreateContainerService", "request", request)


def test_values_of_environment_variables_are_not_shown():
    request = changed(REQUEST, "deployment.containers.web.environment.TOKEN", ["hunter2"])
    request["deployment"]["containers"]["web"]["Environment"] = {"TOKEN": "hunter2"}

    with pytest.raises(ContractViolationError) as refused:
        validate(CREATE, "request", request, model=NEWEST)

    assert "hunter2" not in str(refused.value)
    assert "environment.TOKEN: json.type: found an array" in str(refused.value)


def test_values_that_the_model_marks_as_sensitive_are_masked():
    model = one_shape({"type": "string", "max": 3, "sensitive": True})

    with pytest.raises(
        ContractViolationError, match=r"found \"\*\*\* \(7 characters\)\""
    ) as refused:
        validate("Do", "request", {"it": "hunter2"}, model=model)
    assert "hunter2" not in refused.value.violations[0].message


@pytest.mark.parametrize("name", ["password", "masterUserPassword", "secretKey", "accessKeyId"])
def test_members_with_the_names_of_credentials_are_masked(name):
    shape = {"type": "structure", "members": {name: {"shape": "Short"}}}
    model = one_shape(shape, Short={"type": "string", "max": 3})

    with pytest.raises(ContractViolationError) as refused:
        validate("Do", "request", {"it": {name: "hunter2"}}, model=model)
    assert "hunter2" not in str(refused.value)


def test_everything_inside_a_sensitive_value_is_masked():
    shape = {"type": "list", "member": {"shape": "Short"}, "sensitive": True}
    model = one_shape(shape, Short={"type": "string", "max": 3})

    with pytest.raises(ContractViolationError) as refused:
        validate("Do", "request", {"it": ["hunter2"]}, model=model)
    assert "hunter2" not in str(refused.value)


def test_an_open_response_may_have_new_members_new_values_and_nulls():
    response = changed(RESPONSE, "containerService.state", "MELTING")
    response = changed(response, "containerService.nextDeployment", None)
    response["containerService"]["mood"] = "fine"

    validate(CREATE, "response", response, model=NEWEST)


def test_a_strict_response_may_not_have_new_members_new_values_or_nulls():
    response = changed(RESPONSE, "containerService.state", "MELTING")
    response = changed(response, "containerService.nextDeployment", None)
    response["containerService"]["mood"] = "fine"

    assert broken(response, direction="response", strict=True) == [
        ("containerService.nextDeployment", "json.type"),
        ("containerService.state", "model.enum"),
        ("containerService.mood", "json.unknown-member"),
    ]


def test_an_unknown_operation_is_refused():
    with pytest.raises(ConfigurationError, match="no operation 'Fly'"):
        validate("Fly", "request", {}, model=NEWEST)


def test_relations_ignore_values_of_the_wrong_type():
    request = changed(REQUEST, "deployment.publicEndpoint.containerName", ["web"])

    assert broken(request) == [("deployment.publicEndpoint.containerName", "json.type")]


def test_a_contract_violation_error_can_be_pickled():
    with pytest.raises(ContractViolationError) as refused:
        validate(CREATE, "request", {}, model=NEWEST)

    copied = pickle.loads(pickle.dumps(refused.value))  # noqa: S301
    assert str(copied) == str(refused.value)
    assert copied.violations == refused.value.violations


# --- endless and large values --------------------------------------------------------------------

ENDLESS_SHAPE = {
    "type": "structure",
    "members": {"a": {"shape": "It"}, "b": {"shape": "Text"}},
}


def circular():
    value = {"b": "x"}
    value["a"] = value
    return value


def deep():
    outside = inside = {}
    for _ in range(100_000):
        inside["a"] = inside = {}
    return outside


@pytest.mark.parametrize("made", [circular, deep])
def test_a_circular_or_deeply_nested_value_is_refused(made):
    model, value = one_shape(ENDLESS_SHAPE, Text={"type": "string"}), made()
    with pytest.raises(ContractViolationError, match="at most 50 levels"):
        validate("Do", "request", {"it": value}, model=model)
    assert not accepts("Do", "request", {"it": value}, model=model)


def test_all_members_of_a_large_value_are_checked():
    model = one_shape(ENDLESS_SHAPE, Text={"type": "string"})
    wide = {str(number): number for number in range(10_000)}
    with pytest.raises(ContractViolationError) as caught:
        validate("Do", "request", {"it": wide}, model=model)
    assert len(caught.value.violations) == 10_000


@pytest.mark.parametrize("key", [None, b"web", (1, 2)])
def test_a_key_that_is_not_a_string_is_refused(key):
    for document in (
        {"serviceName": "shop", key: 1},
        {"serviceName": "shop", "containers": {key: {}}},
    ):
        with pytest.raises(ContractViolationError, match="json"):
            validate("CreateContainerServiceDeployment", "request", document)
