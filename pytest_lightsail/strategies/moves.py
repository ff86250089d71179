"""What may happen to a caller, kind by kind: pieces of scenarios, the plainest first.

The pieces are chosen for what callers get wrong; those that find most stand more than once, so that they
are drawn more often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ..model.lifecycle import STUCK, TIMELINES, Stage
from ..simulator.scenario import Scenario
from .future import changes_at, places

__all__ = ["HITS", "KINDS", "LONGEST", "Moves", "Terms"]

LONGEST = 600
"""Virtual seconds that a step of a bounded scenario costs a caller at most: ten minutes."""
HITS = 2
"""Calls that fail by the faults of one scenario at most: botocore's retries cope with so many in every
mode."""
_UNBOUNDED = 24 * 3600
_LAG = 20
"""Seconds for which a read may be late: the Terraform AWS provider waits 5 before it looks."""
_OUTLASTING = (5, 6, 7)
"""Calls in a row that outlast botocore's retries, which make five attempts at most."""

Moves = st.SearchStrategy[Scenario]


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
    def reads(self) -> tuple[str, ...]:
        """The operations that change nothing."""
        return tuple(one for one in self.operations if one.startswith("Get"))

    @property
    def changes(self) -> tuple[str, ...]:
        """The operations that change the account."""
        return tuple(one for one in self.operations if not one.startswith("Get"))

    @property
    def seconds(self) -> st.SearchStrategy[int]:
        """How long something takes."""
        return st.integers(0, LONGEST if self.bounded else _UNBOUNDED)


_START = Scenario()


def _delays(terms: Terms) -> list[Moves]:
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


def _failures(terms: Terms) -> list[Moves]:
    steps = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
    steps.sort(key=lambda detail: detail != "EVALUATING_HEALTH_CHECK")
    failing = st.sampled_from(steps).map(lambda code: _START.deploy(fails_at=code))
    over_running = failing.map(lambda scenario: _START.deploy() + scenario)
    again = failing.map(lambda scenario: scenario + scenario)
    moves = [failing, failing, over_running, over_running, again]
    if not terms.bounded:
        moves.append(st.just(_START.deploy(fails_at=steps[0], times=None)))
    return moves


def _stuck(terms: Terms) -> list[Moves]:
    del terms
    return [
        st.just(_START.deploy(never_ends=True)),
        st.just(_START.deploy(never_ends=True)),
        st.just(_START.create(never_ends=True)),
        st.sampled_from(STUCK).map(lambda code: _START.create(stuck_with=code)),
        st.just(_START.delete(never_ends=True)),
        st.just(_START.update(never_ends=True)),
    ]


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
_LATE = (1, 59)
"""Seconds of an answer that is slow, but comes within botocore's read timeout of 60 s."""


def _faults(terms: Terms) -> list[Moves]:
    hits: dict[str, Any] = {
        "operation": st.sampled_from(terms.operations),
        "nth": st.integers(1, 3),
    }
    transient = st.builds(
        _START.fault, st.sampled_from(_TRANSIENT), **hits, times=st.integers(1, HITS)
    )
    slow = st.builds(_START.fault, st.just("slow_answer"), seconds=st.integers(*_LATE), **hits)
    return [transient, transient, transient, slow]


def _outages(terms: Terms) -> list[Moves]:
    often = _OUTLASTING if terms.bounded else (*_OUTLASTING, None)
    hits: dict[str, Any] = {
        "operation": st.sampled_from(terms.operations),
        "nth": st.integers(1, 3),
    }
    lasting = st.builds(
        _START.fault,
        st.sampled_from((*("throttling",) * len(_TRANSIENT), *_TRANSIENT)),
        **hits,
        times=st.sampled_from(often),
    )
    refused = st.builds(
        _START.fault, st.sampled_from(_NOT_RETRIED), **hits, times=st.sampled_from((1, 2, *often))
    )
    return [lasting, lasting, refused]


def _lost_answers(terms: Terms) -> list[Moves]:
    if not terms.changes:
        return []
    operation = st.sampled_from(terms.changes)
    lost = operation.map(lambda name: _START.answer_lost(operation=name))
    otherwise = st.builds(
        _START.answer_lost,
        st.sampled_from(("connection_reset", "server_error", "throttling")),
        operation=operation,
        times=st.integers(1, HITS),
    )
    broken = operation.map(lambda name: _START.fault("truncated_body", operation=name))
    return [lost, lost, otherwise, broken]


def _garbled(terms: Terms) -> list[Moves]:
    """Bodies that are no JSON, from which botocore makes answers without any member."""
    operation = st.sampled_from(terms.operations)
    return [operation.map(lambda name: _START.fault("malformed_json", operation=name))]


def _another_client(terms: Terms) -> list[Moves]:
    when: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.fixed_dictionaries({"after": st.integers(0, LONGEST // 2)}),
        st.fixed_dictionaries(
            {"before": st.sampled_from(terms.operations), "nth": st.integers(1, 3)}
        ),
    )

    def does(verb: str, *members: dict[str, Any]) -> Moves:
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


def _future(terms: Terms) -> list[Moves]:
    """The successful answers to a call, or some of them, are those of a later release."""
    known = [(name, place) for name in terms.operations for place in places(name)]
    values = [one for one in known if one[1].change == "unknown-value"]
    states = [one for one in values if one[1].at.endswith("state")]
    others = [one for one in known if one[1].change != "unknown-value"]
    some = st.sampled_from((1, 2, 3) if terms.bounded else (1, 2, 3, None))

    def changes(chosen: list[tuple[str, Any]], times: st.SearchStrategy[Any]) -> Moves:
        return st.sampled_from(chosen).flatmap(
            lambda one: st.builds(
                lambda edit, often: _START.future(one[0], **edit, times=often),
                changes_at(one[1]),
                times,
            )
        )

    return [
        changes(chosen, times)
        for chosen, times in (
            (states, some),
            (states, some),
            (values, some),
            (others, st.none()),
            (others, st.none()),
        )
        if chosen
    ]


KINDS: Mapping[str, Callable[[Terms], list[Moves]]] = {
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
"""The kinds of what may happen, each with its pieces."""
