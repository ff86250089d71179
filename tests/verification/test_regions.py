"""The checks distinguish services of the same name in different Regions."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from pytest_lightsail import Fault, Lightsail, attempt
from tests.callers.common import ReleaseFailed, create, deploy, wait_for
from tests.callers.sound import release

HERE, THERE = "us-east-1", "eu-west-1"


def test_reads_are_counted_per_region(lightsail: Lightsail) -> None:
    clients = [lightsail.client(region) for region in (HERE, THERE)]
    for client in clients:
        create(client)

    def poll() -> None:
        for _ in range(20):
            for client in clients:
                client.get_container_services(serviceName="shop")
            time.sleep(1)

    outcome = attempt(poll)
    assert outcome.polled_at_most(20)
    assert not outcome.polled_at_most(19)


def test_a_success_in_another_region_does_not_make_up_for_an_error(lightsail: Lightsail) -> None:
    lightsail.faults.add(Fault.access_denied(), operation="CreateContainerService", nth=2)

    def create_everywhere() -> None:
        for region in (HERE, THERE):
            with suppress(ClientError):
                create(lightsail.client(region))

    assert not attempt(create_everywhere).reported_errors()


def test_the_outcome_contains_the_states_of_both_regions(lightsail: Lightsail) -> None:
    create(lightsail.client(HERE))
    lightsail.clock.advance_until_settled()
    outcome = attempt(create, lightsail.client(THERE))
    assert {whose: state.state for whose, state in outcome.states.items()} == {
        (HERE, "shop"): "READY",
        (THERE, "shop"): "PENDING",
    }
    assert not outcome.is_settled()


def test_a_version_that_runs_in_another_region_is_not_the_previous_version(
    lightsail: Lightsail,
) -> None:
    assert attempt(release, "nginx:1").succeeded  # a service of the same name runs in HERE
    client = lightsail.client(THERE)
    create(client)
    lightsail.clock.advance_until_settled()
    lightsail.script.deploy(fails_at="CREATING_DEPLOYMENT")

    def careless() -> None:
        with suppress(ReleaseFailed):
            wait_for(client, deploy(client, "nginx"))

    fault = attempt(careless).noticed_failure().fault
    assert fault == "the caller returned even though version 1 of shop FAILED"


@pytest.mark.parametrize("here", [HERE, THERE])
def test_a_deletion_in_one_region_does_not_excuse_repeated_calls_in_another(
    lightsail: Lightsail, here: str
) -> None:
    there = THERE if here == HERE else HERE
    for region in (here, there):
        create(lightsail.client(region))
    lightsail.clock.advance_until_settled()
    lightsail.client(there).delete_container_service(serviceName="shop")

    def create_twice() -> None:
        for _ in range(2):
            with suppress(ClientError):
                create(lightsail.client(here))

    assert not attempt(create_twice).retried_only_what_can_succeed()
