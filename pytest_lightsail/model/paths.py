"""Paths through the shapes of a model, such as ``containerServices[].state``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .service import EACH, KEY, Member, ServiceModel, Shape

__all__ = ["EACH", "KEY", "Located", "Path", "locate", "parent_of", "show_path", "split_path"]

Path = tuple[str, ...]
"""Names of members, ``[]`` for an element of a list or map, ``[key]`` for a key of a map."""

_PART = re.compile(r"\[\w*\]|[^.\[\]]+")


def show_path(path: Path) -> str:
    """Return a path as text.

    >>> show_path(("containerServices", "[]", "state"))
    'containerServices[].state'
    """
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


@lru_cache(maxsize=4096)
def split_path(text: str) -> Path:
    """Return the parts of a path that is given as text; ``show_path`` is the way back.

    >>> split_path("containers[].ports[key]")
    ('containers', '[]', 'ports', '[key]')
    """
    return tuple(_PART.findall(text))


def parent_of(text: str) -> str:
    """Return the path of what a place is part of.

    >>> parent_of("containerServices[].state"), parent_of("containerServices")
    ('containerServices[]', '')
    """
    return show_path(split_path(text)[:-1])


@dataclass(frozen=True)
class Located:
    """What stands at a place: its shape, and, for a member, the structure that has it."""

    shape: Shape
    owner: Shape | None = None
    member: Member | None = None

    @property
    def deprecated(self) -> bool:
        """Whether AWS advises against it."""
        return self.shape.deprecated or (self.member is not None and self.member.deprecated)

    def step(self, model: ServiceModel, part: str) -> Located | None:
        """What stands one part further; ``None`` where the model has nothing there."""
        shape = self.shape
        if part in {EACH, KEY}:
            inner = shape.key if part == KEY else (shape.item or shape.value)
            return None if inner is None else Located(model.shapes[inner])
        member = shape.members.get(part)
        return None if member is None else Located(model.shapes[member.shape], shape, member)


def locate(model: ServiceModel, root: str | None, path: Path) -> Located | None:
    """What stands at a path below a shape; ``None`` where the model has nothing there."""
    located = None if root is None else Located(model.shapes[root])
    for part in path:
        if located is None:
            return None
        located = located.step(model, part)
    return located
