"""``LightsailStateMachine``: it finds bugs of callers, in a clean account for each run."""

from __future__ import annotations

import gc
import re
import time
from collections import Counter
from contextlib import suppress
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pytest_lightsail import (
    ConfigurationError,
    ExampleNeverEndsError,
    Lightsail,
    LightsailStateMachine,
    OperationNotSimulatedError,
    simulate,
)
from pytest_lightsail.model.lifecycle import SERVICE_EDGES
from tests.support.soundness import SoundAccount

CONTAINERS: Any = {"web": {"image": "nginx"}}
CHECKS = "the_account_is_sound|teardown"
STEP = re.compile(rf"^state\.(?!{CHECKS})(.*)$", re.MULTILINE)


def quick(**more: Any) -> settings:
    # Without the phase `explain`, which traces every line of botocore.
    given = {
        "max_examples": 60,
        "stateful_step_count": 25,
        "phases": (Phase.generate, Phase.shrink),
        **more,
    }
    return settings(deadline=None, database=None, derandomize=True, **given)


def run(machine: type[RuleBasedStateMachine], **more: Any) -> None:
    run_state_machine_as_test(machine, settings=quick(**more))


def failure(
    machine: type[RuleBasedStateMachine],
    error: type[BaseException] = AssertionError,
    **more: Any,
) -> str:
    """Return what Hypothesis prints about the smallest run that fails."""
    with pytest.raises(error) as caught:
        run(machine, **more)
    return "\n".join(caught.value.__notes__)  # type: ignore[attr-defined]  # newer than Python 3.10


