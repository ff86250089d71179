"""Record how a caller reads an answer: ``tracked(answer, place)``.

What a caller gets is made of subclasses of ``dict``, ``list`` and ``str`` that report each read to a
``Place``. Copies are tracked as well, and are not reads. What leaves as a whole (``dict(answer)``, JSON,
pickle, ``==``) is read as a whole. ``repr`` is not a read: logging an answer does not depend on it.

C code that looks inside a list without asking it, such as the JSON encoder, is not seen at that list, but
at the values in it.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ..model.rule import show_path
from ..model.service import EACH, KEY, Path
from .contract import Read

__all__ = ["ErrorCode", "Place", "TrackedDict", "TrackedText", "tracked", "tracked_error"]

_T = TypeVar("_T")
_IS_CODE = re.compile(r"[A-Z][A-Za-z0-9.]{1,99}")


def inside(shape: Any) -> dict[str, Any]:
    """Return the shapes inside one of botocore's, by the parts of paths that lead to them."""
    if shape.type_name == "structure":
        return dict(shape.members)
    if shape.type_name == "map":
        return {KEY: shape.key, EACH: shape.value}
    return {EACH: shape.member} if shape.type_name == "list" else {}


class Place:
    """A place in the results of an operation.

    Args:
        report: called once for each use of the place, with its path.
        shape: botocore's shape of it.
        path: where it is.
    """

    def __init__(self, report: Callable[[str, Read], None], shape: Any, path: Path = ()) -> None:
        self._report, self._path, self._reported = report, path, set[Read]()
        self.type: str = shape.type_name
        self.enum = frozenset[str](getattr(shape, "enum", ()))
        self._inside = inside(shape)
        self._inner: dict[str, Place] = {}

    def read(self) -> None:
        """Report that the place is read."""
        self._note(Read(type=self.type))

    def decided(self, values: Iterable[str] = ()) -> None:
        """Report that its text decides something, if known by comparison with these values."""
        # A value outside the enumeration may be anything, even a secret.
        compares = self.enum.intersection(values)
        self._note(Read(type=self.type, compares=compares, enum=self.enum))

    def _note(self, read: Read) -> None:
        if read not in self._reported:
            self._reported.add(read)
            self._report(show_path(self._path), read)

    def inner(self, part: Any) -> Place | None:
        """Return the place of a member, element or key; ``None`` if the model has none of that name."""
        if not isinstance(part, str) or part not in self._inside:
            return None
        if part not in self._inner:
            # Two threads may make one place each: what is reported twice counts once.
            self._inner[part] = Place(self._report, self._inside[part], (*self._path, part))
        return self._inner[part]

    def of_key(self, key: Any) -> Place | None:
        """Return the place of what stands under a key of a dict."""
        return self.inner(EACH if self.type == "map" else key)


class ErrorCode:
    """The place of the code of an error.

    Args:
        report: called with each code that it is compared with.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report

    def decided(self, values: Iterable[str] = ()) -> None:
        """Report the values that may be codes: others may be anything."""
        for value in filter(_IS_CODE.fullmatch, values):
            self._report(value)


def tracked(value: Any, place: Place | None) -> Any:
    """Return the value with each dict, list and enum value in it tracked."""
    if place is None:
        return value
    if type(value) is dict and place.type in {"structure", "map"}:
        inner = {key: tracked(one, place.of_key(key)) for key, one in value.items()}
        return _made(TrackedDict, inner, place)
    if type(value) is list and place.type == "list":
        return _made(TrackedList, [tracked(one, place.inner(EACH)) for one in value], place)
    if type(value) is str and place.enum:
        return _made(TrackedText, value, place)
    return value


def tracked_error(parsed: dict[str, Any], place: ErrorCode) -> dict[str, Any]:
    """Return a parsed error whose code is tracked; nothing else of an error is recorded."""
    error = parsed["Error"]
    return {**parsed, "Error": {**error, "Code": _made(TrackedText, error["Code"], place)}}


def _made(cls: type[_T], plain: Any, place: Place | ErrorCode) -> _T:
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
            inner.read()

    def _note_keys(self) -> None:
        (self.place.inner(KEY) or self.place).read()

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
            each.read()

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
    place: Place | ErrorCode

    def _decides(self, *_: object) -> None:
        self.place.decided()

    def _compares(self, other: object) -> None:
        # Comparing with the empty text asks only whether there is any text.
        if isinstance(other, str) and len(other):
            self.place.decided([other] if type(other) is str else [])

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
_noting(TrackedText, "__eq__ __ne__", TrackedText._compares)
# A set or dict compares only what has the same hash: of a miss, this is all that is seen.
_noting(
    TrackedText,
    "__hash__ __contains__ casefold endswith lower startswith upper",
    TrackedText._decides,
)
