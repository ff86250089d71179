"""``Scenario``: what somebody prepares on the account, as a value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..exceptions import ConfigurationError
from .scenario_duration import seconds_of
from .scenario_steps import VERBS, Step, make_step
from .scenario_words import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypedDict

    from typing_extensions import Unpack

    from .lifecycle import Stage

    class EventArguments(TypedDict, total=False):
        """The arguments of an event, as ``lightsail.script.deploy`` and its like take them."""

        takes: float | None
        never_ends: bool
        fails_at: str | None
        stuck_with: str | None
        stages: Sequence[Stage] | None
        polls: int | None
        lag: float
        times: int | None

    class HitArguments(TypedDict, total=False):
        """Which calls are hit, as ``lightsail.faults.add`` takes it."""

        operation: str | None
        service: str | None
        times: int | None
        nth: int


__all__ = ["Scenario"]


@dataclass(frozen=True, repr=False)
class Scenario:
    """What the service and others will do, as plain data: immutable, hashable, comparable.

    It is built in the words of the handle, each of which gives a new scenario. Its ``repr`` is the line
    of Python that makes it, to be pasted into a test; its ``str`` says it in English.
    ``lightsail.play``, ``simulate(scenario)`` and ``@pytest.mark.lightsail(scenario=…)`` bring it about;
    all of it is optional: it may be met or not.

    >>> failing = Scenario().deploy(fails_at="EVALUATING_HEALTH_CHECK")
    >>> failing.fault("throttling", operation="GetContainerServices", times=3)  # doctest: +ELLIPSIS
    Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK').fault('throttling', ...
    >>> print(failing.fault("throttling", operation="GetContainerServices", times=3))
    Scenario(deploy fails at EVALUATING_HEALTH_CHECK; GetContainerServices throttled ×3)

    Attributes:
        steps: what is prepared, in order.

    Raises:
        ConfigurationError: a word or an argument that does not exist, or a value that it cannot have.
            What only the account can know is refused when the scenario is played.
    """

    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        wrong = [
            step for step in self.steps if not isinstance(step, Step) or step.verb not in VERBS
        ]
        if not isinstance(self.steps, tuple) or wrong:
            raise ConfigurationError(
                "a scenario is built by its methods: Scenario().deploy(takes=600)"
            )

    def create(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """The next creation takes another course; arguments as of ``lightsail.script.create``."""
        return self._event("create", service, how)

    def deploy(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """The next deployment takes another course; arguments as of ``lightsail.script.deploy``."""
        return self._event("deploy", service, how)

    def update(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """The next update takes another course; arguments as of ``lightsail.script.update``."""
        return self._event("update", service, how)

    def disable(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """The next disabling takes another course; arguments as of ``lightsail.script.disable``."""
        return self._event("disable", service, how)

    def enable(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """The next enabling takes another course; arguments as of ``lightsail.script.enable``."""
        return self._event("enable", service, how)

    def delete(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """The next deletion takes another course; arguments as of ``lightsail.script.delete``."""
        return self._event("delete", service, how)

    def fault(self, name: str, **when: Any) -> Scenario:
        """Something goes wrong with the next calls.

        Args:
            name: a constructor of ``Fault``, such as ``throttling``.
            when: ``operation``, ``service``, ``times`` and ``nth``, as of ``lightsail.faults.add``; and
                what the constructor takes: ``seconds`` of ``slow_answer``, ``code`` and ``message`` of
                ``error``.
        """
        return self._with("fault", {"name": name, **when})

    def answer_lost(self, by: str | None = None, **when: Unpack[HitArguments]) -> Scenario:
        """The change is made, but its answer never arrives.

        Args:
            by: what the caller sees instead, a constructor of ``Fault``; a read that times out if left
                out.
            when: as of ``fault``.
        """
        return self._with("answer_lost", {"by": by, **when})

    def somebody(self, verb: str, service: str, **members: Any) -> Scenario:
        """Somebody else changes the account.

        Args:
            verb: ``creates``, ``deploys``, ``updates`` or ``deletes``.
            service: the name of the container service.
            members: ``after``, ``before``, ``nth`` and ``region``, as of ``lightsail.somebody``; the
                ``image`` or the ``containers`` that are deployed; members of the request of an update,
                such as ``scale``.
        """
        return self._with("somebody", {"verb": verb, "service": service, **members})

    def pace(self, name: str) -> Scenario:
        """Changes that nobody scripts take another time; ``lightsail.script.preset``."""
        return self._with("pace", {"name": name})

    def future(self, operation: str, **change: Any) -> Scenario:
        """Successful answers are as a later release of the service may give them.

        Args:
            operation: whose answers.
            change: ``at``, a place such as ``containerServices[].state``, where ``[]`` is every element
                of a list or every value of a map, and the whole answer if left out; what becomes of it:
                ``becomes=value``, ``gains={member: value}`` or ``lacks=member``; and ``service``,
                ``times`` (every time if left out) and ``nth``.

        >>> scenario = Scenario().future(
        ...     "GetContainerServices", at="containerServices[].state", becomes="HIBERNATING"
        ... )
        >>> print(scenario)
        Scenario(GetContainerServices: containerServices[].state becomes 'HIBERNATING')
        """
        return self._with("future", {"operation": operation, **change})

    @property
    def duration(self) -> float:
        """The virtual seconds that all of it can cost a caller at most; ``math.inf`` if it never ends.

        Counted are whole events (not what they take longer than usual), botocore's own timeout of 60 s
        for an answer that never comes, and its longest pause of 20 s before it tries again. What lasts
        for a number of reads lasts as long as the caller takes over them, and counts as nothing.
        """
        return math.fsum(seconds_of(step) for step in self.steps)

    @property
    def bounded(self) -> bool:
        """Whether all of it comes to an end by itself."""
        return self.duration < math.inf

    def __add__(self, other: Scenario) -> Scenario:
        """Both, one after the other."""
        if not isinstance(other, Scenario):
            return NotImplemented
        return Scenario(self.steps + other.steps)

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """The same for pretty printers, Hypothesis' for one, which show data classes in another way."""
        del cycle
        printer.text(repr(self))

    def __repr__(self) -> str:
        return ".".join(["Scenario()", *map(repr, self.steps)])

    def __str__(self) -> str:
        return f"Scenario({'; '.join(map(words_of, self.steps)) or 'nothing unusual'})"

    def _event(self, event: str, service: str | None, how: Mapping[str, Any]) -> Scenario:
        return self._with(event, {"service": service, **how})

    def _with(self, verb: str, given: Mapping[str, Any]) -> Scenario:
        return Scenario((*self.steps, make_step(verb, given)))
