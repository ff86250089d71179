"""``scenarios()``: what the service and others may do to a caller, for ``lightsail.play``.

The pieces are chosen for what callers get wrong; those that find most are listed more than once, so that
they are drawn more often.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from ..exceptions import ConfigurationError, UnknownOperationError
from ..model.lifecycle import STUCK, TIMELINES, Stage
from ..model.service import load
from ..simulator.history import is_read
from ..simulator.scenario import Scenario
from .future import places
from .shapes import Draw, made_once

OPERATIONS = (
    "GetContainerServices",
    "CreateContainerServiceDeployment",
    "CreateContainerService",
    "GetContainerServiceDeployments",
    "UpdateContainerService",
    "DeleteContainerService",
)
"""The calls that faults hit by default: the calls of a release, most likely first."""

LONGEST = 600
"""The most virtual seconds that a step of a bounded scenario takes a caller: ten minutes."""
HITS = 2
"""The most calls that faults of one scenario hit: few enough for every retry mode of botocore."""
OUTLASTING = (5, 6, 7)
"""Numbers of calls in a row that outlast botocore's retries, which make five attempts at most."""
_UNBOUNDED = 24 * 3600
_LAG = 20
"""Seconds for which a read may be late: the Terraform AWS provider waits 5 before it looks."""
_SLOW = (1, 59)
"""Seconds of a slow response that still arrives within botocore's read timeout of 60 s."""
_TRANSIENT = (
    "throttling",
    "throttling",
    "server_error",
    "service_unavailable",
    "connection_reset",
    "read_timeout",
    "connection_refused",
    "dns_failure",
)
_NOT_RETRIED = (
    "expired_credentials",
    "access_denied",
    "region_setup",
    "unauthenticated",
    "invalid_credentials",
)
_ON_REQUEST = {"future", "garbled"}
_ENDLESS = {"stuck"}
_START = Scenario()
_Moves = st.SearchStrategy[Scenario]


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

    Draw one, play it with ``lightsail.play(scenario)``, then run the caller. Any part may go unused. The
    kinds:

    ==============  =================================================================================
    delays          changes take another time, show other steps, are seen late, or end at once
    failures        deployments fail, at any step; over a running version; again and again
    faults          errors, lost connections and slow answers that botocore's own retries survive: at
                    most 2 calls of a scenario fail (it makes 3 attempts at least)
    lost-answers    the change is made, but its answer is lost or broken
    another_client  another client creates, deploys, updates, disables or deletes in the middle
    outages         faults that outlast botocore's retries (5 calls or more), and errors that it does not
                    retry, such as expired credentials
    future          answers of a later release of the service; on request
    garbled         bodies that are not JSON; only if ``only`` names it
    stuck           what never ends; unless ``bounded``
    ==============  =================================================================================

    Args:
        service: the name of the container service that another client changes, or a strategy for it.
        operations: the calls that may be hit; by default those of a release.
        max_steps: the maximum number of steps.
        bounded: everything ends by itself: each step costs a caller ten virtual minutes at most, and
            unknown values are seen three times at most. Otherwise steps take
            up to a day, or never end.
        future: the ``future`` kind too.
        only: only these kinds.
        without: all kinds except these.

    Raises:
        ConfigurationError: there is no such kind, or no kind is left; ``max_steps`` is less than 0.
        UnknownOperationError: Lightsail has no such operation.

    >>> from hypothesis import find
    >>> find(scenarios(), lambda scenario: "fails_at" in str(scenario))
    Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK')
    """
    if type(max_steps) is not int or max_steps < 0:
        raise ConfigurationError(f"scenarios: max_steps must be 0 or more, not {max_steps!r}")
    unknown = sorted({*(only or ()), *without} - KINDS.keys())
    if unknown:
        raise ConfigurationError(
            f"scenarios: unknown kind {unknown[0]!r}; expected one of {', '.join(KINDS)}"
        )
    if bounded and only is not None and _ENDLESS & set(only):
        raise ConfigurationError(
            "scenarios: a stuck service never settles: pass `bounded=False` too"
        )
    left_out = (_ENDLESS if bounded else set()) | (_ON_REQUEST - ({"future"} if future else set()))
    chosen = (KINDS.keys() - left_out if only is None else set(only)) - set(without)
    if not chosen:
        raise ConfigurationError(f"scenarios: these arguments exclude all of {', '.join(KINDS)}")
    kinds = tuple(kind for kind in KINDS if kind in chosen)
    return _scenarios(service, kinds, _hit(operations), max_steps, bounded=bounded)


def _hit(names: Collection[str] | None) -> tuple[str, ...]:
    """Return the operations to hit, likeliest first, since sets have no order."""
    if names is None:
        return OPERATIONS
    if not names:
        raise ConfigurationError("scenarios: operations is empty: name at least one")
    known = load().operations
    for name in names:
        if name not in known:
            raise UnknownOperationError(f"scenarios: Lightsail has no operation {name!r}")
    likeliest = [name for name in OPERATIONS if name in names]
    return (*likeliest, *sorted(set(names) - set(likeliest)))


@made_once
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
    pieces = {kind: options for kind in kinds if (options := KINDS[kind](terms))}
    if not pieces:
        raise ConfigurationError(
            f"scenarios: none of {', '.join(kinds)} can happen to {', '.join(operations)}"
        )
    moves = st.lists(_moves(pieces), max_size=max_steps)
    return moves.map(lambda drawn: _together(drawn, max_steps)).map(_counted)


@st.composite
def _moves(draw: Draw, pieces: dict[str, list[_Moves]]) -> tuple[str, Scenario]:
    kind = draw(st.sampled_from(list(pieces)))
    return kind, draw(draw(st.sampled_from(pieces[kind])))


def _together(moves: list[tuple[str, Scenario]], max_steps: int) -> Scenario:
    """Return one scenario of the moves, without those that would exceed a limit."""
    scenario, hits = Scenario(), 0
    for kind, move in moves:
        failing = sum(step.get("times") for step in move.steps) if kind == "faults" else 0
        if len(scenario.steps) + len(move.steps) <= max_steps and hits + failing <= HITS:
            scenario, hits = scenario + move, hits + failing
    return scenario


def _counted(scenario: Scenario) -> Scenario:
    for step in scenario.steps:
        event(f"scenario: {step.verb}")
    return scenario


# --- the kinds, each with its pieces, the plainest first ---------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What scenarios are made of.

    Attributes:
        service: strategy for the name of the container service that another client changes.
        operations: the calls that may be hit, the likeliest first.
        bounded: whether all of it ends by itself.
    """

    service: st.SearchStrategy[str]
    operations: tuple[str, ...]
    bounded: bool

    @property
    def seconds(self) -> st.SearchStrategy[int]:
        """How long something takes."""
        return st.integers(0, LONGEST if self.bounded else _UNBOUNDED)

    @property
    def hits(self) -> dict[str, st.SearchStrategy[Any]]:
        """The arguments of ``Scenario.fault`` that select the calls to hit."""
        return {"operation": st.sampled_from(self.operations), "nth": st.integers(1, 3)}


