"""Signatures are verified only on request, and then as AWS verifies them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from pytest_lightsail.endpoints import DUMMY_KEY
from pytest_lightsail.simulator.wire import Request
from pytest_lightsail.transports.endpoint import signature_refusal

from .conftest import target

verified = pytest.mark.lightsail(verify_signatures=True)


def signed(url, *, key=DUMMY_KEY, secret=DUMMY_KEY, service="lightsail", body=b"{}", path="/"):
    """Return headers that botocore has signed."""
    headers = target("GetContainerServices") | {"Host": urlsplit(url).netloc}
    request = AWSRequest("POST", url + path, headers, body)
    credentials = Credentials(key, secret)
    botocore.auth.SigV4Auth(credentials, service, "us-west-2").add_auth(request)
    return dict(request.headers)


def code(answer):
    status, _, body = answer
    return status, json.loads(body).get("__type", "ok").rpartition("#")[2]


INVALID = (403, "InvalidSignatureException")


@verified
def test_a_right_signature_passes(endpoint, lightsail_server):
    assert code(endpoint.send(headers=signed(lightsail_server.url))) == (200, "ok")


def test_a_wrong_signature_passes_where_nobody_asked(endpoint, lightsail_server):
    headers = signed(lightsail_server.url, secret="wrong")
    assert code(endpoint.send(headers=headers)) == (200, "ok")


@verified
@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        ({"secret": "wrong"}, INVALID),
        ({"key": "somebody"}, (403, "UnrecognizedClientException")),
        ({"service": "ec2"}, INVALID),
    ],
)
def test_wrong_keys_and_scopes_are_refused(endpoint, lightsail_server, how, refusal):
    assert code(endpoint.send(headers=signed(lightsail_server.url, **how))) == refusal


@verified
def test_an_unsigned_request_is_refused(endpoint, lightsail):
    answer = endpoint.send(headers=target("GetContainerServices"))
    assert code(answer) == (403, "MissingAuthenticationTokenException")
    assert lightsail.calls.last.error == "MissingAuthenticationTokenException"


@verified
@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer token",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=testing, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/lightsail/aws4_request, Signature=0",
    ],
)
def test_what_is_no_signature_is_incomplete(endpoint, authorization):
    headers = target("GetContainerServices") | {"Authorization": authorization}
    assert code(endpoint.send(headers=headers)) == (403, "IncompleteSignature")


@verified
def test_what_was_changed_after_signing_is_refused(endpoint, lightsail_server):
    headers = signed(lightsail_server.url)
    assert code(endpoint.send(headers=headers, body=b'{"serviceName": "x"}')) == INVALID
    other = headers | {"X-Amz-Target": "Lightsail_20161128.DeleteContainerService"}
    assert code(endpoint.send(headers=other)) == INVALID
    assert code(endpoint.send(headers=headers | {"X-Amz-Date": "yesterday"}))[0] == 403


@verified
def test_a_path_with_a_query_is_signed_too(endpoint, lightsail_server):
    path = "/a%20b?b=1&a=%2F&a="
    headers = signed(lightsail_server.url, path=path)
    assert code(endpoint.send(path=path, headers=headers)) == (404, "UnknownOperationException")
    assert code(endpoint.send(path=f"{path}1", headers=headers)) == INVALID


@pytest.mark.parametrize(
    ("minutes", "passes"), [(-16, False), (-14, True), (14, True), (16, False)]
)
def test_a_signature_holds_for_a_quarter_of_an_hour(minutes, passes):
    url = "http://127.0.0.1:80"
    headers = {name.lower(): str(value) for name, value in signed(url).items()}
    now = datetime.now(timezone.utc) + timedelta(minutes=minutes)
    refused = signature_refusal(Request("POST", headers, b"{}", "us-west-2"), now.timestamp())
    assert (refused is None) == passes
    assert "testing" not in (refused.message if refused else "")
