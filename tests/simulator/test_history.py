"""The history of an account, and the masking of secrets."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import simulate
from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.simulator.history import Call, Calls, Limit, StateChange, masked
from tests.support.profiles import examples

quick = examples(15, among=50)

SECRET = "hunter2"


def secret_deployment(world) -> dict[str, object]:
    web = {**world.CONTAINERS["web"], "environment": {"TOKEN": SECRET}}
    return {"serviceName": "shop", "containers": {"web": web}}


# --- calls -------------------------------------------------------------------------------------------


def test_calls_are_recorded_in_order(world):
    world.create()
    world.get()
    world.refused("GetContainerServices", serviceName="blog")
    operations = [call.operation for call in world.account.history.calls]
    assert operations == ["CreateContainerService", "GetContainerServices", "GetContainerServices"]


def test_a_history_with_a_limit_drops_only_entries_beyond_it(new_world):
    def call_thirty_times(limit):
        world = new_world()
        world.account.history.limit = limit
        for _ in range(30):
            world.call("GetContainerServices")
        return world.account.history

    size = call_thirty_times(None).size
    assert len(call_thirty_times(Limit(entries=30, size=2 * size)).calls) == 30
    assert len(call_thirty_times(Limit(entries=60, size=size)).calls) == 30
    assert len(call_thirty_times(Limit(entries=29, size=2 * size)).calls) == 29
    assert len(call_thirty_times(Limit(entries=60, size=size // 2)).calls) == 15


def test_a_successful_call_has_its_response(world):
    service = world.create()
    (call,) = world.account.history.calls
    assert call.response == {"containerService": service}
    assert (call.status, call.error, call.message, call.rule, call.fault) == (
        200,
        None,
        "",
        None,
        None,
    )


def test_a_refused_call_has_its_error_and_the_broken_rule(world):
    world.refused("UpdateContainerService", serviceName="shop", scale=0)
    (call,) = world.account.history.calls
    assert (call.status, call.error, call.rule) == (400, "InvalidInputException", "scale.range")
    assert call.message == "scale is not valid: found 0, allowed: 1 to 20."
    assert call.response is None


def test_a_call_has_the_parameters_that_were_sent(world):
    world.ready()
    sent = secret_deployment(world)
    world.call("CreateContainerServiceDeployment", **sent)
    assert world.account.history.calls[-1].parameters == sent


def test_a_call_has_its_region_and_service(world):
    world.create(region="eu-west-1")
    (call,) = world.account.history.calls
    assert (call.region, call.service) == ("eu-west-1", "shop")


def test_a_call_that_names_no_service_has_no_service(world):
    world.call("GetContainerServices")
    world.call("GetContainerServices", serviceName=7)
    assert [call.service for call in world.account.history.calls] == [None, None]


def test_a_call_has_the_instant_of_its_response(new_world):
    world = new_world(latency=0.5)
    world.advance(10)
    world.call("GetContainerServices")
    (call,) = world.account.history.calls
    assert (call.at, call.at_ns) == (10.5, 10_500_000_000)


def test_later_changes_do_not_affect_a_recorded_response(world):
    world.running()
    world.deploy()
    call = world.account.history.calls[-1]
    given = call.response
    world.settle()
    world.update(scale=9)
    assert call.response == given
    assert given["containerService"]["state"] == "DEPLOYING"


def test_a_response_read_from_a_call_is_a_copy(world):
    world.create()
    (call,) = world.account.history.calls
    call.response["containerService"]["state"] = "HACKED"
    call.response["containerService"]["location"]["regionName"] = "mars"
    assert call.response["containerService"]["state"] == "PENDING"
    assert world.get()["location"]["regionName"] == world.HOME


def test_the_repr_of_a_call_shows_operation_parameters_instant_and_outcome(world):
    world.create()
    world.refused("GetContainerServices", serviceName="blog")
    first, second = world.account.history.calls
    assert repr(first) == (
        "<CreateContainerService(serviceName='shop', power='nano', scale=1) at 0 s: ok>"
    )
    assert repr(second) == "<GetContainerServices(serviceName='blog') at 0 s: NotFoundException>"


def test_the_repr_of_a_call_without_an_operation_shows_no_operation(world):
    world.send(x_amz_target=None)
    assert repr(world.account.history.calls[0]) == (
        "<no operation() at 0 s: UnknownOperationException>"
    )


# --- state changes -----------------------------------------------------------------------------------


def changes(world) -> list[StateChange]:
    return [event for event in world.account.history.entries if isinstance(event, StateChange)]


def test_state_changes_are_recorded_with_their_instants(world):
    world.create()
    world.settle()
    assert [(one.state, one.at_ns) for one in changes(world)] == [
        ("PENDING", 0),
        ("READY", 40_000_000_000),
    ]


def test_a_state_change_records_whether_a_call_caused_it(world):
    world.create()
    world.settle()
    assert [one.by_call for one in changes(world)] == [True, False]


def test_a_state_change_before_the_first_call_is_not_caused_by_a_call():
    with simulate() as lightsail:
        lightsail.add_service("shop", state="PENDING")
        lightsail.clock.advance(60)
        events = lightsail.account.history.entries
    changes = [event for event in events if isinstance(event, StateChange)]
    assert [(one.state, one.by_call) for one in changes] == [("PENDING", False), ("READY", False)]


def test_a_state_change_during_the_latency_of_a_call_is_not_caused_by_the_call(new_world):
    world = new_world(latency=50)
    world.create()
    world.call("GetContainerServices")
    assert [(one.state, one.by_call) for one in changes(world)] == [
        ("PENDING", True),
        ("READY", False),
    ]


def test_a_state_change_names_the_deployment_that_changes(world):
    world.ready()
    world.deploy()
    world.settle()
    deployments = [one.deployment for one in changes(world) if one.deployment]
    assert deployments == ["deployment 1 ACTIVATING", "deployment 1 ACTIVE"]


def test_the_first_and_last_state_changes_of_a_scripted_event_name_the_script(world):
    world.ready()
    world.account.script.deploy(fails_at="CREATING_DEPLOYMENT")
    world.deploy()
    world.settle()
    causes = [one.cause for one in changes(world)]
    assert [cause for cause in causes if cause] == [
        "script.deploy(fails_at='CREATING_DEPLOYMENT')"
    ] * 2
    assert causes[-1]


def test_a_state_change_without_a_script_has_no_cause(world):
    world.running()
    assert not [one for one in changes(world) if one.cause]


def test_each_transition_along_an_edge_is_counted_once(world):
    world.running()
    world.deploy()
    world.settle()
    taken = {(edge.state, edge.trigger): n for edge, n in world.account.history.edges.items()}
    assert (taken["READY", "deploy"], taken["RUNNING", "deploy"]) == (1, 1)
    assert (taken["DEPLOYING", "activated"], taken["ACTIVATING", "activated"]) == (2, 2)


# --- secrets -----------------------------------------------------------------------------------------


def test_environment_values_are_masked(world):
    world.ready()
    world.call("CreateContainerServiceDeployment", **secret_deployment(world))
    call = world.account.history.calls[-1]
    assert SECRET not in repr(call)
    assert "'TOKEN': '***'" in repr(call)


def test_the_secrets_of_a_refused_call_are_masked(world):
    world.call("CreateContainerServiceDeployment", **secret_deployment(world))
    call = world.account.history.calls[-1]
    assert call.error == "NotFoundException"
    assert SECRET not in repr(call) + call.message


def test_the_secrets_of_a_deployment_given_at_creation_are_masked(world):
    containers = secret_deployment(world)["containers"]
    world.create(deployment={"containers": containers})
    assert SECRET not in repr(world.account.history.calls)


def test_other_parameters_are_not_masked():
    parameters = {"serviceName": "shop", "tags": [{"key": "a"}], "scale": 1, "isDisabled": None}
    assert masked(parameters) == parameters


@pytest.mark.parametrize(
    "value",
    [{"A": SECRET}, [SECRET], SECRET, {"A": [SECRET]}, {"A": {"B": SECRET}}, [{"A": SECRET}]],
)
def test_a_secret_is_masked_whatever_its_form(value):
    assert SECRET not in repr(masked({"containers": {"web": {"environment": value}}}))


def test_a_password_is_masked():
    assert masked({"registryLogin": {"username": "u", "password": SECRET}}) == {
        "registryLogin": {"username": "u", "password": "***"}
    }


@pytest.mark.parametrize("name", ["environment", "password"])
def test_a_container_named_environment_or_password_is_not_masked(name):
    containers = {"containers": {name: {"image": "nginx", "environment": {"TOKEN": SECRET}}}}
    shown = masked(containers)["containers"][name]
    assert shown["image"] == "nginx"
    assert shown["environment"] == {"TOKEN": "***"}


@quick
@given(st.dictionaries(st.text("aZ_9é", max_size=5), st.just(SECRET), max_size=4))
def test_the_names_of_environment_variables_are_not_masked(environment):
    assert list(masked({"environment": environment})["environment"]) == list(environment)


def test_masking_does_not_change_the_original():
    parameters = {"environment": {"TOKEN": SECRET}}
    masked(parameters)
    assert parameters == {"environment": {"TOKEN": SECRET}}


# --- the list of calls -------------------------------------------------------------------------------


OPERATIONS = dict.fromkeys(("A", "B", "C", "X", "ReadThings"), ("scale", "tags"))


def a_call(operation: str) -> Call:
    return Call(operation, "us-east-1", {}, 0, 200)


@pytest.fixture
def calls():
    return Calls([a_call(name) for name in ("A", "B", "A", "C")], OPERATIONS)


def test_calls_are_counted_by_operation(calls):
    assert (calls.count("A"), calls.count("B"), calls.count("X")) == (2, 1, 0)


def test_calls_filtered_by_operation_keep_their_order(calls):
    assert [call.operation for call in calls("A")] == ["A", "A"]
    assert calls("A")("B").count("A") == 0


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_calls_can_be_copied(calls, copied):
    assert [*copied(calls)] == [*calls]
    assert copied(calls).count("A") == 2


def test_calls_are_a_sequence(calls):
    assert len(calls) == 4
    assert calls[0].operation == "A"
    assert calls[-1].operation == "C"
    assert [call.operation for call in calls[1:3]] == ["B", "A"]
    assert [call.operation for call in calls] == ["A", "B", "A", "C"]
    assert calls[1] in calls


def test_last_is_the_last_call(calls):
    assert calls.last is calls[-1]


def test_calls_can_be_filtered_by_parameters():
    blue, red = ({"scale": scale, "tags": [{"key": key}]} for scale, key in ((1, "a"), (2, "b")))
    calls = Calls([Call("A", "us-east-1", one, 0, 200) for one in (blue, red)], OPERATIONS)
    assert [call.parameters for call in calls(scale=1)] == [blue]
    assert [call.parameters for call in calls("A", tags=[{"key": "b"}])] == [red]
    assert calls.count("A", scale=3) == 0


@pytest.mark.parametrize("name", ["read_things", "ReadThing"])
def test_counting_an_unknown_operation_is_refused(calls, name):
    with pytest.raises(ConfigurationError, match="did you mean 'ReadThings'"):
        calls.count(name)


def test_counting_by_an_unknown_parameter_of_an_operation_is_refused(calls):
    with pytest.raises(
        ConfigurationError,
        match="unknown parameter 'Scales' of A; did you mean 'scale'",
    ):
        calls.count("A", Scales=1)


def test_filtering_by_a_parameter_of_no_operation_is_refused(calls):
    with pytest.raises(ConfigurationError, match="unknown parameter 'tag'; did you mean 'tags'"):
        calls(tag=[])


def test_empty_calls_are_falsy_and_have_no_last_call():
    assert not Calls([], OPERATIONS)
    assert Calls([], OPERATIONS).last is None
