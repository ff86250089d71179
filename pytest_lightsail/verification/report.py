"""What has been tried on a caller: rules broken, states seen, faults survived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..wording import plural
from .outcome import Outcome

__all__ = ["Report"]


@dataclass
class Report:
    """What the examples of one ``verify_caller`` have been.

    Attributes:
        runs: how many runs there were, those that only made a failure simpler among them.
        returned: how many of them ended with a return.
        worlds: how many runs began in each world.
        rules: how often each rule was broken by the input.
        states: how often a service was seen in each state, ``stateDetail`` behind a slash.
        survived: the faults that hit a call of a run which returned all the same, and how often.
        met: the faults that hit a call of any run.
    """

    runs: int = 0
    returned: int = 0
    worlds: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    survived: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)

    def add(self, world: str, rules: Iterable[str], outcome: Outcome) -> None:
        """Count a run."""
        self.runs += 1
        self.worlds[world] += 1
        self.rules.update(rules)
        self.states.update(
            f"{change.state}/{change.detail}" if change.detail else change.state
            for change in outcome.changes
        )
        hit = {call.fault for call in outcome.calls if call.fault is not None}
        self.met.update(hit)
        if outcome.succeeded:
            self.returned += 1
            self.survived.update(hit)

    def __str__(self) -> str:
        rows = {
            "worlds": self.worlds,
            "rules tried": self.rules,
            "states seen": self.states,
            "faults met": self.met,
            "faults survived": self.survived,
        }
        lines = [f"{plural(self.runs, 'run')}, {self.returned} of them returned"]
        for title, counts in rows.items():
            shown = ", ".join(f"{name} ×{count}" for name, count in sorted(counts.items()))
            lines.append(f"{title:16}{shown or 'none'}")
        return "\n".join(lines)
