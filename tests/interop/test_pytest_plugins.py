"""Other pytest plugins work next to this one, each in its own run."""

import pytest

PROLOGUE = """
    import time

    import botocore.session

    CLIENT = botocore.session.Session().create_client(
        "lightsail", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )

    def release(name="shop"):
        CLIENT.create_container_service(serviceName=name, power="nano", scale=1)
        while state(name) != "READY":
            time.sleep(5)

    def state(name):
        return CLIENT.get_container_services(serviceName=name)["containerServices"][0]["state"]
"""


PLUGINS = {
    "asyncio": "pytest_asyncio.plugin",
    "randomly": "pytest_randomly",
    "recording": "pytest_recording.plugin",
    "rerunfailures": "pytest_rerunfailures",
    "timeout": "pytest_timeout",
    "xdist": "xdist.plugin",
}


@pytest.fixture
def run(pytester):
    """A function that runs pytest in a new process with one other plugin."""

    def run(plugin, source, *arguments):
        pytester.makepyfile(f"{PROLOGUE}{source}")
        plugins = ("-p", PLUGINS[plugin], "-p", "no:cacheprovider")
        return pytester.runpytest_subprocess(*plugins, *arguments)

    return run


FAILING = """
    def test_passes(lightsail):
        release()
        assert list(lightsail.services) == ["shop"]

    def test_fails(lightsail):
        release("shop")
        assert lightsail.services["shop"].state == "RUNNING"
"""


def test_xdist_worker_reports_the_timeline(run):
    pytest.importorskip("xdist")

    result = run("xdist", FAILING, "-n", "1")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Lightsail timeline*",
            "0:00:00.1  CreateContainerService(serviceName='shop', power='nano', scale=1)",
            "0:00:40.1    shop: READY  (time assumed, A36)",
        ]
    )


def test_pytest_randomly_shuffles_tests_with_clean_accounts(run):
    pytest.importorskip("pytest_randomly")

    result = run("randomly", ORDERS, "-v")

    result.assert_outcomes(passed=40)
    order = [line for line in result.outlines if "PASSED" in line]
    assert order != sorted(order)


ORDERS = """
    import pytest

    @pytest.mark.parametrize("number", range(10, 50))
    def test_account_is_clean(lightsail, number):
        assert not lightsail.services
        release()
"""


TIMEOUT = """
    import pytest

    @pytest.mark.timeout(30)
    def test_virtual_hours_do_not_time_out(lightsail):
        for _ in range(20):
            time.sleep(3600)
        release()

    @pytest.mark.timeout(0.2)
    def test_a_busy_loop_times_out(lightsail):
        while True:
            pass
"""


def test_pytest_timeout_by_signal_measures_real_time(run):
    pytest.importorskip("pytest_timeout")

    arguments = ("--timeout-method=signal", "-o", "timeout_func_only=true")
    result = run("timeout", TIMEOUT, *arguments)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Timeout *>0.2*"])


def test_pytest_timeout_by_thread_measures_real_time(run):
    pytest.importorskip("pytest_timeout")

    result = run("timeout", TIMEOUT, "-v", "--timeout-method=thread")

    # The thread ends the process, so pytest prints no summary.
    result.stdout.fnmatch_lines(["*test_virtual_hours_do_not_time_out PASSED*", "*+ Timeout +*"])


ASYNCIO = """
    import asyncio

    import pytest

    async def until_ready(name):
        while state(name) != "READY":
            await asyncio.sleep(5)

    @pytest.mark.asyncio
    async def test_coroutine(lightsail):
        CLIENT.create_container_service(serviceName="shop", power="nano", scale=1)
        await until_ready("shop")
        assert 40 < lightsail.clock.elapsed < 46

    @pytest.mark.asyncio
    async def test_wait_for(lightsail):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), timeout=60)
        assert 60 <= lightsail.clock.elapsed < 60.001

    @pytest.mark.asyncio(loop_scope="module")
    async def test_loop_of_the_module(lightsail):
        assert not lightsail.calls
        await asyncio.sleep(60)
        assert 60 <= lightsail.clock.elapsed < 60.001

    @pytest.mark.asyncio(loop_scope="module")
    async def test_loop_of_the_module_in_real_time():
        start = time.monotonic()
        await asyncio.sleep(0.01)
        assert 0.009 < time.monotonic() - start < 30

    @pytest.fixture
    async def shop(lightsail):
        CLIENT.create_container_service(serviceName="shop", power="nano", scale=1)
        await until_ready("shop")
        yield "shop"
        CLIENT.delete_container_service(serviceName="shop")
        await asyncio.sleep(5)
        assert not lightsail.services

    async def test_async_fixture(lightsail, shop):
        assert lightsail.services[shop].state == "READY"

    async def test_client(lightsail_client):
        lightsail_client.get_container_services()
        await asyncio.sleep(3600)
"""


def test_pytest_asyncio_tests_and_fixtures_use_virtual_time(run):
    pytest.importorskip("pytest_asyncio")

    scope = "asyncio_default_fixture_loop_scope=function"
    result = run("asyncio", ASYNCIO, "-o", "asyncio_mode=auto", "-o", scope, "-W", "error")

    result.assert_outcomes(passed=6)


RERUNS = """
    import pytest

    tries = []

    @pytest.mark.flaky(reruns=2, reruns_delay=0.1)
    def test_third_time_lucky(lightsail):
        tries.append(list(lightsail.services))
        lightsail.faults.add(Fault.throttling(), operation="GetContainerServices")
        start = time.monotonic()
        release()
        assert time.monotonic() - start > 40
        assert len(tries) == 3

    def test_every_run_had_its_own_account(lightsail):
        assert tries == [[], [], []]
        assert not lightsail.calls
"""


def test_each_rerun_of_a_flaky_test_gets_a_new_account(run):
    pytest.importorskip("pytest_rerunfailures")

    result = run("rerunfailures", f"{IMPORT}{RERUNS}")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*2 rerun*"])


IMPORT = """
    from pytest_lightsail import Fault
"""

RECORDED = """
    from pathlib import Path

    import pytest
    import requests

    @pytest.fixture(scope="module")
    def vcr_cassette_dir():
        return str(Path(__file__).parent / "cassettes")

    @pytest.mark.vcr
    @pytest.mark.block_network
    def test_needs_no_recording_of_lightsail_calls(lightsail):
        release()
        url = lightsail.services["shop"].url
        assert requests.get(url, timeout=5).status_code == 503

    @pytest.mark.vcr
    def test_plays_what_was_recorded(lightsail):
        release()
        assert requests.get("https://example.org/", timeout=5).text == "recorded"
"""

CASSETTE = """
interactions:
- request: {body: null, headers: {}, method: GET, uri: 'https://example.org/'}
  response:
    body: {string: recorded}
    headers: {Content-Type: [text/plain]}
    status: {code: 200, message: OK}
version: 1
"""


def test_pytest_recording_does_not_record_lightsail_calls(run, pytester):
    pytest.importorskip("pytest_recording")
    cassettes = pytester.mkdir("cassettes")
    cassette = cassettes / "test_plays_what_was_recorded.yaml"
    cassette.write_text(CASSETTE)

    result = run("recording", RECORDED, "--record-mode=none")

    result.assert_outcomes(passed=2)
    assert list(cassettes.iterdir()) == [cassette]
    assert cassette.read_text() == CASSETTE
