"""Several rules for the same value are combined into JSON Schema keywords."""

from __future__ import annotations

from typing import Any

import pytest

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
        tip="",
        source="test",
        **limits,
    )


@pytest.mark.parametrize(
    ("kind", "shape", "low", "high"),
    [
        (Kind.LENGTH, TEXT, "minLength", "maxLength"),
        (Kind.RANGE, COUNT, "minimum", "maximum"),
        (Kind.COUNT, NAMES, "minItems", "maxItems"),
    ],
)
def test_the_tighter_bound_wins(kind: Kind, shape: Shape, low: str, high: str) -> None:
    wide = a_rule("wide", kind, minimum=1, maximum=9)
    tight = a_rule("tight", kind, minimum=2, maximum=8)
    for rules in ([wide, tight], [tight, wide]):
        joined = constrained({}, rules, shape, REQUEST)
        assert joined == {low: 2, high: 8, "x-rule": ["tight", "wide"]}


def test_the_values_common_to_all_are_allowed() -> None:
    rules = [
        a_rule("some", Kind.ENUM, values=("a", "b", "c")),
        a_rule("others", Kind.ENUM, values=("d", "c", "b")),
    ]
    joined = constrained({"type": "string"}, rules, TEXT, REQUEST)
    assert joined == {"type": "string", "enum": ["b", "c"], "x-rule": ["others", "some"]}


def test_values_of_an_open_form_are_named_and_bind_nobody() -> None:
    rules = [a_rule("some", Kind.ENUM, values=("a", "b"))]
    joined = constrained({}, rules, TEXT, Form("response"))
    assert joined == {"x-aws-known-values": ["a", "b"]}


def test_one_pattern_stands_by_itself_and_two_stand_together() -> None:
    one, other = (a_rule(f"only-{text}", Kind.PATTERN, pattern=text) for text in "ab")
    alone = constrained({}, [one], TEXT, REQUEST)
    assert (alone["x-rule"], "allOf" in alone) == (["only-a"], False)
    both = constrained({}, [one, other], TEXT, REQUEST)
    assert [part["x-rule"] for part in both["allOf"]] == [["only-a"], ["only-b"]]
    assert "pattern" not in both


def test_a_range_of_a_text_is_a_pattern_of_its_numbers() -> None:
    code = a_rule("code", Kind.RANGE, minimum=3, maximum=5, pattern="^[3-5]$")
    joined = constrained({}, [code], TEXT, REQUEST)
    assert joined == {"pattern": r"^(?:[3-5])(?![\s\S])", "x-rule": ["code"]}
    assert constrained({}, [code], COUNT, REQUEST)["maximum"] == 5


def test_a_rule_that_no_keyword_says_is_named_apart() -> None:
    rules = [a_rule("relation", Kind.RELATION), a_rule("odd", Kind.PATTERN, pattern=r"\p{L}")]
    joined = constrained({}, rules, TEXT, REQUEST)
    assert joined["x-rules"] == ["odd", "relation"]
    assert "x-rule" not in joined
