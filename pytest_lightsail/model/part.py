"""``Part``: a part of a JSON document, read with a clear word where it is not as it has to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..exceptions import ModelSourceError
from .types import is_number

__all__ = ["Part"]


class Part:
    """An object of a document, and where it stands.

    Args:
        value: what stands there.
        place: its path, such as ``shapes.Tag``.
        source: the document, for messages.

    Raises:
        ModelSourceError: it is no object. All methods raise it for what is not as they say.
    """

    def __init__(self, value: Any, place: str, source: str) -> None:
        self._place = place
        self._source = source
        if not isinstance(value, Mapping):
            raise self._wrong("", "an object", value)
        self._value: Mapping[str, Any] = value

    def part(self, key: str) -> Part:
        """The object that has to be at ``key``; an absent one is empty."""
        return Part(self._value.get(key, {}), self._at(key), self._source)

    def parts(self, key: str) -> Iterator[tuple[str, Part]]:
        """The objects by name that are at ``key``."""
        inner = self.part(key)
        for name in inner._value:
            yield name, inner.part(name)

    def listed(self, key: str) -> Iterator[Part]:
        """The objects of the list at ``key``."""
        for index, value in enumerate(self._list(key)):
            yield Part(value, f"{self._at(key)}[{index}]", self._source)

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of the list at ``key``."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "a list of strings", values)
        return tuple(values)

    def text(self, key: str) -> str:
        """The string at ``key``."""
        value = self.maybe_text(key)
        if value is None:
            raise self._wrong(key, "a string", value)
        return value

    def maybe_text(self, key: str) -> str | None:
        """The string at ``key``; ``None`` if there is none."""
        value = self._value.get(key)
        if value is not None and not isinstance(value, str):
            raise self._wrong(key, "a string", value)
        return value

    def maybe_number(self, key: str) -> int | float | None:
        """The finite number at ``key``, a whole one of 64 bits; ``None`` if there is none."""
        value = self._value.get(key)
        if value is None:
            return None
        if not isinstance(value, (int, float)) or not is_number(value):
            raise self._wrong(key, "a finite number", value)
        if isinstance(value, int) and value.bit_length() > _BITS:
            raise self._wrong(key, f"a number of {_BITS} bits", value)
        return value

    def flag(self, key: str) -> bool:
        """Whether ``true`` is at ``key``."""
        value = self._value.get(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def has(self, key: str) -> bool:
        """Whether there is anything at ``key``."""
        return key in self._value

    def maybe_reference(self, key: str) -> str | None:
        """The shape that is referred to at ``key``; ``None`` for no reference."""
        return self.part(key).text("shape") if self.has(key) else None

    def wrong(self, key: str, wanted: str) -> ModelSourceError:
        """What to raise where the value at ``key`` is not as it has to be."""
        return self._wrong(key, wanted, self._value.get(key))

    def _list(self, key: str) -> list[Any]:
        value = self._value.get(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, "a list", value)
        return value

    def _at(self, key: str) -> str:
        return ".".join(filter(None, (self._place, key)))

    def _wrong(self, key: str, wanted: str, found: Any) -> ModelSourceError:
        shown = ascii(found)
        if len(shown) > _WIDEST:
            shown = f"{shown[:_WIDEST]}…"
        where = self._at(key) or "the document"
        return ModelSourceError(
            f"{self._source} is not a service model: {where} is {wanted}, not {shown}"
        )


_WIDEST = 60
_BITS = 64
