"""The request validator differs from ``validate`` in two ways."""

import threading

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.schema import REQUEST as SENT
from pytest_lightsail.model.schema import Form
from pytest_lightsail.model.validator import Validator, request_validator
from tests.support.examples import REQUEST
from tests.support.models import NEWEST


def found(request, operation="CreateContainerService"):
    return [one.rule.id for one in request_validator(NEWEST).violations(operation, request)]


def test_a_right_request_has_no_violations():
    assert found(REQUEST) == []


def test_a_member_that_is_null_is_one_that_is_not_there():
    assert found({**REQUEST, "tags": None, "deployment": None}) == []


def test_a_required_member_that_is_null_is_missing():
    assert found({**REQUEST, "scale": None}) == ["json.required"]


def test_an_element_that_is_null_is_unreadable():
    assert found({**REQUEST, "tags": [None]}) == ["json.type"]


def test_what_makes_the_request_unreadable_hides_the_rest():
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
def test_a_request_is_refused_for_the_first_violation_of_all(request_):
    validator = request_validator(NEWEST)
    every = validator.violations("CreateContainerService", request_)
    assert validator.refusal("CreateContainerService", request_) == (every[0] if every else None)


def test_a_part_of_a_request_can_be_looked_at_alone():
    names = {"cert": ["not a domain"]}
    (violation,) = request_validator(NEWEST).violations_of(
        "ContainerServicePublicDomains", names, ("publicDomainNames",)
    )

    assert violation.path == ("publicDomainNames", "cert", 0)


def test_an_unknown_operation_is_refused():
    with pytest.raises(ConfigurationError):
        found({}, "Fly")


def test_a_validator_is_compiled_once_however_many_threads_need_it():
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
