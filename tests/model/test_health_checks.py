"""The health check of a public endpoint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples

quick = examples(25, among=50)

whole_numbers = st.integers(-(2**31), 2**31 - 1) | st.integers(-2, 310)

BOUNDS = {
    "timeoutSeconds": ("health-check.timeout", 2, 60),
    "intervalSeconds": ("health-check.interval", 5, 300),
    "healthyThreshold": ("health-check.threshold", 1, 2**31 - 1),
    "unhealthyThreshold": ("health-check.threshold", 1, 2**31 - 1),
}
bounded = pytest.mark.parametrize("member", BOUNDS)


@pytest.fixture(scope="session")
def check_alone(broken):
    """Return a function like ``health_check`` that is not parametrized, so that properties run once."""

    def ask(**changes: object):
        endpoint = {"containerName": "web", "containerPort": 80, "healthCheck": changes}
        return broken("CreateContainerServiceDeployment", publicEndpoint=endpoint)

    return ask


def test_a_health_check_may_be_empty(health_check):
    assert health_check() == []


def test_a_health_check_may_have_only_a_path(health_check):
    assert health_check(path="/health") == []


@bounded
def test_health_check_numbers_at_their_bounds_are_accepted(health_check, member):
    _, low, high = BOUNDS[member]
    assert health_check(**{member: low}) == []
    assert health_check(**{member: high}) == []


@bounded
def test_health_check_numbers_below_their_minimum_are_refused(health_check, member):
    rule_id, low, _ = BOUNDS[member]
    assert health_check(**{member: low - 1}) == [(rule_id, member)]


@pytest.mark.parametrize("member", ["timeoutSeconds", "intervalSeconds"])
def test_health_check_durations_above_their_maximum_are_refused(health_check, member):
    rule_id, _, high = BOUNDS[member]
    assert health_check(**{member: high + 1}) == [(rule_id, member)]


@quick
@given(st.sampled_from(sorted(BOUNDS)), whole_numbers)
def test_health_check_numbers_are_accepted_only_within_their_bounds(check_alone, member, value):
    _, low, high = BOUNDS[member]
    assert (check_alone(**{member: value}) == []) is (low <= value <= high)


@pytest.mark.parametrize("path", ["/", "/health", "/a/b?c=d&e", "/%20", "/~x!$'()*+,;:@"])
def test_a_health_check_path_that_starts_with_a_slash_is_accepted(health_check, path):
    assert health_check(path=path) == []


@pytest.mark.parametrize(
    "path", ["", "health", " /", "/a b", "/a\n", "\n/", "/\x00", "/ü", "http://x/"]
)
def test_an_invalid_health_check_path_is_refused(health_check, path):
    assert health_check(path=path) == [("health-check.path", "path")]


@pytest.mark.parametrize(
    "codes", ["200", "499", "200,202", "200-299", "200-499", "200,300-399", "301-301"]
)
def test_success_codes_from_200_to_499_are_accepted(health_check, codes):
    assert health_check(successCodes=codes) == []


@pytest.mark.parametrize(
    "codes", ["199", "500", "200-500", "199-299", "", "200,", "2xx", "200 202", "200\n"]
)
def test_other_success_codes_are_refused(health_check, codes):
    assert health_check(successCodes=codes) == [("health-check.success-codes", "successCodes")]


def test_the_message_for_invalid_success_codes_names_the_allowed_codes(validator, valid_requests):
    endpoint = {"containerName": "web", "containerPort": 80, "healthCheck": {"successCodes": "500"}}
    operation = "CreateContainerServiceDeployment"
    document = {**valid_requests[operation], "publicEndpoint": endpoint}
    (violation,) = validator.violations(operation, document)
    assert violation.message.endswith("Codes must be between 200 and 499.")


def test_a_range_of_success_codes_that_ends_before_it_starts_is_refused(health_check):
    found = health_check(successCodes="200,299-202")
    assert found == [("health-check.success-codes-order", "successCodes")]


@quick
@given(st.integers(0, 999), st.integers(0, 999))
def test_a_range_of_success_codes_must_be_in_order_and_within_bounds(check_alone, low, high):
    good = 200 <= low <= high <= 499
    assert (check_alone(successCodes=f"{low}-{high}") == []) is good


def test_null_members_of_a_health_check_are_ignored(health_check):
    assert health_check(path=None, timeoutSeconds=None, successCodes=None) == []
