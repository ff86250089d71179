"""How long the steps of a scenario can keep a caller."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from .lifecycle import FAILING_SECONDS, TIMELINES, Stage
from .scenario_steps import EVENTS, SOMEBODY, Step

__all__ = ["seconds_of"]

_READ_TIMEOUT = 60.0
"""Seconds for which botocore waits for an answer, where nobody says otherwise."""
_BACK_OFF = 20.0
"""Seconds that botocore waits at most before it tries again."""


def seconds_of(step: Step) -> float:
    """The virtual seconds that a step can cost a caller at most."""
    return _BY_VERB[step.verb](step)


def _event(step: Step) -> float:
    given = step.given
    if "never_ends" in given or "stuck_with" in given:
        return math.inf
    return _often(given.get("takes", _usual(step)) + given.get("lag", 0.0), step.get("times"))


def _usual(step: Step) -> float:
    """The length of an event that takes the time of its stages."""
    given = step.given
    stages: tuple[Stage, ...] = given.get("stages", TIMELINES[step.verb])
    if "polls" in given:
        return 0.0
    if "fails_at" in given:
        details = [stage.detail for stage in stages]
        code = given["fails_at"]
        before = stages[: details.index(code)] if code in details else stages
        return sum(stage.seconds for stage in before) + FAILING_SECONDS
    return sum(stage.seconds for stage in stages)


def _fault(step: Step) -> float:
    late = {"slow_answer": step.get("seconds"), "read_timeout": _READ_TIMEOUT}
    return _often(late.get(step.get("name"), 0.0) + _BACK_OFF, step.get("times"))


def _answer_lost(step: Step) -> float:
    late = _READ_TIMEOUT if step.get("by") in {None, "read_timeout"} else 0.0
    return _often(late + _BACK_OFF, step.get("times"))


def _somebody(step: Step) -> float:
    stages = TIMELINES[SOMEBODY[step.get("verb")]]
    return sum(stage.seconds for stage in stages)


def _often(seconds: float, times: int | None) -> float:
    if not seconds:
        return 0.0
    return math.inf if times is None else seconds * times


def _nothing(step: Step) -> float:
    del step
    return 0.0


_BY_VERB: Mapping[str, Callable[[Step], float]] = {
    **dict.fromkeys(EVENTS, _event),
    "fault": _fault,
    "answer_lost": _answer_lost,
    "somebody": _somebody,
    "pace": _nothing,
    "future": _nothing,
}
