"""A failing test that checked a service too early lists the changes that are still due."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import Image, Lightsail
from pytest_lightsail.reporting.timeline import next_changes

HOW = ": lightsail.clock.advance_until_settled()"
WEB = {"web": {"image": "nginx"}}


@pytest.fixture
def client(lightsail: Lightsail) -> Any:
    client: Any = lightsail.client()
    client.create_container_service(serviceName="shop", power="nano", scale=1)
    return client


def pending_changes(lightsail: Lightsail) -> list[str]:
    return next_changes(lightsail.account)


def test_a_new_service_is_listed_as_becoming_ready(lightsail: Lightsail, client: Any) -> None:
    lightsail.clock.advance(10)
    assert pending_changes(lightsail) == [f"shop becomes READY in 30 s (assumed, A36){HOW}"]


def test_a_settled_service_has_no_pending_changes(lightsail: Lightsail, client: Any) -> None:
    lightsail.clock.advance_until_settled()
    assert pending_changes(lightsail) == []


def test_the_time_of_a_change_includes_all_remaining_steps(
    lightsail: Lightsail, client: Any
) -> None:
    lightsail.clock.advance_until_settled()
    lightsail.script.deploy(takes=100)
    client.create_container_service_deployment(serviceName="shop", containers=WEB)
    lightsail.clock.advance(25)
    assert pending_changes(lightsail) == [f"shop becomes RUNNING in 75 s{HOW}"]
    lightsail.clock.advance(75)
    assert lightsail.services["shop"].state == "RUNNING"


def test_a_deployment_that_will_fail_is_listed_as_returning_to_ready(
    lightsail: Lightsail, client: Any
) -> None:
    lightsail.clock.advance_until_settled()
    lightsail.script.deploy(fails_at="CREATING_DEPLOYMENT")
    client.create_container_service_deployment(serviceName="shop", containers=WEB)
    (line,) = pending_changes(lightsail)
    assert line.startswith("shop becomes READY in ")


def test_a_state_that_never_ends_names_its_script(lightsail: Lightsail, client: Any) -> None:
    lightsail.clock.advance_until_settled()
    lightsail.script.deploy(never_ends=True)
    client.create_container_service_deployment(serviceName="shop", containers=WEB)
    lightsail.clock.advance_until_settled()
    assert pending_changes(lightsail) == [
        "shop stays DEPLOYING forever: script.deploy(never_ends=True)"
    ]


def test_a_deletion_is_listed_with_the_time_when_the_service_is_gone(
    lightsail: Lightsail, client: Any
) -> None:
    lightsail.clock.advance_until_settled()
    client.delete_container_service(serviceName="shop")
    (line,) = pending_changes(lightsail)
    assert line.startswith("shop is gone in ")


def test_each_service_has_its_own_line(lightsail: Lightsail, client: Any) -> None:
    client.create_container_service(serviceName="blog", power="nano", scale=1)
    assert [line.split()[0] for line in pending_changes(lightsail)] == ["shop", "blog"]


@pytest.mark.parametrize(
    ("image", "row"),
    [
        (Image(), "A36"),
        (Image(starts_after=100), "A69"),
        (Image(responds=503), "A70"),
        (Image(exits=1), "A71"),
        (Image(pull="fails"), "A74"),
    ],
)
def test_an_assumed_time_names_its_assumption(
    lightsail: Lightsail, client: Any, image: Image, row: str
) -> None:
    lightsail.clock.advance_until_settled()
    lightsail.images["shop:1"] = image
    client.create_container_service_deployment(
        serviceName="shop",
        containers={"web": {"image": "shop:1", "ports": {"80": "HTTP"}}},
        publicEndpoint={"containerName": "web", "containerPort": 80},
    )
    assert f" (assumed, {row})" in pending_changes(lightsail)[0]
    lightsail.clock.advance_until_settled()
    assert f"time assumed, {row})" in lightsail.timeline().splitlines()[-1]


def test_a_time_that_a_script_or_a_pace_sets_names_no_assumption(
    lightsail: Lightsail, client: Any
) -> None:
    lightsail.clock.advance_until_settled()
    lightsail.script.deploy(takes=60)
    client.create_container_service_deployment(serviceName="shop", containers=WEB)
    lightsail.clock.advance_until_settled()
    lightsail.script.preset("fast")
    client.update_container_service(serviceName="shop", scale=2)
    lightsail.clock.advance_until_settled()
    assert lightsail.timeline().count("assumed") == 1  # only the creation
