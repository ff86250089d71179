"""Whole requests of every operation that a botocore knows."""

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
MODELS = [
    pytest.param(
        NEWEST, ROOT / "tests" / "data" / "botocore-1.44.5" / "service-2.json.gz", id="1.44.5"
    ),
]


@pytest.mark.parametrize(("model", "source"), MODELS)
def test_requests_of_every_operation_are_right_by_the_rules_and_by_botocore(model, source):
    botocore_model = BotocoreModel(read_model(source), "lightsail")
    for operation, entry in model.operations.items():
        shape = botocore_model.operation_model(operation).input_shape

        def right(request, operation=operation, shape=shape):
            assert request_validator(model).violations(operation, on_the_wire(request)) == ()
            assert not botocore.validate.ParamValidator().validate(request, shape).has_errors()

        for_all(request_shapes(model).of(entry.input), 1, right, among=len(model.operations))


@pytest.mark.parametrize("operation", sorted(CONTAINER_OPERATIONS))
def test_a_request_is_accepted_by_an_account_that_holds_what_it_needs(operation):
    def accepted(request):
        validate(operation, "request", on_the_wire(request))
        assert response_error(operation, request, needs_of(operation, request)) is None

    for_all(values.requests(operation), 3, accepted)


def test_a_request_without_members_is_empty():
    assert {} in drawn(values.requests("GetContainerAPIMetadata"))


def test_members_of_a_request_can_be_given():
    found = drawn(values.requests(CREATE, serviceName=st.just("shop"), tags=values.tags()))
    assert {request["serviceName"] for request in found} == {"shop"}
    assert all("tags" in request for request in found)


def test_the_endpoint_of_a_request_fits_the_containers_that_are_given():
    containers = st.just({"web": {"image": "nginx"}})
    endpoints = values.public_endpoints()
    for request in drawn(values.requests(DEPLOY, containers=containers, publicEndpoint=endpoints)):
        endpoint = request["publicEndpoint"]
        assert endpoint["containerName"] == "web"
        assert str(endpoint["containerPort"]) in request["containers"]["web"]["ports"]


@pytest.mark.parametrize(
    "endpoint", [{"containerName": "web", "containerPort": 80}, {"containerPort": 8080}, {}]
)
def test_an_endpoint_that_does_not_fit_its_containers_is_adapted(endpoint):
    containers = st.just({"web": {"image": "nginx", "ports": {"80": "TCP"}}})

    def right(request):
        validate(DEPLOY, "request", request)
        assert request["publicEndpoint"].items() >= endpoint.items()

    requests = values.requests(DEPLOY, containers=containers, publicEndpoint=st.just(endpoint))
    for_all(requests, 3, right)


def test_a_member_can_be_given_to_a_request_whose_members_hang_together():
    one = {"serviceName": st.just("shop"), "image": st.just(":shop.web.3")}
    for request in drawn(values.requests("DeleteContainerImage", **one)):
        assert request == {"serviceName": "shop", "image": ":shop.web.3"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"name": st.just("shop")},
            "unknown member 'name'; expected one of serviceName, power",
        ),
    ],
)
def test_a_request_has_only_its_own_members(members, message):
    with pytest.raises(ConfigurationError, match=message):
        values.requests(CREATE, **members)


def test_a_member_that_is_not_a_strategy_is_named_when_the_request_is_drawn():
    with pytest.raises(InvalidArgument, match=r"Strategy but got .*serviceName.*='shop'"):
        drawn(values.requests(CREATE, serviceName="shop"), 1)


@pytest.mark.parametrize("strategy", [values.requests, values.invalid_requests])
def test_an_unknown_operation_is_refused_at_once(strategy):
    with pytest.raises(ConfigurationError, match="did you mean 'CreateContainerService'"):
        strategy("CreateContainerServices")


def test_what_only_an_answer_can_give_is_not_made_up():
    for operation, member in (("GetContainerLog", "pageToken"), ("TagResource", "resourceArn")):
        assert all(member not in request for request in drawn(values.requests(operation)))


def test_times_are_whole_seconds_of_a_known_zone():
    for request in drawn(values.requests("GetContainerServiceMetricData")):
        start = request["startTime"]
        assert isinstance(start, datetime)
        assert start.tzinfo is not None
        assert start.microsecond == 0


@pytest.mark.parametrize("shape", ["float", "double"])
def test_numbers_are_such_that_json_has_them(shape):
    assert all(math.isfinite(number) for number in drawn(request_shapes().of(shape), 200))


def test_a_shape_that_holds_itself_ends():
    depths = {depth(one) for one in drawn(request_shapes(NEWEST).of("Subdomain"))}
    assert 0 in depths
    assert max(depths) > 0


def depth(subdomain: dict[str, Any]) -> int:
    return max((1 + depth(child) for child in subdomain.get("children", [])), default=0)


def test_strategies_are_made_once():
    assert values.requests(CREATE) is values.requests(CREATE)
    assert values.invalid_requests(CREATE) is values.invalid_requests(CREATE)
    assert values.service_names(max_size=20) is values.service_names(max_size=20)
    assert values.image_references({"ecr"}) is values.image_references({"ecr"})
    assert values.tags() is values.tags()


def test_a_stored_image_is_that_of_the_service_that_is_given():
    for one in drawn(values.requests("DeleteContainerImage", serviceName=st.just("shop"))):
        assert one["image"].startswith(":shop.")


def test_a_stored_image_that_is_given_is_left_as_it_is():
    for one in drawn(values.requests("DeleteContainerImage", image=st.just(":shop.web.7"))):
        assert one["image"] == ":shop.web.7"


def test_members_that_are_given_do_not_contradict_each_other():
    images = st.sampled_from([":shop.web.1", ":blog.web.1"])
    containers = st.fixed_dictionaries({"web": st.fixed_dictionaries({"image": images})})
    given = {"serviceName": st.just("shop"), "containers": containers}
    found = drawn(values.requests(DEPLOY, **given))
    assert {one["containers"]["web"]["image"] for one in found} == {":shop.web.1"}
