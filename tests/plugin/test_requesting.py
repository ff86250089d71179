"""However a test requests the fixture, its calls reach the account and not AWS."""

from __future__ import annotations

import pytest

HEAD = """
import boto3
import pytest
import unittest


def create(name="shop"):
    client = boto3.client("lightsail", region_name="us-east-1")
    client.create_container_service(serviceName=name, power="nano", scale=1)


def names():
    client = boto3.client("lightsail", region_name="us-east-1")
    return [one["containerServiceName"] for one in client.get_container_services()["containerServices"]]


@pytest.fixture
def shop(lightsail):
    create()
    yield "shop"
    assert names() == ["shop"]
"""


pytestmark = pytest.mark.usefixtures("aws")


def run(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    lines = source.splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    pytester.makepyfile(HEAD + "\n".join(line[indent:] for line in lines))
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


WAYS = {
    "an argument": """
        def test(lightsail):
            create()
            assert names() == ["shop"]
    """,
    "usefixtures": """
        @pytest.mark.usefixtures("lightsail")
        def test():
            create()
    """,
    "the client": """
        def test(lightsail_client):
            create()
            assert len(lightsail_client.get_container_services()["containerServices"]) == 1
    """,
    "an autouse fixture": """
        @pytest.fixture(autouse=True)
        def always(lightsail):
            create("first")

        def test():
            assert names() == ["first"]
    """,
    "getfixturevalue in a test": """
        def test(request):
            request.getfixturevalue("shop")
            assert names() == ["shop"]
    """,
    "getfixturevalue in a fixture": """
        @pytest.fixture(params=["shop"])
        def world(request):
            return request.getfixturevalue(request.param)

        def test(world):
            assert names() == ["shop"]
    """,
    "getfixturevalue of the client": """
        def test(request):
            request.getfixturevalue("lightsail_client").get_container_services()
    """,
    "indirect parameters": """
        @pytest.fixture
        def service(request, lightsail):
            create(request.param)
            return request.param

        @pytest.mark.parametrize("service", ["blog"], indirect=True)
        def test(service):
            assert names() == ["blog"]
    """,
    "the marker": """
        @pytest.mark.lightsail(latency=5)
        def test():
            create()
    """,
    "the marker of a class": """
        @pytest.mark.lightsail
        class TestMarked:
            def test(self):
                create()
    """,
    "the marker, with fixtures that do not request the account": """
        @pytest.fixture
        def service():
            create()

        @pytest.mark.lightsail
        def test(service):
            assert names() == ["shop"]
    """,
    "unittest with usefixtures": """
        @pytest.mark.usefixtures("lightsail")
        class TestCase(unittest.TestCase):
            def setUp(self):
                create()

            def test(self):
                self.assertEqual(names(), ["shop"])

            def tearDown(self):
                self.assertEqual(names(), ["shop"])
    """,
    "the marker of a TestCase": """
        @pytest.mark.lightsail
        class TestCase(unittest.TestCase):
            def test(self):
                create()
    """,
}


@pytest.mark.parametrize("way", WAYS)
def test_calls_reach_the_account_however_the_fixture_is_requested(
    pytester: pytest.Pytester, aws: list[str], way: str
) -> None:
    run(pytester, WAYS[way]).assert_outcomes(passed=1)
    assert aws == []


def test_a_doctest_gets_the_account_with_getfixture(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    pytester.makefile(
        ".txt",
        test_page="""
        >>> client = getfixture("lightsail_client")
        >>> client.get_container_services()["containerServices"]
        []
        >>> getfixture("lightsail").calls.count("GetContainerServices")
        1
        """,
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert aws == []


def test_pytest_bdd_steps_use_the_account(pytester: pytest.Pytester, aws: list[str]) -> None:
    pytest.importorskip("pytest_bdd")
    pytester.makefile(
        ".feature",
        shop="""
        Feature: A shop
            Scenario: It is created
                Given an account
                When the shop is created
                Then there is a shop
        """,
    )
    result = run(
        pytester,
        """
        from pytest_bdd import given, scenarios, then, when

        scenarios("shop.feature")

        @given("an account")
        def _(lightsail_client):
            pass

        @when("the shop is created")
        def _():
            create()

        @then("there is a shop")
        def _(lightsail):
            assert list(lightsail.services) == ["shop"]
        """,
        "-p",
        "pytest_bdd.plugin",
    )
    result.assert_outcomes(passed=1)
    assert aws == []


def test_lazy_fixtures_use_the_account(pytester: pytest.Pytester, aws: list[str]) -> None:
    pytest.importorskip("pytest_lazy_fixtures")
    result = run(
        pytester,
        """
        from pytest_lazy_fixtures import lf

        @pytest.mark.parametrize("world", [lf("shop")])
        def test(world):
            assert names() == [world]
        """,
        "-p",
        "pytest_lazy_fixtures.plugin",
    )
    result.assert_outcomes(passed=1)
    assert aws == []


def test_each_example_gets_a_new_client_through_a_lazy_fixture(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    pytest.importorskip("pytest_lazy_fixtures")
    result = run(
        pytester,
        """
        from hypothesis import given, settings, strategies as st
        from pytest_lazy_fixtures import lf

        CLIENTS = []

        @pytest.mark.parametrize("aws", [lf("lightsail_client")])
        @settings(deadline=None, max_examples=20)
        @given(scale=st.integers(1, 20))
        def test(lightsail, aws, scale):
            assert not any(aws is client for client in CLIENTS)
            CLIENTS.append(aws)
        """,
        "-p",
        "pytest_lazy_fixtures.plugin",
    )
    result.assert_outcomes(passed=1)
    assert aws == []


def test_pytest_cases_use_the_account(pytester: pytest.Pytester, aws: list[str]) -> None:
    pytest.importorskip("pytest_cases")  # fails with pytest 9.2; `nox -s oldest` installs it
    result = run(
        pytester,
        """
        from pytest_cases import fixture_ref, parametrize, parametrize_with_cases

        @parametrize("world", [fixture_ref("shop")])
        def test_reference(world):
            assert names() == [world]

        def case_shop(shop):
            return shop

        @parametrize_with_cases("world", cases=".")
        def test_case(world):
            assert names() == [world]
        """,
        "-p",
        "pytest_cases.plugin",
    )
    result.assert_outcomes(passed=2)
    assert aws == []


def test_fixtures_with_a_wider_scope_are_set_up_before_the_account(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import os, time
        from unittest import mock

        @pytest.fixture(scope="class")
        def wide():
            with mock.patch("time.sleep"), mock.patch.dict(os.environ, {"MINE": "1"}):
                yield

        class TestOne:
            def test(self, lightsail, wide):
                assert os.environ["MINE"] == "1"

        def test_nothing_is_left(monkeypatch):
            assert time.sleep.__module__ == "time"
            assert "AWS_ENDPOINT_URL_LIGHTSAIL" not in os.environ
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_marker_on_one_parameter_activates_no_account_for_the_others(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        from pytest_lightsail.accounts import answering

        marked = pytest.param("marked", marks=pytest.mark.lightsail)

        @pytest.mark.parametrize("which", [marked, "other"])
        def test(which):
            assert bool(answering) == (which == "marked")
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_wider_fixture_requested_during_a_test_is_set_up_outside_the_account(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import os

        @pytest.fixture(scope="module")
        def wide():
            return "AWS_ENDPOINT_URL_LIGHTSAIL" in os.environ

        def test(lightsail, request):
            create()
            assert not request.getfixturevalue("wide")
            assert names() == ["shop"]
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_call_in_setup_class_is_refused_with_a_function_scoped_account(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.usefixtures("lightsail")
        class TestShop(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                create()

            def test(self):
                pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*RealCallError: CreateContainerService*lightsail_fixture(scope=*"]
    )
    assert aws == []


def test_pytest_shows_the_function_scope_of_the_fixtures(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test(lightsail_client): pass", "--setup-show")
    result.stdout.fnmatch_lines(
        [
            "*SETUP    F lightsail",
            "*SETUP    F lightsail_client (fixtures used: lightsail)*",
        ]
    )
    result = run(pytester, "def test(lightsail): pass", "--fixtures")
    result.stdout.fnmatch_lines(["lightsail -- *", "*A simulated Amazon Lightsail account*"])
    result.stdout.no_fnmatch_line("lightsail* [[]session scope[]] *")


# --- the project's own fixtures ---


def test_a_project_can_override_the_fixtures(pytester: pytest.Pytester, aws: list[str]) -> None:
    result = run(
        pytester,
        """
        import time

        @pytest.fixture(scope="session")
        def lightsail_client():
            url = __import__("os").environ["AWS_ENDPOINT_URL"]
            return boto3.client("lightsail", region_name="us-east-1", endpoint_url=url)

        @pytest.fixture
        def lightsail():
            return "mine"

        @pytest.mark.lightsail(real_calls=True)
        def test_integration(lightsail_client, lightsail):
            assert lightsail == "mine"
            assert time.sleep.__module__ == "time"
            assert lightsail_client.get_container_services()["containerServices"] == []
        """,
    )
    result.assert_outcomes(passed=1)
    assert aws == ["GetContainerServices"]


def test_the_traceback_of_a_failing_fixture_shows_no_frame_of_the_plugin(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        @pytest.fixture
        def broken():
            raise RuntimeError

        @pytest.fixture
        def breaks_later():
            yield
            raise RuntimeError

        def test_uses_an_account(lightsail):
            pass

        def test_set_up(broken):
            pass

        def test_teardown(breaks_later):
            pass
        """,
    )
    result.assert_outcomes(passed=2, errors=2)
    result.stdout.no_fnmatch_line("*pytest_lightsail*")
