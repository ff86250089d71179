"""The rules that bind a service model, and the catalogue as a page of documentation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from .catalogue import RULES
from .rule import Kind, Rule, grouped, limits
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
_BOUNDS = {"string": Kind.LENGTH, "blob": Kind.LENGTH, "list": Kind.COUNT, "map": Kind.COUNT}


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


# --- the page: docs/rules.md -----------------------------------------------------------------------

_HEAD = """\
# What Amazon Lightsail accepts

The rules that this library knows, as its catalogue (`pytest_lightsail/model/catalogue.py`) has them.
This page is written by `pytest-lightsail rules`; change the catalogue, not the page.

*Applies to* names a shape of the service model, a member (`Container.image`), or the keys or
elements of a map or list (`PortMap[key]`, `ContainerServicePublicDomainsList[]`). Limits marked
*model* are taken from botocore's service model and follow it. A *message* is what the service
answers: observed word for word, or assumed, with the parts in braces filled in.
"""

_BY_ACCOUNT = "The simulated account decides these."
_SECTIONS = (
    (
        "What a value must be",
        "JSON Schema says these by keywords: `x-rule` names the rule beside them.",
        (Kind.REQUIRED, Kind.ENUM, Kind.PATTERN, Kind.LENGTH, Kind.RANGE, Kind.COUNT),
    ),
    (
        "What the members of a request must be to each other",
        "No keyword says these: `x-rules` of a schema lists them, and validation checks them.",
        (Kind.RELATION,),
    ),
    ("What the account must hold", _BY_ACCOUNT, (Kind.ACCOUNT,)),
    ("What state the service must be in", _BY_ACCOUNT, (Kind.STATE,)),
    ("Quotas", _BY_ACCOUNT, (Kind.QUOTA,)),
    ("The JSON itself", "These hold for every operation of the service.", (Kind.FORMAT,)),
)

_COLUMNS = ("Rule", "Applies to", "Limits", "Error", "Message", "Source")


def reference(model: ServiceModel) -> str:
    """Return the catalogue as Markdown, with the limits that the model states filled in."""
    filled = {entry.id: entry for entries in resolve(model).values() for entry in entries}
    parts = [_HEAD]
    for title, introduction, kinds in _SECTIONS:
        rows: list[Iterable[str]] = [_COLUMNS, ("---",) * len(_COLUMNS)]
        rows += (_row(one, filled.get(one.id, one)) for one in RULES if one.kind in kinds)
        table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
        parts.append(f"## {title}\n\n{introduction}\n\n{table}")
    return "\n".join(parts)


def _row(entry: Rule, filled: Rule) -> tuple[str, ...]:
    observed = "observed" if entry.observed else "assumed"
    return (
        f"`{entry.id}`<br>{_text(entry.meaning)}",
        ", ".join(f"`{target}`" for target in entry.targets) or "everything",
        _limits(entry, filled),
        _error(entry),
        f"{observed}: {_code(entry.message)}" if entry.message else "none",
        _text(entry.source),
    )


def _error(entry: Rule) -> str:
    if not entry.message:
        return "none"
    return f"`{entry.error}`, code `{entry.code}`" if entry.code else f"`{entry.error}`"


def _limits(entry: Rule, filled: Rule) -> str:
    """Return the limits, marked where they come from the model."""
    if entry.id.startswith("model."):
        return "*model*"
    if entry.kind is Kind.REQUIRED:
        return "required"
    if not limits(filled):
        return "none"
    is_pattern = filled.kind is Kind.PATTERN and filled.pattern is not None
    text = _code(grouped(filled.pattern or "")) if is_pattern else _text(limits(filled))
    return text if limits(entry) else f"{text} *model*"


def _text(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _code(text: str) -> str:
    """Return inline code in a table: a bar must be escaped even there, and backticks enclosed by more."""
    mark, padding = ("``", " ") if "`" in text else ("`", "")
    return f"{mark}{padding}{text}{padding}{mark}".replace("|", "\\|")
