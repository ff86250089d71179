"""One example of a verification: where it begins, with which arguments, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from ..contract.secrets import find_secrets
from ..reporting.masking import masked_text
from ..simulator.history import masked
from ..simulator.scenario import Scenario
from ..strategies.invalid import Invalid

__all__ = ["Case", "cases"]

_Draw = Callable[[st.SearchStrategy[Any]], Any]
_INVALID = ("undisturbed and disturbed",) * 3 + ("invalid",)
"""One case in four has invalid input, if there is a strategy for it; it is disturbed by nothing else."""


@dataclass(frozen=True, repr=False)
class Case:
    """What one run of a caller is about. Its ``repr`` masks the values of environment variables.

    Attributes:
        world: the name of the world that it begins in.
        arguments: the keyword arguments of the caller.
        scenario: what the service does meanwhile.
        invalid: the label of the argument that is wrong; ``None`` where all are right.
        secrets: values to mask too; it grows as callers send them.
    """

    world: str
    arguments: Mapping[str, Any]
    scenario: Scenario
    invalid: Invalid | None = None
    secrets: Collection[str] = field(default=(), compare=False)

    @property
    def shown_arguments(self) -> str:
        """The arguments as they are written in a call."""
        text = ", ".join(f"{name}={value!r}" for name, value in masked(self.arguments).items())
        return masked_text(
            text, {*self.secrets, *(found for found, _ in find_secrets(self.arguments))}
        )

    def _repr_pretty_(self, printer: Any, cycle: object) -> None:
        """As Hypothesis shows it; it would show every field otherwise, secrets and all."""
        del cycle
        printer.text(repr(self))

    def __repr__(self) -> str:
        parts = [f"service {self.world}", f"call({self.shown_arguments})"]
        if self.invalid is not None:
            parts.append(str(self.invalid))
        if self.scenario != Scenario():
            parts.append(repr(self.scenario))
        return f"<{'; '.join(parts)}>"


@st.composite
def cases(
    draw: _Draw,
    worlds: Collection[str],
    arguments: st.SearchStrategy[dict[str, Any]],
    invalid: Mapping[str, st.SearchStrategy[Invalid]],
    scenarios: st.SearchStrategy[Scenario],
    *,
    secrets: Collection[str],
) -> Case:
    """Cases, the plainest first: the first world, valid arguments, nothing in the way."""
    world = draw(st.sampled_from(tuple(worlds)))
    given = draw(arguments)
    if invalid and draw(st.sampled_from(_INVALID)) == "invalid":
        name = draw(st.sampled_from(tuple(invalid)))
        wrong = draw(invalid[name])
        return Case(world, {**given, name: wrong.value}, Scenario(), wrong, secrets)
    return Case(world, given, draw(scenarios), secrets=secrets)
