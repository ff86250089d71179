"""The fixtures create a clean account for every test and every Hypothesis example."""

from __future__ import annotations

import botocore.endpoint
import pytest
from botocore.client import BaseClient

CREATE = 'lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)'


def check_outcomes(
    pytester: pytest.Pytester, source: str, *arguments: str, **outcomes: int
) -> None:
    """Run a test module and check its outcomes, by default one passed test."""
    pytester.makepyfile(source)
    result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(**(outcomes or {"passed": 1}))


def test_every_test_gets_a_clean_account(pytester: pytest.Pytester) -> None:
    check_outcomes(
        pytester,
        f"""
        import pytest

        @pytest.mark.parametrize("run", range(2))
        def test_is_clean(lightsail, lightsail_client, run):
            assert not lightsail.calls
            assert lightsail.clock.elapsed == 0
            {CREATE}
        """,
        passed=2,
    )


def test_lightsail_client_is_a_botocore_client(lightsail_client: BaseClient) -> None:
    assert isinstance(lightsail_client, BaseClient)
    assert lightsail_client.meta.service_model.service_name == "lightsail"


def test_event_handlers_added_by_one_test_do_not_affect_the_next(pytester: pytest.Pytester) -> None:
    check_outcomes(
        pytester,
        """
        def test_leaves_a_handler_behind(lightsail_client):
            def handler(**kwargs):
                raise AssertionError("left behind")
            lightsail_client.meta.events.register("before-call.lightsail.*", handler)

        def test_is_unaffected(lightsail_client):
            lightsail_client.get_container_services()
        """,
        passed=2,
    )


def test_lightsail_client_uses_the_region_of_each_test(pytester: pytest.Pytester) -> None:
    check_outcomes(
        pytester,
        """
        import pytest

        @pytest.mark.lightsail(region="eu-west-1")
        def test_ireland(lightsail_client):
            assert lightsail_client.meta.region_name == "eu-west-1"

        def test_default(lightsail_client):
            assert lightsail_client.meta.region_name == "us-east-1"
        """,
        passed=2,
    )


def test_every_example_gets_a_clean_account_without_suppressing_health_checks(
    pytester: pytest.Pytester,
) -> None:
    check_outcomes(
        pytester,
        """
        from hypothesis import example, given, settings, strategies as st

        @settings(max_examples=20, deadline=None, database=None)
        @example(scale=3)
        @given(scale=st.integers(1, 20))
        def test_creates(lightsail, lightsail_client, scale):
            assert not lightsail.calls
            lightsail_client.create_container_service(serviceName="a", power="nano", scale=scale)
            assert lightsail.services["a"].scale == scale

        class TestMethods:
            @settings(max_examples=5, deadline=None, database=None)
            @given(scale=st.integers(1, 20))
            def test_creates(self, lightsail, lightsail_client, scale):
                assert len(lightsail.services) == 0
                lightsail_client.create_container_service(serviceName="a", power="nano", scale=scale)
        """,
        passed=2,
    )


