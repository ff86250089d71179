"""``--lightsail-cov`` prints and writes the coverage, and can fail the run."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest

from pytest_lightsail.model.service import load
from pytest_lightsail.recording.recorder import DEFAULT_FILE
from pytest_lightsail.reporting.coverage import Coverage, survey

from .conftest import Run

ON = "--lightsail-cov"
REPORT, FAIL_UNDER = f"{ON}-report", f"{ON}-fail-under"
HEADING = "*= Lightsail coverage =*"


@pytest.fixture(autouse=True)
def tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import shop
        def test_creates(lightsail_client):
            shop.create(lightsail_client)
        """,
        shop="""
        def create(client):
            client.create_container_service(serviceName="shop", power="nano", scale=1)
        """,
    )


def document(pytester: pytest.Pytester, name: str = DEFAULT_FILE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((pytester.path / name).read_bytes())
    return found


def total(pytester: pytest.Pytester, *, whole: bool = False) -> float:
    coverage = Coverage()
    coverage.merge(document(pytester))
    return survey(coverage, load(), whole=whole).percent


def test_no_coverage_is_printed_without_the_flag(run: Run) -> None:
    run().stdout.no_fnmatch_line("*Lightsail coverage*")


@pytest.mark.parametrize("flags", [[], [f"{REPORT}=term"], ["-q"], ["-qq"], ["--tb=no"]], ids=str)
def test_the_flag_prints_the_coverage_table(flags: list[str], run: Run) -> None:
    result = run(ON, *flags)
    result.stdout.fnmatch_lines([HEADING, "* CreateContainerService 1", "TOTAL *"])
    result.stdout.no_fnmatch_line("*missing*")


def test_term_missing_lists_the_missing_items(run: Run) -> None:
    result = run(ON, f"{REPORT}=term-missing")
    result.stdout.fnmatch_lines([HEADING, "*missing: *", "* certificate.covers-domain,*"])


@pytest.mark.parametrize(
    ("flags", "counted"),
    [
        ([ON], "1 of   1  100 %"),
        ([f"{ON}=all"], "1 of  19    5 %"),
        ([ON, f"{ON}-include=*Image*", f"{ON}-include=CreateContainerService"], "1 of   4   25 %"),
        ([ON, f"{ON}-include=GetBuckets"], "0 of   1    0 %"),
        ([ON, f"{ON}-omit=Create*"], None),
    ],
)
def test_called_operations_are_reported_unless_others_are_selected(
    flags: list[str], counted: str | None, run: Run
) -> None:
    result = run(*flags)
    result.stdout.fnmatch_lines(["TOTAL*"])
    shown = re.search(r"^operations +(.*)$", result.stdout.str(), re.MULTILINE)
    assert (shown and shown[1].split()) == (counted and counted.split())


def test_calls_made_directly_by_tests_and_fixtures_count_only_if_included(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        import pytest, boto3
        @pytest.fixture
        def client(lightsail_client):
            lightsail_client.get_regions()
            boto3.client("lightsail", region_name="us-east-1").get_operations()
            return lightsail_client
        """
    )
    pytester.makepyfile(
        """
        import shop
        from concurrent.futures import ThreadPoolExecutor
        def test_creates(client):
            shop.create(client)
            client.get_container_services()
            client.get_container_services()
            with ThreadPoolExecutor(1) as pool:
                pool.submit(client.get_container_service_powers).result()
        """
    )
    result = run(ON)
    result.stdout.fnmatch_lines(
        [
            "operations * 2 of * 2 *",
            "* CreateContainerService 1, GetContainerServicePowers 1",
            "not counted *: GetContainerServices, GetOperations, GetRegions",
        ]
    )
    result = run(ON, f"{ON}-include=Get*Services")
    result.stdout.fnmatch_lines(["operations * 1 of * 1 *", "* GetContainerServices 2"])


@pytest.mark.parametrize(
    ("flag", "named"),
    [
        (f"{ON}-include=GetContainerImages", None),
        (f"{ON}-omit=*Regions", "GetOperations"),
        (f"{ON}-omit=Get*", None),
    ],
)
def test_omitted_operations_are_not_listed_as_called_by_tests(
    flag: str, named: str | None, run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        """
        def test_gets(lightsail_client):
            lightsail_client.get_regions()
            lightsail_client.get_operations()
        """
    )
    output = run(ON, flag).stdout.str()
    remark = re.search("^not counted .*: (.*)$", output, re.MULTILINE)
    assert (remark and remark[1]) == named
    assert ("to count them" in output) == (named is not None)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        (
            "omit=GetContainerServics",
            "matches no operation *; did you mean 'GetContainerServices'[?]",
        ),
        ("include=getregions", "matches no operation *; did you mean 'GetRegions'[?]"),
        ("include=*Rocket*", "matches no operation *: expected a name or a pattern, such as *"),
    ],
)
def test_a_pattern_that_matches_no_operation_is_refused(flag: str, message: str, run: Run) -> None:
    result = run(ON, f"{ON}-{flag}")
    result.stderr.fnmatch_lines([f"*{ON}-{flag.replace('*', '[*]')} {message}"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("flag", ["include=Get*", "omit=Get*", "report=json", "fail-under=0"])
def test_a_coverage_option_without_the_main_flag_is_refused(flag: str, run: Run) -> None:
    result = run(f"{ON}-{flag}")
    named = f"{ON}-{flag.partition('=')[0]}"
    result.stderr.fnmatch_lines([f"*{named} has no effect without {ON}: pass both, or neither"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_calls_of_a_module_with_doctests_are_counted(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        shop='"""\n>>> 1 + 1\n2\n"""\n'
        "def create(client):\n"
        '    client.create_container_service(serviceName="shop", power="nano", scale=1)\n'
    )
    pytester.maketxtfile(
        """
        >>> client = getfixture("lightsail_client")
        >>> len(client.get_regions()["regions"]) > 9
        True
        """
    )
    result = run(ON, "--doctest-modules", "--doctest-glob=*.txt")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["* CreateContainerService 1", "not counted *: GetRegions"])


def test_calls_from_an_event_loop_are_counted(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        shop="""
        import asyncio
        async def look(client):
            asyncio.get_running_loop().call_soon(client.get_regions)
            await asyncio.sleep(0)
        """
    )
    pytester.makepyfile(
        """
        import asyncio, shop
        async def looks(client):
            client.get_operations()
            await shop.look(client)
        def test_looks(lightsail_client):
            asyncio.run(looks(lightsail_client))
        """
    )
    result = run(ON)
    result.stdout.fnmatch_lines(["* GetRegions 1", "not counted *: GetOperations"])


def test_an_argument_after_the_flag_is_a_test_path(run: Run, pytester: pytest.Pytester) -> None:
    (path,) = pytester.path.glob("test_*.py")
    run(ON, path.name).assert_outcomes(passed=1)


def test_a_json_report_alone_prints_no_table(run: Run, pytester: pytest.Pytester) -> None:
    result = run(ON, f"{REPORT}=term", f"{REPORT}=json:deep/er/found.json")
    result.stdout.fnmatch_lines(["TOTAL*", "Lightsail coverage written to *deep/er/found.json"])
    result = run(ON, f"{REPORT}=json")
    result.stdout.fnmatch_lines([f"Lightsail coverage written to {pytester.path / DEFAULT_FILE}"])
    result.stdout.no_fnmatch_line("TOTAL*")
    assert document(pytester) == document(pytester, "deep/er/found.json")


def test_a_report_path_below_a_file_is_refused(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "taken").touch()
    result = run(ON, f"{REPORT}=json:taken/found.json")
    result.stderr.fnmatch_lines(["*taken is a file, not a directory*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


# --- invalid options ------------------------------------------------------------------------------


@pytest.mark.parametrize("report", ["xml", "term:x", "json:", "html", "", "Term"])
def test_an_invalid_report_type_is_refused(report: str, run: Run) -> None:
    result = run(ON, f"{REPORT}={report}")
    result.stderr.fnmatch_lines([f"*invalid report {report!r}*term, term-missing or json[[]:FILE]"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.parametrize("percent", ["-1", "101", "nan", "much"])
def test_an_invalid_percentage_is_refused(percent: str, run: Run) -> None:
    result = run(ON, f"{FAIL_UNDER}={percent}")
    result.stderr.fnmatch_lines([f"*invalid percentage {percent!r}: expected 0 to 100"])


# --- fail-under ----------------------------------------------------------------------------------


def test_too_little_coverage_fails_the_run(run: Run) -> None:
    result = run(ON, f"{FAIL_UNDER}=99.5")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["FAIL Required Lightsail coverage of 99.5% not reached. Total coverage: 4.??%"]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_coverage_equal_to_the_minimum_passes(run: Run, pytester: pytest.Pytester) -> None:
    run(ON, f"{REPORT}=json")
    exactly = repr(total(pytester))
    result = run(ON, f"{FAIL_UNDER}={exactly}")
    result.stdout.fnmatch_lines(["Required Lightsail coverage of * reached. Total coverage: *"])
    assert result.ret == pytest.ExitCode.OK


def test_a_total_just_below_the_minimum_is_rounded_down(
    run: Run, pytester: pytest.Pytester
) -> None:
    run(ON, f"{REPORT}=json")
    required = math.ceil(total(pytester, whole=True) * 100) / 100
    result = run(f"{ON}=all", f"{FAIL_UNDER}={required}")
    shown = re.findall(
        r"^FAIL .* not reached. Total coverage: (.*)%", result.stdout.str(), re.MULTILINE
    )
    assert [float(share) < required for share in shown] == [True]


def test_too_little_coverage_fails_the_run_without_a_table_or_terminal(run: Run) -> None:
    result = run(ON, f"{REPORT}=json", f"{FAIL_UNDER}=99")
    result.stdout.fnmatch_lines(["FAIL Required *"])
    silent = run(ON, f"{REPORT}=json", f"{FAIL_UNDER}=99", "-pno:terminal")
    assert (silent.ret, silent.outlines) == (pytest.ExitCode.TESTS_FAILED, [])


def test_too_little_coverage_does_not_change_the_exit_code_of_another_failure(
    run: Run, pytester: pytest.Pytester
) -> None:
    assert run(ON, f"{FAIL_UNDER}=99", "-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED
    pytester.makepyfile("def test_interrupt(): raise KeyboardInterrupt")
    result = run(ON, f"{FAIL_UNDER}=99", no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED


# --- runs without tests -------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["--collect-only", "--fixtures", "--markers", "--version"])
def test_a_command_that_runs_no_tests_reports_no_coverage(
    flag: str, run: Run, pytester: pytest.Pytester
) -> None:
    result = run(ON, flag, f"{REPORT}=json", f"{REPORT}=term", f"{FAIL_UNDER}=99")
    result.stdout.no_fnmatch_line("*Lightsail coverage*")
    assert not (pytester.path / DEFAULT_FILE).exists()
    assert result.ret == pytest.ExitCode.OK


def test_a_run_without_tests_reports_zero_coverage(run: Run, pytester: pytest.Pytester) -> None:
    result = run(ON, "-k", "nothing", f"{REPORT}=json", f"{REPORT}=term")
    result.stdout.fnmatch_lines(["TOTAL * 0 of * 0 %"])
    assert document(pytester)["operations"] == {}


# --- files of earlier runs ------------------------------------------------------------------------


def test_the_file_of_an_earlier_run_is_replaced(run: Run, pytester: pytest.Pytester) -> None:
    run(ON, f"{REPORT}=json")
    first = document(pytester)
    assert run(ON, f"{REPORT}=json").ret == pytest.ExitCode.OK
    assert document(pytester) == first


@pytest.mark.parametrize("rest", [b"", b"\xff"], ids=["not-json", "not-text"])
def test_a_damaged_file_of_an_earlier_run_is_renamed(
    rest: bytes, run: Run, pytester: pytest.Pytester
) -> None:
    damaged = b'{"generator": "pytest-lightsail", ' + rest
    (pytester.path / DEFAULT_FILE).write_bytes(damaged)
    result = run(ON, f"{REPORT}=json")
    result.stdout.fnmatch_lines(["*from an earlier run is damaged and was renamed to *"])
    assert (pytester.path / f"{DEFAULT_FILE}.damaged").read_bytes() == damaged
    assert document(pytester)["operations"] == {"CreateContainerService": 1}


def test_coverage_contains_no_names_or_secrets_of_the_account(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        """
        def test_deploys(lightsail, lightsail_client):
            lightsail_client.create_container_service(serviceName="private-name", power="nano", scale=1)
            lightsail.clock.advance(60)
            web = {"image": "nginx", "environment": {"TOKEN": "hunter2"}}
            lightsail_client.create_container_service_deployment(
                serviceName="private-name", containers={"web": web}
            )
        """
    )
    text = run(ON, f"{REPORT}=json", f"{REPORT}=term-missing").stdout.str()
    text += (pytester.path / DEFAULT_FILE).read_text()
    assert "READY deploy DEPLOYING" in text
    for secret in ("hunter2", "TOKEN", "private-name"):
        assert secret not in text.partition("Lightsail coverage")[2]
