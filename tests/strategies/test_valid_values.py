"""Valid values: right by the schema, by botocore and by the simulated account."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings

from pytest_lightsail import Certificate, ConfigurationError, Lightsail, simulate, validate
from pytest_lightsail import strategies as values
from pytest_lightsail.model.rules import rule
from pytest_lightsail.model.service import load
from pytest_lightsail.strategies.client_side import client_error

from .conftest import examples

CREATE, DEPLOY, UPDATE = (
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "UpdateContainerService",
)


def in_create(**members: Any) -> tuple[str, dict[str, Any]]:
    return CREATE, {"serviceName": "shop", "power": "nano", "scale": 1, **members}


def in_deploy(**members: Any) -> tuple[str, dict[str, Any]]:
    return DEPLOY, {"serviceName": "shop", "containers": {"web": {"image": "nginx"}}, **members}


def in_container(**members: Any) -> tuple[str, dict[str, Any]]:
    return in_deploy(containers={"web": {"image": "nginx", **members}})


def at_endpoint(port: int = 80, **members: Any) -> tuple[str, dict[str, Any]]:
    web = {"image": "nginx", "ports": {str(port): "HTTP"}}
    endpoint = {"containerName": "web", "containerPort": port, **members}
    return in_deploy(containers={"web": web}, publicEndpoint=endpoint)


# Each strategy, and a request that holds its value.
HOLDS = {
    "service_names": lambda name: in_create(serviceName=name),
    "container_names": lambda name: in_deploy(containers={name: {"image": "nginx"}}),
    "container_labels": lambda label: (
        "RegisterContainerImage",
        {"serviceName": "shop", "label": label, "digest": f"sha256:{'0' * 64}"},
    ),
    "image_references": lambda image: in_container(image=image),
    "health_checks": lambda check: at_endpoint(healthCheck=check),
    "success_codes": lambda codes: at_endpoint(healthCheck={"successCodes": codes}),
    "ports": lambda port: at_endpoint(port),
    "protocols": lambda protocol: in_container(ports={"80": protocol}),
    "environments": lambda variables: in_container(environment=variables),
    "commands": lambda command: in_container(command=command),
    "tags": lambda tags: in_create(tags=tags),
    "public_domain_names": lambda names: in_create(publicDomainNames=names),
    "powers": lambda power: in_create(power=power),
    "scales": lambda scale: in_create(scale=scale),
    "private_registry_access": lambda access: in_create(privateRegistryAccess=access),
    "containers": lambda containers: in_deploy(containers=containers),
    "deployments": lambda deployment: in_create(deployment=deployment),
}
every_strategy = pytest.mark.parametrize("name", HOLDS)


def strategy(name: str) -> Any:
    if (
        name == "image_references"
    ):  # any kind is right in form; that a stored one exists is another matter
        return values.image_references(service="shop")
    return getattr(values, name)()


def prepare(lightsail: Lightsail, operation: str, request: dict[str, Any]) -> None:
    """What must be there before: the service, its images, certificates for the domains."""
    client = lightsail.client()
    for certificate, domains in request.get("publicDomainNames", {}).items():
        lightsail.certificates[certificate] = Certificate(tuple(domains))
    if operation != CREATE:
        active = {"ecrImagePullerRole": {"isActive": True}}
        client.create_container_service(
            serviceName=request["serviceName"],
            power="nano",
            scale=1,
            privateRegistryAccess=active,  # type: ignore[typeddict-item]
        )
        lightsail.clock.advance(3600)


@every_strategy
def test_the_schema_and_botocore_accept_every_value(name: str) -> None:
    @examples()
    @given(strategy(name))
    def accepted(value: Any) -> None:
        operation, request = HOLDS[name](value)
        validate(operation, "request", request, flavour="python")
        assert client_error(operation, request) is None

    accepted()


@every_strategy
def test_the_account_accepts_every_value(name: str) -> None:
    with simulate() as lightsail:
        client = lightsail.client()

        @examples(30)
        @given(strategy(name))
        def accepted(value: Any) -> None:
            lightsail.reset()
            operation, request = HOLDS[name](value)
            prepare(lightsail, operation, request)
            image = request.get("containers", {}).get("web", {}).get("image", "")
            if image.startswith(":"):
                label = image.split(".")[1]
                lightsail.services["shop"].register_image(label)
                version = image.split(".")[2]
                if version not in {"1", "latest"}:
                    return
            client._make_api_call(operation, request)

        accepted()


@pytest.mark.parametrize("operation", [CREATE, DEPLOY, UPDATE])
def test_the_account_accepts_every_whole_request(operation: str) -> None:
    with simulate() as lightsail:
        client = lightsail.client()

        @examples(60)
        @given(values.requests(operation))
        def accepted(request: dict[str, Any]) -> None:
            lightsail.reset()
            prepare(lightsail, operation, request)
            client._make_api_call(operation, request)

        accepted()


@pytest.mark.parametrize("operation", sorted(load().operations))
@settings(deadline=None)
def test_requests_of_every_operation_are_right(operation: str) -> None:
    @examples(5)
    @given(values.requests(operation))
    def right(request: dict[str, Any]) -> None:
        assert client_error(operation, request) is None
        validate(operation, "request", request, flavour="python")

    right()


@pytest.mark.parametrize("operation", sorted(load().operations))
def test_responses_of_every_operation_are_right(operation: str) -> None:
    @examples(5)
    @given(values.responses(operation))
    def right(response: dict[str, Any]) -> None:
        validate(operation, "response", response, flavour="python", strict=True)

    right()


# --- corners -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy_name", "corner"),
    [
        ("service_names", lambda name: len(name) == 1),
        ("service_names", lambda name: len(name) == rule_maximum("service-name.length")),
        ("service_names", lambda name: "--" in name),
        ("container_names", lambda name: len(name) == rule_maximum("container-name.length")),
        ("container_labels", lambda name: len(name) == rule_maximum("label.length")),
        ("ports", lambda port: port == rule("port.range").minimum),
        ("ports", lambda port: port == rule("port.range").maximum),
        ("containers", lambda found: len(found) == rule("containers.count").maximum),
        ("tags", lambda found: len(found) == rule("tags.count").maximum),
        ("scales", lambda scale: scale == 20),
        ("image_references", lambda image: image.endswith(".latest")),
        ("image_references", lambda image: "@sha256:" in image),
        ("image_references", lambda image: ".dkr.ecr.us-east-1.amazonaws.com/" in image),
        ("image_references", lambda image: image.startswith("public.ecr.aws/")),
        ("deployments", lambda found: "publicEndpoint" in found),
        ("health_checks", lambda found: len(found) == 6),
    ],
)
def test_corners_are_reached(strategy_name: str, corner: Any) -> None:
    find(
        getattr(values, strategy_name)(),
        corner,
        settings=settings(max_examples=3000, database=None, derandomize=True),
    )


def rule_maximum(rule_id: str) -> int:
    shape = {"service-name": "ContainerServiceName", "container-name": "ContainerName"}
    return int(load().shapes[shape.get(rule_id.split(".", maxsplit=1)[0], "ContainerLabel")].maximum or 0)


def test_every_value_of_an_enumeration_is_reached() -> None:
    for power in load().shapes["ContainerServicePowerName"].enum:
        assert find(values.powers(), lambda found, power=power: found == power) == power


# --- narrowed ----------------------------------------------------------------------------------------


@given(values.service_names(min_size=10, max_size=12))
def test_a_name_keeps_to_narrower_lengths(name: str) -> None:
    assert 10 <= len(name) <= 12


def test_lengths_that_no_name_has_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="70 characters or more"):
        values.service_names(min_size=70)


@given(values.image_references(kinds={"stored"}, service="web"))
def test_stored_images_are_of_the_service_that_is_asked_for(image: str) -> None:
    assert image.startswith(":web.")


def test_a_kind_of_image_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no kind private; there are public"):
        values.image_references(kinds={"private"})


@given(values.health_checks(timeout_below_interval=True))
def test_a_timeout_stays_below_its_interval_when_asked(check: dict[str, Any]) -> None:
    if "timeoutSeconds" in check:
        assert check["timeoutSeconds"] < check["intervalSeconds"]


@given(values.requests(CREATE))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_an_endpoint_is_a_web_port_of_one_of_its_containers(request: dict[str, Any]) -> None:
    deployment = request.get("deployment", {})
    endpoint = deployment.get("publicEndpoint")
    if endpoint is not None:
        ports = deployment["containers"][endpoint["containerName"]]["ports"]
        assert ports[str(endpoint["containerPort"])] in {"HTTP", "HTTPS"}


# --- shrinking ---------------------------------------------------------------------------------------


def test_the_plainest_request_reads_like_documentation() -> None:
    plainest = find(values.requests(CREATE), lambda request: True)
    assert plainest == {"power": "nano", "scale": 1, "serviceName": "a"}


def test_the_plainest_deployment_is_one_container() -> None:
    plainest = find(values.requests(DEPLOY), lambda request: True)
    assert plainest == {"serviceName": "a", "containers": {"a": {"image": "nginx"}}}
