"""The request validator differs from ``validate``: null counts as missing, and type errors come alone."""

import threading

import pytest

from pytest_lightsail.model.schema import REQUEST as SENT
from pytest_lightsail.model.schema import Form
from pytest_lightsail.model.validator import Validator, request_validator
from tests.support.examples import REQUEST
from tests.support.models import NEWEST


def found(request):
    violations = request_validator(NEWEST).violations("CreateContainerService", request)
    return [one.rule.id for one in violations]


def test_a_valid_request_has_no_violations():
    assert found(REQUEST) == []


def test_a_null_member_counts_as_missing():
    assert found({**REQUEST, "tags": None, "deployment": None}) == []


def test_a_required_member_that_is_null_is_reported_as_missing():
    assert found({**REQUEST, "scale": None}) == ["json.required"]


def test_a_null_element_of_a_list_has_the_wrong_type():
    assert found({**REQUEST, "tags": [None]}) == ["json.type"]


def test_a_value_of_the_wrong_type_hides_other_violations():
    assert found({**REQUEST, "power": 1, "scale": 99}) == ["json.type"]


@pytest.mark.parametrize(
    "request_",
    [
        REQUEST,
        {**REQUEST, "scale": 99, "power": "huge"},
        {**REQUEST, "scale": 99, "tags": [{}, {"key": 1}]},
        {**REQUEST, "unknown": 1, "more": 2},
        {"tags": {}},
        {**REQUEST, "deployment": {"containers": {"web": {"image": 1}, "db": {}}}},
    ],
)
def test_a_request_is_refused_for_its_first_violation(request_):
    validator = request_validator(NEWEST)
    every = validator.violations("CreateContainerService", request_)
    assert validator.refusal("CreateContainerService", request_) == (every[0] if every else None)


def test_a_part_of_a_request_can_be_validated_alone():
    names = {"cert": ["not a domain"]}
    (violation,) = request_validator(NEWEST).violations_of(
        "ContainerServicePublicDomains", names, ("publicDomainNames",)
    )

    assert violation.path == ("publicDomainNames", "cert", 0)


def test_a_validator_can_be_used_by_several_threads_at_once():
    made = Validator(NEWEST, Form(SENT), received=True)
    start = threading.Barrier(8)
    results = []

    def check():
        start.wait()
        results.append(made.violations("CreateContainerService", {**REQUEST, "scale": 0}))

    threads = [threading.Thread(target=check) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [[one.rule.id for one in result] for result in results] == [["scale.range"]] * 8
