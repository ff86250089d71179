"""However a test ends, it leaves no patch, no variable, no thread, no socket and no account."""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.endpoint
import botocore.retries.bucket
import pytest
import requests
import requests.adapters

# pytester removes modules that a run in this process imports first; a second copy would patch again.
from pytest_lightsail import plugin, simulate
from pytest_lightsail.accounts import answering, observers

OWNERS: tuple[Any, ...] = (
    time,
    threading,
    threading.Thread,
    threading.Event,
    asyncio.BaseEventLoop,
    selectors.DefaultSelector,
    botocore.endpoint.Endpoint,
    botocore.retries.bucket.TokenBucket,
    requests.Session,
    requests.adapters.HTTPAdapter,
)
DESCRIPTORS = Path("/proc/self/fd")


def world() -> dict[str, object]:
    """Return the current state of everything that this library changes while an account is active."""
    found: dict[str, object] = {
        f"{owner.__name__}.{name}": id(value)
        for owner in OWNERS
        for name, value in vars(owner).items()
        if callable(value) or isinstance(value, staticmethod)
    }
    found["environment"] = {**os.environ, "PYTEST_CURRENT_TEST": ""}
    found["importers"] = [id(importer) for importer in sys.meta_path]
    found["observers"] = list(observers)
    found["active"] = list(answering)
    found["threads"] = {thread for thread in threading.enumerate() if thread.name != "left"}
    if DESCRIPTORS.exists():
        found["sockets"] = sorted(sockets())
    return found


def sockets() -> Iterator[str]:
    for descriptor in DESCRIPTORS.iterdir():
        try:
            name = str(descriptor.readlink())
        except OSError:
            continue  # the descriptor of the listing itself
        if name.startswith("socket:"):
            yield f"{name} {addresses(int(descriptor.name))}"


def addresses(descriptor: int) -> str:
    """Return the two ends of a socket, so that a failure shows which socket was left."""
    try:
        with socket.socket(fileno=os.dup(descriptor)) as found:
            here = found.getsockname()
            try:
                return f"{here} to {found.getpeername()}"
            except OSError:
                return f"{here}, not connected"
    except OSError:
        return "closed meanwhile"


ENDS = {
    "those after which the run goes on": ["pass", "assert False", "pytest.skip('later')", "1 / 0"],
    "an interrupt": ["raise KeyboardInterrupt"],
    "pytest.exit": ["pytest.exit('enough')"],
    "SystemExit": ["raise SystemExit(3)"],
    "GeneratorExit": ["raise GeneratorExit"],
}
IN_A_TEST = [(end, "test") for end in ENDS]
ELSEWHERE = [
    (end, place)
    for end in ("those after which the run goes on", "pytest.exit")
    for place in ("setup", "teardown", "finalizer")
]
CODE = """
import threading
import time

import boto3
import pytest
import requests
from pytest_lightsail import Fault, simulate


def end(place, number):
    if place == PLACE:
        exec(ENDS[number])


@pytest.fixture
def own(request, lightsail, lightsail_client):
    lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.faults.add(Fault.throttling(), optional=True)
    number = request.node.callspec.params["number"]
    request.addfinalizer(lambda: end("finalizer", number))
    end("setup", number)
    yield
    end("teardown", number)


@pytest.mark.parametrize("number", range(len(ENDS)))
def test_ends(number, lightsail, own, FIXTURES):
    time.sleep(60)
    session = requests.Session()
    with simulate() as inner:
        inner.client().get_container_services()
        end("test", number)
"""


def run_to_its_end(pytester: pytest.Pytester, code: str) -> None:
    pytester.makepyfile(code)
    pytester.runpytest_inprocess("-p", "no:cacheprovider", no_reraise_ctrlc=True)


@pytest.mark.parametrize(("end", "place"), [*IN_A_TEST, *ELSEWHERE])
def test_nothing_is_left_of_an_account_and_its_server(
    pytester: pytest.Pytester, end: str, place: str
) -> None:
    before = world()
    code = f"ENDS = {ENDS[end]}\n" + CODE.replace("PLACE", repr(place))
    code = code.replace("FIXTURES", "lightsail_server").replace(
        "    session = ",
        "    socket = __import__('socket').create_connection(lightsail_server.url[7:].split(':'))\n"
        "    socket.close()\n    session = ",
    )
    run_to_its_end(pytester, code)
    assert world() == before


@pytest.fixture
def left_threads() -> Iterator[Callable[[], list[threading.Thread]]]:
    def left() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "left"]

    yield left
    for thread in left():
        thread.enough.set()  # type: ignore[attr-defined]
        thread.join(10)
    assert left() == []


