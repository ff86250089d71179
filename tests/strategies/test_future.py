"""Responses of later releases: which parts can change, and how."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import find
from hypothesis import strategies as st

from pytest_lightsail import simulate
from pytest_lightsail.exceptions import UnknownOperationError
from pytest_lightsail.model.changes import Edit
from pytest_lightsail.model.service import load
from pytest_lightsail.simulator.operations import OPERATIONS
from pytest_lightsail.strategies.scenarios import (
    CHANGES,
    MEANINGFUL_ABSENCE,
    FutureChange,
    future_changes,
)
from tests.support.profiles import drawn, examples, for_all

GET = "GetContainerServices"


def of(change: str, operation: str = GET) -> list[FutureChange]:
    return [place for place in future_changes(operation) if place.kind == change]


def edits(found: list[FutureChange]) -> list[Any]:
    return drawn(st.sampled_from(found).flatmap(lambda place: place.edits), 30)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_place_of_a_simulated_operation_can_be_changed(operation: str) -> None:
    """The account accepts each change."""
    if future_changes(operation):
        every = st.sampled_from(future_changes(operation)).flatmap(lambda place: place.edits)
        for_all(every, 6, lambda edit: Edit(**edit).check(load(), operation))


def test_an_unknown_value_is_not_one_of_today() -> None:
    for edit in edits([place for place in of("unknown-value") if place.at.endswith("].state")]):
        assert edit["becomes"] not in load().shapes["ContainerServiceState"].enum


def test_an_unknown_value_is_written_like_those_of_today() -> None:
    powers = edits([place for place in of("unknown-value") if place.at.endswith("].power")])
    states = edits([place for place in of("unknown-value") if place.at.endswith("].state")])
    assert all(edit["becomes"].islower() for edit in powers)
    assert all(edit["becomes"].isupper() for edit in states)


def test_a_longer_string_is_longer_than_any_of_today() -> None:
    assert all(len(edit["becomes"]) > 255 for edit in edits(of("longer-string", "GetInstances")))


def test_every_operation_has_places_and_no_place_is_there_twice() -> None:
    for operation, entry in load().operations.items():
        found = [(place.kind, place.at) for place in future_changes(operation)]
        assert len(found) == len(set(found))
        assert bool(found) == (entry.output is not None), operation


def test_the_result_and_what_a_thing_is_are_always_there() -> None:
    missing = {place.at for place in of("missing-member")}
    assert len(missing) > 20
    assert "containerServices" not in missing
    names = {at.rpartition(".")[2] for at in missing}
    assert not names & {"state", "containerName", "version", "arn", *MEANINGFUL_ABSENCE}
    assert {"principalArn", "privateDomainName"} <= names  # these identify something else


def test_what_a_thing_is_stays_as_short_as_it_is() -> None:
    longer = {
        place.at.rpartition(".")[2]
        for operation in load().operations
        for place in of("longer-string", operation)
    }
    assert longer
    assert not longer & {"state", "containerName", "version", "arn"}


def test_the_places_at_the_top_come_first_and_of_them_the_commonest_change() -> None:
    firsts = {change: of(change)[0].at for change in CHANGES}
    assert firsts == {
        "unknown-value": "containerServices[].power",
        "unknown-member": "",
        "missing-member": "containerServices[].createdAt",
        "longer-string": "containerServices[].powerId",
    }


def test_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownOperationError, match="GetContainers"):
        future_changes("GetContainers")


def test_every_change_of_the_accounts_own_answers_reaches_the_caller() -> None:
    with simulate(allow_unused=True) as lightsail:
        client = lightsail.client()
        web = {"image": "nginx", "ports": {"80": "HTTP"}, "environment": {"A": "b"}}
        deployment = {
            "containers": {"web": web},
            "publicEndpoint": {"containerName": "web", "containerPort": 80},
        }
        client.create_container_service(
            serviceName="shop",
            power="nano",
            scale=1,
            tags=[{"key": "a", "value": "b"}],
            deployment=deployment,
        )
        lightsail.clock.advance(400)
        client.create_container_service_deployment(serviceName="shop", **deployment)
        lightsail.clock.advance(5)
        for place in future_changes(GET):
            change = find(place.edits, lambda _: True, settings=examples(10))
            lightsail.future(GET, **change, times=1)
            client.get_container_services(serviceName="shop")
        changed = [call.changed for call in lightsail.calls(GET)]
    # A part that this account lacks cannot change.
    absent = [
        place.at for place, told in zip(future_changes(GET), changed, strict=True) if not told
    ]
    assert set(absent) <= {
        "containerServices[].publicDomainNames",
        "containerServices[].publicDomainNames[][]",
        *(path for path in absent if ".command[]" in path),
    }
