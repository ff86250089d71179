"""Threads in virtual time: the clock advances only to the end of the shortest wait."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_lightsail import simulate
from pytest_lightsail.machinery import exempt


def in_threads(*functions):
    """Run functions at the same time, each in its own thread."""
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_concurrent_sleeps_take_as_long_as_the_longer_one(simulation):
    in_threads(lambda: time.sleep(10), lambda: time.sleep(20))

    assert simulation.clock.elapsed == 20


def test_many_threads_sleep_concurrently(simulation):
    in_threads(*(lambda: [time.sleep(5) for _ in range(3)] for _ in range(200)))

    assert simulation.clock.elapsed == 15


def test_each_thread_wakes_up_on_time(simulation):
    woken = {}

    def sleeper(seconds):
        time.sleep(seconds)
        woken[seconds] = simulation.clock.elapsed

    in_threads(*(lambda n=n: sleeper(n) for n in (10, 20, 30)))

    assert woken == {10: 10, 20: 20, 30: 30}


def test_threads_that_sleep_repeatedly_stay_in_step(simulation):
    ended = {}

    def sleeper(seconds):
        for _ in range(20):
            time.sleep(seconds)
        ended[seconds] = simulation.clock.elapsed

    in_threads(lambda: sleeper(10), lambda: sleeper(20))

    assert ended == {10: 200, 20: 400}


def test_main_thread_and_another_stay_in_step(simulation):
    ended = []

    def sleeper():
        for _ in range(20):
            time.sleep(3)
        ended.append(simulation.clock.elapsed)

    thread = threading.Thread(target=sleeper)
    thread.start()
    for _ in range(20):
        time.sleep(5)
    thread.join()

    assert (ended, simulation.clock.elapsed) == ([60], 100)


def test_pool_takes_as_long_as_the_longest_task(simulation):
    def task(polls):
        for _ in range(polls):
            time.sleep(5)
        return simulation.clock.elapsed

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(task, [2, 4, 6, 8]))

    assert ended == [10, 20, 30, 40]
    assert simulation.clock.elapsed == 40


def test_pool_with_fewer_threads_than_tasks_runs_them_in_turn(simulation):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(time_sleeper, [10, 10, 10, 10]))

    assert simulation.clock.elapsed == 20


def time_sleeper(seconds):
    time.sleep(seconds)


def test_threads_of_a_pool_stay_in_step_over_several_rounds(simulation):
    def task(seconds):
        time.sleep(seconds)
        return simulation.clock.elapsed

    with ThreadPoolExecutor(4) as pool:
        rounds = []
        for _ in range(10):
            rounds.append(list(pool.map(task, [1, 2, 3, 4])))
            time.sleep(1)

    assert rounds == [[5 * n + 1, 5 * n + 2, 5 * n + 3, 5 * n + 4] for n in range(10)]


def test_sleep_as_the_task_of_a_pool_is_virtual(simulation):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(time.sleep, [0.04, 0.02]))

    assert simulation.clock.elapsed == 0.04


def test_sleep_as_the_target_of_a_thread_is_virtual(simulation):
    thread = threading.Thread(target=time.sleep, args=(0.04,))
    thread.start()
    thread.join()

    assert simulation.clock.elapsed == 0.04


def test_clock_waits_for_a_thread_that_uses_the_cpu(simulation, real):
    seen = []

    def work():
        end = real.monotonic() + 0.02
        while real.monotonic() < end:
            pass
        seen.append(simulation.clock.elapsed)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(60)
    thread.join()

    assert seen == [0]


def test_thread_that_waits_for_a_task_does_not_hold_up_the_clock(simulation):
    tasks, results = queue.Queue(), []

    def worker():
        while (task := tasks.get()) is not None:
            time.sleep(task)
            results.append(simulation.clock.elapsed)

    thread = threading.Thread(target=worker)
    thread.start()
    for _ in range(5):
        time.sleep(10)
        tasks.put(3)
    tasks.put(None)
    thread.join()

    assert results == [13, 23, 33, 43, 53]


def test_thread_that_waits_for_an_event_continues_when_it_is_set(simulation):
    event, seen = threading.Event(), []

    def wait():
        event.wait()
        time.sleep(1)
        seen.append(simulation.clock.elapsed)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(10)
    event.set()
    time.sleep(100)
    thread.join()

    assert seen == [11]


def test_thread_that_waits_for_a_lock_does_not_hold_up_the_clock(simulation, real):
    lock, seen = threading.Lock(), []

    def wait():
        with lock:
            seen.append(simulation.clock.elapsed)

    with lock:
        thread = threading.Thread(target=wait)
        thread.start()
        start = real.monotonic()
        for _ in range(3):
            time.sleep(10)
        took = real.monotonic() - start
    thread.join()

    assert seen == [30]
    assert took < 1


def test_progress_spinner_does_not_speed_up_the_clock(simulation):
    """A thread shows its progress every tenth of a second while the main thread polls."""
    done, turns = threading.Event(), []

    def spin():
        while not done.is_set():
            turns.append(simulation.clock.elapsed)
            time.sleep(0.1)

    client = simulation.client()
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    spinner = threading.Thread(target=spin)
    spinner.start()
    polls = 0
    while client.get_container_services()["containerServices"][0]["state"] != "READY":
        polls += 1
        time.sleep(5)
    ended = simulation.clock.elapsed
    done.set()
    spinner.join()

    assert (polls, ended) == (8, 40)
    assert 390 <= len(turns) <= 402


def test_concurrent_releases_take_as_long_as_the_longest(simulation):
    client = simulation.client()
    names = {"one": 120, "two": 240, "three": 360, "four": 480}
    for name, seconds in names.items():
        client.create_container_service(serviceName=name, power="nano", scale=1)
        simulation.script.deploy(service=name, takes=seconds)
    simulation.clock.advance(40)
    start = simulation.clock.elapsed

    def release(name):
        client.create_container_service_deployment(
            serviceName=name, containers={"app": {"image": "example/app:1"}}
        )
        while state(client, name) != "RUNNING":
            time.sleep(5)
        return simulation.clock.elapsed - start

    with ThreadPoolExecutor(4) as pool:
        took = dict(zip(names, pool.map(release, names), strict=True))

    assert took == names


def state(client, name):
    return client.get_container_services(serviceName=name)["containerServices"][0]["state"]


def test_sleeping_thread_does_not_affect_the_clock_after_a_reset(simulation):
    def forever():
        time.sleep(1000)
        time.sleep(1000)

    thread = threading.Thread(target=forever, daemon=True)
    thread.start()
    simulation.reset()

    for _ in range(5):
        time.sleep(1)

    assert simulation.clock.elapsed == 5
    thread.join()


def test_thread_that_waits_for_a_task_continues_after_a_reset(simulation):
    tasks, results = queue.Queue(), queue.Queue()
    thread = threading.Thread(target=lambda: results.put(tasks.get()))
    thread.start()
    time.sleep(10)
    simulation.reset()
    time.sleep(10)
    tasks.put("task")

    assert results.get(timeout=60) == "task"
    assert simulation.clock.elapsed == 10
    thread.join()


def test_every_thread_that_waits_forever_is_stopped():
    stopped = []

    def poll(client):
        try:
            while True:
                client.get_container_services()
                time.sleep(5)
        except BaseException as error:  # noqa: BLE001 - checked below
            stopped.append(type(error).__name__)

    with simulate(patience=600) as lightsail:
        client = lightsail.client()
        in_threads(lambda: poll(client), lambda: poll(client))

    assert stopped == ["CallerNeverEnds", "CallerNeverEnds"]


@pytest.mark.parametrize("threads", [1, 4])
def test_client_can_be_shared_between_threads(simulation, threads):
    client = simulation.client()

    def create(number):
        client.create_container_service(serviceName=f"shop-{number}", power="nano", scale=1)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(create, range(20)))

    assert len(simulation.services) == 20
    assert simulation.calls.count("CreateContainerService") == 20


def test_exempt_thread_runs_in_real_time_and_does_not_hold_up_the_clock(simulation, real):
    seen, ends = [], threading.Event()

    def work():
        seen.append(time.monotonic())
        time.sleep(0)
        while not ends.is_set():
            pass

    thread = threading.Thread(target=work)
    exempt(thread)
    began = real.monotonic()
    thread.start()
    time.sleep(600)
    took = real.monotonic() - began
    ends.set()
    thread.join()

    assert simulation.clock.elapsed == 600
    assert began <= seen[0] <= real.monotonic()
    assert took < 0.9
