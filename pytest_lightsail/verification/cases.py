"""The cases of ``verify_caller``: where a run begins, its arguments, and what happens meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ..contract.secrets import find_secrets
from ..model.lifecycle import STUCK, TIMELINES
from ..reporting.masking import masked_text
from ..simulator.clock import Clock
from ..simulator.history import Call, is_read, masked
from ..simulator.scenario import Scenario
from ..strategies import Invalid, scenarios
from ..strategies.scenarios import OUTLASTING
from ..strategies.shapes import Draw

_NOTHING = Scenario()
AT_ONCE = _NOTHING.pace("instant")
"""Nothing happens, and nothing takes any time."""
_INVALID = ("undisturbed and disturbed",) * 3 + ("invalid",)
"""One case in four has invalid input, if there is a strategy for it, and then nothing else happens."""


@dataclass(frozen=True, repr=False)
class Case:
    """One example of ``verify_caller``. Its ``repr`` masks the values of environment variables.

    Attributes:
        world: the name of the world in which it begins.
        arguments: the keyword arguments of the caller.
        scenario: what the service does meanwhile.
        invalid: the label of the argument that is wrong; ``None`` if all are right.
        said: which class of valid input is tried, in words; empty for none.
        bears: the name of the fault if the caller raises; empty if it may.
        counts: whether the report counts the run; not if it only tries an input.
        secrets: values to mask too; it grows as callers send them.
    """

    world: str
    arguments: Mapping[str, Any]
    scenario: Scenario = _NOTHING
    invalid: Invalid | None = None
    said: str = ""
    bears: str = ""
    counts: bool = True
    secrets: Collection[str] = field(default=(), compare=False)

    @property
    def is_undisturbed(self) -> bool:
        """Whether nothing happens meanwhile."""
        return self.scenario in {_NOTHING, AT_ONCE}

    @property
    def has_others(self) -> bool:
        """Whether another client changes the account meanwhile."""
        return any(step.verb == "another_client" for step in self.scenario.steps)

    @property
    def shown_arguments(self) -> str:
        """The arguments as they are written in a call."""
        text = ", ".join(f"{name}={value!r}" for name, value in masked(self.arguments).items())
        found = {secret for secret, _ in find_secrets(self.arguments)}
        return masked_text(text, {*self.secrets, *found})

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """Show it in Hypothesis, which would show every field otherwise, secrets included."""
        del cycle
        printer.text(repr(self))

    def __repr__(self) -> str:
        parts = [f"service {self.world}", f"call({self.shown_arguments})"]
        if self.invalid is not None:
            parts.append(str(self.invalid))
        if not self.is_undisturbed:
            parts.append(repr(self.scenario))
        return f"<{'; '.join(parts)}>"


@st.composite
def cases(
    draw: Draw,
    worlds: Collection[str],
    arguments: st.SearchStrategy[dict[str, Any]],
    invalid: Mapping[str, st.SearchStrategy[Invalid]],
    happening: st.SearchStrategy[Scenario],
    *,
    secrets: Collection[str],
) -> Case:
    """Draw a case; the simplest has the first world and valid arguments, and nothing happens."""
    world = draw(st.sampled_from(tuple(worlds)))
    given = draw(arguments)
    if invalid and draw(st.sampled_from(_INVALID)) == "invalid":
        name = draw(st.sampled_from(tuple(invalid)))
        wrong = draw(invalid[name])
        return Case(world, {**given, name: wrong.value}, invalid=wrong, secrets=secrets)
    return Case(world, given, draw(happening), secrets=secrets)


def classics(
    service: str,
    world: str,
    calls: Sequence[Call],
    plainest: Mapping[str, Any],
    other: Mapping[str, Any],
) -> Iterator[Case]:
    """Yield the cases of a world that find the most bugs, to be tried before drawn cases.

    Deployments fail at the first step, at the last step or at the health check, or never end. Calls are
    throttled or denied. The network fails at the first or the last call of an operation. Responses are
    lost. Another client deletes the service before the caller's first change.

    Args:
        service: the container service.
        world: the world.
        calls: what the caller calls there if nothing happens.
        plainest: arguments.
        other: other arguments, if there are any.
    """
    used = Counter(call.operation for call in calls)
    operations = sorted(used)
    steps = [stage.detail for stage in TIMELINES["deploy"] if stage.detail]
    if _DEPLOY in used or "CreateContainerService" in used:
        yield Case(world, plainest, _NOTHING.deploy(fails_at="EVALUATING_HEALTH_CHECK"))
        for arguments in [plainest] if other == plainest else [plainest, other]:
            yield Case(world, arguments, _NOTHING.deploy(fails_at=steps[-1]))
        yield Case(world, other, _NOTHING.deploy(fails_at=steps[0]))
        yield Case(world, plainest, _NOTHING.deploy(never_ends=True))
    if "CreateContainerService" in used:
        yield from (Case(world, plainest, _NOTHING.create(stuck_with=code)) for code in STUCK)
    for name in operations:
        for fault in ("throttling", "access_denied", "connection_refused"):
            lasting = _NOTHING.fault(fault, operation=name, times=max(OUTLASTING))
            yield Case(world, plainest, lasting)
        if used[name] > 1:
            gone = _NOTHING.fault(
                "connection_refused", operation=name, times=max(OUTLASTING), nth=used[name]
            )
            yield Case(world, plainest, gone)
    for name in operations:
        if not is_read(name):
            yield Case(world, plainest, _NOTHING.answer_lost(operation=name))
    for scenario in _deleted(service, calls):
        yield Case(world, plainest, scenario)


def _deleted(service: str, calls: Sequence[Call]) -> Iterator[Scenario]:
    """Yield deletions by another client just before the last reads that precede a change."""
    later = [
        place
        for place, call in enumerate(calls)
        if not is_read(call.operation) and call.operation != "CreateContainerService"
    ]
    looked = Counter(call.operation for call in calls[: later[0] if later else 0])
    for name, times in looked.items():
        # The call after the deletion shows the service DELETING, and the next one that it is gone.
        for nth in {times, times - 1} - {0} if is_read(name) else ():
            gone = _NOTHING.delete(takes=0)
            yield gone.another_client("deletes", service, before=name, nth=nth)


_DEPLOY, _UPDATE = "CreateContainerServiceDeployment", "UpdateContainerService"
_SLOW = {
    event: 1.5 * sum(stage.seconds for stage in TIMELINES[event])
    for event in ("create", "deploy", "update")
}
"""Seconds that slow but healthy events take: half as long again as usual."""
_SLOW_ANSWER = 20
_LAG = 10


def borne(used: Collection[str]) -> Iterator[tuple[str, Scenario, list[Scenario]]]:
    """Yield what a caller must bear: the fault that it has if it raises, the scenario, and its parts.

    Args:
        used: the operations that the caller uses.
    """
    operations = sorted(used)
    slow = [getattr(_NOTHING, event)(takes=seconds) for event, seconds in _SLOW.items()]
    late = [
        _NOTHING.fault("slow_answer", operation=name, seconds=_SLOW_ANSWER) for name in operations
    ]
    throttled = [_NOTHING.fault("throttling", operation=name, times=2) for name in operations]
    again = [
        _NOTHING.fault("throttling", operation=name, times=2, nth=3)
        for name in operations
        if is_read(name)
    ]
    yield "gives-up-too-soon", sum(slow, _NOTHING), slow
    yield "gives-up-too-soon", sum(late, _NOTHING), late
    yield "does-not-retry", sum(throttled, _NOTHING), throttled
    if again:
        yield "does-not-retry", sum(again, _NOTHING), again


def on_request(service: str, used: Collection[str]) -> Iterator[tuple[str, Scenario]]:
    """Yield what some callers bear and others report, after the fault that it is to raise at it."""
    for operation in (_DEPLOY, _UPDATE):
        if operation in used:
            for verb, members in (("deploys", {}), ("updates", {"power": "nano"})):
                other = _NOTHING.another_client(verb, service, before=operation, **members)
                yield "does-not-wait-its-turn", other
    if _DEPLOY in used:
        yield "misled-by-late-reads", _NOTHING.deploy(lag=_LAG)
    for name in sorted(used):
        if not is_read(name):
            yield "misled-by-lost-answers", _NOTHING.answer_lost(operation=name)


def usual(service: str, operations: Collection[str]) -> st.SearchStrategy[Scenario]:
    """Return what else may happen: mostly what ends by itself, and sometimes what never does.

    Args:
        service: the container service that others may change.
        operations: the calls that may be hit; those of a release if there are none.
    """
    hit = sorted(operations) or None
    anything = scenarios(service=service, operations=hit)
    classic = scenarios(
        service=service,
        operations=hit,
        only={"failures", "lost-answers", "outages"},
        max_steps=1,
    )
    stuck = scenarios(service=service, operations=hit, only={"stuck"}, bounded=False)
    return st.one_of(anything, anything, classic, classic, stuck)


WORLDS = ("absent", "ready", "running", "disabled", "deploying")
"""What a caller may find when it begins."""
USUAL_WORLDS = ("absent", "ready", "running")
"""Those that are tried unless a test names others."""


_WEB = {"app": {"image": "nginx:latest", "ports": {"80": "HTTP"}}}
_SETTLE = "advance_until_settled"
_STEPS: Mapping[str, tuple[tuple[str, Mapping[str, Any]], ...]] = {
    "ready": (("create_container_service", {"power": "nano", "scale": 1}), (_SETTLE, {})),
    "running": (
        (
            "create_container_service_deployment",
            {
                "containers": _WEB,
                "publicEndpoint": {"containerName": "app", "containerPort": 80},
            },
        ),
        (_SETTLE, {}),
    ),
    "disabled": (("update_container_service", {"isDisabled": True}), (_SETTLE, {})),
}
"""What is done to come from the world before to this one."""


def _steps(world: str) -> list[tuple[str, Mapping[str, Any]]]:
    if world == "absent":
        return []
    if world == "deploying":
        return [*_STEPS["ready"], _STEPS["running"][0]]
    ways = list(_STEPS)
    return [step for each in ways[: ways.index(world) + 1] for step in _STEPS[each]]


def build(world: str, client: Any, service: str, clock: Clock) -> None:
    """Make a world in a clean account, by calls that any client could have made."""
    for name, given in _steps(world):
        if name == _SETTLE:
            clock.advance_until_settled()
        else:
            getattr(client, name)(serviceName=service, **given)


def build_lines(case: Case, service: str) -> list[str]:
    """Return the lines of Python that make the world of a case in a test."""
    lines = ["client = lightsail.client()"] if case.world != "absent" else []
    for name, given in _steps(case.world):
        if name == _SETTLE:
            lines.append(f"lightsail.clock.{_SETTLE}()")
        else:
            members = "".join(f", {key}={value!r}" for key, value in given.items())
            lines.append(f"client.{name}(serviceName={service!r}{members})")
    return lines
