"""Virtual time."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.simulator.clock import NANOSECONDS, START, Clock, to_nanoseconds
from tests.support.profiles import examples

quick = examples(25, among=50)

durations = st.integers(0, 10**12).map(lambda milliseconds: milliseconds / 1000)
short = st.floats(0, 1000, allow_nan=False)


def noted(clock: Clock) -> tuple[list[tuple[str, float]], object]:
    """A list, and a function that makes an action which puts its name and the instant on that list."""
    notes: list[tuple[str, float]] = []

    def note(name: str):
        return lambda: notes.append((name, clock.elapsed))

    return notes, note


# --- instants ----------------------------------------------------------------------------------------


def test_a_clock_starts_at_a_fixed_instant_in_the_past():
    clock = Clock()
    assert clock.elapsed == 0
    assert clock.now == START
    assert (
        datetime(2020, 1, 1, tzinfo=timezone.utc)
        < START
        < datetime(2024, 1, 1, tzinfo=timezone.utc)
    )


def test_a_clock_stands_still_until_it_is_moved():
    clock = Clock()
    assert [clock.now for _ in range(3)] == [START] * 3


def test_a_clock_moves_by_what_it_is_told():
    clock = Clock()
    clock.advance(90)
    assert clock.elapsed == 90
    assert clock.now == START + timedelta(seconds=90)
    assert clock.timestamp == START.timestamp() + 90


def test_a_clock_can_start_elsewhere():
    start = datetime(2030, 1, 1, tzinfo=timezone.utc)
    clock = Clock(start)
    clock.advance(1)
    assert clock.now == start + timedelta(seconds=1)
    assert clock.epoch_ns == (int(start.timestamp()) + 1) * NANOSECONDS


def test_a_clock_shows_date_and_seconds():
    clock = Clock()
    clock.advance(61.5)
    assert repr(clock) == "<Clock 2022-05-26 00:01:01 UTC, 61.5 s since the start>"


# --- durations ---------------------------------------------------------------------------------------


@quick
@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.7, 1.1, 5.0]), max_size=60))
def test_sums_of_durations_are_exact(steps):
    clock = Clock()
    for step in steps:
        clock.advance(step)
    assert clock.elapsed_ns == sum(round(step * 10) for step in steps) * NANOSECONDS // 10


@quick
@given(durations)
def test_a_duration_in_decimal_notation_is_taken_exactly(seconds):
    assert to_nanoseconds(seconds) == round(seconds * 1000) * 1_000_000


@quick
@given(short)
def test_a_duration_is_never_cut_short_by_more_than_a_picosecond(seconds):
    meant = Fraction(repr(seconds)) * NANOSECONDS
    assert meant - Fraction(1, 1000) <= to_nanoseconds(seconds) < meant + 1


def test_a_sum_of_floats_is_taken_for_what_was_meant():
    assert to_nanoseconds(0.1 + 0.2) == 300_000_000


def test_less_than_a_nanosecond_is_a_nanosecond():
    assert to_nanoseconds(1e-10) == 1


@pytest.mark.parametrize("seconds", [-1, -0.001, -math.inf, math.inf, math.nan])
def test_a_clock_refuses_to_move_by_what_is_no_duration(seconds):
    clock = Clock()
    with pytest.raises(ConfigurationError, match="0 or more seconds"):
        clock.advance(seconds)
    assert clock.elapsed == 0


@pytest.mark.parametrize("seconds", [-1, -0.001, math.nan])
def test_a_clock_refuses_an_appointment_in_the_past(seconds):
    with pytest.raises(ConfigurationError, match="0 or more seconds"):
        Clock().call_later(seconds, lambda: None)


def test_a_clock_never_goes_back():
    clock = Clock()
    clock.advance(10)
    clock.advance_to(5 * NANOSECONDS)
    assert clock.elapsed == 10


# --- appointments ------------------------------------------------------------------------------------


def test_an_appointment_takes_place_at_its_own_instant():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(10)
    assert notes == [("tea", 3.0)]
    assert clock.elapsed == 10


def test_an_appointment_does_not_take_place_early():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(2.999999999)
    assert notes == []


def test_an_appointment_takes_place_at_the_very_instant_it_is_due():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(3)
    assert notes == [("tea", 3.0)]


def test_an_appointment_takes_place_once():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(5)
    clock.advance(5)
    assert notes == [("tea", 3.0)]


def test_an_appointment_in_no_time_waits_for_the_clock_to_be_moved():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(0, note("now"))
    assert notes == []
    clock.advance(0)
    assert notes == [("now", 0.0)]


@quick
@given(st.lists(st.integers(0, 9), max_size=20))
def test_appointments_take_place_in_order_of_time_and_then_as_they_were_made(delays):
    clock = Clock()
    notes, note = noted(clock)
    for number, delay in enumerate(delays):
        clock.call_later(delay, note(str(number)))
    clock.advance(9)
    expected = sorted(range(len(delays)), key=lambda number: (delays[number], number))
    assert notes == [(str(number), float(delays[number])) for number in expected]


def test_an_appointment_made_by_another_counts_from_the_instant_that_one_was_due():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(10, lambda: clock.call_later(5, note("second")))
    clock.advance(100)
    assert notes == [("second", 15.0)]


def test_a_chain_of_appointments_is_followed_no_further_than_the_clock_moves():
    clock = Clock()
    times = []

    def again() -> None:
        times.append(clock.elapsed)
        clock.call_later(10, again)

    clock.call_later(10, again)
    clock.advance(35)
    assert times == [10, 20, 30]


def test_a_cancelled_appointment_never_takes_place():
    clock = Clock()
    notes, note = noted(clock)
    appointment = clock.call_later(3, note("tea"))
    clock.cancel(appointment)
    clock.advance(10)
    assert notes == []


def test_an_appointment_that_is_over_can_be_cancelled():
    clock = Clock()
    notes, note = noted(clock)
    appointment = clock.call_later(3, note("tea"))
    clock.advance(3)
    clock.cancel(appointment)
    assert notes == [("tea", 3)]


def test_an_appointment_at_infinity_never_falls_due():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(math.inf, note("never"))
    assert clock.next_due is None
    clock.advance(10**9)
    assert notes == []


def test_the_next_instant_is_known():
    clock = Clock()
    clock.call_later(7, lambda: None)
    first = clock.call_later(3, lambda: None)
    assert clock.next_due == 3 * NANOSECONDS
    clock.cancel(first)
    assert clock.next_due == 7 * NANOSECONDS


def test_nothing_is_due_at_first():
    assert Clock().next_due is None


@quick
@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=8), st.lists(st.integers(1, 50), max_size=8)
)
def test_how_the_way_is_divided_makes_no_difference(delays, moves):
    total = sum(moves)

    def run(steps: list[int]) -> list[tuple[str, float]]:
        clock = Clock()
        notes, note = noted(clock)
        for number, delay in enumerate(delays):
            clock.call_later(delay, note(str(number)))
        for step in steps:
            clock.advance(step)
        return notes

    assert run(moves) == run([total])


def test_settling_keeps_every_appointment_those_made_on_the_way_too() -> None:
    clock, kept = Clock(), []
    clock.call_later(10, lambda: clock.call_later(5, lambda: kept.append(clock.elapsed)))
    clock.advance_until_settled()
    assert kept == [15]
    assert clock.next_due is None


def test_settling_takes_no_longer_than_there_is_something_to_come() -> None:
    clock = Clock()
    clock.call_later(10, lambda: None)
    clock.advance_until_settled()
    assert clock.elapsed == 10


def test_settling_ends_after_a_day_where_something_is_always_due() -> None:
    clock = Clock()

    def again() -> None:
        clock.call_later(10, again)

    again()
    clock.advance_until_settled()
    assert clock.elapsed == 86400
    assert clock.next_due == 86410 * NANOSECONDS


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"seconds": 90}, 90),
        ({"seconds": timedelta(minutes=1, milliseconds=500)}, 60.5),
        ({"minutes": 1.5}, 90),
        ({"minutes": 121, "seconds": 1}, 7261),
        ({"minutes": 1 / 3}, 20),
    ],
)
def test_a_duration_is_given_in_the_unit_that_suits(given: dict[str, Any], seconds: float) -> None:
    clock = Clock()
    clock.advance(**given)
    assert clock.elapsed == seconds
