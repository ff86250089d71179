"""The rules that bind a service model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from .catalogue import RULES
from .rule import Kind, Rule
from .service import ServiceModel, Shape

_BY_ID = {entry.id: entry for entry in RULES}
_BY_TARGET: dict[str, list[Rule]] = defaultdict(list)
for _entry in RULES:
    for _target in _entry.targets:
        _BY_TARGET[_target].append(_entry)


def rule(rule_id: str) -> Rule:
    """Return the rule of that id.

    >>> rule("health-check.timeout").maximum
    60
    """
    return _BY_ID[rule_id]


@lru_cache(maxsize=32)
def resolve(model: ServiceModel, *, documented: bool = True) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules by target, with the limits that the model states filled in.

    A constraint of the model for which the catalogue has no entry appears as one of the ``model.*``
    rules, so that nothing that the model states is lost.

    Args:
        model: the service model.
        documented: also what only the catalogue says; without it the model's own constraints alone.
    """
    targets: dict[str, list[Rule]] = defaultdict(list)
    for target, entries in _BY_TARGET.items():
        shape = model.shapes.get(target)
        stated = () if shape is None else _stated(shape)
        for entry in entries:
            if entry.kind not in _LIMITING or _has_limits(entry):
                if documented:
                    targets[target].append(entry)
            elif shape is not None and entry.kind in stated:
                targets[target].append(_filled(entry, shape))
    for shape in model.shapes.values():
        # An entry with limits of its own does not stand for the model's; both hold.
        have = {entry.kind for entry in _BY_TARGET.get(shape.name, ()) if not _has_limits(entry)}
        targets[shape.name].extend(
            _filled(_BY_ID[f"model.{kind.value}"], shape)
            for kind in _stated(shape)
            if kind not in have
        )
    return {target: tuple(entries) for target, entries in targets.items() if entries}


_LIMITING = frozenset({Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT})
_BOUNDS = {"string": Kind.LENGTH, "list": Kind.COUNT, "map": Kind.COUNT}


def _has_limits(entry: Rule) -> bool:
    """Return whether the entry brings its limits itself instead of taking them from the model."""
    return bool(entry.values) or (entry.pattern, entry.minimum, entry.maximum) != (None, None, None)


def _stated(shape: Shape) -> tuple[Kind, ...]:
    """Return the kinds of constraint that the model states of a shape."""
    is_bounded = shape.minimum is not None or shape.maximum is not None
    stated = {
        Kind.ENUM: bool(shape.enum),
        _BOUNDS.get(shape.type, Kind.RANGE): is_bounded,
        Kind.PATTERN: shape.pattern is not None,
    }
    return tuple(kind for kind, is_stated in stated.items() if is_stated)


def _filled(entry: Rule, shape: Shape) -> Rule:
    if entry.kind is Kind.ENUM:
        return replace(entry, values=shape.enum)
    if entry.kind is Kind.PATTERN:
        return replace(entry, pattern=shape.pattern)
    return replace(entry, minimum=shape.minimum, maximum=shape.maximum)
