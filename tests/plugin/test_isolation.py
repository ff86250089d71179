"""What belongs to one test, one example or somebody else's plugin stays there."""

from __future__ import annotations

import pytest


def test_a_swallowed_call_that_is_not_simulated_fails_its_own_example(
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
    result.stdout.fnmatch_lines(["*number=101*"])


def test_a_wrong_marker_is_told_by_a_worker_too(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.lightsail(latency="x")
        def test_marked(lightsail):
            pass
        """
    )
    result = pytester.runpytest_subprocess("-n", "1", "-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*latency='x' is not possible: it is a number of seconds*"])


def test_hooks_of_an_installed_plugin_stay_in_real_time(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = pytester.mkdir("other_plugin-1.0.dist-info")
    info.joinpath("METADATA").write_text(
        "Metadata-Version: 2.1\nName: other-plugin\nVersion: 1.0\n"
    )
    info.joinpath("entry_points.txt").write_text("[pytest11]\nother = other_plugin\n")
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
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    # Not ours: with every plugin that is installed.
    result = pytest.Pytester.runpytest_subprocess(pytester, "-s", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*the test took 0*"])


def test_in_real_time_the_account_lives_in_it_too(pytester: pytest.Pytester) -> None:
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


def test_a_fixture_may_replace_a_clock_before_the_first_account(pytester):
    # A process of its own: the plugin must not have been used in it.
    pytester.makepyfile(
        """
        import time
        from unittest import mock

        import pytest


        @pytest.fixture(scope="class")
        def no_sleep():
            with mock.patch("time.sleep") as sleep, mock.patch("time.monotonic", lambda: 7.0):
                yield sleep


        class TestWithMocks:
            def test_the_mocks_stay(self, no_sleep, lightsail):
                time.sleep(3)
                assert no_sleep.called
                assert time.monotonic() == 7.0


        def test_later_tests_have_virtual_time(lightsail):
            before = time.monotonic()
            time.sleep(3)
            assert time.monotonic() == before + 3
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
