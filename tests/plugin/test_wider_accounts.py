"""The tests of a class, module or session can share an account and its state."""

from __future__ import annotations

import pytest

HEAD = """
import time
import unittest

import boto3
import pytest
from hypothesis import given, settings, strategies as st
from pytest_lightsail import lightsail_fixture, simulate


def create(name="shop"):
    client = boto3.client("lightsail", region_name="us-east-1")
    client.create_container_service(serviceName=name, power="nano", scale=1)
"""


def run(
    pytester: pytest.Pytester, source: str, *arguments: str, conftest: str = ""
) -> pytest.RunResult:
    def aligned(text: str) -> str:
        lines = text.splitlines()
        indent = min((len(one) - len(one.lstrip()) for one in lines if one.strip()), default=0)
        return HEAD + "\n".join(line[indent:] for line in lines)

    pytester.makeconftest(aligned(conftest))
    pytester.makepyfile(aligned(source))
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_tests_share_the_state_and_time_of_a_module_scoped_account(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        lightsail = lightsail_fixture(scope="module")

        def test_1(lightsail):
            create()

        def test_2(lightsail, lightsail_client):
            time.sleep(60)
            assert lightsail.services["shop"].state == "READY"

        def test_3(lightsail):
            assert lightsail.clock.elapsed > 60
        """,
    )
    result.assert_outcomes(passed=3)


def test_modules_share_a_session_scoped_account(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_a="def test(lightsail, lightsail_client):\n"
        "    lightsail_client.create_container_service(serviceName='a', power='nano', scale=1)\n",
        test_b="def test(lightsail):\n    assert list(lightsail.services) == ['a']\n",
    )
    result = run(
        pytester,
        "",
        "test_a.py",
        "test_b.py",
        conftest='lightsail = lightsail_fixture(scope="session", pace="instant")',
    )
    result.assert_outcomes(passed=2)


def test_lightsail_fixture_accepts_any_name_and_options(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        ireland = lightsail_fixture(scope="class", region="eu-west-1")

        class TestOne:
            def test_1(self, ireland):
                ireland.client().create_container_service(serviceName="a", power="nano", scale=1)

            def test_2(self, ireland):
                assert list(ireland.region("eu-west-1").services) == ["a"]

        class TestTwo:
            def test(self, ireland):
                assert not ireland.services
        """,
    )
    result.assert_outcomes(passed=3)


def test_the_account_of_a_test_takes_precedence_over_a_shared_account(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        shared = lightsail_fixture(scope="module")

        def test_1(shared):
            create()

        def test_2(shared, lightsail):
            create("own")
            assert list(lightsail.services) == ["own"]
            assert list(shared.services) == ["shop"]

        def test_3(shared):
            create("third")
            assert list(shared.services) == ["shop", "third"]
        """,
    )
    result.assert_outcomes(passed=3)


def test_setup_class_uses_a_class_scoped_autouse_account(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        class TestShop(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                create()

            @classmethod
            def tearDownClass(cls):
                time.sleep(60)
                boto3.client("lightsail").delete_container_service(serviceName="shop")

            def test_1(self):
                create("second")

            def test_2(self):
                client = boto3.client("lightsail")
                self.assertEqual(len(client.get_container_services()["containerServices"]), 2)
        """,
        conftest='lightsail = lightsail_fixture(scope="class", autouse=True)',
    )
    result.assert_outcomes(passed=2)


def test_setup_module_uses_a_module_scoped_autouse_account(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def setup_module():
            create()

        def test(lightsail):
            assert list(lightsail.services) == ["shop"]
        """,
        conftest='lightsail = lightsail_fixture(scope="module", autouse=True)',
    )
    result.assert_outcomes(passed=1)


def test_a_failing_test_shows_the_timeline_of_a_shared_account(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        lightsail = lightsail_fixture(scope="module")

        def test_fails(lightsail):
            create()
            assert lightsail.services["shop"].state == "READY"
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Lightsail timeline*", "*shop PENDING*"])


def test_a_test_that_does_not_use_the_account_shows_no_timeline(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        shared = lightsail_fixture(scope="module")

        def test_uses(shared):
            create()

        def test_fails():
            assert False
        """,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line("*Lightsail timeline*")


def test_an_unused_script_is_an_error_at_the_end_of_the_accounts_scope(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        lightsail = lightsail_fixture(scope="module")

        def test_prepares(lightsail):
            lightsail.script.create(takes=5)
            lightsail.script.deploy(never_ends=True)

        def test_uses_one(lightsail):
            create()
        """,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*UnusedError: *script.deploy(never_ends=True)*"])


def test_a_swallowed_operation_not_simulated_error_fails_only_its_own_test(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        lightsail = lightsail_fixture(scope="module")

        def test_swallows(lightsail_client):
            try:
                lightsail_client.get_instances()
            except BaseException:
                pass

        def test_does_nothing(lightsail):
            pass
        """,
    )
    result.assert_outcomes(failed=1, passed=1)


def test_examples_share_a_module_scoped_account(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        lightsail = lightsail_fixture(scope="module")

        def test_1(lightsail):
            create()

        @settings(max_examples=5, database=None, deadline=None)
        @given(st.integers())
        def test_2(lightsail, number):
            assert list(lightsail.services) == ["shop"]
        """,
    )
    result.assert_outcomes(passed=2)


def test_simulate_in_a_module_scoped_fixture_works_in_any_order_of_tests(
    pytester: pytest.Pytester,
) -> None:
    source = """
        @pytest.fixture(scope="module")
        def seeded():
            with simulate() as account:
                before = account.clock.elapsed
                time.sleep(1)
                assert account.clock.elapsed == before + 1
                create()
                yield account

        def test_a(lightsail, seeded):
            assert not lightsail.services
            assert list(seeded.services)[0] == "shop"

        def test_b(seeded):
            create("second")
            assert list(seeded.services)[0] == "shop"

        def test_c(request, lightsail):
            assert list(request.getfixturevalue("seeded").services)[0] == "shop"
    """
    module = "test_simulate_in_a_module_scoped_fixture_works_in_any_order_of_tests.py"
    for order in ("abc", "bca", "cab"):
        chosen = [f"{module}::test_{name}" for name in order]
        run(pytester, source, *chosen).assert_outcomes(passed=3)


@pytest.mark.parametrize("fixture", ["lightsail", "lightsail_client"])
def test_a_module_scoped_fixture_cannot_request_the_account_of_a_test(
    pytester: pytest.Pytester, fixture: str
) -> None:
    result = run(
        pytester,
        f"""
        @pytest.fixture(scope="module")
        def shop({fixture}):
            pass

        def test(shop):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ScopeMismatch*", "*lightsail_fixture(scope=*"])


def test_a_scope_mismatch_of_another_fixture_is_reported_unchanged(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        @pytest.fixture(scope="module")
        def shop(tmp_path):
            pass

        def test(shop):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("*ightsail_fixture*")
    result.stdout.no_fnmatch_line("*traceback entries are hidden*")


def test_a_marker_option_is_refused_if_the_account_already_exists(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        lightsail = lightsail_fixture(scope="module")

        @pytest.mark.lightsail(latency=1)
        def test(lightsail):
            pass
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*latency) has no effect: the account already exists for the whole module*"]
    )


def test_the_real_calls_marker_is_refused_while_a_shared_account_is_active(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        shared = lightsail_fixture(scope="module", autouse=True)

        @pytest.mark.lightsail(real_calls=True)
        def test():
            pass
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*real_calls=True has no effect: *created for the module*"])
