"""The timeline: the calls and states that a failing test shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.options import Options
from pytest_lightsail.reporting.timeline import render
from pytest_lightsail.simulator.account import Account
from pytest_lightsail.simulator.faults import Fault
from pytest_lightsail.simulator.history import Call, History, StateChange
from pytest_lightsail.simulator.wire import CONTENT_TYPE, Request
from tests.support.profiles import examples
from tests.support.timelines import HOME, SECRET, became, called

quick = examples(15, among=50)


def shop(state: str = "READY", **members: Any) -> dict[str, Any]:
    return {"containerServiceName": "shop", "state": state, **members}


def timeline(*events: Call | StateChange) -> list[str]:
    history = History()
    for event in events:
        history.add(event)
    return render(history).split("\n")


# --- no calls ----------------------------------------------------------------------------------------


def test_an_empty_timeline_says_that_nothing_happened():
    assert timeline() == ["Nothing happened: no Lightsail call reached the account."]


# --- one call ----------------------------------------------------------------------------------------


def test_a_call_shows_its_time_parameters_and_response():
    call = called(0.1, "DeleteContainerService", parameters={"serviceName": "shop"})
    assert timeline(call) == [
        "0:00:00.1  DeleteContainerService(serviceName='shop')",
        "              → ok",
    ]


def test_a_call_without_parameters_shows_empty_parentheses():
    assert timeline(called())[0] == "0:00:00.0  GetContainerServices()"


def test_a_request_without_an_operation_is_shown_as_no_operation():
    assert timeline(called(operation=""))[0] == "0:00:00.0  (no operation)()"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0:00:00.0"),
        (0.0999, "0:00:00.0"),
        (59.99, "0:00:59.9"),
        (60, "0:01:00.0"),
        (3599.9, "0:59:59.9"),
        (3600, "1:00:00.0"),
        (36 * 3600 + 61.5, "36:01:01.5"),
    ],
)
def test_a_time_is_shown_in_hours_minutes_seconds_and_tenths(seconds, shown):
    assert timeline(called(seconds))[0].split("  ")[0] == shown


def response(call: Call) -> str:
    return timeline(call)[1].removeprefix("              → ")


def test_a_response_shows_the_name_and_state_of_a_service():
    assert response(called(answer={"containerService": shop("PENDING")})) == "shop PENDING"


def test_a_response_shows_the_step_of_a_service():
    service = shop("DEPLOYING", stateDetail={"code": "CREATING_DEPLOYMENT", "message": "…"})
    assert (
        response(called(answer={"containerService": service}))
        == "shop DEPLOYING, CREATING_DEPLOYMENT"
    )


def test_a_response_shows_the_deployments_of_a_service():
    service = shop(
        "DEPLOYING",
        currentDeployment={"version": 1, "state": "ACTIVE"},
        nextDeployment={"version": 2, "state": "ACTIVATING"},
    )
    assert response(called(answer={"containerServices": [service]})) == (
        "shop DEPLOYING, current 1 ACTIVE, next 2 ACTIVATING"
    )


def test_a_response_shows_each_of_its_services():
    services = [shop("READY"), {**shop("RUNNING"), "containerServiceName": "blog"}]
    assert response(called(answer={"containerServices": services})) == "shop READY, blog RUNNING"


def test_a_response_with_an_empty_list_says_no_container_services():
    assert response(called(answer={"containerServices": []})) == "no container services"


def test_an_error_shows_its_name_its_message_and_the_broken_rule():
    call = called(
        status=400,
        answer=None,
        error="InvalidInputException",
        message="Scale 0 is not valid.",
        rule="scale.range",
    )
    assert response(call) == (
        "InvalidInputException: Scale 0 is not valid. "
        "[rule scale.range, assumed (A03): AWS's actual message is unknown]"
    )


def test_an_injected_error_names_its_fault():
    call = called(error="ThrottlingException", message="Rate exceeded", fault="throttling")
    assert response(call) == "ThrottlingException (fault throttling): Rate exceeded"


def test_a_lost_connection_names_its_fault():
    call = called(status=None, answer=None, error="read_timeout", fault="read_timeout")
    assert response(call) == "read_timeout (fault read_timeout)"


# --- parameters --------------------------------------------------------------------------------------


def secret_containers(value: Any = SECRET) -> dict[str, Any]:
    return {"web": {"image": "nginx", "environment": {"TOKEN": value}}}


@pytest.mark.parametrize(
    "parameters",
    [
        {"containers": secret_containers()},
        {"deployment": {"containers": secret_containers()}},
        {"containers": secret_containers([SECRET])},
        {"containers": {"web": {"environment": SECRET}}},
    ],
    ids=json.dumps,
)
def test_the_values_of_environment_variables_are_masked(parameters):
    text = "\n".join(timeline(called(parameters=parameters)))
    assert SECRET not in text
    assert "***" in text


def test_the_names_of_environment_variables_are_shown():
    assert "'TOKEN': '***'" in timeline(called(parameters={"containers": secret_containers()}))[0]


def test_a_long_parameter_is_cut():
    line = timeline(called(parameters={"tags": ["x" * 50] * 50, "scale": 1}))[0]
    assert line.endswith("…, scale=1)")
    assert len(line) < 250


def test_a_secret_is_masked_before_its_parameter_is_cut():
    containers = {f"c{number}": secret_containers()["web"] for number in range(10)}
    line = timeline(called(parameters={"containers": containers}))[0]
    assert line.endswith("…)")
    assert SECRET not in line


# --- repeated calls ----------------------------------------------------------------------------------


def test_repeated_calls_are_shown_on_one_line():
    assert timeline(called(10), called(15), called(20)) == [
        "0:00:10.0  GetContainerServices() × 3, every 5 s until 0:00:20.0",
        "              → ok",
    ]


@quick
@given(st.integers(2, 500), st.integers(1, 60))
def test_any_number_of_equal_calls_is_shown_on_one_line(count, pause):
    lines = timeline(*(called(number * pause) for number in range(count)))
    assert len(lines) == 2
    assert f"× {count}, every {pause} s until" in lines[0]


@pytest.mark.parametrize(
    "other",
    [
        {"operation": "DeleteContainerService"},
        {"region": "eu-west-1"},
        {"parameters": {"serviceName": "shop"}},
        {"answer": {"containerServices": [shop()]}},
        {"error": "ThrottlingException"},
        {"error": "ThrottlingException", "message": "Rate exceeded"},
        {"error": "ThrottlingException", "fault": "throttling"},
    ],
    ids=json.dumps,
)
def test_a_different_call_is_shown_on_its_own_line(other):
    assert len(timeline(called(1), called(2, **other), called(3))) == 6


def test_a_state_change_separates_repeated_calls():
    lines = timeline(called(1), called(2), became("RUNNING", 2.5), called(3), called(4))
    assert lines == [
        "0:00:01.0  GetContainerServices() × 2, every 1 s until 0:00:02.0",
        "              → ok",
        "0:00:02.5    shop: RUNNING",
        "0:00:03.0  GetContainerServices() × 2, every 1 s until 0:00:04.0",
        "              → ok",
    ]


# --- state changes -----------------------------------------------------------------------------------


def test_a_state_change_shows_its_time_service_and_state():
    assert timeline(became("READY", 40)) == ["0:00:40.0    shop: READY"]


def test_a_state_change_shows_its_step_and_deployment():
    change = became("DEPLOYING", detail="CREATING_DEPLOYMENT", deployment="deployment 1 ACTIVATING")
    assert timeline(change) == [
        "0:00:00.0    shop: DEPLOYING, CREATING_DEPLOYMENT, deployment 1 ACTIVATING"
    ]


def test_a_state_change_shows_the_script_that_caused_it():
    change = became("READY", cause="script.deploy(fails_at='CREATING_DEPLOYMENT')")
    assert timeline(change) == [
        "0:00:00.0    shop: READY  (script.deploy(fails_at='CREATING_DEPLOYMENT'))"
    ]


def test_a_call_is_shown_before_the_state_change_that_it_causes():
    lines = timeline(
        became("PENDING", 1, by_call=True),
        called(1, "CreateContainerService"),
        became("READY", 41),
    )
    assert ["CreateContainerService" in lines[0], lines[2], lines[3]] == [
        True,
        "0:00:01.0    shop: PENDING",
        "0:00:41.0    shop: READY",
    ]


def test_a_state_change_is_shown_before_a_later_call():
    lines = timeline(became("READY", 40), called(40.1))
    assert lines[0] == "0:00:40.0    shop: READY"


# --- regions -----------------------------------------------------------------------------------------


def test_a_single_region_is_not_named():
    assert HOME not in "\n".join(timeline(called(), became("READY")))


def test_several_regions_are_named_on_every_line():
    lines = timeline(
        called(1),
        called(2, region="eu-west-1"),
        became("READY", 3),
        became("READY", 4, region="eu-west-1"),
    )
    assert lines[0] == "0:00:01.0  GetContainerServices() [us-east-1]"
    assert lines[2] == "0:00:02.0  GetContainerServices() [eu-west-1]"
    assert lines[4] == "0:00:03.0    shop [us-east-1]: READY"
    assert lines[5] == "0:00:04.0    shop [eu-west-1]: READY"


# --- a whole timeline --------------------------------------------------------------------------------


def test_the_timeline_of_a_failed_release_shows_calls_and_changes_in_order():
    account = Account(Options(latency=0.1))

    def call(operation: str, **parameters: Any) -> None:
        target = f"Lightsail_20161128.{operation}"
        headers = {"x-amz-target": target, "content-type": CONTENT_TYPE}
        account.handle(Request("POST", headers, json.dumps(parameters).encode(), HOME))

    account.script.create(takes=8)
    account.script.deploy(fails_at="CREATING_SYSTEM_RESOURCES", takes=12)
    call("CreateContainerService", serviceName="shop", power="nano", scale=0)
    call("CreateContainerService", serviceName="shop", power="nano", scale=1)
    account.sleep(10)
    account.faults.add(Fault.throttling())
    call("GetContainerServices", serviceName="shop")
    call("CreateContainerServiceDeployment", serviceName="shop", containers=secret_containers())
    for _ in range(3):
        account.sleep(5)
        call("GetContainerServices", serviceName="shop")
    assert render(account.history).split("\n") == [
        "0:00:00.1  CreateContainerService(serviceName='shop', power='nano', scale=0)",
        (
            "              → InvalidInputException: scale is not valid: found 0, allowed: 1 to 20. "
            "[rule scale.range, assumed (A03): AWS's actual message is unknown]"
        ),
        "0:00:00.2  CreateContainerService(serviceName='shop', power='nano', scale=1)",
        "              → shop PENDING",
        "0:00:00.2    shop: PENDING  (script.create(takes=8))",
        "0:00:08.2    shop: READY  (script.create(takes=8))",
        "0:00:10.3  GetContainerServices(serviceName='shop')",
        "              → ThrottlingException (fault throttling): Rate exceeded",
        (
            "0:00:10.4  CreateContainerServiceDeployment(serviceName='shop', "
            "containers={'web': {'image': 'nginx', 'environment': {'TOKEN': '***'}}})"
        ),
        "              → shop DEPLOYING, next 1 ACTIVATING",
        (
            "0:00:10.4    shop: DEPLOYING, deployment 1 ACTIVATING  "
            "(script.deploy(fails_at='CREATING_SYSTEM_RESOURCES', takes=12))"
        ),
        "0:00:10.4    shop: DEPLOYING, CREATING_SYSTEM_RESOURCES",
        "0:00:15.5  GetContainerServices(serviceName='shop') × 2, every 5.1 s until 0:00:20.6",
        "              → shop DEPLOYING, CREATING_SYSTEM_RESOURCES, next 1 ACTIVATING",
        (
            "0:00:22.4    shop: READY, deployment 1 FAILED  "
            "(script.deploy(fails_at='CREATING_SYSTEM_RESOURCES', takes=12))"
        ),
        "0:00:25.7  GetContainerServices(serviceName='shop')",
        "              → shop READY",
    ]


def test_rendering_the_timeline_does_not_change_the_history():
    history = History()
    history.add(became("PENDING", by_call=True))
    history.add(called())
    events = list(history.entries)
    assert render(history) == render(history)
    assert history.entries == events
