"""Scenarios: what the service and other clients may do while a caller runs.

Each kind of scenario is a list of strategies. A strategy that finds many bugs is listed more than
once, so that Hypothesis draws from it more often.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from ..exceptions import ConfigurationError, check_known
from ..model.lifecycle import STUCK, TIMELINES
from ..simulator.history import is_read
from ..simulator.scenario import Scenario
from .shapes import Draw, named, request_root

OPERATIONS = (
    "GetContainerServices",
    "CreateContainerServiceDeployment",
    "CreateContainerService",
    "GetContainerServiceDeployments",
    "UpdateContainerService",
    "DeleteContainerService",
)
"""The operations that a release calls, and that faults hit by default. The most frequent operations
come first."""

LONGEST = 600
"""The maximum number of virtual seconds by which a step of a bounded scenario may delay a
caller."""
HITS = 2
"""The maximum number of calls that the kind ``faults`` hits. botocore survives this number of
failing calls in all its retry modes."""
OUTLASTING = (5, 6, 7)
"""Numbers of failing calls that exhaust botocore's retries. botocore makes at most five
attempts."""
_UNBOUNDED = 24 * 3600
_LAG = 20
"""The maximum number of seconds by which reads of a deployment lag."""
_SLOW = (1, 59)
"""The range of delays of a slow response, in seconds. botocore's read timeout is 60 s."""
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
    "ExpiredTokenException",
    "AccessDeniedException",
    "RegionSetupInProgressException",
    "UnauthenticatedException",
    "UnrecognizedClientException",
)
_START = Scenario()
_Scenarios = st.SearchStrategy[Scenario]


@named
def scenarios(
    *,
    service: str = "shop",
    operations: Collection[str] | None = None,
    max_steps: int = 3,
    bounded: bool = True,
    only: Collection[str] | None = None,
) -> st.SearchStrategy[Scenario]:
    """Return a strategy for scenarios: what the service and other clients do while a caller runs.

    Draw a scenario, play it with ``lightsail.play(scenario)``, then run the caller. The test does
    not fail if a step is never used. The steps are of these kinds:

    ==============  =================================================================================
    delays          a change takes more or less time than usual, or becomes visible late
    failures        a deployment fails at any step, possibly while an older version runs, or two
                    deployments in a row fail
    faults          errors, lost connections and slow responses that botocore's own retries survive: at
                    most 2 calls per scenario fail, and botocore makes at least 3 attempts
    lost-answers    the service makes a change, but the response is lost or broken
    another_client  another client creates, deploys to, updates, disables or deletes the service
    outages         faults that outlast botocore's retries (5 calls or more), and errors that botocore
                    does not retry, such as expired credentials
    stuck           changes that never end; only with ``bounded=False``
    ==============  =================================================================================

    Args:
        service: the name of the container service that another client changes.
        operations: the operations that faults may hit. By default, those that a typical release
            uses.
        max_steps: the maximum number of steps.
        bounded: whether every step ends and delays a caller by at most ten virtual minutes.
            Otherwise, a step may take up to a day, or never end.
        only: the kinds to include. By default, all kinds that the other arguments allow.

    Raises:
        ConfigurationError: an operation or a kind does not exist, none of the kinds is possible, or
            ``max_steps`` is negative.

    >>> from hypothesis import find
    >>> find(scenarios(), lambda scenario: "fails_at" in str(scenario))
    Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK')
    """
    if type(max_steps) is not int or max_steps < 0:
        raise ConfigurationError(f"max_steps must be 0 or more, not {max_steps!r}")
    kinds = KINDS.keys() - ({"stuck"} if bounded else ()) if only is None else set(only)
    check_known("unknown kind", sorted(kinds), KINDS)
    if bounded and "stuck" in kinds:
        raise ConfigurationError("a stuck service never settles: also pass `bounded=False`")
    named_operations = OPERATIONS if operations is None else operations
    if not named_operations:
        raise ConfigurationError("operations is empty: name at least one operation")
    for name in named_operations:
        request_root(name)  # This raises an error if there is no such operation.
    in_order = dict.fromkeys((*OPERATIONS, *sorted(named_operations)))
    terms = Terms(service, tuple(name for name in in_order if name in named_operations), bounded)
    of_kind = {
        kind: options for kind, make in KINDS.items() if kind in kinds and (options := make(terms))
    }
    if not of_kind:
        raise ConfigurationError(
            f"the kinds {', '.join(sorted(kinds)) or '(none)'} are not possible with the operations "
            f"{', '.join(terms.operations)}"
        )
    parts = st.lists(_parts(of_kind), max_size=max_steps)
    return parts.map(lambda drawn: _joined(drawn, max_steps))


@st.composite
def _parts(draw: Draw, of_kind: dict[str, list[_Scenarios]]) -> tuple[str, Scenario]:
    kind = draw(st.sampled_from(list(of_kind)))
    return kind, draw(draw(st.sampled_from(of_kind[kind])))


def _joined(parts: list[tuple[str, Scenario]], max_steps: int) -> Scenario:
    """Join parts into one scenario, skipping those that would exceed a limit."""
    scenario, hits = Scenario(), 0
    for kind, part in parts:
        failing = sum(step.given.get("times", 1) for step in part.steps) if kind == "faults" else 0
        if len(scenario.steps) + len(part.steps) <= max_steps and hits + failing <= HITS:
            scenario, hits = scenario + part, hits + failing
    for step in scenario.steps:
        event(f"scenario: {step.verb}")
    return scenario


