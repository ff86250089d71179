"""The server responds to any input like AWS, or closes the connection."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import strategies, validate
from pytest_lightsail.simulator.operations import OPERATIONS
from tests.support.profiles import examples

from .conftest import Endpoint, target
from .fuzz import Complaints, Fuzzer
from .fuzz_responses import exchange, parse_responses

quick = examples(20)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
pytestmark = pytest.mark.lightsail(patience="inf", speed=0)


@pytest.fixture(scope="module")
def complaints():
    complaints = Complaints()
    yield complaints
    logging.getLogger("pytest_lightsail.http").removeHandler(complaints)


def port_of(server) -> int:
    return int(server.url.rpartition(":")[2])


def test_almost_valid_requests_get_valid_responses(lightsail, lightsail_server, complaints):
    fuzzer = Fuzzer(lightsail, lightsail_server, seed=0)
    fuzzer.run(250)
    assert fuzzer.outcomes["account 200"] > 10
    assert {outcome.split()[0] for outcome in fuzzer.outcomes} >= {"account", "control"}
    assert len(fuzzer.outcomes) > 5
    assert complaints.messages == []


@quick
@given(data=st.binary(max_size=200))
def test_random_bytes_get_only_valid_responses(lightsail_server, complaints, data):
    parse_responses(exchange(port_of(lightsail_server), data), head=b"HEAD" in data)
    assert complaints.messages == []


@quick
@given(operation=st.sampled_from(sorted(OPERATIONS)), document=anything)
def test_any_json_body_gets_a_valid_response_or_a_refusal(
    lightsail, lightsail_server, operation, document
):
    endpoint = Endpoint(lightsail_server.url)
    status, _, body = endpoint.send(body=json.dumps(document).encode(), headers=target(operation))
    endpoint.connection.close()
    assert status in {200, 400}
    if status == 200:
        validate(operation, "response", json.loads(body))
    else:
        assert lightsail.calls.last.error == json.loads(body)["__type"].rpartition("#")[2]


@quick
@given(name=st.sampled_from(["play", "quotas", "clock", "calm"]), document=anything)
def test_any_json_body_gets_a_result_or_an_error_from_the_control_api(
    lightsail_server, complaints, name, document
):
    endpoint = Endpoint(lightsail_server.url)
    body = json.dumps(document).encode()
    headers = {"Content-Type": "application/json"}
    status, _, response = endpoint.send("POST", f"/_lightsail/{name}", body, headers)
    endpoint.connection.close()
    assert status in {200, 400}
    assert ("error" in json.loads(response)) == (status == 400)
    assert complaints.messages == []


@quick
@given(
    case=st.sampled_from(sorted(OPERATIONS)).flatmap(
        lambda operation: st.tuples(st.just(operation), strategies.requests(operation))
    )
)
def test_requests_drawn_from_the_contract_get_a_valid_response_or_a_refusal(lightsail_server, case):
    operation, parameters = case
    endpoint = Endpoint(lightsail_server.url)
    body = json.dumps(parameters, default=lambda instant: instant.timestamp()).encode()
    status, _, response = endpoint.send(body=body, headers=target(operation))
    endpoint.connection.close()
    assert status in {200, 400}
    if status == 200:
        validate(operation, "response", json.loads(response))
