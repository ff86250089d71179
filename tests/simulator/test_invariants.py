"""Properties that hold after any sequence of calls and waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.model.lifecycle import ABSENT, SERVICE_EDGES
from pytest_lightsail.simulator.history import StateChange
from tests.support.profiles import examples

quick = examples(20, among=50)

names = st.sampled_from(["shop", "blog"])
deploys = st.tuples(st.just("deploy"), names)
steps = st.lists(
    st.tuples(st.sampled_from(["create", "create with deployment", "delete"]), names)
    | deploys
    | deploys
    | st.tuples(st.sampled_from(["update", "disable", "enable"]), names)
    | st.tuples(st.just("fail"), names)
    | st.tuples(st.just("wait"), st.sampled_from([0.1, 5, 40, 60, 130, 400])),
    max_size=25,
)


def do(world, action: str, argument) -> None:
    if action == "wait":
        world.advance(argument)
    elif action == "fail":
        world.account.script.deploy(argument, fails_at="CREATING_DEPLOYMENT", takes=50)
    elif action.startswith("create"):
        more = {"deployment": {"containers": world.CONTAINERS}} if "with" in action else {}
        world.call("CreateContainerService", serviceName=argument, power="nano", scale=1, **more)
    elif action == "deploy":
        call = {"serviceName": argument, "containers": world.CONTAINERS}
        world.call("CreateContainerServiceDeployment", **call)
    elif action == "delete":
        world.call("DeleteContainerService", serviceName=argument)
    else:
        change = {
            "update": {"scale": 2},
            "disable": {"isDisabled": True},
            "enable": {"isDisabled": False},
        }
        world.call("UpdateContainerService", serviceName=argument, **change[action])


def services(world) -> list[dict]:
    return world.call("GetContainerServices").body["containerServices"]


@quick
@given(steps)
def test_the_current_and_next_deployments_match_the_state_of_the_service(new_world, script):
    world = new_world()
    for step in script:
        do(world, *step)
        for service in services(world):
            state = service["state"]
            current, following = service.get("currentDeployment"), service.get("nextDeployment")
            assert current is None or current["state"] == "ACTIVE"
            assert following is None or following["state"] == "ACTIVATING"
            assert (following is not None) or state != "DEPLOYING"
            assert following is None or state in {"PENDING", "DEPLOYING"}
            assert state != "RUNNING" or current is not None
            assert state != "READY" or current is None
            assert state != "DISABLED" or service["isDisabled"]
            assert state not in {"READY", "RUNNING"} or not service["isDisabled"]
            assert "stateDetail" not in service or state in {"PENDING", "DEPLOYING", "UPDATING"}


@quick
@given(steps)
def test_a_service_changes_only_along_the_edges_of_its_lifecycle(new_world, script):
    world = new_world()
    for step in script:
        do(world, *step)
    edges = {(edge.state, edge.target) for edge in SERVICE_EDGES}
    states: dict[str, str] = {}
    for event in world.account.history.entries:
        if isinstance(event, StateChange):
            before = states.get(event.service, ABSENT)
            assert before == event.state or (before, event.state) in edges
            states[event.service] = event.state


@quick
@given(steps)
def test_versions_increase_by_1_and_at_most_one_deployment_is_active(new_world, script):
    world = new_world()
    for step in script:
        do(world, *step)
        for service in world.account.region(world.HOME).services.values():
            versions = [deployment.version for deployment in service.deployments]
            assert versions == list(range(len(versions), 0, -1))
            active = [one for one in service.deployments if one.state == "ACTIVE"]
            assert active == ([service.current] if service.current else [])


@quick
@given(steps)
def test_every_service_reaches_a_stable_state(new_world, script):
    world = new_world()
    for step in script:
        do(world, *step)
    world.settle()
    assert {one["state"] for one in services(world)} <= {"READY", "RUNNING", "DISABLED"}


@quick
@given(steps, st.integers(1, 50))
def test_additional_reads_do_not_change_the_outcome(new_world, script, every):
    curious, calm = new_world(), new_world()
    for step in script:
        do(calm, *step)
        do(curious, *step)
        services(curious)
    for _ in range(every):
        services(curious)
    assert services(curious) == services(calm)
