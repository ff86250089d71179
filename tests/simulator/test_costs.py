"""The cost of a call, in function calls and bytes, does not grow with the account."""

from __future__ import annotations

import gc
import math
import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from .conftest import World

MOST_BYTES = 1500
"""The limit for the entry in the history of one read."""


def filled(services: int) -> World:
    world = World(patience=math.inf)
    world.account.quotas["services"] = services
    for number in range(services):
        world.create(f"s{number}")
    world.settle()
    return world


def steps(work: Callable[[], Any]) -> int:
    """Return the number of functions that are called."""
    count = 0

    def called(_frame: FrameType) -> None:
        nonlocal count
        count += 1

    watch(work, called)
    return count


def watch(work: Callable[[], Any], called: Callable[[FrameType], None]) -> None:
    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if event in {"call", "c_call"}:
            called(frame)

    before = sys.getprofile()
    gc.disable()  # a collection would call finalizers, which would be counted
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()


@pytest.mark.parametrize("operation", ["GetContainerServices", "GetContainerServiceDeployments"])
def test_the_cost_of_reading_a_service_does_not_depend_on_the_number_of_services(
    operation: str,
) -> None:
    def cost(services: int) -> int:
        world = filled(services)
        world.handle(operation, serviceName="s0")
        return steps(lambda: world.handle(operation, serviceName="s0"))

    assert cost(200) == cost(10) == cost(1)


def test_a_request_is_not_checked_beyond_its_first_violation() -> None:
    world = filled(1)

    def cost(wrong: int) -> int:
        return steps(lambda: world.refused("TagResource", resourceName="s0", tags=[{}] * wrong))

    cost(1)  # compile the validator first
    assert (cost(2000) - cost(1000)) / 1000 < 10  # checking a violation takes more calls


def test_the_account_is_not_locked_while_a_request_is_checked() -> None:
    world = filled(1)
    held = set()

    def called(frame: FrameType) -> None:
        if frame.f_globals["__name__"].endswith("model.validator"):
            held.add(world.clock.lock._is_owned())

    watch(lambda: world.refused("TagResource", resourceName="s0", tags=[{}]), called)
    assert held == {False}


def test_the_cost_of_advancing_does_not_depend_on_the_number_of_settled_services() -> None:
    def cost(services: int) -> int:
        world = filled(services)
        world.clock.advance(3600)  # cache the conversion to nanoseconds
        return steps(lambda: world.clock.advance(3600))

    assert cost(200) == cost(1)


def test_the_history_keeps_few_bytes_for_each_read() -> None:
    world = filled(1)
    calls = 500
    world.get("s0")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(calls):
            world.handle("GetContainerServices", serviceName="s0")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / calls < MOST_BYTES
