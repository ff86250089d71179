"""Counterexamples shrink to the simplest ones."""

from __future__ import annotations

import pytest
from hypothesis import Phase, find, settings

from pytest_lightsail import strategies as values
from tests.support.profiles import NEWER

pytestmark = pytest.mark.skipif(
    not NEWER, reason="older releases of Hypothesis shrink to other examples"
)

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
NANO = {"power": "nano", "scale": 1, "serviceName": "0"}
NGINX = {"0": {"image": "nginx"}}
ONE = {"containers": NGINX, "serviceName": "0"}


def least(strategy, condition=lambda _: True):
    return find(
        strategy,
        condition,
        settings=settings(
            max_examples=2000,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
        ),
    )


SIMPLEST = {
    "service_names": "0",
    "container_names": "0",
    "image_references": "nginx",
    "health_checks": {},
    "success_codes": "200-499",
    "ports": 1,
    "environments": {},
    "tags": [],
    "powers": "nano",
    "scales": 1,
    "containers": NGINX,
    "public_endpoints": {"containerName": "0", "containerPort": 1},
    "deployments": {"containers": NGINX},
}


@pytest.mark.parametrize("name", SIMPLEST)
def test_a_value_shrinks_to_the_simplest_one(name):
    assert least(getattr(values, name)()) == SIMPLEST[name]


REQUESTS = {
    CREATE: NANO,
    DEPLOY: ONE,
    "UpdateContainerService": {"serviceName": "0"},
    "GetContainerServices": {},
    "DeleteContainerImage": {"image": ":0.0.1", "serviceName": "0"},
    "TagResource": {"resourceName": "00", "tags": []},
    "GetContainerAPIMetadata": {},
}


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_request_shrinks_to_its_required_members(operation):
    assert least(values.requests(operation)) == REQUESTS[operation]


CONDITIONS = {
    "a long name": (lambda request: len(request["serviceName"]) > 10, {"serviceName": "0" * 11}),
    "many nodes": (lambda request: request["scale"] > 5, {"scale": 6}),
    "a container": (lambda request: "deployment" in request, {"deployment": {"containers": NGINX}}),
    "an endpoint": (
        lambda request: "publicEndpoint" in request.get("deployment", {}),
        {
            "deployment": {
                "containers": {"0": {"image": "nginx", "ports": {"1": "HTTP"}}},
                "publicEndpoint": {"containerName": "0", "containerPort": 1},
            }
        },
    ),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_request_keeps_only_what_a_failure_needs(case):
    condition, kept = CONDITIONS[case]
    assert least(values.requests(CREATE), condition) == NANO | kept


def test_tags_shrink_to_one_tag_with_a_one_letter_key():
    (tag,) = least(values.tags(), bool)
    assert set(tag) == {"key"}
    assert len(tag["key"]) == 1


SHOP = {"power": "micro", "scale": 1, "serviceName": "shop"}
INVALID = {
    ("scale.range", "service"): (SHOP | {"scale": 21}, "scale"),
    ("scale.range", "client"): (SHOP | {"scale": 0}, "scale"),
    ("service-name.pattern", "service"): (SHOP | {"serviceName": "SHOP"}, "serviceName"),
    ("service-name.length", "service"): (
        SHOP | {"serviceName": "s" + "o" * 60 + "hop"},
        "serviceName",
    ),
    ("power.values", "service"): (SHOP | {"power": "MICRO"}, "power"),
    ("json.required", "client"): ({"power": "micro", "scale": 1}, "serviceName"),
    ("json.unknown-member", "client"): (SHOP | {"unknownMember": ""}, "unknownMember"),
    ("tags.count", "service"): (
        SHOP | {"tags": [{"key": f"team{number}", "value": "web"} for number in range(51)]},
        "tags",
    ),
    ("tags.unique-keys", "service"): (
        SHOP | {"tags": [{"key": "team", "value": "web"}, {"key": "team", "value": "again"}]},
        "tags[1].key",
    ),
    ("tag.reserved-prefix", "service"): (
        SHOP | {"tags": [{"key": "aws:team"}]},
        "tags[0].key",
    ),
    ("image.reference", "service"): (
        SHOP | {"deployment": {"containers": {"web": {"image": "nginx:"}}}},
        "deployment.containers.web.image",
    ),
}


@pytest.mark.parametrize(("rule", "kind"), INVALID)
def test_an_invalid_request_shrinks_to_one_invalid_member(rule, kind):
    request, path = INVALID[rule, kind]
    found = least(values.invalid_requests(CREATE, rules={rule}, kind=kind))
    assert (found.request, found.path) == (request, path)


PLAIN = {
    "service_names": "s" + "o" * 60 + "hop",
    "container_names": "w" + "e" * 51 + "eb",
    "image_references": "nginx:",
    "scales": 21,
    "powers": "MICRO",
    "ports": 65536,
}


@pytest.mark.parametrize("name", PLAIN)
def test_an_invalid_value_shrinks_to_a_simple_one(name):
    text = least(
        getattr(values, f"invalid_{name}")(kind="service"), lambda one: one.value is not True
    )
    assert text.value == PLAIN[name]


IMAGES = {
    "public": "nginx",
    "docker-hub": "0/0",
    "public-ecr": "public.ecr.aws/0/0",
    "ecr": "000000000000.dkr.ecr.us-east-1.amazonaws.com/0",
    "stored": ":0.0.1",
}


@pytest.mark.parametrize("kind", IMAGES)
def test_an_image_shrinks_to_the_simplest_of_its_kind(kind):
    assert least(values.image_references({kind})) == IMAGES[kind]


def test_a_reversed_range_of_success_codes_shrinks_to_the_lowest_codes():
    strategy = values.invalid_success_codes(rules={"health-check.success-codes-order"})
    assert least(strategy).value == "201-200"
