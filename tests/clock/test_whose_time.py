"""Threads, event loops and pools that outlive an account, real work, and waits that never end."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import re
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pytest_lightsail import CallerNeverEnds, simulate
from pytest_lightsail.c_functions import original
from pytest_lightsail.clock import waiting
from pytest_lightsail.machinery import exempt, machinery
from pytest_lightsail.simulator.operations import OPERATIONS

real = original(time.perf_counter)
real_sleep = original(time.sleep)
POOL = ThreadPoolExecutor(1)  # like a pool that an application creates at import


# --- what outlives an account ---


@pytest.mark.parametrize("run", range(3))
def test_a_pool_made_at_import_uses_the_virtual_time_of_each_account(run: int) -> None:
    with simulate() as lightsail:
        POOL.submit(time.sleep, 2).result()
        assert lightsail.clock.elapsed == 2


def test_an_idle_pool_does_not_hold_up_the_clock() -> None:
    POOL.submit(int).result()
    start = real()
    with simulate():
        time.sleep(600)
    assert real() - start < 0.5


def test_timers_of_an_event_loop_continue_after_the_account_ends() -> None:
    beats: list[float] = []
    calm = threading.Event()

    async def heartbeat() -> None:
        while True:
            await asyncio.sleep(0.02 if calm.is_set() else 10)
            beats.append(real())

    async def session() -> None:
        task = asyncio.create_task(heartbeat())
        with simulate():
            await asyncio.sleep(3599.99)
            assert len(beats) == 359
            calm.set()
        await asyncio.sleep(0.05)
        before = len(beats)
        await asyncio.sleep(0.2)
        task.cancel()
        assert 2 <= len(beats) - before <= 12

    asyncio.run(session())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout is new in Python 3.11")
def test_a_timeout_started_before_the_account_does_not_fire_early() -> None:
    async def body() -> None:
        async with asyncio.timeout(30):
            with simulate():
                await asyncio.sleep(20)

    asyncio.run(body())


def test_code_inside_machinery_runs_in_real_time() -> None:
    with simulate() as lightsail:
        time.sleep(1000)
        with machinery():
            start = time.monotonic()
            threading.Event().wait(0.02)
            assert 0.01 < time.monotonic() - start < 1
        assert lightsail.clock.elapsed == 1000


def _held(lock: Any) -> Any:
    lock.acquire()
    return lock


@pytest.mark.parametrize("kind", ["accept", "recv", "SimpleQueue", "Lock", "RLock"])
def test_a_blocked_thread_does_not_hold_up_the_clock(kind: str) -> None:
    one, other = socket.socketpair()
    items: queue.SimpleQueue[int] = queue.SimpleQueue()
    lock = _held(threading.RLock() if kind == "RLock" else threading.Lock())
    with one, other, socket.create_server(("127.0.0.1", 0)) as server, simulate() as lightsail:
        wait, end = {
            "accept": (
                lambda: server.accept()[0].close(),  # noqa: PLW0108 - accept() must be called later
                lambda: socket.create_connection(server.getsockname()).close(),
            ),
            "recv": (lambda: one.recv(1), lambda: other.send(b"x")),
            "SimpleQueue": (items.get, lambda: items.put(1)),
        }.get(kind, (lock.acquire, lock.release))
        thread = threading.Thread(target=wait)
        thread.start()
        start = real()
        for _ in range(20):
            time.sleep(5)
        assert real() - start < 2  # much less, unless the machine is busy
        assert lightsail.clock.elapsed == 100
        end()
        thread.join()


# --- real work ---


def test_virtual_time_follows_real_time_while_a_child_process_runs() -> None:
    with simulate() as lightsail:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])
        polls = 0
        while child.poll() is None and polls < 60:
            time.sleep(0.1)
            polls += 1
        assert child.returncode == 0
        assert 0.3 < lightsail.clock.elapsed < 5


def test_a_child_process_started_before_the_account_does_not_slow_the_clock() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        start = real()
        with simulate():
            time.sleep(600)
        assert real() - start < 0.5
    finally:
        child.communicate()


def test_the_timeout_of_a_child_process_is_measured_in_real_time() -> None:
    with simulate(), pytest.raises(subprocess.TimeoutExpired):
        subprocess.run(
            [sys.executable, "-c", "import time; time.sleep(9)"], check=True, timeout=0.4
        )


def test_a_loop_of_sleeps_leaves_real_time_for_a_detached_process(tmp_path) -> None:
    file = tmp_path / "done"
    with simulate():
        command = f"(sleep 0.3; touch {file}) >&- 2>&- &"
        subprocess.run(["/bin/sh", "-c", command], check=True)  # noqa: S603
        for _ in range(5000):
            if file.exists():
                break
            time.sleep(1)
    assert file.exists()


def test_the_clock_waits_for_cpu_work_in_another_thread() -> None:
    async def body() -> int:
        return await asyncio.wait_for(asyncio.to_thread(_work, 0.3), 60)

    with simulate() as lightsail:
        assert asyncio.run(body()) == 1
        assert lightsail.clock.elapsed == 0


def _work(seconds: float) -> int:
    end = real() + seconds
    while real() < end:
        pass
    return 1


@pytest.mark.parametrize("family", ["AF_INET", "AF_UNIX"])
def test_a_socket_timeout_fires_if_the_server_is_silent(family: str, tmp_path) -> None:
    address = ("127.0.0.1", 0) if family == "AF_INET" else str(tmp_path / "socket")
    kind = getattr(socket, family)
    with socket.create_server(address, family=kind) as server, simulate() as lightsail:
        with socket.socket(kind) as client:
            client.connect(server.getsockname())
            client.settimeout(0.4)
            start = real()
            with pytest.raises(TimeoutError):
                client.recv(1)
        assert 0.3 < real() - start < 3
        assert lightsail.clock.elapsed == pytest.approx(0.4, abs=0.01)


def test_a_loop_of_blocking_calls_reaches_its_deadline() -> None:
    with simulate():
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            real_sleep(0.3)  # like a C library that waits without calling Python


def test_a_new_thread_does_not_inherit_the_working_time_of_an_earlier_one(monkeypatch) -> None:
    monkeypatch.setattr(waiting, "_WORKING", 50_000_000)
    with simulate() as lightsail:
        for _ in range(2):  # the second thread usually gets the ident of the first
            thread = threading.Thread(target=time.monotonic)
            thread.start()
            thread.join()
            _work(0.1)
        assert lightsail.clock.elapsed == 0


@pytest.fixture
def busy_cpu() -> Iterator[None]:
    """Share one CPU with a busy process."""
    cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cpus)})
    # The child inherits the affinity, and keeps the CPU busy.
    busy = subprocess.Popen(
        [sys.executable, "-S", "-c", "print(flush=True)\nwhile True: pass"], stdout=subprocess.PIPE
    )
    try:
        assert busy.stdout is not None
        busy.stdout.readline()
        yield
    finally:
        os.sched_setaffinity(0, cpus)
        busy.kill()
        busy.communicate()


def _wait_for_cpu(seconds: float) -> None:
    start, worked = real(), time.thread_time()
    while real() - start - (time.thread_time() - worked) < seconds:
        pass


needs_statistics = pytest.mark.skipif(
    not Path("/proc/thread-self/schedstat").exists(), reason="needs statistics of threads"
)


@needs_statistics
@pytest.mark.usefixtures("busy_cpu")
def test_waiting_for_a_cpu_takes_no_virtual_time(monkeypatch) -> None:
    monkeypatch.setattr(waiting, "_WORKING", 50_000_000)
    with simulate() as lightsail:
        time.monotonic()
        _wait_for_cpu(0.06)
        time.monotonic()
        assert lightsail.clock.elapsed == 0


@needs_statistics
@pytest.mark.usefixtures("busy_cpu")
def test_a_blocking_call_takes_virtual_time_after_waits_for_a_cpu(monkeypatch) -> None:
    monkeypatch.setattr(waiting, "_WORKING", 100_000_000)
    with simulate() as lightsail:
        for _ in range(5):
            time.monotonic()
            _wait_for_cpu(0.06)
            lightsail.clock.advance(1)
        time.monotonic()
        real_sleep(0.25)  # like a C library that waits without calling Python
        time.monotonic()
        assert lightsail.clock.elapsed > 5.2


@pytest.mark.parametrize("limit", [None, 5])
def test_a_loop_over_child_processes_reaches_its_deadline(limit: float | None) -> None:
    with simulate():
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            subprocess.run(
                [sys.executable, "-S", "-c", ""], capture_output=True, check=True, timeout=limit
            )


def test_a_busy_loop_reaches_its_deadline() -> None:
    with simulate():
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            pass


# --- waits that never end ---


def test_the_watchdog_stops_a_wait_that_can_never_end() -> None:
    def wait_forever() -> None:
        threading.Event().wait()

    with (
        simulate(watchdog=0.3),
        pytest.raises(CallerNeverEnds, match=r"0 real seconds[\s\S]*wait_forever"),
    ):
        wait_forever()


def test_the_watchdog_can_be_disabled() -> None:
    event = threading.Event()
    with machinery():
        thread = threading.Thread(target=lambda: (real_sleep(0.4), event.set()))
        exempt(thread)
    with simulate(watchdog=float("inf")):
        thread.start()
        assert event.wait()
        thread.join()


# --- scaled real time ---


def test_real_time_can_be_scaled() -> None:
    with simulate(real_time=True, speed=600, latency=0) as lightsail:
        client = lightsail.client()
        client.create_container_service(serviceName="shop", power="nano", scale=1)
        time.sleep(0.2)
        (service,) = client.get_container_services()["containerServices"]
        assert service["state"] == "READY"
        assert 100 < lightsail.clock.elapsed < 2000


# --- other plugins of pytest ---


def test_a_busy_thread_of_another_plugin_does_not_hold_up_the_clock(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeconftest(
        """
        import threading

        import pytest

        def work():
            while True:
                pass

        @pytest.hookimpl(trylast=True)
        def pytest_sessionstart():
            threading.Thread(target=work, daemon=True).start()
        """
    )
    pytester.makepyfile(
        """
        import time

        def test_sleeps(lightsail):
            time.sleep(20)
            assert lightsail.clock.elapsed == 20
        """
    )
    # In a new process, because the thread never ends.
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--durations=0", "-vv")
    result.assert_outcomes(passed=1)
    (shown,) = re.findall(r"^([\d.]+)s call ", result.stdout.str(), re.MULTILINE)
    assert float(shown) < 10


def test_the_junit_report_shows_real_durations(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time

        def test_sleeps(lightsail):
            time.sleep(3600)
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "--junitxml=out.xml").assert_outcomes(
        passed=1
    )
    written = Path("out.xml").read_text(encoding="utf-8")
    assert float(written.partition(' time="')[2].partition('"')[0]) < 60


def test_allure_results_contain_real_timestamps(pytester: pytest.Pytester) -> None:
    pytest.importorskip("allure_pytest")
    pytester.makepyfile(
        """
        import time

        def test_sleeps(lightsail):
            time.sleep(3600)
        """
    )
    result = pytester.runpytest_subprocess("-p", "allure_pytest.plugin", "--alluredir=allure")
    result.assert_outcomes(passed=1)
    (written,) = Path("allure").glob("*-result.json")
    times = json.loads(written.read_text(encoding="utf-8"))
    assert times["stop"] - times["start"] < 60_000
    assert abs(times["stop"] / 1000 - time.time()) < 60


def test_a_session_event_loop_switches_between_real_and_virtual_time(
    pytester: pytest.Pytester,
) -> None:
    pytest.importorskip("pytest_asyncio")
    pytester.makepyfile(
        """
        import asyncio

        import pytest
        import pytest_asyncio

        pytestmark = pytest.mark.asyncio(loop_scope="session")
        beats = []

        @pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
        async def heartbeat():
            async def beat():
                while True:
                    beats.append(asyncio.get_running_loop().time())
                    await asyncio.sleep(0.02)

            task = asyncio.create_task(beat())
            yield
            task.cancel()

        async def test_without_an_account():
            await asyncio.sleep(0.1)
            assert 2 <= len(beats) <= 8
            asyncio.get_running_loop().call_later(30, beats.clear)

        async def test_with_an_account(lightsail):
            before = len(beats)
            await asyncio.sleep(10)
            assert len(beats) - before == pytest.approx(500, abs=3)  # call_later(30) is not due yet

        async def test_without_an_account_again():
            before = len(beats)
            await asyncio.sleep(0.1)
            assert 2 <= len(beats) - before <= 8

        async def test_with_another_account(lightsail):
            await asyncio.sleep(25)
            assert 240 < len(beats) < 1000  # call_later(30) cleared the list about 5 seconds ago
        """
    )
    pytester.runpytest_subprocess(
        *("-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin"),
        *("-o", "asyncio_default_fixture_loop_scope=function"),
    ).assert_outcomes(passed=4)


def test_an_event_loop_in_a_thread_of_a_wider_fixture_uses_virtual_time(
    pytester: pytest.Pytester,
) -> None:
    pytest.importorskip("anyio")  # FastAPI's TestClient runs applications in such a portal
    pytester.makepyfile(
        """
        import asyncio

        import pytest
        from anyio.from_thread import start_blocking_portal

        @pytest.fixture(scope="module")
        def portal():
            with start_blocking_portal() as portal:
                yield portal

        @pytest.mark.parametrize("run", range(3))
        def test_waits(portal, lightsail, run):
            portal.call(asyncio.sleep, 300)
            assert lightsail.clock.elapsed == pytest.approx(300)
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_a_module_imported_during_a_simulation_keeps_no_patched_function(
    tmp_path, monkeypatch
) -> None:
    (tmp_path / "late.py").write_text("from time import monotonic, sleep, time\n")
    monkeypatch.syspath_prepend(tmp_path)
    with simulate():
        import late  # type: ignore[import-not-found]  # noqa: PLC0415
    assert late.sleep is time.sleep
    assert late.time is time.time
    assert type(late.monotonic) is type(len)


