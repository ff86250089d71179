"""Values that callers send: valid ones, and invalid ones that say which rule they break."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pytest_lightsail import ConfigurationError
from pytest_lightsail import strategies as values
from pytest_lightsail.contract.validator import request_validator
from pytest_lightsail.contract.wire_values import on_the_wire
from pytest_lightsail.model.service import load
from pytest_lightsail.strategies import Invalid
from pytest_lightsail.strategies.client_side import client_error

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
quick = settings(
    max_examples=30,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("operation", [CREATE, DEPLOY])
def test_a_request_is_right_by_the_rules_and_by_botocore(operation: str) -> None:
    @quick
    @given(values.requests(operation))
    def right(request: dict[str, Any]) -> None:
        assert request_validator(load()).violations(operation, on_the_wire(request)) == ()
        assert client_error(operation, request) is None

    right()


@pytest.mark.parametrize("operation", [CREATE, DEPLOY])
def test_an_invalid_request_breaks_the_rule_of_its_label_and_no_other(operation: str) -> None:
    @quick
    @given(values.invalid_requests(operation))
    def alone(invalid: Invalid) -> None:
        found = request_validator(load()).violations(operation, on_the_wire(invalid.request))
        assert [one.rule.id for one in found] == [invalid.rule]

    alone()


@quick
@given(values.service_names(min_size=10, max_size=12))
def test_a_name_keeps_to_narrower_lengths(name: str) -> None:
    assert 10 <= len(name) <= 12


@quick
@given(values.invalid_scales(rules={"scale.range"}))
def test_a_label_names_place_and_rule(invalid: Invalid) -> None:
    assert str(invalid) == "CreateContainerService: scale breaks scale.range"


def test_a_kind_of_image_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no kind private; there are public"):
        values.image_references(kinds={"private"})


def test_an_endpoint_that_names_its_container_by_an_array_is_one_wrong_type() -> None:
    request = {
        "serviceName": "shop",
        "containers": {"web": {"image": "nginx"}},
        "publicEndpoint": {"containerName": [], "containerPort": 80},
    }
    (found,) = request_validator(load()).violations(DEPLOY, request)
    assert found.rule.id == "json.type"
