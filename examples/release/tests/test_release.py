"""Test the release tool on a simulated account. Virtual minutes pass in milliseconds."""

import logging
from dataclasses import replace

import pytest
from release_tool import (
    ConfigError,
    HealthCheck,
    ReleaseConfig,
    ReleaseFailed,
    ReleaseRefused,
    ReleaseTimeout,
    disable,
    enable,
    release,
    resize,
)

from pytest_lightsail import Fault

SHOP = ReleaseConfig(
    service="shop",
    image="example/shop:1",
    port=8080,
    health_check=HealthCheck(path="/health"),
    environment={"DATABASE_PASSWORD": "correct-horse"},
)
NEW_SHOP = replace(SHOP, image="example/shop:2")
ECR_IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1"


# --- releases that succeed -----------------------------------------------------------------------


def test_first_release_creates_the_service(lightsail):
    released = release(SHOP)

    service = lightsail.services["shop"]
    assert service.state == "RUNNING"
    assert (service.power, service.scale) == ("nano", 1)
    assert service.current_deployment.version == released.version == 1
    assert released.url == service.url
    assert lightsail.calls.count("CreateContainerService") == 1


def test_first_release_sends_what_was_configured(lightsail):
    release(SHOP)

    sent = lightsail.calls("CreateContainerServiceDeployment")[0].parameters
    assert sent["containers"]["app"] == {
        "image": "example/shop:1",
        "environment": {"DATABASE_PASSWORD": "correct-horse"},
        "ports": {"8080": "HTTP"},
    }
    assert sent["publicEndpoint"]["containerPort"] == 8080
    assert sent["publicEndpoint"]["healthCheck"]["path"] == "/health"


def test_second_release_replaces_the_running_one(lightsail):
    release(SHOP)
    released = release(NEW_SHOP)

    service = lightsail.services["shop"]
    assert released.version == service.current_deployment.version == 2
    assert service.current_deployment.containers["app"]["image"] == "example/shop:2"
    assert [deployment.state for deployment in service.deployments] == ["ACTIVE", "INACTIVE"]
    assert lightsail.calls.count("CreateContainerService") == 1


@pytest.mark.usefixtures("lightsail")
def test_values_of_the_environment_are_not_logged(caplog):
    with caplog.at_level(logging.DEBUG, logger="release_tool"):
        release(SHOP)

    assert "DATABASE_PASSWORD" in caplog.text
    assert "correct-horse" not in caplog.text
    assert "correct-horse" not in repr(SHOP)


def test_private_image_waits_for_the_role_that_pulls_it(lightsail):
    release(replace(SHOP, image=ECR_IMAGE))

    assert lightsail.services["shop"].current_deployment.containers["app"]["image"] == ECR_IMAGE
    (update,) = lightsail.calls("UpdateContainerService")
    (deploy,) = lightsail.calls("CreateContainerServiceDeployment")
    assert update.parameters["privateRegistryAccess"] == {"ecrImagePullerRole": {"isActive": True}}
    assert deploy.at - update.at > 20  # the role appears only after a while


def test_second_private_image_finds_the_role_active(lightsail):
    release(replace(SHOP, image=ECR_IMAGE))
    release(replace(SHOP, image=ECR_IMAGE))

    assert lightsail.calls.count("UpdateContainerService") == 1


# --- releases that fail --------------------------------------------------------------------------


def test_failed_health_check_leaves_the_old_version_running(lightsail):
    release(SHOP)
    lightsail.script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")

    with pytest.raises(ReleaseFailed, match="version 1 is") as failure:
        release(NEW_SHOP)

    assert (failure.value.version, failure.value.running) == (2, 1)
    service = lightsail.services["shop"]
    assert service.state == "RUNNING"
    assert service.current_deployment.version == 1
    assert [deployment.state for deployment in service.deployments] == ["FAILED", "ACTIVE"]


