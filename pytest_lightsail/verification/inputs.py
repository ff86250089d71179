"""The input of a caller: strategies, chosen by argument name, and the classes of values to try."""

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
from ..model.catalogue import rule
from ..model.rule import Kind
from ..strategies import Invalid
from ..strategies.corners import corners_or_none

__all__ = [
    "MATCHED",
    "SERVICES",
    "edges",
    "invalid_by_name",
    "matched",
    "needs_account",
    "plainest",
    "valid_classes",
]

_DRAWS, _INVALID_DRAWS = 60, 250
_SAMPLED, _CLASSES = 8, 14
"""Values of a strategy that are all tried; classes that are tried of one with more."""
_EDGES = 12
"""Drawn values that are tried for a rule."""
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
"""Names of an argument that says which service the caller works on."""


class Matched(NamedTuple):
    """The strategies for arguments of a name.

    Attributes:
        hints: the type hints under which the name means this; a parameter may also have none.
        valid: makes the strategy for valid values.
        invalid: makes the strategy for invalid ones.
        example: a valid value such as people write.
    """

    hints: tuple[str, ...]
    valid: Callable[[], st.SearchStrategy[Any]]
    invalid: Callable[[], st.SearchStrategy[Invalid]]
    example: Any


_TEXT, _NUMBER = ("str",), ("int",)
_DOCUMENT = ("dict", "Mapping", "MutableMapping")
_NAMES = st.from_regex(r"[A-Z][A-Z_]{0,9}", fullmatch=True)
_VALUES = st.sampled_from(("production", "8080", "a b", "x=1", ""))
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
        # A tag can only be put on a resource whose name has two characters.
        Matched(
            _TEXT,
            lambda: strategies.service_names(min_size=2),
            strategies.invalid_service_names,
            "shop",
        ),
    ),
    "environment": Matched(
        _DOCUMENT,
        lambda: strategies.environments(names=_NAMES, values=_VALUES),
        strategies.invalid_environments,
        {"STAGE": "test"},
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
"""What arguments mean by their names."""


def matched(
    caller: Callable[..., Any], given: Collection[str], *, optional: bool
) -> dict[str, Matched]:
    """Return the meanings of parameters without arguments, where they follow from their names.

    Args:
        caller: the code under test.
        given: the parameters that have their values.
        optional: also parameters with a default; otherwise only those that need a value.
    """
    try:
        parameters = inspect.signature(caller, follow_wrapped=False).parameters.values()
    except (TypeError, ValueError):  # some of what is written in C has none
        return {}
    found = {}
    for each in parameters:
        meaning = MATCHED.get(each.name)
        by_name = each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}
        if meaning is None or not by_name or each.name in given:
            continue
        if each.default is not each.empty and not optional:
            continue
        if _fits(each.annotation, meaning.hints, unknown=each.annotation is each.empty):
            found[each.name] = meaning
    return found


def _fits(hint: Any, hints: tuple[str, ...], *, unknown: bool) -> bool:
    """Return whether a type hint, such as ``str | None``, allows one of these types."""
    if unknown or hint in {Any, object, "Any", "object"}:
        return True
    words = re.findall(r"\w+", f"{getattr(hint, '__name__', '')} {hint}")
    return not set(hints).isdisjoint(words)


def invalid_by_name(names: Collection[str]) -> dict[str, st.SearchStrategy[Invalid]]:
    """Return the strategies for invalid values of arguments, by their names.

    Raises:
        ConfigurationError: no strategy follows from a name.
    """
    unknown = sorted(set(names) - MATCHED.keys())
    if unknown:
        raise ConfigurationError(
            f"verify_caller: no strategy for an invalid {unknown[0]!r} follows from its name; "
            f"expected one of {', '.join(MATCHED)}. Pass `invalid={{{unknown[0]!r}: strategy}}`"
        )
    return {name: MATCHED[name].invalid() for name in names}


# --- what is tried of a strategy ---------------------------------------------------------------------


@lru_cache(maxsize=64)  # a module of tests may verify several callers with one strategy
def _draws(strategy: st.SearchStrategy[Any], many: int) -> list[Any]:
    """Examples of a strategy, the same in every run."""
    values: list[Any] = []

    @hypothesis.settings(_SETTINGS, max_examples=many)
    @hypothesis.given(strategy)
    def draw(value: Any) -> None:
        values.append(value)

    draw()
    return values


def _size(value: Any) -> tuple[float, str]:
    number = value if isinstance(value, (int, float)) else len(repr(value))
    return number, repr(value)


def plainest(strategy: st.SearchStrategy[Any]) -> Any:
    """Return the plainest value of a strategy: the one that Hypothesis shrinks to."""
    return hypothesis.find(strategy, lambda _: True, settings=_PLAINEST)


_PLAINEST = hypothesis.settings(
    # Whatever is found will do: to explain it takes far longer than to find it.
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
)


def valid_classes(strategy: st.SearchStrategy[Any]) -> list[tuple[str, Any]]:
    """Return values to be tried of a strategy, each with its class in words."""
    known = corners_or_none(strategy)
    if known is not None and known.valid:
        return [(each.words, each.value) for each in known.valid if not each.needs_account]
    values = sorted({repr(value): value for value in _draws(strategy, _DRAWS)}.values(), key=_size)
    if len(values) <= _SAMPLED:
        return [("one of its values", value) for value in values]
    classes: dict[str, Any] = {}
    for value in values:
        classes.setdefault(_class_of(value), value)
    words = (
        ("the least", "the greatest") if _is_number(values[0]) else ("the shortest", "the longest")
    )
    return [(words[0], values[0]), (words[1], values[-1]), *list(classes.items())[1:_CLASSES]]


def _class_of(value: Any) -> str:
    """Return the class of values that callers are likely to treat like this one."""
    if isinstance(value, str):
        marks = sorted({one for one in value if not one.isalnum()})
        return f"with {' '.join(marks)}" if marks else "of letters and digits"
    if isinstance(value, Mapping):
        return f"with {', '.join(sorted(map(str, value))[:4])}" if value else "empty"
    return f"such as {value!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def edges(strategy: st.SearchStrategy[Invalid]) -> list[Invalid]:
    """Return invalid values to be tried before any that are drawn: each rule, each way to break it."""
    known = corners_or_none(strategy)
    found = [case for case in (known.invalid if known else ()) if not needs_account(case)]
    if found:
        return found
    seen: dict[str, dict[str, Invalid]] = {}
    for case in _draws(strategy, _INVALID_DRAWS):
        if not needs_account(case):
            seen.setdefault(case.rule, {})[repr(case.value)] = case
    return [
        case
        for cases in seen.values()
        for case in _spread(sorted(cases.values(), key=lambda one: _size(one.value)))
    ]


def _spread(cases: list[Invalid]) -> list[Invalid]:
    """Some of them, the first and the last included."""
    return cases[:: max(1, len(cases) // _EDGES)] + cases[-1:]


def needs_account(case: Invalid) -> bool:
    """Return whether it is wrong only for what the account holds."""
    return not case.is_flaw and rule(case.rule).kind in {Kind.ACCOUNT, Kind.STATE, Kind.QUOTA}
