"""The page at ``/_lightsail/`` sends few requests."""

from __future__ import annotations

import pytest

from pytest_lightsail.simulation.control import PREFIX
from tests.server.conftest import CURRENT, create
from tests.support.browser import Browser

pytestmark = pytest.mark.lightsail(speed=0)


def paths(page: Browser) -> list[str]:
    return [url.partition(PREFIX)[2] for url in page.requests()]


def test_the_page_requests_only_new_calls_and_at_most_the_latest_200(visit, lightsail_client):
    for _ in range(250):
        lightsail_client.get_container_services()
    page = visit()
    page.sees("#calls-count", "The latest 200 of 250 calls, the latest on top.")
    requested = paths(page)
    assert [path for path in requested if path.startswith("calls")] == ["calls?after=50"]
    page.look()
    page.quiet()
    assert paths(page) == ["state"]
    create(lightsail_client, "shop")
    page.look()
    page.sees("#call-rows tr:first-child", "CreateContainerService")
    assert paths(page) == ["state", "calls?after=250"]
    assert len(page.texts("#call-rows tr")) == 200


def test_requests_never_pile_up(visit, lightsail):
    page = visit()
    page.hold("state")
    paths(page)
    page.tick(9_000)
    assert paths(page) == ["state"]
    page.letGo()
    page.quiet()
    page.look()
    page.quiet()
    assert paths(page) == ["state"]


HIDE = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}}); "
CHANGED = "document.dispatchEvent(new Event('visibilitychange'))"


def test_a_hidden_page_sends_no_requests(visit, lightsail):
    page = visit()
    page.evaluate(HIDE.format("true") + CHANGED)
    page.look()
    paths(page)
    page.tick(60_000)
    assert paths(page) == []
    page.evaluate(HIDE.format("false") + CHANGED)
    page.quiet()
    assert paths(page) == ["state"]


def test_updates_can_be_paused(visit, lightsail, lightsail_client):
    page = visit()
    page.click("button", "Pause updates")
    page.look()
    paths(page)
    page.tick(60_000)
    assert paths(page) == []
    page.click("button", "+1 s")
    page.sees("#elapsed", "1.0 s")
    assert paths(page) == ["clock", "state"]
    create(lightsail_client, "shop")
    page.click("button", "Pause updates")
    page.look()
    page.sees(CURRENT, "PENDING")


def test_the_page_polls_an_unreachable_server_less_and_less_often(
    visit, expected_messages, lightsail_server
):
    expected_messages.append("net::ERR_")
    page = visit()
    lightsail_server.stop()
    page.look()
    page.sees("#gone", "The server does not respond.")
    paths(page)
    for milliseconds in [1000, 2000, 4000, 8000, 8000]:
        page.tick(milliseconds - 100)
        assert paths(page) == []
        page.tick(100)
        page.quiet()
        assert paths(page) == ["state"]
