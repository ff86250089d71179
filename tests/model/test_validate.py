"""``validate`` lists all violations: the place, the rule, the value, and the allowed values."""

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
    """A copy of a document with another value at a path of names."""
    document = copy.deepcopy(document)
    *parents, last = path.split(".")
    inside = document
    for name in parents:
        inside = inside[name]
    inside[last] = value
    return document


def broken(document, operation=CREATE, direction="request", **options):
    """The violations found, as pairs of path and rule."""
    with pytest.raises(ContractViolationError) as refused:
        validate(operation, direction, document, model=NEWEST, **options)
    return [(show_path(one.path), one.rule.id) for one in refused.value.violations]


def test_a_right_request_passes():
    validate(CREATE, "request", REQUEST, model=NEWEST)


@pytest.mark.parametrize("strict", [True, False])
def test_a_right_response_passes(strict):
    validate(CREATE, "response", RESPONSE, model=NEWEST, strict=strict)


def test_the_installed_model_is_what_is_meant_without_another():
    validate(CREATE, "request", REQUEST)


def test_a_violation_is_an_error_of_this_library_and_a_value_error():
    assert issubclass(ContractViolationError, PytestLightsailError)
    assert issubclass(ContractViolationError, ValueError)


@pytest.mark.parametrize("name", ["a", "ab", "a--b", "0", "a" * 63])
def test_service_names_that_are_accepted(name):
    assert accepts("DeleteContainerService", "request", {"serviceName": name}, model=NEWEST)


@pytest.mark.parametrize("name", ["ab!", "!ab", "ab\n", "My-service", "-ab", "ab-", "", "a" * 64])
def test_service_names_that_are_refused(name):
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
def test_a_request_with_one_thing_wrong_breaks_one_rule(path, value, where, rule):
    assert broken(changed(REQUEST, path, value)) == [(where or path, rule)]


def test_everything_wrong_is_listed():
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
def test_a_document_that_is_no_object_is_said_to_be_none(document):
    assert broken(document) == [("", "json.type")]


def test_the_message_says_where_which_rule_what_was_found_and_what_is_allowed():
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


def test_values_of_the_environment_are_not_shown():
    request = changed(REQUEST, "deployment.containers.web.environment.TOKEN", ["hunter2"])
    request["deployment"]["containers"]["web"]["Environment"] = {"TOKEN": "hunter2"}

    with pytest.raises(ContractViolationError) as refused:
        validate(CREATE, "request", request, model=NEWEST)

    assert "hunter2" not in str(refused.value)
    assert "environment.TOKEN: json.type: found an array" in str(refused.value)


def test_values_that_the_model_calls_sensitive_are_masked():
    model = one_shape({"type": "string", "max": 3, "sensitive": True})

    with pytest.raises(
        ContractViolationError, match=r"found \"\*\*\* \(7 characters\)\""
    ) as refused:
        validate("Do", "request", {"it": "hunter2"}, model=model)
    assert "hunter2" not in refused.value.violations[0].message


@pytest.mark.parametrize("name", ["password", "masterUserPassword", "secretKey", "accessKeyId"])
def test_members_that_are_named_as_credentials_are_masked(name):
    shape = {"type": "structure", "members": {name: {"shape": "Short"}}}
    model = one_shape(shape, Short={"type": "string", "max": 3})

    with pytest.raises(ContractViolationError) as refused:
        validate("Do", "request", {"it": {name: "hunter2"}}, model=model)
    assert "hunter2" not in str(refused.value)


def test_everything_inside_something_secret_is_masked():
    shape = {"type": "list", "member": {"shape": "Short"}, "sensitive": True}
    model = one_shape(shape, Short={"type": "string", "max": 3})

    with pytest.raises(ContractViolationError) as refused:
        validate("Do", "request", {"it": ["hunter2"]}, model=model)
    assert "hunter2" not in str(refused.value)


def test_an_open_response_passes_with_members_values_and_nulls_that_are_new():
    response = changed(RESPONSE, "containerService.state", "MELTING")
    response = changed(response, "containerService.nextDeployment", None)
    response["containerService"]["mood"] = "fine"

    validate(CREATE, "response", response, model=NEWEST)


def test_a_strict_response_has_none_of_these():
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


def test_relations_have_nothing_to_say_of_what_cannot_be_read():
    request = changed(REQUEST, "deployment.publicEndpoint.containerName", ["web"])

    assert broken(request) == [("deployment.publicEndpoint.containerName", "json.type")]


def test_a_violation_survives_the_way_between_processes():
    with pytest.raises(ContractViolationError) as refused:
        validate(CREATE, "request", {}, model=NEWEST)

    copied = pickle.loads(pickle.dumps(refused.value))  # noqa: S301
    assert str(copied) == str(refused.value)
    assert copied.violations == refused.value.violations


# --- values that have no end, or many members ----------------------------------------------------

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
def test_a_value_that_is_nested_without_end_is_refused(made):
    model, value = one_shape(ENDLESS_SHAPE, Text={"type": "string"}), made()
    with pytest.raises(ContractViolationError, match="at most 50 levels"):
        validate("Do", "request", {"it": value}, model=model)
    assert not accepts("Do", "request", {"it": value}, model=model)


def test_a_value_with_many_members_is_checked_whole():
    model = one_shape(ENDLESS_SHAPE, Text={"type": "string"})
    wide = {str(number): number for number in range(10_000)}
    with pytest.raises(ContractViolationError) as caught:
        validate("Do", "request", {"it": wide}, model=model)
    assert len(caught.value.violations) == 10_000


@pytest.mark.parametrize("key", [None, b"web", (1, 2)])
def test_a_key_that_is_no_text_is_an_unknown_member(key):
    for document in (
        {"serviceName": "shop", key: 1},
        {"serviceName": "shop", "containers": {key: {}}},
    ):
        with pytest.raises(ContractViolationError, match="json"):
            validate("CreateContainerServiceDeployment", "request", document)
