"""``lightsail.add_service`` adds an existing service in any state, with its past."""

import pytest

from pytest_lightsail import ConfigurationError, Image


@pytest.mark.parametrize(
    "state", ["PENDING", "READY", "RUNNING", "DEPLOYING", "UPDATING", "DISABLED", "DELETING"]
)
def test_a_service_is_there_in_any_state(lightsail, lightsail_client, state):
    lightsail.add_service("shop", state)

    (service,) = lightsail_client.get_container_services(serviceName="shop")["containerServices"]
    assert service["state"] == state


def test_what_is_under_way_goes_on_to_its_end(lightsail):
    service = lightsail.add_service("shop", "DEPLOYING", image="nginx:1.27")
    assert service.current_deployment is None
    assert service.next_deployment.version == 1

    lightsail.clock.advance_until_settled()

    assert [each.state for each in service.deployments] == ["ACTIVE"]


def test_the_past_has_logs_and_instants_before_now(lightsail, lightsail_client):
    service = lightsail.add_service("shop", image="nginx:1.27")

    events = lightsail_client.get_container_log(serviceName="shop", containerName="web")[
        "logEvents"
    ]
    assert "[deployment:1] Creating your deployment" in service.logs("web")
    assert all(event["createdAt"] < lightsail.clock.now for event in events)
    assert service.describe()["createdAt"] < service.deployments[0].describe()["createdAt"]
    assert lightsail.calls[0].operation == "GetContainerLog"


def test_a_script_decides_what_is_still_under_way(lightsail):
    lightsail.script.deploy(never_ends=True)
    service = lightsail.add_service("shop", "DEPLOYING", image="nginx:1.27")

    lightsail.clock.advance(minutes=120)

    assert service.state == "DEPLOYING"


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ({"state": "RUNING"}, "did you mean 'RUNNING'"),
        ({"state": "READY", "image": "nginx"}, "such a service has no image"),
        ({"scale": 21}, "scale.range"),
        ({"power": "mini"}, "power is not valid"),
        ({"image": "No Image"}, "image.reference"),
    ],
)
def test_what_the_service_would_refuse_is_refused(lightsail, arguments, wrong):
    with pytest.raises(ConfigurationError, match=wrong):
        lightsail.add_service("shop", **arguments)

    assert not lightsail.services


def test_an_image_that_fails_does_not_change_the_past(lightsail):
    lightsail.images["shop:1"] = Image(pull="fails")

    assert lightsail.add_service("shop", image="shop:1").state == "RUNNING"
