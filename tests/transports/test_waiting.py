"""A caller that waits for a deployment waits exactly, quickly, and not forever."""

import time
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from pytest_lightsail import CallerNeverEnds, Fault, simulate

CALLER = """
    from time import monotonic, sleep

    import botocore.session

    CLIENT = botocore.session.Session().create_client("lightsail", region_name="us-east-1")

    def release(timeout, interval=5):
        deadline = monotonic() + timeout
        CLIENT.create_container_service(serviceName="shop", power="nano", scale=1)
        if not wait("READY", deadline, interval):
            return "timeout"
        CLIENT.create_container_service_deployment(
            serviceName="shop", containers={"app": {"image": "example/shop:1"}}
        )
        return "released" if wait("RUNNING", deadline, interval) else "timeout"

    def wait(state, deadline, interval):
        while CLIENT.get_container_services(serviceName="shop")["containerServices"][0]["state"] != state:
            if monotonic() >= deadline:
                return False
            sleep(interval)
        return True
"""


@pytest.fixture
def caller(import_source):
    """A typical caller: it makes its client at import, imports `sleep` by name, and sets a time limit."""
    return import_source(CALLER)


@pytest.fixture
def shop(lightsail):
    """A function that gets the state of a new service with a call."""
    client = lightsail.client()
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    return lambda: client.get_container_services(serviceName="shop")["containerServices"][0][
        "state"
    ]


def test_ten_minute_release_takes_its_exact_virtual_time(caller):
    with simulate(latency=0) as lightsail:
        lightsail.script.deploy(takes=600)
        assert caller.release(timeout=900) == "released"

    # The service is ready after 40 seconds; then the deployment starts.
    assert lightsail.clock.elapsed == 640


def test_latency_of_calls_adds_to_the_exact_virtual_time_of_a_release(caller):
    with simulate(latency=0.1) as lightsail:
        lightsail.script.deploy(takes=600)
        assert caller.release(timeout=900) == "released"

    # The service is READY at 40.1. The first poll is at 0.2, and the ninth, at 41, returns READY.
    # The deployment ends at 641.1. Its first poll is at 41.2, and poll 119, at 643, returns RUNNING.
    assert lightsail.clock.elapsed == pytest.approx(643, abs=1e-6)
    assert lightsail.calls.count("GetContainerServices") == 9 + 119


def test_ten_minute_release_takes_less_than_a_real_second(caller, real):
    def seconds():
        with simulate() as lightsail:
            lightsail.script.deploy(takes=600)
            start = real.perf_counter()
            assert caller.release(timeout=900) == "released"
            return real.perf_counter() - start

    # A busy machine may delay one run, but not all of them.
    assert min(seconds() for _ in range(3)) < 1


def test_caller_times_out_if_a_deployment_never_ends(caller):
    with simulate(latency=0) as lightsail:
        lightsail.script.deploy(never_ends=True)
        assert caller.release(timeout=900) == "timeout"

    # time.monotonic() + 900 may be rounded up, which causes one more poll.
    assert lightsail.clock.elapsed in {900, 905}
    assert lightsail.services["shop"].state == "DEPLOYING"


def test_caller_times_out_if_a_release_is_too_slow(caller):
    with simulate(latency=0) as lightsail:
        lightsail.script.deploy(takes=900)
        assert caller.release(timeout=900) == "timeout"

    # time.monotonic() + 900 may be rounded up, which causes one more poll.
    assert lightsail.clock.elapsed in {900, 905}


@pytest.mark.parametrize("takes", [0, 1, 10, 100, 123.4, 1000])
def test_service_is_running_after_the_scripted_time_of_its_deployment(takes):
    with simulate(latency=0) as lightsail:
        lightsail.script.deploy(takes=takes)
        client = lightsail.client()
        client.create_container_service(
            serviceName="shop",
            power="nano",
            scale=1,
            deployment={"containers": {"app": {"image": "example/shop:1"}}},
        )
        time.sleep(40)
        time.sleep(takes)

        assert lightsail.services["shop"].state == "RUNNING"


