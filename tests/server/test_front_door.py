"""The services' own addresses over HTTP: whoever sends their ``Host`` header is answered there."""

from __future__ import annotations

import http.client

import pytest

from pytest_lightsail import Fault, Image

from .conftest import target

CONTAINERS = {"web": {"image": "shop:1", "ports": {"80": "HTTP"}}}
ENDPOINT = {"containerName": "web", "containerPort": 80}


@pytest.fixture
def shop(lightsail, lightsail_client):
    lightsail.images["shop:1"] = Image(responds={"/": "hello", "/_lightsail/": "mine"})
    lightsail_client.create_container_service(
        serviceName="shop",
        power="nano",
        scale=1,
        deployment={"containers": CONTAINERS, "publicEndpoint": ENDPOINT},
    )
    return lightsail.services["shop"]


def visit(endpoint, url, path="/", method="GET"):
    host = url.removeprefix("https://").rstrip("/")
    status, _, body = endpoint.send(method, path, b"", {"Host": host})
    return status, body


def test_the_running_image_answers(endpoint, lightsail, shop):
    lightsail.clock.advance(600)
    assert visit(endpoint, shop.url) == (200, b"hello")
    assert visit(endpoint, shop.url, "/nowhere")[0] == 404


def test_until_something_runs_there_is_an_error(endpoint, shop):
    status, body = visit(endpoint, shop.url)
    assert status == 503
    assert b"503 Service Temporarily Unavailable" in body


def test_paths_of_the_control_belong_to_the_service_there(endpoint, lightsail, shop):
    lightsail.clock.advance(600)
    assert visit(endpoint, shop.url, "/_lightsail/") == (200, b"mine")


def test_a_name_of_nobody_is_a_lost_connection(endpoint, shop):
    with pytest.raises(http.client.RemoteDisconnected):
        visit(endpoint, shop.url.replace("shop", "shoe"))


def test_visits_are_in_the_timeline(endpoint, lightsail, shop):
    lightsail.clock.advance(600)
    visit(endpoint, shop.url, "/?token=secret")
    assert len(lightsail.visits) == 1
    assert "secret" not in lightsail.timeline()


def test_a_body_that_breaks_off_arrives_in_part(endpoint, lightsail, shop):
    lightsail.faults.add(Fault.truncated_body())
    with pytest.raises(http.client.IncompleteRead) as broken:
        endpoint.send(body=b"{}", headers=target("GetContainerServices"))
    assert broken.value.partial.startswith(b'{"containerServices"')
