"""The input of a caller: strategies for parameters with known names, and values to try first."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from .. import strategies
from ..strategies import Invalid
from ..strategies.corners import corners_or_none

_TRIED, _TRIED_INVALID = 24, 96
"""The maximum numbers of drawn values to try."""
_SETTINGS = hypothesis.settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
        HealthCheck.too_slow,
    ],
)
SERVICES = ("service", "service_name")
"""Parameters with these names receive the name of the caller's service."""


class Matched(NamedTuple):
    """The strategies for a parameter with a known name, and a typical value."""

    hints: tuple[str, ...]
    """The names of the types that the parameter's type hint may mention."""
    valid: Callable[[], st.SearchStrategy[Any]]
    invalid: Callable[[], st.SearchStrategy[Invalid]]
    example: Any


_TEXT, _NUMBER = ("str",), ("int",)
_DOCUMENT = ("dict", "Mapping", "MutableMapping")
_ENVIRONMENTS = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z_]{0,9}", fullmatch=True),
    st.sampled_from(("production", "8080", "a b", "x=1", "")),
    max_size=3,
)
MATCHED: Mapping[str, Matched] = {
    "image": Matched(
        _TEXT,
        lambda: strategies.image_references(
            kinds={"public", "docker-hub", "public-ecr", "registry"}
        ),
        strategies.invalid_image_references,
        "nginx:1.27",
    ),
    "port": Matched(_NUMBER, strategies.ports, strategies.invalid_ports, 80),
    "scale": Matched(_NUMBER, strategies.scales, strategies.invalid_scales, 1),
    "power": Matched(_TEXT, strategies.powers, strategies.invalid_powers, "nano"),
    **dict.fromkeys(
        SERVICES,
        # A resource can be tagged only if its name has at least two characters.
        Matched(
            _TEXT,
            lambda: strategies.service_names(min_size=2),
            strategies.invalid_service_names,
            "shop",
        ),
    ),
    "environment": Matched(
        _DOCUMENT, lambda: _ENVIRONMENTS, strategies.invalid_environments, {"STAGE": "test"}
    ),
    "health_check": Matched(
        _DOCUMENT, strategies.health_checks, strategies.invalid_health_checks, {"path": "/"}
    ),
    "containers": Matched(
        _DOCUMENT,
        strategies.containers,
        strategies.invalid_containers,
        {"web": {"image": "nginx:1.27", "ports": {"80": "HTTP"}}},
    ),
}
"""Maps each known parameter name to its strategies."""


def matched(
    caller: Callable[..., Any], given: Collection[str], *, optional: bool
) -> dict[str, Matched]:
    """Return the strategies for a caller's parameters that have known names and are not ``given``.

    Parameters with a default are included only if ``optional`` is true.
    """
    try:
        parameters = inspect.signature(caller, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):  # some functions written in C have no signature
        return {}
    return {
        each.name: MATCHED[each.name]
        for each in parameters
        if each.name in MATCHED.keys() - given
        and each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}
        and (optional or each.default is each.empty)
        and _fits(each.annotation, MATCHED[each.name].hints)
    }


def _fits(hint: Any, hints: tuple[str, ...]) -> bool:
    """Return whether a type hint, such as ``str | None``, allows one of these types."""
    words = re.findall(r"\w+", f"{getattr(hint, '__name__', '')} {hint}")
    return hint is inspect.Parameter.empty or not {"Any", "object", *hints}.isdisjoint(words)


# --- the values to try first -------------------------------------------------------------------------


@lru_cache(maxsize=64)  # a test module may verify several callers with the same strategy
def _drawn(strategy: st.SearchStrategy[Any], most: int) -> list[Any]:
    """Return different examples from a strategy, which are the same in every run."""
    values: dict[str, Any] = {}

    @hypothesis.settings(_SETTINGS, max_examples=3 * most)
    @hypothesis.given(strategy)
    def draw(value: Any) -> None:
        values.setdefault(repr(value), value)

    draw()
    return list(values.values())[:most]


def plainest(strategy: st.SearchStrategy[Any]) -> Any:
    """Return the simplest value of a strategy, to which Hypothesis shrinks all others."""
    # The phase `explain` would take far longer than the other phases.
    settings = hypothesis.settings(_SETTINGS, phases=[Phase.generate, Phase.shrink])
    return hypothesis.find(strategy, lambda _: True, settings=settings)


def valid_classes(strategy: st.SearchStrategy[Any]) -> list[tuple[str, Any]]:
    """Return the valid values to try first, each with a description of its class."""
    known = corners_or_none(strategy)
    if known is not None and known.valid:
        return [(each.words, each.value) for each in known.valid if not each.needs_account]
    return [("drawn from its strategy", value) for value in _drawn(strategy, _TRIED)]


def edges(strategy: st.SearchStrategy[Invalid]) -> Sequence[Invalid]:
    """Return the invalid values to try first, if possible one for each way to break each rule."""
    known = corners_or_none(strategy)
    return _drawn(strategy, _TRIED_INVALID) if known is None else known.invalid
