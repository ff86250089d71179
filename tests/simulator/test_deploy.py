"""CreateContainerServiceDeployment, and the members of a deployment."""

from __future__ import annotations

import pytest

DEFAULT_HEALTH_CHECK = {
    "healthyThreshold": 2,
    "unhealthyThreshold": 2,
    "timeoutSeconds": 2,
    "intervalSeconds": 5,
    "path": "/",
    "successCodes": "200-499",
}


@pytest.fixture
def deployed(world):
    """Return a function that deploys with the given members and returns the new deployment."""
    world.ready()

    def deploy(**members):
        return world.deploy(**members)["nextDeployment"]

    return deploy


# --- the response ------------------------------------------------------------------------------------


def test_the_response_shows_the_service_as_deploying(world):
    world.ready()
    assert world.deploy()["state"] == "DEPLOYING"


def test_state_detail_is_absent_from_the_response(world):
    world.ready()
    assert "stateDetail" not in world.deploy()


def test_the_response_shows_the_next_deployment_as_activating(deployed):
    deployment = deployed()
    assert (deployment["version"], deployment["state"]) == (1, "ACTIVATING")


def test_the_response_still_shows_the_current_deployment(world):
    current = world.running()["currentDeployment"]
    service = world.deploy()
    assert service["currentDeployment"] == current
    assert service["nextDeployment"]["version"] == 2


def test_a_deployment_has_a_version_a_state_containers_and_a_creation_time(deployed):
    assert set(deployed()) == {"version", "state", "containers", "createdAt"}


def test_a_deployment_with_an_endpoint_also_has_that_endpoint(world, deployed):
    assert "publicEndpoint" in deployed(publicEndpoint=world.ENDPOINT)


def test_created_at_is_the_virtual_time_of_the_call(world, deployed):
    world.advance(7.5)
    assert deployed()["createdAt"] == world.clock.start.timestamp() + int(world.elapsed)


def test_an_active_deployment_keeps_its_creation_time(world, deployed):
    created = deployed()["createdAt"]
    world.settle()
    assert world.get()["currentDeployment"]["createdAt"] == created


# --- versions ----------------------------------------------------------------------------------------


def test_versions_increase_by_1(world):
    world.ready()
    versions = []
    for _ in range(3):
        versions.append(world.deploy()["nextDeployment"]["version"])
        world.settle()
    assert versions == [1, 2, 3]


def test_versions_also_increase_after_failures(world):
    world.ready()
    world.account.script.deploy(fails_at="CREATING_DEPLOYMENT", times=2)
    versions = []
    for _ in range(3):
        versions.append(world.deploy()["nextDeployment"]["version"])
        world.settle()
    assert versions == [1, 2, 3]
    assert world.get()["currentDeployment"]["version"] == 3


def test_a_refused_deployment_does_not_use_up_a_version(world):
    world.ready()
    world.refused("CreateContainerServiceDeployment", serviceName="shop", containers={})
    assert world.deploy()["nextDeployment"]["version"] == 1


def test_each_service_numbers_its_own_deployments(world):
    world.running("a")
    world.ready("b")
    assert world.deploy("b")["nextDeployment"]["version"] == 1


# --- defaults ----------------------------------------------------------------------------------------


def test_omitted_members_of_a_container_get_defaults(deployed):
    container = deployed(containers={"web": {"image": "nginx"}})["containers"]["web"]
    assert container == {"image": "nginx", "command": [], "environment": {}, "ports": {}}


def test_null_members_of_a_container_get_defaults(deployed):
    given = {"image": "nginx", "command": None, "environment": None, "ports": None}
    container = deployed(containers={"web": given})["containers"]["web"]
    assert container == {"image": "nginx", "command": [], "environment": {}, "ports": {}}


def test_given_members_of_a_container_are_kept(deployed):
    container = {
        "image": "nginx",
        "command": ["serve", ""],
        "environment": {"MODE": "a", "EMPTY": ""},
        "ports": {"80": "HTTP", "53": "UDP"},
    }
    assert deployed(containers={"web": container})["containers"] == {"web": container}


