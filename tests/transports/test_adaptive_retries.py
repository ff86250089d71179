"""Adaptive retries limit the rate of a client's calls exactly, in virtual time."""

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries.bucket import Clock, TokenBucket

from pytest_lightsail import Fault

ADAPTIVE = Config(retries={"mode": "adaptive"})
STANDARD = Config(retries={"mode": "standard"})


def throttle(lightsail, client):
    """Let one call of a client be throttled."""
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


def test_throttled_client_slows_down_in_virtual_time(simulation):
    client = simulation.client(config=ADAPTIVE)
    throttle(simulation, client)

    assert seconds_of_ten_calls(simulation, client) > 1


def test_client_that_was_not_throttled_does_not_slow_down(simulation):
    assert seconds_of_ten_calls(simulation, simulation.client(config=ADAPTIVE)) == 0


def test_throttled_client_in_standard_mode_does_not_slow_down(simulation):
    client = simulation.client(config=STANDARD)
    throttle(simulation, client)

    assert seconds_of_ten_calls(simulation, client) == 0


def test_bucket_provides_tokens_at_its_rate(simulation):
    bucket = TokenBucket(max_rate=2, clock=Clock())
    start = simulation.clock.elapsed

    for _ in range(10):
        assert bucket.acquire()

    assert simulation.clock.elapsed - start == pytest.approx(5, abs=0.001)


def test_acquiring_an_available_token_takes_no_time(simulation):
    bucket = TokenBucket(max_rate=2, clock=Clock())
    simulation.clock.advance(60)

    assert bucket.acquire(2)

    assert simulation.clock.elapsed == 60


def test_nonblocking_acquire_fails_instead_of_waiting(simulation):
    bucket = TokenBucket(max_rate=2, clock=Clock())

    with pytest.raises(Exception, match="capacity"):
        bucket.acquire(block=False)

    assert simulation.clock.elapsed == 0
