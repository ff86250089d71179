"""The handle shows the account to a test, and refuses wrong names with a helpful error."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pytest_lightsail import (
    Certificate,
    ConfigurationError,
    Fault,
    Lightsail,
    UnknownResourceError,
    simulate,
)
from pytest_lightsail.reporting.timeline import render


@pytest.fixture
def create(lightsail: Lightsail) -> Any:
    def create(name: str, region: str = "us-east-1") -> None:
        lightsail.client(region).create_container_service(serviceName=name, power="nano", scale=1)

    return create


def test_repr_shows_the_number_of_services_and_the_clock(lightsail: Lightsail, create: Any) -> None:
    create("shop")
    assert repr(lightsail) == f"<Lightsail: 1 container service, {lightsail.account.clock!r}>"


def test_the_calls_object_includes_later_calls(lightsail: Lightsail, create: Any) -> None:
    calls = lightsail.calls
    create("shop")
    assert calls.count("CreateContainerService") == 1


def test_services_are_found_in_any_region(lightsail: Lightsail, create: Any) -> None:
    create("shop", "eu-west-1")
    assert lightsail.services["shop"].region == "eu-west-1"
    assert "shop" not in lightsail.region("us-east-1").services


def test_a_service_name_in_two_regions_requires_a_region(lightsail: Lightsail, create: Any) -> None:
    create("shop", "eu-west-1")
    create("shop", "us-east-1")
    assert "shop" in lightsail.services
    with pytest.raises(ConfigurationError, match=r"eu-west-1 and us-east-1: use lightsail\.region"):
        lightsail.services["shop"]
    assert lightsail.region("eu-west-1").services["shop"].region == "eu-west-1"


def test_the_error_for_an_unknown_service_lists_the_known_ones(
    lightsail: Lightsail, create: Any
) -> None:
    create("shop")
    with pytest.raises(UnknownResourceError, match=r"no container service 'shp'; known: shop"):
        lightsail.services["shp"]


def test_a_region_does_not_contain_services_of_other_regions(
    lightsail: Lightsail, create: Any
) -> None:
    create("shop", "us-east-1")
    with pytest.raises(
        UnknownResourceError, match="service in eu-west-1 named 'shop'; known: none"
    ):
        lightsail.region("eu-west-1").services["shop"]


def test_views_return_copies(lightsail: Lightsail, lightsail_client: Any) -> None:
    lightsail_client.create_container_service(
        serviceName="shop",
        power="nano",
        scale=1,
        deployment={"containers": {"web": {"image": "nginx"}}},
    )
    shop = lightsail.services["shop"]
    assert shop.next_deployment is not None
    shop.next_deployment.containers["web"]["image"] = "changed"
    shop.describe()["tags"].append("changed")
    assert shop.next_deployment.containers["web"]["image"] == "nginx"
    assert shop.describe()["tags"] == []


def test_describe_returns_the_same_principal_arn_as_the_api(
    lightsail: Lightsail, lightsail_client: Any, create: Any
) -> None:
    create("shop")
    shop = lightsail.services["shop"]
    puller = shop.describe()["privateRegistryAccess"]["ecrImagePullerRole"]
    assert puller == {"isActive": False, "principalArn": ""}
    lightsail.clock.advance(60)
    access = {"ecrImagePullerRole": {"isActive": True}}
    lightsail_client.update_container_service(serviceName="shop", privateRegistryAccess=access)
    lightsail.clock.advance_until_settled()
    (shown,) = lightsail_client.get_container_services(serviceName="shop")["containerServices"]
    role = shown["privateRegistryAccess"]["ecrImagePullerRole"]
    assert role == shop.describe()["privateRegistryAccess"]["ecrImagePullerRole"]
    assert role["principalArn"].startswith("arn:aws:iam::")


def test_a_stored_image_can_be_deployed(lightsail: Lightsail, create: Any) -> None:
    create("shop")
    lightsail.clock.advance(60)
    image = lightsail.services["shop"].register_image("web")
    assert image == ":shop.web.1"
    response = lightsail.client().create_container_service_deployment(
        serviceName="shop", containers={"web": {"image": image}}
    )
    assert response["containerService"]["state"] == "DEPLOYING"


def test_a_service_stores_no_more_images_than_its_quota(lightsail: Lightsail, create: Any) -> None:
    create("shop")
    shop = lightsail.services["shop"]
    for _ in range(150):
        shop.register_image("web")
    with pytest.raises(
        ConfigurationError, match='"shop" has reached its limit of 150 stored images'
    ):
        shop.register_image("web")


def test_register_image_refuses_an_invalid_label(lightsail: Lightsail, create: Any) -> None:
    create("shop")
    with pytest.raises(ConfigurationError, match='Label "My_Web" does not match pattern'):
        lightsail.services["shop"].register_image("My_Web")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda it: it.clock.advance("60"), "invalid duration '60': expected 0 or more"),
        (lambda it: it.clock.advance([]), "invalid duration"),
        (lambda it: it.clock.advance(-5, minutes=1), "invalid duration -5: expected 0 or more"),
        (lambda it: it.clock.advance(timedelta(-1)), "expected 0 or more seconds"),
        (lambda it: it.clock.advance(minutes=-1), "invalid duration -60: expected 0 or more"),
        (lambda it: it.clock.advance(), "pass a duration"),
        (lambda it: it.clock.advance(1e12), "virtual time ends after"),
        (
            lambda it: it.faults.add("throttling"),
            r"'throttling' is not a fault: pass a fault such as Fault\.throttling",
        ),
        (lambda it: it.faults.add(Fault.throttling), r"Fault\.throttling is not a fault"),
        (
            lambda it: it.faults.add(Fault.throttling(), operation="get_container_services"),
            "did you mean 'GetContainerServices'",
        ),
        (
            lambda it: it.calls.count("get_container_services"),
            "did you mean 'GetContainerServices'",
        ),
        (lambda it: it.region("eu-west").services, "'eu-west' is invalid: expected a Region"),
        (lambda it: it.script.deploy(takes="600"), "invalid takes='600'"),
        (lambda it: it.script.deploy(it.clock), "invalid service=.*: expected a name"),
        (
            lambda _: Certificate("www.example.com"),
            "invalid domains=.*: expected a tuple of strings",
        ),  # type: ignore[arg-type]
        (
            lambda it: it.certificates.update(a=1),
            "expected a Certificate",
        ),
    ],
)
def test_invalid_arguments_are_refused_immediately(
    lightsail: Lightsail, wrong: Any, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        wrong(lightsail)


def test_repr_lists_prepared_scripts_faults_and_changes(lightsail: Lightsail) -> None:
    assert repr(lightsail.script) == "<Script nothing to come>"
    lightsail.script.create(takes=5, optional=True)
    lightsail.script.deploy("shop", never_ends=True, times=2, optional=True)
    assert repr(lightsail.script) == (
        "<Script script.create(takes=5), script.deploy(never_ends=True) of shop>"
    )
    lightsail.faults.add(Fault.throttling(), operation="GetDisks", times=None, optional=True)
    assert repr(lightsail.faults) == ("<Faults faults.add(throttling, operation='GetDisks')>")
    lightsail.another_client.deletes("shop", before="GetDisks", optional=True)
    assert (
        repr(lightsail.another_client)
        == "<AnotherClient another_client.deletes(serviceName='shop')>"
    )


def test_repr_of_services_lists_each_service_of_the_region(
    lightsail: Lightsail, create: Any
) -> None:
    create("shop", "eu-west-1")
    assert repr(lightsail.region("eu-west-1").services) == (
        "[<container service shop PENDING, current None, next None>]"
    )


def test_the_error_for_an_unknown_certificate_lists_the_known_ones(
    lightsail: Lightsail,
) -> None:
    lightsail.certificates["site"] = Certificate(("www.example.com",))
    with pytest.raises(UnknownResourceError, match="no certificate 'sight'; known: site"):
        lightsail.certificates["sight"]


def test_the_timeline_can_be_read_after_the_simulation_has_ended() -> None:
    with simulate() as lightsail:
        lightsail.client().get_container_services()
    assert "GetContainerServices" in lightsail.timeline()


def test_render_shortens_a_long_timeline(lightsail: Lightsail, lightsail_client: Any) -> None:
    for number in range(30):
        lightsail_client.get_container_services()
        with pytest.raises(lightsail_client.exceptions.NotFoundException):
            lightsail_client.get_container_services(serviceName=f"s{number}")
    lines = render(lightsail.account.history, most=12).splitlines()
    assert len(lines) == 13
    assert lines[4] == "… 108 lines omitted; lightsail.timeline() shows them all …"
    assert lines[-1] == lightsail.timeline().splitlines()[-1]
