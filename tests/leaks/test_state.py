"""However a test ends, it leaves no patch, variable, thread, socket or account behind."""

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

# pytester unloads modules that a run in this process imports first. A second copy would patch again.
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


def snapshot() -> dict[str, object]:
    """Return the current state of everything that the package changes while an account is active."""
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
            continue  # the descriptor of the directory listing
        if name.startswith("socket:"):
            yield f"{name} {addresses(int(descriptor.name))}"


def addresses(descriptor: int) -> str:
    """Return the two ends of a socket, so that a failure shows which socket is still open."""
    try:
        with socket.socket(fileno=os.dup(descriptor)) as found:
            here = found.getsockname()
            try:
                return f"{here} to {found.getpeername()}"
            except OSError:
                return f"{here}, not connected"
    except OSError:
        return "closed in the meantime"


ENDS = {
    "the run continues": ["pass", "assert False", "pytest.skip('later')", "1 / 0"],
    "an interrupt": ["raise KeyboardInterrupt"],
    "pytest.exit": ["pytest.exit('enough')"],
    "SystemExit": ["raise SystemExit(3)"],
    "GeneratorExit": ["raise GeneratorExit"],
}
IN_A_TEST = [(end, "test") for end in ENDS]
ELSEWHERE = [
    (end, place)
    for end in ("the run continues", "pytest.exit")
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
def test_an_account_and_its_server_leave_nothing_behind(
    pytester: pytest.Pytester, end: str, place: str
) -> None:
    before = snapshot()
    code = f"ENDS = {ENDS[end]}\n" + CODE.replace("PLACE", repr(place))
    code = code.replace("FIXTURES", "lightsail_server").replace(
        "    session = ",
        "    socket = __import__('socket').create_connection(lightsail_server.url[7:].split(':'))\n"
        "    socket.close()\n    session = ",
    )
    run_to_its_end(pytester, code)
    assert snapshot() == before


@pytest.fixture
def left_threads() -> Iterator[Callable[[], list[threading.Thread]]]:
    def left() -> list[threading.Thread]:
        return [thread for thread in threading.enumerate() if thread.name == "left"]

    yield left
    for thread in left():
        thread.enough.set()  # type: ignore[attr-defined]
        thread.join(10)
    assert left() == []


def test_an_account_leaves_nothing_behind_if_threads_outlive_the_test(
    request, pytester, left_threads
) -> None:
    before = snapshot()
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
                except Exception:  # no account is active
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
    # The threads made calls after their test, which the guard of the outer run has refused.
    request.config.stash[plugin._run].guard.refused.clear()
    assert snapshot() == before


def test_a_simulate_block_that_raises_leaves_nothing_behind() -> None:
    before = snapshot()
    for error in (KeyboardInterrupt, SystemExit, GeneratorExit, RuntimeError):
        with pytest.raises(error), simulate() as lightsail, lightsail.serve():
            raise error
        assert snapshot() == before


def test_an_account_that_fails_to_start_leaves_nothing_behind(pytester: pytest.Pytester) -> None:
    before = snapshot()
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
    assert snapshot() == before


def test_a_client_of_an_ended_account_reaches_the_current_account() -> None:
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


def test_shuffled_tests_do_not_affect_each_other(pytester: pytest.Pytester) -> None:
    with simulate() as lightsail:
        quota = lightsail.quotas["services"]
    pytester.makeconftest(ORDER)
    pytester.makepyfile(ORDERED.replace("ORIGINAL", str(quota)))
    before = snapshot()
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--tb=short")
    result.assert_outcomes(failed=8, passed=5)
    assert result.stdout.str().count("Failed: dirtied") >= 8
    assert "check_is_clean" not in result.stdout.str()
    assert snapshot() == before
