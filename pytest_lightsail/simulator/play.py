"""Plays scenarios: each step of the data is what the handle does by the same word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..exceptions import ConfigurationError
from ..model.scenario import Scenario
from ..model.scenario_steps import EVENTS, FAULTS, Step
from .account import Account
from .faults import Fault
from .history import masked

__all__ = ["play"]


def play(account: Account, scenario: Scenario) -> None:
    """Prepare all of a scenario on an account, or nothing. Nothing of it has to be met.

    Raises:
        ConfigurationError: it is no scenario, or a step asks for what the account cannot do; the message
            names the step.
    """
    if not isinstance(scenario, Scenario):
        raise ConfigurationError(
            f"play: {scenario!r} is no scenario; one is Scenario().deploy(takes=600)"
        )
    # What a step may ask for does not depend on what an account has, so an empty one tells.
    for each in (Account(account.options, account.model), account):
        for step in scenario.steps:
            _play(each, step)


def _play(account: Account, step: Step) -> None:
    try:
        _PLAYS[step.verb](account, step.given)
    except ConfigurationError as error:
        shown = Step(step.verb, tuple(masked(step.given).items()))
        raise ConfigurationError(f"play: {shown!r}: {error}") from None


def _event(event: str, account: Account, given: dict[str, Any]) -> None:
    getattr(account.script, event)(**given, optional=True)


def _fault(account: Account, given: dict[str, Any]) -> None:
    name = given.pop("name")
    own = {argument: given.pop(argument) for argument in FAULTS[name] if argument in given}
    account.faults.add(getattr(Fault, name)(**own), **given, optional=True)


def _answer_lost(account: Account, given: dict[str, Any]) -> None:
    by = given.pop("by", None)
    seen = None if by is None else getattr(Fault, by)()
    account.faults.add(Fault.answer_lost(by=seen), **given, optional=True)


def _somebody(account: Account, given: dict[str, Any]) -> None:
    getattr(account.somebody, given.pop("verb"))(**given, optional=True)


def _pace(account: Account, given: dict[str, Any]) -> None:
    account.script.preset(given["name"])


def _future(account: Account, given: dict[str, Any]) -> None:
    account.future(**given, optional=True)


_PLAYS: Mapping[str, Callable[[Account, dict[str, Any]], None]] = {
    **{event: partial(_event, event) for event in EVENTS},
    "fault": _fault,
    "answer_lost": _answer_lost,
    "somebody": _somebody,
    "pace": _pace,
    "future": _future,
}