def test_monkeypatch_restores_the_original_sleep(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time

        SLEEP = time.sleep

        def test_patches(monkeypatch, lightsail):
            monkeypatch.setattr(time, "sleep", lambda seconds: None)
            time.sleep(5)
            assert lightsail.clock.elapsed == 0

        def test_next():
            assert time.sleep is SLEEP
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


# --- reported bugs ---


@pytest.fixture
def idle_pool() -> Iterator[ThreadPoolExecutor]:
    """A pool with one waiting thread, like a pool that an application creates at import."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        yield pool


def test_an_idle_pool_runs_a_task_before_its_timeout_fires(idle_pool: ThreadPoolExecutor) -> None:
    for _ in range(30):
        with simulate() as lightsail:
            assert idle_pool.submit(int).result(timeout=60) == 0
            assert lightsail.clock.elapsed == 0


def test_a_pool_thread_that_wakes_up_late_runs_its_task_before_the_timeout(
    monkeypatch: pytest.MonkeyPatch, idle_pool: ThreadPoolExecutor
) -> None:
    main, sleep = threading.get_ident(), waiting._real_sleep
    # On a busy machine, even a short wait can take 0.03 seconds.
    late = lambda seconds: sleep(seconds if threading.get_ident() == main else 0.03)  # noqa: E731
    monkeypatch.setattr(waiting, "_real_sleep", late)
    for _ in range(5):
        with simulate() as lightsail:
            assert idle_pool.submit(int).result(timeout=60) == 0
            assert lightsail.clock.elapsed == 0


def test_a_nonblocking_peek_at_a_socket_does_not_wait() -> None:
    one, other = socket.socketpair()
    with one, other, simulate(), pytest.raises(BlockingIOError):
        one.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)


def test_a_closed_descriptor_does_not_end_the_wait_of_a_selector() -> None:
    one, other = socket.socketpair()
    with other, selectors.DefaultSelector() as selector, simulate() as lightsail:
        selector.register(one, selectors.EVENT_READ)
        one.close()
        assert selector.select(5) == []
        assert lightsail.clock.elapsed == 5


def test_socket_methods_accept_keyword_arguments() -> None:
    one, other = socket.socketpair()
    with one, other, simulate():
        other.sendall(b"abc")
        assert one.recv_into(bytearray(3), nbytes=3) == 3


def test_the_watchdog_stops_a_wait_for_a_silent_peer() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        simulate(watchdog=0.3),
        pytest.raises(CallerNeverEnds, match="a socket or a pipe"),
    ):
        client.recv(1)


def test_no_virtual_time_passes_while_the_account_performs_a_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def read_the_clock_often(*_: Any) -> dict[str, Any]:
        before = time.monotonic()
        while len(readings) < 3 * waiting._BUSY_READINGS:
            readings.append(time.monotonic() - before)
        return {"containerServices": []}

    readings: list[float] = []
    monkeypatch.setitem(OPERATIONS, "GetContainerServices", read_the_clock_often)
    with simulate() as lightsail:
        lightsail.client().get_container_services()
    assert {*readings} == {0.0}


def test_select_ignores_ordinary_data_while_it_waits_for_urgent_data() -> None:
    one, other = socket.socketpair()
    with one, other, simulate() as lightsail:
        one.send(b"x")
        assert select.select([], [], [other], 5) == ([], [], [])
        assert lightsail.clock.elapsed == 5


def test_a_reset_of_the_account_cancels_its_alarms() -> None:
    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: rung.append(number))
    try:
        with simulate() as lightsail:
            signal.alarm(30)
            lightsail.reset()
            time.sleep(60)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert rung == []


TRACED = """
import sys, threading, time
from pytest_lightsail import simulate

lock = threading.Lock()

def trace(frame, event, argument):
    with lock:  # as the tracer of coverage does
        for _ in range(300):
            pass

sys.setswitchinterval(1e-6)
with simulate() as lightsail:
    threading.settrace(trace)
    sleepers = [threading.Thread(target=time.sleep, args=(5,)) for _ in range(30)]
    for each in sleepers:
        each.start()
    threading.settrace(None)
    for each in sleepers:
        each.join()
"""


def test_threads_traced_by_a_function_with_a_lock_do_not_deadlock() -> None:
    # In a new process, because threads that wait for each other never end.
    subprocess.run([sys.executable, "-c", TRACED], check=True, timeout=30)  # noqa: S603
