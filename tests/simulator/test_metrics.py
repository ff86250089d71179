"""GetContainerServiceMetricData."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from pytest_lightsail import Image

from .conftest import World


def metrics(world: World, **more: Any) -> list[dict[str, Any]]:
    now = world.clock.epoch
    given = {
        "serviceName": "shop",
        "metricName": "CPUUtilization",
        "startTime": now - 86400,
        "endTime": now,
        "period": 300,
        "statistics": ["Average"],
        **more,
    }
    found: list[dict[str, Any]] = world.call("GetContainerServiceMetricData", **given).body[
        "metricData"
    ]
    return found


def test_a_service_without_deployment_has_no_data(world: World) -> None:
    world.ready()
    world.clock.advance(3600)
    assert metrics(world) == []


def test_there_is_a_point_every_five_minutes(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    times = [point["timestamp"] for point in metrics(world)]
    assert len(times) == 12
    assert {later - sooner for sooner, later in pairwise(times)} == {300}


def test_a_shorter_period_gives_no_finer_points(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    assert len(metrics(world, period=60)) == 12


def test_only_the_statistics_that_were_asked_for_are_given(world: World) -> None:
    world.running()
    world.clock.advance(600)
    assert set(metrics(world, statistics=["Maximum", "SampleCount"])[0]) == {
        "maximum",
        "sampleCount",
        "timestamp",
        "unit",
    }


def test_an_image_says_what_it_uses(world: World) -> None:
    world.account.images["nginx:1"] = Image(cpu=30, memory=55)
    world.running()
    world.clock.advance(600)
    assert metrics(world)[0]["average"] == 30
    assert metrics(world, metricName="MemoryUtilization")[0]["average"] == 55


def test_containers_use_a_node_together_and_no_more_than_all_of_it(world: World) -> None:
    world.account.images["nginx:1"] = Image(cpu=30, memory=55)
    world.ready()
    world.deploy(containers={"web": {"image": "nginx:1"}, "side": {"image": "nginx:1"}})
    world.settle()
    world.clock.advance(600)
    assert metrics(world)[0]["average"] == 60
    assert metrics(world, metricName="MemoryUtilization")[0]["average"] == 100


def test_samples_come_from_every_node(world: World) -> None:
    world.running(scale=3)
    world.clock.advance(3600)
    point = metrics(world, statistics=["SampleCount"], period=900)[1]
    assert point["sampleCount"] == 9


def test_a_new_deployment_makes_earlier_metrics_disappear(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    world.deploy()
    world.settle()
    assert metrics(world) == []


def test_a_service_that_was_disabled_begins_anew_when_it_is_enabled(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    world.update(isDisabled=True)
    world.clock.advance(3600)
    assert metrics(world) == []
    world.update(isDisabled=False)
    world.clock.advance(1800)
    times = [point["timestamp"] for point in metrics(world)]
    assert len(times) == 6
    assert times[0] >= world.clock.epoch - 1800


def test_a_period_gathers_the_samples_of_its_time(world: World) -> None:
    world.account.images["nginx:1"] = Image(cpu=20)
    world.running()
    world.clock.advance(7200)
    every = ["Minimum", "Maximum", "Sum", "Average", "SampleCount"]
    hour = metrics(world, period=3600, statistics=every)[1]
    assert hour == {
        "average": 20,
        "maximum": 20,
        "minimum": 20,
        "sampleCount": 12,
        "sum": 240,
        "timestamp": hour["timestamp"],
        "unit": "Percent",
    }
    assert hour["timestamp"] % 3600 == 0


def test_no_point_lies_outside_the_time_that_was_asked_for(world: World) -> None:
    world.running()
    world.clock.advance(7200)
    now = world.clock.epoch
    times = [
        point["timestamp"] for point in metrics(world, startTime=now - 1800, endTime=now - 600)
    ]
    assert len(times) == 4
    assert metrics(world, startTime=now, endTime=now - 600) == []
    assert metrics(world, startTime=now + 600, endTime=now + 6000) == []


def test_a_service_that_is_being_enabled_has_no_data_yet(world: World) -> None:
    world.disabled()
    world.clock.advance(3600)
    world.update(isDisabled=False)
    assert world.get()["state"] == "UPDATING"
    assert metrics(world) == []
    world.settle()
    world.clock.advance(600)
    assert len(metrics(world)) == 2
