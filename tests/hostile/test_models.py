"""Hostile service models are either read completely, or refused with a message instead of a traceback."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ContractViolationError
from pytest_lightsail.model.schema import schema
from pytest_lightsail.model.service import parse
from pytest_lightsail.model.validator import validate
from pytest_lightsail.strategies.shapes import Shapes
from tests.hostile.command import run
from tests.hostile.originals import MODEL
from tests.support.mutations import damaged
from tests.support.profiles import drawn, examples


@pytest.fixture
def files(tmp_path, capsys):
    """Return a function that writes a model to a file, and returns the undamaged model's file too."""
    original, numbers = tmp_path / "original.json", itertools.count()
    original.write_text(json.dumps(MODEL))

    def put(model: Any):
        capsys.readouterr()  # discard the output of the previous example
        other = tmp_path / f"other-{next(numbers)}.json"  # models are cached by path
        other.write_text(json.dumps(model))
        return original, other

    return put


unhurried = settings(
    examples(15),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@unhurried
@given(model=damaged(MODEL))
def test_a_damaged_model_is_compared_or_refused(files, model):
    original, broken = files(model)

    assert run("diff", original, broken, "--format", "sarif") in {0, 2}
    assert run("diff", broken, original) in {0, 2}


@unhurried
@given(model=damaged(MODEL))
def test_schemas_of_a_damaged_model_are_written_or_refused(files, tmp_path, model):
    _, broken = files(model)

    assert run("schemas", "write", tmp_path / "schemas", "--all", "--from", broken) in {0, 2}


@pytest.mark.parametrize("name", ["\ud800", "\udfff and more"])
def test_a_lone_surrogate_in_a_name_is_escaped_in_the_error(files, capsys, name):
    operations = {"Act": {"errors": [{"shape": name}]}}
    original, other = files({"metadata": {}, "operations": operations, "shapes": {}})
    assert run("diff", original, other) == 2
    assert f"KeyError({name!a})" in capsys.readouterr().err


@unhurried
@given(content=st.binary(max_size=200))
def test_random_bytes_are_refused_as_a_model(files, content):
    original, other = files({})
    for suffix in (".json", ".json.gz", ".whl"):
        file = other.with_suffix(suffix)
        file.write_bytes(content)
        assert run("diff", original, file) == 2


# --- huge, deep and recursive models -------------------------------------------------------------


def structure(members: dict[str, str], *required: str) -> dict[str, Any]:
    return {
        "type": "structure",
        "members": {name: {"shape": shape} for name, shape in members.items()},
        "required": list(required),
    }


def doubling(leaf: str) -> dict[str, Any]:
    """Return forty shapes, each of which contains the next one twice."""
    shapes = {f"A{n}": structure({"a": f"A{n + 1}", "b": f"A{n + 1}"}) for n in range(40)}
    return {**shapes, "A40": {"type": leaf}}


def fully_connected(leaf: str) -> dict[str, Any]:
    """Return fifteen shapes, each of which contains all of them."""
    members = {f"m{n}": f"A{n}" for n in range(15)}
    shapes = {f"A{n}": structure(members) for n in range(15)}
    return {**shapes, "A3": structure({**members, "leaf": "Leaf"}), "Leaf": {"type": leaf}}


def chain(leaf: str) -> dict[str, Any]:
    shapes = {f"A{n}": structure({"a": f"A{n + 1}"}) for n in range(3000)}
    return {**shapes, "A3000": {"type": leaf}}


def ring(length: int, leaf: str) -> dict[str, Any]:
    shapes = {f"A{n}": structure({"a": f"A{(n + 1) % length}"}) for n in range(length)}
    return {**shapes, "A1": structure({"a": "A2", "leaf": "Leaf"}), "Leaf": {"type": leaf}}


def with_shapes(**shapes: Any) -> dict[str, Any]:
    """Return the model with more shapes, and a request that has a member of the shape ``A0``."""
    model = json.loads(json.dumps(MODEL))
    model["shapes"].update(shapes)
    request = model["shapes"][model["operations"]["UntagResource"]["input"]["shape"]]
    request["members"]["hostile"] = {"shape": "A0"}
    request["required"].append("hostile")
    return model


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, doubling("string")),
        (doubling("string"), doubling("long")),
        ({}, fully_connected("string")),
        (fully_connected("string"), fully_connected("long")),
        ({}, chain("string")),
        (chain("string"), chain("long")),
        (ring(97, "string"), ring(109, "long")),
    ],
)
def test_huge_and_recursive_shapes_are_compared(tmp_path, capsys, old, new):
    paths = tmp_path / "old.json", tmp_path / "new.json"
    for path, shapes in zip(paths, (old, new), strict=True):
        path.write_text(json.dumps(with_shapes(**shapes) if shapes else MODEL))
    assert run("diff", *paths) == 0
    kind, site = ("type-changed", "") if old else ("required-added", "UntagResourceRequest.hostile")
    assert f"breaking  {kind}  {site}" in capsys.readouterr().out