def test_an_omitted_health_check_gets_defaults(world, deployed):
    endpoint = deployed(publicEndpoint=world.ENDPOINT)["publicEndpoint"]
    assert endpoint == {**world.ENDPOINT, "healthCheck": DEFAULT_HEALTH_CHECK}


@pytest.mark.parametrize("given", [{}, None, {"path": None}])
def test_an_empty_health_check_gets_defaults(world, deployed, given):
    endpoint = deployed(publicEndpoint={**world.ENDPOINT, "healthCheck": given})["publicEndpoint"]
    assert endpoint["healthCheck"] == DEFAULT_HEALTH_CHECK


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("path", "/health"),
        ("successCodes", "200"),
        ("timeoutSeconds", 60),
        ("intervalSeconds", 300),
        ("healthyThreshold", 1),
        ("unhealthyThreshold", 9),
    ],
)
def test_omitted_members_of_a_health_check_get_defaults(world, deployed, member, value):
    given = {**world.ENDPOINT, "healthCheck": {member: value}}
    expected = {**DEFAULT_HEALTH_CHECK, member: value}
    assert deployed(publicEndpoint=given)["publicEndpoint"]["healthCheck"] == expected


def test_a_null_endpoint_creates_no_endpoint(deployed):
    assert "publicEndpoint" not in deployed(publicEndpoint=None)


def test_a_deployment_given_at_creation_gets_the_same_defaults(world):
    given = {"containers": {"web": {"image": "nginx", "ports": {"80": "HTTP"}}}}
    service = world.create(deployment={**given, "publicEndpoint": world.ENDPOINT})
    deployment = service["nextDeployment"]
    assert deployment["containers"]["web"]["command"] == []
    assert deployment["publicEndpoint"]["healthCheck"] == DEFAULT_HEALTH_CHECK


# --- time --------------------------------------------------------------------------------------------


def test_state_details_appear_in_the_documented_order(world):
    world.ready()
    world.deploy()
    assert world.walk(of="detail") == [
        None,
        "CREATING_SYSTEM_RESOURCES",
        "CREATING_NETWORK_INFRASTRUCTURE",
        "PROVISIONING_CERTIFICATE",
        "PROVISIONING_SERVICE",
        "CREATING_DEPLOYMENT",
        "EVALUATING_HEALTH_CHECK",
        "ACTIVATING_DEPLOYMENT",
        None,
    ]


def test_state_detail_has_a_code_and_a_message(world):
    world.ready()
    world.deploy()
    world.step()
    detail = world.get()["stateDetail"]
    assert set(detail) == {"code", "message"}
    assert detail["code"] == "CREATING_SYSTEM_RESOURCES"
    assert detail["message"]


def test_state_detail_is_absent_when_running(world):
    assert "stateDetail" not in world.running()


def test_a_deployment_takes_five_minutes(world):
    world.ready()
    world.deploy()
    world.advance(299.999)
    assert world.get()["state"] == "DEPLOYING"
    world.advance(0.001)
    assert world.get()["state"] == "RUNNING"


def test_a_deployment_finishes_without_being_polled(world):
    world.ready()
    world.deploy()
    world.advance(10_000)
    assert world.get()["state"] == "RUNNING"


def test_deployments_of_several_services_run_concurrently(world):
    world.ready("a")
    world.ready("b")
    world.deploy("a")
    world.advance(150)
    world.deploy("b")
    world.advance(150)
    assert [world.get(name)["state"] for name in ("a", "b")] == ["RUNNING", "DEPLOYING"]


# --- secrets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0, 30])
def test_the_repr_of_a_service_contains_no_environment_values(world, lag):
    secret = {"web": {"image": "nginx:1", "environment": {"TOKEN": "hunter2"}}}
    world.ready()
    world.account.script.deploy(lag=lag, times=None)
    for _ in range(2):
        world.deploy(containers=secret)
        world.get()
        assert "hunter2" not in repr(world.account.region(world.HOME).services["shop"])
        world.settle()