def test_a_failing_test_shows_the_timeline_of_the_smallest_example(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        from hypothesis import Phase, given, settings, strategies as st

        # Explanations trace every line of botocore.
        @settings(deadline=None, database=None, phases=[Phase.generate, Phase.shrink])
        @given(scale=st.integers(1, 20))
        def test_creates(lightsail, lightsail_client, scale):
            lightsail_client.create_container_service(serviceName="a", power="nano", scale=scale)
            assert scale < 7
        """
    )
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*Lightsail timeline*", "*scale=7)", "*a PENDING"])


def test_a_swallowed_operation_not_simulated_error_fails_the_test(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        def test_swallows(lightsail_client):
            try:
                lightsail_client.get_instances()
            except Exception:
                pass
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *OperationNotSimulatedError: GetInstances (Region us-east-1)*"])


def test_a_failed_test_gets_no_second_error_at_teardown(pytester: pytest.Pytester) -> None:
    check_outcomes(
        pytester,
        """
        def test_fails(lightsail_client):
            lightsail_client.get_instances()
        """,
        failed=1,
    )


def test_other_fixtures_use_the_account_during_setup_and_teardown(
    pytester: pytest.Pytester,
) -> None:
    check_outcomes(
        pytester,
        """
        import time, pytest

        @pytest.fixture
        def shop(lightsail, lightsail_client):
            lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
            time.sleep(60)
            yield lightsail.services["shop"]
            lightsail_client.delete_container_service(serviceName="shop")
            time.sleep(60)
            assert "shop" not in lightsail.services
            assert lightsail.clock.elapsed > 120

        def test_is_ready(shop):
            assert shop.state == "READY"
        """,
    )


def test_tests_that_do_not_request_the_fixture_are_unaffected(pytester: pytest.Pytester) -> None:
    check_outcomes(
        pytester,
        """
        import os, time

        def test_with_the_fixture(lightsail):
            before = time.time()
            time.sleep(3600)
            assert time.time() - before == 3600

        def test_without_the_fixture():
            assert time.sleep.__module__ == "time"
            assert "AWS_ENDPOINT_URL_LIGHTSAIL" not in os.environ
        """,
        passed=2,
    )


@pytest.mark.parametrize("where", ["test", "fixture", "teardown"])
def test_an_interrupted_run_leaves_nothing_patched(pytester: pytest.Pytester, where: str) -> None:
    before = botocore.endpoint.Endpoint.make_request
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture
        def own(lightsail):
            if "{where}" == "fixture":
                raise KeyboardInterrupt
            yield
            if "{where}" == "teardown":
                raise KeyboardInterrupt

        def test_is_interrupted(lightsail, own):
            if "{where}" == "test":
                raise KeyboardInterrupt
        """
    )
    pytester.runpytest_inprocess(no_reraise_ctrlc=True)
    assert botocore.endpoint.Endpoint.make_request is before


def test_virtual_time_ends_if_another_fixture_fails(pytester: pytest.Pytester) -> None:
    check_outcomes(
        pytester,
        """
        import pytest, time

        @pytest.fixture
        def broken(lightsail):
            raise RuntimeError

        def test_cannot_start(broken):
            pass

        def test_next():
            assert time.sleep.__module__ == "time"
        """,
        passed=1,
        errors=1,
    )


def test_async_tests_use_the_fixture(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_asyncio")
    pytester.makepyfile(
        """
        import asyncio, pytest
        from hypothesis import given, settings, strategies as st

        @pytest.mark.asyncio
        async def test_waits(lightsail, lightsail_client):
            lightsail_client.create_container_service(serviceName="a", power="nano", scale=1)
            await asyncio.sleep(60)
            assert lightsail.services["a"].state == "READY"

        @pytest.mark.asyncio
        @settings(max_examples=5, deadline=None, database=None)
        @given(scale=st.integers(1, 20))
        async def test_examples(lightsail, lightsail_client, scale):
            assert not lightsail.calls
            lightsail_client.create_container_service(serviceName="a", power="nano", scale=scale)
        """
    )
    # In a new process, because pytest-asyncio 1.0 never closes one of its event loops, and the
    # garbage collector would warn about its sockets during a later test.
    scope = "asyncio_default_fixture_loop_scope=function"
    pytester.runpytest_subprocess("-p", "pytest_asyncio.plugin", "-o", scope).assert_outcomes(
        passed=2
    )


def test_an_unused_script_is_not_reported_if_a_subtest_has_failed(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        def test_deploys(lightsail, subtests):
            lightsail.script.deploy(takes=5)
            with subtests.test(msg="the first deployment"):
                assert 0
        """
    )
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*AssertionError", "*contains 1 failed subtest*"])
    result.stdout.no_fnmatch_line("*UnusedError*")
