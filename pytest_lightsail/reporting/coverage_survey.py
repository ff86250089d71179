"""What has been met of what is possible: counts against lifecycle tables, service model, catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from ..model.catalogue import RULES
from ..model.lifecycle import ABSENT, STATE_DETAILS
from ..model.service import ServiceModel
from ..simulator.operations import OPERATIONS
from .coverage import TABLES, Coverage, edge_name

__all__ = [
    "BREAKABLE",
    "ITSELF",
    "Category",
    "Row",
    "Survey",
    "states_of",
    "survey",
    "whole_percent",
]

BREAKABLE: tuple[str, ...] = tuple(sorted(entry.id for entry in RULES if entry.message))
"""The rules that can be broken: with the others the account cuts a list, and refuses nobody."""

ITSELF: frozenset[str] = frozenset(entry.error for entry in RULES)
"""The errors that the account gives by itself; any other is met by a fault alone."""


def whole_percent(met: int, possible: int) -> int:
    """A share in percent, rounded down: 100 only where nothing is missing.

    >>> whole_percent(250, 251)
    99
    """
    return 100 * met // possible


@lru_cache(maxsize=4)
def states_of(table: str) -> tuple[str, ...]:
    """The states of a lifecycle table, in its order.

    >>> states_of("deployment")
    ('ACTIVATING', 'ACTIVE', 'FAILED', 'INACTIVE')
    """
    return tuple(dict.fromkeys(edge.target for edge in TABLES[table] if edge.target != ABSENT))


@dataclass(frozen=True)
class Row:
    """One operation.

    Attributes:
        operation: its name.
        calls: how often it was called.
        met: how often it was answered by each of its modelled errors that were met.
        missing: its other modelled errors.
        others: errors that its model does not name: those of the front end, such as throttling.
    """

    operation: str
    calls: int
    met: Mapping[str, int]
    missing: tuple[str, ...]
    others: Mapping[str, int]


@dataclass(frozen=True)
class Category:
    """Things of one kind: those that were met, and those that are missing."""

    name: str
    met: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def possible(self) -> int:
        """How many there are."""
        return len(self.met) + len(self.missing)


@dataclass(frozen=True)
class Survey:
    """Counts, and what they are of.

    Attributes:
        coverage: the counts.
        rows: the operations that the account simulates, and others that were called.
        categories: what counts towards the total.
        unknown: what an added run has met and this release does not know.
    """

    coverage: Coverage
    rows: tuple[Row, ...]
    categories: tuple[Category, ...]
    unknown: tuple[str, ...]

    @property
    def met(self) -> int:
        """How many things were met, of all kinds."""
        return sum(len(category.met) for category in self.categories)

    @property
    def possible(self) -> int:
        """How many things there are, of all kinds."""
        return sum(category.possible for category in self.categories)

    @property
    def percent(self) -> float:
        """What was met, in percent of what is possible; each thing counts alike."""
        return 100 * self.met / self.possible

    @property
    def whole_percent(self) -> int:
        """The same as a whole number, which is 100 only where nothing is missing."""
        return whole_percent(self.met, self.possible)

    @property
    def by_fault_alone(self) -> int:
        """How many modelled errors are missing that no account gives unless a fault is injected."""
        return sum(error not in ITSELF for row in self.rows for error in row.missing)


def survey(coverage: Coverage, model: ServiceModel) -> Survey:
    """Hold counts against what is possible.

    Args:
        coverage: the counts.
        model: the service model that says which operations and errors there are.

    >>> from pytest_lightsail.model.service import load
    >>> survey(Coverage(), load()).percent
    0.0
    """
    names = sorted(({*OPERATIONS} | coverage.calls.keys()) & model.operations.keys())
    rows = tuple(_row(name, coverage, model) for name in names)
    edges = [(edge_name(edge), coverage.edges[table]) for table in TABLES for edge in TABLES[table]]
    broken = coverage.service_rules + coverage.input_rules
    categories = (
        _category("operations", names, coverage.calls),
        Category(
            "modelled errors",
            tuple(f"{row.operation} {error}" for row in rows for error in sorted(row.met)),
            tuple(f"{row.operation} {error}" for row in rows for error in row.missing),
        ),
        _category("service states", states_of("service"), coverage.states),
        _category("stateDetail codes", STATE_DETAILS, coverage.details),
        _category("deployment states", states_of("deployment"), coverage.deployment_states),
        Category(
            "transitions",
            tuple(name for name, taken in edges if taken[name]),
            tuple(name for name, taken in edges if not taken[name]),
        ),
        _category("rules broken", BREAKABLE, broken),
    )
    unknown = [
        *(coverage.calls.keys() - model.operations.keys()),
        *(name for taken in coverage.edges.values() for name in taken.keys() - dict(edges).keys()),
        *(coverage.details.keys() - STATE_DETAILS.keys()),
        *(broken.keys() - {*BREAKABLE}),
    ]
    return Survey(coverage, rows, categories, tuple(sorted(unknown)))


def _row(operation: str, coverage: Coverage, model: ServiceModel) -> Row:
    seen = Counter({code: n for (name, code), n in coverage.errors.items() if name == operation})
    modelled = sorted(model.operations[operation].errors)
    return Row(
        operation=operation,
        calls=coverage.calls[operation],
        met={error: seen[error] for error in modelled if seen[error]},
        missing=tuple(error for error in modelled if not seen[error]),
        others={error: seen[error] for error in sorted(seen) if error not in modelled},
    )


def _category(name: str, possible: Iterable[str], seen: Counter[str]) -> Category:
    every = tuple(possible)
    return Category(
        name,
        tuple(one for one in every if seen[one]),
        tuple(one for one in every if not seen[one]),
    )
