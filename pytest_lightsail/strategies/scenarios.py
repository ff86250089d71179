"""Scenarios: what the service and other clients may do while a caller runs.

Each kind of scenario has a list of strategies. A strategy that finds many bugs is listed more than
once, so that Hypothesis draws from it more often.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from ..exceptions import ConfigurationError, check_known
from ..model.lifecycle import TIMELINES
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
"""The operations called in a typical release, most frequent first. By default, faults hit only these
operations."""

LONGEST = 600
"""The maximum duration of a change such as a deployment, in virtual seconds."""
HITS = 2
"""The maximum number of calls that a ``faults`` scenario hits. botocore handles 2 failures in
every retry mode, because it makes at least 3 attempts."""
OUTLASTING = (5, 6, 7)
"""How many calls can fail in an outage: 5 or more, because botocore makes up to 5 attempts."""
_LAG = 20
"""The maximum delay, in seconds, before a new deployment becomes visible."""
_SLOW = (1, 59)
"""The minimum and maximum delay of a slow response, in seconds. botocore's read timeout is 60 s."""
_TRANSIENT = (
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
_CHANGES: Sequence[tuple[str, Mapping[str, Sequence[Any]]]] = (
    *[("deletes", {}), ("deploys", {})] * 2,
    ("updates", {"scale": [2]}),
    ("updates", {"power": ["micro"]}),
    ("updates", {"isDisabled": [True]}),
    ("creates", {}),
)

_Scenarios = st.SearchStrategy[Scenario]


@named
def scenarios(
    *,
    service: str = "shop",
    operations: Collection[str] | None = None,
    only: Collection[str] | None = None,
) -> st.SearchStrategy[Scenario]:
    """Return a strategy for scenarios: what the service and other clients do while a caller runs.

    Draw a scenario, play it with ``lightsail.play(scenario)``, and run the caller. The test does
    not fail if a step is never used. The kinds of steps are:

    =============== =================================================================================
    delays:         a change takes more or less time than usual, or becomes visible late.
    failures:       a deployment fails at some step, possibly while an older version runs, or two
                    deployments in a row fail.
    faults:         errors, lost connections and slow responses that botocore handles by itself: at
                    most 2 calls per scenario fail, and botocore makes at least 3 attempts.
    lost-answers:   the service makes a change, but the response is lost or broken.
    another_client: another client creates, deploys to, updates, disables or deletes the service.
    outages:        faults that outlast botocore's retries (5 calls or more), and errors that botocore
                    does not retry, such as the error for expired credentials.
    =============== =================================================================================

    Args:
        service: the name of the container service that another client changes.
        operations: the operations that faults may hit. By default, the operations called
            in a typical release.
        only: the kinds of steps to draw. By default, all kinds that ``operations`` allows.

    Raises:
        ConfigurationError: an operation or a kind is unknown, or no kind is possible.

    >>> from hypothesis import find
    >>> find(scenarios(), lambda scenario: "fails_at" in str(scenario))
    Scenario().deploy(fails_at='EVALUATING_HEALTH_CHECK')
    """
    chosen = OPERATIONS if operations is None else operations
    for name in chosen:
        request_root(name)  # raises an error if the operation does not exist
    in_order = [name for name in dict.fromkeys((*OPERATIONS, *sorted(chosen))) if name in chosen]
    of_kind = steps_of_kinds(service, in_order)
    kinds = of_kind if only is None else only
    check_known("unknown kind", kinds, of_kind)
    possible = {kind: steps for kind, steps in of_kind.items() if kind in kinds and steps}
    if not possible or not chosen:
        raise ConfigurationError(
            f"no scenario is possible with only={sorted(kinds)} and operations={in_order}"
        )

    # Draw each kind at most once: two ``faults`` scenarios could outlast botocore's retries.
    return st.lists(_of_any_kind(possible), unique_by=itemgetter(0), max_size=3).map(_joined)


@st.composite
def _of_any_kind(draw: Draw, of_kind: dict[str, list[_Scenarios]]) -> tuple[str, Scenario]:
    kind = draw(st.sampled_from(list(of_kind)))
    return kind, draw(draw(st.sampled_from(of_kind[kind])))


def _joined(parts: list[tuple[str, Scenario]]) -> Scenario:
    scenario = sum((part for _, part in parts), Scenario())
    for step in scenario.steps:
        event(f"scenario: {step.verb}")
    return scenario


def _step(verb: str, /, **arguments: Sequence[Any] | st.SearchStrategy[Any]) -> _Scenarios:
    """Return a strategy for one-step scenarios with arguments drawn from the given values."""
    drawn = {
        name: given if isinstance(given, st.SearchStrategy) else st.sampled_from(given)
        for name, given in arguments.items()
    }
    return st.builds(getattr(Scenario(), verb), **drawn)


def steps_of_kinds(service: str, operations: Sequence[str]) -> dict[str, list[_Scenarios]]:
    """Return a dict that maps each kind of scenario to a list of strategies, simplest first.

    The arguments are the same as for ``scenarios``. If a kind is not possible with these
    ``operations``, its list is empty.
    """
    seconds, few = st.integers(0, LONGEST), st.integers(1, HITS)
    hits = {"operation": operations, "nth": (1, 2, 3)}
    details = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
    details.sort(key=lambda detail: detail != "EVALUATING_HEALTH_CHECK")
    failing = _step("deploy", fails_at=details)
    failing_later = failing.map(lambda scenario: Scenario().deploy() + scenario)
    changes = [name for name in operations if not is_read(name)]
    lost = {"name": ["answer_lost"], "operation": changes}
    causes = ("connection_reset", "server_error", "throttling")
    transient = _step("fault", name=_TRANSIENT, **hits, times=few)
    mostly_throttling = (*("throttling",) * len(_TRANSIENT), *_TRANSIENT)
    lasting = _step("fault", name=mostly_throttling, **hits, times=OUTLASTING)
    return {
        "delays": [
            *(_step(verb, takes=seconds) for verb in ("deploy", "deploy", "create", "create")),
            _step("deploy", lag=st.integers(1, _LAG)),
            *(_step(verb, takes=seconds) for verb in ("delete", "update")),
            _step("pace", name=("fast", "instant")),
        ],
        "failures": [
            *[failing] * 2,
            *[failing_later] * 2,
            failing.map(lambda scenario: scenario + scenario),
        ],
        "faults": [
            *[transient] * 3,
            _step("fault", name=["slow_answer"], seconds=st.integers(*_SLOW), **hits),
        ],
        "lost-answers": [_step("fault", **lost), _step("fault", **lost, by=causes, times=few)]
        if changes
        else [],
        "another_client": [
            _step("another_client", verb=[verb], service=[service], **when, **members)
            for verb, members in _CHANGES
            for when in (
                {"after": st.integers(0, LONGEST // 2)},
                {"before": operations, "nth": (1, 2, 3)},
            )
        ],
        "outages": [
            *[lasting] * 2,
            _step("fault", name=["error"], code=_NOT_RETRIED, **hits, times=(1, 2, *OUTLASTING)),
        ],
    }
