"""``--lightsail-cov-report=html:DIR``: which tests are on the page, and which facts about them."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_lightsail.recording.coverage import CoveragePart
from tests.support.timelines import Caller

FLAGS = ("--lightsail-cov", "--lightsail-cov-report=html:report", "-p", "no:cacheprovider")

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

    def test_fails(shop, lightsail):
        lightsail.clock.advance(600)
        assert False

    def test_cannot_start(broken):
        pass

    def test_is_skipped_half_way(shop):
        pytest.skip()

    def test_calls_nothing(lightsail):
        lightsail.clock.advance(60)

    def test_uses_no_account():
        pass

    @pytest.mark.parametrize("name", ["<script>alert(1)</script>"])
    def test_has_a_name(shop, name):
        pass

    @settings(deadline=None, derandomize=True, max_examples=5, database=None)
    @given(st.integers(0, 100))
    def test_has_examples(lightsail, lightsail_client, number):
        lightsail_client.get_container_services()
        lightsail.clock.advance(number)
"""


def run_in(folder: Path, *flags: str) -> str:
    """Run the tests, and return the page."""
    (folder / "test_shop.py").write_text(dedent(TESTS), encoding="utf-8")
    result = subprocess.run(  # noqa: S603 - our own
        [
            sys.executable,
            "-m",
            "pytest",
            "--rootdir=.",
            *FLAGS,
            *flags,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    page = folder / "report" / "index.html"
    assert f"Lightsail report written to {page}" in result.stdout.splitlines(), result.stdout
    return page.read_text(encoding="utf-8")


def outcomes(text: str) -> dict[str, str]:
    found = re.findall(r'class="outcome (\w+)">.*?class="name">(.*?)<', text)
    return {unescape(name).rpartition("::")[2]: outcome for outcome, name in found}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run_in(tmp_path_factory.mktemp("one"))


def test_each_test_whose_account_was_called_is_there_with_its_outcome(written):
    assert outcomes(written) == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_cannot_start": "failed",
        "test_is_skipped_half_way": "skipped",
        "test_has_a_name[<script>alert(1)</script>]": "passed",
        "test_has_examples": "passed",
    }


def test_the_number_of_examples_is_told(written):
    about = written.partition("::test_has_examples</span>")[2].partition("</summary>")[0]
    assert "1 call, " in about
    assert "accounts, the last is shown" in about


def test_how_long_a_test_took_is_told_in_virtual_time(written):
    about = written.partition("::test_fails</span>")[2].partition("</summary>")[0]
    assert "11:00.1, 1 call" in about


def test_without_the_flag_there_is_no_page(pytester, run) -> None:
    pytester.makepyfile("def test_passes(lightsail): pass")
    run("--lightsail-cov")
    assert not (pytester.path / "report").exists()


# --- the accounts of a test ----------------------------------------------------------------------------


def account(calls: int = 0, seconds: float = 0):
    caller = Caller(latency=0)
    caller.account.sleep(seconds)
    for _ in range(calls):
        caller.call("GetContainerServices")
    return caller.account


@pytest.fixture
def report(pytester: pytest.Pytester) -> CoveragePart:
    return CoveragePart(pytester.parseconfig("--lightsail-cov", "--lightsail-cov-report=html"))


@pytest.fixture
def taken(report: CoveragePart):
    def taken(*accounts):
        for one in accounts:
            report.account_ended(one)
        return (report.take("test", "passed") or {}).get("test")

    return taken


def test_the_last_account_of_a_test_is_kept(taken):
    found = taken(account(calls=1, seconds=30), account(calls=2, seconds=10))
    assert (found["accounts"], found["longest"]) == (2, 30)
    assert (found["calls"], found["wrong"]) == (2, 0)
    assert found["timeline"].startswith("0:00:10.0  GetContainerServices() × 2")


def test_accounts_that_no_call_reached_do_not_count(taken):
    found = taken(account(), account(calls=1), account(seconds=99), account())
    assert (found["accounts"], found["longest"]) == (1, 0)


def test_a_test_whose_accounts_were_not_called_leaves_nothing(taken):
    assert taken(account(), account(seconds=60)) is None


def test_each_test_begins_anew(report, taken):
    taken(account(calls=1, seconds=30))
    found = taken(account(calls=1, seconds=10))
    assert (found["accounts"], found["longest"]) == (1, 10)


def test_tests_come_in_the_order_of_their_ids_and_the_last_try_counts(report):
    for nodeid, seconds in (("b", 1), ("a", 2), ("b", 3)):
        report.account_ended(account(calls=1, seconds=seconds))
        report.add(nodeid, report.take(nodeid, "passed"))
    assert [(test["test"], test["longest"]) for test in report.tests()] == [("a", 2), ("b", 3)]
