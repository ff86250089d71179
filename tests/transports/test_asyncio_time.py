"""Event loops use the account's clock for sleeps, timers and time limits."""

import asyncio
import socket
import sys
import threading
import time

import pytest

from pytest_lightsail import CallerNeverEnds, simulate

needs_timeout = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="asyncio.timeout is new in Python 3.11"
)


def run(simulation, coroutine):
    """Run a coroutine, and return its result and the virtual seconds that it took."""
    start = simulation.clock.elapsed
    result = asyncio.run(coroutine)
    return result, pytest.approx(simulation.clock.elapsed - start, abs=1e-6)


def test_sleep_advances_the_clock(simulation):
    assert run(simulation, asyncio.sleep(90, "result")) == ("result", 90)


def test_sleep_takes_no_real_time(simulation, real):
    start = real.monotonic()
    asyncio.run(asyncio.sleep(24 * 3600))

    assert real.monotonic() - start < 60


def test_sleep_of_zero_seconds_takes_no_time(simulation):
    assert run(simulation, asyncio.sleep(0)) == (None, 0)


def test_concurrent_sleeps_take_as_long_as_the_longest(simulation):
    async def several():
        return await asyncio.gather(*(asyncio.sleep(n, n) for n in (30, 10, 20)))

    assert run(simulation, several()) == ([30, 10, 20], 30)


def test_successive_sleeps_add_up(simulation):
    async def several():
        for _ in range(10):
            await asyncio.sleep(7)

    assert run(simulation, several()) == (None, 70)


def test_coroutines_wake_up_in_order_of_time(simulation):
    woken = []

    async def sleeper(seconds):
        await asyncio.sleep(seconds)
        woken.append((seconds, round(simulation.clock.elapsed, 6)))

    async def several():
        await asyncio.gather(*map(sleeper, (30, 10, 20)))

    asyncio.run(several())

    assert woken == [(10, 10), (20, 20), (30, 30)]


@pytest.mark.usefixtures("simulation")
def test_loop_time_is_virtual():
    async def measure():
        loop = asyncio.get_running_loop()
        start = loop.time(), time.monotonic()
        await asyncio.sleep(60)
        return loop.time() - start[0], time.monotonic() - start[1]

    assert asyncio.run(measure()) == pytest.approx((60, 60))


def test_timers_fire_in_virtual_time(simulation):
    async def wait():
        loop = asyncio.get_running_loop()
        fired = loop.create_future()
        loop.call_later(300, fired.set_result, "fired")
        return await fired

    assert run(simulation, wait()) == ("fired", 300)


def test_wait_for_times_out_in_virtual_time(simulation):
    async def wait():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), timeout=60)

    assert run(simulation, wait()) == (None, 60)


def test_wait_for_does_not_time_out_early(simulation):
    async def wait():
        return await asyncio.wait_for(asyncio.sleep(59, "in time"), timeout=60)

    assert run(simulation, wait()) == ("in time", 59)


@needs_timeout
def test_timeout_fires_in_virtual_time(simulation):
    async def wait():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(60):
                await asyncio.sleep(3600)

    assert run(simulation, wait()) == (None, 60)


@needs_timeout
def test_timeout_stops_a_poll_loop(simulation):
    client = simulation.client()
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    polls = 0

    async def poll():
        nonlocal polls
        async with asyncio.timeout(60):
            while True:
                polls += 1
                client.get_container_services(serviceName="shop")
                await asyncio.sleep(5)

    async def wait():
        with pytest.raises(TimeoutError):
            await poll()

    assert run(simulation, wait()) == (None, 60)
    assert polls == 12


def test_wait_returns_done_and_pending_tasks_at_its_timeout(simulation):
    async def wait():
        tasks = [asyncio.ensure_future(asyncio.sleep(n, n)) for n in (10, 1000)]
        done, pending = await asyncio.wait(tasks, timeout=60)
        for task in pending:
            task.cancel()
        return len(done), len(pending)

    assert run(simulation, wait()) == ((1, 1), 60)


def test_calls_between_sleeps_take_their_latency():
    async def poll(client):
        for _ in range(10):
            client.get_container_services()
            await asyncio.sleep(5)

    with simulate(latency=0.5) as lightsail:
        asyncio.run(poll(lightsail.client()))

    assert lightsail.clock.elapsed == pytest.approx(55)


def test_blocking_sleep_in_a_coroutine_blocks_the_loop(simulation):
    async def several():
        async def block():
            time.sleep(30)

        await asyncio.gather(asyncio.sleep(10), block(), block())

    assert run(simulation, several()) == (None, 60)


def test_coroutine_that_waits_forever_is_stopped():
    async def poll(client):
        while True:
            client.get_container_services()
            await asyncio.sleep(5)

    with simulate(patience=600) as lightsail, pytest.raises(CallerNeverEnds):
        asyncio.run(poll(lightsail.client()))


def test_loop_made_explicitly_uses_virtual_time(simulation):
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(asyncio.sleep(60))
    finally:
        loop.close()

    assert simulation.clock.elapsed == pytest.approx(60)


def test_loop_made_before_the_simulation_uses_virtual_time(real):
    loop = asyncio.new_event_loop()
    try:
        with simulate() as lightsail:
            loop.run_until_complete(asyncio.sleep(60))
        start = real.monotonic()
        loop.run_until_complete(asyncio.sleep(0.01))
        assert real.monotonic() - start >= 0.009
    finally:
        loop.close()

    assert lightsail.clock.elapsed == pytest.approx(60)


def test_real_time_option_leaves_loops_in_real_time(real):
    async def measure():
        start = real.monotonic()
        await asyncio.sleep(0.01)
        return real.monotonic() - start

    with simulate(real_time=True) as lightsail:
        assert asyncio.run(measure()) >= 0.009

    assert lightsail.clock.elapsed == 0


# --- coroutines and the network ------------------------------------------------------------------


@pytest.fixture
def sockets():
    """The two ends of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        yield ours, theirs


def test_loop_waits_for_data_from_a_connection(simulation, sockets):
    ours, theirs = sockets

    async def receive():
        threading.Timer(0.05, theirs.send, [b"well"]).start()
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 100), timeout=60)

    received, _ = run(simulation, receive())

    # Other machines run in real time, so virtual time does not jump while a loop waits for them.
    assert received == b"well"
    assert 0 < simulation.clock.elapsed < 10


def test_loop_that_waits_for_a_connection_times_out(simulation, sockets):
    async def receive():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sockets[0], 1), 0.02)

    assert run(simulation, receive())[0] is None
    assert 0.02 <= simulation.clock.elapsed < 10


def test_loop_that_waits_for_a_connection_continues_after_a_reset(simulation, sockets):
    waits, ended = threading.Event(), []

    async def receive():
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, waits.set)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(loop.sock_recv(sockets[0], 1), 0.2)
        ended.append(simulation.clock.elapsed)

    thread = threading.Thread(target=lambda: asyncio.run(receive()), daemon=True)
    thread.start()
    waits.wait()
    simulation.reset()
    thread.join(30)

    assert len(ended) == 1
