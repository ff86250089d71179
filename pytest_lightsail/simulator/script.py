"""Scripts: what happens to a service on the next event, instead of the default timeline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..exceptions import ConfigurationError, shown
from ..model.bounds import is_duration
from ..model.lifecycle import PACES, STUCK, TIMELINES, Pace, Stage
from ..options import REALISTIC
from ..wording import Suggesting, did_you_mean
from .clock import NANOSECONDS, to_nanoseconds
from .expectation import Expectation, check_times, to_come, unused

__all__ = ["EventScript", "Plan", "Script"]


class Plan(NamedTuple):
    """What a service goes through on one event: stages, how it ends, and who decided so."""

    stages: tuple[Stage, ...]
    fails: bool = False
    cause: str = ""
    lag: float = 0.0
    """Seconds for which reads still show the service as it was before."""
    scripted: bool = False
    forced: bool = False
    """A test has ended it by hand."""


@dataclass(eq=False)
class _Entry(Expectation):
    service: str | None
    plan: Plan

    def fits(self, service: str) -> bool:
        return self.service in {None, service} and not self.is_over

    def __str__(self) -> str:
        return self.plan.cause if self.service is None else f"{self.plan.cause} of {self.service}"


class EventScript(Suggesting):
    """Scripts one kind of event, such as ``lightsail.script.deploy``; call it to add a script."""

    def __init__(self, event: str, pace: Pace = PACES[REALISTIC]) -> None:
        self._event = event
        self.pace = pace
        """How long this event takes where nothing else is scripted."""
        self._entries: list[_Entry] = []

    def __call__(
        self,
        service: str | None = None,
        *,
        takes: float | None = None,
        never_ends: bool = False,
        fails_at: str | None = None,
        stuck_with: str | None = None,
        stages: Sequence[Stage] | None = None,
        polls: int | None = None,
        lag: float = 0.0,
        times: int | None = 1,
        optional: bool = False,
    ) -> None:
        """Script the next such event; the first script that fits an event is used.

        Args:
            service: the name of the service it is for; any service if left out.
            takes: virtual seconds from beginning to end; the steps keep their proportions.
            never_ends: the last step lasts for ever.
            fails_at: the ``stateDetail`` code of the step at which a deployment is given up, after some
                minutes; it ends FAILED, and what ran before goes on running. Only for ``deploy``.
            stuck_with: the ``stateDetail`` code with which a new service stays PENDING for ever:
                CERTIFICATE_LIMIT_EXCEEDED or UNKNOWN_ERROR. Only for ``create``.
            stages: the steps themselves, instead of the default ones.
            polls: how many reads see the service on its way, instead of a time.
            lag: virtual seconds for which GetContainerServices still shows the service as it was before
                the deployment, as the real one can for a moment. Only for ``deploy``.
            times: for how many events, each of which must come; ``None`` for every one, at least one.
            optional: the test is not to fail if no such event comes.

        Raises:
            ConfigurationError: arguments that contradict each other, or a step that the event cannot
                have.
        """
        check_times(f"script.{self._event}", times)
        if service is not None and not isinstance(service, str):
            raise self._wrong(f"service is the name of a service, not {service!r}")
        self._check_together(takes, fails_at, stuck_with, polls, never_ends=never_ends)
        # The steps of an instant have no proportions that a time could be spread by.
        default = self.pace.timelines if takes is None else TIMELINES
        plan = self._checked(tuple(default[self._event] if stages is None else stages))
        if stuck_with is not None:
            plan = self._stuck(plan, stuck_with)
        if fails_at is not None:
            plan = self._failing(plan, fails_at)
        if takes is not None:
            plan = self._stretched(plan, takes)
        if polls is not None:
            plan = self._polled(plan, polls)
        if never_ends:
            plan = (*plan[:-1], replace(plan[-1], seconds=math.inf, polls=None))
        given = {
            "takes": takes,
            "never_ends": never_ends or None,
            "fails_at": fails_at,
            "stuck_with": stuck_with,
            "stages": stages,
            "polls": polls,
            "lag": self._checked_lag(lag) or None,
        }
        words = ", ".join(f"{key}={value!r}" for key, value in given.items() if value is not None)
        self._entries.append(
            _Entry(
                service,
                Plan(
                    plan,
                    fails_at is not None,
                    f"script.{self._event}({words})",
                    lag,
                    scripted=True,
                ),
                times=times,
                optional=optional,
            )
        )

    def plan(self, service: str) -> Plan:
        """What the next such event of the service goes through; uses up one time of a script."""
        entry = self._next(service)
        if entry is not None:
            entry.used += 1
        return self._plan(entry)

    def ahead(self, service: str) -> Plan:
        """What the next such event of the service would go through; uses up nothing."""
        return self._plan(self._next(service))

    def _next(self, service: str) -> _Entry | None:
        return next((entry for entry in self._entries if entry.fits(service)), None)

    def _plan(self, entry: _Entry | None) -> Plan:
        return Plan(self.pace.timelines[self._event]) if entry is None else entry.plan

    def clear(self) -> None:
        """Take the scripts of this event away, used or not."""
        self._entries.clear()

    def unused(self) -> list[str]:
        """The scripts that events have not used as often as they are for, but for optional ones."""
        return unused(self._entries)

    def to_come(self) -> list[str]:
        """The scripts that events to come will use, each with how often, if that is not once."""
        return to_come(self._entries)

    def _check_together(
        self,
        takes: float | None,
        fails_at: str | None,
        stuck_with: str | None,
        polls: int | None,
        *,
        never_ends: bool,
    ) -> None:
        if (never_ends or stuck_with is not None) and (fails_at, takes, polls) != (None,) * 3:
            raise self._wrong("what never ends neither fails nor takes a time")
        if takes is not None and polls is not None:
            raise self._wrong("it takes a time or a number of polls, not both")

    def _checked_lag(self, lag: float) -> float:
        if lag and self._event != "deploy":
            raise self._wrong("only a deployment is seen late")
        to_nanoseconds(lag)
        return lag

    def _stuck(self, stages: tuple[Stage, ...], code: str) -> tuple[Stage, ...]:
        if self._event != "create" or code not in STUCK:
            known = " or ".join(STUCK)
            raise self._wrong(f"stuck_with is {known}, while a service is created; not {code!r}")
        return (*stages, Stage(stages[-1].state, code, seconds=math.inf))

    def _polled(self, stages: tuple[Stage, ...], polls: int) -> tuple[Stage, ...]:
        if type(polls) is not int or polls < 1:
            raise self._wrong(f"polls is 1 or more, a whole number, not {polls!r}")
        # With fewer polls than steps, the later steps are the ones that are seen.
        until = [polls * (index + 1) // len(stages) for index in range(len(stages))]
        reads = [end - begin for begin, end in zip([0, *until], until, strict=False)]
        return tuple(
            replace(stage, seconds=0.0, polls=number)
            for stage, number in zip(stages, reads, strict=True)
            if number
        )

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
            instead = "; a service that is being created has stuck_with=" * (
                self._event == "create"
            )
            raise self._wrong(f"only a deployment fails at a step{instead}")
        codes = [stage.detail for stage in stages]
        if code not in codes:
            steps = [str(detail) for detail in codes if detail]
            known, near = ", ".join(steps), did_you_mean(code, steps)
            raise self._wrong(f"fails_at={code!r} is no step of it; steps: {known}{near}")
        index = codes.index(code)
        seconds = self.pace.failing_seconds
        return (*stages[:index], replace(stages[index], seconds=seconds, polls=None))

    def _stretched(self, stages: tuple[Stage, ...], takes: float) -> tuple[Stage, ...]:
        total = sum(stage.seconds for stage in stages)
        if not is_duration(takes) or not 0 < total < math.inf:
            raise self._wrong(
                f"takes={shown(takes)} cannot be spread over steps of {total:g} seconds"
            )
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


class Script(Suggesting):
    """Timelines for the events to come, one ``EventScript`` for each kind of event.

    >>> script = Script()
    >>> script.deploy(service="shop", fails_at="EVALUATING_HEALTH_CHECK")
    >>> script.plan("deploy", "shop").fails
    True
    >>> script.plan("deploy", "shop").fails
    False
    """

    def __init__(self, pace: str = REALISTIC) -> None:
        self.create = EventScript("create")
        self.deploy = EventScript("deploy")
        self.update = EventScript("update")
        self.disable = EventScript("disable")
        self.enable = EventScript("enable")
        self.delete = EventScript("delete")
        self.preset(pace)

    def __repr__(self) -> str:
        return f"<Script {', '.join(self.to_come()) or 'nothing to come'}>"

    def preset(self, pace: str) -> None:
        """Let events to come take the time of a pace, where nothing else is scripted.

        Args:
            pace: ``realistic``, within what has been observed; ``fast``, a second a step; ``instant``,
                over by the next call.

        Raises:
            ConfigurationError: there is no such pace.
        """
        if pace not in PACES:
            raise ConfigurationError(f"no pace {pace!r}; there are {', '.join(PACES)}")
        for event in self._events().values():
            event.pace = PACES[pace]

    def unused(self) -> list[str]:
        """The scripts that events have not used as often as they are for, but for optional ones."""
        return [line for event in self._events().values() for line in event.unused()]

    def to_come(self) -> list[str]:
        """The scripts that events to come will use, each with how often, if that is not once."""
        return [line for event in self._events().values() for line in event.to_come()]

    def clear(self) -> None:
        """Take all scripts away, used or not; the pace stays."""
        for event in self._events().values():
            event.clear()

    def plan(self, event: str, service: str) -> Plan:
        """What the next such event of the service goes through; uses up one time of a script."""
        return self._events()[event].plan(service)

    def ahead(self, event: str, service: str) -> Plan:
        """What the next such event of the service would go through; uses up nothing."""
        return self._events()[event].ahead(service)

    def _events(self) -> dict[str, EventScript]:
        return vars(self)
