"""``@pytest.mark.lightsail(scenario=…)`` plays a scenario on the account of each test or example."""

from __future__ import annotations

import pytest


def test_the_scenario_of_the_marker_is_played(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from hypothesis import HealthCheck, given, settings, strategies as st
        from pytest_lightsail import Scenario

        pytestmark = pytest.mark.lightsail(scenario=Scenario().create(takes=600), latency=0)

        def takes_long(lightsail):
            client = lightsail.client()
            client.create_container_service(serviceName="shop", power="nano", scale=1)
            lightsail.clock.advance(599)
            return lightsail.services["shop"].state == "PENDING"

        def test_of_the_module(lightsail):
            assert takes_long(lightsail)

        @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.integers())
        def test_on_every_example(lightsail, number):
            assert takes_long(lightsail)

        @pytest.mark.lightsail(latency=1)
        def test_with_other_options(lightsail):
            assert takes_long(lightsail)
            assert lightsail.clock.elapsed == 600

        @pytest.mark.lightsail(scenario=Scenario().create(takes=1))
        def test_the_closest_wins(lightsail):
            assert not takes_long(lightsail)

        @pytest.mark.lightsail(scenario=None)
        def test_without(lightsail):
            assert not takes_long(lightsail)
        """
    )
    pytester.runpytest_inprocess("--strict-markers").assert_outcomes(passed=5)


def test_an_invalid_scenario_is_an_error_in_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pytest_lightsail import Scenario

        @pytest.mark.lightsail(scenario=Scenario().another_client("deletes", "Shop!"))
        def test_marked(lightsail):
            pass

        @pytest.mark.lightsail(scenario="deploy fails")
        def test_without_a_scenario(lightsail):
            pass

        def test_after(lightsail):
            assert lightsail.calls.none
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ConfigurationError: another_client.deletes(serviceName='Shop!'): *",
            "*ConfigurationError: play: expected a scenario such as *, not 'deploy fails'*",
        ]
    )
