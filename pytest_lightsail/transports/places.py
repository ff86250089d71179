"""The places of an answer, as a tree: each notes what a caller does with what stands there.

There is one tree for each operation, made as far as answers reach, by botocore's own model. A place notes
each thing once, so that the thousandth read of a member costs no more than a look into a set.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

from ..model.service import EACH, KEY

__all__ = [
    "COMPARED",
    "DECIDED",
    "LISTED",
    "READ",
    "SUBSCRIPTED",
    "ListPlace",
    "MapPlace",
    "Note",
    "Notes",
    "Place",
    "StructurePlace",
    "TextPlace",
    "error_place",
    "output_place",
]

READ, SUBSCRIPTED, LISTED, COMPARED, DECIDED = (
    "read",
    "subscripted",
    "listed",
    "compared",
    "decided",
)
"""What is done with a place: it is looked at, at all; by subscript, so that it has to be there; its
members are gone through, whichever there are; its text is compared with a value, or decides something."""


class Note(NamedTuple):
    """One thing that a caller does with one place of the answers of an operation."""

    operation: str
    error: str
    """The code of the error that the answer is; empty for a result."""
    path: tuple[str, ...]
    what: str
    value: str = ""


Notes = deque[Note]


class Place:
    """A place whose value is left as it is: a number, a truth value, an instant, or free text.

    Attributes:
        is_tracked: whether more can be noted of what is done with a value than that it is read.
    """

    is_tracked = False

    def __init__(self, notes: Notes, operation: str, error: str, path: tuple[str, ...]) -> None:
        self._notes = notes
        self._at = (operation, error, path)
        self._noted: set[tuple[str, str]] = set()

    @property
    def operation(self) -> str:
        """The operation whose answers have this place."""
        return self._at[0]

    @property
    def error(self) -> str:
        """The code of the error that the answer is; empty for a result."""
        return self._at[1]

    def note(self, what: str, value: str = "") -> None:
        """A caller does this with the place."""
        if (what, value) not in self._noted:
            self._noted.add((what, value))
            self._notes.append(Note(*self._at, what, value))

    def _inner(self, part: str, shape: Any) -> Place:
        operation, error, path = self._at
        return _place(self._notes, operation, error, (*path, part), shape)


class TextPlace(Place):
    """The place of a value of an enumeration, or of the code of an error."""

    is_tracked = True


class StructurePlace(Place):
    """The place of a structure, whose members botocore's model names."""

    is_tracked = True

    def __init__(self, notes: Notes, at: tuple[str, str, tuple[str, ...]], shape: Any) -> None:
        super().__init__(notes, *at)
        self._shapes = shape.members
        self.members: dict[str, Place] = {}

    def member(self, name: object) -> Place | None:
        """The place of a member; ``None`` where the model has none of that name."""
        if not isinstance(name, str):
            return None
        place = self.members.get(name)
        if place is None and name in self._shapes:
            # Two threads may make one place each: both note, and what is noted twice counts once.
            place = self.members[name] = self._inner(name, self._shapes[name])
        return place


class _Alike(Place):
    """The place of what holds any number of values of one shape."""

    is_tracked = True

    def __init__(self, notes: Notes, at: tuple[str, str, tuple[str, ...]], each: Any) -> None:
        super().__init__(notes, *at)
        self._shape = each
        self._each: Place | None = None

    @property
    def each(self) -> Place:
        """The place of every value or element."""
        if self._each is None:
            self._each = self._inner(EACH, self._shape)
        return self._each


class MapPlace(_Alike):
    """The place of a map: any key may be there."""

    def __init__(self, notes: Notes, at: tuple[str, str, tuple[str, ...]], shape: Any) -> None:
        super().__init__(notes, at, shape.value)
        self.key = self._inner(KEY, shape.key)


class ListPlace(_Alike):
    """The place of a list."""

    def __init__(self, notes: Notes, at: tuple[str, str, tuple[str, ...]], shape: Any) -> None:
        super().__init__(notes, at, shape.member)


def output_place(notes: Notes, operation_model: Any) -> Place | None:
    """The place of the results of an operation; ``None`` for one that has none."""
    shape = operation_model.output_shape
    return None if shape is None else _place(notes, operation_model.name, "", (), shape)


def error_place(notes: Notes, operation_model: Any, code: str) -> Place:
    """The place of the answers of an operation that are this error."""
    modelled = {shape.error_code: shape.members for shape in operation_model.error_shapes}
    return StructurePlace(
        notes, (operation_model.name, code, ()), _Error({**modelled.get(code, {}), **_ENVELOPE})
    )


class _Error:
    """As botocore's parser gives an error: what every error has, and the members of a modelled one."""

    type_name = "structure"

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members


class _Text:
    type_name = "string"

    def __init__(self, *enum: str) -> None:
        self.enum = enum


_ENVELOPE = {"Error": _Error({"Code": _Text("any"), "Message": _Text()})}
_CLASSES: dict[str, Any] = {"structure": StructurePlace, "map": MapPlace, "list": ListPlace}


def _place(notes: Notes, operation: str, error: str, path: tuple[str, ...], shape: Any) -> Place:
    made = _CLASSES.get(shape.type_name)
    if made is not None and not getattr(shape, "is_document_type", False):
        place: Place = made(notes, (operation, error, path), shape)
        return place
    kind = TextPlace if getattr(shape, "enum", None) else Place
    return kind(notes, operation, error, path)
