"""Threads started before the account use virtual time; other tools and processes use real time."""

import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail import simulate


@settings(deadline=1000, max_examples=5, derandomize=True, database=None)
@given(seconds=st.integers(100, 200))
def test_hypothesis_measures_deadlines_in_real_time(lightsail, seconds):
    time.sleep(seconds)

    assert lightsail.clock.elapsed == seconds


def test_calls_from_a_thread_started_before_the_account_reach_it(new_client):
    client = new_client()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with simulate() as lightsail:
            pool.submit(client.get_container_services).result()

    assert len(lightsail.calls) == 1


def test_pytest_durations_show_real_time(pytester):
    pytester.makepyfile(
        """
        import time

        def test_sleeps(lightsail):
            time.sleep(3600)
        """
    )
    result = pytester.runpytest_inprocess("--durations=0", "-vv", "-p", "no:cacheprovider")
    result.stdout.no_fnmatch_line("*3600*s call*")
    result.assert_outcomes(passed=1)


def test_thread_started_before_the_account_uses_virtual_time():
    tasks, results = queue.SimpleQueue(), queue.SimpleQueue()

    def work():
        tasks.get()
        time.sleep(100)
        results.put(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    with simulate() as lightsail:
        before = time.monotonic()
        tasks.put("now")
        assert results.get() - before == 100
        thread.join()

    assert lightsail.clock.elapsed == 100


def test_child_process_sees_real_time(lightsail):
    shown = subprocess.run(
        [sys.executable, "-S", "-c", "import time; print(time.time())"],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert abs(float(shown.stdout) - time_machine.escape_hatch.time.time()) < 60
