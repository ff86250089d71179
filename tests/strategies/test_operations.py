"""Whole requests for every operation in botocore's model."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import botocore.validate
import pytest
from botocore.model import ServiceModel as BotocoreModel
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pytest_lightsail import ConfigurationError, validate
from pytest_lightsail import strategies as values
from pytest_lightsail.model.service import on_the_wire, read_model
from pytest_lightsail.model.validator import request_validator
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from pytest_lightsail.strategies.shapes import request_shapes
from tests.support.accounts import needs_of, response_error
from tests.support.models import NEWEST, ROOT
from tests.support.profiles import drawn, for_all

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"


def test_the_rules_and_botocore_accept_drawn_requests_of_every_operation():
    source = ROOT / "tests" / "data" / "botocore-1.44.5" / "service-2.json.gz"
    botocore_model = BotocoreModel(read_model(source), "lightsail")
    for operation, entry in NEWEST.operations.items():
        shape = botocore_model.operation_model(operation).input_shape

        def accepted(request, operation=operation, shape=shape):
            assert request_validator(NEWEST).violations(operation, on_the_wire(request)) == ()
            assert not botocore.validate.ParamValidator().validate(request, shape).has_errors()

        for_all(request_shapes(NEWEST).of(entry.input), 1, accepted, among=len(NEWEST.operations))


@pytest.mark.parametrize("operation", sorted(CONTAINER_OPERATIONS))
def test_an_account_with_the_needed_resources_accepts_a_drawn_request(operation):
    def accepted(request):
        validate(operation, "request", on_the_wire(request))
        assert response_error(operation, request, needs_of(operation, request)) is None

    for_all(values.requests(operation), 3, accepted)


def test_a_request_for_an_operation_without_members_is_empty():
    assert {} in drawn(values.requests("GetContainerAPIMetadata"))


def test_members_of_a_request_can_be_given():
    found = drawn(values.requests(CREATE, serviceName=st.just("shop"), tags=values.tags()))
    assert {request["serviceName"] for request in found} == {"shop"}
    assert all("tags" in request for request in found)


def test_the_drawn_endpoint_fits_the_given_containers():
    containers = st.just({"web": {"image": "nginx"}})
    endpoints = values.public_endpoints()
    for request in drawn(values.requests(DEPLOY, containers=containers, publicEndpoint=endpoints)):
        endpoint = request["publicEndpoint"]
        assert endpoint["containerName"] == "web"
        assert str(endpoint["containerPort"]) in request["containers"]["web"]["ports"]


@pytest.mark.parametrize(
    "endpoint", [{"containerName": "web", "containerPort": 80}, {"containerPort": 8080}, {}]
)
def test_given_containers_are_adapted_to_the_given_endpoint(endpoint):
    containers = st.just({"web": {"image": "nginx", "ports": {"80": "TCP"}}})

    def valid(request):
        validate(DEPLOY, "request", request)
        assert request["publicEndpoint"].items() >= endpoint.items()

    requests = values.requests(DEPLOY, containers=containers, publicEndpoint=st.just(endpoint))
    for_all(requests, 3, valid)


def test_members_that_depend_on_each_other_can_be_given():
    one = {"serviceName": st.just("shop"), "image": st.just(":shop.web.3")}
    for request in drawn(values.requests("DeleteContainerImage", **one)):
        assert request == {"serviceName": "shop", "image": ":shop.web.3"}


def test_an_unknown_member_is_refused():
    with pytest.raises(
        ConfigurationError, match="unknown member 'name'; expected one of serviceName, power"
    ):
        values.requests(CREATE, name=st.just("shop"))


def test_drawing_a_request_fails_if_a_given_member_is_not_a_strategy():
    with pytest.raises(InvalidArgument, match=r"Strategy but got .*serviceName.*='shop'"):
        drawn(values.requests(CREATE, serviceName="shop"), 1)


@pytest.mark.parametrize("strategy", [values.requests, values.invalid_requests])
def test_an_unknown_operation_is_refused_before_drawing(strategy):
    with pytest.raises(ConfigurationError, match="did you mean 'CreateContainerService'"):
        strategy("CreateContainerServices")


def test_members_that_come_from_a_response_are_not_drawn():
    for operation, member in (("GetContainerLog", "pageToken"), ("TagResource", "resourceArn")):
        assert all(member not in request for request in drawn(values.requests(operation)))


def test_timestamps_are_whole_seconds_with_a_time_zone():
    for request in drawn(values.requests("GetContainerServiceMetricData")):
        start = request["startTime"]
        assert isinstance(start, datetime)
        assert start.tzinfo is not None
        assert start.microsecond == 0


@pytest.mark.parametrize("shape", ["float", "double"])
def test_drawn_numbers_are_finite(shape):
    assert all(math.isfinite(number) for number in drawn(request_shapes().of(shape), 200))


def test_values_of_a_recursive_shape_are_finite():
    depths = {depth(one) for one in drawn(request_shapes(NEWEST).of("Subdomain"))}
    assert 0 in depths
    assert max(depths) > 0


def depth(subdomain: dict[str, Any]) -> int:
    return max((1 + depth(child) for child in subdomain.get("children", [])), default=0)


def test_strategies_are_cached():
    assert values.requests(CREATE) is values.requests(CREATE)
    assert values.invalid_requests(CREATE) is values.invalid_requests(CREATE)
    assert values.service_names(max_size=20) is values.service_names(max_size=20)
    assert values.image_references({"ecr"}) is values.image_references({"ecr"})
    assert values.tags() is values.tags()


def test_a_stored_image_belongs_to_the_given_service():
    for one in drawn(values.requests("DeleteContainerImage", serviceName=st.just("shop"))):
        assert one["image"].startswith(":shop.")


def test_a_given_stored_image_is_kept():
    for one in drawn(values.requests("DeleteContainerImage", image=st.just(":shop.web.7"))):
        assert one["image"] == ":shop.web.7"


def test_given_members_that_contradict_each_other_are_not_drawn():
    images = st.sampled_from([":shop.web.1", ":blog.web.1"])
    containers = st.fixed_dictionaries({"web": st.fixed_dictionaries({"image": images})})
    given = {"serviceName": st.just("shop"), "containers": containers}
    found = drawn(values.requests(DEPLOY, **given))
    assert {one["containers"]["web"]["image"] for one in found} == {":shop.web.1"}
