"""Tests that the authors of the callers might write: by hand, and as a Hypothesis state machine.

`mutants.py` compares what these tests notice with what `verify_caller` notices. Each test states one
purpose of the caller. No test has been changed to notice a mutant.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from pytest_lightsail import Fault, Lightsail, attempt, simulate, strategies

Release = Callable[..., Any]
INPUT: dict[str, dict[str, tuple[list[Any], list[Any]]]] = {
    "functions": {"scale": ([1, 20], [0, 21, "2"])},
    "background": {"port": ([1, 65535], [0, 65536, "80"])},
    "releaser": {"power": (["micro", "xlarge"], [])},
    "command": {
        "service": (["ab", "shop-2"], ["Shop", "-shop", "shop-", "a" * 64]),
        "scale": ([1, 20], [0, 21]),
        "power": (["nano", "xlarge"], ["tiny"]),
        "path": (["/", "/health"], ["health", "/a b"]),
        "interval": ([5, 300], [4, 301]),
        "timeout": ([2, 60], [1, 61]),
    },
}
"""For each argument of a caller, valid and invalid values that the caller's author might try."""


def run_by_hand(caller: str, release: Release, error: type[BaseException]) -> None:
    """Run the tests of one caller, each in its own account.

    Raises:
        AssertionError: a test fails. A test can also fail with any other exception.
    """
    if inspect.iscoroutinefunction(release):
        release = _in_a_loop(release)
    for test in (
        _first,
        _update,
        _fails,
        _fails_at_first,
        _never_ends,
        _throttled,
        _disabled,
        _busy,
    ):
        with simulate(allow_unused=True) as lightsail:
            test(lightsail, release)
    for name, (valid, invalid) in INPUT[caller].items():
        for value in valid:
            with simulate() as lightsail:
                release(image="web:2", **{name: value})
                assert shop_of(lightsail, value if name == "service" else "shop") == "web:2"
        for value in invalid:
            with simulate() as lightsail:
                outcome = attempt(release, image="web:2", **{name: value})
                assert isinstance(outcome.error, error)
                assert not lightsail.calls


def _in_a_loop(release: Release) -> Release:
    return lambda **given: asyncio.run(release(**given))


def shop_of(lightsail: Lightsail, service: str = "shop") -> str | None:
    """Return the image that is running, or ``None``."""
    deployment = lightsail.services[service].current_deployment
    return None if deployment is None else next(iter(deployment.containers.values()))["image"]


def _version(result: Any) -> Any:
    """Return the version from the result of any caller."""
    return result[0] if isinstance(result, tuple) else getattr(result, "version", result)


def _first(lightsail: Lightsail, release: Release) -> None:
    assert _version(release(image="web:1")) == 1
    deployment = lightsail.services["shop"].current_deployment
    assert shop_of(lightsail) == "web:1"
    assert deployment is not None
    assert "publicEndpoint" in deployment.describe()


def _update(lightsail: Lightsail, release: Release) -> None:
    release(image="web:1")
    assert _version(release(image="web:2")) == 2
    assert shop_of(lightsail) == "web:2"


def _fails(lightsail: Lightsail, release: Release) -> None:
    release(image="web:1")
    lightsail.script.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    outcome = attempt(release, image="web:2")
    assert outcome.error is not None
    assert outcome.raised_no_mistake()
    assert shop_of(lightsail) == "web:1"


def _fails_at_first(lightsail: Lightsail, release: Release) -> None:
    lightsail.script.deploy(fails_at="CREATING_SYSTEM_RESOURCES")
    outcome = attempt(release, image="web:1")
    assert outcome.error is not None
    assert outcome.raised_no_mistake()


def _never_ends(lightsail: Lightsail, release: Release) -> None:
    lightsail.script.deploy(never_ends=True)
    outcome = attempt(release, image="web:1")
    assert outcome.error is not None
    assert outcome.finished_within(minutes=60)


def _throttled(lightsail: Lightsail, release: Release) -> None:
    lightsail.faults.add(Fault.throttling(), times=2)
    assert _version(release(image="web:1")) == 1


def _disabled(lightsail: Lightsail, release: Release) -> None:
    lightsail.add_service("shop", state="DISABLED")
    outcome = attempt(release, image="web:1")
    assert outcome.error is not None
    assert outcome.raised_no_mistake()


def _busy(lightsail: Lightsail, release: Release) -> None:
    release(image="web:1")
    lightsail.another_client.deploys("shop", before="CreateContainerServiceDeployment")
    outcome = attempt(release, image="web:2")
    assert outcome.error is None or outcome.raised_no_mistake()
    lightsail.clock.advance_until_settled()
    assert shop_of(lightsail) in {"nginx:latest", "web:2"}


class _Releases(RuleBasedStateMachine):
    """Release while things go wrong. Results must be true, and old versions must keep running."""

    tested: ClassVar[Release]
    error: ClassVar[type[BaseException]]

    def __init__(self) -> None:
        super().__init__()
        self.simulation = simulate(pace="fast", allow_unused=True)
        self.lightsail = self.simulation.start()
        self.client: Any = self.lightsail.client()

    def teardown(self) -> None:
        self.simulation.stop()

    @initialize()
    def first_release(self) -> None:
        outcome = attempt(type(self).tested, image="web:0")
        assert outcome.error is None, outcome.error
        assert _version(outcome.result) == 1
        assert shop_of(self.lightsail) == "web:0"

    @rule(image=st.just("web:1"))
    def release(self, image: str) -> None:
        outcome = attempt(type(self).tested, image=image)
        if outcome.error is None:
            assert outcome.is_settled()
            assert outcome.noticed_failure()
            assert outcome.reported_errors()
            assert shop_of(self.lightsail) == image
        else:
            assert outcome.raised_no_mistake()
            assert isinstance(outcome.error, (self.error, SystemExit))

    @rule(power=strategies.powers(), scale=strategies.scales())
    def update(self, power: str, scale: int) -> None:
        with suppress(ClientError):
            self.client.update_container_service(serviceName="shop", power=power, scale=scale)

    @rule()
    def delete(self) -> None:
        with suppress(ClientError):
            self.client.delete_container_service(serviceName="shop")

    @rule(seconds=st.sampled_from((1, 5, 30, 60, 300, 3600)))
    def advance(self, seconds: int) -> None:
        self.lightsail.clock.advance(seconds)

    @rule(fails_at=st.sampled_from(["EVALUATING_HEALTH_CHECK", "CREATING_DEPLOYMENT"]))
    def next_deployment_fails(self, fails_at: str) -> None:
        self.lightsail.script.deploy("shop", fails_at=fails_at, optional=True)

    @rule(
        fault=st.sampled_from([Fault.throttling, Fault.server_error, Fault.connection_reset]),
        operation=st.sampled_from(["GetContainerServices", "CreateContainerServiceDeployment"]),
        times=st.integers(1, 3),
    )
    def calls_fail(self, fault: Callable[[], Fault], operation: str, times: int) -> None:
        self.lightsail.faults.add(fault(), operation=operation, times=times, optional=True)


def run_stateful(release: Release, error: type[BaseException]) -> None:
    """Run the state machine.

    Raises:
        AssertionError: a step fails. A step can also fail with any other exception.
    """
    machine = type("Releases", (_Releases,), {"tested": staticmethod(release), "error": error})
    how = settings(
        max_examples=25,
        stateful_step_count=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=how)
