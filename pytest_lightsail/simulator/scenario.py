"""Scenarios, which combine scripts, faults and changes by other clients, in Python or JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..exceptions import ConfigurationError, Suggesting, check_known
from ..model.lifecycle import PACES, PaceName
from ..model.service import read_json_file
from . import prepared
from .another_client import WHEN
from .faults import FAULTS, PLAIN_FAULTS, Fault
from .prepared import NTH, TIMES, Argument, read_arguments
from .script import EVENTS

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .account import Account
    from .script import EventArguments


_MOST_STEPS = 1000
"""The maximum number of steps in a JSON scenario. The limit is necessary because the account
cannot respond to calls while it prepares the steps."""


class Step(NamedTuple):
    """One step of a scenario: a verb, and the arguments that differ from their defaults."""

    verb: str
    arguments: Mapping[str, Any]

    def __repr__(self) -> str:
        first = VERBS[self.verb].positional
        shown = (
            f"{'' if name in first else f'{name}='}{x!r}" for name, x in self.arguments.items()
        )
        return f"{self.verb}({', '.join(shown)})"


class Verb(NamedTuple):
    """The definition of a verb: its arguments, and the function that applies a step to an account."""

    arguments: Mapping[str, Argument]
    play: Callable[[Account, dict[str, Any]], object]
    positional: tuple[str, ...] = ()
    """The names of the required arguments, which ``repr`` shows as positional arguments."""
    others: bool = False
    """Whether the verb also accepts arguments that are not listed in ``arguments``."""


def _script(event: str, account: Account, given: dict[str, Any]) -> None:
    getattr(account.script, event)(**given, optional=True)


_CALLS: Mapping[str, Argument] = {
    "operation": Argument(prepared.name),
    "service": Argument(prepared.name),
    "times": TIMES,
    "nth": NTH,
}


def _add_fault(account: Account, given: dict[str, Any]) -> None:
    make = getattr(Fault, name := given.pop("name"))
    own = {each: given.pop(each) for each in [*given] if each not in _CALLS}
    if "by" in own:
        own["by"] = getattr(Fault, own["by"])()
    try:
        signature(make).bind(**own)
    except TypeError as error:
        raise ConfigurationError(f"Fault.{name}: {error}") from None
    account.faults.add(make(**own), **given, optional=True)


def _act(account: Account, given: dict[str, Any]) -> None:
    getattr(account.another_client, given.pop("verb"))(**{**given, "optional": True})


VERBS: Mapping[str, Verb] = {
    **{event: Verb(EVENTS[event], partial(_script, event)) for event in EVENTS},
    "fault": Verb(
        {
            "name": Argument(prepared.one_of(FAULTS)),
            "seconds": Argument(prepared.seconds),
            "code": Argument(prepared.name),
            "message": Argument(prepared.text, ""),
            "by": Argument(prepared.one_of(PLAIN_FAULTS), "read_timeout"),
            **_CALLS,
        },
        play=_add_fault,
        positional=("name",),
    ),
    "another_client": Verb(
        {
            "verb": Argument(prepared.one_of(("creates", "deploys", "updates", "deletes"))),
            "service": Argument(prepared.name),
            "image": Argument(prepared.name),
            **WHEN,
        },
        play=_act,
        positional=("verb", "service"),
        others=True,
    ),
    "pace": Verb(
        {"name": Argument(prepared.one_of(PACES))},
        play=lambda account, given: account.script.preset(given["name"]),
        positional=("name",),
    ),
}
"""Maps the name of each verb to its definition."""


# --- scenarios ---------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False, eq=False)
class Scenario(Suggesting):
    """An immutable and hashable combination of scripts, faults and changes by other clients.

    Each method returns a new scenario with an additional step. The ``repr`` is Python code that you
    can paste into a test to recreate the scenario. To play a scenario, use ``lightsail.play``,
    ``simulate(scenario)`` or ``@pytest.mark.lightsail(scenario=…)``. A test does not fail if a step
    goes unused.

    >>> failing = Scenario().deploy(fails_at="EVALUATING_HEALTH_CHECK")
    >>> failing.fault("throttling", times=3)
    Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK').fault('throttling', times=3)

    Attributes:
        steps: the steps, in order.

    Raises:
        ConfigurationError: an argument is unknown, or its value is invalid. If arguments contradict
            each other or are invalid for the account, the error is raised only when the scenario is
            played.
    """

    steps: tuple[Step, ...] = ()

    def create(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """Script the next ``create`` event, as ``lightsail.script.create`` does."""
        return self._with("create", {"service": service, **how})

    def deploy(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """Script the next ``deploy`` event, as ``lightsail.script.deploy`` does."""
        return self._with("deploy", {"service": service, **how})

    def update(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """Script the next ``update`` event, as ``lightsail.script.update`` does."""
        return self._with("update", {"service": service, **how})

    def disable(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """Script the next ``disable`` event, as ``lightsail.script.disable`` does."""
        return self._with("disable", {"service": service, **how})

    def enable(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """Script the next ``enable`` event, as ``lightsail.script.enable`` does."""
        return self._with("enable", {"service": service, **how})

    def delete(self, service: str | None = None, **how: Unpack[EventArguments]) -> Scenario:
        """Script the next ``delete`` event, as ``lightsail.script.delete`` does."""
        return self._with("delete", {"service": service, **how})

    def fault(self, name: str, **when: Any) -> Scenario:
        """Add a fault that hits the next matching calls.

        Args:
            name: the name of a ``Fault`` constructor, such as ``throttling``.
            when: the ``operation``, ``service``, ``times`` and ``nth`` arguments of
                ``lightsail.faults.add``, and the arguments of the constructor. ``slow_answer``
                takes ``seconds``, ``error`` takes ``code`` and ``message``, and ``answer_lost``
                takes the name of another fault as ``by``.
        """
        return self._with("fault", {"name": name, **when})

    def another_client(self, verb: str, service: str, **members: Any) -> Scenario:
        """Let another client change the account.

        Args:
            verb: ``creates``, ``deploys``, ``updates`` or ``deletes``.
            service: the name of the container service.
            members: the ``after``, ``before`` and ``nth`` arguments of the
                ``lightsail.another_client`` methods. The ``deploys`` verb also takes an ``image``,
                and ``updates`` also takes request members such as ``scale``.
        """
        return self._with("another_client", {"verb": verb, "service": service, **members})

    def pace(self, name: PaceName | str) -> Scenario:
        """Set the pace of unscripted events, as ``lightsail.script.preset`` does."""
        return self._with("pace", {"name": name})

    def __add__(self, other: Scenario) -> Scenario:
        """Return a scenario with the steps of both scenarios, in order."""
        return Scenario(self.steps + other.steps)

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """Make Hypothesis print the ``repr`` instead of the fields of the dataclass."""
        del cycle
        printer.text(repr(self))

    def __repr__(self) -> str:
        return ".".join(["Scenario()", *map(repr, self.steps)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def _with(self, verb: str, given: Mapping[str, Any], *, place: str = "") -> Scenario:
        arguments, _, required, others = VERBS[verb]
        read = read_arguments(place + verb, arguments, given, required=required, others=others)
        return Scenario((*self.steps, Step(verb, read)))


def play(account: Account, scenario: Scenario) -> None:
    """Prepare all steps of a scenario on an account, or none of them if any step is invalid."""
    if not isinstance(scenario, Scenario):
        raise ConfigurationError(
            f"play: expected a scenario such as Scenario().deploy(takes=600), not {scenario!r}"
        )
    # To find invalid steps, play all steps on an empty account first. An empty account suffices,
    # because the validity of a step does not depend on the resources in the account.
    for each in (type(account)(account.options, account.model), account):
        for verb, arguments in scenario.steps:
            VERBS[verb].play(each, copy.deepcopy(dict(arguments)))


def read_scenario(path: Path) -> Scenario:
    """Read a scenario from a file."""
    return scenario_from_json(read_json_file(path), where=f"{path}: ")


def scenario_from_json(document: Any, where: str = "") -> Scenario:
    """Return the scenario that a JSON document describes. Error messages start with ``where``.

    >>> scenario_from_json([{"deploy": {"takes": 600}}, {"pace": {"name": "fast"}}])
    Scenario().deploy(takes=600).pace('fast')
    """
    if not isinstance(document, list) or len(document) > _MOST_STEPS:
        raise ConfigurationError(
            f"{where}a scenario is a list of at most {_MOST_STEPS} steps, such as "
            '[{"deploy": {"takes": 600}}]'
        )
    scenario = Scenario()
    for number, step in enumerate(document):
        place = f"{where}[{number}]"
        if not isinstance(step, Mapping) or len(step) != 1:
            raise ConfigurationError(
                f'{place}: a step is an object with one member, such as {{"deploy": {{"takes": 600}}}}'
            )
        ((verb, given),) = step.items()
        check_known(f"{place}: unknown verb", [verb], VERBS)
        if not isinstance(given, Mapping):
            raise ConfigurationError(f"{place}: the arguments of {verb} must be an object")
        scenario = scenario._with(verb, given, place=f"{place}: ")
    return scenario
