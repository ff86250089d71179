"""The fixtures under ``@given``: each example has its own account, even after a failure."""

from __future__ import annotations

import pytest

from tests.support.examples_inside import write

# --- one account per example ---


def test_explicit_and_shrunk_examples_start_with_a_clean_account(
    pytester: pytest.Pytester,
) -> None:
    write(
        pytester,
        """
        @quick
        @example(scale=3)
        @example(scale=4)
        @given(scale=st.integers(1, 20))
        def test_is_clean(lightsail, lightsail_client, scale):
            assert (len(lightsail.services), len(lightsail.calls)) == (0, 0)
            assert lightsail.clock.elapsed == 0
            create(lightsail_client, scale=scale)
            time.sleep(60)
            assert scale < 7
        """,
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*scale=7,*"])


def test_examples_of_parametrized_methods_start_with_a_clean_account(
    pytester: pytest.Pytester,
) -> None:
    write(
        pytester,
        """
        class TestMethods:
            @pytest.mark.parametrize("power", ["nano", "large"])
            @quick
            @given(scale=strategies.scales())
            def test_is_clean(self, lightsail, lightsail_client, power, scale):
                assert not lightsail.services
                lightsail_client.create_container_service(
                    serviceName="shop", power=power, scale=scale
                )
                assert lightsail.services["shop"].power == power
        """,
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=2)


def test_hypothesis_rejects_other_function_scoped_fixtures(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        """
        @pytest.fixture
        def shop(lightsail, lightsail_client):
            create(lightsail_client)
            return lightsail.services["shop"]

        @quick
        @given(scale=strategies.scales())
        def test_scales(shop, scale):
            pass
        """,
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*function-scoped fix*ure 'shop'*"])


def test_hypothesis_rejects_function_scoped_fixtures_of_an_inherited_method(
    pytester: pytest.Pytester,
) -> None:
    write(
        pytester,
        """
        from hypothesis import HealthCheck

        @pytest.fixture(scope="module")
        def shop():
            pass

        class Methods:
            @settings(quick, suppress_health_check=[HealthCheck.differing_executors])
            @given(scale=strategies.scales())
            def test_scales(self, lightsail, shop, scale):
                pass

        class TestOfAModule(Methods):
            pass

        class TestOfATest(Methods):
            @pytest.fixture
            def shop(self):
                pass
        """,
    )
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*TestOfATest::test_scales*function-scoped fix*"])


# --- what fails ---


def test_caller_never_ends_is_shrunk_and_can_be_expected(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        """
        def wait(client, limit):
            while limit > 6:
                client.get_container_services()
                time.sleep(20)

        @quick
        @given(limit=st.integers(0, 100))
        def test_ends(lightsail, lightsail_client, limit):
            wait(lightsail_client, limit)

        @quick
        @given(limit=st.integers(7, 100))
        def test_never_ends(lightsail, lightsail_client, limit):
            with pytest.raises(CallerNeverEnds):
                wait(lightsail_client, limit)
        """,
    )
    result = pytester.runpytest_inprocess("-o", "lightsail_patience=60")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*ExampleNeverEndsError: the caller has waited*", "*limit=7,*"])


def test_a_failing_example_shows_the_rule_of_an_invalid_value(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        """
        @quick
        @given(case=strategies.invalid_service_names(rules={"service-name.pattern"}))
        def test_is_refused(lightsail, lightsail_client, case):
            create(lightsail_client, case.value)
        """,
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*case=Invalid(value=*, rule='service-name.pattern', path='serviceName',*"]
    )


def test_an_unused_script_fails_its_example(
    pytester: pytest.Pytester,
) -> None:
    write(
        pytester,
        """
        @quick
        @given(takes=st.integers(1, 100))
        def test_scripts(lightsail, takes):
            if takes > 6:
                lightsail.script.deploy(takes=takes)
        """,
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*UnusedError: never used: script.deploy(takes=7)*"])
