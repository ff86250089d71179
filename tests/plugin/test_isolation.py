"""Tests, examples and other plugins do not affect each other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.endpoint import Endpoint

from pytest_lightsail import simulate


def test_a_usage_error_leaves_nothing_patched(
    pytester: pytest.Pytester,
) -> None:
    before = Endpoint.make_request
    pytester.runpytest_inprocess("--no-such-flag")
    assert Endpoint.make_request is before


def test_a_pool_thread_uses_virtual_time_after_a_nested_run_of_pytest(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        pytester.runpytest_inprocess()
        with simulate() as lightsail:
            pool.submit(time.sleep, 2).result()
            assert lightsail.clock.elapsed == 2


def test_a_swallowed_operation_not_simulated_error_fails_its_example(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        from hypothesis import given, settings, strategies as st

        @settings(deadline=None, database=None)
        @given(number=st.integers(0, 1000))
        def test_swallows(lightsail_client, number):
            if number > 100:
                try:
                    lightsail_client.get_instances()
                except Exception:
                    pass
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*OperationNotSimulatedError: GetInstances*", "*number=101*"])


def test_hooks_of_other_plugins_run_in_real_time(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        other_plugin="""
        import time

        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_call(item):
            before = time.time()
            result = yield
            print("the test took", round(time.time() - before))
            return result
        """,
        test_other="""
        import time

        def test_sleeps(lightsail):
            time.sleep(1000)
        """,
    )
    pytester.syspathinsert()
    result = pytester.runpytest_inprocess("-s", "-p", "other_plugin")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*the test took 0*"])


def test_an_account_with_real_time_follows_the_real_clock(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import time
        import pytest

        @pytest.mark.lightsail(real_time=True, latency=0)
        def test_creates(lightsail, lightsail_client):
            lightsail.script.create(takes=0.02)
            lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
            time.sleep(0.03)
            (service,) = lightsail_client.get_container_services()["containerServices"]
            assert service["state"] == "READY"
            time.sleep(0.01)
            assert lightsail.clock.elapsed > 0.04
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_an_exception_whose_str_fails_is_reported_as_an_ordinary_error(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import pytest

        class Broken(Exception):
            def __str__(self):
                raise RuntimeError

        @pytest.fixture
        def broken():
            raise Broken

        def test_broken(broken): pass

        def test_whole(): pass
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(errors=1, passed=1)
