"""pytest neither shows nor writes a secret that any account of the run has seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

SECRET = "hunter2-topsecret"
CONFTEST = """
import boto3
import pytest

SECRET = "hunter2-" + "topsecret"

class Deploy:
    def __call__(self, client=None, **environment):
        client = client or boto3.client("lightsail", region_name="us-east-1")
        environment = environment or {"VALUE": SECRET}
        client.create_container_service(
            serviceName="hi-staging-fresh", power="nano", scale=1,
            deployment={"containers": {"web": {"image": "me/backup:1", "environment": environment}}},
        )
        return SECRET

@pytest.fixture
def deploy(lightsail):
    return Deploy()

@pytest.fixture
def deploys():
    return Deploy()
"""

Run = Callable[..., str]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """A function that runs a test, checks that its output does not contain the secret, and returns it."""
    pytest.importorskip("boto3")
    pytester.makeconftest(CONFTEST)

    def run(test: str, *flags: str, leaks: bool = False, subprocess: bool = False) -> str:
        pytester.makepyfile(test)
        run_pytest = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        result = run_pytest("-rA", *flags)
        text = result.stdout.str() + result.stderr.str()
        assert "INTERNALERROR" not in text
        assert (SECRET in text) is leaks, text
        return text

    return run


WARNS = """
import warnings
def test_warns(deploy):
    warnings.warn("deployed with " + deploy())
"""


def test_a_secret_in_a_warning_is_masked(run: Run) -> None:
    assert "UserWarning: deployed with ***" in run(WARNS)


def test_a_secret_in_a_custom_warning_is_masked(run: Run) -> None:
    text = run(
        """
        import warnings
        class Deployed(UserWarning):
            def __init__(self, *, value):
                self.value = value
            def __str__(self):
                return "deployed with " + self.value
        def test_warns(deploy):
            warnings.warn(Deployed(value=deploy()))
        """
    )
    assert "Deployed: deployed with ***" in text


def test_masking_does_not_change_the_warning_object_of_a_test(run: Run) -> None:
    run(
        """
        import warnings
        made = []
        def test_warns(deploy):
            made.append(UserWarning(deploy()))
            warnings.warn(made[0])
        def test_later():
            assert made[0].args[0].startswith("hunter2")
        """
    )


@pytest.mark.filterwarnings("default")
def test_a_secret_in_an_exception_in_a_thread_is_masked(run: Run) -> None:
    text = run(
        """
        import threading
        def refuse(value):
            raise ValueError(value)
        def test_thread(deploy):
            thread = threading.Thread(target=refuse, args=(deploy(),))
            thread.start()
            thread.join()
        """,
        "-Wdefault",
    )
    assert "ValueError: ***" in text


def test_a_secret_in_an_unraisable_exception_is_masked(run: Run) -> None:
    text = run(
        """
        import gc
        class Ends:
            def __init__(self, value):
                self.value = value
            def __del__(self):
                raise ValueError(self.value)
        def test_unraisable(deploy):
            Ends(deploy())
            gc.collect()
        """,
        "-Wdefault",
    )
    assert "ValueError: ***" in text


XFAILS = """
import pytest
def test_xfails(deploy):
    pytest.xfail("refused " + deploy())
"""


def test_a_secret_in_an_xfail_reason_is_masked(run: Run, pytester: pytest.Pytester) -> None:
    assert "XFAIL test_a_secret_in_an_xfail_reason_is_masked.py::test_xfails - refused ***" in run(
        XFAILS, "--junitxml=junit.xml"
    )
    junit = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert 'message="refused ***"' in junit
    assert SECRET not in junit


def test_a_secret_in_a_junit_property_is_masked(run: Run, pytester: pytest.Pytester) -> None:
    run(
        "def test_records(deploy, record_property): record_property('with', deploy())",
        "--junitxml=junit.xml",
        "-ojunit_family=xunit1",
    )
    junit = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert 'name="with" value="***"' in junit


SUBTESTS = """
import logging
def test_subtests(deploy, subtests):
    secret = deploy()
    with subtests.test(msg="with " + secret, value=secret):
        print("sending", secret)
        logging.warning("sent %s", secret)
        assert 0