def test_failed_release_gives_power_and_scale_back(lightsail):
    release(SHOP)
    lightsail.script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")

    with pytest.raises(ReleaseFailed):
        release(replace(NEW_SHOP, power="small", scale=3))

    service = lightsail.services["shop"]
    assert (service.power, service.scale, service.state) == ("nano", 1, "RUNNING")
    sizes = [
        (call.parameters["power"], call.parameters["scale"])
        for call in lightsail.calls("UpdateContainerService")
    ]
    assert sizes == [("small", 3), ("nano", 1)]


def test_refused_image_gives_power_and_scale_back(lightsail):
    release(SHOP)

    with pytest.raises(ReleaseRefused, match=r":shop\.web\.LATEST"):
        release(replace(SHOP, image=":shop.web.LATEST", scale=2))

    service = lightsail.services["shop"]
    assert (service.scale, service.current_deployment.version) == (1, 1)


def test_failed_first_release_leaves_nothing_running(lightsail):
    lightsail.script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")

    with pytest.raises(ReleaseFailed, match="nothing is") as failure:
        release(SHOP)

    assert failure.value.running is None
    service = lightsail.services["shop"]
    assert service.state == "READY"
    assert service.current_deployment is None


def test_service_that_cannot_be_created_is_not_waited_for(lightsail):
    lightsail.script.create(stuck_with="CERTIFICATE_LIMIT_EXCEEDED")

    with pytest.raises(ReleaseFailed, match="CERTIFICATE_LIMIT_EXCEEDED"):
        release(SHOP)

    assert lightsail.clock.elapsed < SHOP.timeout


def test_release_after_a_failed_one_succeeds(lightsail):
    lightsail.script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")
    with pytest.raises(ReleaseFailed):
        release(SHOP)

    assert release(SHOP).version == 2


# --- time ----------------------------------------------------------------------------------------


def test_ten_minute_deployment_ends_within_fifteen(lightsail):
    lightsail.script.deploy(service="shop", takes=600)

    assert release(SHOP).version == 1

    (deploy,) = lightsail.calls("CreateContainerServiceDeployment")
    waited = lightsail.clock.elapsed - deploy.at
    assert 600 <= waited <= 600 + SHOP.poll_interval + 1


def test_deployment_that_never_ends_reaches_the_timeout(lightsail):
    lightsail.script.deploy(service="shop", never_ends=True)

    with pytest.raises(ReleaseTimeout, match=r"900 s.*run version 1.*DEPLOYING"):
        release(SHOP)

    assert 900 <= lightsail.clock.elapsed < 901
    service = lightsail.services["shop"]
    assert (service.state, service.next_deployment.state) == ("DEPLOYING", "ACTIVATING")


def test_timeout_keeps_the_old_version_running(lightsail):
    release(SHOP)
    lightsail.script.deploy(service="shop", never_ends=True)

    with pytest.raises(ReleaseTimeout, match="current version 1, next 2"):
        release(NEW_SHOP)

    assert lightsail.services["shop"].current_deployment.version == 1


# --- AWS errors ----------------------------------------------------------------------------------


def test_throttling_is_left_to_botocore(lightsail):
    lightsail.faults.add(Fault.throttling(), operation="GetContainerServices", times=3)

    assert release(SHOP).version == 1

    errors = [call.error for call in lightsail.calls[:4]]
    assert errors == ["ThrottlingException"] * 3 + ["NotFoundException"]


def test_throttling_beyond_the_retries_of_botocore_is_survived(lightsail):
    lightsail.faults.add(Fault.throttling(), operation="CreateContainerServiceDeployment", times=8)

    assert release(SHOP).version == 1
    assert lightsail.calls.count("CreateContainerServiceDeployment") == 9


def test_throttling_without_end_reaches_the_timeout(lightsail):
    lightsail.faults.add(Fault.throttling(), operation="GetContainerServices", times=None)

    with pytest.raises(ReleaseTimeout, match="ThrottlingException"):
        release(SHOP)


def test_lost_connection_is_survived(lightsail):
    lightsail.faults.add(Fault.connection_reset(), operation="GetContainerServices", times=8)

    assert release(SHOP).version == 1


