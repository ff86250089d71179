"""The number of examples in property tests. By default, tests try a few examples, the same in every run.

With ``HYPOTHESIS_PROFILE=varied``, tests try as few examples, but ``--hypothesis-seed`` selects them.
With ``HYPOTHESIS_PROFILE=thorough``, tests try 10,000 examples of each strategy.
"""

import os
from collections.abc import Callable
from typing import TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

NEWER = hypothesis.__version_info__ >= (6, 150)
"""Whether Hypothesis shrinks better and draws larger values than the oldest supported release."""

T = TypeVar("T")

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
STEADY = not THOROUGH and os.environ.get("HYPOTHESIS_PROFILE") != "varied"
_MANY = 10_000


def examples(count: int, among: int = 1) -> settings:
    """Return settings with few examples, or with many examples in a thorough run.

    Args:
        count: the number of examples, except in a thorough run.
        among: the number of strategies that share the examples of a thorough run.
    """
    return settings(
        max_examples=max(count, _MANY // among) if THOROUGH else count,
        derandomize=STEADY,
        deadline=None,
        database=None,
        print_blob=True,
        # The time for the first examples depends on how busy the machine is.
        suppress_health_check=[HealthCheck.too_slow],
        # The phase `explain` is left out, because it takes longer than finding the failure.
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )


def for_all(
    strategy: st.SearchStrategy[T], count: int, check: Callable[[T], object], *, among: int = 1
) -> None:
    """Call a check, which raises if it fails, with values of a strategy."""

    @examples(count, among)
    @given(strategy)
    def each(value: T) -> None:
        check(value)

    each()


def drawn(strategy: st.SearchStrategy[T], count: int = 20) -> list[T]:
    """Return a few values of a strategy, in the order in which they were drawn.

    If the values differ from run to run, there are four times as many of them, so that rare values are
    among them with any seed.
    """
    found: list[T] = []
    for_all(strategy, count if STEADY else 4 * count, found.append, among=_MANY)
    return found
