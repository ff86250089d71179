"""Event loops and threads in one simulation share its virtual time."""

import asyncio
import time

import pytest


def run(simulation, coroutine):
    """Run a coroutine, and return its result and the virtual seconds that it took."""
    start = simulation.clock.elapsed
    result = asyncio.run(coroutine)
    return result, pytest.approx(simulation.clock.elapsed - start, abs=1e-6)


def sleep_and_return(seconds):
    time.sleep(seconds)
    return seconds


def busy(real, seconds=0.02):
    """Use the CPU for some real seconds."""
    end = real.monotonic() + seconds
    while real.monotonic() < end:
        pass
    return "done"


def test_sleep_in_a_thread_is_virtual(simulation):
    async def work():
        return await asyncio.to_thread(sleep_and_return, 40)

    assert run(simulation, work()) == (40, 40)


def test_sleep_passed_to_to_thread_is_virtual(simulation):
    async def work():
        await asyncio.to_thread(time.sleep, 0.04)

    assert run(simulation, work()) == (None, 0.04)


def test_sleep_as_a_callback_is_virtual(simulation):
    async def work():
        asyncio.get_running_loop().call_soon(time.sleep, 0.04)
        await asyncio.sleep(0)

    assert run(simulation, work()) == (None, 0.04)


def test_threads_sleep_concurrently(simulation):
    async def work():
        return await asyncio.gather(*(asyncio.to_thread(sleep_and_return, n) for n in (30, 10, 20)))

    assert run(simulation, work()) == ([30, 10, 20], 30)


def test_thread_and_coroutine_sleep_concurrently(simulation):
    async def work():
        return await asyncio.gather(asyncio.to_thread(sleep_and_return, 30), asyncio.sleep(20, 20))

    assert run(simulation, work()) == ([30, 20], 30)


def test_threads_and_coroutines_stay_in_step_over_several_rounds(simulation):
    ended = []

    async def work():
        for _ in range(10):
            await asyncio.gather(
                asyncio.to_thread(sleep_and_return, 3),
                asyncio.to_thread(sleep_and_return, 5),
                asyncio.sleep(4),
            )
            await asyncio.wait_for(asyncio.to_thread(sum, range(10_000)), timeout=60)
            ended.append(round(simulation.clock.elapsed, 3))

    asyncio.run(work())

    assert ended == [5 * n for n in range(1, 11)]
    assert simulation.clock.elapsed == pytest.approx(50, abs=1e-3)


def test_cpu_work_in_a_thread_takes_no_virtual_time(simulation, real):
    async def work():
        return await asyncio.to_thread(busy, real)

    assert run(simulation, work()) == ("done", 0)


def test_timeout_does_not_fire_while_a_thread_uses_the_cpu(simulation, real):
    async def work():
        return await asyncio.wait_for(asyncio.to_thread(busy, real), timeout=60)

    assert run(simulation, work()) == ("done", 0)


def test_shutdown_of_a_loop_does_not_slow_down_a_sleeping_thread(simulation, real):
    async def work():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(naps), timeout=60)

    def naps():
        for _ in range(30):
            time.sleep(5)

    start = real.monotonic()
    asyncio.run(work())

    # asyncio.run() waits for the thread, whose 30 sleeps must not cost real time.
    assert real.monotonic() - start < 5


def test_timeout_fires_while_a_thread_sleeps_too_long(simulation):
    ended = []

    async def work():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(sleep_and_return, 100), timeout=60)
        ended.append(simulation.clock.elapsed)

    asyncio.run(work())

    assert ended == [pytest.approx(60)]
