"""The addresses of services over HTTP: the service that the ``Host`` header names responds."""

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


def test_the_running_image_answers(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds={"/": "hello"})
    assert visit(endpoint, shop.url) == (200, b"hello")
    assert visit(endpoint, shop.url, "/nowhere")[0] == 404


@pytest.mark.parametrize("status", [299, 520])
def test_a_status_without_a_name_arrives(endpoint, lightsail, shop, status):
    release(lightsail, "shop:1", responds={"/": "hello", "/odd": status})
    assert visit(endpoint, shop.url, "/odd")[0] == status


def test_until_something_runs_there_is_an_error(endpoint, lightsail, shop):
    deploy(lightsail, "shop:1")
    status, body = visit(endpoint, shop.url)
    assert status == 503
    assert b"503 Service Temporarily Unavailable" in body


def test_without_a_public_endpoint_there_is_no_such_service(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds="hello", public=False)
    assert visit(endpoint, shop.url) == (404, b"404 No Such Service")


@pytest.mark.lightsail(speed=0)
def test_the_old_version_answers_until_the_new_one_is_active(endpoint, lightsail, shop):
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


def test_a_public_domain_is_the_same_address(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds="hello")
    attach_domain(lightsail)
    assert visit(endpoint, f"https://{DOMAIN}/") == (200, b"hello")
    assert visit(endpoint, f"https://{DOMAIN}:8080/") == (200, b"hello")


def test_a_domain_that_no_service_has_is_refused(endpoint, shop):
    status, body = visit(endpoint, f"https://{DOMAIN}/")
    assert status == 400
    assert b"does not serve the host" in body


@pytest.mark.parametrize("own", [True, False], ids=["url", "domain"])
def test_after_a_deletion_nothing_is_served_there(endpoint, lightsail, shop, own):
    release(lightsail, "shop:1", responds="hello")
    attach_domain(lightsail)
    url = shop.url if own else f"https://{DOMAIN}/"
    assert visit(endpoint, url)[0] == 200
    delete_shop(lightsail)
    with pytest.raises(http.client.RemoteDisconnected):
        visit(endpoint, url)


def test_paths_of_the_control_belong_to_the_service_there(endpoint, lightsail, shop):
    release(lightsail, "shop:1", responds={"/_lightsail/": "mine"})
    assert visit(endpoint, shop.url, "/_lightsail/") == (200, b"mine")


def test_a_name_of_nobody_is_a_lost_connection(endpoint, shop):
    with pytest.raises(http.client.RemoteDisconnected):
        visit(endpoint, shop.url.replace("shop", "shoe"))


def test_visits_are_in_the_timeline(endpoint, lightsail, shop):
    release(lightsail, "shop:1")
    visit(endpoint, shop.url, "/?token=secret")
    assert len(lightsail.visits) == 1
    assert "secret" not in lightsail.timeline()
