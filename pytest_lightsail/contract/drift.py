"""Written schemas against those that a service model gives now.

What counts is the JSON: formatting and the order of keys do not. A directory that was written from
another release of botocore is not wrong for that; it is if what it says has changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import SchemasUnreadable
from .published import INDEX, documents, index, read, written_operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.service import ServiceModel

__all__ = ["ABSENT", "Difference", "differences", "report"]

_PROVENANCE = ("botocore", "generator")


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


ABSENT = _Absent()
"""Stands for what one side does not have."""


@dataclass(frozen=True)
class Difference:
    """One place where the written schemas are not what the model gives.

    Attributes:
        file: the name of the file.
        pointer: the place in it, as a JSON pointer; empty for the file as a whole.
        written: what the file has there, ``ABSENT`` if nothing.
        expected: what the model gives, ``ABSENT`` if nothing.
    """

    file: str
    pointer: str
    written: object
    expected: object

    def __str__(self) -> str:
        return f"{self.file}: {self.description}"

    @property
    def description(self) -> str:
        """The difference without its file: the same one is often in many."""
        if not self.pointer and ABSENT in (self.written, self.expected):
            return "is missing" if self.written is ABSENT else "does not belong here"
        if _is_list_of_scalars(self.written) and _is_list_of_scalars(self.expected):
            return f"{self.pointer}: {_elements(self.written, self.expected)}"
        sides = f"written {_shown(self.written)}, expected {_shown(self.expected)}"
        return f"{self.pointer}: {sides}" if self.pointer else sides


def differences(directory: str | Path, model: ServiceModel) -> list[Difference]:
    """Where the schemas in a directory are not what a model gives.

    Only the operations that the directory's index names are looked at.

    Args:
        directory: where ``schemas write`` has put them.
        model: the service model to compare with.

    Returns:
        The differences, by file and place; empty if there are none.

    Raises:
        SchemasUnreadable: there is no such directory, it has no index, or a file is not JSON.
    """
    folder = Path(directory)
    if not (folder / INDEX).is_file():
        raise SchemasUnreadable(
            f"{folder} holds no {INDEX}: write the schemas first, "
            f"with `pytest-lightsail schemas write {folder}`"
        )
    content = read(folder / INDEX)
    known = [name for name in written_operations(content) if name in model.operations]
    expected: dict[str, Any] = documents(model, known)
    # Where it was written from is for the report: it may differ when nothing that matters does.
    provenance = {name: content.get(name, ABSENT) for name in _PROVENANCE}
    expected[INDEX] = {**index(model, known), **provenance}
    # A consumer contract may lie beside the schemas, whose names have the direction in them.
    present = {INDEX, *(path.name for path in folder.glob("*.*.json"))}
    found: list[Difference] = []
    for name in sorted(present | expected.keys()):
        written = read(folder / name) if name in present else ABSENT
        found += _compared(name, "", written, expected.get(name, ABSENT))
    return found


def report(directory: str | Path, model: ServiceModel, found: list[Difference]) -> str:
    """What to tell the people whose schemas these are, and what they can do."""
    written, now = read(Path(directory) / INDEX), index(model, ())
    release = f"botocore {now['botocore']}"
    origin = f"{written.get('generator', 'unknown')} from botocore {written.get('botocore')}"
    is_other = any(written.get(name) != now[name] for name in _PROVENANCE)
    if not found:
        note = f", though written by {origin}" if is_other else ""
        return f"{directory}: the schemas are those of {release}{note}"
    count = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    lines = [f"{directory}: {count} from the schemas of {release}", *_by_description(found)]
    if is_other:
        lines.append(f"They were written by {origin}: that alone may be the cause.")
    lines.append(f"To take the new ones over: pytest-lightsail schemas write {directory}")
    return "\n".join(lines)


def _by_description(found: list[Difference]) -> Iterator[str]:
    """A line for each difference, with the files that it is in: shapes are in many of them."""
    files: dict[str, list[str]] = defaultdict(list)
    for one in found:
        files[one.description].append(one.file)
    for description, names in files.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"  {names[0]}{others}: {description}"


def _compared(file: str, pointer: str, written: Any, expected: Any) -> Iterator[Difference]:
    if isinstance(written, dict) and isinstance(expected, dict):
        for name in sorted(written.keys() | expected.keys()):
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            sides = written.get(name, ABSENT), expected.get(name, ABSENT)
            yield from _compared(file, place, *sides)
    elif _are_lists_of_schemas(written, expected):
        for number, sides in enumerate(zip(written, expected, strict=True)):
            yield from _compared(file, f"{pointer}/{number}", *sides)
    elif not _same(written, expected):
        yield Difference(file, pointer, written, expected)


def _are_lists_of_schemas(written: Any, expected: Any) -> bool:
    both = isinstance(written, list) and isinstance(expected, list)
    return both and len(written) == len(expected) and not _is_list_of_scalars(written)


def _same(one: Any, other: Any) -> bool:
    """Whether two pieces of JSON are the same; Python takes ``true`` and ``1`` for equal."""
    if ABSENT in (one, other):
        return one is other
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _is_list_of_scalars(value: object) -> bool:
    return isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value)


def _elements(written: Any, expected: Any) -> str:
    parts = [f"written without {_shown(one)}" for one in expected if one not in written]
    parts += [f"written with {_shown(one)}" for one in written if one not in expected]
    return ", ".join(parts) or f"written in the order {_shown(written)}"


def _shown(value: object, limit: int = 200) -> str:
    text = repr(value) if value is ABSENT else json.dumps(value, sort_keys=True)
    return text if len(text) <= limit else f"{text[:limit]}…"
