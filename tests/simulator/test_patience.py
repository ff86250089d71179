"""A caller that waits for a change that will never happen is stopped with an explanation."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_lightsail import Fault
from pytest_lightsail.exceptions import CallerNeverEnds
from pytest_lightsail.options import Options
from pytest_lightsail.simulator.account import Account


def poll(world, times: int, pause: float = 10, service: str | None = None) -> None:
    """Poll all services, or one, with a pause after each call."""
    given = {} if service is None else {"serviceName": service}
    for _ in range(times):
        world.call("GetContainerServices", **given)
        world.account.sleep(pause)


def stuck(world) -> None:
    """Start a deployment that never ends."""
    world.running()
    world.account.script.deploy(never_ends=True)
    world.deploy()
    world.settle()


def test_a_caller_that_polls_forever_is_stopped(new_world):
    world = new_world(patience=100)
    stuck(world)
    with pytest.raises(CallerNeverEnds):
        poll(world, 1000)


def test_a_caller_is_stopped_when_the_patience_is_over_and_not_before(new_world):
    world = new_world(patience=100)
    stuck(world)
    poll(world, 10)
    with pytest.raises(CallerNeverEnds):
        poll(world, 2)


def test_the_latency_of_calls_counts_as_waiting(new_world):
    world = new_world(patience=100, latency=1)
    with pytest.raises(CallerNeverEnds):
        poll(world, 101, pause=0)


@pytest.mark.parametrize("fault", [Fault.slow_answer(50), replace(Fault.throttling(), delay=50)])
def test_the_time_of_slow_responses_counts_as_waiting(new_world, fault):
    world = new_world(patience=600)
    world.account.faults.add(fault, times=None)
    poll(world, 12, pause=0)
    with pytest.raises(CallerNeverEnds):
        poll(world, 2, pause=0)


def test_the_latency_of_visits_counts_as_waiting(new_world):
    world = new_world(patience=100, latency=1)
    world.running()
    host = world.get()["url"].removeprefix("https://").rstrip("/")

    def visits() -> None:
        for _ in range(102):
            world.account.visit(host)

    with pytest.raises(CallerNeverEnds):
        visits()


def test_a_caller_that_polls_without_pause_or_latency_is_stopped_eventually():
    patience = Account(Options(patience=100)).patience
    for _ in range(50_000):
        patience.called("GetContainerServices", 0)
    with pytest.raises(CallerNeverEnds):
        patience.called("GetContainerServices", 0)


def test_a_caller_that_only_sleeps_is_stopped_much_later(new_world):
    account = new_world(patience=100).account
    for _ in range(10_000):
        account.sleep(1)
    with pytest.raises(CallerNeverEnds):
        account.sleep(1)


def test_a_caller_that_sleeps_once_for_a_very_long_time_is_not_stopped(new_world):
    world = new_world(patience=100)
    world.account.sleep(10_000)
    assert world.elapsed == 10_000


def test_sleeps_before_a_call_do_not_count_after_it(new_world):
    world = new_world(patience=100)
    for _ in range(11_000):
        world.account.sleep(0.001)
    world.call("GetContainerServices")
    world.account.sleep(1000)
    assert world.elapsed == 1011


def test_a_caller_that_makes_few_calls_with_long_pauses_is_not_stopped(new_world):
    world = new_world(patience=100)
    poll(world, 9, pause=1000)
    assert world.elapsed == 9000


def test_advancing_the_clock_does_not_count_as_waiting(new_world):
    world = new_world(patience=100)
    for _ in range(50):
        world.call("GetContainerServices")
        world.advance(1000)
    assert world.elapsed == 50_000


def test_sleeping_advances_the_clock(world):
    world.create()
    world.account.sleep(40)
    assert world.get()["state"] == "READY"


def test_a_caller_is_not_stopped_while_a_change_is_due(new_world):
    world = new_world(patience=100)
    world.account.script.create(takes=5000)
    world.create()
    poll(world, 499)
    assert world.get()["state"] == "PENDING"
    poll(world, 1)
    assert world.get()["state"] == "READY"


def test_a_state_change_renews_the_patience(new_world):
    world = new_world(patience=100)
    world.ready()
    poll(world, 9)
    world.deploy()
    world.settle()
    poll(world, 9)
    with pytest.raises(CallerNeverEnds):
        poll(world, 3)


def test_infinite_patience_never_ends():
    patience = Account(Options(patience=math.inf)).patience
    for _ in range(60_000):
        patience.called("GetContainerServices", 1e6)


def test_the_error_shows_how_long_and_for_what_the_caller_waited(new_world):
    world = new_world(patience=100)
    stuck(world)
    with pytest.raises(CallerNeverEnds) as caught:
        poll(world, 100)
    text = str(caught.value)
    assert "waited 110 virtual seconds and made 12 calls, but" in text
    assert "Services: shop (us-east-1) is DEPLOYING, ACTIVATING_DEPLOYMENT. Give" in text
    assert "The last call was GetContainerServices, and the last wait was 10 s." in text
    assert "lightsail_patience (now 100 seconds)" in text


def test_the_error_shows_that_there_are_no_services(new_world):
    world = new_world(patience=100)
    with pytest.raises(CallerNeverEnds, match="Services: none"):
        poll(world, 100)


def test_the_error_is_not_caught_by_except_exception(new_world):
    # A poll loop with ``except Exception: continue`` is the usual reason why a caller never ends.
    assert not issubclass(CallerNeverEnds, Exception)


def test_a_caller_that_continues_is_stopped_again(new_world):
    world = new_world(patience=100)
    for _ in range(2):
        with pytest.raises(CallerNeverEnds, match="waited 110 virtual seconds and made 12 calls"):
            poll(world, 100)
