"""Several rules for the same value are combined into JSON Schema keywords."""

from __future__ import annotations

from typing import Any

from pytest_lightsail.model.rule import Kind, Rule
from pytest_lightsail.model.schema import Form, constrained
from pytest_lightsail.model.service import Shape

TEXT, COUNT, NAMES = Shape("Text", "string"), Shape("Count", "integer"), Shape("Names", "list")
REQUEST = Form("request")


def a_rule(name: str, kind: Kind, **limits: Any) -> Rule:
    return Rule(
        id=name,
        kind=kind,
        targets=(),
        meaning="a rule",
        message="",
        source="test",
        **limits,
    )


def test_a_keyword_is_repeated_for_each_rule_that_needs_it() -> None:
    wide = a_rule("wide", Kind.LENGTH, minimum=1, maximum=9)
    tight = a_rule("tight", Kind.LENGTH, minimum=2, maximum=8)
    assert constrained({}, [wide, tight], TEXT, REQUEST) == {
        "minLength": 1,
        "maxLength": 9,
        "x-rule": ["wide"],
        "allOf": [{"minLength": 2, "maxLength": 8, "x-rule": ["tight"]}],
    }


def test_enum_values_are_only_annotations_in_an_open_form() -> None:
    rules = [a_rule("some", Kind.ENUM, values=("a", "b"))]
    joined = constrained({}, rules, TEXT, Form("response"))
    assert joined == {"x-aws-known-values": ["a", "b"], "x-rule": ["some"]}


def test_a_range_of_a_string_becomes_a_pattern() -> None:
    code = a_rule("code", Kind.RANGE, minimum=3, maximum=5, pattern="^[3-5]$")
    joined = constrained({}, [code], TEXT, REQUEST)
    assert joined == {"pattern": r"^(?:[3-5])(?![\s\S])", "x-rule": ["code"]}
    assert constrained({}, [code], COUNT, REQUEST)["maximum"] == 5


def test_a_rule_without_a_keyword_is_still_listed_by_its_id() -> None:
    rules = [a_rule("relation", Kind.RELATION), a_rule("odd", Kind.PATTERN, pattern=r"\p{L}")]
    joined = constrained({}, rules, TEXT, REQUEST)
    assert joined == {"x-rule": ["relation", "odd"]}
