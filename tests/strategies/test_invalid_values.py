"""Invalid values: one rule broken, and exactly the error that the label says."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import find, given, settings

from pytest_lightsail import Certificate, ConfigurationError, Lightsail, simulate
from pytest_lightsail import strategies as values
from pytest_lightsail.contract.validator import request_validator
from pytest_lightsail.contract.wire_values import on_the_wire
from pytest_lightsail.model.rule import Kind
from pytest_lightsail.model.rules import RULES
from pytest_lightsail.model.service import load
from pytest_lightsail.strategies import Invalid
from pytest_lightsail.strategies.invalid_values import PLACES

from .conftest import examples

FAMILY = [
    "CreateCertificate",
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "GetContainerLog",
    "RegisterContainerImage",
    "TagResource",
    "UpdateContainerService",
]
BY_INPUT = [entry.id for entry in RULES if entry.kind not in {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}]
NEVER_ALONE = {
    # More certificates than are allowed have more domain names than are allowed.
    "domains.certificates",
}
ELSEWHERE = {
    # Constraints of the model on shapes that only other operations have.
    "model.enum",
    "model.pattern",
    "model.length",
    "model.range",
    "model.count",
}


def refused(lightsail: Lightsail, invalid: Invalid) -> tuple[str, str]:
    """The name and the text of the error that a real client raises."""
    client = lightsail.client()
    try:
        client._make_api_call(invalid.operation, invalid.request)
    except ParamValidationError as error:
        return "ParamValidationError", str(error)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"accepted: {invalid!r}")


@pytest.mark.parametrize("name", PLACES)
def test_every_value_is_refused_with_the_error_of_its_label(name: str) -> None:
    with simulate() as lightsail:

        @examples(60)
        @given(getattr(values, f"invalid_{name}")())
        def refused_so(invalid: Invalid) -> None:
            assert refused(lightsail, invalid) == (invalid.error.name, invalid.error.message)

        refused_so()


@pytest.mark.parametrize("operation", FAMILY)
def test_every_request_is_refused_with_the_error_of_its_label(operation: str) -> None:
    with simulate() as lightsail:

        @examples(60)
        @given(values.invalid_requests(operation))
        def refused_so(invalid: Invalid) -> None:
            assert refused(lightsail, invalid) == (invalid.error.name, invalid.error.message)

        refused_so()


@pytest.mark.parametrize("operation", FAMILY)
def test_one_rule_is_broken_and_no_more(operation: str) -> None:
    validator = request_validator(load())

    @examples(60)
    @given(values.invalid_requests(operation))
    def alone(invalid: Invalid) -> None:
        found = validator.violations(operation, on_the_wire(invalid.request))
        assert [one.rule.id for one in found] == [invalid.rule]

    alone()


@pytest.mark.parametrize("rule_id", [one for one in BY_INPUT if one not in NEVER_ALONE | ELSEWHERE])
def test_every_rule_that_input_can_break_is_reached(rule_id: str) -> None:
    reached = []
    for operation in FAMILY:
        try:
            strategy = values.invalid_requests(operation, rules={rule_id})
        except ConfigurationError:
            continue
        reached.append(find(strategy, lambda invalid: True).rule)
    assert reached
    assert set(reached) == {rule_id}


@pytest.mark.parametrize(
    ("rule_id", "operation"),
    [
        ("model.enum", "GetContainerServiceMetricData"),
        ("model.pattern", "CreateInstances"),
        ("model.length", "GetSetupHistory"),
        ("model.range", "GetContainerServiceMetricData"),
        ("model.count", "GetSetupHistory"),
    ],
)
def test_constraints_of_the_model_alone_are_reached_where_it_has_them(
    rule_id: str, operation: str
) -> None:
    if operation not in load().operations:
        pytest.skip(f"this botocore has no {operation}")
    try:
        strategy = values.invalid_requests(operation, rules={rule_id})
    except ConfigurationError:
        pytest.skip(f"{operation} has no such constraint in this botocore")
    assert find(strategy, lambda invalid: True).rule == rule_id


# --- selected ----------------------------------------------------------------------------------------


@given(values.invalid_requests("CreateContainerService", refused_by="client"))
@settings(deadline=None)
def test_what_the_client_refuses_never_leaves_the_process(invalid: Invalid) -> None:
    assert (invalid.refused_by, invalid.error.name) == ("client", "ParamValidationError")


@given(values.invalid_requests("CreateContainerService", under="deployment.publicEndpoint"))
@settings(deadline=None)
def test_only_a_part_of_a_request_is_broken_when_asked(invalid: Invalid) -> None:
    assert invalid.path.startswith("deployment")


def test_a_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no rule scale.limit"):
        values.invalid_scales(rules={"scale.limit"})


def test_a_rule_that_does_not_apply_names_those_that_do() -> None:
    with pytest.raises(ConfigurationError, match=r"its rules are .*scale\.range"):
        values.invalid_requests("CreateContainerService", rules={"label.pattern"})


# --- labels ------------------------------------------------------------------------------------------


def test_a_label_reads_like_a_sentence() -> None:
    invalid = find(values.invalid_scales(rules={"scale.range"}), lambda found: found.value > 0)
    assert str(invalid) == "CreateContainerService: scale breaks scale.range"
    assert invalid.value == 21


def test_a_label_does_not_show_the_request_with_its_environment() -> None:
    invalid = find(
        values.invalid_requests("CreateContainerServiceDeployment", rules={"protocol.values"}),
        lambda found: True,
    )
    assert "request=" not in repr(invalid).replace("value=", "")


@pytest.mark.parametrize(
    ("strategy", "minimal"),
    [
        (values.invalid_service_names(rules={"service-name.pattern"}), "A"),
        (values.invalid_service_names(rules={"service-name.length"}), "a" * 64),
        (values.invalid_powers(rules={"power.values"}), "NANO"),
        (values.invalid_ports(), "65536"),
        (values.invalid_container_names(rules={"container-name.pattern"}), "A"),
        (values.invalid_image_references(rules={"image.own-service"}), ":a2.web.1"),
        (values.invalid_success_codes(rules={"health-check.success-codes-order"}), "201-200"),
    ],
    ids=repr,
)
def test_counter_examples_shrink_to_the_plainest(strategy: Any, minimal: Any) -> None:
    assert find(strategy, lambda invalid: True).value == minimal


# --- what people send --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typical",
    [
        lambda text: text.isupper(),
        lambda text: text.endswith("\n"),
        lambda text: text.endswith(" "),
        lambda text: text.startswith("-"),
        lambda text: text.startswith(":"),
        lambda text: "_" in text,
        lambda text: "\x00" in text,
        lambda text: not text.isascii(),
    ],
    ids=[
        "upper case",
        "newline",
        "space",
        "hyphen",
        "colon",
        "underscore",
        "control",
        "look-alike",
    ],
)
def test_typical_mistakes_are_among_them(typical: Any) -> None:
    strategy = values.invalid_service_names(rules={"service-name.pattern"})
    assert find(strategy, lambda invalid: typical(invalid.value))


def test_the_places_of_a_request_have_their_turn() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=600, deadline=None, database=None, derandomize=True)
    @given(values.invalid_requests("CreateContainerServiceDeployment"))
    def collect(invalid: Invalid) -> None:
        seen[invalid.rule] += 1

    collect()
    assert len(seen) >= 18, seen


def test_a_certificate_is_not_needed_for_a_refusal() -> None:
    # A request that is wrong by itself is refused before the account is asked.
    with simulate() as lightsail:
        lightsail.certificates["site"] = Certificate(("www.example.com",))
        invalid = find(values.invalid_public_domain_names(), lambda found: True)
        assert refused(lightsail, invalid)[0] == invalid.error.name
