"""Scripts, which define how the next event of a service proceeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from ..exceptions import ConfigurationError, Suggesting, check_known
from ..model.lifecycle import (
    PACES,
    STATE_DETAILS,
    STUCK,
    TIMELINES,
    Detail,
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
    """The arguments with which a test scripts an event, as read by the functions in ``EVENTS``."""

    takes: float | None
    never_ends: bool
    fails_at: Detail | str | None
    stuck_with: StuckDetail | str | None
    stages: Sequence[Stage] | None
    polls: int | None
    lag: float
    times: int | None


_EVERY: Mapping[str, Argument] = {
    "service": Argument(prepared.name),
    "takes": Argument(prepared.seconds),
    "never_ends": Argument(prepared.switch, default=False),
    "stages": Argument(prepared.stages),
    "polls": Argument(prepared.count),
    "times": TIMES,
}
_OWN: Mapping[str, Mapping[str, Argument]] = {
    "create": {"stuck_with": Argument(prepared.one_of(STUCK))},
    "deploy": {
        "fails_at": Argument(prepared.one_of(STATE_DETAILS)),
        "lag": Argument(prepared.seconds, 0.0),
    },
}
EVENTS: Mapping[str, Mapping[str, Argument]] = {
    event: {**_OWN.get(event, {}), **_EVERY} for event in TIMELINES
}
"""The arguments of each event that can be scripted."""


class Plan(NamedTuple):
    """How an event proceeds: its stages, whether it fails, and why."""

    stages: tuple[Stage, ...]
    fails: bool = False
    cause: str = ""
    lag: float = 0.0
    """The number of seconds for which reads still show the service as it was before the event."""
    scripted: bool = False
    canceled: bool = False
    """Whether the deployment fails because its containers do not start."""
    assumed: str = ""
    """The id of the assumption about the duration, or "" if a test sets the duration."""


class EventScript(Suggesting):
    """A callable that scripts events of one kind, such as ``lightsail.script.deploy``."""

    def __init__(self, script: Script, event: str) -> None:
        self._script = script
        self._event = event

    def __call__(
        self, service: str | None = None, *, optional: bool = False, **how: Unpack[EventArguments]
    ) -> None:
        """Script the next event. If several scripts fit an event, the one added first is used.

        Args:
            service: the name of the service to which the script applies. By default, any service.
            optional: if true, the test does not fail when there is no such event.
            how: the course of the event, as keyword arguments:

                - ``takes``: the number of virtual seconds from beginning to end. The relative
                  durations of the steps stay the same.
                - ``never_ends``: if true, the last step lasts forever.
                - ``fails_at``: the ``stateDetail`` code of the step at which Lightsail gives up
                  after a few minutes. The deployment becomes FAILED, and the previous one keeps
                  running. Only for ``deploy``.
                - ``stuck_with``: the ``stateDetail`` code with which a new service stays PENDING
                  forever: CERTIFICATE_LIMIT_EXCEEDED or UNKNOWN_ERROR. Only for ``create``.
                - ``stages``: the steps that replace the default steps.
                - ``polls``: the number of reads after which the event ends. The number of reads
                  replaces the duration.
                - ``lag``: the number of virtual seconds for which GetContainerServices still shows
                  the service as it was before the deployment. The real API can also lag briefly.
                  Only for ``deploy``.
                - ``times``: the number of events to script. The test fails if there are fewer
                  events. ``None`` means all events, of which there must be at least one.

        Raises:
            ConfigurationError: the arguments contradict each other, or the event has no such step.
        """
        given = {"service": service, **how}
        course = read_arguments(f"script.{self._event}", EVENTS[self._event], given)
        service, times = course.pop("service", None), course.pop("times", 1)
        shown = ", ".join(f"{key}={value!r}" for key, value in course.items())
        cause = f"script.{self._event}({shown})"
        pace, scripted = self._script.pace, bool(course.keys() - {"lag"})
        plan = Plan(
            self._stages(course),
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

    def _stages(self, course: dict[str, Any]) -> tuple[Stage, ...]:
        takes, polls = course.get("takes"), course.get("polls")
        if {"never_ends", "stuck_with"} & course.keys() and (
            {"fails_at", "takes", "polls"} & course.keys()
        ):
            raise self._wrong(
                "`never_ends` and `stuck_with` exclude `fails_at`, `takes` and `polls`"
            )
        if takes is not None and polls is not None:
            raise self._wrong("pass `takes` or `polls`, not both")
        # At the `instant` pace, steps take no time, so there are no proportions to preserve.
        default = self._script.pace.timelines if takes is None else TIMELINES
        stages = list(course.get("stages", default[self._event]))
        state = TIMELINES[self._event][0].state
        for stage in stages:
            if stage.state != state:
                raise self._wrong(
                    f"{stage!r} is impossible: during {self._event}, a service is {state}. The "
                    "lifecycle determines its state afterwards"
                )
        if "stuck_with" in course:
            stages.append(Stage(state, course["stuck_with"], seconds=math.inf))
        if "fails_at" in course:
            stages = self._failing(stages, course["fails_at"])
        if takes is not None:
            parts = self._spread(to_nanoseconds(takes), [stage.seconds for stage in stages])
            timed = zip(stages, parts, strict=True)
            stages = [replace(stage, seconds=part / NANOSECONDS) for stage, part in timed]
        if polls is not None:
            # If there are fewer polls than steps, keep only the last steps.
            counted = zip(stages, self._spread(polls, [1.0] * len(stages)), strict=True)
            stages = [replace(stage, seconds=0.0, polls=part) for stage, part in counted if part]
        if "never_ends" in course:
            stages[-1] = replace(stages[-1], seconds=math.inf, polls=None)
        return tuple(stages)

    def _failing(self, stages: list[Stage], code: str) -> list[Stage]:
        """Return the stages up to the stage with this code, at which the deployment fails."""
        codes = [stage.detail for stage in stages]
        if code not in codes:
            known = ", ".join(str(detail) for detail in codes if detail)
            raise self._wrong(f"invalid fails_at={code!r}: expected one of the steps {known}")
        index, seconds = codes.index(code), self._script.pace.failing_seconds
        return [*stages[:index], replace(stages[index], seconds=seconds, polls=None)]

    def _spread(self, amount: int, weights: list[float]) -> list[int]:
        """Divide an amount into whole numbers that are proportional to the weights."""
        until = list(accumulate(weights))
        if not 0 < until[-1] < math.inf:
            raise self._wrong(
                f"`takes` cannot be divided among steps that take {until[-1]:g} seconds in total"
            )
        ends = [int(amount * (each / until[-1])) for each in until]
        return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"script.{self._event}: {what}")


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
            ConfigurationError: there is no such pace.
        """
        check_known("unknown pace", [pace], PACES)
        self.pace = PACES[pace]

    def plan(self, event: str, service: str) -> Plan:
        """Return the plan for an event of the service. If a script applies, count its use."""
        scripted = self.upcoming(event, service) if self.expectations else None
        if scripted is not None:
            scripted.used += 1
            return scripted.what
        pace = self.pace
        return Plan(pace.timelines[event], assumed=pace.assumed)
