"""The report of a failing test, in any style, shows no secret that the account has seen."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.model.secrets import looks_secret
from pytest_lightsail.reporting.masking import Masking
from tests.support.profiles import examples

SECRETS = ["hunter2-hunter2", 'correct "horse"\nbättery \\ staple', "x" * 300]
TESTS = f"""
import botocore.exceptions
import pytest

SECRETS = {SECRETS!r}


def refuse(text):
    raise ValueError(text)


@pytest.fixture
def shop(lightsail, lightsail_client):
    lightsail_client.create_container_service(serviceName="shop", power="nano", scale=1)
    lightsail.clock.advance(60)


@pytest.fixture
def web(shop):
    environment = {{f"TOKEN{{number}}": secret for number, secret in enumerate(SECRETS)}}
    return {{"web": {{"image": "nginx", "environment": environment}}}}


def deploy(client, containers, **arguments):
    return client.create_container_service_deployment(
        serviceName="shop", containers=containers, **arguments
    )


def test_refused(lightsail_client, web):
    endpoint = {{"containerName": "other", "containerPort": 80}}
    deploy(lightsail_client, web, publicEndpoint=endpoint)


def test_chain(lightsail_client, web):
    deploy(lightsail_client, web)
    try:
        refuse(web["web"]["environment"]["TOKEN0"])
    except ValueError as error:
        try:
            refuse(repr(web))
        except ValueError:
            raise RuntimeError(str(web)) from error


def test_compares(lightsail, lightsail_client, web):
    deploy(lightsail_client, web)
    print(web)
    assert lightsail.calls.last.parameters == {{"containers": {{}}}}


def test_password(lightsail_client, shop):
    login = lightsail_client.create_container_service_registry_login()["registryLogin"]
    print("the password is", login["password"])
    assert login == {{}}, login["password"]


def test_xfails(lightsail_client, web, request):
    deploy(lightsail_client, web)
    request.applymarker(pytest.mark.xfail)
    refuse(web)


def test_skips(lightsail_client, web):
    deploy(lightsail_client, web)
    pytest.skip(f"since {{web}}")


@pytest.fixture
def broken(lightsail_client, web):
    deploy(lightsail_client, web)
    yield
    refuse(web)


def test_teardown(broken):
    pass
"""
STYLES = [f"--tb={style}" for style in ("short", "line", "native")]


def forms(secret: str):
    return [secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]]


def check(text: str) -> None:
    for secret in SECRETS:
        for form in forms(secret):
            assert form not in text
    # pytest shortens long values, so parts of a secret must not appear either.
    for part in ("hunter2", "horse", "x" * 20):
        leaks = [line for line in text.splitlines() if part in line and "SECRETS = [" not in line]
        assert leaks == []


@pytest.fixture
def run(pytester: pytest.Pytester):
    pytester.makepyfile(TESTS)

    def run(*arguments: str) -> pytest.RunResult:
        result = pytester.runpytest_inprocess("-rA", *arguments)
        result.assert_outcomes(passed=1, failed=4, xfailed=1, skipped=1, errors=1)
        return result

    return run


@pytest.mark.parametrize("style", STYLES)
def test_no_traceback_style_shows_a_secret(run, style):
    text = run(style).stdout.str()
    check(text)
    assert "***" in text


def test_a_long_traceback_shows_everything_except_secrets(run, pytester):
    flags = ("--tb=long", "--showlocals", "-vv", "--junitxml=report.xml")
    result = run(*flags)
    check(result.stdout.str())
    check((pytester.path / "report.xml").read_text(encoding="utf-8"))
    result.stdout.fnmatch_lines(
        [
            "*serviceName='shop'*",
            "*InvalidInputException*",
            "*The above exception was the direct cause of the following exception:*",
            "the password is [*][*][*]",
        ]
    )


def test_the_secrets_of_all_reported_examples_are_masked(pytester):
    pytester.makepyfile(
        """
        from hypothesis import given, settings, strategies as st

        @settings(deadline=None, database=None, report_multiple_bugs=True, derandomize=True)
        @given(number=st.integers(0, 1))
        def test_fails(lightsail_client, number):
            secret = ("first-" if number else "other-") + "secret"[:6]
            lightsail_client.create_container_service(
                serviceName="shop", power="nano", scale=1,
                deployment={"containers": {"web": {"image": "x", "environment": {"A": secret}}}},
            )
            if number:
                raise KeyError(secret)
            raise ValueError(secret)
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "KeyError" in text
    assert "ValueError" in text
    assert "first-secret" not in text
    assert "other-secret" not in text


def test_signatures_are_masked(pytester):
    pytester.makepyfile(
        """
        def test_signs(lightsail_client):
            lightsail_client.get_container_services()
            raise ValueError("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=" + "0123456789abcdef" * 4)
        """
    )
    result = pytester.runpytest_inprocess()
    assert "9abcdef" not in result.stdout.str().replace('"0123456789abcdef" * 4', "")
    result.stdout.fnmatch_lines(["*Signature=[*][*][*]"])


def test_a_value_that_also_appears_elsewhere_is_not_masked(pytester):
    pytester.makepyfile(
        """
        def test_fails(lightsail, lightsail_client):
            lightsail_client.create_container_service(
                serviceName="shop", power="nano", scale=1,
                deployment={"containers": {"web": {
                    "image": "nginx:1.27", "environment": {"A": "us-east-1", "B": "nginx:1.27"}
                }}},
            )
            raise ValueError("nginx:1.27 in us-east-1")
        """
    )
    pytester.runpytest_inprocess().stdout.fnmatch_lines(["E *ValueError: nginx:1.27 in us-east-1"])


def masking(secret: str) -> Masking:
    masking = Masking()
    masking.add([secret])
    return masking


secret_texts = st.text(max_size=60).filter(lambda text: looks_secret(text) and "***" not in text)


@examples(60)
@given(
    secret=secret_texts,
    around=st.tuples(st.text(max_size=20), st.text(max_size=20)),
    kept=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    quote=st.sampled_from([str, repr, json.dumps, lambda text: repr(repr(text))]),
)
def test_no_part_of_a_secret_remains_in_truncated_text(secret, around, kept, quote):
    quoted = quote(secret)
    head, tail = quoted[: kept[0]], quoted[max(len(quoted) - kept[1], 0) :]
    text = masking(secret).mask(f"{around[0]}{head}...{tail}{around[1]}")
    before, _, _ = text.partition("...")
    for form in forms(secret):
        assert form not in text
        for length in range(4, len(form)):
            if form[:length] == head[-length:] and "..." not in around[0] + head + form:
                assert not before.endswith(form[:length])


@pytest.mark.parametrize("text", ["hunt...", "...ter2", "a hunter...r2 b"])
def test_a_part_of_a_secret_next_to_an_ellipsis_is_masked(text):
    masked = masking("hunter2").mask(text)
    assert "***" in masked
    assert "hunt" not in masked
    assert masking("hunter2").mask(text, cut=False) == text
