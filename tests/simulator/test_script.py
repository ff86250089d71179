"""Scripts, which replace the default timeline of the next events of a service."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.lifecycle import TIMELINES
from pytest_lightsail.simulator.script import Script
from tests.support.profiles import examples

quick = examples(15, among=50)

EVENTS = ["create", "deploy", "update", "disable", "enable", "delete"]
CODES = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
every_event = pytest.mark.parametrize("event", EVENTS)


def begin(world, event: str, name: str = "shop") -> None:
    """Begin an event."""
    if event == "create":
        world.create(name)
    elif event == "deploy":
        world.deploy(name)
    elif event == "delete":
        world.delete(name)
    else:
        change = {"disable": {"isDisabled": True}, "enable": {"isDisabled": False}}
        world.update(name, **change.get(event, {"scale": 2}))


def before(world, event: str, name: str = "shop") -> None:
    """Bring a service into a state in which it can begin an event."""
    if event == "enable":
        world.disabled(name)
    elif event != "create":
        world.running(name)


STATE = {
    "create": "PENDING",
    "deploy": "DEPLOYING",
    "update": "UPDATING",
    "disable": "UPDATING",
    "enable": "UPDATING",
    "delete": "DELETING",
}
AFTER = {
    "create": "READY",
    "deploy": "RUNNING",
    "update": "RUNNING",
    "disable": "DISABLED",
    "enable": "RUNNING",
    "delete": "gone",
}


def state(world, name: str = "shop") -> str:
    reply = world.call("GetContainerServices", serviceName=name)
    return reply.body["containerServices"][0]["state"] if reply.status == 200 else "gone"


# --- takes -------------------------------------------------------------------------------------------


@every_event
def test_an_event_takes_as_long_as_its_script_states(world, event):
    before(world, event)
    getattr(world.account.script, event)(takes=600)
    begin(world, event)
    world.advance(599.999)
    assert state(world) == STATE[event]
    world.advance(0.001)
    assert state(world) == AFTER[event]


@quick
@given(st.integers(1, 3_600_000))
def test_a_scripted_duration_is_exact_to_the_nanosecond(new_world, milliseconds):
    world = new_world()
    world.ready()
    world.account.script.deploy(takes=milliseconds / 1000)
    world.deploy()
    started = world.clock.elapsed_ns
    while state(world) == "DEPLOYING":
        assert world.step()
    assert world.clock.elapsed_ns - started == milliseconds * 1_000_000


def test_the_steps_of_a_stretched_event_keep_their_proportions(world):
    world.ready()
    world.account.script.deploy(takes=1200)
    world.deploy()
    assert world.walk(of="detail") == [None, *CODES, None]
    world.account.script.deploy(takes=1200)
    world.deploy()
    world.advance(20 + 100 - 0.001)
    assert world.get()["stateDetail"]["code"] == "CREATING_SYSTEM_RESOURCES"
    world.advance(0.001)
    assert world.get()["stateDetail"]["code"] == "CREATING_NETWORK_INFRASTRUCTURE"


def test_an_event_can_take_no_time(world):
    world.account.script.create(takes=0)
    assert world.create()["state"] == "PENDING"
    world.advance(0)
    assert world.get()["state"] == "READY"


# --- never_ends --------------------------------------------------------------------------------------


def test_a_deployment_that_never_ends_passes_through_all_steps(world):
    world.ready()
    world.account.script.deploy(never_ends=True)
    world.deploy()
    assert world.walk(of="detail") == [None, *CODES]


@every_event
def test_an_event_that_never_ends_stays_in_its_state(world, event):
    before(world, event)
    getattr(world.account.script, event)(never_ends=True)
    begin(world, event)
    world.advance(365 * 24 * 3600)
    assert state(world) == STATE[event]
    assert world.clock.next_due is None


def test_a_deployment_that_never_ends_leaves_the_old_one_current(world):
    world.running()
    world.account.script.deploy(never_ends=True)
    world.deploy()
    assert world.walk(of="detail")[-1] == "ACTIVATING_DEPLOYMENT"
    assert world.get()["nextDeployment"]["state"] == "ACTIVATING"
    assert world.get()["currentDeployment"]["version"] == 1


# --- fails_at ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
def test_a_deployment_fails_at_the_scripted_step(world, code):
    world.ready()
    world.account.script.deploy(fails_at=code)
    world.deploy()
    expected = [None, *CODES[: CODES.index(code) + 1], None]
    assert world.walk(of="detail") == expected
    assert world.get()["state"] == "READY"


def test_a_scripted_failure_takes_minutes_by_default(world):
    world.ready()
    world.account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    world.deploy()
    world.advance(210 + 299)
    assert world.get()["nextDeployment"]["state"] == "ACTIVATING"
    world.advance(1)
    assert world.get()["state"] == "READY"


def test_the_time_of_a_scripted_failure_can_be_set(world):
    world.ready()
    world.account.script.deploy(fails_at="EVALUATING_HEALTH_CHECK", takes=60)
    world.deploy()
    world.advance(59.99)
    assert world.get()["state"] == "DEPLOYING"
    world.advance(0.02)
    assert world.get()["state"] == "READY"


def test_a_deployment_given_at_creation_can_fail(world):
    world.account.script.deploy(fails_at="CREATING_DEPLOYMENT")
    world.create(deployment={"containers": world.CONTAINERS})
    assert world.walk() == ["PENDING", "DEPLOYING", "READY"]


# --- which events a script applies to ----------------------------------------------------------------


def duration(world, name: str = "shop") -> float:
    """Return the time that a deployment takes."""
    begun = world.elapsed
    world.deploy(name)
    world.settle()
    return world.elapsed - begun


def test_a_script_applies_only_to_the_next_event_by_default(world):
    world.ready()
    world.account.script.deploy(takes=30)
    assert [duration(world) for _ in range(2)] == [30, 300]


def test_a_script_can_apply_to_several_events(world):
    world.ready()
    world.account.script.deploy(takes=30, times=2)
    assert [duration(world) for _ in range(3)] == [30, 30, 300]


def test_a_script_can_apply_to_every_event(world):
    world.ready()
    world.account.script.deploy(takes=30, times=None)
    assert [duration(world) for _ in range(4)] == [30] * 4


def test_scripts_are_used_in_the_order_in_which_they_were_added(world):
    world.ready()
    world.account.script.deploy(takes=30)
    world.account.script.deploy(takes=60)
    assert [duration(world) for _ in range(3)] == [30, 60, 300]


def test_a_script_for_one_service_does_not_affect_others(world):
    world.ready("a")
    world.ready("b")
    world.account.script.deploy("b", takes=30)
    assert duration(world, "a") == 300
    assert duration(world, "b") == 30


def test_a_script_for_another_service_is_skipped(world):
    world.ready("a")
    world.account.script.deploy(service="b", takes=30)
    world.account.script.deploy(takes=60)
    assert duration(world, "a") == 60


def test_a_script_for_one_type_of_event_does_not_affect_others(world):
    world.account.script.update(takes=30, times=None)
    world.running()
    assert world.elapsed == 40 + 300


def test_a_script_can_be_added_until_its_event_begins(world):
    world.create(deployment={"containers": world.CONTAINERS})
    world.account.script.deploy(takes=30)
    world.settle()
    assert world.elapsed == 40 + 30


def test_a_script_is_pending_until_its_last_event_begins(world):
    script = world.account.script
    script.create(takes=60, times=2)
    to_come = []
    for name in ("one", "two", "three"):
        to_come.append(script.to_come())
        world.create(name)
    description = "script.create(takes=60)"
    assert to_come == [[description], [description], []]


def test_clearing_removes_every_script_and_keeps_the_pace(world):
    script = world.account.script
    script.preset("instant")
    for event in EVENTS:
        getattr(script, event)(takes=600)
    script.clear()
    assert (script.to_come(), script.unused()) == ([], [])
    world.create()
    world.advance(0)
    assert state(world) == "READY"


# --- invalid scripts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "arguments", "message"),
    [
        (
            "deploy",
            {"never_ends": True, "takes": 5},
            "`fails_at` and `takes` cannot be combined with",
        ),
        ("deploy", {"never_ends": True, "fails_at": "CREATING_DEPLOYMENT"}, "cannot be combined"),
        (
            "deploy",
            {"fails_at": "DREAMING"},
            "invalid fails_at='DREAMING': expected one of CREATING_SYSTEM_RES",
        ),
        (
            "deploy",
            {"fails_at": "UNKNOWN_ERROR"},
            "invalid fails_at='UNKNOWN_ERROR': expected one of CREATING_SYSTEM",
        ),
        ("update", {"fails_at": "PROVISIONING_SERVICE"}, "unknown argument 'fails_at'"),
        ("deploy", {"takes": -1}, "invalid takes=-1"),
        ("deploy", {"takes": math.inf}, "invalid takes=inf"),
        ("deploy", {"takes": math.nan}, "invalid takes=nan"),
        ("deploy", {"times": 0}, "expected a whole number from 1"),
        ("deploy", {"times": -1}, "expected a whole number from 1"),
    ],
)
def test_an_invalid_script_is_refused_when_it_is_added(event, arguments, message):
    with pytest.raises(ConfigurationError, match=rf"script\.{event}: .*{message}"):
        getattr(Script(), event)(**arguments)


def test_a_refused_script_has_no_effect(world):
    world.ready()
    with pytest.raises(ConfigurationError):
        world.account.script.deploy(takes=-1)
    assert duration(world) == 300
