"""Invalid requests: each breaks the rule of its label, alone, and is refused as the label says."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from pytest_lightsail import ConfigurationError
from pytest_lightsail import strategies as values
from pytest_lightsail.model.catalogue import RULES, rule
from pytest_lightsail.model.rule import Kind
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS, OPERATIONS
from pytest_lightsail.strategies.invalid import Selection, invalid_at, locations_of
from pytest_lightsail.strategies.mutations import CLIENT, SERVICE
from tests.support.accounts import answer
from tests.support.models import INSTALLED
from tests.support.profiles import THOROUGH, drawn, for_all

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"

BEYOND_INPUT = {
    "certificate.issued": "the status of a certificate, which the request only names",
    "certificate.unused": "a service that the certificate is attached to",
    **dict.fromkeys(
        (
            "domain.known",
            "domain.name-free",
            "domain.region",
            "domain-entry.known",
            "operation.exists",
        ),
        "domains and operations, which no strategy prepares",
    ),
    "domain.one-service": "another service that has the domain name already",
    "image.unused": "what a deployment runs",
    "registry.needs-service": "an account without services: the request has no members",
}
"""Rules of kind ACCOUNT that no request breaks by itself, and what decides them."""
BREAKABLE = sorted(
    entry.id
    for entry in RULES
    if entry.kind not in {Kind.STATE, Kind.QUOTA} and entry.id not in BEYOND_INPUT
)


def exactly(invalid: values.Invalid) -> None:
    """A real client is refused as the label says, and not once the rule is kept."""
    operation, needs = invalid.operation, invalid.needs
    assert answer(operation, invalid.request, needs) == invalid.error
    assert answer(operation, invalid.repaired, needs) is None


@pytest.mark.parametrize("operation", sorted(CONTAINER_OPERATIONS))
def test_an_invalid_request_is_refused_as_its_label_says(operation):
    for_all(values.invalid_requests(operation), 4, exactly)


@pytest.mark.parametrize("operation", sorted(INSTALLED.operations.keys() - OPERATIONS))
def test_so_is_one_of_an_operation_that_is_not_simulated(operation):
    if locations_of(Selection(operation), None):
        for_all(values.invalid_requests(operation), 1, exactly, among=len(INSTALLED.operations))


@pytest.mark.parametrize("rule_id", BREAKABLE)
def test_every_rule_that_input_can_break_is_broken(rule_id):
    operation = next(
        (
            each
            for each in (*OPERATIONS, *INSTALLED.operations)
            if locations_of(Selection(each), {rule_id})
        ),
        None,
    )
    assert operation is not None
    reached = set()

    def alone(invalid):
        reached.add(invalid.rule)
        exactly(invalid)

    for_all(values.invalid_requests(operation, rules={rule_id}), 1, alone, among=len(BREAKABLE))
    assert reached == {rule_id}


def test_the_rules_that_input_cannot_break_are_of_the_account_and_named():
    assert {rule(rule_id).kind for rule_id in BEYOND_INPUT} == {Kind.ACCOUNT}
    assert not any(
        locations_of(Selection(operation), set(BEYOND_INPUT)) for operation in INSTALLED.operations
    )


@pytest.mark.parametrize("operation", sorted(CONTAINER_OPERATIONS))
@pytest.mark.parametrize("kind", [CLIENT, SERVICE])
def test_every_place_of_a_request_can_be_broken_by_itself(operation, kind):
    sites = locations_of(Selection(operation, kind=kind), None)
    for site in sites:

        def there(invalid, site=site):
            assert (invalid.rule, invalid.kind) == (site.rule.id, kind)
            # As text, for True is 1.
            assert repr(invalid.request) != repr(invalid.repaired)

        strategy = invalid_at(Selection(operation, kind=kind), (site,))
        for_all(strategy, 1, there, among=len(sites))


@pytest.mark.parametrize("kind", [CLIENT, SERVICE])
def test_the_kinds_are_kept_apart(kind):
    for invalid in drawn(values.invalid_requests(CREATE, kind=kind), 30):
        assert invalid.kind == kind
        assert (invalid.error.name == "ParamValidationError") is (kind == CLIENT)


def test_what_is_refused_is_of_either_kind_if_none_is_asked_for():
    assert {one.kind for one in drawn(values.invalid_requests(CREATE), 30)} == {CLIENT, SERVICE}


def test_one_rule_can_be_broken_for_botocore_and_for_the_service():
    strategy = values.invalid_requests(CREATE, rules={"scale.range"})
    errors = {one.error.name for one in drawn(strategy, 30)}
    assert errors == {"ParamValidationError", "InvalidInputException"}


def test_rules_narrow_to_those_that_are_named():
    named = {"scale.range", "power.values", "tags.unique-keys"}
    assert {one.rule for one in drawn(values.invalid_requests(CREATE, rules=named), 30)} == named


def test_a_member_narrows_to_what_lies_below_it():
    found = drawn(values.invalid_requests(DEPLOY, under="publicEndpoint.healthCheck"), 30)
    assert all(one.path.startswith("publicEndpoint.healthCheck") for one in found)
    assert len({one.path for one in found}) > 3


def test_an_image_is_found_below_any_member_that_holds_it():
    for under in ("deployment", "deployment.containers"):
        found = drawn(values.invalid_requests(CREATE, rules={"image.reference"}, under=under), 5)
        assert all(one.path.startswith("deployment.containers.") for one in found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "aws"}, "kind is one of 'client', 'service', 'deployment', not 'aws'"),
        ({"rules": {"scale.rnage"}}, "no rule scale.rnage; .* did you mean 'scale.range'"),
        ({"rules": "scale.range"}, r"rules is a set of ids, such as \{'scale.range'\}"),
        ({"rules": {"image.digest"}}, "no rule of CreateContainerService matches"),
        ({"kind": "client", "rules": {"power.values"}}, "matches these arguments"),
        ({"under": "scales"}, "its rules are none"),
    ],
)
def test_a_wrong_argument_is_refused_when_it_is_given(arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        values.invalid_requests(CREATE, **arguments)


# --- values ------------------------------------------------------------------------------------------

NAMES = [name for name in values.__all__ if name.startswith("invalid_") and "requests" not in name]


@pytest.mark.parametrize("name", NAMES)
def test_an_invalid_value_is_in_its_request_which_is_refused_as_the_label_says(name):
    def in_it(invalid):
        value = str(invalid.value) if name == "invalid_ports" else invalid.value
        assert holds(invalid.request, value)
        exactly(invalid)

    for_all(getattr(values, name)(), 3, in_it)


def holds(document: object, value: object) -> bool:
    """Whether a value is anywhere in a document, as a key too."""
    if type(document) is type(value) and document == value:
        return True
    if isinstance(document, dict):
        return any(holds(one, value) for pair in document.items() for one in pair)
    return isinstance(document, list) and any(holds(one, value) for one in document)


def test_every_valid_value_has_an_invalid_counterpart():
    valid = {name for name in values.__all__ if isinstance(strategy(name), st.SearchStrategy)}
    valid -= {"scenarios"}  # what the service does is not for the caller to get wrong
    assert {f"invalid_{name}" for name in valid} == set(NAMES)


def strategy(name: str) -> object:
    no_values = name.startswith("invalid_") or name in {"Expected", "Invalid", "Needs"}
    if no_values or name in {"needs_of", "requests", "responses"} or name not in values.__all__:
        return None
    try:
        return getattr(values, name)()
    except TypeError:
        return None


@pytest.mark.parametrize("name", NAMES)
def test_an_invalid_value_takes_rules_and_kind(name):
    (first, *_) = drawn(getattr(values, name)(), 1)
    narrowed = getattr(values, name)(rules={first.rule}, kind=first.kind)
    assert {(one.rule, one.kind) for one in drawn(narrowed, 5)} == {(first.rule, first.kind)}


def test_a_value_may_lack_a_member_that_it_must_have():
    required = {"containerName", "containerPort"}
    found = drawn(values.invalid_public_endpoints(rules={"json.required"}), 30)
    assert {frozenset(required - one.value.keys()) for one in found} == {
        frozenset({name}) for name in required
    }


def test_numbers_that_python_takes_for_booleans_are_among_what_is_no_boolean():
    strategy = values.invalid_requests(
        CREATE, rules={"json.type"}, under="privateRegistryAccess.ecrImagePullerRole.isActive"
    )
    roles = [one.request["privateRegistryAccess"] for one in drawn(strategy, 60)]
    given = [role["ecrImagePullerRole"]["isActive"] for role in roles]
    assert {one for one in given if isinstance(one, int)} == {0, 1}


def test_nothing_left_to_break_is_said_at_once():
    with pytest.raises(ConfigurationError, match="invalid_powers: no rule is left to break"):
        values.invalid_powers(rules={"scale.range"})


@pytest.mark.skipif(not THOROUGH, reason="only with HYPOTHESIS_PROFILE=thorough")
def test_a_thorough_run_is_what_is_asked_for():
    found = []
    for_all(values.invalid_scales(), 1, found.append)
    assert len(found) >= 1000
