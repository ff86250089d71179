"""Virtual time advances with the calls of a program in another process."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_lightsail import CallerNeverEnds, simulate
from pytest_lightsail.simulation import control

from .conftest import Endpoint

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}


@pytest.fixture
def machine(monkeypatch):
    """Replace the machine's clock with one that the test advances."""

    class Machine:
        now = 0.0

        def sleeps(self, seconds: float) -> None:
            self.now += seconds

    machine = Machine()
    monkeypatch.setattr(control, "_now", lambda: int(machine.now * 1e9))
    return machine


def test_a_tenth_of_a_real_second_between_calls_is_a_virtual_minute(machine, endpoint, lightsail):
    endpoint.call("GetContainerServices")
    machine.sleeps(0.1)
    endpoint.call("GetContainerServices")
    first, second = (call.at for call in lightsail.calls)
    assert second - first == pytest.approx(60.1)


def test_real_time_before_the_first_call_does_not_count(machine, endpoint, lightsail):
    machine.sleeps(3600)
    endpoint.call("GetContainerServices")
    assert lightsail.clock.elapsed == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("agent", "elapsed"),
    [
        ("aws-cli/2.15.0 exec-env/pytest-lightsail", 0.2),
        ("aws-cli/2.15.0", 600.2),
        ("Boto3/1.40.0 exec-env/pytest-lightsail", 600.2),
    ],
)
def test_real_time_does_not_count_for_the_cli_if_sleep_is_a_stand_in(
    machine, endpoint, lightsail, agent, elapsed
):
    for _ in range(2):
        endpoint.call("GetContainerServices", headers={"User-Agent": agent})
        machine.sleeps(1)
    assert lightsail.clock.elapsed == pytest.approx(elapsed)


@pytest.mark.lightsail(speed=2, latency=0)
def test_the_speed_option_scales_real_time(machine, endpoint, lightsail):
    endpoint.call("GetContainerServices")
    machine.sleeps(5)
    endpoint.call("GetContainerServices")
    assert lightsail.clock.elapsed == pytest.approx(10)


@pytest.mark.lightsail(speed=0, latency=5)
def test_time_advances_only_with_calls_at_speed_0(machine, endpoint, lightsail):
    for _ in range(4):
        machine.sleeps(1)
        endpoint.call("GetContainerServices")
    assert lightsail.clock.elapsed == 20


def test_the_clock_advances_at_the_next_call_and_not_before(machine, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    machine.sleeps(10)
    assert lightsail.services["shop"].state == "PENDING"
    endpoint.call("GetContainerServices")
    assert lightsail.services["shop"].state == "READY"


def test_a_client_in_this_process_does_not_time_out_while_time_is_added(
    machine, endpoint, lightsail
):
    endpoint.call("GetContainerServices")
    machine.sleeps(1)
    # The client reads the clock during this wait, after more virtual time than its timeout.
    lightsail.clock.call_later(60, lambda: threading.Event().wait(0.02))
    assert endpoint.call("GetContainerServices")["status"] == 200


def test_a_wait_for_a_socket_survives_a_reset_of_the_account(machine, endpoint, control):
    endpoint.call("GetContainerServices")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as waiting,
        server.accept()[0] as peer,
        ThreadPoolExecutor(1) as pool,
    ):
        received = pool.submit(waiting.recv, 1)
        time.sleep(0.05)
        machine.sleeps(1)
        control("reset", {})
        peer.send(b"x")
        assert received.result() == b"x"


@pytest.mark.lightsail(speed=0)
def test_sleeping_in_the_test_advances_the_account(machine, endpoint, lightsail):
    endpoint.call("CreateContainerService", **SHOP)
    time.sleep(60)
    (service,) = endpoint.call("GetContainerServices")["containerServices"]
    assert service["state"] == "READY"


@pytest.mark.lightsail(real_time=True, latency=0)
def test_real_time_ignores_the_speed(machine, endpoint, lightsail):
    endpoint.call("GetContainerServices")
    machine.sleeps(7)
    endpoint.call("GetContainerServices")
    assert lightsail.clock.elapsed == pytest.approx(7)


def poll_forever(machine) -> None:
    """Poll once a second, like another process, for a deployment that never ends."""
    with simulate() as lightsail, lightsail.serve() as server:
        endpoint = Endpoint(server.url)
        endpoint.call("CreateContainerService", **SHOP)
        lightsail.clock.advance(60)
        lightsail.script.deploy(never_ends=True)
        web = {"web": {"image": "nginx"}}
        endpoint.call("CreateContainerServiceDeployment", serviceName="shop", containers=web)
        response = {"status": 200}
        while response["status"] == 200:
            machine.sleeps(1)
            response = endpoint.call("GetContainerServices")
        endpoint.connection.close()
        assert response["__type"].endswith("#RequestAbortedException")


def test_a_program_that_polls_forever_is_refused_and_fails_the_test(machine):
    with pytest.raises(CallerNeverEnds, match=r"waited .* shop .* is DEPLOYING"):
        poll_forever(machine)
    assert 36 <= machine.now <= 50


def test_the_server_stops_at_the_end_of_its_block():
    with simulate() as lightsail, lightsail.serve() as server:
        endpoint = Endpoint(server.url)
        endpoint.call("GetContainerServices")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        endpoint.call("GetContainerServices")
    endpoint.connection.close()
    with pytest.raises(ConnectionRefusedError):
        endpoint.call("GetContainerServices")
