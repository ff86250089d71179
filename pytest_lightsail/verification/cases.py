"""The cases that ``verify_caller`` tries: worlds, arguments and scenarios."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import takewhile
from typing import Any, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from .. import strategies
from ..model.lifecycle import STUCK, TIMELINES
from ..simulator.history import Call, is_read, masked
from ..simulator.scenario import Scenario
from ..strategies import Invalid
from ..strategies.corners import edge_cases
from ..strategies.scenarios import OUTLASTING
from ..strategies.shapes import PUBLIC_IMAGES, Draw
from .outcome import CREATE, DEPLOY, UPDATE

WORLDS: Mapping[str, str | None] = {
    "absent": None,
    "ready": "READY",
    "running": "RUNNING",
    "disabled": "DISABLED",
    "deploying": "DEPLOYING",
}
"""Maps each world to the state of its service. The ``absent`` world has no service."""
USUAL_WORLDS = ("absent", "ready", "running")
"""The worlds that are tried by default."""

NOTHING = Scenario()
AT_ONCE = NOTHING.pace("instant")
"""A scenario without failures, in which changes take no time."""


@dataclass(frozen=True, repr=False)
class Case:
    """The conditions for one run of the caller."""

    world: str
    arguments: Mapping[str, Any]
    scenario: Scenario = NOTHING
    invalid: Invalid | None = None
    """The invalid value among the arguments, or ``None`` if all arguments are valid."""
    said: str = ""
    """A description of the valid argument that the case tries, or an empty string."""
    bears: str = ""
    """The finding to report if the caller raises an exception (empty if exceptions are allowed)."""
    counts: bool = True
    """Whether the run is counted in the report."""

    @property
    def is_undisturbed(self) -> bool:
        """Whether nothing goes wrong during the run."""
        return self.scenario in {NOTHING, AT_ONCE}

    @property
    def has_others(self) -> bool:
        """Whether another client changes the account during the run."""
        return any(step.verb == "another_client" for step in self.scenario.steps)

    @property
    def shown_arguments(self) -> str:
        """The arguments written as Python keyword arguments, with secrets masked."""
        return ", ".join(f"{name}={value!r}" for name, value in masked(self.arguments).items())

    def _repr_pretty_(self, printer: Any, _: object) -> None:
        # Omit the arguments, because they may contain secrets.
        printer.text(f"<service {self.world}; {self.scenario!r}>")


@st.composite
def cases(
    draw: Draw,
    worlds: Collection[str],
    arguments: st.SearchStrategy[dict[str, Any]],
    invalid: Mapping[str, st.SearchStrategy[Invalid]],
    happening: st.SearchStrategy[Scenario],
) -> Case:
    """Draw a case. Cases shrink towards the first world, valid arguments and an empty scenario."""
    world = draw(st.sampled_from(tuple(worlds)))
    given = draw(arguments)
    if invalid and draw(st.sampled_from((False, False, False, True))):
        name = draw(st.sampled_from(tuple(invalid)))
        wrong = draw(invalid[name])
        return Case(world, {**given, name: wrong.value}, invalid=wrong)
    return Case(world, given, draw(happening))


# --- arguments that are matched by name --------------------------------------------------------------

SERVICES = ("service", "service_name")
"""Parameters with these names receive the name of a container service."""


class Matched(NamedTuple):
    """Strategies and an example value for a parameter with a known name, such as ``port``."""

    hints: tuple[str, ...]
    """Names of types. If the parameter has a type hint, the hint must allow one of these types."""
    valid: Callable[[], st.SearchStrategy[Any]]
    invalid: Callable[[], st.SearchStrategy[Invalid]]
    example: Any


_TEXT, _NUMBER = ("str",), ("int",)
_DOCUMENT = ("dict", "Mapping", "MutableMapping")
_images = partial(strategies.image_references, tuple(PUBLIC_IMAGES))
# One-character names are not drawn, because TagResource does not accept them.
_names = partial(strategies.service_names, min_size=2)
_environments = partial(
    st.dictionaries,
    st.from_regex(r"[A-Z][A-Z_]{0,9}", fullmatch=True),
    st.sampled_from(("production", "8080", "a b", "x=1", "")),
    max_size=3,
)
_WEB = {"image": "nginx:1.27", "ports": {"80": "HTTP"}}
_SERVICE = Matched(_TEXT, _names, strategies.invalid_service_names, "shop")
MATCHED: Mapping[str, Matched] = {
    "image": Matched(_TEXT, _images, strategies.invalid_image_references, "nginx:1.27"),
    "port": Matched(_NUMBER, strategies.ports, strategies.invalid_ports, 80),
    "scale": Matched(_NUMBER, strategies.scales, strategies.invalid_scales, 1),
    "power": Matched(_TEXT, strategies.powers, strategies.invalid_powers, "nano"),
    **dict.fromkeys(SERVICES, _SERVICE),
    "environment": Matched(
        _DOCUMENT, _environments, strategies.invalid_environments, {"STAGE": "test"}
    ),
    "health_check": Matched(
        _DOCUMENT, strategies.health_checks, strategies.invalid_health_checks, {"path": "/"}
    ),
    "containers": Matched(
        _DOCUMENT, strategies.containers, strategies.invalid_containers, {"web": _WEB}
    ),
}
"""Strategies and example values, keyed by parameter name."""


def matched(
    caller: Callable[..., Any], given: Collection[str], *, optional: bool
) -> dict[str, Matched]:
    """Return strategies for the caller's parameters that have known names and are not in ``given``.

    Parameters with a default are included only if ``optional`` is true.
    """
    try:
        parameters = inspect.signature(caller, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):  # some functions written in C have no signature
        return {}
    return {
        each.name: MATCHED[each.name]
        for each in parameters
        if each.name in MATCHED.keys() - given
        and each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}
        and (optional or each.default is each.empty)
        and _fits(each.annotation, MATCHED[each.name].hints)
    }


def _fits(hint: Any, hints: tuple[str, ...]) -> bool:
    """Return whether a type hint, such as ``str | None``, allows one of the types in ``hints``."""
    words = re.findall(r"\w+", f"{getattr(hint, '__name__', '')} {hint}")
    return hint is inspect.Parameter.empty or not {"Any", "object", *hints}.isdisjoint(words)


# --- the values to try first -------------------------------------------------------------------------

_TRIED, _TRIED_INVALID = 24, 96
"""The maximum numbers of valid and invalid values to draw from a strategy."""
_SETTINGS = hypothesis.settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
        HealthCheck.too_slow,
    ],
)


@lru_cache(maxsize=64)  # several tests may draw from the same strategy
def _drawn(strategy: st.SearchStrategy[Any], most: int) -> list[Any]:
    """Return up to ``most`` distinct examples. A strategy yields the same examples in every run."""
    values: dict[str, Any] = {}

    @hypothesis.settings(_SETTINGS, max_examples=3 * most)
    @hypothesis.given(strategy)
    def draw(value: Any) -> None:
        values.setdefault(repr(value), value)

    draw()
    return list(values.values())[:most]


def plainest(strategy: st.SearchStrategy[Any]) -> Any:
    """Return the simplest value of a strategy, according to Hypothesis."""
    # Skip the `explain` phase, which takes far longer than the other phases.
    settings = hypothesis.settings(_SETTINGS, phases=[Phase.generate, Phase.shrink])
    return hypothesis.find(strategy, lambda _: True, settings=settings)


def valid_classes(strategy: st.SearchStrategy[Any]) -> list[tuple[str, Any]]:
    """Return (description, value) pairs for the valid values to try first."""
    if valid := edge_cases(strategy).valid:
        return [(each.words, each.value) for each in valid if not each.needs_account]
    return [("drawn from its strategy", value) for value in _drawn(strategy, _TRIED)]


def edges(strategy: st.SearchStrategy[Invalid]) -> Sequence[Invalid]:
    """Return the strategy's invalid edge cases or, if there are none, values drawn from it."""
    return edge_cases(strategy).invalid or _drawn(strategy, _TRIED_INVALID)


