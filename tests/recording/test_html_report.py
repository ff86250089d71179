"""``--lightsail-cov-report=html:DIR``: which tests are in the report, and with which timelines."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.recording.conftest import Run

FLAGS = ("--lightsail-cov", "--lightsail-cov-report=html:report")

TESTS = """
    import pytest
    from hypothesis import given, settings, strategies as st

    @pytest.fixture
    def shop(lightsail, lightsail_client):
        lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
        lightsail.clock.advance(60)

    @pytest.fixture
    def broken(shop):
        assert False

    def test_passes(shop):
        pass

    def test_fails(shop):
        assert False

    def test_cannot_start(broken):
        pass

    def test_is_skipped_half_way(shop):
        pytest.skip()

    def test_calls_nothing(lightsail):
        lightsail.clock.advance(60)

    def test_uses_no_account():
        pass

    @settings(deadline=None, derandomize=True, max_examples=5, database=None)
    @given(st.integers(0, 100))
    def test_has_examples(lightsail, lightsail_client, number):
        lightsail.clock.advance(number)
        lightsail_client.get_container_services()
"""


@pytest.fixture
def timelines(run: Run, pytester: pytest.Pytester) -> dict[str, tuple[str, str]]:
    """The outcome and the timeline of each test in the report."""
    pytester.makepyfile(TESTS)
    file = pytester.path / "report" / "index.html"
    run(*FLAGS).stdout.fnmatch_lines([f"Lightsail report written to {file}"])
    found = re.findall(
        r"<summary>(\w+): \S+::(\w+)</summary><pre.*?>(.*?)</pre>", file.read_text(), re.DOTALL
    )
    return {name: (outcome, unescape(timeline)) for outcome, name, timeline in found}


def test_each_test_whose_account_was_called_is_there(
    timelines: dict[str, tuple[str, str]],
) -> None:
    assert {name: outcome for name, (outcome, _) in timelines.items()} == {
        "test_cannot_start": "failed",
        "test_fails": "failed",
        "test_has_examples": "passed",
        "test_is_skipped_half_way": "skipped",
        "test_passes": "passed",
    }
    assert timelines["test_fails"][1].startswith(
        "0:00:00.1  CreateContainerService(serviceName='shop', power='nano', scale=1)"
    )
    # the account of the last example alone
    assert timelines["test_has_examples"][1].count("GetContainerServices()") == 1


def test_without_the_flag_there_is_no_page(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("def test_passes(lightsail): pass")
    run("--lightsail-cov")
    assert not (pytester.path / "report").exists()


def test_a_secret_in_the_id_of_a_test_is_masked(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("token", ["hunter2-topsecret", "hunter2-topsecret-too"])
        def test_deploys(lightsail, lightsail_client, token):
            lightsail.add_service("shop")
            web = {"image": "nginx", "environment": {"TOKEN": token}}
            lightsail_client.create_container_service_deployment(
                serviceName="shop", containers={"web": web}
            )
        """
    )
    run(*FLAGS)
    page = (pytester.path / "report" / "index.html").read_text()
    assert page.count("test_deploys[***]</summary>") == 2
    assert "hunter2" not in page


def test_an_outcome_of_another_plugin_is_no_failure(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport():
            report = yield
            report.outcome = "retried" if report.when == "call" else report.outcome
            return report
        """
    )
    pytester.makepyfile("def test_calls(lightsail_client): lightsail_client.get_regions()")
    run(*FLAGS)
    page = (pytester.path / "report" / "index.html").read_text()
    assert "<summary>passed: " in page
