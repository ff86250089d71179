"""Every known error of the real service, with its type, status and message."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.simulator.faults import Fault
from pytest_lightsail.simulator.operations import OPERATIONS
from pytest_lightsail.simulator.resources import Certificate

from .conftest import World

DEPLOY = "CreateContainerServiceDeployment"
UPDATE = "UpdateContainerService"
NAME_PATTERN = "^(?:[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9])$"
IN_PROGRESS = (
    'Sorry, deployment 1 is in progress for service "warren-app". '
    "Please wait for it to complete before trying again."
)
METRIC = {
    "metricName": "CPUUtilization",
    "startTime": 0,
    "endTime": 1,
    "period": 300,
    "statistics": ["Average"],
}


def invalid_input(world: World, operation: str, **parameters: Any) -> str:
    """Make a call that must be refused as invalid input, and return the message."""
    reply = world.call(operation, **parameters)
    assert (reply.status, reply.error) == (400, "InvalidInputException")
    return str(reply.body["message"])


def deploying(world: World, name: str = "warren-app") -> None:
    world.ready(name)
    world.deploy(name)


# --- refusals ----------------------------------------------------------------------------------------


def test_a_service_beyond_the_quota_is_refused(world: World) -> None:
    world.account.quotas["services"] = 1
    world.create()
    message = invalid_input(
        world, "CreateContainerService", serviceName="blog", power="nano", scale=1
    )
    assert message == (
        "Sorry, you've either reached or will exceed your maximum limit of Lightsail Container Services."
    )


def test_the_first_service_of_an_account_with_quota_0_is_refused(world: World) -> None:
    world.account.quotas["services"] = 0
    message = invalid_input(
        world, "CreateContainerService", serviceName="shop", power="nano", scale=1
    )
    assert "maximum limit of Lightsail Container Services" in message


def test_a_deployment_is_refused_while_another_is_in_progress(world: World) -> None:
    deploying(world)
    message = invalid_input(world, DEPLOY, serviceName="warren-app", containers=world.CONTAINERS)
    assert message == IN_PROGRESS


def test_a_deletion_is_refused_during_a_deployment(world: World) -> None:
    deploying(world)
    message = invalid_input(world, "DeleteContainerService", serviceName="warren-app")
    assert message == IN_PROGRESS


def test_a_container_name_with_an_underscore_is_refused(world: World) -> None:
    world.ready()
    message = invalid_input(
        world, DEPLOY, serviceName="shop", containers={"backend_api": {"image": "nginx"}}
    )
    assert message == f'Container name "backend_api" does not match pattern: {NAME_PATTERN}'


def test_a_stored_image_with_an_invalid_version_is_refused(world: World) -> None:
    world.ready("container-service-1")
    image = ":container-service-1.my-react-ui.LATEST"
    message = invalid_input(
        world,
        DEPLOY,
        serviceName="container-service-1",
        containers={"frontend-ui": {"image": image}},
    )
    assert message == (
        f'Container "frontend-ui" has invalid image "{image}". '
        'Example of valid image: ":container-service-1.frontend-ui.123".'
    )


@pytest.mark.parametrize("ports", [{}, {"8080": "HTTP"}], ids=["no ports", "another port"])
def test_an_endpoint_port_that_the_container_does_not_open_is_refused(
    world: World, ports: dict[str, str]
) -> None:
    world.ready()
    message = invalid_input(
        world,
        DEPLOY,
        serviceName="shop",
        containers={"web": {"image": "nginx", "ports": ports}},
        publicEndpoint=world.ENDPOINT,
    )
    assert message == (
        "Invalid port specified. You must specify a port that is in the list of ports of the "
        "specified container."
    )


def test_a_certificate_that_is_not_issued_is_refused(world: World) -> None:
    world.ready()
    held = world.account.region(world.HOME).certificates
    held["ExsitingCertificate"] = Certificate(("www.example.com",), "PENDING_VALIDATION")
    message = invalid_input(
        world,
        UPDATE,
        serviceName="shop",
        publicDomainNames={"ExsitingCertificate": ["www.example.com"]},
    )
    assert message == (
        'Certificate "ExsitingCertificate" provided for service "shop" has PENDING_VALIDATION status, '
        "required status: ISSUED."
    )


def test_a_certificate_that_does_not_exist_is_refused(world: World) -> None:
    message = invalid_input(
        world,
        "CreateContainerService",
        serviceName="shop",
        power="nano",
        scale=1,
        publicDomainNames={"NonExsitingCertificate": ["a.example.com", "b.example.com"]},
    )
    assert "do not exist" in message


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        (UPDATE, {"scale": 2}),
        (DEPLOY, {"containers": World.CONTAINERS}),
        ("DeleteContainerService", {}),
    ],
)
def test_a_change_is_refused_while_the_service_is_pending(
    world: World, operation: str, more: dict[str, Any]
) -> None:
    world.create()
    message = invalid_input(world, operation, serviceName="shop", **more)
    assert "Please try again in a few minutes" in message


def test_a_registry_login_without_a_container_service_is_refused(world: World) -> None:
    message = invalid_input(world, "CreateContainerServiceRegistryLogin")
    assert message == (
        "You must create a container service before retrieving container registry login credentials"
    )


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("GetContainerServices", {}),
        ("GetContainerServiceDeployments", {}),
        ("GetContainerServiceMetricData", METRIC),
        ("GetContainerLog", {"containerName": "web"}),
        ("GetContainerImages", {}),
        ("RegisterContainerImage", {"label": "web", "digest": f"sha256:{64 * '0'}"}),
        ("DeleteContainerImage", {"image": ":shop.web.1"}),
        ("DeleteContainerService", {}),
        (UPDATE, {"scale": 2}),
        (DEPLOY, {"containers": World.CONTAINERS}),
    ],
)
def test_a_service_that_does_not_exist_is_not_found(
    world: World, operation: str, more: dict[str, Any]
) -> None:
    reply = world.call(operation, serviceName="shop", **more)
    assert (reply.status, reply.error) == (400, "NotFoundException")


def test_a_stored_image_that_does_not_exist_is_refused(world: World) -> None:
    world.ready()
    message = invalid_input(
        world, DEPLOY, serviceName="shop", containers={"web": {"image": ":shop.web.1"}}
    )
    assert "does not exist in your stored images" in message


def test_every_operation_that_names_a_service_is_tested_without_it(world: World) -> None:
    tested = {
        operation
        for mark in test_a_service_that_does_not_exist_is_not_found.pytestmark  # type: ignore[attr-defined]
        for operation, _ in mark.args[1]
    }
    shapes, operations = world.account.model.shapes, world.account.model.operations
    naming = {
        operation
        for operation in OPERATIONS
        if "serviceName" in shapes[operations[operation].input or ""].members
    }
    assert naming - tested == {"CreateContainerService"}


def test_a_missing_required_parameter_is_refused(world: World) -> None:
    message = invalid_input(world, "DeleteContainerService")
    assert message == "These parameters are required: serviceName"


def test_a_service_name_that_is_in_use_is_refused(world: World) -> None:
    world.create()
    message = invalid_input(
        world, "CreateContainerService", serviceName="shop", power="nano", scale=1
    )
    assert message == "Some names are already in use: shop"


# --- injected errors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "name", "status"),
    [
        (Fault.access_denied(), "AccessDeniedException", 400),
        (Fault.error("UnauthenticatedException"), "UnauthenticatedException", 400),
        (Fault.error("RegionSetupInProgressException"), "RegionSetupInProgressException", 400),
        (Fault.server_error(), "ServiceException", 500),
        (Fault.throttling(), "ThrottlingException", 400),
        (Fault.error("UnrecognizedClientException"), "UnrecognizedClientException", 403),
        (Fault.error("ExpiredTokenException"), "ExpiredTokenException", 403),
        (Fault.service_unavailable(), "ServiceUnavailable", 503),
        (Fault.error("AccountSetupInProgressException"), "AccountSetupInProgressException", 400),
        (Fault.error("OperationFailureException"), "OperationFailureException", 400),
        (Fault.error("OptInRequired"), "OptInRequired", 403),
        (Fault.error("RequestTimeoutException"), "RequestTimeoutException", 408),
    ],
    ids=lambda value: value.name if isinstance(value, Fault) else None,
)
def test_an_injected_error_has_the_status_of_its_type(
    world: World, fault: Fault, name: str, status: int
) -> None:
    world.account.faults.add(fault)
    reply = world.call("TagResource", resourceName="shop", tags=[])
    assert (reply.status, reply.error) == (status, name)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        ("GetDomains", "Domain-related APIs are only available in the us-east-1 Region."),
        ("CreateInstances", "Sorry, you've reached your maximum limit of Lightsail Instances : 0."),
    ],
    ids=["domains outside us-east-1", "the quota of instances"],
)
def test_a_fault_can_hit_an_operation_that_is_not_simulated(
    world: World, operation: str, text: str
) -> None:
    world.account.faults.add(Fault.error("InvalidInputException", text), operation=operation)
    assert invalid_input(world, operation) == text


# --- problems that are not reported as errors --------------------------------------------------------


def test_a_failed_health_check_shows_in_the_deployment_and_in_the_log(world: World) -> None:
    world.ready()
    world.account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    world.deploy()
    world.settle()
    world.advance(120)
    (deployment,) = world.call("GetContainerServiceDeployments", serviceName="shop").body[
        "deployments"
    ]
    assert deployment["state"] == "FAILED"
    log = world.call("GetContainerLog", serviceName="shop", containerName="web").body["logEvents"]
    assert log[-1]["message"] == "[deployment:1] Took too long"


def test_a_reached_certificate_limit_shows_in_the_state_detail(world: World) -> None:
    world.account.script.create(stuck_with="CERTIFICATE_LIMIT_EXCEEDED")
    world.create()
    world.advance(3600)
    shown = world.get()
    assert (shown["state"], shown["stateDetail"]["code"]) == (
        "PENDING",
        "CERTIFICATE_LIMIT_EXCEEDED",
    )
