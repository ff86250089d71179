"""What a call costs, counted, not timed: it does not grow with the account; the journal is small."""

from __future__ import annotations

import math
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import World

MOST_BYTES = 1500
"""Of the journal for each recorded read of one service."""

MOST_STEPS = 20
"""Functions that are called for each wrong element of a request; to describe it takes hundreds."""


def filled(services: int) -> World:
    world = World(quotas={"services": services}, patience=math.inf)
    for number in range(services):
        world.create(f"s{number}")
    world.settle()
    return world


def steps(work: Callable[[], Any]) -> int:
    """How many functions are called."""
    count = 0

    def profile(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("operation", ["GetContainerServices", "GetContainerServiceDeployments"])
def test_reading_one_service_costs_the_same_among_any_number(operation: str) -> None:
    def cost(services: int) -> int:
        world = filled(services)
        world.handle(operation, serviceName="s0")
        return steps(lambda: world.handle(operation, serviceName="s0"))

    assert cost(200) == cost(10) == cost(1)


def test_a_request_is_refused_without_a_description_of_all_that_is_wrong_with_it() -> None:
    world = filled(1)

    def cost(wrong: int) -> int:
        return steps(lambda: world.refused("TagResource", resourceName="s0", tags=[{}] * wrong))

    cost(1)  # it compiles the validator
    assert (cost(2000) - cost(1000)) / 1000 < MOST_STEPS


def test_a_move_of_the_clock_costs_the_same_among_any_number_of_services_at_rest() -> None:
    def cost(services: int) -> int:
        world = filled(services)
        world.clock.advance(3600)  # how much that is in nanoseconds is remembered
        return steps(lambda: world.clock.advance(3600))

    assert cost(200) == cost(1)


def test_the_journal_keeps_little_of_each_read() -> None:
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
