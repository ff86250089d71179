"""Every wait of the standard library takes exact virtual time, and almost no real time."""

from __future__ import annotations

import email.utils
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone

import pytest

from pytest_lightsail import simulate
from pytest_lightsail.c_functions import original
from tests.clock.waits import CLOCKS, LIMITS, WAIT, WAITS

real = original(time.perf_counter)


@pytest.fixture
def measured() -> Iterator[Callable[[Callable[[], object]], tuple[float, float]]]:
    """A function that measures another one in virtual and in real seconds, and limits its CPU time."""
    with simulate(latency=0) as lightsail:

        def measure(function: Callable[[], object]) -> tuple[float, float]:
            before, start, cpu = lightsail.clock.elapsed, real(), time.process_time()
            function()
            assert time.process_time() - cpu < 1  # a wait must not keep the CPU busy
            return lightsail.clock.elapsed - before, real() - start

        yield measure


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_takes_its_virtual_time_and_no_real_time(measured, name: str) -> None:
    virtual, took = measured(WAITS[name])
    assert virtual == WAIT
    assert took < WAIT / 2  # much less, unless the machine is busy


@pytest.mark.parametrize("name", LIMITS)
def test_a_time_limit_fires_exactly_on_time(measured, name: str) -> None:
    virtual, took = measured(LIMITS[name])
    # as_completed waits until its deadline has passed.
    assert virtual == pytest.approx(WAIT, abs=1e-8)
    assert took < WAIT / 2  # much less, unless the machine is busy


@pytest.mark.parametrize("name", CLOCKS)
def test_a_python_clock_advances_with_the_account(name: str) -> None:
    read = CLOCKS[name]
    with simulate() as lightsail:
        before = read()
        lightsail.clock.advance(minutes=60)
        assert read() - before == pytest.approx(3600, abs=1e-6)  # the sum of floats is not exact


def test_virtual_time_starts_at_the_current_time() -> None:
    before = int(time.time())
    with simulate() as lightsail:
        assert before <= lightsail.clock.now.timestamp() <= before + 60
        assert lightsail.clock.now.microsecond == 0


def test_dates_and_timestamps_follow_the_start_option() -> None:
    with simulate(start="2022-05-26T00:00:00Z"):
        time.sleep(90)
        assert datetime.now(timezone.utc) == datetime(2022, 5, 26, 0, 1, 30, tzinfo=timezone.utc)
        assert datetime.now(timezone.utc).isoformat() == "2022-05-26T00:01:30+00:00"
        assert date.today() == datetime.now().date()  # noqa: DTZ005, DTZ011 - local time is meant
        assert time.ctime() == time.asctime(time.localtime())
        assert time.gmtime()[:6] == (2022, 5, 26, 0, 1, 30)
        assert logging.makeLogRecord({}).created == time.time()
        assert email.utils.formatdate() == "Thu, 26 May 2022 00:01:30 -0000"
        assert uuid.uuid1().time // 10_000_000 - 12219292800 == int(time.time())


def test_the_mtime_of_a_new_file_is_close_to_the_virtual_time(tmp_path) -> None:
    with simulate():
        (tmp_path / "file").write_text("")
        assert abs((tmp_path / "file").stat().st_mtime - time.time()) < 60
