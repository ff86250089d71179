"""Scripts: what happens to a service on the next event, instead of the default timeline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..exceptions import ConfigurationError
from .clock import NANOSECONDS, to_nanoseconds
from .lifecycle import FAILING_SECONDS, TIMELINES, Stage

__all__ = ["EventScript", "Plan", "Script", "check_times"]


class Plan(NamedTuple):
    """What a service goes through on one event: stages, how it ends, and who decided so."""

    stages: tuple[Stage, ...]
    fails: bool = False
    cause: str = ""


@dataclass
class _Entry:
    service: str | None
    plan: Plan
    times: int | None

    def fits(self, service: str) -> bool:
        return self.service in {None, service} and self.times != 0


class EventScript:
    """Scripts one kind of event, such as ``lightsail.script.deploy``; call it to add a script."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._entries: list[_Entry] = []

    def __call__(
        self,
        service: str | None = None,
        *,
        takes: float | None = None,
        never_ends: bool = False,
        fails_at: str | None = None,
        stages: Sequence[Stage] | None = None,
        times: int | None = 1,
    ) -> None:
        """Script the next such event; the first script that fits an event is used.

        Args:
            service: the name of the service it is for; any service if left out.
            takes: virtual seconds from beginning to end; the steps keep their proportions.
            never_ends: the last step lasts for ever.
            fails_at: the ``stateDetail`` code of the step at which a deployment is given up, after some
                minutes; it ends FAILED, and what ran before goes on running. Only for ``deploy``.
            stages: the steps themselves, instead of the default ones.
            times: for how many events; ``None`` for every one.

        Raises:
            ConfigurationError: arguments that contradict each other, or a step that the event cannot
                have.
        """
        check_times(f"script.{self._event}", times)
        if service is not None and not isinstance(service, str):
            raise self._wrong(f"service is the name of a service, not {service!r}")
        if never_ends and (fails_at is not None or takes is not None):
            raise self._wrong("what never ends neither fails nor takes a time")
        plan = self._checked(tuple(TIMELINES[self._event] if stages is None else stages))
        if fails_at is not None:
            plan = self._failing(plan, fails_at)
        if takes is not None:
            plan = self._stretched(plan, takes)
        if never_ends:
            plan = (*plan[:-1], replace(plan[-1], seconds=math.inf))
        given = {
            "takes": takes,
            "never_ends": never_ends or None,
            "fails_at": fails_at,
            "stages": stages,
        }
        words = ", ".join(f"{key}={value!r}" for key, value in given.items() if value is not None)
        cause = f"script.{self._event}({words})"
        self._entries.append(_Entry(service, Plan(plan, fails_at is not None, cause), times))

    def plan(self, service: str) -> Plan:
        """What the next such event of the service goes through; uses up one time of a script."""
        for entry in self._entries:
            if entry.fits(service):
                if entry.times is not None:
                    entry.times -= 1
                return entry.plan
        return Plan(TIMELINES[self._event])

    def _checked(self, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        state = TIMELINES[self._event][0].state
        if not stages:
            raise self._wrong("stages has no stage")
        for stage in stages:
            if not isinstance(stage, Stage):
                raise self._wrong(f"{stage!r} is no Stage(…)")
            if stage.state != state:
                raise self._wrong(
                    f"{stage!r} is impossible; during {self._event} a service is {state}, and its "
                    "state afterwards follows from the lifecycle table"
                )
        return stages

    def _failing(self, stages: tuple[Stage, ...], code: str) -> tuple[Stage, ...]:
        if self._event != "deploy":
            raise self._wrong("only a deployment fails at a step")
        codes = [stage.detail for stage in stages]
        if code not in codes:
            known = ", ".join(str(detail) for detail in codes if detail)
            raise self._wrong(f"fails_at={code!r} is no step of it; steps: {known}")
        index = codes.index(code)
        return (*stages[:index], replace(stages[index], seconds=FAILING_SECONDS))

    def _stretched(self, stages: tuple[Stage, ...], takes: float) -> tuple[Stage, ...]:
        total = sum(stage.seconds for stage in stages)
        number = isinstance(takes, (int, float)) and 0 <= takes < math.inf
        if not number or not 0 < total < math.inf:
            raise self._wrong(f"takes={takes!r} cannot be spread over steps of {total:g} seconds")
        # Ends are rounded, not durations, so that the last stage ends exactly when asked for.
        whole, until, stretched = to_nanoseconds(takes), 0.0, []
        begin = 0
        for stage in stages:
            until += stage.seconds
            end = round(whole * (until / total))
            stretched.append(replace(stage, seconds=(end - begin) / NANOSECONDS))
            begin = end
        return tuple(stretched)

    def _wrong(self, what: str) -> ConfigurationError:
        return ConfigurationError(f"script.{self._event}: {what}")


def check_times(where: str, times: object) -> None:
    """Refuse a number of times that does not count down to nothing.

    Raises:
        ConfigurationError: it is neither ``None`` nor a whole number from 1.
    """
    if times is not None and (type(times) is not int or times < 1):
        raise ConfigurationError(
            f"{where}: times is 1 or more, a whole number, or None, not {times!r}"
        )


class Script:
    """Timelines for the events to come, one ``EventScript`` for each kind of event.

    >>> script = Script()
    >>> script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")
    >>> script.plan("deploy", "shop").fails
    True
    >>> script.plan("deploy", "shop").fails
    False
    """

    def __init__(self) -> None:
        self.create = EventScript("create")
        self.deploy = EventScript("deploy")
        self.update = EventScript("update")
        self.disable = EventScript("disable")
        self.enable = EventScript("enable")
        self.delete = EventScript("delete")

    def plan(self, event: str, service: str) -> Plan:
        """What the next such event of the service goes through; uses up one time of a script."""
        scripts: dict[str, EventScript] = vars(self)
        return scripts[event].plan(service)
