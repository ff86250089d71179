"""The cases of ``verify_caller``: where a run begins, its arguments, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ..contract.secrets import find_secrets
from ..model.lifecycle import STUCK
from ..reporting.masking import masked_text
from ..simulator.clock import Clock
from ..simulator.history import masked
from ..simulator.scenario import Scenario
from ..strategies import Invalid, scenarios
from ..strategies.scenarios import OUTLASTING
from ..strategies.shapes import Draw

_NOTHING = Scenario()
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
        secrets: values to mask too; it grows as callers send them.
    """

    world: str
    arguments: Mapping[str, Any]
    scenario: Scenario = _NOTHING
    invalid: Invalid | None = None
    secrets: Collection[str] = field(default=(), compare=False)

    @property
    def is_undisturbed(self) -> bool:
        """Whether nothing happens meanwhile."""
        return self.scenario == _NOTHING

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
    """Draw a case; the plainest has the first world, valid arguments, and nothing happens."""
    world = draw(st.sampled_from(tuple(worlds)))
    given = draw(arguments)
    if invalid and draw(st.sampled_from(_INVALID)) == "invalid":
        name = draw(st.sampled_from(tuple(invalid)))
        wrong = draw(invalid[name])
        return Case(world, {**given, name: wrong.value}, invalid=wrong, secrets=secrets)
    return Case(world, given, draw(happening), secrets=secrets)


def classics(
    worlds: Collection[str],
    arguments: Mapping[str, Any],
    operations: Collection[str],
    secrets: Collection[str] = (),
) -> tuple[Case, ...]:
    """Return the cases that find most, to be tried before any that are drawn.

    In every world: nothing at all, a failure, what never ends, throttling, and lost answers.
    """
    return tuple(
        Case(world, arguments, scenario, secrets=secrets)
        for scenario in _classic_scenarios(sorted(operations))
        for world in worlds
    )


def _classic_scenarios(operations: list[str]) -> Iterator[Scenario]:
    yield _NOTHING
    yield _NOTHING.deploy(fails_at="EVALUATING_HEALTH_CHECK")
    yield _NOTHING.deploy(never_ends=True)
    yield from (_NOTHING.create(stuck_with=code) for code in STUCK)
    for name in operations:
        yield _NOTHING.fault("throttling", operation=name, times=max(OUTLASTING))
    for name in operations:
        if not name.startswith("Get"):
            yield _NOTHING.answer_lost(operation=name)


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


def build(world: str, client: Any, service: str, clock: Clock) -> None:
    """Make a world in a clean account, by calls that any client could have made."""
    if world == "absent":
        return
    client.create_container_service(serviceName=service, power="nano", scale=1)
    clock.advance_until_settled()
    if world == "ready":
        return
    client.create_container_service_deployment(
        serviceName=service,
        containers={"app": {"image": "nginx:latest", "ports": {"80": "HTTP"}}},
        publicEndpoint={"containerName": "app", "containerPort": 80},
    )
    if world == "deploying":
        return
    clock.advance_until_settled()
    if world == "disabled":
        client.update_container_service(serviceName=service, isDisabled=True)
        clock.advance_until_settled()
