"""Callers whose behaviour looks like a bug but is sound are not reported."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import strategies as st

from pytest_lightsail import CallerFaultError, Fault, Lightsail, Scenario, attempt, verify_caller
from tests.callers.common import connect, create, deploy, ensure_service, find, wait_for, wait_until
from tests.callers.sound import release
from tests.callers.styles import fire_and_forget


def delete(client: Any) -> None:
    """Delete the service if it exists."""
    with suppress(client.exceptions.NotFoundException):
        client.delete_container_service(serviceName="shop")


def delete_and_wait() -> None:
    client = connect()
    delete(client)
    wait_until(lambda: find(client) is None)


def recreate() -> None:
    """Delete the service, and create it as soon as its name is free."""
    client = connect()
    delete(client)

    def created() -> bool:
        try:
            create(client)
        except client.exceptions.InvalidInputException:
            service = find(client)
            return service is not None and service["state"] != "DELETING"
        return True

    wait_until(created, pause=2)
    ensure_service(client)


# --- repeated calls ----------------------------------------------------------------------------------


def test_a_deletion_may_be_repeated_after_its_response_was_lost() -> None:
    lost = Scenario().fault("answer_lost", operation="DeleteContainerService", times=2)
    verify_caller(delete_and_wait, scenarios=st.just(lost), examples=3)


def test_a_read_refused_for_an_expired_token_may_be_repeated_once(lightsail: Lightsail) -> None:
    def look(times: int) -> None:
        for _ in range(times):
            with suppress(ClientError):
                find(connect())

    denied = {"operation": "GetContainerServices", "optional": True}
    lightsail.faults.add(Fault.error("ExpiredTokenException"), times=2, **denied)
    assert attempt(look, 2).retried_only_what_can_succeed()
    lightsail.faults.add(Fault.error("ExpiredTokenException"), times=3, **denied)
    assert not attempt(look, 3).retried_only_what_can_succeed()


def test_a_call_may_not_be_repeated_after_a_slow_refusal(lightsail: Lightsail) -> None:
    create(connect())
    lightsail.faults.add(Fault.slow_answer(5), operation="CreateContainerService")

    def stubborn() -> None:
        for _ in range(2):
            with suppress(ClientError):
                create(connect())

    assert not attempt(stubborn).retried_only_what_can_succeed()


def test_a_slow_not_found_response_to_a_deletion_may_be_ignored(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.slow_answer(5), operation="DeleteContainerService")
    assert attempt(delete_and_wait).reported_errors()


def test_a_lost_not_found_response_to_a_deletion_may_not_be_ignored(
    lightsail: Lightsail,
) -> None:
    lightsail.faults.add(Fault.answer_lost(), operation="DeleteContainerService", times=None)

    def careless() -> None:
        with suppress(ReadTimeoutError):
            delete(connect())

    fault = attempt(careless).reported_errors().fault
    assert fault == "the caller returned even though DeleteContainerService ended with read_timeout"


def test_a_creation_may_be_repeated_until_a_deletion_has_freed_the_name(
    lightsail: Lightsail,
) -> None:
    ensure_service(connect())
    lightsail.script.delete(takes=60)
    outcome = attempt(recreate)
    assert len(outcome.calls("CreateContainerService")) > 2
    assert outcome.retried_only_what_can_succeed()
    assert outcome.succeeded


def test_a_caller_that_deletes_and_recreates_a_service_is_sound() -> None:
    verify_caller(recreate, worlds=["ready"], pace="fast", examples=10)


# --- early returns -----------------------------------------------------------------------------------


def test_a_return_during_a_deletion_is_too_early() -> None:
    with pytest.raises(
        CallerFaultError, match="returns-too-early: the caller returned while shop was still DEL"
    ):
        verify_caller(lambda: delete(connect()), examples=5)


def test_an_update_by_another_client_need_not_be_settled(lightsail: Lightsail) -> None:
    ensure_service(connect())

    def update_and_rest() -> None:
        client = connect()
        client.update_container_service(serviceName="shop", scale=2)
        time.sleep(200)
        ensure_service(client)
        time.sleep(60)

    lightsail.another_client.updates("shop", power="micro", after=240)
    outcome = attempt(update_and_rest)
    assert outcome.states["us-east-1", "shop"].state == "UPDATING"
    assert outcome.is_settled()


def test_tagging_a_service_does_not_settle_an_update(lightsail: Lightsail) -> None:
    ensure_service(connect())

    def update_and_tag() -> None:
        client = connect()
        client.update_container_service(serviceName="shop", scale=2)
        client.tag_resource(resourceName="shop", tags=[{"key": "team"}])

    assert (
        attempt(update_and_tag).is_settled().fault
        == "the caller returned while shop was still UPDATING"
    )


def test_deleting_an_image_may_be_repeated_until_a_deployment_replaces_it(
    lightsail: Lightsail,
) -> None:
    assert attempt(release, "nginx:1").succeeded
    lightsail.services["shop"].register_image("web")
    client = connect()
    wait_for(client, deploy(client, ":shop.web.1"))

    def replace() -> None:
        version = deploy(client, "nginx:2")
        wait_until(lambda: removed(client), pause=30)
        wait_for(client, version)

    assert attempt(replace).retried_only_what_can_succeed()


def removed(client: Any) -> bool:
    with suppress(ClientError):
        client.delete_container_image(serviceName="shop", image=":shop.web.1")
        return True
    return False


def test_a_caller_with_waits_false_need_not_poll_until_a_deployment_ends() -> None:
    report = verify_caller(
        fire_and_forget,
        waits=False,
        worlds=["running"],
        scenarios=st.just(Scenario().deploy(takes=800)),
        examples=1,
    )
    assert report.returned
