"""GetContainerServiceMetricData."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .conftest import World


def metrics(world: World, **more: Any) -> list[dict[str, Any]]:
    now = world.clock.timestamp
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


def test_a_service_without_a_deployment_has_no_metrics(world: World) -> None:
    world.ready()
    world.clock.advance(3600)
    assert metrics(world) == []


def test_metrics_have_a_point_every_five_minutes(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    times = [point["timestamp"] for point in metrics(world)]
    assert len(times) == 12
    assert {later - sooner for sooner, later in pairwise(times)} == {300}


def test_a_shorter_period_gives_no_finer_points(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    assert len(metrics(world, period=60)) == 12


def test_a_longer_period_gives_fewer_points(world: World) -> None:
    world.running()
    world.clock.advance(7200)
    times = [point["timestamp"] for point in metrics(world, period=1800)]
    assert len(times) == 4
    assert {later - sooner for sooner, later in pairwise(times)} == {1800}


def test_only_the_requested_statistics_are_returned(world: World) -> None:
    world.running()
    world.clock.advance(600)
    assert set(metrics(world, statistics=["Maximum", "SampleCount"])[0]) == {
        "maximum",
        "sampleCount",
        "timestamp",
        "unit",
    }


def test_a_new_deployment_makes_earlier_metrics_disappear(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    world.deploy()
    world.settle()
    assert metrics(world) == []


def test_metrics_start_again_when_a_disabled_service_is_enabled(world: World) -> None:
    world.running()
    world.clock.advance(3600)
    world.update(isDisabled=True)
    world.clock.advance(3600)
    assert metrics(world) == []
    world.update(isDisabled=False)
    world.clock.advance(1800)
    times = [point["timestamp"] for point in metrics(world)]
    assert len(times) == 6
    assert times[0] >= world.clock.timestamp - 1800


def test_no_point_lies_outside_the_requested_time_range(world: World) -> None:
    world.running()
    world.clock.advance(7200)
    now = world.clock.timestamp
    times = [
        point["timestamp"] for point in metrics(world, startTime=now - 1800, endTime=now - 600)
    ]
    assert len(times) == 4
    assert metrics(world, startTime=now, endTime=now - 600) == []
    assert metrics(world, startTime=now + 600, endTime=now + 6000) == []


def test_a_service_has_no_metrics_while_it_is_being_enabled(world: World) -> None:
    world.disabled()
    world.clock.advance(3600)
    world.update(isDisabled=False)
    assert world.get()["state"] == "UPDATING"
    assert metrics(world) == []
    world.settle()
    world.clock.advance(600)
    assert len(metrics(world)) == 2
