"""Shapes that no value can have, for each value would have to hold another one without end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from .bounds import DEEPEST

if TYPE_CHECKING:
    from .shape import Shape

__all__ = ["endless"]

_Quantifier = Callable[[Iterable[bool]], bool]


def endless(shapes: Mapping[str, Shape]) -> list[str]:
    """The names of shapes that have no value of at most ``DEEPEST`` levels.

    A shape may hold itself as often as it likes where it need not: an optional member may be absent, and
    a list or map be empty.
    """
    waiting = {name: _needs(shape) for name, shape in shapes.items()}
    for _ in range(DEEPEST):
        done = [
            name
            for name, (every, needed) in waiting.items()
            if every(part not in waiting for part in needed)
        ]
        if not done:
            break
        for name in done:
            del waiting[name]
    return sorted(waiting)


def _needs(shape: Shape) -> tuple[_Quantifier, Collection[str]]:
    """The shapes that a value of this one has to hold: all of them, or of a union any one."""
    if shape.type != "structure":
        parts = (shape.item, shape.key, shape.value) if (shape.minimum or 0) > 0 else ()
        return all, [part for part in parts if part is not None]
    if shape.union and shape.members:
        return any, [member.shape for member in shape.members.values()]
    return all, [shape.members[name].shape for name in shape.required]
