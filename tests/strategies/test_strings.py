"""Strings by patterns and a length: how long they can be, and which ones are drawn often."""

from __future__ import annotations

import re

import pytest

from pytest_lightsail.model.rule import Kind
from pytest_lightsail.strategies.shapes import Limits, matching
from tests.support.profiles import drawn, for_all


@pytest.mark.parametrize("pattern", ["(?:a?b?){2,3}", "(?:a*-?)*c", "(?:ab|c)+", "(?:abc){2,}d?"])
def test_groups_are_repeated_within_the_length_that_is_left(pattern: str) -> None:
    def matches(text: str) -> None:
        assert re.fullmatch(pattern, text)
        assert 2 <= len(text) <= 9

    for_all(matching((pattern,), 2, 9), 40, matches)


def test_of_a_wide_range_of_lengths_the_shortest_are_drawn_often_and_long_ones_too() -> None:
    sizes = [len(text) for text in drawn(matching(("[a-z]+",), 100, 5000), 40)]
    assert sum(size <= 112 for size in sizes) > len(sizes) // 4
    assert max(sizes) > 1000


def test_a_character_that_stands_alone_may_be_a_letter_whatever_follows() -> None:
    assert any(text[0].isalpha() for text in drawn(matching(("[A-Za-z0-9_][a-z]*",)), 40))


def test_without_rules_a_length_has_no_limits() -> None:
    assert Limits(()).bounds(Kind.LENGTH) == (0, None)
