"""``TrackedText``: a value of an enumeration that notes what it is compared with."""

from __future__ import annotations

from typing import Any, SupportsIndex

from .disguise import Disguise, noting, reads_for_caller
from .places import COMPARED, DECIDED, TextPlace

__all__ = ["TrackedText", "tracked_text"]


def tracked_text(value: str, place: TextPlace) -> TrackedText:
    """The same text, tracked."""
    text = str.__new__(TrackedText, value)
    text._lightsail_place = place
    return text


class TrackedText(str, metaclass=Disguise):
    __slots__ = ("_lightsail_place",)
    _lightsail_place: TextPlace

    def _lightsail_compare(self, other: object) -> None:
        # Whoever asks whether there is any text at all asks for no value of the enumeration.
        if isinstance(other, str) and len(other):
            self._lightsail_place.note(DECIDED)
            if type(other) is str:
                self._lightsail_place.note(COMPARED, other)

    def __eq__(self, other: object) -> bool:
        if reads_for_caller():
            self._lightsail_compare(other)
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        if reads_for_caller():
            self._lightsail_compare(other)
        return str.__ne__(self, other)

    def __hash__(self) -> int:
        # A set or dict compares only what has the same hash, so of a miss this is all that is seen.
        if reads_for_caller():
            self._lightsail_place.note(DECIDED)
        return str.__hash__(self)

    def __reduce_ex__(self, _: SupportsIndex) -> Any:
        return str, (str.__str__(self),)


_LOOKS_INTO_IT = (
    "__contains__ __ge__ __getitem__ __gt__ __iter__ __le__ __lt__ capitalize casefold count endswith "
    "find index lower partition removeprefix removesuffix replace rfind rindex rpartition rsplit split "
    "startswith strip swapcase title translate upper"
)
for _name in _LOOKS_INTO_IT.split():
    _method = noting(str, _name, lambda text: text._lightsail_place.note(DECIDED))
    setattr(TrackedText, _name, _method)