"""


def test_a_secret_in_a_subtest_is_masked(run: Run) -> None:
    text = run(SUBTESTS)
    assert "[with ***] (value='***')" in text
    assert "sending ***" in text
    assert "sent ***" in text


@pytest.mark.parametrize(
    "account",
    [
        "with simulate(): deploys(); assert SECRET == ''",
        "lightsail.reset(); deploys(); lightsail.reset(); assert SECRET == ''",
        "deploys(); lightsail.reset(); assert SECRET == ''",
    ],
    ids=["ended", "reset twice", "reset once"],
)
def test_a_secret_of_an_ended_or_reset_account_is_masked(run: Run, account: str) -> None:
    fixture = "lightsail, " if "lightsail" in account else ""
    text = run(
        f"""
        from conftest import SECRET
        from pytest_lightsail import simulate
        def test_fails({fixture}deploys):
            {account}
        """
    )
    assert "assert '***' == ''" in text


def test_a_secret_of_an_earlier_test_is_masked(run: Run) -> None:
    text = run(
        """
        from conftest import SECRET
        def test_first(deploy):
            deploy()
        def test_later():
            assert SECRET == ""
        """
    )
    assert "assert '***' == ''" in text


def test_a_secret_in_the_output_of_verify_caller_is_masked(run: Run) -> None:
    text = run(
        """
        from pytest_lightsail import CallerFaultError, verify_caller
        from conftest import Deploy
        def deploys():
            print("sending", Deploy()())
        def test_verifies():
            try:
                verify_caller(deploys, worlds=["absent"], examples=1)
            except CallerFaultError:
                pass
            assert 0
        """
    )
    assert "sending ***" in text


def test_a_secret_in_a_request_split_over_lines_is_masked(run: Run) -> None:
    text = run(
        """
        import hashlib
        from pytest_lightsail import Fault
        def test_deploys(lightsail, deploys):
            dns = Fault.dns_failure()
            lightsail.faults.add(dns, operation="CreateContainerService", times=9, optional=True)
            deploys(TOKEN=hashlib.sha256(b"x").hexdigest())
        """,
        "--tb=long",
        "-l",
        "-vv",
    )
    token = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    assert "TOKEN" in text
    assert not any(token[at : at + 6] in text for at in range(len(token) - 6))


PARAMETRIZED = """
import warnings, pytest
@pytest.mark.parametrize("value", ["hunter2-topsecret"])
def test_parameter(deploy, value):
    warnings.warn("the summary of warnings names the test")
    deploy(VALUE=value)
    assert value == ""
"""


def test_a_secret_in_a_test_id_is_masked(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_ids=PARAMETRIZED + "def test_that_is_deselected(): pass")
    result = pytester.runpytest_inprocess(
        "-rA", "-Wdefault", "--junitxml=junit.xml", "-kparameter", "test_ids.py"
    )
    text = result.stdout.str().replace('parametrize("value", ["hunter2-topsecret"])', "")
    assert SECRET not in text
    assert "FAILED test_ids.py::test_parameter[***]" in text
    junit = (pytester.path / "junit.xml").read_text(encoding="utf-8")
    assert 'name="test_parameter[***]"' in junit


SAVES_WHAT_IS_SENT = """
import json

def pytest_report_from_serializable(data):
    with open("sent.json", "a") as file:
        json.dump({key: repr(value) for key, value in data.items()}, file)
"""


def test_xdist_workers_send_masked_reports_ids_and_warnings(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(test_ids=PARAMETRIZED, test_warns=WARNS)
    pytester.makeconftest(CONFTEST + SAVES_WHAT_IS_SENT)
    result = pytester.runpytest_subprocess("-n1", "-rA", "--junitxml=junit.xml")
    shown = result.stdout.str()
    assert SECRET not in shown.replace('", ["hunter2-topsecret"])', "")
    assert "UserWarning: deployed with ***" in shown
    sent = (pytester.path / "sent.json").read_text(encoding="utf-8")
    assert "test_parameter" in sent
    assert "assert '***' == ''" in sent
    assert 'test_parameter[***]"' in (pytester.path / "junit.xml").read_text(encoding="utf-8")


EVERYTHING = """
import logging, warnings, pytest

@pytest.fixture
def broken(deploy):
    raise RuntimeError(deploy())

def test_set_up(broken):
    pass

@pytest.mark.parametrize("value", ["hunter2-topsecret"])
def test_fails(deploy, value):
    secret = deploy()
    print("sending", secret)
    logging.warning("sent %s", secret)
    warnings.warn(secret)
    assert secret == ""

def test_xfails(deploy):
    pytest.xfail("refused " + deploy())

