"""The section "Lightsail timeline" in the report of a test that fails."""

from __future__ import annotations

import pytest

FAILING = """
    import pytest

    def release(client):
        client.create_container_service(
            serviceName="shop", power="nano", scale=1,
            deployment={"containers": {"web": {"image": "nginx", "environment": {"TOKEN": "hunter2"}}}},
        )

    def test_fails(lightsail, lightsail_client):
        release(lightsail_client)
        lightsail.clock.advance(60)
        assert lightsail.services["shop"].state == "DISABLED"
"""


def test_a_failing_test_shows_calls_and_states(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(
        [
            "*Lightsail timeline*",
            "0:00:00.1  CreateContainerService(serviceName='shop', power='nano', scale=1,*",
            "*shop PENDING, next 1 ACTIVATING",
            "0:00:40.1    shop: DEPLOYING, deployment 1 ACTIVATING",
        ]
    )


def test_secrets_are_masked(pytester: pytest.Pytester) -> None:
    # Built when the test runs, so that the traceback, which shows the source, does not have it.
    pytester.makepyfile(FAILING.replace('"hunter2"', '"3retnuh"[::-1]'))
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*'TOKEN': '[*][*][*]'*"])
    result.stdout.no_fnmatch_line("*hunter3*")


def test_a_failing_setup_shows_it_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def shop(lightsail_client):
            lightsail_client.create_container_service(serviceName="shop", power="nano", scale=99)

        def test_cannot_start(shop):
            pass
        """
    )
    pytester.runpytest_inprocess().stdout.fnmatch_lines(
        [
            "*Lightsail timeline*",
            "*InvalidInputException: Scale 99 is not valid.*[[]rule scale.range]",
        ]
    )


def test_passing_tests_show_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_passes(lightsail): pass")
    pytester.runpytest_inprocess("-rA").stdout.no_fnmatch_line("*Lightsail timeline*")


def test_passing_tests_show_it_when_asked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_passes(lightsail_client):
            lightsail_client.get_container_services()
        """
    )
    result = pytester.runpytest_inprocess("-rP", "--lightsail-show-timeline=all")
    result.stdout.fnmatch_lines(["*Lightsail timeline*", "*GetContainerServices()"])


def test_nobody_shows_it_when_told_so(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_inprocess("--lightsail-show-timeline=never")
    result.stdout.no_fnmatch_line("*Lightsail timeline*")


def test_it_stands_in_the_reports_that_workers_send(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*Lightsail timeline*", "0:00:00.1  CreateContainerService*"])
