"""``Scenario``: what a test prepares on the account, as a value, and as JSON.

In JSON a scenario is a list of steps. A step is an object with one member, named by a verb of
``Scenario``, whose value has the arguments of that method by name:

    [{"deploy": {"fails_at": "EVALUATING_HEALTH_CHECK"}},
     {"fault": {"name": "throttling", "operation": "GetContainerServices", "times": 3}}]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import ConfigurationError
from ..model.bounds import read_json
from ..model.lifecycle import PaceName
from .history import Operation, masked
from .verbs import VERBS, Step, make_step

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .account import Account
    from .script import EventArguments


_LARGEST = 1 << 20


@dataclass(frozen=True, repr=False)
class Scenario:
    """What the service and others will do, as plain data: immutable, hashable, comparable.

    Its methods have the names of the handle's, and each returns a new scenario. Its ``repr`` is the line
    of Python that makes it, to be pasted into a test; its ``str`` says it in English.
    ``lightsail.play``, ``simulate(scenario)`` and ``@pytest.mark.lightsail(scenario=…)`` play it;
    all of it is optional.

    >>> failing = Scenario().deploy(fails_at="EVALUATING_HEALTH_CHECK")
    >>> failing.fault("throttling", operation="GetContainerServices", times=3)  # doctest: +ELLIPSIS
    Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK').fault('throttling', ...
    >>> print(failing.fault("throttling", operation="GetContainerServices", times=3))
    Scenario(deploy fails at EVALUATING_HEALTH_CHECK; GetContainerServices throttled ×3)

    Attributes:
        steps: what is prepared, in order.

    Raises:
        ConfigurationError: a method or an argument that does not exist, or a value that it cannot have.
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
        """Let something go wrong with the next calls.

        Args:
            name: a constructor of ``Fault``, such as ``throttling``.
            when: ``operation``, ``service``, ``times`` and ``nth``, as of ``lightsail.faults.add``; and
                what the constructor takes: ``seconds`` of ``slow_answer``, ``code`` and ``message`` of
                ``error``.
        """
        return self._with("fault", {"name": name, **when})

    def answer_lost(self, by: str | None = None, **when: Any) -> Scenario:
        """Let a change be made, and its answer never arrive.

        Args:
            by: what the caller sees instead, a constructor of ``Fault``; a read that times out if left
                out.
            when: as of ``fault``.
        """
        return self._with("answer_lost", {"by": by, **when})

    def another_client(self, verb: str, service: str, **members: Any) -> Scenario:
        """Let another client change the account.

        Args:
            verb: ``creates``, ``deploys``, ``updates`` or ``deletes``.
            service: the name of the container service.
            members: ``after``, ``before``, ``nth`` and ``region``, as of ``lightsail.another_client``;
                the ``image`` or the ``containers`` that are deployed; members of the request of an
                update, such as ``scale``.
        """
        return self._with("another_client", {"verb": verb, "service": service, **members})

    def pace(self, name: PaceName | str) -> Scenario:
        """Changes that are not scripted take another time; ``lightsail.script.preset``."""
        return self._with("pace", {"name": name})

    def future(self, operation: Operation | str, **change: Any) -> Scenario:
        """Successful answers are as a later release of the service may give them.

        Args:
            operation: whose answers.
            change: ``at``, a place such as ``containerServices[].state``, where ``[]`` is every element
                of a list or every value of a map, and the whole answer if left out; the change:
                ``becomes=value``, ``gains={member: value}`` or ``lacks=member``; and ``service``,
                ``times`` (every time if left out) and ``nth``.

        >>> scenario = Scenario().future(
        ...     "GetContainerServices", at="containerServices[].state", becomes="HIBERNATING"
        ... )
        >>> print(scenario)
        Scenario(GetContainerServices: containerServices[].state becomes 'HIBERNATING')
        """
        return self._with("future", {"operation": operation, **change})

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
        words = [VERBS[step.verb].words(step) for step in self.steps]
        return f"Scenario({'; '.join(words) or 'nothing unusual'})"

    def _event(self, event: str, service: str | None, how: Mapping[str, Any]) -> Scenario:
        return self._with(event, {"service": service, **how})

    def _with(self, verb: str, given: Mapping[str, Any]) -> Scenario:
        return Scenario((*self.steps, make_step(verb, given)))


def play(account: Account, scenario: Scenario) -> None:
    """Prepare all of a scenario on an account, or nothing. All of it is optional."""
    if not isinstance(scenario, Scenario):
        raise ConfigurationError(
            f"play: {scenario!r} is not a scenario; use one such as Scenario().deploy(takes=600)"
        )
    # What a step may ask for does not depend on what an account has, so an empty one shows it.
    for each in (type(account)(account.options, account.model), account):
        for step in scenario.steps:
            _play(each, step)


def _play(account: Account, step: Step) -> None:
    try:
        VERBS[step.verb].play(account, step.given)
    except ConfigurationError as error:
        shown = Step(step.verb, tuple(masked(step.given).items()))
        raise ConfigurationError(f"play: {shown!r}: {error}") from None


def read_scenario(path: Path) -> Scenario:
    """Read the scenario in a file."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ConfigurationError(f"a scenario has at most {_LARGEST} bytes")
        return scenario_from_json(_json(data))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def _json(data: bytes) -> Any:
    try:
        return read_json(data)
    except ValueError as error:
        raise ConfigurationError(f"not JSON: {error}") from None


def scenario_from_json(document: Any) -> Scenario:
    """Make a scenario of JSON.

    >>> scenario_from_json([{"deploy": {"takes": 600}}, {"pace": {"name": "fast"}}])
    Scenario().deploy(takes=600).pace('fast')
    """
    if not isinstance(document, list):
        raise ConfigurationError(
            'a scenario is a list of steps, such as [{"deploy": {"takes": 600}}]'
        )
    return Scenario(tuple(_step(f"[{place}]", step) for place, step in enumerate(document)))


def _step(place: str, step: Any) -> Step:
    if not isinstance(step, Mapping) or len(step) != 1:
        raise ConfigurationError(
            f'{place}: a step is an object with one member, such as {{"deploy": {{"takes": 600}}}}'
        )
    ((verb, given),) = step.items()
    if verb not in VERBS:
        raise ConfigurationError(f"{place}: no verb {verb!r}; there are {', '.join(VERBS)}")
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"{place}: the arguments of {verb} are an object")
    try:
        return make_step(verb, given)
    except ConfigurationError as error:
        raise ConfigurationError(f"{place}: {error}") from None
