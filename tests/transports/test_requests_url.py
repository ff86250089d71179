"""Visits: requests to the address of a service."""

import time
from functools import partial

import pytest
import requests

from pytest_lightsail import simulate
from tests.support import releases
from tests.support.releases import DOMAIN, attach_domain, create_shop, delete_shop, deploy

NOT_RESOLVED = requests.exceptions.ConnectionError


@pytest.fixture
def shop(lightsail):
    """A service without a deployment."""
    return create_shop(lightsail)


@pytest.fixture
def release(lightsail, shop):
    """A function that deploys an image with the given behaviour to the public endpoint."""
    return partial(releases.release, lightsail)


def get(url, timeout=10):
    return requests.get(url, timeout=timeout)


def test_a_visit_gets_the_response_of_the_image(shop, release):
    release("shop:1", responds={"/": "hello", "/api": (201, '{"well": true}')})

    assert get(shop.url).text == "hello"
    assert get(f"{shop.url}api?page=2").json() == {"well": True}
    assert get(f"{shop.url}nothing").status_code == 404


def test_a_service_without_a_deployment_responds_with_status_503(shop):
    response = get(shop.url)

    assert response.status_code == 503
    assert response.reason == "Service Unavailable"
    assert response.text == "503 Service Temporarily Unavailable"


def test_a_smoke_test_waits_until_the_new_version_responds(lightsail, shop, release):
    release("shop:1", responds="one")
    deploy(lightsail, "shop:2", responds="two", starts_after=20)

    seen = {get(shop.url).text}
    while get(shop.url).text != "two":
        seen.add(get(shop.url).text)
        time.sleep(5)

    assert seen == {"one"}
    assert shop.current_deployment.version == 2


def test_http_and_https_get_the_same_response(shop, release):
    release("shop:1", responds="hello")

    assert get(shop.url.replace("https:", "http:")).text == "hello"


@pytest.mark.parametrize("status", [200, 204])
def test_the_response_to_head_has_no_body(shop, release, status):
    release("shop:1", responds={"/": (status, "hello")})

    response = requests.head(shop.url, timeout=5)

    assert (response.status_code, response.content) == (status, b"")
    assert response.headers["Content-Length"] == "5"


def test_a_public_domain_leads_to_the_service(lightsail, shop, release):
    release("shop:1", responds="hello")
    attach_domain(lightsail)

    assert get(f"https://{DOMAIN}/").text == "hello"


def test_the_address_of_a_deleted_service_does_not_resolve(lightsail, shop, release):
    release("shop:1")
    url = shop.url
    delete_shop(lightsail)

    with pytest.raises(NOT_RESOLVED, match="Name or service not known"):
        get(url)


def test_the_address_of_a_service_in_an_earlier_account_does_not_resolve():
    with simulate() as lightsail:
        lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)
        url = lightsail.services["shop"].url

    with simulate(seed=1), pytest.raises(NOT_RESOLVED):
        get(url)


def test_a_visit_after_the_simulation_goes_to_the_network(network):
    with simulate() as lightsail:
        lightsail.client().create_container_service(serviceName="shop", power="nano", scale=1)
        url = lightsail.services["shop"].url

    with pytest.raises(network):
        get(url)


def test_visits_record_service_path_and_status(lightsail, shop, release):
    get(shop.url)
    release("shop:1", responds={"/health": 200})
    get(f"{shop.url}health?token=hunter2")

    assert [(one.service, one.path, one.status) for one in lightsail.visits] == [
        ("shop", "/", 503),
        ("shop", "/health", 200),
    ]


def test_the_timeline_shows_equal_visits_on_one_line(lightsail, shop, release):
    for _ in range(3):
        get(f"{shop.url}?token=hunter2")
        time.sleep(5)
    release("shop:1")
    get(shop.url)

    host = shop.url.split("/")[2]
    lines = [line for line in lightsail.timeline().splitlines() if "GET" in line]
    assert lines == [
        f"0:01:00.2  GET {host}/ × 3, every 5.1 s until 0:01:10.4 → 503",
        f"0:11:15.6  GET {host}/ → 200",
    ]
    assert "hunter2" not in lightsail.timeline()
