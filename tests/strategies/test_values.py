"""Valid values are accepted by the schema, botocore and the account, and can be limited by arguments."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import ConfigurationError, validate
from pytest_lightsail import strategies as values
from pytest_lightsail.model.catalogue import ecr_region, parse_stored_image
from pytest_lightsail.model.service import on_the_wire
from pytest_lightsail.strategies.shapes import PUBLIC_IMAGES
from tests.support.accounts import needs_of, response_error
from tests.support.profiles import drawn, for_all

CREATE, DEPLOY = "CreateContainerService", "CreateContainerServiceDeployment"
CONTAINER: dict[str, Any] = {"image": "nginx"}


def deploys(container: dict[str, Any] | None = None, **endpoint: Any) -> dict[str, Any]:
    """Return a deployment of one container, whose port 80 is public if an endpoint is given."""
    one = {**CONTAINER, **(container or {})}
    if not endpoint:
        return {"serviceName": "shop", "containers": {"web": one}}
    return {
        "serviceName": "shop",
        "containers": {"web": {**one, "ports": {"80": "HTTP"}}},
        "publicEndpoint": {"containerName": "web", "containerPort": 80, **endpoint},
    }


def creates(**members: Any) -> dict[str, Any]:
    return {"serviceName": "shop", "power": "nano", "scale": 1, **members}


PLACES = {
    "service_names": (CREATE, lambda name: creates(serviceName=name)),
    "container_names": (DEPLOY, lambda name: deploys() | {"containers": {name: CONTAINER}}),
    "health_checks": (DEPLOY, lambda check: deploys(healthCheck=check)),
    "success_codes": (DEPLOY, lambda codes: deploys(healthCheck={"successCodes": codes})),
    "ports": (DEPLOY, lambda port: deploys({"ports": {str(port): "HTTP"}})),
    "environments": (DEPLOY, lambda environment: deploys({"environment": environment})),
    "tags": (CREATE, lambda tags: creates(tags=tags)),
    "powers": (CREATE, lambda power: creates(power=power)),
    "scales": (CREATE, lambda scale: creates(scale=scale)),
    "containers": (DEPLOY, lambda containers: {"serviceName": "shop", "containers": containers}),
    "public_endpoints": (
        DEPLOY,
        lambda endpoint: {
            "serviceName": "shop",
            "containers": {
                endpoint["containerName"]: {
                    "image": "nginx",
                    "ports": {str(endpoint["containerPort"]): "HTTP"},
                }
            },
            "publicEndpoint": endpoint,
        },
    ),
    "deployments": (CREATE, lambda deployment: creates(deployment=deployment)),
}
"""Maps each strategy to an operation, and to a function that puts a value into its request."""


@pytest.mark.parametrize("name", PLACES)
def test_a_drawn_value_is_accepted_by_schema_botocore_and_account(name):
    operation, place = PLACES[name]

    def accepted(value):
        request = place(value)
        validate(operation, "request", on_the_wire(request))
        assert response_error(operation, request, needs_of(operation, request)) is None

    for_all(getattr(values, name)(), 6, accepted)


@pytest.mark.parametrize("kind", sorted(PUBLIC_IMAGES))
def test_a_public_image_is_accepted(kind):
    def accepted(image):
        request = deploys({"image": image})
        assert response_error(DEPLOY, request, needs_of(DEPLOY, request)) is None

    for_all(values.image_references({kind}), 4, accepted)


def test_a_private_image_is_accepted_if_the_service_has_the_puller_role():
    def accepted(image):
        role = {"ecrImagePullerRole": {"isActive": True}}
        request = creates(
            privateRegistryAccess=role, deployment={"containers": {"web": {"image": image}}}
        )
        assert response_error(CREATE, request, needs_of(CREATE, request)) is None

    for_all(values.image_references({"ecr"}), 4, accepted)


def test_a_stored_image_is_valid_and_belongs_to_the_given_service():
    def accepted(image):
        request = deploys({"image": image})
        validate(DEPLOY, "request", request)
        stored = parse_stored_image(image)
        assert stored is not None
        assert stored.service == "shop"

    for_all(values.image_references({"stored"}, service="shop"), 4, accepted)


def test_every_strategy_for_valid_values_is_tested_here():
    strategies = {name.removeprefix("invalid_") for name in values.__all__ if "invalid_" in name}
    assert strategies - {"requests"} == {*PLACES, "image_references"}


# --- arguments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["service_names", "container_names"])
def test_a_name_has_one_of_the_given_lengths(name):
    strategy = getattr(values, name)
    assert {len(one) for one in drawn(strategy(min_size=10, max_size=12), 60)} == {10, 11, 12}
    assert all(len(one) <= 20 for one in drawn(strategy(max_size=20), 60))


@pytest.mark.parametrize(("name", "bounds"), [("scales", (2, 4)), ("ports", (8080, 8082))])
def test_a_number_is_in_the_given_range(name, bounds):
    low, high = bounds
    found = drawn(getattr(values, name)(min_value=low, max_value=high), 60)
    assert set(found) == set(range(low, high + 1))


def test_bounds_wider_than_those_of_the_service_have_no_effect():
    assert set(drawn(values.scales(min_value=0, max_value=1000), 200)) == set(range(1, 21))
    assert all(len(name) <= 63 for name in drawn(values.service_names(max_size=500), 60))


@pytest.mark.parametrize("kind", [*PUBLIC_IMAGES, "ecr", "stored"])
def test_an_image_is_of_the_given_kind(kind):
    strategy = values.image_references({kind})
    corners = [corner.value for corner in values.corners(strategy).valid]
    for image in (*drawn(strategy, 60), *corners):
        assert kind_of(image) == kind, image


def kind_of(image: str) -> str:
    """Return the kind of a reference. The first component is a host if it is not a valid namespace."""
    if parse_stored_image(image):
        return "stored"
    first, slash, _ = image.partition("@")[0].partition("/")
    if not slash:
        return "public"
    if first == "public.ecr.aws":
        return "public-ecr"
    if ecr_region(image):
        assert ecr_region(image) == "us-east-1"
        return "ecr"
    is_host = "." in first or ":" in first or first == "localhost" or first != first.lower()
    return "registry" if is_host else "docker-hub"


def test_an_image_with_a_namespace_is_of_the_kind_docker_hub():
    lightsail = "amazon/amazon-lightsail:hello-world"
    assert lightsail in drawn(values.image_references({"docker-hub"}), 100)
    assert lightsail not in drawn(values.image_references({"public"}), 600)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: values.service_names(min_size=64), "no value is between 64 and None"),
        (lambda: values.service_names(min_size=5, max_size=4), "no value is between 5 and 4"),
        (lambda: values.service_names(max_size=-1), "no value is between None and -1"),
        (lambda: values.scales(min_value=21), "the service accepts 1 to 20"),
        (
            lambda: values.image_references({"private"}),
            "unknown kind 'private'; expected one of public",
        ),
        (lambda: values.image_references(()), "unknown kind 'none'"),
        (lambda: values.image_references("ecr"), r"expected a set, such as \{'ecr'\}"),
    ],
)
def test_an_invalid_argument_is_refused_before_drawing(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()
