"""The section "Lightsail timeline" in the report of a failing test."""

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
            "What matters:",
            "still to come: shop becomes RUNNING in 280 s*",
            "The timeline:",
            "0:00:00.1  CreateContainerService(serviceName='shop', power='nano', scale=1,*",
            "*shop PENDING, next 1 ACTIVATING",
            "0:00:40.1    shop: DEPLOYING, deployment 1 ACTIVATING",
        ]
    )


def test_a_test_that_fails_with_unused_error_shows_the_timeline(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_prepares(lightsail, lightsail_client):
            lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
            lightsail.script.deploy(takes=5)
        """
    )
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(
        ["*UnusedError: *", "*Lightsail timeline*", "0:00:00.1  CreateContainerService(*"]
    )


def test_secrets_in_the_timeline_are_masked(pytester: pytest.Pytester) -> None:
    # The secret is built at run time, because the traceback shows the source of the test.
    pytester.makepyfile(FAILING.replace('"hunter2"', '"3retnuh"[::-1]'))
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(["*'TOKEN': '[*][*][*]'*"])
    result.stdout.no_fnmatch_line("*hunter3*")


def test_a_failing_setup_shows_the_timeline(pytester: pytest.Pytester) -> None:
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
            "*InvalidInputException: scale is not valid: found 99*[[]rule scale.range,*]",
        ]
    )


def test_passing_tests_show_the_timeline_if_show_timeline_is_all(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_passes(lightsail_client):
            lightsail_client.get_container_services()
        """
    )
    result = pytester.runpytest_inprocess("-rP", "--lightsail-show-timeline=all")
    result.stdout.fnmatch_lines(["*Lightsail timeline*", "*GetContainerServices()"])


def test_no_test_shows_the_timeline_if_show_timeline_is_never(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    result = pytester.runpytest_inprocess("--lightsail-show-timeline=never")
    result.stdout.no_fnmatch_line("*Lightsail timeline*")


MANY = """
    def test_fails(lightsail, lightsail_client):
        for _ in range(50):
            lightsail_client.get_container_services()
            lightsail_client.get_certificates()
        lightsail.script.deploy(takes=30)
        assert False
"""


def section(result: pytest.RunResult) -> list[str]:
    lines = result.stdout.lines
    first = next(number for number, line in enumerate(lines) if "Lightsail timeline" in line) + 1
    last = next(number for number, line in enumerate(lines) if "short test summary" in line)
    return lines[first:last]


def test_a_long_timeline_is_shortened_to_30_lines(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MANY)
    shown = section(pytester.runpytest_inprocess())
    assert len(shown) <= 30
    assert "never used: script.deploy(takes=30)" in shown
    assert any(line.endswith("--lightsail-show-timeline=all shows them …") for line in shown)


def test_pending_changes_are_shown(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_fails(lightsail_client):
            lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
            lightsail_client.update_container_service(serviceName="shop", scale=2)
        """
    )
    shown = section(pytester.runpytest_inprocess())
    assert (
        "still to come: shop becomes READY in 39.9 s (assumed, A36): "
        "lightsail.clock.advance_until_settled()" in shown
    )


def test_the_whole_timeline_is_shown_if_show_timeline_is_all(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MANY)
    pytester.makeini("[pytest]\nlightsail_show_timeline = all")
    shown = section(pytester.runpytest_inprocess())
    assert len([line for line in shown if "GetCertificates()" in line]) == 50


def test_xdist_workers_report_timelines_and_invalid_markers(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(
        r"""
        import pytest

        def test_uses_a_name_that_cannot_be_encoded(lightsail_client):
            try:
                lightsail_client.get_container_services(serviceName="\ud800\x1b[31m\n")
            except lightsail_client.exceptions.ClientError:
                pass
            assert False

        @pytest.mark.lightsail(latency="x")
        def test_has_an_invalid_marker(lightsail):
            pass

        @pytest.mark.lightsail(real_calls=True, latncy=1)
        def test_has_an_invalid_marker_but_no_account():
            pass
        """
    )
    result = pytester.runpytest_subprocess("-n", "1", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1, errors=2)
    text = result.stdout.str()
    assert "What matters:" in text
    assert "did you mean 'latency'" in text
    assert "\\ud800" in text
    assert "latency='x' is invalid: expected a number of seconds" in text
