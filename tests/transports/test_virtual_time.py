"""The functions of `time` show the account's clock to the code under test."""

import math
import time
from datetime import datetime, timezone

import pytest

from pytest_lightsail import simulate

START = datetime(2022, 5, 26, tzinfo=timezone.utc).timestamp()
CLOCKS = ["time", "monotonic", "perf_counter"]


def test_sleep_advances_the_clock(lightsail):
    time.sleep(90)

    assert lightsail.clock.elapsed == 90


def test_sleep_returns_none(lightsail):
    assert time.sleep(1) is None


def test_sleep_takes_no_real_time(lightsail, real):
    start = real.monotonic()
    time.sleep(24 * 3600)

    assert real.monotonic() - start < 60


@pytest.mark.parametrize("seconds", [0, 0.0, 1e-9, 0.1, 3, True])
def test_sleep_accepts_any_nonnegative_number(lightsail, seconds):
    time.sleep(seconds)

    assert lightsail.clock.elapsed == seconds


def test_short_sleeps_add_up_exactly(lightsail):
    for _ in range(30):
        time.sleep(0.1)

    assert lightsail.clock.elapsed == 3


def test_sleep_rejects_a_negative_number_like_the_real_sleep(lightsail, real):
    with pytest.raises(ValueError, match="must be non-negative") as raised:
        time.sleep(-1)
    with pytest.raises(ValueError, match="must be non-negative") as really_raised:
        real.sleep(-1)

    assert type(raised.value) is type(really_raised.value)
    assert str(raised.value) == str(really_raised.value)
    assert lightsail.clock.elapsed == 0


@pytest.mark.parametrize("wrong", ["1", None, math.nan, math.inf, [1]])
def test_sleep_rejects_an_invalid_duration_like_the_real_sleep(lightsail, real, wrong):
    with pytest.raises((TypeError, ValueError, OverflowError)) as really_raised:
        real.sleep(wrong)
    with pytest.raises(really_raised.type):
        time.sleep(wrong)

    assert lightsail.clock.elapsed == 0


def test_sleep_accepts_no_keyword_argument(lightsail):
    with pytest.raises(TypeError):
        time.sleep(seconds=1)


@pytest.mark.usefixtures("lightsail")
def test_time_starts_at_the_virtual_start_time():
    assert time.time() == START


@pytest.mark.usefixtures("lightsail")
@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_do_not_advance_by_themselves(name):
    read = getattr(time, name)

    assert read() == read()


@pytest.mark.usefixtures("lightsail")
@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_advance_with_sleep(name):
    read = getattr(time, name)
    start = read()

    time.sleep(12.5)

    assert read() - start == 12.5


@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_advance_with_the_clock_of_the_account(lightsail, name):
    read = getattr(time, name)
    start = read()

    lightsail.clock.advance(600)

    assert read() - start == pytest.approx(600)


@pytest.mark.parametrize("name", CLOCKS)
def test_clocks_advance_with_calls(name):
    with simulate(latency=0.25) as lightsail:
        read, client = getattr(time, name), lightsail.client()
        start = read()
        client.get_container_services()
        client.get_container_services()

        assert read() - start == 0.5


@pytest.mark.usefixtures("lightsail")
@pytest.mark.parametrize("name", CLOCKS)
def test_nanosecond_clocks_agree_with_the_clocks_in_seconds(name):
    time.sleep(1.5)

    nanoseconds = getattr(time, f"{name}_ns")()

    assert isinstance(nanoseconds, int)
    assert nanoseconds == round(getattr(time, name)() * 1_000_000_000)


@pytest.mark.usefixtures("lightsail")
def test_nanosecond_clocks_are_exact():
    start = time.time_ns()
    time.sleep(1e-9)

    assert time.time_ns() - start == 1


@pytest.mark.skipif(
    time.monotonic() > 20 * 24 * 3600, reason="the machine has been running for too long"
)
def test_monotonic_clock_does_not_go_back_when_a_simulation_starts():
    before = time.monotonic()
    with simulate():
        assert time.monotonic() >= before


def test_patched_clock_functions_keep_their_names(lightsail, real):
    named = {name: getattr(time, name) for name in vars(real) if name != "sleep"}

    assert {name: function.__name__ for name, function in named.items()} == {
        name: name for name in named
    }


def test_timestamps_in_responses_match_the_callers_clock(lightsail):
    time.sleep(1000)

    shown = lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)

    assert shown["containerService"]["createdAt"].timestamp() == pytest.approx(time.time())


def test_real_time_option_leaves_sleep_and_clocks_unpatched(real):
    with simulate(real_time=True) as lightsail:
        before = real.monotonic()
        time.sleep(0.001)
        assert before < time.monotonic() < real.monotonic()

    assert lightsail.clock.elapsed == 0


@pytest.mark.lightsail(real_time=True)
@pytest.mark.usefixtures("lightsail")
def test_marker_disables_virtual_time(real):
    assert abs(time.monotonic() - real.monotonic()) < 1


def test_reset_restarts_virtual_time(lightsail):
    time.sleep(100)

    lightsail.reset()

    assert time.time() == START
    time.sleep(5)
    assert lightsail.clock.elapsed == 5
