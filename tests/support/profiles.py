"""Which examples property tests have: few, the same in every run, unless others are asked for.

With ``HYPOTHESIS_PROFILE=varied`` as few, but others in each run, as
``--hypothesis-seed`` says; with ``HYPOTHESIS_PROFILE=thorough`` those of the strategies are 10 000.
"""

import os
from collections.abc import Callable
from typing import TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

NEWER = hypothesis.__version_info__ >= (6, 150)
"""Hypothesis shrinks better, and draws larger values, than in the oldest release that is supported."""

T = TypeVar("T")

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
STEADY = not THOROUGH and os.environ.get("HYPOTHESIS_PROFILE") != "varied"
_MANY = 10_000


def examples(quickly: int, among: int = 1) -> settings:
    """Few examples, or many.

    Args:
        quickly: how many there are if nobody asks for a thorough run.
        among: how many strategies of one kind share the examples of a thorough run.
    """
    return settings(
        max_examples=max(quickly, _MANY // among) if THOROUGH else quickly,
        derandomize=STEADY,
        deadline=None,
        database=None,
        print_blob=True,
        # How fast the first examples come is for a busy machine to say.
        suppress_health_check=[HealthCheck.too_slow],
        # A failure is to be told soon: explaining one takes longer than finding it.
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )


def for_all(
    strategy: st.SearchStrategy[T], quickly: int, check: Callable[[T], object], *, among: int = 1
) -> None:
    """Hold values of a strategy against a check that raises."""

    @examples(quickly, among)
    @given(strategy)
    def each(value: T) -> None:
        check(value)

    each()


def drawn(strategy: st.SearchStrategy[T], quickly: int = 20) -> list[T]:
    """A few values of a strategy, in the order in which they were drawn; a thorough run has hardly more.

    Where a seed chooses them there are four times as many: what is looked for is among them whatever
    the seed.
    """
    found: list[T] = []
    for_all(strategy, quickly if STEADY else 4 * quickly, found.append, among=_MANY)
    return found
