"""Secrets are masked in a text, however they are encoded or cut."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import pprint
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from pytest_lightsail.reporting.masking import Masking, masked_text

SECRET = 'pä"ss & <wörd>/\n1'
DIGEST = hashlib.sha256(b"a token").hexdigest()


@pytest.mark.parametrize(
    "write",
    [
        str,
        repr,
        ascii,
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        lambda text: repr(json.dumps(text)),
        lambda text: json.dumps(json.dumps(text))[3:-3],
        lambda text: repr(text.encode()),
        html.escape,
        quote,
        lambda text: quote(text, safe=""),
        quote_plus,
    ],
)
def test_a_secret_is_masked_in_every_common_encoding(write: Callable[[str], str]) -> None:
    assert masked_text(f"begin {write(SECRET).strip(chr(34))} end", [SECRET]) in {
        "begin *** end",
        "begin '***' end",
        "begin b'***' end",
        "begin '\"***\"' end",
    }


@pytest.mark.parametrize("user", ["a", "ab", "abc"])
def test_a_login_in_base64_is_masked(user: str) -> None:
    login = base64.b64encode(f"{user}:hunter2-topsecret".encode()).decode()
    masked = masked_text(f'{{"auth": "{login}"}}', ["hunter2-topsecret"])
    assert "***" in masked
    assert login[8:20] not in masked


@pytest.mark.parametrize("width", range(10, 120, 7))
@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_secret_in_a_literal_that_is_split_over_lines_is_masked(
    width: int, kind: Callable[[str], object]
) -> None:
    text = pprint.pformat(
        [kind(f'{{"environment": {{"TOKEN": "{DIGEST}", "x": "y z"}}}}')], width=width
    )
    masked = masked_text(text, [DIGEST])
    assert not any(DIGEST[at : at + 8] in masked for at in range(len(DIGEST) - 8))


@pytest.mark.parametrize("dots", ["...", "…"])
def test_both_ends_of_an_abbreviated_secret_are_masked(dots: str) -> None:
    masking = Masking()
    masking.add([DIGEST])
    assert masking.mask(f"{DIGEST[:9]}{dots}{DIGEST[-7:]}") == f"***{dots}***"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("the password is staging", "the password is ***"),
        ("def test_staging_release():", "def test_staging_release():"),
        ("hi-staging-fresh", "hi-***-fresh"),
    ],
)
def test_a_secret_that_is_a_word_is_masked_only_as_a_whole_word(text: str, masked: str) -> None:
    assert masked_text(text, ["staging"]) == masked


@pytest.mark.parametrize(
    "signed",
    [
        "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1, SignedHeaders=host, Signature={}",
        "X-Amz-Security-Token: {}",
        "{{'X-Amz-Security-Token': b'{}'}}",
        "X-Amz-Security-Token={}&X-Amz-Signature={}",
        "DEBUG    botocore.auth:auth.py:424 Signature:\n{}",
    ],
)
def test_credentials_of_a_signed_request_are_masked(signed: str) -> None:
    masked = masked_text(signed.format("AKIA0123456789", "AKIA0123456789"), ())
    assert "AKIA" not in masked


def test_masking_is_idempotent() -> None:
    once = masked_text(f"a {DIGEST} b", [DIGEST])
    assert masked_text(once, [DIGEST]) == once


def test_masking_works_with_thousands_of_secrets() -> None:
    masking = Masking()
    masking.add(f"{number}-a-secret-{number}" for number in range(5000))
    assert masking.mask("value: 4321-a-secret-4321" * 3) == "value: ***" * 3
