"""The guard refuses Lightsail calls before they leave the process if no account is active."""

from __future__ import annotations

import os

import pytest
from botocore.config import Config

# Older releases of botocore do not read the endpoint from the environment.
CLIENT = 'region_name="us-east-1", endpoint_url=__import__("os").environ["AWS_ENDPOINT_URL"])'
LIST = f'boto3.client("lightsail", {CLIENT}.get_container_services()'


pytestmark = pytest.mark.usefixtures("aws")


def run(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    lines = source.splitlines()
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    pytester.makepyfile("import boto3, pytest\n" + "\n".join(line[indent:] for line in lines))
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_real_call_error_shows_the_call_the_test_and_possible_fixes(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    result = run(pytester, f"def test_forgets(): {LIST}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            (
                "*RealCallError: GetContainerServices (Region us-east-1) *::test_forgets (call)*Request "
                "the `lightsail` fixture*real_calls=True*lightsail_real_calls = allow*"
            ),
        ]
    )
    assert aws == []


def test_a_swallowed_real_call_error_fails_the_test(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    result = run(
        pytester,
        f"""
        def test_swallows():
            try:
                {LIST}
            except Exception:
                pass

        def test_next():
            pass
        """,
    )
    result.assert_outcomes(failed=1, passed=1)
    assert aws == []


def test_a_call_during_collection_is_refused(pytester: pytest.Pytester, aws: list[str]) -> None:
    result = run(
        pytester,
        f"""
        {LIST}

        def test():
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*RealCallError: GetContainerServices*"])
    assert aws == []


def test_a_call_from_a_thread_that_outlives_its_test_is_refused(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    result = run(
        pytester,
        f"""
        import threading

        go, errors = threading.Event(), []

        def work():
            go.wait()
            try:
                {LIST}
            except Exception as error:
                errors.append(type(error).__name__)

        thread = threading.Thread(target=work)

        def test_starts(lightsail):
            thread.start()

        @pytest.fixture(scope="module", autouse=True)
        def ends():
            yield
            go.set()
            thread.join()
            assert errors == ["RealCallError"]
        """,
    )
    result.assert_outcomes(passed=1)
    assert aws == []


@pytest.mark.parametrize("how", ["flag", "ini", "marker", "marker of a class"])
def test_real_calls_can_be_allowed(pytester: pytest.Pytester, aws: list[str], how: str) -> None:
    if how == "ini":
        pytester.makeini("[pytest]\nlightsail_real_calls = allow\n")
    marker = "@pytest.mark.lightsail(real_calls=True)" if "marker" in how else ""
    source = f"{marker}\ndef test(): {LIST}"
    if how == "marker of a class":
        source = f"{marker}\nclass TestAws:\n    def test(self): {LIST}"
    arguments = ["--lightsail-real-calls=allow"] if how == "flag" else []
    run(pytester, source, *arguments).assert_outcomes(passed=1)
    assert aws == ["GetContainerServices"]


def test_the_marker_allows_real_calls_in_one_test_only(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    result = run(
        pytester,
        f"""
        @pytest.mark.lightsail(real_calls=True)
        def test_1():
            {LIST}

        def test_2():
            {LIST}
        """,
    )
    result.assert_outcomes(passed=1, failed=1)
    assert aws == ["GetContainerServices"]


def test_real_calls_cannot_be_combined_with_an_account(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.lightsail(real_calls=True)
        def test(lightsail):
            pass
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*real_calls=True lets calls reach AWS, but*"])


def test_an_invalid_real_calls_value_is_a_usage_error(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlightsail_real_calls = maybe\n")
    result = run(pytester, "def test(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*lightsail_real_calls = 'maybe'*refuse, allow*"])


def test_calls_to_other_services_are_unaffected(pytester: pytest.Pytester, aws: list[str]) -> None:
    result = run(
        pytester,
        f"""
        def test():
            client = boto3.client("logs", {CLIENT}
            client.describe_log_groups()
            assert client._request_signer._credentials.access_key == "real"

        def test_under_an_account(lightsail):
            test()
        """,
    )
    result.assert_outcomes(passed=2)
    assert aws == ["DescribeLogGroups"] * 2


def test_a_stubbed_client_still_works(pytester: pytest.Pytester, aws: list[str]) -> None:
    result = run(
        pytester,
        """
        from botocore.stub import Stubber

        def test():
            client = boto3.client("lightsail", region_name="us-east-1")
            with Stubber(client) as stubber:
                stubber.add_response("get_container_services", {"containerServices": []})
                client.get_container_services()
        """,
    )
    result.assert_outcomes(passed=1)
    assert aws == []


def test_a_call_made_with_requests_is_refused(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import requests

        def test():
            requests.post("https://lightsail.us-east-1.amazonaws.com/", data="{}", timeout=5)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*RealCallError: A request to lightsail.us-east-1.amazonaws.com*"])


# --- child processes ---


TOO_OLD = "this release of botocore does not read the endpoint from the environment"
CHILD = (
    "import boto3\n"
    "client = boto3.client('lightsail', region_name='us-east-1')\n"
    "print(client.get_container_services()['containerServices'])\n"
)


@pytest.mark.skipif(not hasattr(Config(), "ignore_configured_endpoint_urls"), reason=TOO_OLD)
def test_a_call_from_a_child_process_does_not_reach_aws(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    pytester.makefile(".txt", child=CHILD)
    result = run(
        pytester,
        """
        import os, subprocess, sys

        def test(lightsail):
            environment = {**os.environ, "AWS_MAX_ATTEMPTS": "1"}
            run = subprocess.run(
                [sys.executable, "child.txt"], env=environment, capture_output=True, text=True
            )
            assert run.returncode == 1
            assert "no-account-here-use-lightsail_server" in run.stderr
        """,
    )
    result.assert_outcomes(passed=1)
    assert aws == []


@pytest.mark.skipif(not hasattr(Config(), "ignore_configured_endpoint_urls"), reason=TOO_OLD)
def test_a_child_process_reaches_the_account_through_lightsail_server(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    pytester.makefile(".txt", child=CHILD)
    result = run(
        pytester,
        """
        import subprocess, sys

        def test(lightsail, lightsail_server):
            subprocess.run([sys.executable, "child.txt"], check=True)
            assert lightsail.calls.count("GetContainerServices") == 1
        """,
    )
    result.assert_outcomes(passed=1)
    assert aws == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no os.fork()")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_cannot_use_its_copy_of_the_account(
    pytester: pytest.Pytester, aws: list[str]
) -> None:
    run(
        pytester,
        f"""
        import os

        def test(lightsail):
            child = os.fork()
            if not child:
                try:
                    {LIST}
                except Exception as error:
                    os._exit(42 if "forked process" in str(error) else 1)
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
        """,
    ).assert_outcomes(passed=1)
    assert aws == []


def test_a_request_sent_without_a_client_is_refused(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        from botocore.awsrequest import AWSRequest
        from botocore.httpsession import URLLib3Session
        from pytest_lightsail import RealCallError

        def send():
            request = AWSRequest("POST", "https://lightsail.us-east-1.amazonaws.com./", data=b"{}")
            URLLib3Session().send(request.prepare())

        def test_outside():
            send()

        def test_inside(lightsail):
            send()
        """,
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*no simulated account is active*", "*responds only to calls*"])