@pytest.mark.parametrize("levels", [300, 3000])
def test_a_document_is_validated_against_deeply_nested_shapes(levels):
    shapes = {f"A{n}": structure({"a": f"A{n + 1}"}) for n in range(levels)}
    shapes |= {f"A{levels}": {"type": "string"}, "A0": structure({"a": "A1", "b": "TagKey"})}
    model = parse(with_shapes(**shapes), source="a test")
    request = {"resourceName": "shop", "tagKeys": ["a"], "hostile": {"a": {"a": {}}}}
    validate("UntagResource", "request", request, model=model)
    request["hostile"]["b"] = 5
    with pytest.raises(ContractViolationError, match=r"hostile\.b: json\.type"):
        validate("UntagResource", "request", request, model=model)


LIST_OF_ITSELF = {"type": "list", "member": {"shape": "A0"}}
MAPS = {
    "A0": {"type": "map", "key": {"shape": "TagKey"}, "value": {"shape": "A1"}},
    "A1": {"type": "map", "key": {"shape": "TagKey"}, "value": {"shape": "A0"}},
}


@pytest.mark.parametrize(
    "shapes",
    [
        {"A0": structure({"a": "A0"})},
        {"A0": LIST_OF_ITSELF},
        MAPS,
        {"A0": structure({"a": "A1"}, "a"), "A1": {"type": "list", "member": {"shape": "A0"}}},
    ],
)
def test_a_recursive_shape_has_a_schema_and_can_be_drawn(shapes):
    model = parse(with_shapes(**shapes), source="a test")
    assert "A0" in schema("UntagResource", "request", model=model)["$defs"]
    for value in drawn(Shapes(model).of(model.operations["UntagResource"].input)):
        assert "hostile" in value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a*", "(" * 5000 + "a" + ")" * 5000),
        ("(" * 1500 + "a" + ")" * 1500, "(" * 1500 + "b" + ")" * 1500),
        ("a|" * 100_000, "b|" * 100_000),
        ("a{4294967295}", f"a{{{'9' * 5000}}}"),
        ("a", "(?!" * 3000 + ")" * 3000),
        ("(a+)+$", "((a{1000}){1000}){1000}"),
        ("(?:a*|b*)" * 40, "x"),
        ("(?:|)" * 600, "x"),
    ],
)
def test_extreme_patterns_are_compared_and_written_without_an_error(tmp_path, old, new):
    paths = tmp_path / "old.json", tmp_path / "new.json"
    for path, pattern in zip(paths, (old, new), strict=True):
        path.write_text(json.dumps(with_shapes(A0={"type": "string", "pattern": pattern})))
    assert run("diff", *paths) == 0
    for path in paths:
        assert run("schemas", "write", tmp_path / path.stem, "--all", "--from", path) == 0


def test_a_number_with_too_many_digits_is_refused(tmp_path, capsys):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(MODEL)[:-1] + ', "number": 1' + "0" * 5000 + "}")
    assert run("diff", path, path) == 2
    assert "cannot read a service model" in capsys.readouterr().err
