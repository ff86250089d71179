"""The input of a caller: strategies for parameters with known names, and values to try first."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from .. import strategies
from ..exceptions import ConfigurationError
from ..strategies import Invalid
from ..strategies.corners import corners_or_none

_DRAWS, _INVALID_DRAWS = 60, 250
_TRIED, _TRIED_PER_RULE = 24, 12
"""The maximum numbers of drawn values to try: valid values, and invalid values per rule."""
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
    if hint in {inspect.Parameter.empty, Any, object, "Any", "object"}:
        return True
    words = re.findall(r"\w+", f"{getattr(hint, '__name__', '')} {hint}")
    return not set(hints).isdisjoint(words)


def invalid_by_name(names: Collection[str]) -> dict[str, st.SearchStrategy[Invalid]]:
    """Return the strategies for invalid values of parameters with these names."""
    unknown = sorted(set(names) - MATCHED.keys())
    if unknown:
        raise ConfigurationError(
            f"verify_caller: there is no strategy for invalid values of {unknown[0]!r}: use one of "
            f"the names {', '.join(MATCHED)}, or pass `invalid={{{unknown[0]!r}: strategy}}`"
        )
    return {name: MATCHED[name].invalid() for name in names}


# --- the values to try first -------------------------------------------------------------------------


@lru_cache(maxsize=64)  # a test module may verify several callers with the same strategy
def _draws(strategy: st.SearchStrategy[Any], many: int) -> list[Any]:
    """Return examples from a strategy. The examples are the same in every run."""
    values: list[Any] = []

    @hypothesis.settings(_SETTINGS, max_examples=many)
    @hypothesis.given(strategy)
    def draw(value: Any) -> None:
        values.append(value)

    draw()
    return values


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
    values = {repr(value): value for value in _draws(strategy, _DRAWS)}
    return [("drawn from its strategy", value) for value in list(values.values())[:_TRIED]]


def edges(strategy: st.SearchStrategy[Invalid]) -> list[Invalid]:
    """Return the invalid values to try first: one for each way to break each rule."""
    known = corners_or_none(strategy)
    if known is not None:
        return list(known.invalid)
    seen: dict[str, dict[str, Invalid]] = {}
    for case in _draws(strategy, _INVALID_DRAWS):
        seen.setdefault(case.rule, {})[repr(case.value)] = case
    return [
        case for by_value in seen.values() for case in list(by_value.values())[:_TRIED_PER_RULE]
    ]