def test_nothing_is_left_where_a_test_leaves_threads(request, pytester, left_threads) -> None:
    before = world()
    run_to_its_end(
        pytester,
        """
        import threading
        import time

        import pytest
        from pytest_lightsail import ConfigurationError

        def work(client, enough):
            while not enough.wait(0.001):
                time.sleep(0.001)
                try:
                    client.get_container_services()
                except Exception:  # there is no account, and no network to be asked
                    return

        def test_leaves(lightsail, lightsail_client):
            for _ in range(3):
                enough = threading.Event()
                thread = threading.Thread(target=work, args=(lightsail_client, enough), name="left")
                thread.daemon, thread.enough = True, enough
                thread.start()
            time.sleep(5)
        """,
    )
    for thread in left_threads():
        thread.enough.set()
        thread.join(10)
    # The guard of this run has also refused the calls that they made after their test.
    request.config.stash[plugin._run].guard.refused.clear()
    assert world() == before


def test_nothing_is_left_of_a_block_that_breaks_off() -> None:
    before = world()
    for error in (KeyboardInterrupt, SystemExit, GeneratorExit, RuntimeError):
        with pytest.raises(error), simulate() as lightsail, lightsail.serve():
            raise error
        assert world() == before


def test_nothing_is_left_of_a_start_that_fails(pytester: pytest.Pytester) -> None:
    before = world()
    run_to_its_end(
        pytester,
        """
        import pytest
        from pytest_lightsail import Scenario

        @pytest.mark.lightsail(scenario=Scenario().another_client("updates", "shop", colour="red"))
        def test_cannot_start(lightsail):
            pass

        @pytest.fixture(scope="session")
        def wide(lightsail):
            pass

        def test_is_too_wide(wide, lightsail):
            pass
        """,
    )
    assert world() == before


def test_a_handle_that_is_kept_answers_no_longer() -> None:
    with simulate() as lightsail:
        client = lightsail.client()
        client.get_container_services()
    with simulate() as later:
        client.get_container_services()
    assert lightsail.calls.count("GetContainerServices") == 1
    assert later.calls.count("GetContainerServices") == 1


ORDERED = """
import os

import boto3
import pytest
from hypothesis import given, settings, strategies as st
from pytest_lightsail import Certificate, Fault, Image

NUMBERS = range(12)


def check_is_clean(lightsail, client):
    assert len(lightsail.calls) == 0
    assert lightsail.clock.elapsed == 0
    assert list(lightsail.services) == []
    assert list(lightsail.certificates) == []
    assert lightsail.quotas["services"] == ORIGINAL
    assert client.get_container_services()["containerServices"] == []
    assert client.meta.config.retries is None or "shop" not in str(client.meta.config.retries)
    assert "dirty" not in repr(lightsail.images)
    assert len(lightsail.visits) == 0


def dirty(lightsail, client, number):
    lightsail.quotas["services"] = 1
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(100 * (number + 1))
    lightsail.images["dirty"] = Image(responds={"/": 500}, optional=True)
    lightsail.certificates["cert"] = Certificate(("www.example.com",))
    lightsail.script.deploy(never_ends=True, optional=True)
    lightsail.script.preset("instant")
    lightsail.faults.add(Fault.throttling(), times=None, optional=True)
    lightsail.respond("GetInstances", {"instances": []}, optional=True)
    client.meta.events.register("before-call.*.*", refuse)
    os.environ["AWS_DEFAULT_REGION"] = "eu-west-1" if number % 2 else "us-east-1"
    if number % 3 == 0:
        raise RuntimeError("a crash in the middle")
    if number % 3 == 1:
        client.get_instances()


def refuse(**_):
    raise AssertionError("a handler of another test")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.parametrize("number", NUMBERS)
def test_plain(lightsail, lightsail_client, number):
    check_is_clean(lightsail, lightsail_client)
    lightsail.faults.add(Fault.connection_reset(), optional=True, operation="GetInstances")
    try:
        dirty(lightsail, lightsail_client, number)
    except Exception:
        pytest.fail("dirtied")


@settings(deadline=None, database=None, max_examples=5)
@given(number=st.sampled_from(NUMBERS))
def test_examples(lightsail, lightsail_client, number):
    check_is_clean(lightsail, lightsail_client)
    try:
        dirty(lightsail, lightsail_client, number)
    except Exception:
        pass
"""
ORDER = """
import random

def pytest_collection_modifyitems(items):
    random.Random(0).shuffle(items)
"""


def test_no_order_of_tests_lets_one_see_another(pytester: pytest.Pytester) -> None:
    with simulate() as lightsail:
        quota = lightsail.quotas["services"]
    pytester.makeconftest(ORDER)
    pytester.makepyfile(ORDERED.replace("ORIGINAL", str(quota)))
    before = world()
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--tb=short")
    result.assert_outcomes(failed=8, passed=5)
    assert result.stdout.str().count("Failed: dirtied") >= 8
    assert "check_is_clean" not in result.stdout.str()
    assert world() == before
