"""The JSON Schema of each type of shape."""

import pytest

from pytest_lightsail.model.schema import schema
from tests.support.json_schema import verdicts
from tests.support.models import one_shape


def member(shape, **others):
    """Return the schema of a member of that shape, with its reference resolved."""
    document = schema("Do", "request", model=one_shape(shape, **others))
    part = document["properties"]["it"]
    name = part.get("$ref", "").removeprefix("#/$defs/")
    return document["$defs"][name] if name else part


@pytest.mark.parametrize(
    ("shape_type", "expected"),
    [
        ("string", {"type": "string"}),
        ("boolean", {"type": "boolean"}),
        ("float", {"type": "number"}),
        ("double", {"type": "number"}),
        ("integer", {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}),
        ("long", {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}),
        ("timestamp", {"type": "number"}),
    ],
)
def test_a_scalar_has_its_json_type_on_the_wire(shape_type, expected):
    assert member({"type": shape_type}) == expected


def test_an_enumerated_string_keeps_its_values():
    assert member({"type": "string", "enum": ["b", "a"]})["enum"] == ["b", "a"]


def test_a_string_keeps_its_pattern_and_length():
    part = member({"type": "string", "pattern": "^[a-z]+$", "min": 2, "max": 3})

    assert [verdicts(part, text) for text in ("a", "ab", "abc", "abcd", "aB")] == [
        *(False, True, True, False, False)
    ]


def test_a_pattern_that_python_cannot_compile_is_left_out():
    part = member({"type": "string", "pattern": r"\p{L}+"})

    assert "pattern" not in part


def test_a_number_keeps_its_range():
    part = member({"type": "integer", "min": -1, "max": 5})

    assert (part["minimum"], part["maximum"]) == (-1, 5)


def test_a_list_keeps_its_bounds():
    part = member(
        {"type": "list", "member": {"shape": "S"}, "min": 1, "max": 2}, S={"type": "string"}
    )

    assert part["items"] == {"$ref": "#/$defs/S"}
    assert (part["minItems"], part["maxItems"]) == (1, 2)


def test_a_map_keeps_its_bounds_and_its_constrained_keys():
    shape = {"type": "map", "key": {"shape": "K"}, "value": {"shape": "V"}, "max": 2}
    part = member(shape, K={"type": "string", "max": 3}, V={"type": "boolean"})

    assert part["propertyNames"] == {"$ref": "#/$defs/K"}
    assert part["additionalProperties"] == {"$ref": "#/$defs/V"}
    assert part["maxProperties"] == 2


@pytest.mark.parametrize(("strict", "accepted"), [(True, False), (False, True)])
def test_enumerated_map_keys_are_closed_only_in_a_strict_schema(strict, accepted):
    shape = {"type": "map", "key": {"shape": "K"}, "value": {"shape": "K"}}
    model = one_shape(shape, K={"type": "string", "enum": ["known"]})
    document = schema("Do", "response", model=model, strict=strict)

    assert verdicts(document, {"it": {"known": "known"}}) is True
    assert verdicts(document, {"it": {"new": "known"}}) is accepted


def test_a_recursive_shape_refers_to_itself():
    shape = {"type": "structure", "members": {"children": {"shape": "Children"}}}
    model = one_shape(shape, Children={"type": "list", "member": {"shape": "It"}})
    document = schema("Do", "request", model=model)

    assert verdicts(document, {"it": {"children": [{"children": []}]}}) is True
    assert verdicts(document, {"it": {"children": [{"children": [{"child": []}]}]}}) is False


def test_a_sensitive_shape_is_annotated():
    shape = {
        "type": "structure",
        "members": {
            "secret": {"shape": "Secret"},
        },
    }
    model = one_shape(shape, Secret={"type": "string", "sensitive": True})
    definitions = schema("Do", "request", model=model)["$defs"]
    assert definitions["Secret"]["x-aws-sensitive"] is True


def test_required_members_are_required_in_both_directions():
    shape = {"type": "structure", "members": {"a": {"shape": "S"}}, "required": ["a"]}
    model = one_shape(shape, S={"type": "string"})

    for direction in ("request", "response"):
        assert verdicts(schema("Do", direction, model=model), {"it": {}}) is False


def test_an_operation_without_input_accepts_only_an_empty_object():
    model = one_shape({"type": "string"})
    silent = type(model.operations["Do"])("Do", "Empty", "Empty")
    model.operations["Silent"] = silent

    assert verdicts(schema("Silent", "request", model=model), {}) is True
    assert verdicts(schema("Silent", "request", model=model), {"it": ""}) is False
