"""The places of a request at which one rule can be broken, and the rules that bind them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..model.rule import Kind, Path, Rule
from ..model.rules import rule
from ..model.service import Shape
from .needs import DECIDED
from .shapes import EACH, KEY, VALUE, Limits, Shapes, Steps, first_key
from .strings import lengths

__all__ = ["CLIENT", "SERVICE", "Site", "locate", "look", "sites"]

_ELSEWHERE = frozenset({Kind.ACCOUNT, Kind.STATE, Kind.QUOTA})
"""Kinds of rules that input alone does not break, but for those of ``DECIDED``."""

_ENTAILED = frozenset(
    {
        # An endpoint's port that is out of range is not open on its container either.
        ("EndpointRequest.containerPort", "port.range"),
        # Of a service that is to be created, the name must be free.
        ("CreateContainerServiceRequest.serviceName", "service.exists"),
    }
)
"""Places at which a rule cannot be broken without another one; it can be broken elsewhere."""

CLIENT, SERVICE = "client", "service"
_NUMBERS = frozenset({"integer", "long", "float", "double"})
_BOUNDED = frozenset({Kind.RANGE, Kind.LENGTH, Kind.COUNT})


@dataclass(frozen=True, eq=False)
class Site:
    """A place, and a rule that binds it. Each is made once, and equal to nothing but itself.

    Attributes:
        way: how to get there from the request.
        shape: the shape that stands there.
        rule: one rule of that place.
        kinds: who can be the one that refuses it, ``client`` or ``service`` or either.
        limits: all rules of that place.
    """

    way: Steps
    shape: str
    rule: Rule
    kinds: frozenset[str]
    limits: Limits

    def __str__(self) -> str:
        return f"{'.'.join(self.way) or 'request'}: {self.rule.id}"


@lru_cache(maxsize=256)
def sites(shapes: Shapes, root: str) -> tuple[Site, ...]:
    """All sites of a request, those that lie least deep first."""
    found = {(site.way, site.rule.id): site for site in _sites(shapes, root, "", (), ())}
    return tuple(sorted(found.values(), key=lambda site: (len(site.way), site.way, site.rule.id)))


def _sites(
    shapes: Shapes, name: str, target: str, way: Steps, above: tuple[str, ...]
) -> Iterator[Site]:
    shape = shapes.model.shapes[name]
    if name in above:  # a shape that holds itself is entered once
        return
    above = (*above, name)
    limits = Limits(shapes.rules_at(name, target))
    for entry in _rules_of(shapes, name, target, way):
        kinds = _kinds(shape, entry, limits)
        if kinds:
            yield Site(way, name, entry, kinds, limits)
    if shape.type == "structure":
        for member in shape.members:
            here, inner = (*way, member), shape.members[member].shape
            if member in shape.required:
                yield Site(here, inner, rule("json.required"), frozenset({CLIENT}), Limits(()))
            yield from _sites(shapes, inner, f"{name}.{member}", here, above)
    elif shape.type == "list":
        yield from _sites(shapes, shape.item or "", f"{name}{EACH}", (*way, EACH), above)
    elif shape.type == "map":
        for part, step in ((shape.key, KEY), (shape.value, VALUE)):
            yield from _sites(shapes, part or "", f"{name}{step}", (*way, step), above)


def _rules_of(shapes: Shapes, name: str, target: str, way: Steps) -> Iterator[Rule]:
    """The rules that input can break at one place, by themselves."""
    for entry in shapes.rules_at(name, target):
        decided = entry.kind not in _ELSEWHERE or entry.id in DECIDED
        entailed = {(target, entry.id), (name, entry.id)} & _ENTAILED
        if decided and not entailed:
            yield entry
    # A key of a map is text in any JSON, and a request as a whole is what botocore makes of it.
    if way and way[-1] != KEY:
        yield rule("json.type")
    if shapes.model.shapes[name].type == "structure":
        yield rule("json.unknown-member")


def _kinds(shape: Shape, entry: Rule, limits: Limits) -> frozenset[str]:
    """Who refuses what breaks a rule at a place with these limits; nobody, if it cannot be broken alone.

    Of bounds, botocore knows the lower ones that the model states.
    """
    if entry.kind is Kind.FORMAT:
        # ``True`` is a number to botocore, namely 1, and a boolean to the service.
        passes = shape.type in _NUMBERS and (shape.minimum is None or shape.minimum <= 1)
        return frozenset({CLIENT, SERVICE} if entry.id == "json.type" and passes else {CLIENT})
    if entry.kind not in _BOUNDED:
        return frozenset({SERVICE})
    shortest, longest = (
        lengths(limits.patterns) if entry.kind is Kind.LENGTH else (-math.inf, math.inf)
    )
    kinds = set()
    low, high = entry.minimum, entry.maximum
    if low is not None and low > shortest and (low > 0 or entry.kind is Kind.RANGE):
        kinds.add(CLIENT if shape.minimum is not None and shape.type != "map" else SERVICE)
    if high is not None and high < longest:
        kinds.add(SERVICE)
    return frozenset(kinds)


def locate(document: Any, way: Steps) -> Path:
    """The path to which ``way`` leads in a document: by the first key and the first element."""
    path: list[str | int] = []
    for step in way:
        if step == EACH:
            path.append(0)
        elif step in {KEY, VALUE}:
            path.append(first_key(look(document, tuple(path))))
        else:
            path.append(step)
    return tuple(path)


def look(document: Any, path: Path) -> Any:
    """What stands at ``path``; ``None`` where nothing does."""
    value = document
    try:
        for part in path:
            value = value[part]
    except (KeyError, IndexError, TypeError):
        return None
    return value
