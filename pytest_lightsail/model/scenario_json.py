"""Scenarios as JSON: for the command ``serve``, and for whoever does not write Python.

A scenario is a list of steps. A step is an object with one member, named by a verb of ``Scenario``, whose
value has the arguments of that method by name:

    [{"deploy": {"fails_at": "EVALUATING_HEALTH_CHECK"}},
     {"fault": {"name": "throttling", "operation": "GetContainerServices", "times": 3}}]
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..exceptions import ConfigurationError
from .bounds import read_json
from .lifecycle import Stage
from .scenario import Scenario
from .scenario_steps import VERBS, make_step

__all__ = ["read_scenario", "scenario_from_json"]

_LARGEST = 1 << 20
_STAGES = "stages"


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        ConfigurationError: the file cannot be read, or holds no scenario; the message says where and why.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > _LARGEST:
        raise ConfigurationError(f"{path}: a scenario has at most {_LARGEST} bytes")
    try:
        document = read_json(data)
    except ValueError as error:
        raise ConfigurationError(f"{path}: not JSON: {error}") from None
    try:
        return scenario_from_json(document)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def scenario_from_json(document: Any) -> Scenario:
    """A scenario from what JSON says of it.

    >>> scenario_from_json([{"deploy": {"takes": 600}}, {"pace": {"name": "fast"}}])
    Scenario().deploy(takes=600).pace('fast')

    Raises:
        ConfigurationError: a step that is none; the message begins with its place, from 0.
    """
    if not isinstance(document, list):
        raise ConfigurationError(
            'a scenario is a list of steps, such as [{"deploy": {"takes": 600}}]'
        )
    return Scenario(tuple(_step(f"[{place}]", step) for place, step in enumerate(document)))


def _step(place: str, step: Any) -> Any:
    if not isinstance(step, Mapping) or len(step) != 1:
        raise ConfigurationError(
            f'{place}: a step is an object with one member, such as {{"deploy": {{"takes": 600}}}}'
        )
    ((verb, given),) = step.items()
    if verb not in VERBS:
        raise ConfigurationError(f"{place}: no verb {verb!r}; there are {', '.join(VERBS)}")
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"{place}: the arguments of {verb} are an object")
    arguments = dict(given)
    try:
        if arguments.get(_STAGES) is not None:
            arguments[_STAGES] = _stages(arguments[_STAGES])
        return make_step(verb, arguments)
    except ConfigurationError as error:
        raise ConfigurationError(f"{place}: {error}") from None


def _stages(value: Any) -> list[Stage]:
    if not isinstance(value, list):
        raise ConfigurationError("stages is a list of objects")
    return [_stage(one) for one in value]


def _stage(value: Any) -> Stage:
    if not isinstance(value, Mapping):
        raise ConfigurationError("a stage is an object with state, detail, and seconds or polls")
    wrong = value.keys() - {"state", "detail", "seconds", "polls"}
    if wrong or not isinstance(value.get("state"), str):
        raise ConfigurationError(
            "a stage has a state, and may have detail, and seconds or polls"
            + (f"; not {', '.join(sorted(wrong))}" if wrong else "")
        )
    if not isinstance(value.get("detail"), (str, type(None))):
        raise ConfigurationError(f"no stateDetail code {value['detail']!r}")
    return Stage(**value)
