"""The shapes of two models walked side by side, from a root down to every difference.

Shapes refer to each other in circles, and to the same shape from many places. So each pair of shapes is
compared once, and only branches with a difference somewhere below are followed to list its paths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from .effort import Effort
from .service import ServiceModel
from .shape import EACH, KEY, Shape
from .shape_changes import Finding, shape_changes

__all__ = ["Path", "ShapePairs", "show_path"]

Path = tuple[str, ...]
"""Names of members, ``[]`` for an element of a list or map, ``[key]`` for a key of a map."""

_Pair = tuple[str | None, str | None]
_NOTHING = Shape(name="", type="structure")
"""Stands for the input or output of an operation that has none."""


def show_path(path: Path) -> str:
    """A path as people write it.

    >>> show_path(("containerServices", "[]", "state"))
    'containerServices[].state'
    """
    text = ""
    for part in path:
        text += part if part.startswith("[") or not text else f".{part}"
    return text


@dataclass(frozen=True)
class _Edge:
    part: str
    site: str
    target: _Pair


class ShapePairs:
    """Pairs of shapes of an old and a new model.

    Raises:
        ConfigurationError: there is more to look at than ``effort`` allows.
    """

    def __init__(self, old: ServiceModel, new: ServiceModel, effort: Effort) -> None:
        self._effort = effort
        self._old = old
        self._new = new
        self._findings: dict[_Pair, tuple[Finding, ...]] = {}
        self._edges: dict[_Pair, tuple[_Edge, ...]] = {}
        self._different: dict[_Pair, bool] = {}

    def findings(
        self, old: str | None, new: str | None, path: Path = ()
    ) -> Iterator[tuple[str, Path, Finding]]:
        """Every difference below a pair of shapes: where it is made, where it is met, and what it is.

        ``path`` stands before the paths of all of them.
        """
        self._explore((old, new))
        yield from self._walk((old, new), new or old or "", path, frozenset())

    def _shapes(self, pair: _Pair) -> tuple[Shape, Shape]:
        old, new = pair
        return (
            _NOTHING if old is None else self._old.shapes[old],
            _NOTHING if new is None else self._new.shapes[new],
        )

    def _explore(self, root: _Pair) -> None:
        """Compare all the pairs below ``root``, and note those with a difference below them."""
        reached: list[_Pair] = []
        waiting = [root]
        while waiting:
            pair = waiting.pop()
            if pair not in self._findings:
                self._effort.step()
                old, new = self._shapes(pair)
                self._findings[pair] = shape_changes(old, new)
                self._edges[pair] = tuple(_edges(old, new))
                self._different[pair] = bool(self._findings[pair])
                reached.append(pair)
                waiting.extend(edge.target for edge in self._edges[pair])
        # Shapes may lead back to themselves: each tells those that lead to it, once.
        leading: dict[_Pair, list[_Pair]] = defaultdict(list)
        for pair in reached:
            for edge in self._edges[pair]:
                leading[edge.target].append(pair)
        telling = [pair for pair in leading if self._different[pair]]
        while telling:
            for pair in leading[telling.pop()]:
                if not self._different[pair]:
                    self._different[pair] = True
                    telling.append(pair)

    def _walk(
        self, pair: _Pair, referrer: str, path: Path, above: frozenset[_Pair]
    ) -> Iterator[tuple[str, Path, Finding]]:
        self._effort.step(len(path))
        old, new = self._shapes(pair)
        for finding in self._findings[pair]:
            if finding.member is not None:
                owner = new if finding.member in new.members else old
                yield f"{owner.name}.{finding.member}", (*path, finding.member), finding
            else:
                # Where another shape is referred to, the reference is what has changed.
                yield new.name if old.name == new.name else referrer, path, finding
        above |= {pair}
        for edge in self._edges[pair]:
            if self._different[edge.target] and edge.target not in above:
                yield from self._walk(edge.target, edge.site, (*path, edge.part), above)


def _edges(old: Shape, new: Shape) -> Iterator[_Edge]:
    if old.type != new.type or old.document != new.document:
        return
    for name, member in new.members.items():
        if name in old.members:
            target = (old.members[name].shape, member.shape)
            yield _Edge(name, f"{new.name}.{name}", target)
    if new.item is not None:
        yield _Edge(EACH, f"{new.name}{EACH}", (old.item, new.item))
    if new.key is not None:
        yield _Edge(KEY, f"{new.name}{KEY}", (old.key, new.key))
    if new.value is not None:
        yield _Edge(EACH, f"{new.name}{EACH}", (old.value, new.value))
