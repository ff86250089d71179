"""freezegun and time-machine work outside and inside a simulation."""

import time
from datetime import datetime, timezone
from time import monotonic as bound_monotonic
from time import sleep as bound_sleep
from time import time as bound_time
from types import SimpleNamespace

import pytest

from pytest_lightsail import simulate

NAMES = ("sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")
REAL = SimpleNamespace(**{name: getattr(time, name) for name in NAMES})
NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
BEGIN = datetime(2022, 5, 26, tzinfo=timezone.utc)
START = BEGIN.timestamp()


@pytest.fixture
def freeze():
    return pytest.importorskip("freezegun").freeze_time


@pytest.fixture
def travel():
    return pytest.importorskip("time_machine").travel


@pytest.fixture(autouse=True)
def clocks_are_restored():
    """Check after each test that all clocks are restored."""
    yield
    assert {name: getattr(time, name) for name in NAMES} == vars(REAL)
    assert (bound_sleep, bound_time, bound_monotonic) == (REAL.sleep, REAL.time, REAL.monotonic)
    assert datetime.now(timezone.utc) > NEW_YEAR.replace(year=2025)


# --- freezegun -----------------------------------------------------------------------------------


def test_freezegun_around_a_simulation_keeps_its_frozen_time(freeze):
    with freeze(NEW_YEAR), simulate() as lightsail:
        time.sleep(30)

        assert (time.time(), lightsail.clock.elapsed) == (NEW_YEAR.timestamp(), 30)

    assert time.time() > NEW_YEAR.timestamp()


def test_freezegun_around_one_simulation_does_not_affect_the_next(freeze):
    with freeze(NEW_YEAR), simulate():
        pass

    with simulate(start=BEGIN):
        assert bound_time() == START


def test_freezegun_inside_a_simulation_sets_the_time(freeze):
    with simulate(), freeze(NEW_YEAR):
        assert time.time() == NEW_YEAR.timestamp()
        assert datetime.now(timezone.utc) == NEW_YEAR


def test_sleep_advances_the_account_while_freezegun_is_active(freeze):
    with simulate() as lightsail, freeze(NEW_YEAR):
        time.sleep(30)
        bound_sleep(30)

    assert lightsail.clock.elapsed == 60


def test_calls_reach_the_account_while_freezegun_is_active(freeze):
    with simulate() as lightsail, freeze(NEW_YEAR):
        client = lightsail.client()
        client.create_container_service(serviceName="shop", power="nano", scale=1)
        time.sleep(40)

    assert lightsail.services["shop"].state == "READY"


def test_time_is_virtual_again_after_freezegun(freeze):
    with simulate(start=BEGIN):
        with freeze(NEW_YEAR):
            time.sleep(30)
        time.sleep(30)

        assert time.time() == bound_time() == START + 60
        assert time.monotonic() == bound_monotonic()


def test_freezegun_decorator_works_inside_a_simulation(freeze):
    @freeze(NEW_YEAR)
    def body():
        time.sleep(30)
        return time.time()

    with simulate(start=BEGIN):
        assert body() == NEW_YEAR.timestamp()
        assert time.time() == START + 30


# --- time-machine --------------------------------------------------------------------------------


def test_time_machine_around_a_simulation_has_no_effect_inside_it(travel):
    with travel(NEW_YEAR, tick=False):
        with simulate(start=BEGIN) as lightsail:
            time.sleep(30)
            assert (time.time(), lightsail.clock.elapsed) == (START + 30, 30)
            assert datetime.now(timezone.utc).timestamp() == START + 30

        assert time.time() == NEW_YEAR.timestamp()


def test_time_machine_inside_a_simulation_sets_the_time(travel):
    with simulate(start=BEGIN) as lightsail:
        with travel(NEW_YEAR, tick=False):
            time.sleep(30)
            assert (time.time(), lightsail.clock.elapsed) == (NEW_YEAR.timestamp(), 30)
        time.sleep(30)

        assert time.time() == START + 60
