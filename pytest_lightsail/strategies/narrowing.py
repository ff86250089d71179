"""Arguments that narrow a strategy, checked when it is asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from ..exceptions import ConfigurationError

__all__ = ["dictionaries", "lists", "narrowed", "strategy_for"]


def narrowed(
    what: str,
    known: tuple[int, int | None],
    asked: tuple[int | None, int | None],
    names: tuple[str, str] = ("min_size", "max_size"),
) -> tuple[int, int | None]:
    """The range that is left of ``known`` where ``asked`` narrows it.

    Args:
        what: the strategy, for the message.
        known: the lowest and the highest that the service takes; ``None`` for any.
        asked: what the arguments say; ``None`` where one is left out.
        names: the names of the arguments.

    Raises:
        ConfigurationError: an argument is no whole number, or nothing is left.

    >>> narrowed("scales", (1, 20), (None, 5))
    (1, 5)
    """
    for name, value in zip(names, asked, strict=True):
        if value is not None and (type(value) is not int or value < 0):
            raise ConfigurationError(f"{what}: {name} is 0 or more, a whole number, not {value!r}")
    least, most = asked
    low = known[0] if least is None else max(known[0], least)
    highs = [high for high in (known[1], most) if high is not None]
    high = min(highs, default=None)
    if high is not None and low > high:
        given = ", ".join(
            f"{name}={value}" for name, value in zip(names, asked, strict=True) if value is not None
        )
        most_known = "any number" if known[1] is None else known[1]
        raise ConfigurationError(
            f"{what}: nothing is left with {given}; the service takes {known[0]} to {most_known}"
        )
    return low, high


def strategy_for(what: str, name: str, given: Any) -> st.SearchStrategy[Any]:
    """What was given for a part of a value.

    Raises:
        ConfigurationError: it is no strategy.
    """
    if not isinstance(given, st.SearchStrategy):
        raise ConfigurationError(
            f"{what}: {name} is a strategy, such as st.just({given!r}), not {given!r}"
        )
    return given


@lru_cache(maxsize=256)
def dictionaries(
    keys: st.SearchStrategy[Any], values: st.SearchStrategy[Any], low: int, high: int
) -> st.SearchStrategy[dict[Any, Any]]:
    """Dictionaries of ``low`` to ``high`` entries, the strategy made once."""
    return st.dictionaries(keys, values, min_size=low, max_size=high)


@lru_cache(maxsize=256)
def lists(elements: st.SearchStrategy[Any], low: int, high: int) -> st.SearchStrategy[list[Any]]:
    """Lists of ``low`` to ``high`` elements, the strategy made once."""
    return st.lists(elements, min_size=low, max_size=high)
