"""The places of a request at which one rule can be broken, and the rules that bind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..model.rule import Kind, Path, Rule
from ..model.rules import rule
from .shapes import ITEM, KEY, VALUE, Shapes, Steps, first_key

__all__ = ["Site", "locate", "look", "sites"]

_DECIDED_ELSEWHERE = frozenset({Kind.ACCOUNT, Kind.STATE, Kind.QUOTA})
_ENTAILED = frozenset(
    {
        # An endpoint's port that is out of range is not open on its container either.
        ("EndpointRequest.containerPort", "port.range"),
        # More certificates than are allowed have more domain names than are allowed.
        ("ContainerServicePublicDomains", "domains.certificates"),
    }
)
"""Places at which a rule cannot be broken without another one; their rules can be broken elsewhere,
but for ``domains.certificates``, which is never the only one."""


@dataclass(frozen=True)
class Site:
    """A place, and a rule that binds it.

    Attributes:
        way: how to get there from the request.
        shape: the shape that stands there.
        rule: one rule of that place.
    """

    way: Steps
    shape: str
    rule: Rule

    def __str__(self) -> str:
        return f"{'.'.join(self.way) or 'request'}: {self.rule.id}"


@lru_cache(maxsize=256)
def sites(shapes: Shapes, root: str) -> tuple[Site, ...]:
    """All sites of a request, those that lie least deep first."""
    found = dict.fromkeys(_sites(shapes, root, "", (), ()))
    return tuple(sorted(found, key=lambda site: (len(site.way), site.way, site.rule.id)))


def _sites(
    shapes: Shapes, name: str, target: str, way: Steps, above: tuple[str, ...]
) -> Iterator[Site]:
    shape = shapes.model.shapes[name]
    if name in above:  # a shape that holds itself is entered once
        return
    above = (*above, name)
    for entry in _rules_of(shapes, name, target, way):
        yield Site(way, name, entry)
    if shape.type == "structure":
        for member in shape.members:
            here = (*way, member)
            if member in shape.required:
                yield Site(here, shape.members[member].shape, rule("json.required"))
            inner = shape.members[member].shape
            yield from _sites(shapes, inner, f"{name}.{member}", here, above)
    elif shape.type == "list":
        yield from _sites(shapes, shape.item or "", f"{name}{ITEM}", (*way, ITEM), above)
    elif shape.type == "map":
        for part, step in ((shape.key, KEY), (shape.value, VALUE)):
            yield from _sites(shapes, part or "", f"{name}{step}", (*way, step), above)


def _rules_of(shapes: Shapes, name: str, target: str, way: Steps) -> Iterator[Rule]:
    """The rules that input can break at one place, by themselves."""
    for entry in shapes.rules_at(name, target):
        entailed = {(target, entry.id), (name, entry.id)} & _ENTAILED
        if entry.kind not in _DECIDED_ELSEWHERE and not entailed:
            yield entry
    if way[-1:] != (KEY,):  # a key of a map is text in any JSON
        yield rule("json.type")
    if shapes.model.shapes[name].type == "structure":
        yield rule("json.unknown-member")


def locate(document: Any, way: Steps) -> Path:
    """The path to which ``way`` leads in a document: by the first key and the first element."""
    path: list[str | int] = []
    for step in way:
        if step == ITEM:
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
