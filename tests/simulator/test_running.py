"""A deployment that runs: its containers go on writing, until they end, and start again when enabled."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import Image
from pytest_lightsail.simulator.clock import NANOSECONDS
from tests.support.profiles import examples

from .conftest import ENDPOINT, World

DAY = 86400.0


def running(world: World, image: Image, **script: Any) -> None:
    """A service that runs that image; ``script`` is for its deployment."""
    world.account.images["shop:1"] = image
    world.ready()
    if script:
        world.account.script.deploy(**script)
    containers = {"web": {"image": "shop:1", "ports": {"80": "HTTP"}}}
    world.deploy(containers=containers, publicEndpoint=ENDPOINT)
    world.settle()


def lines(world: World, text: str = "") -> list[tuple[int, str]]:
    """Seconds since the start, and lines that have that text, of all pages."""
    start = (world.clock.epoch_ns - world.clock.elapsed_ns) // NANOSECONDS
    given: dict[str, Any] = {"serviceName": "shop", "containerName": "web"}
    world.account.region(world.HOME).services["shop"].logs.lag = 0
    found: list[tuple[int, str]] = []
    while True:
        body = world.call("GetContainerLog", **given).body
        found += [(one["createdAt"] - start, one["message"]) for one in body["logEvents"]]
        if "nextPageToken" not in body:
            return [one for one in found if text in one[1]]
        given["pageToken"] = body["nextPageToken"]


def test_a_container_that_exits_while_it_runs_says_so(world: World) -> None:
    running(world, Image(exits=600, exit_code=137, logs=("listening",)))
    assert not lines(world, "exited")
    assert len(lines(world, "listening")) == 1
    world.clock.advance(1200)
    assert {text for _, text in lines(world, "exited")} == {"exited with code 137"}
    assert len(lines(world, "listening")) == 1 + len(lines(world, "exited"))


def test_a_container_whose_deployment_is_replaced_writes_no_more(world: World) -> None:
    running(world, Image(exits=50))
    world.deploy()
    world.settle()
    before = lines(world, "exited")
    assert before[-1][0] >= world.clock.elapsed - 50
    world.clock.advance(600)
    assert lines(world, "exited") == before


def test_a_container_whose_deployment_failed_writes_no_more(world: World) -> None:
    running(world, Image(responds=503))
    before = lines(world)
    world.clock.advance(600)
    assert lines(world) == before


def test_a_disabled_service_writes_nothing_and_starts_again_when_enabled(world: World) -> None:
    running(world, Image(logs=("listening",)))
    world.update(isDisabled=True)
    world.settle()
    before = lines(world)
    world.clock.advance(600)
    assert lines(world) == before
    world.update(isDisabled=False)
    world.settle()
    assert lines(world)[len(before) :][0] == (int(world.clock.elapsed), "listening")


@pytest.mark.parametrize(("exits", "written"), [(600.0, 1), (600.000000001, 0)])
def test_a_container_writes_up_to_the_instant_of_its_end_and_nothing_later(
    world: World, exits: float, written: int
) -> None:
    running(world, Image(exits=exits))
    world.clock.advance(480)  # it has been up for 90 seconds, and disabling it takes another 30
    world.update(isDisabled=True)
    world.settle()
    world.clock.advance(60)
    assert len(lines(world, "exited")) == written


def test_a_container_starts_in_its_step_of_a_script(world: World) -> None:
    running(world, Image(logs=("listening",), exits=90), takes=300)
    ended = int(world.clock.elapsed)
    assert [at for at, _ in lines(world, "listening")] == [ended - 90, ended]


@pytest.mark.parametrize(("after", "started"), [(100, 100), (215, 210)])
def test_a_deployment_that_is_ended_by_hand_writes_each_line_once(
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


def test_images_that_nobody_has_described_write_nothing(world: World) -> None:
    world.running()
    world.clock.advance(600)
    assert all(text.startswith("[deployment:1]") for _, text in lines(world))


@pytest.mark.parametrize(
    ("quotas", "days"), [({}, 4), ({"log-days": 2}, 2), ({"log-days": 7}, 7)], ids=str
)
def test_a_log_has_no_more_than_the_days_that_are_kept(
    new_world: type[World], quotas: dict[str, int], days: int
) -> None:
    world = new_world()
    world.account.quotas.update(quotas)
    running(world, Image(exits=300))
    world.clock.advance(30 * DAY)
    kept = lines(world)
    assert kept[0][0] >= world.clock.elapsed - days * DAY
    assert len(kept) == days * DAY // 300


def test_without_a_quota_of_days_a_log_has_every_line(new_world: type[World]) -> None:
    world = new_world()
    world.account.quotas["log-days"] = None
    world.account.images["nginx:1"] = Image(exits=0.9 * DAY)
    world.ready()
    world.deploy()
    world.settle()
    world.clock.advance(6 * DAY)
    given = {"serviceName": "shop", "containerName": "web", "filterPattern": "exited"}
    assert len(world.call("GetContainerLog", **given).body["logEvents"]) == 6


@examples(10, among=50)
@given(st.lists(st.floats(0, 400), max_size=4), st.sampled_from([None, 70.5, 200.0]))
def test_what_is_written_does_not_depend_on_when_it_is_read(
    pauses: list[float], exits: float | None
) -> None:
    image = Image(exits=exits, logs=("listening",))
    often, once = World(), World()
    for world in (often, once):
        running(world, image)
    for pause in pauses:
        for world in (often, once):
            world.clock.advance(pause)
        lines(often)
    assert lines(often) == lines(once)


def test_an_image_that_is_described_anew_does_not_reach_containers_that_run(world: World) -> None:
    running(world, Image())
    world.account.images["shop:1"] = Image(exits=60)
    world.clock.advance(600)
    assert not lines(world, "exited")
