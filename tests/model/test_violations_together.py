"""Several violations of one request are in a fixed order, and show no secrets."""

from __future__ import annotations

import json
import random

import pytest

from pytest_lightsail.model.service import load
from pytest_lightsail.model.validator import request_validator
from tests.support.requests import CREATE, DEPLOY, deployed

# --- order -------------------------------------------------------------------------------------------


def test_missing_members_come_before_invalid_ones(broken, left_out):
    found = broken(CREATE, scale=0, power=left_out)
    assert found == [("json.required", "power"), ("scale.range", "scale")]


def test_violations_are_in_the_order_of_the_model_not_of_the_request(validator):
    request = {
        "serviceName": "!",
        "power": "huge",
        "scale": 0,
        "tags": [{"key": ""}],
        "publicDomainNames": {"cert": ["*"]},
    }
    expected = ["service-name.pattern", "power.values", "scale.range", "tag.key-length"]
    members = list(request)
    for seed in range(20):
        random.Random(seed).shuffle(members)
        found = validator.violations(CREATE, {name: request[name] for name in members})
        assert [one.rule.id for one in found] == [*expected, "domain.pattern"]


def test_violations_of_relations_come_after_those_of_members(deployment):
    found = deployment(
        containers={"Web": {"image": "nginx"}},
        publicEndpoint={"containerName": "web", "containerPort": 0},
    )
    assert found == [
        ("container-name.pattern", "containers.Web"),
        ("port.range", "publicEndpoint.containerPort"),
        ("endpoint.container", "publicEndpoint.containerName"),
    ]


def test_the_length_violation_of_a_name_comes_before_its_pattern_violation(broken):
    found = broken("DeleteContainerService", serviceName="!" * 64)
    assert [rule_id for rule_id, _ in found] == ["service-name.length", "service-name.pattern"]


def test_the_same_request_always_has_the_same_violations(validator):
    request = {"serviceName": "!" * 64, "publicDomainNames": {"cert": ["!", "?"]}}
    results = {
        tuple(
            (one.rule.id, one.path)
            for one in validator.violations("UpdateContainerService", request)
        )
        for _ in range(5)
    }
    assert len(results) == 1


# --- secrets -----------------------------------------------------------------------------------------

SECRET = "hunter2"


@pytest.mark.parametrize(
    "environment",
    [
        {"TOKEN": SECRET},
        {"TOKEN": [SECRET]},
        {"TOKEN": {"value": SECRET}},
        [SECRET],
        [{"TOKEN": SECRET}],
        SECRET,
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize(
    "others",
    [{}, {"image": ":"}, {"ports": {"0": "X"}}, {"force": SECRET}],
    ids=["no other violation", "invalid image", "invalid ports", "unknown member"],
)
def test_values_of_environment_variables_are_never_shown(validator, environment, others):
    request = deployed({"containerPort": 0}, environment=environment, **others)
    found = validator.violations(DEPLOY, request)
    assert found
    for violation in found:
        assert SECRET not in violation.message + violation.tip


def test_values_of_unknown_members_are_never_shown(container, validator):
    request = deployed(env={"TOKEN": SECRET})
    (violation,) = validator.violations(DEPLOY, request)
    assert SECRET not in violation.message + violation.tip


# --- one validator per model -------------------------------------------------------------------------


def test_a_model_has_one_validator():
    assert request_validator(load()) is request_validator(load())
