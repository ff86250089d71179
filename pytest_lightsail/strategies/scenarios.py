"""``scenarios()``: what the service and others may do to a caller, for ``lightsail.play``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from hypothesis import event, note
from hypothesis import strategies as st

from ..exceptions import ConfigurationError, UnknownOperation
from ..model.service import load
from ..simulator.scenario import Scenario
from .moves import HITS, KINDS, Moves, Terms

__all__ = ["OPERATIONS", "scenarios"]

OPERATIONS = (
    "GetContainerServices",
    "CreateContainerServiceDeployment",
    "CreateContainerService",
    "GetContainerServiceDeployments",
    "UpdateContainerService",
    "DeleteContainerService",
)
"""The calls that are hit if nobody says which: those of a release, the likeliest first."""

_ON_REQUEST = {"future", "garbled"}
_ENDLESS = {"stuck"}


def scenarios(
    *,
    service: str | st.SearchStrategy[str] = "shop",
    operations: Collection[str] | None = None,
    max_steps: int = 3,
    bounded: bool = True,
    future: bool = False,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> st.SearchStrategy[Scenario]:
    """Scenarios: what the service and others may do while a caller creates, deploys, polls and deletes.

    Draw one, play it with ``lightsail.play(scenario)``, then run the caller. Any of it may be met or not.
    The kinds:

    ==============  =================================================================================
    delays          changes take another time, show other steps, are seen late, or end at once
    failures        deployments fail, at any step; over a running version; again and again
    faults          errors, lost connections and slow answers that botocore's own retries cope with: at
                    most 2 calls of a scenario fail (it makes 3 attempts at least)
    lost-answers    the change is made, but its answer is lost or broken
    another_client  another client creates, deploys, updates, disables or deletes in the middle
    outages         faults that outlast botocore's retries (5 calls or more), and errors that it does not
                    retry, such as expired credentials
    future          answers of a later release of the service; on request
    garbled         bodies that are no JSON; only if ``only`` names it
    stuck           what never ends; unless ``bounded``
    ==============  =================================================================================

    Args:
        service: the name of the container service that another client changes, or a strategy for it.
        operations: the calls that may be hit; by default those of a release.
        max_steps: how many steps a scenario has at most.
        bounded: everything ends by itself: each step costs a caller ten virtual minutes at most (see
            ``Scenario.duration``), and unknown values are seen three times at most. Otherwise steps take
            up to a day, or never end.
        future: the ``future`` kind too.
        only: only these kinds.
        without: all kinds but these.

    Raises:
        ConfigurationError: there is no such kind, or no kind is left; ``max_steps`` is less than 0.
        UnknownOperation: Lightsail has no such operation.

    >>> from hypothesis import find
    >>> find(scenarios(), lambda scenario: "fails" in str(scenario))
    Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK')
    """
    if type(max_steps) is not int or max_steps < 0:
        raise ConfigurationError(f"scenarios: max_steps is 0 or more, not {max_steps!r}")
    kinds = _kinds(bounded=bounded, future=future, only=only, without=without)
    return _scenarios(service, kinds, _operations(operations), max_steps, bounded=bounded)


def _kinds(
    *, bounded: bool, future: bool, only: Collection[str] | None, without: Collection[str]
) -> tuple[str, ...]:
    """The kinds that are asked for, in the order of the table."""
    unknown = sorted({*(only or ()), *without} - KINDS.keys())
    if unknown:
        raise ConfigurationError(f"scenarios: no kind {unknown[0]!r}; there are {', '.join(KINDS)}")
    if bounded and only is not None and _ENDLESS & set(only):
        raise ConfigurationError("scenarios: what is stuck never ends: say bounded=False too")
    left_out = (_ENDLESS if bounded else set()) | (_ON_REQUEST - ({"future"} if future else set()))
    usual = set(KINDS) - left_out
    chosen = (usual if only is None else set(only)) - set(without)
    if not chosen:
        raise ConfigurationError(f"scenarios: no kind is left of {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in chosen)


def _operations(names: Collection[str] | None) -> tuple[str, ...]:
    """The operations, each of which exists."""
    known = load().operations
    for name in names or ():
        if name not in known:
            raise UnknownOperation(f"scenarios: Lightsail has no operation {name!r}")
    if names is not None and not names:
        raise ConfigurationError("scenarios: operations names no operation")
    # Sets have no order of their own, and examples are to be the same in every run.
    return OPERATIONS if names is None else tuple(sorted(names, key=_likeliest_first))


def _likeliest_first(name: str) -> tuple[int, str]:
    return (OPERATIONS.index(name) if name in OPERATIONS else len(OPERATIONS), name)


@lru_cache(maxsize=64)
def _scenarios(
    service: str | st.SearchStrategy[str],
    kinds: tuple[str, ...],
    operations: tuple[str, ...],
    max_steps: int,
    *,
    bounded: bool,
) -> st.SearchStrategy[Scenario]:
    names = st.just(service) if isinstance(service, str) else st.shared(service)
    terms = Terms(names, operations, bounded)
    pieces = {kind: KINDS[kind](terms) for kind in kinds}
    possible = {kind: options for kind, options in pieces.items() if options}
    if not possible:
        raise ConfigurationError(
            f"scenarios: none of {', '.join(kinds)} can happen to {', '.join(operations)}"
        )
    drawn = st.lists(_moves(possible), max_size=max_steps)

    @st.composite
    def made(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Scenario:
        scenario = _together(draw(drawn), max_steps)
        note(str(scenario))
        for step in scenario.steps:
            event(f"scenario: {step.verb}")
        return scenario

    return made()


@st.composite
def _moves(
    draw: Callable[[st.SearchStrategy[Any]], Any], pieces: dict[str, list[Moves]]
) -> tuple[str, Scenario]:
    kind = draw(st.sampled_from(list(pieces)))
    return kind, draw(draw(st.sampled_from(pieces[kind])))


def _together(moves: list[tuple[str, Scenario]], max_steps: int) -> Scenario:
    """One scenario of the moves, without those that are one too many."""
    scenario, hits = Scenario(), 0
    for kind, move in moves:
        failing = sum(step.get("times") for step in move.steps) if kind == "faults" else 0
        if len(scenario.steps) + len(move.steps) <= max_steps and hits + failing <= HITS:
            scenario, hits = scenario + move, hits + failing
    return scenario
