"""The HTTP endpoint serves the account of the test."""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import time
from email.utils import parsedate_to_datetime
from time import perf_counter

import pytest

from pytest_lightsail import Fault
from pytest_lightsail.c_functions import original
from pytest_lightsail.machinery import machinery
from pytest_lightsail.transports.http_server import LARGEST_REQUEST

from .conftest import Endpoint, target

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}
REAL = {"clock": original(perf_counter)}
"""The real clock, in a dictionary so that virtual time does not replace it."""


def error(response: bytes) -> tuple[int, str]:
    """Return the status and the error code of a raw response."""
    head, _, body = response.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert b"x-amzn-requestid: " in head.lower()
    return status, json.loads(body)["__type"].rpartition("#")[2]


def test_the_endpoint_serves_the_account_of_the_test(
    lightsail, lightsail_client, lightsail_server, endpoint
):
    assert endpoint.call("CreateContainerService", **SHOP)["containerService"]["state"] == "PENDING"
    assert lightsail.services["shop"].state == "PENDING"
    assert lightsail_server.account is lightsail.account
    seen = lightsail_client.get_container_services()["containerServices"]
    assert [service["containerServiceName"] for service in seen] == ["shop"]


def test_changes_made_in_the_process_are_visible_over_http(lightsail_client, endpoint):
    lightsail_client.create_container_service(**SHOP)
    (service,) = endpoint.call("GetContainerServices")["containerServices"]
    assert service["containerServiceName"] == "shop"


def test_a_connection_is_kept_alive(endpoint):
    endpoint.call("GetContainerServices")
    first = endpoint.connection.sock
    for _ in range(3):
        endpoint.call("GetContainerServices")
    assert endpoint.connection.sock is first


def test_responses_have_the_headers_of_lightsail_and_the_real_date(endpoint, lightsail):
    _, headers, body = endpoint.send(headers=target("GetContainerServices"))
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["content-length"] == str(len(body))
    assert headers["server"] == "Server"
    assert parsedate_to_datetime(headers["date"]).year > lightsail.clock.now.year
    assert headers["x-amzn-requestid"]
    assert "via" not in headers


@pytest.mark.lightsail(region="eu-west-1")
@pytest.mark.parametrize(
    ("scope", "region"),
    [
        ("AKID/20260101/us-west-2/lightsail/aws4_request", "us-west-2"),
        ("AKID/20260101/Ireland!/lightsail/aws4_request", "eu-west-1"),
        (f"AKID/20260101/us-{'e' * 100}-1/lightsail/aws4_request", "eu-west-1"),
        ("nonsense", "eu-west-1"),
        (None, "eu-west-1"),
    ],
)
def test_the_region_comes_from_a_valid_credential_scope(endpoint, lightsail, scope, region):
    headers = target("CreateContainerService")
    if scope is not None:
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0"
    endpoint.send(body=json.dumps(SHOP).encode(), headers=headers)
    assert lightsail.services["shop"].region == region


@pytest.mark.parametrize("name", ["connection_reset", "read_timeout", "connection_refused"])
def test_a_connection_fault_closes_the_connection_without_a_response(endpoint, lightsail, name):
    lightsail.faults.add(getattr(Fault, name)())
    with pytest.raises(http.client.RemoteDisconnected):
        endpoint.call("CreateContainerService", **SHOP)
    assert "shop" not in lightsail.services


def test_a_call_whose_response_is_lost_takes_effect(endpoint, lightsail):
    lightsail.faults.add(Fault.answer_lost())
    with pytest.raises(http.client.RemoteDisconnected):
        endpoint.call("CreateContainerService", **SHOP)
    assert lightsail.services["shop"].state == "PENDING"
    endpoint.connection.close()
    again = endpoint.call("CreateContainerService", **SHOP)
    assert again["__type"] == "InvalidInputException"


def test_a_refusal_has_the_status_and_body_that_lightsail_sends(endpoint):
    response = endpoint.call("GetContainerServices", serviceName="none")
    assert (response["status"], response["__type"]) == (400, "NotFoundException")
    assert {"code", "message", "tip"} < set(response)


def test_a_request_of_the_largest_size_is_accepted_but_not_one_byte_more(endpoint):
    body = b"{}" + b" " * (LARGEST_REQUEST - 2)
    headers = target("GetContainerServices")
    assert endpoint.send(body=body, headers=headers)[0] == 200
    status, response_headers, refusal = endpoint.send(body=body + b" ", headers=headers)
    assert status == 413
    assert json.loads(refusal)["__type"].endswith("#RequestEntityTooLargeException")
    assert response_headers["connection"] == "close"


def test_a_client_that_sends_far_too_much_still_receives_the_refusal(endpoint):
    status, *_ = endpoint.send(body=bytes(8 * LARGEST_REQUEST))
    assert status == 413