def _delays(terms: Terms) -> list[_Moves]:
    deploys = terms.seconds.map(lambda seconds: _START.deploy(takes=seconds))
    details = st.sampled_from([stage.detail for stage in TIMELINES["deploy"]])
    stages = st.builds(Stage, st.just("DEPLOYING"), details, st.integers(0, LONGEST // 4))
    return [
        deploys,
        deploys,
        terms.seconds.map(lambda seconds: _START.create(takes=seconds)),
        st.integers(1, _LAG).map(lambda seconds: _START.deploy(lag=seconds)),
        st.integers(1, 10).map(lambda polls: _START.deploy(polls=polls)),
        terms.seconds.map(lambda seconds: _START.delete(takes=seconds)),
        terms.seconds.map(lambda seconds: _START.update(takes=seconds)),
        st.sampled_from(("fast", "instant")).map(_START.pace),
        st.lists(stages, min_size=1, max_size=4).map(lambda given: _START.deploy(stages=given)),
    ]


def _failures(terms: Terms) -> list[_Moves]:
    steps = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
    steps.sort(key=lambda detail: detail != "EVALUATING_HEALTH_CHECK")
    failing = st.sampled_from(steps).map(lambda code: _START.deploy(fails_at=code))
    over_running = failing.map(lambda scenario: _START.deploy() + scenario)
    again = failing.map(lambda scenario: scenario + scenario)
    moves = [failing, failing, over_running, over_running, again]
    if not terms.bounded:
        moves.append(st.just(_START.deploy(fails_at=steps[0], times=None)))
    return moves


def _stuck(_: Terms) -> list[_Moves]:
    return [
        st.just(_START.deploy(never_ends=True)),
        st.just(_START.deploy(never_ends=True)),
        st.just(_START.create(never_ends=True)),
        st.sampled_from(STUCK).map(lambda code: _START.create(stuck_with=code)),
        st.just(_START.delete(never_ends=True)),
        st.just(_START.update(never_ends=True)),
    ]


def _fault(name: st.SearchStrategy[str], **arguments: st.SearchStrategy[Any]) -> _Moves:
    return st.builds(_START.fault, name, **arguments)


def _faults(terms: Terms) -> list[_Moves]:
    transient = _fault(st.sampled_from(_TRANSIENT), **terms.hits, times=st.integers(1, HITS))
    slow = _fault(st.just("slow_answer"), seconds=st.integers(*_SLOW), **terms.hits)
    return [transient, transient, transient, slow]


def _outages(terms: Terms) -> list[_Moves]:
    often = OUTLASTING if terms.bounded else (*OUTLASTING, None)
    mostly_throttling = (*("throttling",) * len(_TRANSIENT), *_TRANSIENT)
    lasting = _fault(st.sampled_from(mostly_throttling), **terms.hits, times=st.sampled_from(often))
    refused = _fault(
        st.sampled_from(_NOT_RETRIED), **terms.hits, times=st.sampled_from((1, 2, *often))
    )
    return [lasting, lasting, refused]


def _lost_answers(terms: Terms) -> list[_Moves]:
    changes = tuple(one for one in terms.operations if not is_read(one))
    if not changes:
        return []
    operation = st.sampled_from(changes)
    lost = operation.map(lambda name: _START.answer_lost(operation=name))
    otherwise = st.builds(
        _START.answer_lost,
        st.sampled_from(("connection_reset", "server_error", "throttling")),
        operation=operation,
        times=st.integers(1, HITS),
    )
    return [lost, lost, otherwise, _fault(st.just("truncated_body"), operation=operation)]


def _garbled(terms: Terms) -> list[_Moves]:
    """Bodies that are not JSON, which botocore parses as answers without any member."""
    return [_fault(st.just("malformed_json"), operation=st.sampled_from(terms.operations))]


def _another_client(terms: Terms) -> list[_Moves]:
    when: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.fixed_dictionaries({"after": st.integers(0, LONGEST // 2)}),
        st.fixed_dictionaries(
            {"before": st.sampled_from(terms.operations), "nth": st.integers(1, 3)}
        ),
    )

    def does(verb: str, *members: dict[str, Any]) -> _Moves:
        return st.builds(
            lambda service, time, more: _START.another_client(verb, service, **time, **more),
            terms.service,
            when,
            st.sampled_from(members or ({},)),
        )

    later = [name for name in terms.operations if name != "CreateContainerService"]
    deploys_at_once = st.builds(
        lambda service, name, nth: _START.create(takes=0).another_client(
            "deploys", service, before=name, nth=nth
        ),
        terms.service,
        st.sampled_from(later or terms.operations),
        st.integers(1, 3),
    )
    return [
        does("deletes"),
        does("deploys"),
        does("updates", {"scale": 2}, {"power": "micro"}, {"isDisabled": True}),
        does("creates"),
        deploys_at_once,
    ]


def _future(terms: Terms) -> list[_Moves]:
    """The successful answers to a call, or some of them, are those of a later release."""
    known = [(name, place) for name in terms.operations for place in places(name)]
    values = [one for one in known if one[1].change == "unknown-value"]
    states = [one for one in values if one[1].at.endswith("state")]
    others = [one for one in known if one[1].change != "unknown-value"]
    some: st.SearchStrategy[Any] = st.sampled_from((1, 2, 3) if terms.bounded else (1, 2, 3, None))

    def changes(chosen: list[tuple[str, Any]], times: st.SearchStrategy[Any]) -> _Moves:
        return st.sampled_from(chosen).flatmap(
            lambda one: st.builds(
                lambda edit, often: _START.future(one[0], **edit, times=often),
                one[1].edits,
                times,
            )
        )

    options = [(states, some), (states, some), (values, some), *[(others, st.none())] * 2]
    return [changes(chosen, times) for chosen, times in options if chosen]


KINDS: Mapping[str, Callable[[Terms], list[_Moves]]] = {
    "delays": _delays,
    "failures": _failures,
    "faults": _faults,
    "lost-answers": _lost_answers,
    "another_client": _another_client,
    "outages": _outages,
    "future": _future,
    "garbled": _garbled,
    "stuck": _stuck,
}
