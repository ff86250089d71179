"""``lightsail.add_service`` adds an existing service in any state, with its past deployments."""

import pytest

from pytest_lightsail import ConfigurationError, Image

WEB = {"containers": {"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}}}
FAILED = {**WEB, "state": "FAILED"}


@pytest.mark.parametrize(
    "state", ["PENDING", "READY", "RUNNING", "DEPLOYING", "UPDATING", "DISABLED", "DELETING"]
)
def test_add_service_adds_a_service_in_any_state(lightsail, lightsail_client, state):
    lightsail.add_service("shop", state)

    (service,) = lightsail_client.get_container_services(serviceName="shop")["containerServices"]
    assert service["state"] == state


def test_an_added_deployment_in_progress_continues_to_its_end(lightsail):
    service = lightsail.add_service("shop", "DEPLOYING", deployments=[WEB, FAILED, WEB])
    assert service.current_deployment.version == 1
    assert service.next_deployment.version == 3

    lightsail.clock.advance_until_settled()

    assert [each.state for each in service.deployments] == ["ACTIVE", "FAILED", "INACTIVE"]


def test_an_added_pending_service_runs_its_first_deployment(lightsail):
    service = lightsail.add_service("shop", "PENDING", image="nginx:1.27")
    assert service.next_deployment.version == 1

    lightsail.clock.advance_until_settled()

    assert service.state == "RUNNING"


def test_an_added_service_has_logs_and_timestamps_in_the_past(lightsail, lightsail_client):
    service = lightsail.add_service("shop", image="nginx:1.27")

    events = lightsail_client.get_container_log(serviceName="shop", containerName="web")[
        "logEvents"
    ]
    assert "[deployment:1] Creating your deployment" in service.logs("web")
    assert all(event["createdAt"] < lightsail.clock.now for event in events)
    assert service.describe()["createdAt"] < service.deployments[0].describe()["createdAt"]
    assert lightsail.calls[0].operation == "GetContainerLog"


def test_a_new_deployment_continues_the_version_numbers(lightsail, lightsail_client):
    lightsail.add_service("shop", "READY", deployments=[FAILED, FAILED])

    response = lightsail_client.create_container_service_deployment(
        serviceName="shop", containers=WEB["containers"]
    )

    assert response["containerService"]["nextDeployment"]["version"] == 3


def test_a_service_has_the_tags_it_was_added_with(lightsail):
    assert lightsail.add_service("shop", tags={"stage": "test"}).tags == {"stage": "test"}


def test_a_script_applies_to_an_added_deployment_in_progress(lightsail):
    lightsail.script.deploy(never_ends=True)
    service = lightsail.add_service("shop", "DEPLOYING", image="nginx:1.27")

    lightsail.clock.advance(minutes=120)

    assert service.state == "DEPLOYING"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"state": "RUNING"}, "did you mean 'RUNNING'"),
        ({"state": "READY", "image": "nginx"}, "cannot have deployments in these states: ACTIVE"),
        ({"state": "RUNNING", "deployments": [FAILED]}, "in these states: FAILED"),
        ({"state": "DEPLOYING", "deployments": [FAILED]}, "in these states: FAILED"),
        ({"state": "PENDING", "deployments": [WEB, WEB]}, "in these states: ACTIVE, ACTIVE"),
        ({"deployments": [{**WEB, "state": "FAYLED"}]}, "did you mean 'FAILED'"),
        ({"deployments": [{**WEB, "version": 7}]}, "Unknown parameter: version"),
        ({"deployments": [WEB], "image": "nginx"}, "not both"),
        ({"tags": {"a" * 129: "b"}}, r"tags\[0\]\.key is not valid"),
        ({"scale": 21}, "scale.range"),
        ({"power": "mini"}, "power is not valid"),
        ({"image": "No Image"}, "image.reference"),
    ],
)
def test_add_service_refuses_invalid_arguments(lightsail, arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        lightsail.add_service("shop", **arguments)

    assert not lightsail.services


def test_a_failing_image_does_not_affect_an_added_running_service(lightsail):
    lightsail.images["shop:1"] = Image(pull="fails")

    assert lightsail.add_service("shop", image="shop:1").state == "RUNNING"
