"""``serve`` keeps a limited number of history entries and bytes, however long it runs."""

from __future__ import annotations

import gc
import weakref

import pytest

from pytest_lightsail.simulator.history import Limit

from .conftest import Endpoint

SHOP = {"serviceName": "shop", "power": "nano", "scale": 1}


@pytest.fixture
def polled(lightsail, endpoint: Endpoint) -> Endpoint:
    lightsail.account.history.limit = Limit(entries=20, size=1 << 20)
    endpoint.call("CreateContainerService", **SHOP)
    for _ in range(50):
        endpoint.call("GetContainerServices")
    lightsail.clock.advance_until_settled()  # no state change is recorded after this
    return endpoint


def test_the_oldest_calls_are_discarded_and_counted(lightsail, polled, control):
    state, calls = control("state"), control("calls", query="?after=3")
    assert (state["calls"], calls["next"]) == (51, 51)
    assert state["forgotten"] == calls["forgotten"] == 51 - len(calls["calls"])
    assert 10 <= len(calls["calls"]) == len(lightsail.calls) <= 20
    assert control("timeline")["timeline"].startswith(
        f"… the first {state['forgotten']} calls and 0 visits were discarded …"
    )
    assert [each["at"] for each in control("calls", query="?after=50")["calls"]] == [
        lightsail.calls.last.at
    ]


def test_visits_keep_their_positions_when_older_ones_are_discarded(lightsail, endpoint, control):
    lightsail.account.history.limit = Limit(entries=20, size=1 << 20)
    endpoint.call("CreateContainerService", **SHOP)
    host = lightsail.services["shop"].url.removeprefix("https://").rstrip("/")
    for number in range(50):
        endpoint.send("GET", f"/{number}", None, {"Host": host})
    seen = control("visits", query="?after=48")
    assert [each["path"] for each in seen["visits"]] == ["/48", "/49"]
    assert (seen["next"], seen["forgotten"]) == (50, 50 - len(lightsail.visits))
    assert seen["forgotten"] > 0


def test_large_requests_are_discarded_sooner(lightsail, lightsail_client):
    lightsail.account.history.limit = Limit(entries=20, size=100_000)
    for _ in range(8):
        with pytest.raises(lightsail_client.exceptions.NotFoundException):
            lightsail_client.tag_resource(resourceName="x" * 30_000, tags=[])
    assert 1 <= len(lightsail.calls) <= 4


def test_a_reset_frees_the_previous_account(lightsail, endpoint, control):
    before = weakref.ref(lightsail.account)
    endpoint.call("GetContainerServices")
    control("reset", {})
    gc.collect()
    assert before() is None


def test_swallowed_errors_are_not_kept_if_the_history_is_limited(
    lightsail, lightsail_server, polled
):
    for _ in range(3):
        assert polled.call("GetDisks")["status"] == 404
    assert lightsail.account.swallowed == []