class Hasty:
    """A release tool that returns while its deployment is in progress."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def release(self, service: str) -> None:
        self.client.create_container_service_deployment(serviceName=service, containers=CONTAINERS)
        while self.state(service) not in {"DEPLOYING", "RUNNING"}:
            time.sleep(5)

    def state(self, service: str) -> str:
        (found,) = self.client.get_container_services(serviceName=service)["containerServices"]
        return str(found["state"])


class Patient(Hasty):
    """A release tool that waits without a time limit."""

    def release(self, service: str) -> None:
        self.client.create_container_service_deployment(serviceName=service, containers=CONTAINERS)
        while self.state(service) != "RUNNING":
            time.sleep(5)


class Releases(LightsailStateMachine):
    tool: type[Hasty] = Hasty

    @rule(service=LightsailStateMachine.services)
    def release(self, service: str) -> None:
        with self.may_be_refused():
            self.tool(self.client).release(service)
            assert self.lightsail.services[service].state == "RUNNING"


class Sound(SoundAccount, Releases):
    tool = Patient


class FewRules(LightsailStateMachine):
    """Only the rules that matter for these tests, so that the bug is found soon."""

    delete_container_service = None
    update_container_service = None


class FewReleases(FewRules, Releases):
    pass


@pytest.fixture(scope="module")
def shown() -> str:
    """Return what Hypothesis prints about the hasty tool."""
    return failure(FewReleases, max_examples=400)


# --- finding what is wrong ---


def test_a_caller_that_takes_deploying_for_done_is_found_with_the_fewest_steps(shown: str) -> None:
    created, *between, released = STEP.findall(shown)
    assert len(between) <= 2
    assert created.startswith("create_container_service")
    assert released == "release(service='shop')"
    timeline = shown.partition("Lightsail timeline:\n")[2]
    assert timeline.startswith("0:00:00.1  CreateContainerService(serviceName='shop', ")
    deploys = f"CreateContainerServiceDeployment(serviceName='shop', containers={CONTAINERS})\n"
    assert timeline.partition(deploys)[2].lstrip().startswith("→ shop DEPLOYING, ")


def test_a_caller_that_waits_is_not_faulted() -> None:
    run(Sound, max_examples=25)


def test_a_failed_deployment_shows_who_waits_for_ever() -> None:
    class Failing(FewRules, Sound):
        pace = "fast"
        patience = 30

        @rule()
        def next_deployment_fails(self) -> None:
            self.lightsail.script.deploy(fails_at="ACTIVATING_DEPLOYMENT", optional=True)

    steps = STEP.findall(failure(Failing, ExampleNeverEndsError, max_examples=400))
    assert steps[-1] == "release(service='shop')"
    # The script may be set at any earlier step.
    assert sorted(re.sub(r"seconds=\d+", "seconds=60", step) for step in steps[:-1]) == [
        "advance(seconds=60)",
        "create_container_service(power='nano', scale=1, serviceName='shop')",
        "next_deployment_fails()",
    ]


def test_the_printed_steps_are_a_program_that_fails_alike(shown: str) -> None:
    steps = [f"state.{step}" for step in STEP.findall(shown)]
    state = FewReleases()
    try:
        exec("\n".join(steps[:-1]), {"state": state})  # noqa: S102 - what Hypothesis printed
        with pytest.raises(AssertionError, match="DEPLOYING"):
            exec(steps[-1], {"state": state})  # noqa: S102
    finally:
        state.teardown()


def test_an_operation_that_is_not_simulated_fails_the_run_that_swallows_it() -> None:
    class Swallows(LightsailStateMachine):
        @rule()
        def look_around(self) -> None:
            with suppress(NotImplementedError):
                self.client.get_instances()

    assert STEP.findall(failure(Swallows, OperationNotSimulatedError)) == ["look_around()"]


# --- the account of a run ----


class Watched(LightsailStateMachine):
    """Records what each run finds at its start."""

    begun: ClassVar[Counter[str]] = Counter()

    @initialize()
    def begins(self) -> None:
        self.begun["runs"] += 1
        self.begun["calls"] += len(self.lightsail.calls)
        self.begun["services"] += len(self.lightsail.services)
        self.begun["seconds"] += int(self.lightsail.clock.elapsed)


def test_every_run_has_a_clean_account() -> None:
    run(Watched, max_examples=10)
    assert Watched.begun["runs"] >= 10
    assert {Watched.begun[what] for what in ("calls", "services", "seconds")} == {0}


def test_nothing_is_active_after_a_run_that_fails() -> None:
    class Fails(LightsailStateMachine):
        @rule()
        def fail(self) -> None:
            raise RuntimeError

    original = time.sleep
    with pytest.raises(RuntimeError):
        run(Fails)
    assert time.sleep is original


def test_nothing_is_active_after_a_machine_that_could_not_be_made() -> None:
    class Broken(LightsailStateMachine):
        def __init__(self) -> None:
            super().__init__()
            raise RuntimeError

    original = time.sleep
    with pytest.raises(RuntimeError):
        Broken()
    gc.collect()  # until now, the traceback has kept it alive
    assert time.sleep is original


def test_it_runs_inside_a_test_with_an_account_of_its_own(
    lightsail: Lightsail, lightsail_client: Any
) -> None:
    lightsail_client.create_container_service(serviceName="mine", power="nano", scale=1)
    run(LightsailStateMachine, max_examples=5)
    assert list(lightsail.services) == ["mine"]
    assert len(lightsail.calls) == 1
    assert lightsail.services["mine"].state == "PENDING"  # its clock has not moved on


def test_options_of_the_account_are_attributes_of_the_class() -> None:
    class Elsewhere(LightsailStateMachine):
        region = "eu-west-1"
        seed = 7
        pace = "instant"

    machine = Elsewhere()
    try:
        machine.create_container_service(serviceName="shop", power="nano", scale=1)
        machine.client.get_container_services(serviceName="shop")
        shop = machine.lightsail.region("eu-west-1").services["shop"]
        assert shop.state == "READY"
        described = shop.describe()
    finally:
        machine.teardown()
    with simulate(region="eu-west-1", seed=7, pace="instant") as same:
        same.client().create_container_service(serviceName="shop", power="nano", scale=1)
        assert same.services["shop"].describe()["arn"] == described["arn"]


def test_an_option_that_is_impossible_says_so() -> None:
    class Wrong(LightsailStateMachine):
        pace = "slow"

    with pytest.raises(ConfigurationError, match="pace='slow' is invalid"):
        Wrong()


def test_the_account_can_be_read_after_the_run() -> None:
    machine = LightsailStateMachine()
    machine.create_container_service(serviceName="shop", power="nano", scale=1)
    machine.teardown()
    assert machine.lightsail.services["shop"].state == "PENDING"
    assert machine.lightsail.calls.count("CreateContainerService") == 1


# --- its rules ---------------


class AllReached(Exception):
    """Every expected operation and state has been seen."""


class Reached(LightsailStateMachine):
    """Counts the calls that succeeded and the states of services, over all runs."""

    calls: ClassVar[Counter[tuple[str, bool]]] = Counter()
    states: ClassVar[set[str]] = set()

    @invariant()
    def states_are_noted(self) -> None:
        self.states.update(service.state for service in self.lightsail.services.values())

    def teardown(self) -> None:
        self.calls.update((call.operation, call.error is None) for call in self.lightsail.calls)
        super().teardown()
        if self.states == STATES and self.calls.keys() >= WANTED:
            raise AllReached


STATES = {edge.target for edge in SERVICE_EDGES} - {"ABSENT", "DISABLED"}
WANTED = {
    (operation, succeeded)
    for operation in (
        "CreateContainerService",
        "CreateContainerServiceDeployment",
        "DeleteContainerService",
        "UpdateContainerService",
    )
    for succeeded in (True, False)
}
"""Each change, made in some run and refused in some run."""


def test_random_steps_reach_every_state_and_have_every_change_made_and_refused() -> None:
    with pytest.raises(AllReached):
        run(Reached, max_examples=120, stateful_step_count=40, phases=[Phase.generate])


def test_a_rule_is_switched_off_by_none_in_its_place() -> None:
    class Kept(LightsailStateMachine):
        delete_container_service = None
        seen: ClassVar[Counter[str]] = Counter()

        def teardown(self) -> None:
            self.seen.update(call.operation for call in self.lightsail.calls)
            super().teardown()

    run(Kept, max_examples=20)
    assert Kept.seen["CreateContainerService"]
    assert not Kept.seen["DeleteContainerService"]


def test_the_names_of_services_can_be_chosen() -> None:
    class Named(LightsailStateMachine):
        service_names = ("api",)

        @invariant()
        def there_is_no_other(self) -> None:
            assert set(self.lightsail.services) <= {"api"}

    run(Named, max_examples=10)
