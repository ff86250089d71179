"""Nested simulations: the inner one responds, and after its end the outer one."""

import queue
import sys
import threading
import time

import pytest

from pytest_lightsail import ConfigurationError, accounts, simulate
from pytest_lightsail.clock import virtual as virtual_time


def create(client, name):
    client.create_container_service(serviceName=name, power="nano", scale=1)


def test_inner_simulation_responds(new_client):
    with simulate() as outer, simulate() as inner:
        create(new_client(), "shop")

    assert list(inner.services) == ["shop"]
    assert not outer.calls


def test_outer_simulation_responds_again_after_the_inner_one(new_client):
    with simulate() as outer:
        client = new_client()
        create(client, "before")
        with simulate():
            create(client, "during")
        create(client, "after")

    assert list(outer.services) == ["before", "after"]


def test_inner_simulation_responds_to_a_client_of_the_outer_one(lightsail):
    client = lightsail.client()
    create(client, "outer")

    with simulate() as inner:
        create(client, "inner")

    assert list(inner.services) == ["inner"]
    assert list(lightsail.services) == ["outer"]


def test_outer_simulation_responds_again_after_an_error_in_the_inner_one(new_client):
    with simulate() as outer:
        with pytest.raises(ZeroDivisionError), simulate():
            _ = 1 / 0
        create(new_client(), "after")

    assert list(outer.services) == ["after"]


def test_three_simulations_can_be_nested(new_client):
    client = None
    with simulate() as first, simulate() as second:
        with simulate() as third:
            client = new_client()
            create(client, "third")
        create(client, "second")

    assert (list(first.services), list(second.services)) == ([], ["second"])
    assert list(third.services) == ["third"]


def test_sleep_advances_only_the_inner_clock():
    with simulate() as outer, simulate() as inner:
        time.sleep(30)

    assert (outer.clock.elapsed, inner.clock.elapsed) == (0, 30)


def test_time_continues_on_the_outer_clock_after_the_inner_simulation():
    with simulate() as outer:
        time.sleep(30)
        before = time.time(), time.monotonic()
        with simulate():
            time.sleep(500)
        after = time.time(), time.monotonic()
        time.sleep(1)

    assert after == before
    assert outer.clock.elapsed == 31


def test_inner_simulation_in_real_time_leaves_sleeps_to_the_outer_clock():
    with simulate() as outer, simulate(real_time=True) as inner:
        time.sleep(30)

    assert (outer.clock.elapsed, inner.clock.elapsed) == (30, 0)


def test_threads_of_the_outer_simulation_use_the_inner_clock():
    go = queue.SimpleQueue()

    def work():
        go.get()
        time.sleep(0.04)

    with simulate() as outer:
        thread = threading.Thread(target=work)
        thread.start()
        with simulate() as inner:
            go.put("now")
            thread.join()

    assert (outer.clock.elapsed, inner.clock.elapsed) == (0, 0.04)


def test_simulations_can_end_in_any_order(new_client):
    first, second = simulate(), simulate()
    outer, inner = first.__enter__(), second.__enter__()
    client = new_client()

    first.__exit__(None, None, None)
    create(client, "shop")
    time.sleep(30)
    second.__exit__(None, None, None)

    assert (list(outer.services), list(inner.services)) == ([], ["shop"])
    assert inner.clock.elapsed > 30


def test_deactivating_a_clock_that_is_not_in_use_is_an_error():
    with simulate() as lightsail:
        account = lightsail.account

    with pytest.raises(ConfigurationError, match="clock is not in use"):
        virtual_time.deactivate(account)


@pytest.mark.parametrize("moment", range(20))
def test_an_account_responds_while_another_thread_ends_the_inner_simulation(monkeypatch, moment):
    monkeypatch.setattr(accounts, "answering", ["outer", "inner"])
    countdown = iter(range(moment, -1, -1))

    def trace(frame, event, _):
        frame.f_trace_opcodes = True
        if event == "opcode" and next(countdown, None) == 0:
            accounts.answering.pop()  # as another thread could at this moment
        return trace

    usual = sys.gettrace()
    sys.settrace(trace)
    try:
        found = accounts.responding()
    finally:
        sys.settrace(usual)
    assert found in {"outer", "inner"}
