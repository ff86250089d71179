"""Hardly any draws are rejected, because the strategies build valid values instead of filtering."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.statistics import collector

from pytest_lightsail import strategies as values
from pytest_lightsail.model.service import load
from pytest_lightsail.strategies.shapes import Shapes, matching
from tests.support.profiles import for_all

MOST = 0.05
OPERATIONS = (
    "CreateContainerService",
    "CreateContainerServiceDeployment",
    "UpdateContainerService",
)
VALUES = [
    name
    for name in values.__all__
    if name[0].islower() and not name.endswith(("requests", "corners"))
]
STRATEGIES = {
    **{name: getattr(values, name) for name in VALUES},
    **{
        f"{kind} {operation}": (
            lambda kind=kind, operation=operation: getattr(values, kind)(operation)
        )
        for kind in ("requests", "invalid_requests")
        for operation in OPERATIONS
    },
}


def statuses(strategy: st.SearchStrategy[object], count: int) -> Counter[str]:
    """Return how many test cases had each status in the statistics of Hypothesis."""
    counted: Counter[str] = Counter()

    def add(statistics: dict[str, object]) -> None:
        for phase in statistics.values():
            cases = phase.get("test-cases", ()) if isinstance(phase, dict) else ()
            counted.update(case["status"] for case in cases)

    with collector.with_value(add):
        for_all(strategy, count, lambda _: None, among=10)
    return counted


@pytest.mark.parametrize("name", STRATEGIES)
def test_at_most_5_percent_of_the_draws_are_rejected(name):
    counted = statuses(STRATEGIES[name](), 10)
    # Overruns do not count: with them, Hypothesis explores how much fits into a small example.
    assert counted["invalid"] <= MOST * (counted["valid"] + counted["invalid"])


def test_at_most_5_percent_of_the_strings_are_filtered_out(monkeypatch):
    kept: Counter[bool] = Counter()
    search = st.SearchStrategy.filter

    def counting(self, condition):
        def counted(value):
            good = condition(value)
            kept[bool(good)] += 1
            return good

        return search(self, counted)

    monkeypatch.setattr(st.SearchStrategy, "filter", counting)
    matching.cache_clear()
    shapes = Shapes(load())
    for operation in OPERATIONS:
        for_all(shapes.of(f"{operation}Request"), 20, lambda _: None, among=10)
    matching.cache_clear()
    assert kept[True] > 100
    assert kept[False] <= MOST * kept.total()


def test_groups_are_never_repeated_beyond_the_maximum_length():
    assert statuses(matching(("(?:ab)+",), 0, 3), 100)["invalid"] == 0
