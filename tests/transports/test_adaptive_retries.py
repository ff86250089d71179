"""Adaptive retries, which also limit the rate of a client's calls: in virtual time, and exactly."""

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.bucket import Clock, TokenBucket

from pytest_lightsail import Fault, simulate

ADAPTIVE = Config(retries={"mode": "adaptive"})
ADAPTIVE_ONCE = Config(retries={"mode": "adaptive", "total_max_attempts": 1})
STANDARD = Config(retries={"mode": "standard"})


def throttle(lightsail, client):
    """Let a client know that it calls too often."""
    lightsail.faults.add(Fault.throttling())
    try:
        client.get_container_services()
    except ClientError:
        assert client.meta.config.retries["total_max_attempts"] == 1


def seconds_of_ten_calls(lightsail, client):
    start = lightsail.clock.elapsed
    for _ in range(10):
        client.get_container_services()
    return lightsail.clock.elapsed - start


def test_client_slows_down_in_virtual_time(simulation):
    client = simulation.client(config=ADAPTIVE)
    throttle(simulation, client)

    assert seconds_of_ten_calls(simulation, client) > 1


def test_client_that_was_not_throttled_does_not_slow_down(simulation):
    assert seconds_of_ten_calls(simulation, simulation.client(config=ADAPTIVE)) == 0


def test_other_modes_do_not_slow_down(simulation):
    client = simulation.client(config=STANDARD)
    throttle(simulation, client)

    assert seconds_of_ten_calls(simulation, client) == 0


@pytest.mark.usefixtures("simulation")
def test_tokens_come_at_the_rate_of_the_bucket(simulation):
    bucket = TokenBucket(max_rate=2, clock=Clock())
    start = simulation.clock.elapsed

    for _ in range(10):
        assert bucket.acquire()

    assert simulation.clock.elapsed - start == pytest.approx(5, abs=0.001)


def test_token_that_is_there_costs_no_time(simulation):
    bucket = TokenBucket(max_rate=2, clock=Clock())
    simulation.clock.advance(60)

    assert bucket.acquire(2)

    assert simulation.clock.elapsed == 60


def test_bucket_that_shall_not_wait_does_not(simulation):
    bucket = TokenBucket(max_rate=2, clock=Clock())

    with pytest.raises(Exception, match="capacity"):
        bucket.acquire(block=False)

    assert simulation.clock.elapsed == 0


def test_client_goes_on_in_the_next_simulation(new_client):
    client = new_client(config=ADAPTIVE)
    with simulate() as first:
        throttle(first, client)
        first.clock.advance(3600)
        client.get_container_services()

    with simulate() as second:
        client.get_container_services()
        client.get_container_services()

    assert second.clock.elapsed < 60


def test_client_that_has_seen_real_time_goes_on(new_client):
    client = new_client(config=ADAPTIVE_ONCE)
    with simulate(real_time=True) as first:
        throttle(first, client)

    with simulate() as second:
        seconds = seconds_of_ten_calls(second, client)

    assert 1 < seconds < 60


def test_bucket_owes_nothing_when_it_is_back_in_real_time():
    bucket = TokenBucket(max_rate=500, clock=Clock())
    with simulate():
        bucket.max_rate = 0.5

    assert bucket.acquire(block=False)


def test_real_time_is_left_to_botocore():
    acquire = TokenBucket.acquire

    with simulate(real_time=True):
        assert TokenBucket.acquire is acquire


def test_patch_of_somebody_else_that_was_there_before_stays(monkeypatch):
    asked, original = [], TokenBucket.acquire

    def acquire(bucket, amount=1, block=True):
        asked.append(amount)
        return original(bucket, amount, block)

    monkeypatch.setattr(TokenBucket, "acquire", acquire)
    with simulate() as lightsail:
        lightsail.clock.advance(60)
        TokenBucket(max_rate=2, clock=Clock()).acquire()
        lightsail.clock.advance(60)

    assert TokenBucket.acquire is acquire
    assert asked


def test_bucket_that_another_thread_fills_is_not_waited_for(simulation):
    class Filled(TokenBucket):
        @property
        def available_capacity(self):
            simulation.clock.advance(60)
            return super().available_capacity + self.max_rate

    assert Filled(max_rate=2, clock=Clock()).acquire()
    assert simulation.clock.elapsed == 60