def test_poll_loop_without_sleep_advances_by_the_latency_of_its_calls(lightsail, shop):
    polls = 1
    while shop() != "READY":
        polls += 1

    # Each call takes 0.1 seconds, and the creation takes 40 seconds.
    assert polls == 400
    assert lightsail.clock.elapsed == pytest.approx(40.1)


def test_poll_loop_without_sleep_reaches_its_deadline(lightsail, shop):
    deadline = time.time() + 30
    while shop() != "RUNNING" and time.time() < deadline:
        pass

    assert lightsail.clock.elapsed == pytest.approx(30.1)


# --- callers without a time limit ----------------------------------------------------------------


def poll(shop, pause):
    while shop() != "RUNNING":
        pause()


@pytest.mark.lightsail(patience=60)
@pytest.mark.parametrize("pause", [lambda: time.sleep(5), lambda: None], ids=["sleep", "no sleep"])
def test_poll_loop_for_a_state_that_never_comes_is_stopped(lightsail, shop, pause):
    with pytest.raises(CallerNeverEnds):
        poll(shop, pause)

    # Patience begins at the last change: the service became READY at 40.1.
    assert 100.05 < lightsail.clock.elapsed < 105.3


@pytest.mark.lightsail(patience=60)
@pytest.mark.usefixtures("lightsail")
def test_caller_never_ends_shows_the_last_wait_and_the_state(shop):
    with pytest.raises(CallerNeverEnds) as raised:
        poll(shop, lambda: time.sleep(5))

    message = str(raised.value)
    assert "the last wait was" in message
    assert "shop (us-east-1) is READY" in message
    assert "lightsail_patience (now 60 seconds)" in message


@pytest.mark.lightsail(patience=60)
@pytest.mark.usefixtures("lightsail")
def test_caller_never_ends_is_not_caught_by_except_exception(shop):
    def stubborn():
        while True:
            with suppress(Exception):  # a common reason why callers wait forever
                if shop() == "RUNNING":
                    return
                time.sleep(5)

    with pytest.raises(CallerNeverEnds):
        stubborn()


@pytest.mark.lightsail(patience=60)
def test_caller_that_swallows_errors_of_the_service_is_stopped(lightsail, shop):
    lightsail.faults.add(Fault.access_denied(), times=None)

    def stubborn():
        while True:
            try:
                return shop()
            except ClientError:  # noqa: PERF203 - as some callers do
                time.sleep(5)

    with pytest.raises(CallerNeverEnds):
        stubborn()


@pytest.mark.lightsail(patience=60)
def test_caller_without_a_timeout_is_stopped_if_a_deployment_never_ends(lightsail, shop):
    lightsail.clock.advance(60)
    lightsail.script.deploy(never_ends=True)
    lightsail.client().create_container_service_deployment(
        serviceName="shop", containers={"app": {"image": "example/shop:1"}}
    )

    with pytest.raises(CallerNeverEnds, match=r"DEPLOYING, ACTIVATING_DEPLOYMENT"):
        poll(shop, lambda: time.sleep(5))


@pytest.mark.lightsail(patience=60)
def test_caller_can_wait_longer_than_patience_while_a_change_is_due(lightsail, shop):
    lightsail.clock.advance(60)
    lightsail.script.deploy(takes=3600)
    lightsail.client().create_container_service_deployment(
        serviceName="shop", containers={"app": {"image": "example/shop:1"}}
    )

    poll(shop, lambda: time.sleep(60))

    assert lightsail.services["shop"].state == "RUNNING"


@pytest.mark.lightsail(patience="inf")
def test_infinite_patience_stops_no_caller(lightsail, shop):
    for _ in range(100):
        shop()
        time.sleep(24 * 3600)

    assert lightsail.clock.elapsed > 99 * 24 * 3600


@pytest.mark.lightsail(patience=60)
def test_account_remains_usable_after_caller_never_ends(lightsail, shop):
    with pytest.raises(CallerNeverEnds):
        poll(shop, lambda: time.sleep(5))
    lightsail.client().delete_container_service(serviceName="shop")
    time.sleep(5)

    assert "shop" not in lightsail.services


def test_caller_that_sleeps_overnight_is_not_stopped(lightsail, shop):
    for _ in range(5):
        time.sleep(12 * 3600)
        shop()

    assert lightsail.calls.count("GetContainerServices") == 5
