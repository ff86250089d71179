"""Visits to the address of a service get the response of what the service runs at that moment."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Image
from pytest_lightsail.simulator.wire import Response
from tests.support.visits import (
    deploy,
    opened,
    quick,
    serve,
    status,
)

# --- responses of Lightsail itself -------------------------------------------------------------------


def test_a_service_without_a_deployment_is_unavailable(world):
    world.ready()
    response = opened(world)
    assert isinstance(response, Response)
    assert (response.status, response.body) == (503, b"503 Service Temporarily Unavailable")


def test_a_service_that_is_being_created_is_unavailable(world):
    world.create()
    assert status(world) == 503


def test_a_service_is_unavailable_during_its_first_deployment(world):
    world.ready()
    deploy(world, Image())
    assert status(world) == 503


def test_a_service_is_unavailable_after_a_failed_first_deployment(world):
    serve(world, Image(responds=500))
    assert world.get()["state"] == "READY"
    assert status(world) == 503


def test_a_deployment_without_a_public_endpoint_is_not_found(world):
    world.running()
    response = opened(world)
    assert isinstance(response, Response)
    assert (response.status, response.body) == (404, b"404 No Such Service")


def test_a_service_without_a_public_endpoint_is_not_found_during_a_deployment(world):
    world.running()
    deploy(world, Image())
    assert status(world) == 404


def test_a_disabled_service_is_unavailable(world):
    serve(world, Image())
    world.update(isDisabled=True)
    assert status(world) == 503
    world.settle()
    assert status(world) == 503


def test_a_service_that_is_enabled_again_responds(world):
    serve(world, Image())
    world.update(isDisabled=True)
    world.settle()
    world.update(isDisabled=False)
    assert status(world) == 503
    world.settle()
    world.advance(10)
    assert status(world) == 200


def test_containers_restart_when_their_service_is_enabled_again(world):
    serve(world, Image(starts_after=40))
    world.update(isDisabled=True)
    world.settle()
    world.update(isDisabled=False)
    world.settle()
    assert status(world) == 502
    world.advance(60)
    assert status(world) == 200


def test_a_change_of_capacity_causes_no_downtime(world):
    serve(world, Image())
    world.update(scale=3)
    assert world.get()["state"] == "UPDATING"
    assert status(world) == 200


# --- responses of the containers ---------------------------------------------------------------------


def test_the_image_of_the_public_container_responds(world):
    serve(world, Image(responds={"/": "hello", "/health": (202, "well")}))
    response = opened(world, "/health")
    assert isinstance(response, Response)
    assert (response.status, response.body) == (202, b"well")
    assert dict(response.headers)["Content-Length"] == "4"


def test_an_image_without_a_description_responds_with_200(world):
    world.ready()
    world.deploy(publicEndpoint=world.ENDPOINT)
    world.settle()
    assert status(world) == 200


def test_a_path_without_a_response_is_not_found(world):
    serve(world, Image(responds={"/": 200}))
    assert status(world, "/nothing") == 404


def test_a_health_check_finds_a_percent_encoded_path(world):
    serve(world, Image(responds={"/zum café": 200}), path="/zum%20caf%C3%A9", successCodes="200")
    assert status(world, "/zum%20caf%C3%A9") == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_every_method_gets_the_same_response_as_get(world, method):
    serve(world, Image(responds=(203, "body")))
    assert opened(world, method=method) == opened(world)


def test_the_old_version_responds_while_a_new_one_is_activating(world):
    serve(world, Image(responds="one"))
    deploy(world, Image(responds="two"), version=2)
    while world.account.regions[world.HOME].services["shop"].next:
        response = opened(world)
        assert isinstance(response, Response)
        assert response.body == b"one"
        world.step()
    response = opened(world)
    assert isinstance(response, Response)
    assert response.body == b"two"


def test_the_old_version_responds_after_a_new_one_has_failed(world):
    serve(world, Image(responds="one"))
    deploy(world, Image(responds=(500, "two")), version=2)
    world.settle()
    response = opened(world)
    assert isinstance(response, Response)
    assert response.body == b"one"


def test_a_new_description_of_an_image_applies_from_the_next_deployment(world):
    serve(world, Image(responds=201))
    world.account.images["shop:1"] = Image(responds=202)
    assert status(world) == 201
    world.deploy(
        containers={"web": {"image": "shop:1", "ports": {"80": "HTTP"}}},
        publicEndpoint=world.ENDPOINT,
    )
    world.settle()
    assert status(world) == 202


# --- when containers start ---------------------------------------------------------------------------


@pytest.mark.parametrize("image", [Image(starts_after=math.inf), Image(needs_env=("TOKEN",))])
def test_a_container_that_never_listens_gives_visitors_status_502(world, image):
    world.account.script.deploy(takes=1)
    serve(world, image)
    world.advance(60)
    assert status(world) == 502


def test_a_deployment_that_is_activated_too_soon_responds_once_it_listens(world):
    world.account.script.deploy(takes=1)
    serve(world, Image(starts_after=100))
    assert world.get()["state"] == "RUNNING"
    assert status(world) == 502
    world.advance(120)
    assert status(world) == 200


def test_the_containers_of_a_deployment_ended_by_hand_start_at_that_instant(world):
    world.ready()
    deploy(world, Image(starts_after=30))
    service = world.account.regions[world.HOME].services["shop"]
    world.account.progress.enter(service, "RUNNING")
    assert status(world) == 502
    world.advance(40)
    assert status(world) == 200


def test_containers_start_before_their_deployment_is_active(world):
    serve(world, Image(starts_after=40))
    started = world.account.regions[world.HOME].services["shop"].current.started
    assert world.clock.start.timestamp() * 1e9 < started < world.clock.epoch_ns
    assert status(world) == 200


@quick
@given(data=st.data())
def test_a_visitor_always_gets_the_response_that_matches_the_service(new_world, data):
    world = new_world()
    world.ready()
    image = Image(responds=209)
    for _ in range(data.draw(st.integers(1, 8))):
        service = world.account.regions[world.HOME].services.get("shop")
        state = "gone" if service is None else service.state
        step = data.draw(st.sampled_from(["deploy", "update", "disable", "delete", "wait"]))
        if step == "wait":
            world.advance(data.draw(st.sampled_from([1, 30, 400])))
        elif state in {"READY", "RUNNING", "DISABLED"}:
            if step == "deploy" and state != "DISABLED":
                deploy(world, image)
            elif step == "delete":
                world.delete()
            elif step in {"update", "disable"}:
                world.update(scale=2, isDisabled=step == "disable")
        service = world.account.regions[world.HOME].services.get("shop")
        if service is None:
            return
        serving = service.current and not service.is_disabled and service.state != "DELETING"
        assert status(world) == (209 if serving else 503)
