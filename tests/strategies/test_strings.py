"""Strings that match patterns and have a given length, and how often which lengths are drawn."""

from __future__ import annotations

import re

import pytest

from pytest_lightsail.model.rule import Kind
from pytest_lightsail.strategies.shapes import Limits, matching
from tests.support.profiles import drawn, for_all


@pytest.mark.parametrize("pattern", ["(?:a?b?){2,3}", "(?:a*-?)*c", "(?:ab|c)+", "(?:abc){2,}d?"])
def test_groups_are_repeated_only_within_the_given_length(pattern: str) -> None:
    def matches(text: str) -> None:
        assert re.fullmatch(pattern, text)
        assert 2 <= len(text) <= 9

    for_all(matching((pattern,), 2, 9), 40, matches)


def test_short_strings_are_drawn_often_and_long_ones_sometimes() -> None:
    sizes = [len(text) for text in drawn(matching(("[a-z]+",), 100, 5000), 40)]
    assert sum(size <= 112 for size in sizes) > len(sizes) // 4
    assert max(sizes) > 1000


def test_a_single_character_before_a_repetition_may_be_a_letter() -> None:
    assert any(text[0].isalpha() for text in drawn(matching(("[A-Za-z0-9_][a-z]*",)), 40))


def test_a_length_without_rules_has_no_limits() -> None:
    assert Limits(()).bounds(Kind.LENGTH) == (0, None)