MALFORMED = {
    "not HTTP": b"hello\r\n\r\n",
    "no method": b" / HTTP/1.1\r\n\r\n",
    "a lower-case method": b"post / HTTP/1.1\r\n\r\n",
    "a URL instead of a path": b"POST http://x/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a colon": b"POST / HTTP/1.1\r\nHost\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a length in words": b"POST / HTTP/1.1\r\nContent-Length: two\r\n\r\n{}",
    "a body in chunks": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"POST / HTTP/1.1\r\nHost: a\nb\r\n\r\n",
    "endless headers": b"POST / HTTP/1.1\r\nX: " + b"a" * 70_000,
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_malformed_http_is_refused_as_on_aws(endpoint, data, capfd):
    assert error(endpoint.raw(data)) == (400, "MalformedHttpRequestException")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("PUT", "/"), ("POST", "/other"), ("DELETE", "/?x=%ff")]
)
def test_another_method_or_path_is_an_unknown_operation(endpoint, method, path):
    status, _, body = endpoint.send(method, path, headers=target("GetContainerServices"))
    assert status == 404
    assert json.loads(body)["__type"].endswith("#UnknownOperationException")


def test_the_response_to_head_has_no_body(endpoint):
    response = endpoint.raw(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert response.startswith(b"HTTP/1.1 404 ")
    assert response.endswith(b"\r\n\r\n")


def test_pipelined_requests_get_responses_in_order(endpoint):
    names = ("one", "two", "three")
    requests = b""
    for name in names:
        body = json.dumps({"serviceName": name, "power": "nano", "scale": 1}).encode()
        head = "".join(f"{k}: {v}\r\n" for k, v in target("CreateContainerService").items())
        requests += f"POST / HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    responses = endpoint.raw(requests)
    places = [responses.index(b'"containerServiceName":"%s"' % name.encode()) for name in names]
    assert places == sorted(places)


@pytest.mark.skipif(sys.platform != "linux", reason="the stall and its fix exist only on Linux")
def test_sending_headers_and_body_separately_does_not_stall(lightsail_server):
    host, port = Endpoint(lightsail_server.url).host, Endpoint(lightsail_server.url).port
    took = []
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        for _ in range(15):
            began = REAL["clock"]()
            plain.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n")
            plain.sendall(b"{}")
            while not plain.recv(65536).endswith(b"}"):
                pass
            took.append(REAL["clock"]() - began)
    # A stall delays every request but the first by 40 ms. A busy machine delays only some requests.
    assert min(took[1:]) < 0.03


def test_sleeping_in_the_test_does_not_wait_for_the_server(lightsail, endpoint):
    endpoint.call("GetContainerServices")
    began = REAL["clock"]()
    for _ in range(50):
        time.sleep(60)
    assert lightsail.clock.elapsed > 3000
    assert REAL["clock"]() - began < 2


def test_incomplete_requests_do_not_block_other_clients(endpoint):
    silent = [socket.create_connection((endpoint.host, int(endpoint.port))) for _ in range(20)]
    try:
        for plain in silent:
            plain.sendall(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
        assert endpoint.call("GetContainerServices")["status"] == 200
    finally:
        for plain in silent:
            plain.close()


def test_concurrent_clients_share_one_account(lightsail, lightsail_server):
    def create(number: int) -> None:
        endpoint = Endpoint(lightsail_server.url)
        for place in range(5):
            name = f"s{number}-{place}"
            endpoint.call("CreateContainerService", serviceName=name, power="nano", scale=1)
        endpoint.connection.close()

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lightsail.services) == 40


def test_a_request_with_a_foreign_host_header_is_refused(endpoint, lightsail):
    headers = target("GetContainerServices") | {"Host": "evil.example"}
    status, _, body = endpoint.send(body=b"{}", headers=headers)
    assert status == 400
    assert json.loads(body)["__type"].endswith("AccessDeniedException")
    assert not lightsail.calls


@pytest.mark.parametrize(("method", "kind"), [("GET", None), ("POST", "text/plain")])
def test_requests_without_an_operation_are_not_calls_and_take_no_time(
    endpoint, lightsail, method, kind
):
    before = lightsail.clock.elapsed
    headers = {} if kind is None else {"Content-Type": kind}
    status, *_ = endpoint.send(method, "/", headers=headers)
    assert status == 404
    assert not lightsail.calls
    assert lightsail.clock.elapsed == before


def test_the_host_name_of_lightsail_is_accepted(endpoint):
    headers = target("GetContainerServices") | {"Host": "lightsail.us-east-1.amazonaws.com:443"}
    assert endpoint.send(body=b"{}", headers=headers)[0] == 200


def test_the_account_is_not_locked_while_a_request_is_validated(lightsail, endpoint):
    held = set()

    def profile(frame, _event, _argument):
        if frame.f_globals.get("__name__") == "pytest_lightsail.model.validator":
            held.add(lightsail.account.lock._is_owned())

    before = threading.getprofile()
    threading.setprofile(profile)  # also in the thread that handles the connection
    try:
        endpoint.send(body=b"{}", headers=target("TagResource"))
    finally:
        threading.setprofile(before)
    assert held == {False}


def test_expect_100_continue_is_confirmed_before_the_body_is_sent(endpoint):
    head = (
        f"POST / HTTP/1.1\r\nHost: {endpoint.host}:{endpoint.port}\r\nContent-Length: 2\r\n"
        "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Lightsail_20161128.GetRegions\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with machinery(), socket.create_connection((endpoint.host, int(endpoint.port)), 10) as plain:
        plain.sendall(head.encode())
        assert plain.recv(1000).startswith(b"HTTP/1.1 100 ")
        plain.sendall(b"{}")
        assert plain.recv(1000).startswith(b"HTTP/1.1 200 ")