# --- scenarios ---------------------------------------------------------------------------------------


def classics(
    service: str, calls: Sequence[Call], plain: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Scenario]]:
    """Yield (arguments, scenario) pairs for the scenarios that find the most bugs.

    ``calls`` are the calls that the caller made when it ran undisturbed in one of the worlds.
    """
    names = [call.operation for call in calls]
    used, operations = Counter(names), sorted(set(names))
    steps = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
    if DEPLOY in used or CREATE in used:
        yield plain, NOTHING.deploy(fails_at="EVALUATING_HEALTH_CHECK")
        yield plain, NOTHING.deploy(fails_at=steps[-1])
        yield other, NOTHING.deploy(fails_at=steps[-1])
        yield other, NOTHING.deploy(fails_at=steps[0])
        yield plain, NOTHING.deploy(never_ends=True)
    if CREATE in used:
        yield from ((plain, NOTHING.create(stuck_with=code)) for code in STUCK)
    for name in operations:
        for fault in ("throttling", "access_denied", "connection_refused"):
            yield plain, NOTHING.fault(fault, operation=name, times=max(OUTLASTING))
        if used[name] > 1:
            lasting = {"times": max(OUTLASTING), "nth": used[name]}
            yield plain, NOTHING.fault("connection_refused", operation=name, **lasting)
    before_changes = list(takewhile(lambda name: is_read(name) or name == CREATE, names))
    if before_changes == names:
        return
    for name, times in Counter(filter(is_read, before_changes)).items():
        # If the service is deleted just before the last read, the response shows the service as
        # DELETING. If the service is deleted one read earlier, the last read does not find it.
        for nth in {times, times - 1} - {0}:
            gone = NOTHING.delete(takes=0)
            yield plain, gone.another_client("deletes", service, before=name, nth=nth)


def borne(service: str, used: set[str]) -> Iterator[tuple[str, list[Scenario]]]:
    """Yield each finding with the scenarios that can reveal it."""
    operations = sorted(used)
    slow = [
        getattr(NOTHING, event)(takes=1.5 * sum(stage.seconds for stage in TIMELINES[event]))
        for event in ("create", "deploy", "update")
    ]
    late: Any = {"name": "slow_answer", "seconds": 20}
    twice: Any = {"name": "throttling", "times": 2}
    yield "gives-up-too-soon", slow
    yield "gives-up-too-soon", [NOTHING.fault(operation=name, **late) for name in operations]
    yield "does-not-retry", [NOTHING.fault(operation=name, **twice) for name in operations]
    reads = [name for name in operations if is_read(name)]
    if reads:
        yield "does-not-retry", [NOTHING.fault(operation=name, nth=3, **twice) for name in reads]
    # The findings below are opt-in: a correct caller may raise an exception in their scenarios.
    for operation in sorted({DEPLOY, UPDATE} & used):
        for verb, members in (("deploys", {}), ("updates", {"power": "nano"})):
            other = NOTHING.another_client(verb, service, before=operation, **members)
            yield "does-not-wait-its-turn", [other]
    if DEPLOY in used:
        yield "misled-by-late-reads", [NOTHING.deploy(lag=10)]
    for name in operations:
        if not is_read(name):
            yield "misled-by-lost-answers", [NOTHING.fault("answer_lost", operation=name)]
