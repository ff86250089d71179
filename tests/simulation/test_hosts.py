"""A test can choose the host of a service's URL and the version of a stored image."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import ConfigurationError, Lightsail

NEW = {"serviceName": "shop", "power": "nano", "scale": 1}
HOST = "shop.abcdefghij123.us-east-1.cs.amazonlightsail.com"


@pytest.fixture
def client(lightsail: Lightsail) -> Any:
    return lightsail.client()


def test_a_new_service_has_the_host_that_the_test_chose(lightsail: Lightsail, client: Any) -> None:
    lightsail.hosts["shop"] = HOST
    created = client.create_container_service(**NEW)["containerService"]
    assert created["url"] == f"https://{HOST}/"


def test_an_existing_service_changes_to_the_chosen_host(lightsail: Lightsail, client: Any) -> None:
    client.create_container_service(**NEW)
    lightsail.hosts["shop"] = HOST
    (shown,) = client.get_container_services()["containerServices"]
    assert shown["url"] == lightsail.services["shop"].url == f"https://{HOST}/"


def test_an_invalid_host_is_refused(lightsail: Lightsail) -> None:
    with pytest.raises(ConfigurationError, match="expected a host such as"):
        lightsail.hosts["shop"] = "https://shop/"


def test_the_version_of_a_stored_image_can_be_chosen(lightsail: Lightsail, client: Any) -> None:
    client.create_container_service(**NEW)
    shop = lightsail.services["shop"]
    assert shop.register_image("web", version=38) == ":shop.web.38"
    assert shop.register_image("api") == ":shop.api.39"


@pytest.mark.parametrize("version", [1, 0, "2", True])
def test_register_image_refuses_an_invalid_version(
    lightsail: Lightsail, client: Any, version: Any
) -> None:
    client.create_container_service(**NEW)
    shop = lightsail.services["shop"]
    shop.register_image("web")
    with pytest.raises(ConfigurationError, match="expected 2 or more"):
        shop.register_image("web", version=version)
