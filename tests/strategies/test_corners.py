"""``corners``: the service accepts the valid ones, and refuses the invalid ones as their labels state."""

from __future__ import annotations

import re

import pytest
from hypothesis import strategies as st

from pytest_lightsail import ConfigurationError
from pytest_lightsail import strategies as values
from pytest_lightsail.model.service import on_the_wire
from pytest_lightsail.model.validator import request_validator
from tests.strategies.test_values import PLACES, deploys
from tests.support.accounts import needs_of, response_error
from tests.support.models import INSTALLED

IMAGES = ("CreateContainerServiceDeployment", lambda image: deploys({"image": image}))
EVERY = {**PLACES, "image_references": IMAGES}


@pytest.mark.parametrize("name", sorted(EVERY))
def test_a_valid_corner_is_accepted(name):
    operation, place = EVERY[name]
    found = values.corners(getattr(values, name)()).valid
    assert len({corner.words for corner in found}) == len(found) >= 3
    for corner in found:
        wire = on_the_wire(place(corner.value))
        assert request_validator(INSTALLED).violations(operation, wire) == (), corner.words


def test_an_image_corner_that_needs_no_account_is_accepted():
    found = [
        one for one in values.corners(values.image_references()).valid if not one.needs_account
    ]
    assert len(found) > 40
    request = {"serviceName": "shop", "containers": {}}
    for start in range(0, len(found), 10):
        some = found[start : start + 10]
        request["containers"] = {f"c{at}": {"image": one.value} for at, one in enumerate(some)}
        assert response_error(IMAGES[0], request, needs_of(IMAGES[0], request)) is None


@pytest.mark.parametrize("name", sorted(EVERY))
def test_an_invalid_corner_is_refused_with_the_error_it_names(name):
    found = values.corners(getattr(values, f"invalid_{name}")()).invalid
    some = {(case.rule, case.way): case for case in found[::-1]}
    assert len(some) >= 5
    for case in list(some.values())[::3]:
        assert response_error(case.operation, case.request) == (case.error, case.message)


WORDS = {
    "service_names": {
        "the longest",
        "a digit at the start or end, 2024",
        "several hyphens, my--app",
    },
    "image_references": {
        "registry with localhost and a port",
        "registry with a host, ghcr.io/acme/web:v1",
        "registry with an IPv6 address",
        "public with a tag and a digest",
        "public with a sha512 digest",
        "public-ecr with three components",
        "ecr with a nested repository",
        "stored with the latest version",
    },
    "health_checks": {"a timeout that exceeds the interval", "timeoutSeconds: the maximum"},
    "environments": {"value: a newline", "value: quotes", "value: empty"},
    "containers": {"value: command: spaces and special characters"},
}


@pytest.mark.parametrize("name", WORDS)
def test_corners_are_described_in_words(name):
    found = values.corners(getattr(values, name)())
    assert {corner.words for corner in found.valid} >= WORDS[name]


def test_the_longest_names_have_the_maximum_length():
    sizes = {one.words: len(one.value) for one in values.corners(values.service_names()).valid}
    assert sizes["the longest"] == sizes["the longest with hyphens"] == 63
    assert sizes["one character shorter than the longest"] == 62


def test_numbers_next_to_the_bounds_are_corners():
    found = {one.words: one.value for one in values.corners(values.health_checks()).valid}
    assert found["intervalSeconds: one above the minimum"]["intervalSeconds"] == 6
    assert found["intervalSeconds: one below the maximum"]["intervalSeconds"] == 299


def test_a_timeout_may_be_as_long_as_the_interval():
    checks = [one.value for one in values.corners(values.health_checks()).valid]
    assert any(one.get("timeoutSeconds", 2) == one.get("intervalSeconds", 5) for one in checks)


def test_corners_are_the_same_each_time_and_start_with_the_nearest():
    first, second = (values.corners(values.scales()) for _ in range(2))
    assert first == second
    assert [case.value for case in first.invalid if case.rule == "scale.range"][:2] == [21, 0]


def test_corners_respect_the_arguments_of_the_strategy():
    scales = values.corners(values.scales(min_value=2, max_value=12)).valid
    assert [one.value for one in scales] == [2, 10]
    names = values.corners(values.service_names(min_size=4, max_size=8)).valid
    assert names
    assert all(4 <= len(one.value) <= 8 for one in names)
    kinds = values.corners(values.image_references({"ecr"}))
    assert all(".dkr.ecr." in one.value for one in kinds.valid)
    only = values.corners(values.invalid_scales(rules={"scale.range"}, kind="client"))
    assert only.valid == ()
    assert {case.value for case in only.invalid} >= {0}


def test_corners_of_ports_have_the_types_that_the_strategy_draws():
    assert {type(case.value) for case in values.corners(values.ports()).invalid} == {int}
    both = values.corners(values.invalid_ports()).invalid
    assert {type(case.value) for case in both} == {int, str}


@pytest.mark.parametrize(
    "strategy",
    [st.integers(1, 20), values.scales().map(str), values.requests("GetContainerServices")],
)
def test_an_unsupported_strategy_has_no_corners(strategy):
    with pytest.raises(
        ConfigurationError, match="corners: expected an unchanged strategy from one"
    ):
        values.corners(strategy)


@pytest.mark.parametrize(
    ("strategy", "loosened"),
    [
        (values.service_names(), "[a-z0-9]+(-[a-z0-9]+)*[A-Z]"),
        (values.container_names(), "[a-z0-9]+(-[a-z0-9]+)*[A-Z]"),
        (values.image_references(), "[a-z0-9]+ :[0-9]+"),
    ],
    ids=[
        "an upper-case letter at the end of a service name",
        "an upper-case letter at the end of a container name",
        "a space before the tag of an image",
    ],
)
def test_an_invalid_corner_detects_a_loosened_pattern(strategy, loosened):
    invalid = values.corners(strategy).invalid
    assert any(re.fullmatch(loosened, case.value) for case in invalid if str is type(case.value))


def test_a_number_in_the_middle_of_the_range_is_a_corner() -> None:
    assert 10 in [corner.value for corner in values.corners(values.scales()).valid]


def test_changing_an_invalid_corner_does_not_affect_later_calls():
    for strategy in (values.tags(), values.invalid_tags()):
        for case in values.corners(strategy).invalid:
            case.request["changed"] = "yes"
        assert "changed" not in repr([case.request for case in values.corners(strategy).invalid])


def test_changing_a_valid_corner_does_not_affect_later_calls():
    for corner in values.corners(values.containers()).valid:
        for container in corner.value.values():
            container["changed"] = "yes"
    assert "changed" not in repr(values.corners(values.containers()).valid)
