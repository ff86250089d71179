"""Rewritten patterns mean the same in every regex engine. With an anchor, they match whole strings."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_lightsail.model.rule import compiled
from tests.support.json_schema import PROPERTY, verdicts
from tests.support.models import CHANGELOG, NEWEST

PATTERNS = sorted(
    {shape.pattern for model in (CHANGELOG, NEWEST) for shape in model.shapes.values()} - {None}
)
END = r"(?![\s\S])"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[a-z]+", "[a-z]+"),
        ("[a-z]+$", "[a-z]+"),
        (r"a\$", r"a\$"),
        (r"\w\W", "[_A-Za-z0-9][^_A-Za-z0-9]"),
        (r"\d\D", "[0-9][^0-9]"),
        (r"\s\S", r"[ \t-\r][^ \t-\r]"),
        (".", r"[^\n\r\u2028\u2029]"),
        (r"[\w.-]", r"[_A-Za-z0-9.-]"),
        (r"[\w-z]", r"[_A-Za-z0-9-z]"),
        (r"[\s\S]*", r"[\s\S]*"),
        ("a{2,5}?", "a{2,5}?"),
        ("(?!a)b", "(?!a)b"),
        (r"[^\s/]", r"[^ \t-\r/]"),
        ("[-a]", "[-a]"),
        (r"[\x00-\x1f]", r"[\x00-\x1f]"),
    ],
)
def test_patterns_are_rewritten_to_portable_syntax(pattern, expected):
    assert compiled(f"^{pattern}").pattern == f"^(?:{expected}){END}"


def test_a_pattern_without_an_anchor_matches_part_of_a_string():
    assert compiled(r"\w[\w\-]*\w").pattern == r"[_A-Za-z0-9][_A-Za-z0-9\-]*[_A-Za-z0-9]"


@pytest.mark.parametrize("pattern", [r"\p{L}", "(a", "*", "[a"])
def test_a_pattern_that_python_cannot_compile_is_ignored(pattern):
    assert compiled(pattern) is None


def test_every_pattern_of_the_service_can_be_rewritten():
    assert len(PATTERNS) >= 13
    assert all(compiled(pattern) for pattern in PATTERNS)


@PROPERTY
@given(data=st.data())
def test_the_engines_agree_with_the_original_pattern(data):
    pattern = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    for near in (text, f"{text}\n", f"\n{text}", f"{text}!", f"!{text}", text[:-1], f"{text}é"):
        # In Python, unlike in other engines, a dot matches these line separators.
        assume(not set(near) & set("\r\u2028\u2029"))
        search = re.fullmatch if pattern[0] == "^" else re.search
        expected = search(f"(?:{pattern})", near, re.ASCII) is not None

        assert verdicts({"pattern": compiled(pattern).pattern}, near) is expected
