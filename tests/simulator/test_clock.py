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
    """Return a list, and a function that returns an action that appends its name and the instant."""
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


def test_a_clock_does_not_advance_by_itself():
    clock = Clock()
    assert [clock.now for _ in range(3)] == [START] * 3


def test_a_clock_advances_by_the_given_seconds():
    clock = Clock()
    clock.advance(90)
    assert clock.elapsed == 90
    assert clock.now == START + timedelta(seconds=90)
    assert clock.timestamp == START.timestamp() + 90


def test_a_clock_can_start_at_another_instant():
    start = datetime(2030, 1, 1, tzinfo=timezone.utc)
    clock = Clock(start)
    clock.advance(1)
    assert clock.now == start + timedelta(seconds=1)
    assert clock.epoch_ns == (int(start.timestamp()) + 1) * NANOSECONDS


def test_the_repr_of_a_clock_shows_the_date_and_the_elapsed_seconds():
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
def test_a_decimal_duration_is_converted_exactly(seconds):
    assert to_nanoseconds(seconds) == round(seconds * 1000) * 1_000_000


@quick
@given(short)
def test_a_duration_is_shortened_by_at_most_a_picosecond(seconds):
    meant = Fraction(repr(seconds)) * NANOSECONDS
    assert meant - Fraction(1, 1000) <= to_nanoseconds(seconds) < meant + 1


def test_the_rounding_error_of_a_sum_of_floats_is_removed():
    assert to_nanoseconds(0.1 + 0.2) == 300_000_000


def test_a_duration_below_a_nanosecond_is_rounded_up():
    assert to_nanoseconds(1e-10) == 1


@pytest.mark.parametrize("seconds", [-1, -0.001, -math.inf, math.inf, math.nan])
def test_a_clock_refuses_to_advance_by_an_invalid_duration(seconds):
    clock = Clock()
    with pytest.raises(ConfigurationError, match="0 or more seconds"):
        clock.advance(seconds)
    assert clock.elapsed == 0


@pytest.mark.parametrize("seconds", [-1, -0.001, math.nan])
def test_a_clock_refuses_to_schedule_an_action_in_the_past(seconds):
    with pytest.raises(ConfigurationError, match="0 or more seconds"):
        Clock().call_later(seconds, lambda: None)


def test_a_clock_never_goes_backwards():
    clock = Clock()
    clock.advance(10)
    clock.advance_to(5 * NANOSECONDS)
    assert clock.elapsed == 10


# --- scheduled actions -------------------------------------------------------------------------------


def test_an_action_runs_at_its_instant_while_the_clock_advances_past_it():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(10)
    assert notes == [("tea", 3.0)]
    assert clock.elapsed == 10


def test_an_action_does_not_run_early():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(2.999999999)
    assert notes == []


def test_an_action_runs_when_the_clock_advances_exactly_to_its_instant():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(3)
    assert notes == [("tea", 3.0)]


def test_an_action_runs_once():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(3, note("tea"))
    clock.advance(5)
    clock.advance(5)
    assert notes == [("tea", 3.0)]


def test_an_action_without_delay_runs_only_when_the_clock_advances():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(0, note("now"))
    assert notes == []
    clock.advance(0)
    assert notes == [("now", 0.0)]


@quick
@given(st.lists(st.integers(0, 9), max_size=20))
def test_actions_run_in_order_of_time_and_then_in_order_of_scheduling(delays):
    clock = Clock()
    notes, note = noted(clock)
    for number, delay in enumerate(delays):
        clock.call_later(delay, note(str(number)))
    clock.advance(9)
    expected = sorted(range(len(delays)), key=lambda number: (delays[number], number))
    assert notes == [(str(number), float(delays[number])) for number in expected]


def test_the_delay_of_a_nested_action_counts_from_the_instant_of_the_outer_one():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(10, lambda: clock.call_later(5, note("second")))
    clock.advance(100)
    assert notes == [("second", 15.0)]


def test_a_chain_of_actions_runs_only_as_far_as_the_clock_advances():
    clock = Clock()
    times = []

    def again() -> None:
        times.append(clock.elapsed)
        clock.call_later(10, again)

    clock.call_later(10, again)
    clock.advance(35)
    assert times == [10, 20, 30]


def test_a_cancelled_action_never_runs():
    clock = Clock()
    notes, note = noted(clock)
    action = clock.call_later(3, note("tea"))
    clock.cancel(action)
    clock.advance(10)
    assert notes == []


def test_an_action_that_has_run_can_be_cancelled():
    clock = Clock()
    notes, note = noted(clock)
    action = clock.call_later(3, note("tea"))
    clock.advance(3)
    clock.cancel(action)
    assert notes == [("tea", 3)]


def test_an_action_with_an_infinite_delay_never_runs():
    clock = Clock()
    notes, note = noted(clock)
    clock.call_later(math.inf, note("never"))
    assert clock.next_due is None
    clock.advance(10**9)
    assert notes == []


def test_next_due_is_the_instant_of_the_earliest_action():
    clock = Clock()
    clock.call_later(7, lambda: None)
    first = clock.call_later(3, lambda: None)
    assert clock.next_due == 3 * NANOSECONDS
    clock.cancel(first)
    assert clock.next_due == 7 * NANOSECONDS


def test_nothing_is_due_on_a_new_clock():
    assert Clock().next_due is None


@quick
@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=8), st.lists(st.integers(1, 50), max_size=8)
)
def test_one_large_advance_has_the_same_effect_as_several_small_ones(delays, moves):
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


def test_settling_also_runs_actions_that_are_scheduled_on_the_way() -> None:
    clock, kept = Clock(), []
    clock.call_later(10, lambda: clock.call_later(5, lambda: kept.append(clock.elapsed)))
    clock.advance_until_settled()
    assert kept == [15]
    assert clock.next_due is None


def test_settling_stops_at_the_last_action() -> None:
    clock = Clock()
    clock.call_later(10, lambda: None)
    clock.advance_until_settled()
    assert clock.elapsed == 10


def test_settling_stops_after_a_day_if_an_action_is_always_due() -> None:
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
def test_a_duration_is_given_in_seconds_in_minutes_or_as_a_timedelta(
    given: dict[str, Any], seconds: float
) -> None:
    clock = Clock()
    clock.advance(**given)
    assert clock.elapsed == seconds
