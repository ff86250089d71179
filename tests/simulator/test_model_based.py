"""Random calls give the results of a small independent model of the documented rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pytest_lightsail import Fault, validate
from pytest_lightsail.model.lifecycle import SERVICE_EDGES
from pytest_lightsail.simulator.history import StateChange
from pytest_lightsail.simulator.wire import Disconnect, Response
from tests.support.profiles import examples
from tests.support.reference_account import ReferenceService

from .conftest import CONTAINERS, World

LONG = 24 * 3600
NAMES = st.sampled_from(["shop", "blog", "a"])
ALWAYS = {
    "arn", "containerServiceName", "createdAt", "isDisabled", "location", "power", "powerId",
    "principalArn", "privateDomainName", "privateRegistryAccess", "resourceType", "scale", "state",
    "tags", "url",
}  # fmt: skip
MOVING = {"PENDING", "DEPLOYING", "UPDATING"}


class AccountComparedWithReference(RuleBasedStateMachine):
    """Make calls, advance the clock, and add scripts and faults, in any order."""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.seed = seed
        self.world = World(seed=seed)
        self.steps: list[tuple[str, dict[str, Any]]] = []
        self.responses: list[bytes] = []
        self.expected: dict[str, ReferenceService] = {}
        self.failing: set[str] = set()
        self.changes = 0

    def do(self, operation: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        response = self.world.handle(operation, **parameters)
        assert isinstance(response, Response)
        self.steps.append((operation, parameters))
        self.responses.append(response.body)
        body = json.loads(response.body)
        if response.status == 200:
            validate(operation, "response", body)
        return response.status, body

    def expect(self, *, taken: bool, status: int) -> None:
        assert (status == 200) is taken

    # --- what callers do ---

    @rule(name=NAMES, deployed=st.booleans())
    def create(self, name: str, deployed: bool) -> None:
        more = {"deployment": {"containers": CONTAINERS}} if deployed else {}
        taken = name not in self.expected
        status, _ = self.do(
            "CreateContainerService", serviceName=name, power="nano", scale=1, **more
        )
        self.expect(taken=taken, status=status)
        if taken:
            self.expected[name] = ReferenceService()
            if deployed:
                self.expected[name].deployments[1] = "ACTIVATING"

    @rule(name=NAMES)
    def deploy(self, name: str) -> None:
        service = self.expected.get(name)
        taken = service is not None and service.accepts("deploy")
        status, body = self.do(
            "CreateContainerServiceDeployment", serviceName=name, containers=CONTAINERS
        )
        self.expect(taken=taken, status=status)
        if service is not None and taken:
            service.deploys(doomed=name in self.failing)
            self.failing.discard(name)
            assert body["containerService"]["nextDeployment"]["version"] == service.next

    @rule(name=NAMES, scale=st.integers(0, 21))
    def change_scale(self, name: str, scale: int) -> None:
        service = self.expected.get(name)
        taken = service is not None and service.accepts("update") and 1 <= scale <= 20
        status, _ = self.do("UpdateContainerService", serviceName=name, scale=scale)
        self.expect(taken=taken, status=status)
        if service is not None and taken:
            service.scale, service.state = scale, "UPDATING"

    @rule(name=NAMES, disabled=st.booleans())
    def switch(self, name: str, disabled: bool) -> None:
        service = self.expected.get(name)
        taken = service is not None and service.accepts("update")
        status, _ = self.do("UpdateContainerService", serviceName=name, isDisabled=disabled)
        self.expect(taken=taken, status=status)
        if service is not None and taken:
            service.disabled, service.state = disabled, "UPDATING"

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        service = self.expected.get(name)
        taken = service is not None and service.accepts("delete")
        status, body = self.do("DeleteContainerService", serviceName=name)
        self.expect(taken=taken, status=status)
        if service is not None and taken:
            assert body == {}
            service.state = "DELETING"

    @rule(name=NAMES, key=st.sampled_from(["team", "env"]))
    def tag(self, name: str, key: str) -> None:
        status, _ = self.do("TagResource", resourceName=name, tags=[{"key": key}])
        taken = name in self.expected and len(name) > 1
        self.expect(taken=taken, status=status)

    @rule(name=NAMES)
    def read_deployments(self, name: str) -> None:
        status, body = self.do("GetContainerServiceDeployments", serviceName=name)
        self.expect(taken=name in self.expected, status=status)
        if status == 200:
            shown = [(one["version"], one["state"]) for one in body["deployments"]]
            assert shown == sorted(self.expected[name].deployments.items(), reverse=True)

    # --- what the test and other clients do ---

    @rule(name=NAMES)
    def the_next_deployment_fails(self, name: str) -> None:
        if name not in self.failing:
            self.failing.add(name)
            self.steps.append(("fail", {"service": name}))
            self.world.account.script.deploy(service=name, fails_at="EVALUATING_HEALTH_CHECK")

    @precondition(lambda self: self.expected)
    @rule()
    def a_call_is_throttled(self) -> None:
        before = self.shown()
        self.steps.append(("throttle", {}))
        self.world.account.faults.add(Fault.throttling())
        status, _ = self.do("DeleteContainerService", serviceName=min(self.expected))
        assert status == 400
        assert self.shown() == before

    @rule(name=NAMES)
    def the_response_to_a_creation_is_lost(self, name: str) -> None:
        taken = name not in self.expected
        parameters = {"serviceName": name, "power": "nano", "scale": 1}
        for operation, given in (("lose", {}), ("CreateContainerService", parameters)):
            self.steps.append((operation, given))
            response = self.apply(self.world, operation, given)
        # The account refuses a name in use. Then that response is lost too.
        assert response == Disconnect("connection_reset")
        if taken:
            self.expected[name] = ReferenceService()

    @rule(name=NAMES)
    def another_client_deploys(self, name: str) -> None:
        service = self.expected.get(name)
        self.steps.append(("another_client", {"service": name}))
        self.apply(self.world, "another_client", {"service": name})
        if service is not None and service.accepts("deploy"):
            service.deploys(doomed=name in self.failing)
            self.failing.discard(name)

    @precondition(lambda self: self.expected)
    @rule(name=NAMES, fails=st.booleans())
    def a_change_is_ended_by_hand(self, name: str, fails: bool) -> None:
        service = self.expected.get(name)
        if service is None or service.state not in {"UPDATING", "DEPLOYING"}:
            return
        # If a deployment is active, only a script makes the next one fail.
        service.doomed = fails and service.state == "DEPLOYING" and service.current is None
        service.settle()
        given = {"service": name, "state": service.state}
        self.steps.append(("enter", given))
        self.apply(self.world, "enter", given)

    @rule()
    def everything_settles(self) -> None:
        self.steps.append(("advance", {"seconds": LONG}))
        self.world.clock.advance(LONG)
        for name, service in list(self.expected.items()):
            if service.state == "DELETING":
                del self.expected[name]
                status, body = self.do("GetContainerServices", serviceName=name)
                assert (status, body["__type"]) == (400, "NotFoundException")
            else:
                # A deployment given at creation begins only when the service is ready.
                if service.state == "PENDING" and service.next is not None:
                    service.doomed = name in self.failing
                    self.failing.discard(name)
                service.settle()

    @rule(seconds=st.floats(0, 0.5))
    def a_moment_passes(self, seconds: float) -> None:
        self.steps.append(("advance", {"seconds": seconds}))
        self.world.clock.advance(seconds)

    # --- invariants ---

    def shown(self) -> dict[str, dict[str, Any]]:
        _, body = self.do("GetContainerServices")
        return {service["containerServiceName"]: service for service in body["containerServices"]}

    @invariant()
    def the_account_matches_the_reference(self) -> None:
        shown = self.shown()
        assert set(shown) == set(self.expected)
        for name, service in self.expected.items():
            self.matches(shown[name], service)

    @staticmethod
    def matches(shown: dict[str, Any], service: ReferenceService) -> None:
        # Short advances never end a change, but they can reach its first step.
        assert shown["state"] == service.state
        assert shown["isDisabled"] == service.disabled
        assert shown["scale"] == service.scale
        current, following = shown.get("currentDeployment"), shown.get("nextDeployment")
        assert (current and current["version"]) == service.current
        assert (following and following["version"]) == service.next
        optional = set(shown) - ALWAYS
        assert set(shown) >= ALWAYS
        assert optional <= {"currentDeployment", "nextDeployment", "stateDetail"}
        assert "stateDetail" not in shown or shown["state"] in MOVING

    @invariant()
    def every_state_change_is_an_edge_of_the_lifecycle(self) -> None:
        edges = {(edge.state, edge.target) for edge in SERVICE_EDGES}
        last: dict[str, str] = {}
        for event in self.world.account.history.entries:
            if isinstance(event, StateChange):
                before = last.get(event.service, "ABSENT")
                assert before == event.state or (before, event.state) in edges
                last[event.service] = event.state

    def teardown(self) -> None:
        """Check that the same seed and the same steps give the same history, byte for byte."""
        if not hasattr(self, "steps"):
            return
        again, responses = World(seed=self.seed), []
        for operation, parameters in self.steps:
            response = self.apply(again, operation, parameters)
            if isinstance(response, Response):
                responses.append(response.body)
        assert responses == self.responses
        assert repr(again.account.history.entries) == repr(self.world.account.history.entries)

    @staticmethod
    def apply(
        world: World, operation: str, parameters: dict[str, Any]
    ) -> Response | Disconnect | None:
        """Do one step: make a call, or do what a test can do to the account."""
        account = world.account
        by_the_test: dict[str, Callable[..., object]] = {
            "advance": world.clock.advance,
            "fail": partial(account.script.deploy, fails_at="EVALUATING_HEALTH_CHECK"),
            "throttle": partial(account.faults.add, Fault.throttling()),
            "lose": partial(account.faults.add, Fault.answer_lost(by=Fault.connection_reset())),
            "another_client": partial(account.another_client.deploys, image="nginx:1"),
            "enter": lambda service, state: account.progress.enter(
                account.region(world.HOME).services[service], state
            ),
        }
        if operation not in by_the_test:
            return world.handle(operation, **parameters)
        by_the_test[operation](**parameters)
        return None


TestAccountMatchesReference = AccountComparedWithReference.TestCase
TestAccountMatchesReference.settings = settings(examples(40, among=50), stateful_step_count=30)
