"""API coverage: the share of the API that tests have reached.

``survey`` uses the service model, the lifecycle and the rules to list everything that tests can
reach. ``coverage_text`` formats a survey as text.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from ..model.catalogue import RULES
from ..model.lifecycle import ABSENT, BEGUN_BY, DEPLOYMENT_EDGES, SERVICE_EDGES, STATE_DETAILS, Edge
from ..model.service import ServiceModel
from ..output_files import GENERATOR
from ..simulator.history import Call, History, StateChange
from ..simulator.operations import CONTAINER_OPERATIONS

_FORMAT = 3
"""The format version of the coverage file."""

_EDGES: tuple[Edge, ...] = (*SERVICE_EDGES, *DEPLOYMENT_EDGES)
_COUNTED = ("operations", "errors", "states", "transitions", "steps", "rules", "calls_of_tests")


@dataclass
class Coverage:
    """How often tests have reached each operation, error, state, transition, step and rule."""

    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {category: Counter() for category in _COUNTED}
    )
    """The count of each item, keyed by category and then by name. ``operations`` counts all calls;
    ``calls_of_tests`` counts only the calls that tests made directly."""

    def add(self, history: History) -> None:
        """Count the entries in an account's history."""
        counts = self.counts
        for edge, times in history.edges.items():
            counts["transitions"][str(edge)] += times
            if edge.target != ABSENT:
                counts["states"][edge.target] += times
        for entry in history.entries:
            if isinstance(entry, StateChange) and entry.detail is not None:
                counts["steps"][entry.detail] += 1
            elif isinstance(entry, Call) and entry.operation:  # some requests name no operation
                counts["operations"][entry.operation] += 1
                if entry.rule is not None:
                    counts["rules"][entry.rule] += 1
                if entry.error is not None and entry.status is not None:
                    counts["errors"][f"{entry.operation} {entry.error}"] += 1

    def merge(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Add the counts from another worker."""
        for category, counter in self.counts.items():
            counter.update(counts[category])

    def document(self) -> dict[str, dict[str, int]]:
        """Return the counts as plain dictionaries, sorted by name."""
        return {category: dict(sorted(counts.items())) for category, counts in self.counts.items()}

    def to_json(self, release: str) -> str:
        """Return the text of the coverage file. ``release`` is the version of botocore."""
        head: dict[str, Any] = {"generator": GENERATOR, "format": _FORMAT, "botocore": release}
        return json.dumps({**head, **self.document()}, indent=2) + "\n"


# --- compared with what is possible --------------------------------------------------------------


@dataclass(frozen=True)
class Survey:
    """The items that tests can reach, and how often tests have reached each item."""

    categories: Mapping[str, Mapping[str, int]]
    """How often each item was reached, keyed by category and then by name."""
    of_tests: tuple[str, ...]
    """The operations that are not counted because only test code called them."""

    def missing(self, category: str) -> list[str]:
        """Return the unreached items in a category."""
        return [name for name, times in self.categories[category].items() if not times]

    @property
    def possible(self) -> int:
        """The number of items that tests can reach, across all categories."""
        return sum(map(len, self.categories.values()))

    @property
    def reached(self) -> int:
        """The number of items that were reached, across all categories."""
        return self.possible - sum(len(self.missing(category)) for category in self.categories)

    @property
    def percent(self) -> float:
        """The percentage of items that were reached. All items have equal weight."""
        return 100 * self.reached / max(self.possible, 1)


def survey(
    coverage: Coverage,
    model: ServiceModel,
    *,
    whole: bool = True,
    include: Collection[str] = (),
    omit: Collection[str] = (),
) -> Survey:
    """Return the items that tests can reach, and how often each item was reached.

    By default, count all simulated operations. With ``whole=False``, count only operations that the
    code under test called. If ``include`` is not empty, ignore ``whole`` and count only operations
    that match ``include``. Omit operations that match a name or pattern in ``omit``.
    """
    counts = coverage.counts
    calls, of_tests = counts["operations"], counts["calls_of_tests"]
    candidates = {*CONTAINER_OPERATIONS, *calls, *include} & model.operations.keys()
    found = {name for name in candidates if _fits(name, include or ["*"]) and not _fits(name, omit)}
    only_of_tests = set[str]()
    if not (whole or include):
        found &= calls.keys()
        only_of_tests = {name for name in found if of_tests[name] >= calls[name]}
    operations = sorted(found - only_of_tests)
    edges = _edges(operations)
    errors = {f"{name} {code}" for name in operations for code in model.operations[name].errors}
    # Also include errors that occurred but are missing from the service model.
    errors.update(error for error in counts["errors"] if error.split()[0] in operations)
    possible: dict[str, Iterable[str]] = {
        "operations": operations,
        "errors": sorted(errors),
        "states": dict.fromkeys(edge.target for edge in edges if edge.target != ABSENT),
        "transitions": map(str, edges),
        "steps": STATE_DETAILS if edges else (),
        "rules": _rules(operations, model),
    }
    categories = {
        category: {name: counts[category][name] for name in names}
        for category, names in possible.items()
    }
    return Survey(categories, tuple(sorted(only_of_tests)))


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _edges(operations: Collection[str]) -> list[Edge]:
    """Return all edges that a call to one of the operations can lead to."""
    taken = {edge for edge in _EDGES if BEGUN_BY.get(edge.trigger) in operations}
    before = -1
    while before != len(taken):
        before, reached = len(taken), {edge.target for edge in taken}
        taken |= {e for e in _EDGES if e.trigger not in BEGUN_BY and e.state in reached}
    return [edge for edge in _EDGES if edge in taken]


def _rules(operations: Collection[str], model: ServiceModel) -> Iterator[str]:
    """Yield the ids of the rules that calls to the operations can break."""
    shapes = model.reached(model.operations[name].input for name in operations)
    for rule in RULES:
        targets = {re.split(r"[.\[]", target)[0] for target in rule.targets}
        if rule.message and (targets & shapes or (operations and not targets)):
            yield rule.id


# --- as text -------------------------------------------------------------------------------------


def coverage_text(survey: Survey, *, missing: bool) -> list[str]:
    """Return a survey as lines of text. If ``missing`` is true, also list the unreached items."""
    lines = []
    for category, items in survey.categories.items():
        unreached = survey.missing(category)
        if items:
            lines.append(_row(category, len(items) - len(unreached), len(items)))
            lines += _wrapped("    ", [f"{name} {times}" for name, times in items.items() if times])
        if missing:
            lines += _wrapped("    missing: ", unreached)
    lines.append(_row("TOTAL", survey.reached, survey.possible))
    if survey.of_tests:
        names = ", ".join(survey.of_tests)
        lines += [
            f"not counted because only test modules or conftest.py called them: {names}",
            "to count them, pass --lightsail-cov-include=NAME or --lightsail-cov=all",
        ]
    return lines


def _row(name: str, reached: int, possible: int) -> str:
    return f"{name:12}{reached:5} of {possible:3} {100 * reached // max(possible, 1):4} %"


def _wrapped(head: str, items: Iterable[str]) -> list[str]:
    """Return ``head`` and the items as wrapped lines, or no lines if there are no items."""
    text = ", ".join(item.replace(" ", "\xa0") for item in items)  # keep each item on one line
    width, indent = 80, "    "  # does not depend on the terminal's width
    lines = textwrap.wrap(
        text, width, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False
    )
    return [line.replace("\xa0", " ") for line in lines]
