"""Answers as later releases may give them: edited on their way out, and told of in the journal."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail import (
    ConfigurationError,
    ContractViolationError,
    Fault,
    Lightsail,
    UnusedError,
    simulate,
)

GET = "GetContainerServices"
STATE = "containerServices[].state"
NEW = {"serviceName": "shop", "power": "nano", "scale": 1}


@pytest.fixture
def client(lightsail: Lightsail) -> Any:
    client = lightsail.client()
    client.create_container_service(**NEW)
    return client


def shop(client: Any, **parameters: Any) -> dict[str, Any]:
    service: dict[str, Any] = client.get_container_services(**parameters)["containerServices"][0]
    return service


def test_an_unknown_state_arrives_as_it_is(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at=STATE, becomes="HIBERNATING")
    assert shop(client)["state"] == "HIBERNATING"
    assert lightsail.services["shop"].state == "PENDING"


def test_an_unknown_member_is_dropped_by_the_parser(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at="containerServices[]", gains={"mood": {"now": ["good", None]}})
    assert "mood" not in shop(client)
    (call,) = lightsail.calls(GET)
    assert call.response is not None
    assert call.response["containerServices"][0]["mood"] == {"now": ["good", None]}


def test_a_missing_member_is_absent(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at="containerServices[]", lacks="url")
    assert "url" not in shop(client)


def test_the_answer_as_a_whole_can_gain_a_member(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, gains={"nextPage": "abc"})
    assert shop(client)["state"] == "PENDING"
    assert lightsail.calls.last.response["nextPage"] == "abc"  # type: ignore[union-attr,index]


def test_every_element_of_a_list_and_every_value_of_a_map_is_changed(
    lightsail: Lightsail, client: Any
) -> None:
    containers = {"web": {"image": "nginx"}, "db": {"image": "postgres"}}
    client.create_container_service(
        **{**NEW, "serviceName": "two"}, deployment={"containers": containers}
    )
    image = "containerServices[].nextDeployment.containers[].image"
    lightsail.future(GET, at=STATE, becomes="HIBERNATING")
    lightsail.future(GET, at=image, becomes="sealed")
    shop, two = client.get_container_services()["containerServices"]
    assert {shop["state"], two["state"]} == {"HIBERNATING"}
    images = [one["image"] for one in two["nextDeployment"]["containers"].values()]
    assert images == ["sealed", "sealed"]


def test_the_account_itself_stays_as_it_is(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at="containerServices[].tags", becomes=[{"key": "new"}], times=1)
    assert shop(client)["tags"] == [{"key": "new"}]
    assert shop(client)["tags"] == []


def test_the_journal_and_the_timeline_tell_of_the_change(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at=STATE, becomes="HIBERNATING")
    shop(client)
    created, read = lightsail.calls
    assert (created.changed, read.changed) == ("", f"{STATE} becomes 'HIBERNATING'")
    assert f"→ shop HIBERNATING (future: {STATE} becomes 'HIBERNATING')" in lightsail.timeline()


@pytest.mark.parametrize("member", ["containerServiceName", "state"])
def test_the_timeline_can_do_without_any_member(
    lightsail: Lightsail, client: Any, member: str
) -> None:
    lightsail.future(GET, at="containerServices[]", lacks=member)
    assert member not in shop(client)
    assert "?" in lightsail.timeline()


def test_changes_add_up(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at="containerServices[]", lacks="url")
    lightsail.future(GET, at=STATE, becomes="HIBERNATING")
    found = shop(client)
    assert "url" not in found
    assert found["state"] == "HIBERNATING"


def test_some_answers_are_changed_and_others_are_not(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at=STATE, becomes="HIBERNATING", nth=2, times=2)
    states = [shop(client)["state"] for _ in range(4)]
    assert states == ["PENDING", "HIBERNATING", "HIBERNATING", "PENDING"]


def test_changes_are_to_come_until_the_last_answer_that_they_are_for(
    lightsail: Lightsail, client: Any
) -> None:
    lightsail.future(GET, at=STATE, becomes="HIBERNATING", times=2)
    to_come = []
    for _ in range(3):
        to_come.append(lightsail.account.future.to_come())
        shop(client)
    words = f"future('{GET}': {STATE} becomes 'HIBERNATING')"
    assert to_come == [[f"{words} × 2"], [words], []]


def test_only_answers_that_have_the_place_count(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(
        GET, at="containerServices[].currentDeployment.state", becomes="SLEEPING", times=1
    )
    assert "currentDeployment" not in shop(client)
    lightsail.clock.advance(60)
    client.create_container_service_deployment(
        serviceName="shop", containers={"web": {"image": "nginx"}}
    )
    lightsail.clock.advance(400)
    assert shop(client)["currentDeployment"]["state"] == "SLEEPING"
    assert shop(client)["currentDeployment"]["state"] == "ACTIVE"


def test_one_service_alone_can_be_changed(lightsail: Lightsail, client: Any) -> None:
    client.create_container_service(**{**NEW, "serviceName": "other"})
    lightsail.future(GET, at=STATE, becomes="HIBERNATING", service="other")
    assert shop(client, serviceName="shop")["state"] == "PENDING"
    assert shop(client, serviceName="other")["state"] == "HIBERNATING"


def test_faults_come_before_and_after(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, at=STATE, becomes="HIBERNATING", times=1)
    lightsail.faults.add(Fault.throttling(), operation=GET)
    assert shop(client)["state"] == "HIBERNATING"
    assert [call.error for call in lightsail.calls(GET)] == ["ThrottlingException", None]


def test_an_error_is_not_changed(lightsail: Lightsail, client: Any) -> None:
    lightsail.future(GET, gains={"mood": "good"}, optional=True)
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_container_services(serviceName="unknown")
    assert lightsail.calls.last.changed == ""  # type: ignore[union-attr]


def test_a_change_that_no_answer_had_is_told_of_at_the_end() -> None:
    expected = r"future\('GetContainerServices' of shop: the response gains mood\)"
    with pytest.raises(UnusedError, match=expected), simulate() as lightsail:
        lightsail.future(GET, gains={"mood": "good"}, service="shop")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({}, "one of becomes=…, gains=… and lacks=…"),
        ({"lacks": "url", "gains": {"a": 1}}, "one of becomes=…, gains=… and lacks=…"),
        ({"becomes": {}}, "becomes=… also needs at=…"),
        ({"at": "services", "lacks": "a"}, "no 'services': .* it has containerServices"),
        ({"at": "containerServices.state", "becomes": "X"}, r"no 'state'; it has \[\] only"),
        ({"at": STATE, "becomes": 3}, "state is always a string, which 3 is not"),
        ({"at": "containerServices[].scale", "becomes": True}, "is always a integer"),
        ({"at": "containerServices", "lacks": "a"}, "is a list, which has no members"),
        ({"at": "containerServices[]", "gains": {"url": ""}}, "ContainerService already has url"),
        (
            {"at": "containerServices[]", "lacks": "mood"},
            "ContainerService has no optional member 'mood'",
        ),
        ({"at": "containerServices[].scale", "becomes": float("nan")}, "can only hold JSON"),
        ({"gains": {"a": {1}}}, "the response can only hold JSON"),
        ({"gains": {"a": 1}, "times": 0}, "times=.*: expected a whole number from 1"),
        ({"gains": {"a": 1}, "nth": 0}, "nth=0: expected a whole number from 1"),
    ],
)
def test_what_no_release_would_do_is_refused(
    lightsail: Lightsail, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        lightsail.future(GET, **change)


def test_an_operation_that_does_not_exist_is_refused(lightsail: Lightsail) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'GetContainerServices'"):
        lightsail.future("GetContainerService", gains={"a": 1})


def test_an_answer_of_the_future_can_be_given_to_other_operations(lightsail: Lightsail) -> None:
    answer = {"instances": [{"name": "x" * 300, "mood": 1, "location": {"regionName": "moon-1"}}]}
    with pytest.raises(ContractViolationError):
        lightsail.respond("GetInstances", answer)
    lightsail.respond("GetInstances", answer, future=True)
    (instance,) = lightsail.client().get_instances()["instances"]
    assert instance == {"name": "x" * 300, "location": {"regionName": "moon-1"}}


def test_an_answer_of_the_future_can_be_made_by_a_function(lightsail: Lightsail) -> None:
    lightsail.respond(
        "GetInstance",
        lambda call: {"instance": {"name": call["instanceName"], "state": {"name": 1}}},
        future=True,
    )
    with pytest.raises(ContractViolationError, match="name"):
        lightsail.client().get_instance(instanceName="web")
    lightsail.account.swallowed.clear()  # the test has seen it


def test_a_canned_answer_can_be_changed_too(lightsail: Lightsail) -> None:
    lightsail.respond("GetInstances", {"instances": [{"name": "web"}]})
    lightsail.future("GetInstances", at="instances[].name", becomes="web-2")
    assert lightsail.client().get_instances()["instances"] == [{"name": "web-2"}]


def test_secrets_stay_out_of_the_journal(lightsail: Lightsail, client: Any) -> None:
    web = {"web": {"image": "nginx", "environment": {"TOKEN": "old"}}}
    client.create_container_service(**{**NEW, "serviceName": "two"}, deployment={"containers": web})
    place = "containerServices[].nextDeployment.containers[].environment[]"
    lightsail.future(GET, at=place, becomes="hunter2")
    found = shop(client, serviceName="two")
    assert found["nextDeployment"]["containers"]["web"]["environment"] == {"TOKEN": "hunter2"}
    assert lightsail.calls.last.changed == f"{place} becomes '***'"  # type: ignore[union-attr]
    assert "hunter2" not in lightsail.timeline()
