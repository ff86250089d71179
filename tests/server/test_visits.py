"""The service that the ``Host`` header names responds to a visit over HTTP."""

from __future__ import annotations

import http.client

import pytest

from tests.support.releases import (
    DOMAIN,
    attach_domain,
    create_shop,
    delete_shop,
    deploy,
    release,
)


@pytest.fixture
def shop(lightsail):
    return create_shop(lightsail)


def visit(endpoint, url, path="/", method="GET"):
    host = url.removeprefix("https://").rstrip("/")
    status, _, body = endpoint.send(method, path, b"", {"Host": host})
    return status, body


def test_the_running_image_responds_to_a_visit(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds={"/": "hello"})
    assert visit(endpoint, shop.url) == (200, b"hello")
    assert visit(endpoint, shop.url, "/nowhere")[0] == 404


@pytest.mark.parametrize("status", [299, 520])
def test_a_status_code_without_a_standard_name_is_returned(endpoint, lightsail, shop, status):
    release(lightsail, "shop:1", responds={"/": "hello", "/odd": status})
    assert visit(endpoint, shop.url, "/odd")[0] == status


def test_a_service_responds_with_503_until_a_deployment_runs(endpoint, lightsail, shop):
    deploy(lightsail, "shop:1")
    status, body = visit(endpoint, shop.url)
    assert status == 503
    assert b"503 Service Temporarily Unavailable" in body


def test_a_service_without_a_public_endpoint_responds_with_404(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds="hello", public=False)
    assert visit(endpoint, shop.url) == (404, b"404 No Such Service")


@pytest.mark.lightsail(speed=0)
def test_the_old_version_responds_until_the_new_one_is_active(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds="one")
    deploy(lightsail, "shop:2", responds="two")
    seen = []
    while seen[-1:] != ["two"]:
        before = shop.current_deployment.version
        seen.append(visit(endpoint, shop.url)[1].decode())
        assert seen[-1] == ("one", "two")[before - 1]
        lightsail.clock.advance(10)
    assert len(seen) > 5
    assert set(seen) == {"one", "two"}


def test_a_service_can_be_visited_at_its_public_domain(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds="hello")
    attach_domain(lightsail)
    assert visit(endpoint, f"https://{DOMAIN}/") == (200, b"hello")
    assert visit(endpoint, f"https://{DOMAIN}:8080/") == (200, b"hello")


def test_a_domain_that_no_service_uses_is_refused(endpoint, shop):
    status, body = visit(endpoint, f"https://{DOMAIN}/")
    assert status == 400
    assert b"does not serve the host" in body


@pytest.mark.parametrize("own", [True, False], ids=["url", "domain"])
def test_a_deleted_service_no_longer_responds(endpoint, lightsail, shop, own):
    release(lightsail, "shop:1", responds="hello")
    attach_domain(lightsail)
    url = shop.url if own else f"https://{DOMAIN}/"
    assert visit(endpoint, url)[0] == 200
    delete_shop(lightsail)
    with pytest.raises(http.client.RemoteDisconnected):
        visit(endpoint, url)


def test_the_host_of_a_service_does_not_serve_the_control_api(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds={"/_lightsail/": "mine"})
    assert visit(endpoint, shop.url, "/_lightsail/") == (200, b"mine")


def test_a_visit_to_an_unknown_service_loses_the_connection(endpoint, shop):
    with pytest.raises(http.client.RemoteDisconnected):
        visit(endpoint, shop.url.replace("shop", "shoe"))


def test_the_timeline_shows_a_visit_without_its_query(endpoint, lightsail, shop):
    release(lightsail, "shop:1")
    visit(endpoint, shop.url, "/?token=secret")
    timeline = lightsail.timeline()
    assert f"GET {shop.url.removeprefix('https://')} → 200" in timeline
    assert "secret" not in timeline
