"""The behaviour of its images decides the outcome of a deployment."""

from __future__ import annotations

import pytest

from pytest_lightsail import Image

from .conftest import ENDPOINT, World


def release(world: World, image: Image) -> dict[str, object]:
    world.account.images["nginx:2"] = image
    containers = {"web": {"image": "nginx:2", "ports": {"80": "HTTP"}}}
    return world.deploy(containers=containers, publicEndpoint=ENDPOINT)


def test_an_image_that_starts_slowly_makes_the_deployment_slow(world: World) -> None:
    world.ready()
    release(world, Image(starts_after=200))
    world.clock.advance(400)
    assert world.get()["stateDetail"]["code"] == "EVALUATING_HEALTH_CHECK"
    world.clock.advance(200)
    assert world.get()["state"] == "RUNNING"


@pytest.mark.parametrize(
    "image", [Image(responds=503), Image(pull="fails"), Image(exits=3), Image(needs_env=("TOKEN",))]
)
def test_an_image_that_fails_leaves_the_old_deployment_active(world: World, image: Image) -> None:
    world.running()
    release(world, image)
    world.settle()
    service = world.get()
    assert service["state"] == "RUNNING"
    assert service["currentDeployment"]["version"] == 1
    assert "nextDeployment" not in service


def test_the_health_check_of_the_deployment_decides_its_outcome(world: World) -> None:
    world.account.images["nginx:2"] = Image(responds={"/": 500, "/health": 200})
    world.ready()
    containers = {"web": {"image": "nginx:2", "ports": {"80": "HTTP"}}}
    endpoint = {**ENDPOINT, "healthCheck": {"path": "/health"}}
    world.deploy(containers=containers, publicEndpoint=endpoint)
    world.settle()
    assert world.get()["state"] == "RUNNING"


def test_the_history_shows_why_a_deployment_failed(world: World) -> None:
    world.ready()
    release(world, Image(responds=503))
    world.settle()
    assert "the last response was 503" in world.account.history.entries[-1].cause  # type: ignore[union-attr]


@pytest.mark.parametrize("image", [Image(responds=503), Image(pull="fails"), Image(exits=1)])
def test_a_script_takes_precedence_over_the_image(world: World, image: Image) -> None:
    world.ready()
    world.account.script.deploy(takes=10)
    release(world, image)
    world.clock.advance(10)
    assert world.get()["state"] == "RUNNING"