def test_denied_access_is_not_tried_again(lightsail):
    lightsail.faults.add(Fault.access_denied(), operation="CreateContainerService")

    with pytest.raises(ReleaseRefused) as refusal:
        release(SHOP)

    assert refusal.value.code == "AccessDeniedException"
    assert len(lightsail.services) == 0


# --- services in another state -------------------------------------------------------------------


def test_deployment_of_somebody_else_is_waited_for(lightsail, lightsail_client):
    release(SHOP)
    lightsail_client.create_container_service_deployment(
        serviceName="shop", containers={"app": {"image": "example/colleague:1"}}
    )

    released = release(NEW_SHOP)

    assert released.version == 3
    states = [deployment.state for deployment in lightsail.services["shop"].deployments]
    assert states == ["ACTIVE", "INACTIVE", "INACTIVE"]


def test_service_that_is_being_deleted_is_created_anew(lightsail, lightsail_client):
    release(SHOP)
    lightsail_client.delete_container_service(serviceName="shop")

    assert release(SHOP).version == 1
    assert lightsail.calls.count("CreateContainerService") == 2


def test_disabled_service_is_not_released_to(lightsail):
    release(SHOP)
    disable("shop")

    with pytest.raises(ReleaseRefused, match="disabled"):
        release(NEW_SHOP)

    assert lightsail.services["shop"].state == "DISABLED"
    assert lightsail.calls.count("CreateContainerServiceDeployment") == 1


# --- invalid configurations ----------------------------------------------------------------------


def test_bad_name_is_refused_by_the_service(lightsail):
    with pytest.raises(ReleaseRefused, match="My_Shop") as refusal:
        release(replace(SHOP, service="My_Shop"))

    assert refusal.value.code == "InvalidInputException"
    assert "My_Shop" not in lightsail.services
    assert len(lightsail.services) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "health"},
        {"success_codes": "200-599"},
        {"success_codes": "299-200"},
        {"timeout": 61},
        {"interval": 4},
    ],
    ids=str,
)
def test_bad_health_check_is_found_before_any_call(lightsail, wrong):
    with pytest.raises(ConfigError):
        release(replace(SHOP, health_check=HealthCheck(**wrong)))

    assert not lightsail.calls


# --- power, scale, on and off --------------------------------------------------------------------


def test_resize_changes_power_and_scale(lightsail):
    release(SHOP)
    resize("shop", power="small", scale=2)

    service = lightsail.services["shop"]
    assert (service.power, service.scale, service.state) == ("small", 2, "RUNNING")
    assert service.current_deployment.version == 1


def test_resize_to_the_present_size_changes_nothing(lightsail):
    release(SHOP)
    resize("shop", power="nano", scale=1)

    assert lightsail.calls.count("UpdateContainerService") == 0


def test_resize_of_a_missing_service_is_refused(lightsail):
    with pytest.raises(ReleaseRefused) as refusal:
        resize("shop", power="small", scale=2)

    assert refusal.value.code == "NotFoundException"
    assert len(lightsail.services) == 0


def test_release_resizes_first(lightsail):
    release(SHOP)
    release(replace(NEW_SHOP, power="micro"))

    operations = [call.operation for call in lightsail.calls if "Get" not in call.operation]
    assert operations[-2:] == ["UpdateContainerService", "CreateContainerServiceDeployment"]
    assert lightsail.services["shop"].power == "micro"


def test_disabled_service_keeps_its_deployment(lightsail):
    release(SHOP)
    disable("shop")

    service = lightsail.services["shop"]
    assert service.state == "DISABLED"
    assert service.is_disabled
    assert service.current_deployment.version == 1


def test_enabled_service_runs_again(lightsail):
    release(SHOP)
    disable("shop")
    enable("shop")

    service = lightsail.services["shop"]
    assert service.state == "RUNNING"
    assert not service.is_disabled


def test_disabling_twice_asks_once(lightsail):
    release(SHOP)
    disable("shop")
    disable("shop")

    assert lightsail.calls.count("UpdateContainerService") == 1
