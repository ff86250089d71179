"""Extreme values in all parts of HTTP requests, scenarios and faults."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_lightsail import Fault, simulate
from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.service import LONGEST
from pytest_lightsail.simulator.faults import FAULTS
from pytest_lightsail.simulator.scenario import VERBS
from tests.hostile.endpoint import SHOP, Endpoint
from tests.server.fuzz_requests import BODIES
from tests.support.mutations import damaged, places
from tests.support.profiles import THOROUGH, examples

EXTREMES = [
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "1e308",
    "1e300",
    "5e-324",
    "-0.0",
    str(2**63),
    str(2**64),
    "1" + "0" * 400,
    "-1" + "0" * 400,
    "1" + "0" * 4299,
    "1" + "0" * 4300,
    "[" * 40 + "]" * 40,
    "[" * 60 + "]" * 60,
    "[" * 900 + "]" * 900,
    '{"a":' * 48 + "1" + "}" * 48,
    r'"\ud800"',
    r'"\u0000"',
    f'"{"é" * 5000}"',
    f"[{','.join(['1'] * 5000)}]",
    json.dumps({str(number): None for number in range(5000)}),
    str(LONGEST),
    str(LONGEST + 1),
]
HERE = "@"


def extremes(place: int) -> list[str]:
    """Return a fifth of the extremes, depending on the place, or all of them in a thorough run."""
    return EXTREMES if THOROUGH else EXTREMES[place % 5 :: 5]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with (
        simulate(patience=float("inf"), speed=0, allow_unused=True) as lightsail,
        lightsail.serve() as server,
    ):
        yield Endpoint(lightsail, server)
        lightsail.account.swallowed.clear()  # errors of requests after the end of virtual time


def filled(document: Any, extreme: str) -> bytes:
    return json.dumps(document).replace(json.dumps(HERE), extreme).encode()


def steps() -> Iterator[dict[str, Any]]:
    """Yield a step for each argument of each verb, with an extreme value for that argument."""
    needed: dict[str, dict[str, Any]] = {
        "fault": {"name": "slow_answer", "seconds": 1},
        "another_client": {"verb": "updates", "service": "shop", "scale": 2},
        "pace": {"name": "fast"},
    }
    for verb, entry in VERBS.items():
        for name in entry.arguments:
            yield {verb: {**needed.get(verb, {}), name: HERE}}
    for name in FAULTS:
        yield {"fault": {"name": name, "seconds": HERE}}
    yield {"another_client": {"verb": "updates", "service": "shop", "scale": HERE, "after": 1}}
    yield {"another_client": {"verb": "deploys", "service": "shop", "image": HERE, "after": 1}}
    yield {HERE: {}}


def test_a_scenario_with_an_extreme_value_or_null_is_played_or_refused(endpoint):
    for place, step in enumerate(steps()):
        for extreme in [*extremes(place), "null"]:
            if endpoint.control("play", filled([step], extreme)) == 200:
                endpoint.live()
            endpoint.control("reset", b"{}")


@pytest.mark.parametrize("operation", sorted(BODIES))
def test_a_request_with_an_extreme_value_is_accepted_or_refused(endpoint, operation):
    for whole in BODIES[operation]:
        for place in range(len(list(places(whole))) + 1):
            body = copy.deepcopy(whole)
            node, key = [*places(body), (body, "another")][place]
            node[key] = HERE
            for extreme in extremes(place):
                if operation != "CreateContainerService":
                    endpoint.call("CreateContainerService", json.dumps(SHOP).encode())
                endpoint.call(operation, filled(body, extreme))
            endpoint.read_all()
            endpoint.control("reset", b"{}")


@settings(examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.sampled_from(list(steps())).flatmap(lambda step: damaged([step])))
def test_a_damaged_scenario_is_played_or_refused(endpoint, document):
    if endpoint.control("play", json.dumps(document).encode()) == 200:
        endpoint.live()
    endpoint.control("reset", b"{}")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ({"deploy": {"lag": None}}, "invalid lag=None"),
        ({"deploy": {"never_ends": None}}, "invalid never_ends=None"),
        ({"fault": {"name": "answer_lost", "nth": None}}, "invalid nth=None"),
    ],
)
def test_null_is_refused_as_a_number_or_a_boolean(endpoint, step, message):
    status, document = endpoint.ask(
        "/_lightsail/play", json.dumps([step]).encode(), **{"content-type": "application/json"}
    )
    assert status == 400
    assert message in document["error"]


@pytest.mark.parametrize("nth", [None, 0, -(10**5000), True], ids=["none", "0", "-5000", "true"])
def test_faults_and_other_clients_refuse_an_invalid_nth(nth):
    with simulate(allow_unused=True) as lightsail:
        for act in (
            lambda: lightsail.faults.add(Fault.throttling(), nth=nth),
            lambda: lightsail.another_client.deletes(
                "shop", before="GetContainerServices", nth=nth
            ),
        ):
            with pytest.raises(
                ConfigurationError, match=r"invalid nth=.*: expected a whole number"
            ):
                act()


@pytest.mark.parametrize("extreme", EXTREMES, ids=lambda text: text[:12])
def test_a_clock_request_with_an_extreme_value_is_accepted_or_refused(endpoint, extreme):
    endpoint.control("clock", filled({"advance": HERE}, extreme))
    endpoint.control("clock", filled([HERE], extreme))
    endpoint.live()


def test_calls_are_refused_at_the_end_of_virtual_time(endpoint):
    assert endpoint.control("clock", f'{{"advance": {LONGEST}}}'.encode()) == 200
    status, document = endpoint.call("GetContainerServices", b"{}")
    assert status == 400
    assert document["__type"].endswith("RequestAbortedException")
    assert "virtual time ends" in document["message"]


@pytest.mark.parametrize(
    "after", ["9" * 5000, "-1", "1e3", "٣", "%00", "1&after=9"], ids=lambda text: text[:8]
)
def test_a_calls_request_with_any_after_parameter_is_accepted_or_refused(endpoint, after):
    endpoint.ask("/_lightsail/calls", b"", "GET", query=f"after={after}")


@pytest.mark.parametrize(
    "seconds", [10**400, 10**5000, -(10**400), float("nan")], ids=["400", "5000", "-400", "nan"]
)
def test_the_python_api_refuses_endless_durations(seconds):
    with simulate(allow_unused=True) as lightsail:
        for act in (
            lightsail.clock.advance,
            lambda seconds: lightsail.script.deploy(takes=seconds),
            lambda seconds: lightsail.another_client.deletes("shop", after=seconds),
        ):
            with pytest.raises(ConfigurationError, match="seconds"):
                act(seconds)
