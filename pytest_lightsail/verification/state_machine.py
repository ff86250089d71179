"""``LightsailStateMachine``: call operations and advance time, in any order."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from .. import strategies
from ..exceptions import ExampleNeverEndsError, never_ends
from ..options import Options, option_fields
from ..simulation.handle import Lightsail

if TYPE_CHECKING:
    from mypy_boto3_lightsail import LightsailClient

_IMAGE = strategies.image_references(kinds={"public"})
_CONTAINERS = st.fixed_dictionaries(
    {"web": st.fixed_dictionaries({"image": _IMAGE, "ports": st.just({"80": "HTTP"})})}
)
_ENDPOINTS = st.fixed_dictionaries(
    {"containerName": st.just("web"), "containerPort": st.just(80)},
    optional={"healthCheck": strategies.health_checks()},
)
_SECONDS = st.sampled_from((1, 5, 30, 60, 300, 3600))


class LightsailStateMachine(RuleBasedStateMachine):
    """A Hypothesis state machine whose rules change container services and move the clock.

    Add rules that run your own code, with its own client, and invariants that must hold after each step.
    Hypothesis searches for the shortest sequence of steps that breaks an invariant, and prints the
    steps as Python, followed by the account's timeline.

    Every run starts with a clean account and uses virtual time. Each rule that calls an operation
    has the same name and parameters as the corresponding boto3 method. A refusal by the service is
    not a failure, and the run continues. Use ``with self.may_be_refused():`` to allow refusals in
    your own rules.

    To switch a rule off, set it to ``None``: ``delete_container_service = None``.

    To set options of the account, such as ``region``, ``seed`` and ``pace``, define class
    attributes.

    Attributes:
        service_names: the names of all services. There are few names, so that rules often use the same
            service.
        services: a strategy for service names, which mostly draws the names of existing services.
        lightsail: a handle like the one that the fixture provides, active from ``__init__`` to
            ``teardown``. If you override one of these methods, also call the original method.

    >>> from hypothesis import settings
    >>> from hypothesis.stateful import invariant, run_state_machine_as_test
    >>> class Small(LightsailStateMachine):
    ...     pace = "fast"
    ...     service_names = ("shop",)
    ...     update_container_service = None
    ...
    ...     @invariant()
    ...     def there_is_one_service_at_most(self):
    ...         assert len(self.lightsail.services) <= 1
    >>> run_state_machine_as_test(Small, settings=settings(max_examples=10))
    """

    service_names: ClassVar[tuple[str, ...]] = ("shop", "blog")

    services: ClassVar[st.SearchStrategy[str]] = st.runner().flatmap(
        lambda machine: st.sampled_from((*machine.lightsail.services, *machine.service_names))
    )
    _names = st.runner().flatmap(lambda machine: st.sampled_from(machine.service_names))

    def __init__(self) -> None:
        super().__init__()
        given = {name: getattr(self, name) for name in option_fields() if hasattr(self, name)}
        self.lightsail = Lightsail(Options(**given))
        self.lightsail.start()
        # Hypothesis does not call teardown() if the __init__ of a subclass fails.
        weakref.finalize(self, self.lightsail.stop)

    @cached_property
    def client(self) -> LightsailClient:
        """The botocore client that the rules of this class use."""
        return self.lightsail.client()

    @contextmanager
    def may_be_refused(self) -> Generator[None, None, None]:
        """Suppress an exception from the block if it is a refusal by the service.

        A botocore exception is a refusal if a fault hit the last call of the block, or if the
        service model documents that call's error. All other exceptions propagate.
        """
        calls_before = len(self.lightsail.calls)
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            calls = self.lightsail.calls[calls_before:]
            if not calls:
                raise
            operation = self.lightsail.account.model.operations.get(calls[-1].operation)
            documented = operation is not None and calls[-1].error in operation.errors
            if not calls[-1].fault and not (isinstance(error, ClientError) and documented):
                raise

    def teardown(self) -> None:
        """Stop the account, and let Hypothesis print the timeline if the run fails.

        Raises:
            ExampleNeverEndsError: ``CallerNeverEnds`` ended the run.
            OperationNotSimulatedError: the caller used an operation that is not simulated, even if the
                caller swallowed this error.
        """
        # Hypothesis calls teardown() while the exception of a failing run propagates.
        ending = sys.exc_info()[1]
        if currently_in_test_context() and ending is not None:
            note(f"\nLightsail timeline:\n{self.lightsail.timeline()}")
        self.lightsail.stop()
        never = never_ends(ending)
        if never is not None:
            raise ExampleNeverEndsError(str(never)) from ending
        if ending is None:
            self.lightsail.account.raise_swallowed()

    # --- the rules ---

    @precondition(lambda self: not set(self.service_names) <= set(self.lightsail.services))
    @rule(serviceName=_names, power=strategies.powers(), scale=strategies.scales())
    def create_container_service(self, serviceName: str, power: str, scale: int) -> None:
        """Create a service without a deployment."""
        self._call("create_container_service", serviceName=serviceName, power=power, scale=scale)

    @precondition(lambda self: self.lightsail.services)
    @rule(serviceName=services, containers=_CONTAINERS, publicEndpoint=_ENDPOINTS)
    def create_container_service_deployment(
        self, serviceName: str, containers: dict[str, Any], publicEndpoint: dict[str, Any]
    ) -> None:
        """Deploy a container that has a public endpoint and a public image."""
        self._call(
            "create_container_service_deployment",
            serviceName=serviceName,
            containers=containers,
            publicEndpoint=publicEndpoint,
        )

    @precondition(lambda self: self.lightsail.services)
    @rule(serviceName=services, power=strategies.powers(), scale=strategies.scales())
    def update_container_service(self, serviceName: str, power: str, scale: int) -> None:
        """Change the capacity of a service."""
        self._call("update_container_service", serviceName=serviceName, power=power, scale=scale)

    @precondition(lambda self: self.lightsail.services)
    @rule(serviceName=services)
    def delete_container_service(self, serviceName: str) -> None:
        """Delete a service."""
        self._call("delete_container_service", serviceName=serviceName)

    @rule(seconds=_SECONDS)
    def advance(self, seconds: float) -> None:
        """Advance virtual time."""
        self.lightsail.clock.advance(seconds)

    def _call(self, method: str, **parameters: Any) -> None:
        with self.may_be_refused():
            getattr(self.client, method)(**parameters)
