"""Each invalid request breaks only the rule in its label, and is refused with the error in its label."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from pytest_lightsail import ConfigurationError
from pytest_lightsail import strategies as values
from pytest_lightsail.model.catalogue import RULES
from pytest_lightsail.model.rule import Kind
from pytest_lightsail.simulator.operations import OPERATIONS
from pytest_lightsail.strategies.values import cases
from tests.support.accounts import response_error
from tests.support.models import INSTALLED
from tests.support.profiles import THOROUGH, drawn, for_all

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"

NEVER_BROKEN = {
    "model.length": "only operations that are not simulated have such a member",
    "model.count": "only operations that are not simulated have such a member",
}
"""Maps each rule for requests that no invalid request breaks to the reason."""
BREAKABLE = {
    entry.id
    for entry in RULES
    if entry.kind not in {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA} and entry.id not in NEVER_BROKEN
}


def assert_refused(invalid: values.Invalid) -> None:
    """Check that a real client gets the error in the label."""
    assert response_error(invalid.operation, invalid.request) == (invalid.error, invalid.message)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_an_invalid_request_is_refused_with_the_error_in_its_label(operation):
    by_rule = {(case.rule, case.kind): case for case in reversed(cases(operation))}
    assert by_rule
    for case in by_rule.values():
        assert_refused(case)


def test_every_rule_for_requests_is_broken_by_an_invalid_request():
    assert {case.rule for each in OPERATIONS for case in cases(each)} == BREAKABLE


def test_every_member_of_a_simulated_request_can_be_invalid():
    for operation in OPERATIONS:
        shape = INSTALLED.shapes.get(INSTALLED.operations[operation].input or "")
        members = set() if shape is None else set(shape.members)
        assert {
            case.path.partition(".")[0].partition("[")[0] for case in cases(operation)
        } >= members


@pytest.mark.parametrize("kind", ["client", "service"])
def test_kind_selects_whether_the_client_or_the_service_refuses(kind):
    for invalid in drawn(values.invalid_requests(CREATE, kind=kind), 30):
        assert invalid.kind == kind
        assert (invalid.error == "ParamValidationError") is (kind == "client")


def test_both_kinds_are_drawn_by_default():
    assert {one.kind for one in drawn(values.invalid_requests(CREATE), 30)} == {"client", "service"}


def test_one_rule_can_be_broken_for_the_client_and_for_the_service():
    strategy = values.invalid_requests(CREATE, rules={"scale.range"})
    errors = {one.error for one in drawn(strategy, 30)}
    assert errors == {"ParamValidationError", "InvalidInputException"}


def test_only_the_named_rules_are_broken():
    named = {"scale.range", "power.values", "tags.unique-keys"}
    assert {one.rule for one in drawn(values.invalid_requests(CREATE, rules=named), 30)} == named


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "aws"}, "unknown kind 'aws'; expected one of client, service"),
        ({"rules": {"scale.rnage"}}, "the rule 'scale.rnage'; .* did you mean 'scale.range'"),
        ({"rules": "scale.range"}, r"expected a set, such as \{'scale.range'\}"),
        ({"rules": {"image.digest"}}, "can break the rule 'image.digest'; expected one of .*image"),
        (
            {"kind": "client", "rules": {"power.values"}},
            r"matches rules=\['power.values'\] and kind='client'",
        ),
        ({"rules": ()}, r"matches rules=\[\] and kind=None"),
    ],
)
def test_an_invalid_argument_is_refused_before_drawing(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        values.invalid_requests(CREATE, **arguments)


def test_an_operation_that_is_not_simulated_has_no_invalid_requests():
    with pytest.raises(
        ConfigurationError, match="the account does not simulate the operation 'CreateInstances'"
    ):
        values.invalid_requests("CreateInstances")


# --- values ------------------------------------------------------------------------------------------

NAMES = [name for name in values.__all__ if name.startswith("invalid_") and "requests" not in name]


@pytest.mark.parametrize("name", NAMES)
def test_a_request_with_an_invalid_value_is_refused_with_the_error_in_its_label(name):
    def check(invalid):
        value = str(invalid.value) if name == "invalid_ports" else invalid.value
        assert contains(invalid.request, value)
        assert_refused(invalid)

    for_all(getattr(values, name)(), 3, check)


def contains(document: object, value: object) -> bool:
    """Return whether a document contains a value or a key at any depth."""
    if type(document) is type(value) and document == value:
        return True
    if isinstance(document, dict):
        return any(contains(one, value) for pair in document.items() for one in pair)
    return isinstance(document, list) and any(contains(one, value) for one in document)


def test_every_strategy_for_valid_values_has_an_invalid_counterpart():
    valid = {name for name in values.__all__ if isinstance(strategy(name), st.SearchStrategy)}
    valid -= {"scenarios"}  # a scenario is not an argument of a request
    assert {f"invalid_{name}" for name in valid} == set(NAMES)


def strategy(name: str) -> object:
    no_values = name.startswith("invalid_") or name == "Invalid"
    if no_values or name == "requests" or name not in values.__all__:
        return None
    try:
        return getattr(values, name)()
    except TypeError:
        return None


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_for_invalid_values_accepts_rules_and_kind(name):
    (first, *_) = drawn(getattr(values, name)(), 1)
    narrowed = getattr(values, name)(rules={first.rule}, kind=first.kind)
    assert {(one.rule, one.kind) for one in drawn(narrowed, 5)} == {(first.rule, first.kind)}


def test_an_invalid_value_may_lack_any_required_member():
    required = {"containerName", "containerPort"}
    found = drawn(values.invalid_public_endpoints(rules={"json.required"}), 30)
    assert {frozenset(required - one.value.keys()) for one in found} == {
        frozenset({name}) for name in required
    }


def test_too_many_domains_are_drawn_for_one_or_several_certificates():
    found = drawn(values.invalid_requests(CREATE, rules={"domains.count"}), 30)
    certificates = {len(one.value["publicDomainNames"]) for one in found}
    assert min(certificates) == 1
    assert max(certificates) > 4


def test_0_and_1_are_drawn_as_invalid_booleans():
    strategy = values.invalid_requests("UpdateContainerService", rules={"json.type"})
    found = [one.value.get("isDisabled") for one in drawn(strategy, 200)]
    assert {one for one in found if type(one) is int} == {0, 1}


def test_a_rule_that_the_strategy_cannot_break_is_refused_before_drawing():
    with pytest.raises(
        ConfigurationError, match=r"the rule 'scale.range'; expected one of json.type, power.values"
    ):
        values.invalid_powers(rules={"scale.range"})


@pytest.mark.parametrize("collection", [list, tuple, frozenset, dict.fromkeys])
def test_rules_may_be_any_collection(collection):
    rules = collection(["scale.range"])
    assert values.invalid_scales(rules=rules) is values.invalid_scales(rules={"scale.range"})


@pytest.mark.skipif(not THOROUGH, reason="only with HYPOTHESIS_PROFILE=thorough")
def test_a_thorough_run_tries_at_least_1000_examples():
    found = []
    for_all(values.invalid_scales(), 1, found.append)
    assert len(found) >= 1000


def test_changing_a_drawn_request_does_not_affect_later_draws():
    def change(value: object) -> None:
        if isinstance(value, dict):
            for each in list(value.values()):
                change(each)
            value["changed"] = "yes"

    def check(invalid: values.Invalid) -> None:
        assert "changed" not in repr(invalid.request)
        change(invalid.request)

    for_all(values.invalid_requests(DEPLOY), 100, check)
