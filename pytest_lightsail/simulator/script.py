"""Scripts, which define how future events proceed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ..exceptions import ConfigurationError, Suggesting, check_known
from ..model.lifecycle import (
    PACES,
    STUCK,
    TIMELINES,
    Detail,
    Pace,
    PaceName,
    Stage,
    StuckDetail,
)
from ..options import REALISTIC
from . import prepared
from .clock import NANOSECONDS, to_nanoseconds
from .prepared import TIMES, Argument, Expectation, Prepared, read_arguments

if TYPE_CHECKING:
    from typing_extensions import Unpack


class EventArguments(TypedDict, total=False):
    """The keyword arguments of a script. ``EVENTS`` defines which values are valid."""

    takes: float | None
    never_ends: bool
    fails_at: Detail | str | None
    stuck_with: StuckDetail | str | None
    lag: float
    times: int | None


_STEPS = [stage.detail for stage in TIMELINES["deploy"] if stage.detail is not None]
_EVERY: Mapping[str, Argument] = {
    "service": Argument(prepared.name),
    "takes": Argument(prepared.seconds),
    "never_ends": Argument(prepared.switch, default=False),
    "times": TIMES,
}
EVENTS: Mapping[str, Mapping[str, Argument]] = {
    **dict.fromkeys(TIMELINES, _EVERY),
    "create": {"stuck_with": Argument(prepared.one_of(STUCK)), **_EVERY},
    "deploy": {
        "fails_at": Argument(prepared.one_of(_STEPS)),
        "lag": Argument(prepared.seconds, 0.0),
        **_EVERY,
    },
}
"""The arguments that a script accepts, keyed by the event that it scripts."""


class Plan(NamedTuple):
    """How an event proceeds: its stages, whether it fails, and why."""

    event: str
    stages: tuple[Stage, ...]
    fails: bool = False
    cause: str = ""
    lag: float = 0.0
    """The number of seconds for which GetContainerServices shows the old state of the service."""
    scripted: bool = False
    canceled: bool = False
    """Whether the deployment fails because its containers do not start."""
    assumed: str = ""
    """The id of the assumption about the duration, or "" if a test sets the duration."""


class EventScript(Suggesting):
    """A callable, such as ``lightsail.script.deploy``, that scripts events of one kind."""

    def __init__(self, script: Script, event: str) -> None:
        self._script = script
        self._event = event

    def __call__(
        self, service: str | None = None, *, optional: bool = False, **how: Unpack[EventArguments]
    ) -> None:
        """Script the next event. If several scripts match an event, the oldest script applies.

        Args:
            service: the name of the service that the script applies to. By default, any service.
            optional: if true, the test does not fail when the script is never used.
            how: the course of the event, as keyword arguments:

                - ``takes``: the duration of the event in virtual seconds. The steps keep their
                  relative durations.
                - ``never_ends``: if true, the last step lasts forever.
                - ``fails_at``: the ``stateDetail`` code of the step that fails after a few minutes.
                  The deployment becomes FAILED, and the previous one keeps running. Only for
                  ``deploy``.
                - ``stuck_with``: the ``stateDetail`` code of a new service that stays PENDING
                  forever (CERTIFICATE_LIMIT_EXCEEDED or UNKNOWN_ERROR). Only for ``create``.
                - ``lag``: the number of virtual seconds for which GetContainerServices still shows
                  the service as it was before the deployment. The real API can also lag briefly.
                  Only for ``deploy``.
                - ``times``: the number of events to script. The test fails if fewer events match.
                  With ``None``, the script applies to every matching event, and the test fails if
                  no event matches.

        Raises:
            ConfigurationError: an argument is invalid, or two arguments contradict each other.
        """
        where = f"script.{self._event}"
        course = read_arguments(where, EVENTS[self._event], {"service": service, **how})
        service, times = course.pop("service", None), course.pop("times", 1)
        shown = ", ".join(f"{key}={value!r}" for key, value in course.items())
        cause, pace = f"{where}({shown})", self._script.pace
        scripted = bool(course.keys() - {"lag"})
        if {"never_ends", "stuck_with"} & course.keys() and {"fails_at", "takes"} & course.keys():
            raise ConfigurationError(
                f"{where}: `fails_at` and `takes` cannot be combined with `never_ends` or `stuck_with`"
            )
        plan = Plan(
            self._event,
            _stages(self._event, pace, course),
            "fails_at" in course,
            cause,
            course.get("lag", 0.0),
            scripted=scripted,
            canceled=course.get("fails_at") == "CREATING_DEPLOYMENT",
            assumed="" if scripted else pace.assumed,
        )
        words = cause if service is None else f"{cause} of {service}"
        self._script.expectations.append(
            Expectation(words, plan, self._event, service, times=times, optional=optional)
        )


def _stages(event: str, pace: Pace, course: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Return the stages of a scripted event. ``course`` contains the script's arguments."""
    # `takes` scales the durations of the realistic pace, because 0 seconds cannot be scaled.
    stages = list((TIMELINES if "takes" in course else pace.timelines)[event])
    if "stuck_with" in course:
        stages.append(Stage(stages[0].state, course["stuck_with"], math.inf))
    if "fails_at" in course:
        last = [stage.detail for stage in stages].index(course["fails_at"])
        stages[last:] = [stages[last]._replace(seconds=pace.failing_seconds)]
    if "takes" in course:
        stages = _stretched(stages, to_nanoseconds(course["takes"]))
    if "never_ends" in course:
        stages[-1] = stages[-1]._replace(seconds=math.inf)
    return tuple(stages)


def _stretched(stages: list[Stage], total: int) -> list[Stage]:
    """Scale the durations of stages so that they add up to exactly ``total`` nanoseconds."""
    until = [0.0, *accumulate(stage.seconds for stage in stages)]
    ends = [int(total * (each / until[-1])) for each in until]
    return [
        stage._replace(seconds=(end - begin) / NANOSECONDS)
        for stage, begin, end in zip(stages, ends, ends[1:], strict=False)
    ]


class Script(Prepared[Plan]):
    """The scripts for future events. There is one ``EventScript`` for each kind of event.

    >>> script = Script()
    >>> script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")
    >>> script.plan("deploy", "shop").fails
    True
    >>> script.plan("deploy", "shop").fails
    False
    """

    def __init__(self, pace: str = REALISTIC) -> None:
        super().__init__()
        self.create, self.deploy = EventScript(self, "create"), EventScript(self, "deploy")
        self.update, self.delete = EventScript(self, "update"), EventScript(self, "delete")
        self.disable, self.enable = EventScript(self, "disable"), EventScript(self, "enable")
        self.preset(pace)

    def preset(self, pace: PaceName | str) -> None:
        """Set the pace of future unscripted events.

        Args:
            pace: ``realistic`` (observed durations), ``fast`` (one second per step) or ``instant``
                (each event ends before the next call).

        Raises:
            ConfigurationError: the pace is unknown.
        """
        check_known("unknown pace", [pace], PACES)
        self.pace = PACES[pace]

    def plan(self, event: str, service: str) -> Plan:
        """Return the plan for an event. If a script provides the plan, mark the script as used."""
        if scripted := self.upcoming(event, service):
            scripted.used += 1
            return scripted.what
        return Plan(event, self.pace.timelines[event], assumed=self.pace.assumed)
