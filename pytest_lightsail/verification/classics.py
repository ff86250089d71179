"""The cases that find most, tried before any that are drawn: the plainest of each kind of trouble."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from ..model.lifecycle import STUCK
from ..simulator.scenario import Scenario
from ..strategies.scenarios import scenarios
from .case import Case

__all__ = ["classics", "usual"]

_NOTHING = Scenario()
_OUTLASTING = 7
"""Calls in a row that outlast botocore's retries, which make five attempts at most."""
_CLASSIC = {"failures", "lost-answers", "outages"}


def classics(
    worlds: Collection[str],
    arguments: Mapping[str, Any],
    operations: Collection[str],
    secrets: Collection[str] = (),
) -> tuple[Case, ...]:
    """In every world: nothing at all, a failure, what never ends, throttling, and lost answers.

    Args:
        worlds: the names of the worlds.
        arguments: arguments of the caller, the same in every case.
        operations: the operations that the caller uses.
        secrets: values that the cases are to mask.
    """
    return tuple(
        Case(world, arguments, scenario, secrets=secrets)
        for scenario in _scenarios(sorted(operations))
        for world in worlds
    )


def _scenarios(operations: list[str]) -> Iterator[Scenario]:
    yield _NOTHING
    yield _NOTHING.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    yield _NOTHING.deploy(never_ends=True)
    yield from (_NOTHING.create(stuck_with=code) for code in STUCK)
    for name in operations:
        yield _NOTHING.fault("throttling", operation=name, times=_OUTLASTING)
    for name in operations:
        if not name.startswith("Get"):
            yield _NOTHING.answer_lost(operation=name)


def usual(service: str, operations: Collection[str]) -> st.SearchStrategy[Scenario]:
    """What else may happen: what ends by itself mostly, and now and then something that never does.

    Args:
        service: the container service that others may change.
        operations: the calls that may be hit; those of a release if there are none.
    """
    hit = sorted(operations) or None
    anything = scenarios(service=service, operations=hit)
    classic = scenarios(service=service, operations=hit, only=_CLASSIC, max_steps=1)
    stuck = scenarios(service=service, operations=hit, only={"stuck"}, bounded=False)
    return st.one_of(anything, anything, classic, classic, stuck)
