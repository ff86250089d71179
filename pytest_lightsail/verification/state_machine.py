"""``LightsailStateMachine``: call operations, add faults and advance time, in any order."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import currently_in_test_context, event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from .. import strategies
from ..exceptions import ExampleNeverEndsError, never_ends
from ..model.lifecycle import TIMELINES
from ..options import Options, option_fields
from ..simulation.handle import Lightsail
from ..simulator.faults import Fault
from ..simulator.history import Call

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient

_FAULTS = ("throttling", "server_error", "connection_reset", "answer_lost")
_FAULTY_OPERATIONS = (
    "GetContainerServices",
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "UpdateContainerService",
    "DeleteContainerService",
)
_FAILING_STEPS = [stage.detail for stage in reversed(TIMELINES["deploy"]) if stage.detail]

_ENDPOINTS = st.fixed_dictionaries(
    {"containerName": st.just("web"), "containerPort": st.just(80)},
    optional={"healthCheck": strategies.health_checks()},
)
_TAG_KEYS = ("team", "env")
_SECONDS = st.sampled_from((1, 5, 30, 60, 300, 3600))


def _services(machine: LightsailStateMachine) -> st.SearchStrategy[str]:
    """Return a strategy for names. Most are names of existing services, as AWS refuses others."""
    return st.sampled_from((*machine.lightsail.services, *machine.service_names))


def _has_services(machine: LightsailStateMachine) -> bool:
    return bool(machine.lightsail.services)


def _has_free_names(machine: LightsailStateMachine) -> bool:
    return not set(machine.service_names) <= set(machine.lightsail.services)


def _stored(machine: LightsailStateMachine) -> st.SearchStrategy[str]:
    """Return a strategy for the stored images of all services, or for a public image."""
    images = [image for service in machine.lightsail.services.values() for image in service.images]
    return st.sampled_from(images or ["nginx"])


def _running(images: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    # Draw a dictionary, not the result of a function, because Hypothesis would print the call.
    container = st.fixed_dictionaries({"image": images, "ports": st.just({"80": "HTTP"})})
    return st.fixed_dictionaries({"web": container})


_PUBLIC_IMAGES = strategies.image_references(kinds={"public"})
_STORED_IMAGES = st.runner().flatmap(_stored)
_DEPLOYMENTS = st.fixed_dictionaries(
    {"containers": _running(_PUBLIC_IMAGES)}, optional={"publicEndpoint": _ENDPOINTS}
)


class LightsailStateMachine(RuleBasedStateMachine):
    """A Hypothesis state machine whose rules call operations on container services and move the clock.

    Add rules that run your own code, with its own client, and invariants that must hold after each step.
    Hypothesis searches for the shortest sequence of steps that breaks an invariant, and prints the
    steps as Python, followed by the account's timeline.

    Every run has a clean account and virtual time. Each rule that calls an operation has the same
    name and parameters as the boto3 method. A refusal by the service is not a failure, and the run
    continues. Use ``with self.may_be_refused():`` to allow refusals in your own rules.

    To switch a rule off, set it to ``None``: ``delete_container_service = None``.

    The account's options, such as ``region``, ``seed`` and ``pace``, are attributes of the class.

    Attributes:
        service_names: the names of all services. There are few names, so rules often use the same
            service.
        services: a strategy for these names, which mostly draws names of existing services.
        faults: whether deployments and calls may fail.
        lightsail: a handle like that of the fixture, active from ``__init__`` to ``teardown``. If
            you override ``__init__`` or ``teardown``, also call the original.
        refusals: the errors that ``may_be_refused`` has suppressed, in order.

    >>> from hypothesis.stateful import invariant, run_state_machine_as_test
    >>> class Small(LightsailStateMachine):
    ...     pace = "fast"
    ...     service_names = ("shop",)
    ...     register_container_image = None
    ...
    ...     @invariant()
    ...     def there_is_one_service_at_most(self):
    ...         assert len(self.lightsail.services) <= 1
    >>> run_state_machine_as_test(Small)
    """

    service_names: ClassVar[tuple[str, ...]] = ("shop", "blog")
    faults: ClassVar[bool] = False

    services: ClassVar[st.SearchStrategy[str]] = st.runner().flatmap(_services)
    _names = st.runner().flatmap(lambda machine: st.sampled_from(machine.service_names))

    def __init__(self) -> None:
        super().__init__()
        given = {name: getattr(self, name) for name in option_fields() if hasattr(self, name)}
        self.lightsail = Lightsail(Options(**given))
        self.refusals: list[Exception] = []
        self.lightsail.start()
        # Hypothesis does not call teardown() if the __init__ of a subclass fails.
        weakref.finalize(self, self.lightsail.stop)

    @cached_property
    def client(self) -> LightsailClient:
        """The botocore client that the rules of this class use."""
        return self.lightsail.client()

    @contextmanager
    def may_be_refused(self) -> Generator[None, None, None]:
        """Suppress a refusal by the service in the block.

        A botocore exception is a refusal if a fault hit the last call of the block, or if the
        service model documents that call's error. All other exceptions propagate.
        """
        calls_before = len(self.lightsail.calls)
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            calls = self.lightsail.calls[calls_before:]
            if not calls or not self._is_refusal(error, calls[-1]):
                raise
            self.refusals.append(error)
            if currently_in_test_context():
                event(f"{calls[-1].operation}: {calls[-1].rule or calls[-1].error}")

    def _is_refusal(self, error: Exception, call: Call) -> bool:
        operation = self.lightsail.account.model.operations.get(call.operation)
        documented = operation is not None and call.error in operation.errors
        return call.fault is not None or (isinstance(error, ClientError) and documented)

    @invariant()
    def every_operation_is_simulated(self) -> None:
        """Raise the error for an operation that is not simulated, even if the caller swallowed it."""
        self.lightsail.account.raise_swallowed()

    def teardown(self) -> None:
        """Stop the account, and let Hypothesis print the timeline if the run fails.

        Raises:
            ExampleNeverEndsError: ``CallerNeverEnds`` ended the run.
        """
        # Hypothesis calls teardown() while the exception of a failing run propagates.
        ending = sys.exc_info()[1]
        if currently_in_test_context():
            note(_Timeline(self.lightsail))
        self.lightsail.stop()
        never = never_ends(ending)
        if never is not None:
            raise ExampleNeverEndsError(str(never)) from ending

    # --- changes ---

    @precondition(_has_free_names)
    @rule(serviceName=_names, power=strategies.powers(), scale=strategies.scales())
    def create_container_service(self, serviceName: str, power: str, scale: int) -> None:
        """Create a service without a deployment."""
        self._call("create_container_service", serviceName=serviceName, power=power, scale=scale)

    @precondition(_has_free_names)
    @rule(serviceName=_names, deployment=_DEPLOYMENTS)
    def create_container_service_with_deployment(
        self, serviceName: str, deployment: dict[str, Any]
    ) -> None:
        """Create a service with its first deployment."""
        self._call(
            "create_container_service",
            serviceName=serviceName,
            power="nano",
            scale=1,
            deployment=deployment,
        )

    @precondition(_has_services)
    @rule(
        serviceName=services,
        containers=_running(st.one_of(_PUBLIC_IMAGES, _STORED_IMAGES)),
        publicEndpoint=_ENDPOINTS,
    )
    def create_container_service_deployment(
        self, serviceName: str, containers: dict[str, Any], publicEndpoint: dict[str, Any]
    ) -> None:
        """Deploy a container that has a public endpoint and a public or stored image."""
        self._call(
            "create_container_service_deployment",
            serviceName=serviceName,
            containers=containers,
            publicEndpoint=publicEndpoint,
        )

    @precondition(_has_services)
    @rule(serviceName=services, power=strategies.powers(), scale=strategies.scales())
    def update_container_service(self, serviceName: str, power: str, scale: int) -> None:
        """Change the capacity of a service."""
        self._call("update_container_service", serviceName=serviceName, power=power, scale=scale)

    @precondition(_has_services)
    @rule(serviceName=services)
    def disable_container_service(self, serviceName: str) -> None:
        """Call UpdateContainerService to disable a service."""
        self._call("update_container_service", serviceName=serviceName, isDisabled=True)

    @precondition(_has_services)
    @rule(serviceName=services)
    def enable_container_service(self, serviceName: str) -> None:
        """Call UpdateContainerService to enable a service."""
        self._call("update_container_service", serviceName=serviceName, isDisabled=False)

    @precondition(_has_services)
    @rule(serviceName=services)
    def delete_container_service(self, serviceName: str) -> None:
        """Delete a service."""
        self._call("delete_container_service", serviceName=serviceName)

    @precondition(_has_services)
    @rule(serviceName=services, label=st.just("web"), digest=st.just(f"sha256:{'0' * 64}"))
    def register_container_image(self, serviceName: str, label: str, digest: str) -> None:
        """Store an image with a service."""
        self._call("register_container_image", serviceName=serviceName, label=label, digest=digest)

    @precondition(_has_services)
    @rule(resourceName=services, tags=st.sampled_from([[{"key": key}] for key in _TAG_KEYS]))
    def tag_resource(self, resourceName: str, tags: list[dict[str, str]]) -> None:
        """Add a tag to a service."""
        self._call("tag_resource", resourceName=resourceName, tags=tags)

    @precondition(_has_services)
    @rule(resourceName=services, tagKeys=st.sampled_from([[key] for key in _TAG_KEYS]))
    def untag_resource(self, resourceName: str, tagKeys: list[str]) -> None:
        """Remove a tag from a service."""
        self._call("untag_resource", resourceName=resourceName, tagKeys=tagKeys)

    # --- reads ---

    @precondition(_has_services)
    @rule(serviceName=services)
    def get_container_services(self, serviceName: str) -> None:
        """Read a service."""
        self._call("get_container_services", serviceName=serviceName)

    @precondition(_has_services)
    @rule(serviceName=services)
    def get_container_service_deployments(self, serviceName: str) -> None:
        """Read the deployments of a service."""
        self._call("get_container_service_deployments", serviceName=serviceName)

    # --- time ---

    @rule(seconds=_SECONDS)
    def advance(self, seconds: float) -> None:
        """Advance virtual time."""
        self.lightsail.clock.advance(seconds)

    @rule()
    def advance_to_next_change(self) -> None:
        """Advance virtual time until something changes."""
        due = self.lightsail.clock.next_due
        if due is not None:
            self.lightsail.clock.advance_to(due)

    @rule()
    def settle(self) -> None:
        """Advance virtual time until no change is under way."""
        self.lightsail.clock.advance_until_settled()

    # --- failures ---

    @precondition(lambda self: self.faults)
    @rule(serviceName=services, fails_at=st.sampled_from(_FAILING_STEPS))
    def next_deployment_fails(self, serviceName: str, fails_at: str) -> None:
        """Make the next deployment of a service fail at a step."""
        self.lightsail.script.deploy(serviceName, fails_at=fails_at, optional=True)

    @precondition(lambda self: self.faults)
    @rule(
        fault=st.sampled_from(_FAULTS),
        operation=st.sampled_from(_FAULTY_OPERATIONS),
        times=st.integers(1, 3),
    )
    def calls_fail(self, fault: str, operation: str, times: int) -> None:
        """Add a fault to the next calls of an operation, from any client."""
        added = getattr(Fault, fault)()
        self.lightsail.faults.add(added, operation=operation, times=times, optional=True)

    def _call(self, method: str, **parameters: Any) -> None:
        with self.may_be_refused():
            getattr(self.client, method)(**parameters)


class _Timeline:
    """A note with the timeline. It is rendered only when Hypothesis prints it for a failing run."""

    def __init__(self, lightsail: Lightsail) -> None:
        self._lightsail = lightsail

    def __repr__(self) -> str:
        return f"\nLightsail timeline:\n{self._lightsail.timeline()}"
