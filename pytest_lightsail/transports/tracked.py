"""Answers that note how they are read: ``tracked(answer, place)``.

What a caller gets is a dict, a list, a str, in all that it can see but ``type(x) is dict``: the classes
have the names of the built-in ones, are equal to them, have their hash, and make plain values when they
are called. What stands inside is tracked from the start, so that code in C which goes past our methods
still hands on values that note what is done with them.

Copies are tracked as well, and are no reads. What leaves for where nobody can follow it (JSON, pickle) is
read as a whole. Its ``repr`` is no read: whoever logs an answer does not depend on what is in it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, SupportsIndex

from .disguise import Disguise, noting, reads_for_caller
from .places import (
    LISTED,
    READ,
    SUBSCRIPTED,
    ListPlace,
    MapPlace,
    Place,
    StructurePlace,
    TextPlace,
)
from .tracked_text import tracked_text

__all__ = ["TrackedDict", "TrackedList", "followed_by_copies", "tracked"]


def tracked(value: Any, place: Place | None) -> Any:
    """The value with all that is dict, list or text of an enumeration in it tracked."""
    if place is None or not place.is_tracked:
        return value
    kind = type(value)
    if kind is dict and isinstance(place, StructurePlace):
        made = _dict(value, place)
        for name, one in value.items():
            inner = place.member(name)
            if inner is not None and inner.is_tracked:
                dict.__setitem__(made, name, tracked(one, inner))
        return made
    if kind is dict and isinstance(place, MapPlace):
        each = place.each
        return _dict({key: tracked(one, each) for key, one in value.items()}, place)
    if kind is list and isinstance(place, ListPlace):
        each = place.each
        return _list([tracked(one, each) for one in value], place)
    if kind is str and isinstance(place, TextPlace):
        return tracked_text(value, place)
    return value


def _dict(
    plain: Iterable[Any], place: StructurePlace | MapPlace, own: frozenset[Any] = frozenset()
) -> TrackedDict:
    made: TrackedDict = dict.__new__(TrackedDict)
    dict.__init__(made, plain)
    made._lightsail_place = place
    made._lightsail_own = own
    return made


def _list(plain: Iterable[Any], place: ListPlace) -> TrackedList:
    made: TrackedList = list.__new__(TrackedList)
    list.__init__(made, plain)
    made._lightsail_place = place
    return made


class TrackedDict(dict[Any, Any], metaclass=Disguise):
    # ``_lightsail_own``: keys under which the caller itself has put or taken away something.
    __slots__ = ("_lightsail_own", "_lightsail_place")
    _lightsail_place: StructurePlace | MapPlace
    _lightsail_own: frozenset[Any]

    def _lightsail_take(self, key: object, *, by_subscript: bool = False) -> None:
        place = self._lightsail_place
        try:
            if key in self._lightsail_own:
                return
        except TypeError:
            return  # the call itself is about to say that such a key cannot be
        if isinstance(place, MapPlace):
            place.each.note(READ)
            return
        member = place.member(key)
        if member is not None:
            member.note(READ)
            if by_subscript:
                member.note(SUBSCRIPTED)

    def _lightsail_list(self) -> None:
        place = self._lightsail_place
        if isinstance(place, MapPlace):
            place.key.note(READ)
        else:
            place.note(LISTED)

    def _lightsail_take_all(self) -> None:
        self._lightsail_list()
        for key in dict.keys(self):
            self._lightsail_take(key)

    def _lightsail_owns(self, keys: Iterable[Any]) -> None:
        self._lightsail_own = self._lightsail_own.union(keys)

    def __getitem__(self, key: Any) -> Any:
        if reads_for_caller():
            self._lightsail_take(key, by_subscript=True)
        return dict.__getitem__(self, key)

    def get(self, key: Any, default: Any = None, /) -> Any:
        if reads_for_caller():
            self._lightsail_take(key)
        return dict.get(self, key, default)

    def __contains__(self, key: object) -> bool:
        if reads_for_caller():
            self._lightsail_take(key)
        return dict.__contains__(self, key)

    def __iter__(self) -> Iterator[Any]:
        if reads_for_caller():
            self._lightsail_list()
        return dict.__iter__(self)

    def __reversed__(self) -> Iterator[Any]:
        if reads_for_caller():
            self._lightsail_list()
        return dict.__reversed__(self)

    def keys(self) -> Any:
        if reads_for_caller():
            self._lightsail_list()
        return dict.keys(self)

    def values(self) -> Any:
        if reads_for_caller():
            self._lightsail_take_all()
        return dict.values(self)

    def items(self) -> Any:
        if reads_for_caller():
            self._lightsail_take_all()
        return dict.items(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dict) and len(other) and reads_for_caller():
            self._lightsail_take_all()
        return dict.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        if isinstance(other, dict) and len(other) and reads_for_caller():
            self._lightsail_take_all()
        return dict.__ne__(self, other)

    __hash__ = None

    def pop(self, key: Any, /, *default: Any) -> Any:
        if reads_for_caller():
            self._lightsail_take(key, by_subscript=not default)
        value = dict.pop(self, key, *default)
        self._lightsail_owns((key,))
        return value

    def popitem(self) -> tuple[Any, Any]:
        if reads_for_caller():
            self._lightsail_take_all()
        item = dict.popitem(self)
        self._lightsail_owns(item[:1])
        return item

    def setdefault(self, key: Any, default: Any = None, /) -> Any:
        if reads_for_caller():
            self._lightsail_take(key)
        if not dict.__contains__(self, key):
            self._lightsail_owns((key,))
        return dict.setdefault(self, key, default)

    def __setitem__(self, key: Any, value: Any) -> None:
        dict.__setitem__(self, key, value)
        self._lightsail_owns((key,))

    def __delitem__(self, key: Any) -> None:
        dict.__delitem__(self, key)
        self._lightsail_owns((key,))

    def update(self, *others: Any, **members: Any) -> None:
        for other in others:
            if type(other) is TrackedDict:
                other._lightsail_take_all()
        added: dict[Any, Any] = {}
        added.update(*others, **members)
        dict.update(self, added)
        self._lightsail_owns(added)

    def clear(self) -> None:
        self._lightsail_owns(dict.keys(self))
        dict.clear(self)

    def copy(self) -> Any:
        return _dict(dict.items(self), self._lightsail_place, self._lightsail_own)

    def __or__(self, other: Any) -> Any:
        if not isinstance(other, dict):
            return NotImplemented
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: Any) -> Any:
        if not isinstance(other, dict):
            return NotImplemented
        merged = {**other, **dict(dict.items(self))}
        own = self._lightsail_own | {key for key in other if not dict.__contains__(self, key)}
        return _dict(merged.items(), self._lightsail_place, own)

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def __reduce_ex__(self, _: SupportsIndex) -> Any:
        self._lightsail_take_all()
        return dict, (), None, None, iter(dict.items(self))

    def _lightsail_deepcopy(self, memo: dict[int, Any]) -> TrackedDict:
        made = memo[id(self)] = _dict((), self._lightsail_place, self._lightsail_own)
        for key, value in dict.items(self):
            dict.__setitem__(made, copy.deepcopy(key, memo), copy.deepcopy(value, memo))
        return made


class TrackedList(list[Any], metaclass=Disguise):
    __slots__ = ("_lightsail_place",)
    _lightsail_place: ListPlace

    def _lightsail_take(self) -> None:
        if list.__len__(self):
            self._lightsail_place.each.note(READ)

    def __getitem__(self, index: Any) -> Any:
        found = list.__getitem__(self, index)
        if isinstance(index, slice):
            return _list(found, self._lightsail_place)
        if reads_for_caller():
            self._lightsail_take()
        return found

    def copy(self) -> Any:
        return _list(list.__iter__(self), self._lightsail_place)

    def __add__(self, other: Any) -> Any:
        if reads_for_caller():
            self._lightsail_take()
            if type(other) is TrackedList:
                other._lightsail_take()
        return list.__add__(self, other)

    def __radd__(self, other: Any) -> Any:
        if not isinstance(other, list):
            return NotImplemented
        if reads_for_caller():
            self._lightsail_take()
        return list.__add__(other, self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list) and len(other) and reads_for_caller():
            self._lightsail_take()
        return list.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        if isinstance(other, list) and len(other) and reads_for_caller():
            self._lightsail_take()
        return list.__ne__(self, other)

    def __reduce_ex__(self, _: SupportsIndex) -> Any:
        self._lightsail_take()
        return list, (), None, iter(list.__iter__(self))

    def _lightsail_deepcopy(self, memo: dict[int, Any]) -> TrackedList:
        made = memo[id(self)] = _list((), self._lightsail_place)
        for value in list.__iter__(self):
            list.append(made, copy.deepcopy(value, memo))
        return made

    __hash__ = None


_LOOKS_AT_ELEMENTS = (
    "__contains__ __ge__ __gt__ __iter__ __le__ __lt__ __mul__ __reversed__ __rmul__ count index pop "
    "remove sort"
)
for _name in _LOOKS_AT_ELEMENTS.split():
    setattr(TrackedList, _name, noting(list, _name, TrackedList._lightsail_take))


@contextmanager
def followed_by_copies() -> Generator[None, None, None]:
    """Let ``copy.copy`` and ``copy.deepcopy`` make tracked copies inside the block.

    They look up in tables what to do with a type, and there ours are equal to the built-in ones.
    """
    with ExitStack() as undo:
        for table in (getattr(copy, name, {}) for name in ("_copy_dispatch", "_deepcopy_dispatch")):
            for kind, cls in ((dict, TrackedDict), (list, TrackedList)):
                if kind in table:
                    undo.callback(table.__setitem__, kind, table[kind])
                    table[kind] = _copier(cls, table[kind])
        yield


def _copier(cls: Any, plain: Callable[..., Any]) -> Callable[..., Any]:
    def copied(value: Any, *memo: Any) -> Any:
        if type(value) is not cls:
            return plain(value, *memo)
        return value._lightsail_deepcopy(*memo) if memo else value.copy()

    return copied
