"""The log lines that containers write when a deployment or the enabling of a service starts them."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import Image
from pytest_lightsail.simulator.clock import NANOSECONDS

from .conftest import ENDPOINT, World


def running(world: World, image: Image, **script: Any) -> None:
    """Deploy an image to a new service. ``script`` is the script of the deployment."""
    world.account.images["shop:1"] = image
    world.ready()
    if script:
        world.account.script.deploy(**script)
    containers = {"web": {"image": "shop:1", "ports": {"80": "HTTP"}}}
    world.deploy(containers=containers, publicEndpoint=ENDPOINT)
    world.settle()


def lines(world: World, text: str = "") -> list[tuple[int, str]]:
    """Return the log lines that contain ``text``, with the seconds since the start of the account."""
    start = (world.clock.epoch_ns - world.clock.elapsed_ns) // NANOSECONDS
    script = world.account.script
    script.pace = script.pace._replace(logs_lag=0)
    body = world.call("GetContainerLog", serviceName="shop", containerName="web").body
    found = [(one["createdAt"] - start, one["message"]) for one in body["logEvents"]]
    return [one for one in found if text in one[1]]


def test_a_disabled_service_logs_nothing_until_it_is_enabled_again(world: World) -> None:
    running(world, Image(logs=("listening",)))
    world.update(isDisabled=True)
    world.settle()
    before = lines(world)
    world.clock.advance(600)
    assert lines(world) == before
    world.update(isDisabled=False)
    world.settle()
    assert lines(world)[len(before) :][0] == (int(world.clock.elapsed), "listening")


@pytest.mark.parametrize(("after", "started"), [(100, 100), (215, 210)])
def test_a_deployment_that_is_ended_by_hand_logs_each_line_once(
    world: World, after: int, started: int
) -> None:
    world.account.images["nginx:1"] = Image(logs=("listening",))
    world.ready()
    begun = int(world.elapsed)
    world.deploy(publicEndpoint=ENDPOINT)
    world.clock.advance(after)
    world.account.progress.enter(world.account.region(world.HOME).services["shop"], "RUNNING")
    world.clock.advance(10)
    assert [at - begun for at, _ in lines(world, "listening")] == [started]


def test_images_without_a_description_log_nothing(world: World) -> None:
    world.running()
    world.clock.advance(600)
    assert all(text.startswith("[deployment:1]") for _, text in lines(world))


def test_the_containers_of_a_scripted_deployment_start_when_it_is_active(world: World) -> None:
    running(world, Image(logs=("listening",)), takes=300)
    assert [at for at, _ in lines(world, "listening")] == [int(world.clock.elapsed)]


def test_an_exit_after_the_end_of_the_deployment_is_not_simulated(world: World) -> None:
    running(world, Image(exits=600))
    before = lines(world)
    world.clock.advance(1200)
    assert lines(world) == before