# --- the kinds, each with its strategies, the simplest first -----------------------------------------


@dataclass(frozen=True)
class Terms:
    """The arguments of ``scenarios()`` that the kinds depend on."""

    service: str
    operations: tuple[str, ...]
    bounded: bool

    @property
    def seconds(self) -> st.SearchStrategy[int]:
        """A strategy for the duration of a change."""
        return st.integers(0, LONGEST if self.bounded else _UNBOUNDED)

    @property
    def hits(self) -> dict[str, st.SearchStrategy[Any]]:
        """Strategies for the arguments of ``Scenario.fault`` that select the calls to hit."""
        return {"operation": st.sampled_from(self.operations), "nth": st.integers(1, 3)}


def _delays(terms: Terms) -> list[_Scenarios]:
    deploys = terms.seconds.map(lambda seconds: _START.deploy(takes=seconds))
    return [
        deploys,
        deploys,
        terms.seconds.map(lambda seconds: _START.create(takes=seconds)),
        st.integers(1, _LAG).map(lambda seconds: _START.deploy(lag=seconds)),
        st.integers(1, 10).map(lambda polls: _START.deploy(polls=polls)),
        terms.seconds.map(lambda seconds: _START.delete(takes=seconds)),
        terms.seconds.map(lambda seconds: _START.update(takes=seconds)),
        st.sampled_from(("fast", "instant")).map(_START.pace),
    ]


def _failures(terms: Terms) -> list[_Scenarios]:
    steps = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
    steps.sort(key=lambda detail: detail != "EVALUATING_HEALTH_CHECK")
    failing = st.sampled_from(steps).map(lambda code: _START.deploy(fails_at=code))
    over_running = failing.map(lambda scenario: _START.deploy() + scenario)
    again = failing.map(lambda scenario: scenario + scenario)
    moves = [failing, failing, over_running, over_running, again]
    if not terms.bounded:
        moves.append(st.just(_START.deploy(fails_at=steps[0], times=None)))
    return moves


def _stuck(_: Terms) -> list[_Scenarios]:
    verbs = ("deploy", "deploy", "create", "delete", "update")
    endless = [st.just(getattr(_START, verb)(never_ends=True)) for verb in verbs]
    return [*endless, st.sampled_from(STUCK).map(lambda code: _START.create(stuck_with=code))]


def _fault(name: st.SearchStrategy[str], **arguments: st.SearchStrategy[Any]) -> _Scenarios:
    return st.builds(_START.fault, name, **arguments)


def _faults(terms: Terms) -> list[_Scenarios]:
    transient = _fault(st.sampled_from(_TRANSIENT), **terms.hits, times=st.integers(1, HITS))
    slow = _fault(st.just("slow_answer"), seconds=st.integers(*_SLOW), **terms.hits)
    return [transient, transient, transient, slow]


def _outages(terms: Terms) -> list[_Scenarios]:
    often = OUTLASTING if terms.bounded else (*OUTLASTING, None)
    mostly_throttling = (*("throttling",) * len(_TRANSIENT), *_TRANSIENT)
    lasting = _fault(st.sampled_from(mostly_throttling), **terms.hits, times=st.sampled_from(often))
    refused = _fault(
        st.just("error"),
        code=st.sampled_from(_NOT_RETRIED),
        **terms.hits,
        times=st.sampled_from((1, 2, *often)),
    )
    return [lasting, lasting, refused]


def _lost_answers(terms: Terms) -> list[_Scenarios]:
    changes = tuple(one for one in terms.operations if not is_read(one))
    if not changes:
        return []
    operation = st.sampled_from(changes)
    lost = _fault(st.just("answer_lost"), operation=operation)
    otherwise = _fault(
        st.just("answer_lost"),
        by=st.sampled_from(("connection_reset", "server_error", "throttling")),
        operation=operation,
        times=st.integers(1, HITS),
    )
    return [lost, otherwise]


def _another_client(terms: Terms) -> list[_Scenarios]:
    when: st.SearchStrategy[dict[str, Any]] = st.one_of(
        st.fixed_dictionaries({"after": st.integers(0, LONGEST // 2)}),
        st.fixed_dictionaries(
            {"before": st.sampled_from(terms.operations), "nth": st.integers(1, 3)}
        ),
    )

    def does(verb: str, *members: dict[str, Any]) -> _Scenarios:
        return st.builds(
            lambda time, more: _START.another_client(verb, terms.service, **time, **more),
            when,
            st.sampled_from(members or ({},)),
        )

    return [
        does("deletes"),
        does("deploys"),
        does("updates", {"scale": 2}, {"power": "micro"}, {"isDisabled": True}),
        does("creates"),
    ]


KINDS: Mapping[str, Callable[[Terms], list[_Scenarios]]] = {
    "delays": _delays,
    "failures": _failures,
    "faults": _faults,
    "lost-answers": _lost_answers,
    "another_client": _another_client,
    "outages": _outages,
    "stuck": _stuck,
}
