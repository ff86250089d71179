"""Changes to an answer, of the kinds by which this API has grown."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..exceptions import ConfigurationError, shown
from .bounds import is_of_type, json_text
from .service import EACH, KEY, ServiceModel, Shape, split_path, step


@dataclass(frozen=True)
class Edit:
    """One change to an answer: a value becomes another, or a structure gains or lacks a member.

    These are the kinds by which the API has grown. A place is written ``containerServices[].state``,
    where ``[]`` is every element of a list or every value of a map.

    Attributes:
        at: the place; empty for the whole answer.
        becomes: the value that stands there instead.
        gains: members that the structure there has more.
        lacks: the member that the structure there does not have.

    Raises:
        ConfigurationError: it is not one change, or not one that can be made anywhere.
    """

    at: str = ""
    becomes: Any = None
    gains: Mapping[str, Any] | None = None
    lacks: str | None = None

    def __post_init__(self) -> None:
        if sum(change is not None for change in (self.becomes, self.gains, self.lacks)) != 1:
            raise ConfigurationError("future: pass one of becomes=…, gains=… and lacks=…")
        if not isinstance(self.at, str):
            raise ConfigurationError(f"future: at=… must be a string, not {shown(self.at)}")
        if self.gains is not None and not _are_names(self.gains):
            raise ConfigurationError("future: gains=… must be a dict of members by name")
        if self.lacks is not None and not isinstance(self.lacks, str):
            raise ConfigurationError(f"future: lacks=… must be a name, not {shown(self.lacks)}")
        if self.becomes is not None and not self.at:
            raise ConfigurationError("future: becomes=… also needs at=…, the place of the value")

    def __str__(self) -> str:
        place = self.at or "the answer"
        if self.gains is not None:
            return f"{place} gains {', '.join(self.gains)}"
        if self.lacks is not None:
            return f"{place} lacks {self.lacks}"
        value = repr(self.becomes)
        return f"{place} becomes {value if len(value) <= _WIDEST else f'{value[:_WIDEST]}…'}"

    def check(self, model: ServiceModel, operation: str) -> None:
        """Refuse an edit that cannot change any response of the operation.

        Raises:
            ConfigurationError: there is no such place, or it does not allow the change.
        """
        shape = self._shape(model, operation)
        try:
            json_text([self.becomes, dict(self.gains or {})])
        except ValueError:
            place = self.at or "the answer"
            raise ConfigurationError(f"future: {place} can only hold JSON") from None
        if self.becomes is not None:
            if not is_of_type(shape.wire_type, self.becomes):
                raise ConfigurationError(
                    f"future: {self.at} is always a {shape.type}, which {self.becomes!r} is not"
                )
        elif shape.type != "structure":
            raise ConfigurationError(f"future: {self.at} is a {shape.type}, which has no members")
        elif self.gains is not None:
            for known in sorted(shape.members.keys() & self.gains.keys()):
                raise ConfigurationError(f"future: {shape.name} already has {known}")
        elif self.lacks not in shape.members or self.lacks in shape.required:
            optional = ", ".join(sorted(set(shape.members) - set(shape.required)))
            raise ConfigurationError(
                f"future: {shape.name} has no optional member {self.lacks!r}; it has {optional}"
            )

    def _shape(self, model: ServiceModel, operation: str) -> Shape:
        output = model.operations[operation].output
        if output is None:
            raise ConfigurationError(f"future: the response of {operation} has no members")
        shape = model.shapes[output]
        for part in split_path(self.at):
            inner = step(model, shape, part) if part != KEY else None
            if inner is None:
                name, inside = shape.name, ", ".join(sorted(shape.members))
                raise ConfigurationError(
                    f"future: {operation} has no {self.at!r}: {name} has no {part!r}; "
                    f"it has {inside or f'{EACH} only'}"
                )
            shape = inner
        return shape


_WIDEST = 60
"""Characters after which a value is cut."""


def _are_names(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


def edited(document: dict[str, Any], edit: Edit) -> dict[str, Any] | None:
    """Return a copy of the document with the change made wherever it can be; ``None`` if nowhere.

    >>> edited({"disks": [{"state": "in-use"}]}, Edit("disks[].state", becomes="dreaming"))
    {'disks': [{'state': 'dreaming'}]}
    """
    changed = copy.deepcopy(document)
    parts = split_path(edit.at) if edit.lacks is None else (*split_path(edit.at), edit.lacks)
    places: list[tuple[Any, Any]] = [([changed], 0)]
    for part in parts:
        places = [place for holder, key in places for place in _inside(holder[key], part)]
    for holder, key in places:
        if edit.lacks is not None:
            del holder[key]
        elif edit.gains is not None:
            holder[key].update(copy.deepcopy(dict(edit.gains)))
        else:
            holder[key] = copy.deepcopy(edit.becomes)
    return changed if places else None


def _inside(value: Any, part: str) -> list[tuple[Any, Any]]:
    """Return what a part of a path leads to: each place's holder, and its key or index there."""
    if part != EACH:
        return [(value, part)] if isinstance(value, dict) and part in value else []
    if isinstance(value, dict):
        return [(value, key) for key in value]
    return [(value, index) for index in range(len(value))] if isinstance(value, list) else []
