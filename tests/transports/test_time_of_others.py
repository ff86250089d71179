"""Who keeps real time while time is virtual: everybody but the code under test."""

import logging
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail import simulate


def test_queue_waits_in_real_time(lightsail, real):
    start = real.monotonic()
    with pytest.raises(queue.Empty):
        queue.Queue().get(timeout=0.01)

    assert real.monotonic() - start >= 0.01
    assert lightsail.clock.elapsed == 0


def test_event_waits_in_real_time(lightsail, real):
    start = real.monotonic()

    assert not threading.Event().wait(0.01)

    assert real.monotonic() - start >= 0.01
    assert lightsail.clock.elapsed == 0


def test_condition_waits_in_real_time(lightsail):
    condition = threading.Condition()
    with condition:
        assert not condition.wait_for(lambda: False, timeout=0.01)

    assert lightsail.clock.elapsed == 0


def test_log_records_carry_real_time(lightsail, real):
    before = real.time()
    lightsail.clock.advance(3600)

    record = logging.makeLogRecord({})

    assert before - 0.1 <= record.created <= real.time() + 0.1


def test_datetime_shows_real_time(lightsail, real):
    before = real.time()

    assert before <= datetime.now(timezone.utc).timestamp() + 0.001 <= real.time() + 1


@pytest.mark.parametrize(
    "tool", ["_pytest.timing", "xdist.workermanage", "execnet.gateway_base", "pytest_timeout"]
)
def test_tools_of_testing_have_real_time(lightsail, real, tool):
    module = ModuleType(tool)
    exec("import time\ndef read(): return time.time()", vars(module))  # noqa: S102

    before = real.time()

    assert before <= module.read() <= real.time()


def test_pytest_measures_real_time(lightsail, real):
    timing = sys.modules["_pytest.timing"]

    assert timing.perf_counter is real.perf_counter
    assert timing.sleep is real.sleep


@settings(deadline=1000, max_examples=5, derandomize=True, database=None)
@given(seconds=st.integers(100, 200))
def test_hypothesis_measures_deadlines_in_real_time(lightsail, seconds):
    time.sleep(seconds)

    assert lightsail.clock.elapsed == seconds


def test_thread_that_was_there_before_has_real_time(real):
    asked, answered = queue.SimpleQueue(), queue.SimpleQueue()

    def work():
        asked.get()
        time.sleep(0.01)
        answered.put((time.time(), time.monotonic()))

    thread = threading.Thread(target=work)
    thread.start()
    with simulate() as lightsail:
        before = real.time(), real.monotonic()
        asked.put("now")
        answer = answered.get()
        thread.join()

    assert answer[0] - before[0] >= 0.009
    assert before[1] + 0.01 <= answer[1] <= real.monotonic()
    assert lightsail.clock.elapsed == 0


def test_calls_of_a_thread_that_was_there_before_are_answered(new_client):
    client = new_client()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        with simulate() as lightsail:
            pool.submit(client.get_container_services).result()

    assert len(lightsail.calls) == 1


def test_thread_that_was_there_before_the_outer_simulation_has_real_time():
    asked, answered = queue.SimpleQueue(), queue.SimpleQueue()
    thread = threading.Thread(target=lambda: answered.put((asked.get(), time.time())[1]))
    thread.start()
    with simulate() as outer, simulate():
        outer.clock.advance(1)
        asked.put("now")
        seen = answered.get()
        thread.join()
        virtual = time.time()

    assert seen > virtual + 24 * 3600


def test_thread_that_is_left_over_has_real_time_in_the_next_simulation():
    go_on, answered = queue.SimpleQueue(), queue.SimpleQueue()

    def work():
        answered.put(time.time())
        go_on.get()
        answered.put(time.time())

    with simulate():
        thread = threading.Thread(target=work)
        thread.start()
        first, virtual = answered.get(), time.time()
    with simulate():
        go_on.put("now")
        second = answered.get()
        thread.join()

    assert first == virtual
    assert second > virtual + 24 * 3600


def test_child_process_has_real_time(lightsail):
    shown = subprocess.run(
        [sys.executable, "-S", "-c", "import time; print(time.time())"],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert float(shown.stdout) > time.time() + 24 * 3600
    assert lightsail.clock.elapsed == 0
