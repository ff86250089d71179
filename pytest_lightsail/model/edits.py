"""Changes to an answer, of the kinds by which this API has grown.

In ten years of releases Lightsail's responses have gained enumeration values and members, and lost one
member; no limit has been tightened, and no type changed. A place is written
``containerServices[].state``, where ``[]`` is every element of a list or every value of a map.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..exceptions import ConfigurationError
from .bounds import json_text, shown
from .service import EACH, ServiceModel, Shape

__all__ = ["Edit", "edited"]

_Steps = tuple[str, ...]


@dataclass(frozen=True)
class Edit:
    """One change to an answer: a value becomes another, or a structure gains or lacks a member.

    Attributes:
        at: the place; empty for the whole answer.
        becomes: the value that stands there instead.
        gains: members that the structure there has more.
        lacks: the member that the structure there does not have.

    Raises:
        ConfigurationError: it is not one change, what becomes another value has no place, or a place or
            a name of a member is no string.
    """

    at: str = ""
    becomes: Any = None
    gains: Mapping[str, Any] | None = None
    lacks: str | None = None

    def __post_init__(self) -> None:
        if sum(change is not None for change in (self.becomes, self.gains, self.lacks)) != 1:
            raise ConfigurationError("future: one of becomes=…, gains=… and lacks=…")
        if not isinstance(self.at, str):
            raise ConfigurationError(f"future: at=… is a string, not {shown(self.at)}")
        if self.gains is not None and not _are_names(self.gains):
            raise ConfigurationError("future: gains=… is a dict of members by their names")
        if self.lacks is not None and not isinstance(self.lacks, str):
            raise ConfigurationError(f"future: lacks=… is a name, not {shown(self.lacks)}")
        if self.becomes is not None and not self.at:
            raise ConfigurationError("future: at=… says what becomes another value")

    def __str__(self) -> str:
        place = self.at or "the answer"
        if self.gains is not None:
            return f"{place} gains {', '.join(self.gains)}"
        if self.lacks is not None:
            return f"{place} lacks {self.lacks}"
        value = repr(self.becomes)
        return f"{place} becomes {value if len(value) <= _WIDEST else f'{value[:_WIDEST]}…'}"

    def check(self, model: ServiceModel, operation: str) -> None:
        """Refuse what no answer of the operation can be changed by.

        Raises:
            ConfigurationError: there is no such place; a value of another type, or none of JSON; a
                member gained that is known, or one lost that is unknown or always there.
        """
        shape = _shape_at(model, operation, self.at)
        if not _is_json([self.becomes, dict(self.gains or {})]):
            raise ConfigurationError(f"future: {self.at or 'the answer'} can hold JSON alone")
        if self.becomes is not None:
            if not _is_a(shape.wire_type, self.becomes):
                raise ConfigurationError(
                    f"future: {self.at} is a {shape.type} for ever, and {self.becomes!r} is none"
                )
        elif shape.type != "structure":
            raise ConfigurationError(f"future: {self.at} is a {shape.type}, which has no members")
        elif self.gains is not None:
            known = sorted(shape.members.keys() & self.gains.keys())
            if known:
                raise ConfigurationError(f"future: {shape.name} has {known[0]} already")
        elif self.lacks not in shape.members or self.lacks in shape.required:
            optional = ", ".join(sorted(set(shape.members) - set(shape.required)))
            raise ConfigurationError(
                f"future: {self.lacks!r} is no optional member of {shape.name}; there are {optional}"
            )


def edited(document: dict[str, Any], edit: Edit) -> dict[str, Any] | None:
    """A copy of the document with the change made wherever it can be; ``None`` if that is nowhere.

    >>> edited({"disks": [{"state": "in-use"}]}, Edit("disks[].state", becomes="dreaming"))
    {'disks': [{'state': 'dreaming'}]}
    """
    changed = copy.deepcopy(document)
    steps = _steps(edit.at) if edit.lacks is None else (*_steps(edit.at), edit.lacks)
    places = _places(changed, steps)
    for holder, key in places:
        if edit.lacks is not None:
            del holder[key]
        elif edit.gains is not None:
            holder[key].update(copy.deepcopy(dict(edit.gains)))
        else:
            holder[key] = copy.deepcopy(edit.becomes)
    return changed if places else None


_WIDEST = 60
"""Characters after which a value is cut."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def _is_json(value: Any) -> bool:
    try:
        json_text(value)
    except ValueError:
        return False
    return True


def _are_names(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


def _is_a(json_type: str | None, value: Any) -> bool:
    if json_type is None:
        return True
    return isinstance(value, _TYPES[json_type]) and (
        json_type == "boolean" or not isinstance(value, bool)
    )


def _steps(at: str) -> _Steps:
    return tuple(at.replace(EACH, f".{EACH}").split(".")) if at else ()


def _places(document: dict[str, Any], steps: _Steps) -> list[tuple[Any, Any]]:
    """Where the steps lead: what holds each place, and the key under which it does."""
    found: list[tuple[Any, Any]] = [([document], 0)]
    for step in steps:
        found = [place for holder, key in found for place in _inside(holder[key], step)]
    return found


def _inside(value: Any, step: str) -> list[tuple[Any, Any]]:
    if step != EACH:
        return [(value, step)] if isinstance(value, dict) and step in value else []
    if isinstance(value, dict):
        return [(value, key) for key in value]
    return [(value, index) for index in range(len(value))] if isinstance(value, list) else []


def _shape_at(model: ServiceModel, operation: str, at: str) -> Shape:
    """The shape of a place.

    Raises:
        ConfigurationError: the model has no such place; the message says where it ends.
    """
    output = model.operations[operation].output
    if output is None:
        raise ConfigurationError(f"future: {operation} answers with nothing")
    shape = model.shapes[output]
    for step in _steps(at):
        if step == EACH:
            inner = shape.item if shape.type == "list" else shape.value
        else:
            member = shape.members.get(step)
            inner = None if member is None else member.shape
        if inner is None:
            inside = ", ".join(sorted(shape.members)) or f"{EACH} only"
            raise ConfigurationError(
                f"future: {operation} has no {at!r}: {shape.name} has no {step!r}; it has {inside}"
            )
        shape = model.shapes[inner]
    return shape
