"""Record how a caller reads an answer: ``tracked(answer, place)``.

What a caller gets is made of subclasses of ``dict``, ``list`` and ``str`` that note each read at a
``Place``. Copies are tracked as well, and are not reads. What leaves as a whole (``dict(answer)``, JSON,
pickle, ``==``) is read as a whole. ``repr`` is not a read: logging an answer does not depend on it.

C code that looks inside a list without asking it, such as the JSON encoder, is not seen at that list, but
at the values in it.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from ..model.service import EACH, KEY

__all__ = [
    "COMPARED",
    "DECIDED",
    "READ",
    "Note",
    "Notes",
    "Place",
    "TrackedDict",
    "error_place",
    "output_place",
    "tracked",
]

_T = TypeVar("_T")

READ = "read"
COMPARED = "compared"
"""Compared with a value."""
DECIDED = "decided"
"""Its text decided something, whether or not the value compared with is known."""


class Note(NamedTuple):
    """One thing that a caller does with one place of the answers of an operation.

    Attributes:
        operation: the operation.
        error: the code of the error that the answer is; empty for a result.
        path: the place.
        what: what is done.
        value: what the place is compared with.
    """

    operation: str
    error: str
    path: tuple[str, ...]
    what: str
    value: str = ""


Notes = deque[Note]


class Place:
    """A place in the answers of one operation; notes each thing that is done with it once."""

    def __init__(
        self, notes: Notes, operation: str, error: str, path: tuple[str, ...], shape: Any
    ) -> None:
        self._notes, self._noted = notes, set[tuple[str, str]]()
        self.operation, self._error, self._path = operation, error, path
        self.type = shape.type_name
        self.is_enum = bool(getattr(shape, "enum", None))
        self._shapes: dict[str, Any] = {}
        if self.type == "structure":
            self._shapes = shape.members
        elif self.type == "map":
            self._shapes = {KEY: shape.key, EACH: shape.value}
        elif self.type == "list":
            self._shapes = {EACH: shape.member}
        self._inner: dict[str, Place] = {}

    def note(self, what: str, value: str = "") -> None:
        """Note that a caller does this with the place."""
        if (what, value) not in self._noted:
            self._noted.add((what, value))
            self._notes.append(Note(self.operation, self._error, self._path, what, value))

    def inner(self, part: Any) -> Place | None:
        """Return the place of a member, element or key; ``None`` if the model has none of that name."""
        if not isinstance(part, str) or part not in self._shapes:
            return None
        if part not in self._inner:
            # Two threads may make one place each: what is noted twice counts once.
            self._inner[part] = Place(
                self._notes, self.operation, self._error, (*self._path, part), self._shapes[part]
            )
        return self._inner[part]

    def of_key(self, key: Any) -> Place | None:
        """Return the place of what stands under a key of a dict."""
        return self.inner(EACH if self.type == "map" else key)


class _Shape:
    """A shape that botocore's model does not name: what every error has."""

    def __init__(self, type_name: str, **more: Any) -> None:
        self.type_name = type_name
        self.__dict__.update(more)


_ERROR = _Shape(
    "structure", members={"Code": _Shape("string", enum=["any"]), "Message": _Shape("string")}
)


def output_place(notes: Notes, operation_model: Any) -> Place | None:
    """Return the place of the results of an operation; ``None`` for one that has none."""
    shape = operation_model.output_shape
    return None if shape is None else Place(notes, operation_model.name, "", (), shape)


def error_place(notes: Notes, operation_model: Any, code: str) -> Place:
    """Return the place of the answers of an operation that are this error."""
    shape = _Shape("structure", members={"Error": _ERROR})
    return Place(notes, operation_model.name, code, (), shape)


def tracked(value: Any, place: Place | None) -> Any:
    """Return the value with each dict, list and enum value in it tracked."""
    if place is None:
        return value
    if type(value) is dict and place.type in {"structure", "map"}:
        inner = {key: tracked(one, place.of_key(key)) for key, one in value.items()}
        return _made(TrackedDict, inner, place)
    if type(value) is list and place.type == "list":
        return _made(TrackedList, [tracked(one, place.inner(EACH)) for one in value], place)
    if type(value) is str and place.is_enum:
        return _made(TrackedText, value, place)
    return value


def _made(cls: type[_T], plain: Any, place: Place) -> _T:
    made: Any = cls(plain)  # type: ignore[call-arg]
    made.place = place
    tracked: _T = made
    return tracked


class TrackedDict(dict[Any, Any]):
    """A structure or a map."""

    __slots__ = ("place",)
    place: Place

    def _note(self, key: Any) -> None:
        inner = self.place.of_key(key)
        if inner is not None:
            inner.note(READ)

    def _note_keys(self) -> None:
        (self.place.inner(KEY) or self.place).note(READ)

    def _note_all(self) -> None:
        self._note_keys()
        for key in dict.keys(self):
            self._note(key)

    def __or__(self, other: Any) -> Any:
        return dict(self) | other

    def copy(self) -> TrackedDict:
        return _made(TrackedDict, dict.items(self), self.place)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> TrackedDict:
        plain = {key: copy.deepcopy(one, memo) for key, one in dict.items(self)}
        return _made(TrackedDict, plain, self.place)

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


class TrackedList(list[Any]):
    """A list."""

    __slots__ = ("place",)
    place: Place

    def _note(self) -> None:
        each = self.place.inner(EACH)
        if each is not None and len(self):
            each.note(READ)

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        if isinstance(index, slice):
            return _made(TrackedList, found, self.place)
        self._note()
        return found

    def copy(self) -> TrackedList:
        return _made(TrackedList, list.__iter__(self), self.place)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> TrackedList:
        plain = [copy.deepcopy(one, memo) for one in list.__iter__(self)]
        return _made(TrackedList, plain, self.place)

    def __reduce__(self) -> Any:
        return list, (list(self),)


class TrackedText(str):
    """A value of an enumeration, or the code of an error."""

    __slots__ = ("place",)
    place: Place

    def _note(self) -> None:
        self.place.note(DECIDED)

    def _note_value(self, other: object) -> None:
        # Comparing with the empty text asks only whether there is any text.
        if isinstance(other, str) and len(other):
            self.place.note(DECIDED)
            if type(other) is str:
                self.place.note(COMPARED, other)

    def __reduce__(self) -> Any:
        return str, (str.__str__(self),)


def _noting(cls: type[Any], names: str, note: Callable[..., None]) -> None:
    """Let methods of the built-in class first note that they are called."""

    def noting(method: Callable[..., Any]) -> Callable[..., Any]:
        def looks(self: Any, *args: Any, **kwargs: Any) -> Any:
            note(self, *args)
            return method(self, *args, **kwargs)

        return looks

    for name in names.split():
        setattr(cls, name, noting(getattr(cls.__base__, name)))


_noting(
    TrackedDict,
    "__contains__ __getitem__ get pop setdefault",
    lambda value, key, *_: value._note(key),
)
_noting(TrackedDict, "__iter__ keys", TrackedDict._note_keys)
_noting(TrackedDict, "values items", TrackedDict._note_all)
_noting(TrackedDict, "__eq__ __ne__", lambda value, _: value._note_all())
_noting(
    TrackedList,
    "__add__ __contains__ __eq__ __iter__ __ne__ __reversed__ count index pop sort",
    lambda value, *_: value._note(),
)
_noting(TrackedText, "__eq__ __ne__", TrackedText._note_value)
# A set or dict compares only what has the same hash: of a miss, this is all that is seen.
_noting(
    TrackedText,
    "__hash__ __contains__ casefold endswith lower startswith upper",
    lambda value, *_: value._note(),
)
