"""``compare`` reports every change in Lightsail's model, for each operation, and nothing else."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.model.changes import Change, compare
from pytest_lightsail.model.service import parse
from tests.support.profiles import examples

Document = dict[str, Any]
Draw = Callable[[Any], Any]

DATA = Path(__file__).parents[1] / "data" / "botocore-1.26.9" / "service-2.json.gz"
DOCUMENT: Document = json.loads(gzip.decompress(DATA.read_bytes()))
DIRECTIONS = ("request", "response")


MODEL = parse(DOCUMENT, source="as published")


def differences(mutated: Document) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the changes from the published to the mutated model, and the changes back."""
    other = parse(mutated, source="mutated")
    return compare(MODEL, other), compare(other, MODEL)


def copied(part: str, name: str) -> Document:
    """Return the document with its own copy of one operation or shape, which can be changed."""
    own = {**DOCUMENT[part], name: copy.deepcopy(DOCUMENT[part][name])}
    return {**DOCUMENT, part: own}


# --- which operations use a shape, determined independently of compare() -------------------------


def references(shape: Document) -> list[str]:
    inner = [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return inner + [member["shape"] for member in shape.get("members", {}).values()]


def reached(roots: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(DOCUMENT["shapes"][name])
    return found


def roots(operation: Document, direction: str) -> list[str]:
    part = "input" if direction == "request" else "output"
    return [operation[part]["shape"]] if part in operation else []


REACHED = {
    (direction, name): reached(roots(operation, direction))
    for direction in DIRECTIONS
    for name, operation in DOCUMENT["operations"].items()
}


def operations_of(shape: str) -> dict[str, tuple[str, ...]]:
    found = {
        direction: tuple(
            sorted(
                name
                for (where, name), shapes in REACHED.items()
                if where is direction and shape in shapes
            )
        )
        for direction in DIRECTIONS
    }
    return {direction: names for direction, names in found.items() if names}


def shapes_where(direction: str, test: Callable[[Document], object]) -> list[str]:
    names = set().union(*(shapes for (where, _), shapes in REACHED.items() if where is direction))
    return sorted(name for name in names if test(DOCUMENT["shapes"][name]))


# --- mutations: each makes one change, and names the kinds of the change and of its reverse -------


KEYS = [
    DOCUMENT["shapes"][shape["key"]["shape"]]
    for shape in DOCUMENT["shapes"].values()
    if "key" in shape
]
"""The shapes of map keys, which must remain strings."""


Kind = str | dict[str, str]
"""The kind of a change, or one kind for requests and another for responses."""


class Mutation:
    """One change, made in a copy of the document, and the site at which it is reported."""

    def __init__(self, draw: Draw, direction: str, test: Callable[[Document], object]) -> None:
        self.draw = draw
        self.name = draw(st.sampled_from(shapes_where(direction, test)))
        self.document = copied("shapes", self.name)
        self.shape = self.document["shapes"][self.name]
        self.site = self.name

    def is_called(self, there: Kind, back: Kind) -> tuple[Mutation, Kind, Kind]:
        return self, there, back

    def member(self) -> str:
        member = str(self.draw(st.sampled_from(sorted(self.shape["members"]))))
        self.site = f"{self.name}.{member}"
        return member


Mutate = Callable[[Draw, str], tuple[Mutation, Kind, Kind]]
REQUIRED_MEMBER = {"request": "required-added", "response": "member-added"}


def adds_an_optional_member(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: shape["type"] == "structure")
    mutation.shape["members"]["addedMember"] = {"shape": "string"}
    mutation.site += ".addedMember"
    return mutation.is_called("member-added", "member-removed")


def adds_a_required_member(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: shape["type"] == "structure")
    mutation.shape["members"]["addedMember"] = {"shape": "ContainerServiceDeployment"}
    mutation.shape["required"] = [*mutation.shape.get("required", []), "addedMember"]
    mutation.site += ".addedMember"
    return mutation.is_called(REQUIRED_MEMBER, "member-removed")


def removes_a_member(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: shape.get("members"))
    member = mutation.member()
    needed = member in mutation.shape.get("required", [])
    del mutation.shape["members"][member]
    mutation.shape["required"] = [
        name for name in mutation.shape.get("required", []) if name != member
    ]
    back = REQUIRED_MEMBER if needed else "member-added"
    return mutation.is_called("member-removed", back)


def changes_the_type_of_a_member(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: shape.get("members"))
    member = mutation.member()
    was = DOCUMENT["shapes"][mutation.shape["members"][member]["shape"]]["type"]
    other = "boolean" if was != "boolean" else "string"
    mutation.shape["members"][member]["shape"] = other
    return mutation.is_called("type-changed", "type-changed")


def changes_the_type_of_a_shape(draw, direction):
    mutation = Mutation(
        draw,
        direction,
        lambda shape: shape["type"] in {"string", "integer", "list"} and shape not in KEYS,
    )
    mutation.document["shapes"][mutation.name] = {"type": "boolean"}
    return mutation.is_called("type-changed", "type-changed")


def requires_a_member(draw, direction):
    mutation = Mutation(
        draw,
        direction,
        lambda shape: set(shape.get("members", {})) - set(shape.get("required", [])),
    )
    optional = sorted(set(mutation.shape["members"]) - set(mutation.shape.get("required", [])))
    member = draw(st.sampled_from(optional))
    mutation.shape["required"] = [*mutation.shape.get("required", []), member]
    mutation.site += f".{member}"
    return mutation.is_called({"request": "required-added", "response": "other"}, "other")


def adds_an_enum_value(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: shape.get("enum"))
    place = draw(st.integers(0, len(mutation.shape["enum"])))
    mutation.shape["enum"].insert(place, "ADDED_VALUE")
    return mutation.is_called("enum-values-added", "enum-values-removed")


def opens_an_enum(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: shape.get("enum"))
    del mutation.shape["enum"]
    return mutation.is_called("other", "other")


def changes_a_pattern(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: "pattern" in shape)
    mutation.shape["pattern"] = f"(?:{mutation.shape['pattern']})|\t*"
    return mutation.is_called("other", "other")


def _has_bounds(shape: Document) -> bool:
    return "max" in shape


def raises_a_maximum(draw, direction):
    mutation = Mutation(draw, direction, _has_bounds)
    mutation.shape["max"] += draw(st.integers(1, 100))
    return mutation.is_called("other", "other")


def adds_a_minimum(draw, direction):
    mutation = Mutation(
        draw, direction, lambda shape: "min" not in shape and shape["type"] in {"string", "list"}
    )
    mutation.shape["min"] = draw(st.integers(1, 100))
    return mutation.is_called("other", "other")


def marks_a_shape_as_sensitive(draw, direction):
    mutation = Mutation(draw, direction, lambda shape: not shape.get("sensitive"))
    mutation.shape["sensitive"] = True
    return mutation.is_called("sensitive-added", "other")


MUTATIONS = [
    adds_an_optional_member,
    adds_a_required_member,
    removes_a_member,
    changes_the_type_of_a_member,
    requires_a_member,
    marks_a_shape_as_sensitive,
    adds_a_minimum,
    changes_the_type_of_a_shape,
    adds_an_enum_value,
    opens_an_enum,
    changes_a_pattern,
    raises_a_maximum,
]


@pytest.mark.parametrize("mutate", MUTATIONS)
@examples(2, among=2000)
@given(data=st.data())
def test_any_change_is_reported_for_every_operation_that_it_affects(mutate: Mutate, data):
    direction = data.draw(st.sampled_from(DIRECTIONS), label="direction")
    mutation, there, back = mutate(data.draw, direction)
    expected = operations_of(mutation.name)
    assert direction in expected
    for changes, kind in zip(differences(mutation.document), (there, back), strict=True):
        assert {(c.site, c.kind, c.direction): c.operations for c in changes} == {
            (mutation.site, kind if isinstance(kind, str) else kind[where], where): names
            for where, names in expected.items()
        }


@examples(3, among=500)
@given(data=st.data())
def test_any_added_or_removed_operation_is_reported(data):
    name = data.draw(st.sampled_from(sorted(DOCUMENT["operations"])))
    without = copied("operations", name)
    del without["operations"][name]
    gone, come = differences(without)
    assert [(change.site, change.kind) for change in gone] == [(name, "operation-removed")]
    assert [(change.site, change.kind) for change in come] == [(name, "operation-added")]


@examples(3, among=500)
@given(data=st.data())
def test_any_added_or_removed_error_is_reported(data):
    name = data.draw(st.sampled_from(sorted(DOCUMENT["operations"])))
    without = copied("operations", name)
    error = without["operations"][name]["errors"].pop()["shape"]
    for changes, kind in zip(differences(without), ("error-removed", "error-added"), strict=True):
        assert [(c.site, c.kind, c.operations) for c in changes] == [(error, kind, (name,))]


# --- models without changes ----------------------------------------------------------------------


def shape_names_changed(document: Document) -> Document:
    """Return the same service with another name for every shape, except errors, which callers name."""

    def renamed(name: str) -> str:
        return name if document["shapes"][name].get("exception") else f"Renamed{name}"

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            return {
                key: renamed(value) if key == "shape" and isinstance(value, str) else walk(value)
                for key, value in node.items()
            }
        return [walk(value) for value in node] if isinstance(node, list) else node

    document = copy.deepcopy(document)
    shapes = {renamed(name): walk(shape) for name, shape in document["shapes"].items()}
    operations = {name: walk(operation) for name, operation in document["operations"].items()}
    return {**document, "shapes": shapes, "operations": operations}


def test_renaming_all_shapes_is_not_a_change():
    assert differences(shape_names_changed(DOCUMENT)) == ((), ())
