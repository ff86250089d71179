"""The steps of a scenario in English."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .scenario_steps import EVENTS, Step, edit_of

__all__ = ["words_of"]

_FAULTS: Mapping[str, str] = {
    "throttling": "throttled",
    "server_error": "answered 500",
    "service_unavailable": "answered 503",
    "connection_reset": "cut off",
    "connection_refused": "not connected",
    "dns_failure": "not resolved",
    "read_timeout": "never answered",
    "slow_answer": "answered after {seconds:g} s",
    "truncated_body": "cut off in its answer",
    "malformed_json": "answered in broken JSON",
    "expired_credentials": "refused, credentials expired",
    "invalid_credentials": "refused, credentials invalid",
    "unauthenticated": "refused, not authenticated",
    "access_denied": "refused, access denied",
    "region_setup": "refused, Region being set up",
    "error": "answered {code}",
}


def words_of(step: Step) -> str:
    """What the step does, in a few words."""
    return _BY_VERB[step.verb](step)


def _event(step: Step) -> str:
    given = step.given
    said = [_EVENTS[name](given[name], step) for name in given if name in _EVENTS]
    of = f" of {given['service']}" if "service" in given else ""
    return f"{step.verb}{of} {' and '.join(said) or 'as usual'}{_times(step, usual=1)}"


def _stages(stages: Any, step: Step) -> str:
    del step
    each = [
        f"{stage.detail or stage.state} "
        + (f"for {stage.polls} polls" if stage.polls else f"{stage.seconds:g} s")
        for stage in stages
    ]
    return f"goes through {', '.join(each)}"


_EVENTS: Mapping[str, Callable[[Any, Step], str]] = {
    "takes": lambda value, step: f"takes {value:g} s",  # noqa: ARG005
    "never_ends": lambda value, step: "never ends",  # noqa: ARG005
    "fails_at": lambda value, step: f"fails at {value}",  # noqa: ARG005
    "stuck_with": lambda value, step: f"is stuck with {value}",  # noqa: ARG005
    "stages": _stages,
    "polls": lambda value, step: f"takes {value} polls",  # noqa: ARG005
    "lag": lambda value, step: f"is seen {value:g} s late",  # noqa: ARG005
}


def _fault(step: Step) -> str:
    given = step.given
    return f"{_calls(step)} {_FAULTS[given['name']].format_map(given)}{_times(step, usual=1)}"


def _answer_lost(step: Step) -> str:
    by = f" by {step.get('by')}" if step.get("by") else ""
    return f"answer of {_calls(step)} lost{by}{_times(step, usual=1)}"


def _calls(step: Step) -> str:
    service = f" of {step.get('service')}" if step.get("service") else ""
    which = f" from call {step.get('nth')} on" if step.get("nth") > 1 else ""
    return f"{step.get('operation') or 'any call'}{service}{which}"


def _somebody(step: Step) -> str:
    given = step.given
    when = ""
    if "after" in given:
        when = f" after {given['after']:g} s"
    elif "before" in given:
        call = f"call {given['nth']} of " if "nth" in given else ""
        when = f" before {call}{given['before']}"
    return f"somebody {given['verb']} {given['service']}{when}"


def _pace(step: Step) -> str:
    return f"pace {step.get('name')}"


def _future(step: Step) -> str:
    return f"{_calls(step)}: {edit_of(step)}{_times(step, usual=None)}"


def _times(step: Step, *, usual: int | None) -> str:
    times = step.get("times")
    if times == usual:
        return ""
    return " every time" if times is None else f" ×{times}"


_BY_VERB: Mapping[str, Callable[[Step], str]] = {
    **dict.fromkeys(EVENTS, _event),
    "fault": _fault,
    "answer_lost": _answer_lost,
    "somebody": _somebody,
    "pace": _pace,
    "future": _future,
}
