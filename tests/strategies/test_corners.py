"""The corners of what is valid: a bounded number of examples reaches each of them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import Phase, given, settings

from pytest_lightsail import strategies as values
from pytest_lightsail.model.rules import rule
from tests.support.models import INSTALLED

HEALTH = ("healthyThreshold", "intervalSeconds", "path", "successCodes", "timeoutSeconds")


def longest(size):
    return lambda value: len(value) == size


def single(value):
    return len(value) == 1


def doubled(value):
    return "--" in value


def shape(name):
    return INSTALLED.shapes[name]


def equal(wanted):
    return lambda value: value == wanted


def has(member, wanted):
    return lambda value: value.get(member) == wanted


def a_tag(member, size):
    return lambda tags: any(len(tag.get(member, "")) == size for tag in tags)


def a_domain(size):
    return lambda domains: any(len(name) == size for names in domains.values() for name in names)


def names(service):
    limits = shape(service)
    return {
        "a single character": single,
        "two characters": longest(2),
        "the maximum length": longest(limits.maximum),
        "a double hyphen": doubled,
        "a digit first": lambda name: name[0].isdigit(),
    }


def within(*rules_and_members):
    return {
        f"{member} {bound}": has(member, bound)
        for rule_id, member in rules_and_members
        for bound in (rule(rule_id).minimum, rule(rule_id).maximum)
        if bound is not None
    }


PORT, TAGS = rule("port.range"), rule("tags.count")
CORNERS = {
    "service_names": names("ContainerServiceName"),
    "container_names": names("ContainerName"),
    "container_labels": names("ContainerLabel"),
    "image_references": {
        "latest": lambda image: image.endswith(":latest"),
        "latest of a stored image": lambda image: (
            image.startswith(":") and image.endswith(".latest")
        ),
        "a digest": lambda image: "@sha256:" in image,
        "no tag": lambda image: ":" not in image,
        "a tag of the maximum length": lambda image: len(image.rpartition(":")[2]) == 128,
        "public.ecr.aws": lambda image: image.startswith("public.ecr.aws/"),
        "a namespace": lambda image: image.count("/") == 1,
        "a private repository": lambda image: ".dkr.ecr." in image,
        "a version": lambda image: image.startswith(":") and image[-1].isdigit(),
        "double hyphens": doubled,
    },
    "health_checks": {
        "nothing": equal({}),
        "everything": lambda check: set(check) >= set(HEALTH),
        **within(
            ("health-check.timeout", "timeoutSeconds"),
            ("health-check.interval", "intervalSeconds"),
            ("health-check.threshold", "healthyThreshold"),
            ("health-check.threshold", "unhealthyThreshold"),
        ),
        "the plainest path": has("path", "/"),
    },
    "success_codes": {
        "one": lambda codes: codes.isdigit(),
        "several": lambda codes: "," in codes,
        "a range": lambda codes: "-" in codes,
        "the lowest": lambda codes: codes.startswith("200"),
        "the highest": lambda codes: codes.endswith("499"),
    },
    "ports": {"the lowest": equal(PORT.minimum), "the highest": equal(PORT.maximum)},
    "protocols": {one: equal(one) for one in shape("ContainerServiceProtocol").enum},
    "powers": {one: equal(one) for one in shape("ContainerServicePowerName").enum},
    "scales": {
        str(one): equal(one)
        for one in range(
            shape("ContainerServiceScale").minimum, shape("ContainerServiceScale").maximum + 1
        )
    },
    "environments": {
        "none": equal({}),
        "an empty value": lambda one: "" in one.values(),
        "several": lambda one: len(one) > 1,
        "other scripts": lambda one: any(not value.isascii() for value in one.values()),
    },
    "commands": {"none": equal([]), "an empty word": lambda one: "" in one},
    "tags": {
        "none": equal([]),
        "as many as can be": longest(TAGS.maximum),
        "a key of one character": a_tag("key", rule("tag.key-length").minimum),
        "the longest key": a_tag("key", rule("tag.key-length").maximum),
        "the longest value": a_tag("value", rule("tag.value-length").maximum),
        "no value": lambda tags: any("value" not in tag for tag in tags),
        "an empty value": lambda tags: any(tag.get("value") == "" for tag in tags),
    },
    "public_domain_names": {
        "none": equal({}),
        "as many certificates as can be": longest(rule("domains.certificates").maximum),
        "as many names as can be": lambda domains: (
            sum(map(len, domains.values())) == rule("domains.count").maximum
        ),
        "a certificate without names": lambda domains: [] in domains.values(),
        "the longest name": a_domain(rule("domain.length").maximum),
        "the shortest name": a_domain(3),
    },
    "private_registry_access": {
        "empty": equal({}),
        "active": equal({"ecrImagePullerRole": {"isActive": True}}),
        "not active": equal({"ecrImagePullerRole": {"isActive": False}}),
    },
    "containers": {
        "one": longest(rule("containers.count").minimum),
        "as many as can be": longest(rule("containers.count").maximum),
        "an image alone": lambda all_of: any(set(one) == {"image"} for one in all_of.values()),
    },
    "public_endpoints": {
        "no health check": lambda endpoint: "healthCheck" not in endpoint,
        "a health check": lambda endpoint: "healthCheck" in endpoint,
        "the lowest port": has("containerPort", PORT.minimum),
        "the highest port": has("containerPort", PORT.maximum),
    },
    "deployments": {
        "no endpoint": lambda deployment: "publicEndpoint" not in deployment,
        "an endpoint": lambda deployment: "publicEndpoint" in deployment,
        "several containers": lambda deployment: len(deployment["containers"]) > 1,
    },
}
_RARE = {"public_domain_names": 700, "tags": 700, "health_checks": 1200, "public_endpoints": 700}
_PLENTY = 400


class AllReached(Exception):
    """Nothing is left to look for."""


@pytest.mark.parametrize("name", CORNERS)
def test_each_corner_is_reached(name):
    missing = dict(CORNERS[name])

    @settings(
        max_examples=_RARE.get(name, _PLENTY),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
    )
    @given(getattr(values, name)())
    def collect(value):
        for corner in [corner for corner, reached in missing.items() if reached(value)]:
            del missing[corner]
        if not missing:
            raise AllReached

    with contextlib.suppress(AllReached):
        collect()
    assert not missing