def test_skips(deploy):
    pytest.skip("without " + deploy())
"""


def files_of(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def plain(text: str) -> str:
    return text.replace('parametrize(\\"value\\", [\\"hunter2-topsecret\\"])', "")


def test_secrets_in_the_file_of_pytest_json_report_are_masked(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytest.importorskip("pytest_jsonreport", reason="pytest-json-report is not installed")
    pytester.makepyfile(EVERYTHING)
    flags = ("--json-report", "--json-report-file=report/report.json")
    pytester.runpytest_inprocess("-Wdefault", "-p", "pytest_jsonreport.plugin", *flags)
    text = files_of(pytester.path / "report")
    assert "sending ***" in text
    assert "test_fails[***]" in text
    assert SECRET not in plain(text)


def test_secrets_in_the_files_of_allure_are_masked(pytester: pytest.Pytester, run: Run) -> None:
    pytest.importorskip("allure_pytest", reason="allure-pytest is not installed")
    pytester.makepyfile(EVERYTHING)
    # In a new process, because Allure registers its listener for the whole process.
    pytester.runpytest_subprocess("-Wdefault", "-p", "allure_pytest.plugin", "--alluredir=report")
    text = files_of(pytester.path / "report")
    assert "sending ***" in text
    assert SECRET not in plain(text)
    names = [
        json.loads(path.read_bytes()) for path in (pytester.path / "report").glob("*-result.json")
    ]
    assert {"test_set_up", "test_xfails"} <= {result["name"] for result in names}


def test_a_secret_in_a_log_file_is_masked(run: Run, pytester: pytest.Pytester) -> None:
    run(
        """
        import logging
        def test_first(deploy):
            logging.warning("sending %s", "hunter2-" + "topsecret")
            deploy()
        def test_other():
            logging.warning("the last line")
        """,
        "--log-file=run.log",
        "--log-file-level=DEBUG",
    )
    log = (pytester.path / "run.log").read_text(encoding="utf-8")
    assert "sending ***" in log
    assert "the last line" in log
    assert SECRET not in log


WORDS = """
def test_staging_release(lightsail, deploys):
    deploys(NODE_ENV="staging", MODE="backup", NAME="lightsail", PORT="8080", WHERE="us-east-1")
    print("the service is hi-staging-fresh, the image me/backup:1, in us-east-1 at port 8080")
    assert lightsail.services["hi-staging-fresh"].state == "staging"
"""


def test_ordinary_words_and_names_are_not_masked(run: Run) -> None:
    text = run(WORDS)
    assert "def test_staging_release(lightsail, deploys):" in text
    assert (
        "the service is hi-staging-fresh, the image me/backup:1, in us-east-1 at port 8080" in text
    )
    assert "assert 'PENDING' == 'staging'" in text


def test_part_of_the_name_of_a_test_or_fixture_is_not_masked(run: Run) -> None:
    text = run(
        """
        import pytest
        @pytest.fixture
        def blue_green_2():
            return ""
        def test_release_42(deploys, lightsail, blue_green_2):
            deploys(VARIANT="blue_green_2", RELEASE="release_42")
            assert 0
        """
    )
    assert "def test_release_42(deploys, lightsail, blue_green_2):" in text


def test_the_file_name_of_a_skipped_test_is_not_masked(run: Run) -> None:
    text = run(
        """
        import pathlib
        import pytest
        def test_skips(deploy):
            file = pathlib.Path(__file__).stem
            deploy(PASSWORD=file)
            pytest.skip(f"not {file}")
        """
    )
    assert "SKIPPED [1] test_the_file_name_of_a_skipped_test_is_not_masked.py:6: not ***" in text


@pytest.mark.parametrize("flag", ["-olightsail_mask=false", "--lightsail-unmasked=OTHER,VALUE"])
def test_masking_can_be_disabled(run: Run, flag: str) -> None:
    assert f"deployed with {SECRET}" in run(WARNS, flag, leaks=True)


def test_the_unmasked_marker_exempts_a_variable_in_one_test_only(run: Run) -> None:
    text = run(
        """
        import pytest
        @pytest.mark.lightsail(unmasked=["VALUE"])
        def test_one(deploy):
            print("one sends", deploy())
        def test_two(deploy):
            deploy(VALUE="another-secret-1")
            print("two sends", "another-" + "secret-1")
        """,
        leaks=True,
    )
    assert f"one sends {SECRET}" in text
    assert "two sends ***" in text
