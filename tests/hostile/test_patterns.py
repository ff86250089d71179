"""What ``guided`` has found: a pattern that Python refuses is undecided, and others are decided right."""

from __future__ import annotations

import re

import pytest

from pytest_lightsail.model.patterns import Accepted, compare
from pytest_lightsail.model.regex import Undecidable, accepts
from pytest_lightsail.model.regex_parser import parse_pattern


@pytest.mark.parametrize("times", ["4294967295", "1,69999999999999993", "4294967295,"])
def test_a_quantifier_that_counts_too_far_is_none(times):
    pattern = f"a{{{times}}}"
    with pytest.raises((OverflowError, re.error)):
        re.compile(pattern)
    with pytest.raises(Undecidable, match="counts too far"):
        parse_pattern(pattern)
    assert compare(Accepted("b"), Accepted(pattern)).undecided is not None


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("{2}", "a quantifier of nothing"),
        ("a|{,}", "a quantifier of nothing"),
        ("^*a", "a quantifier of nothing"),
        ("a${0}", "a quantifier of nothing"),
        (r"\Z+", "a quantifier of nothing"),
        ("(?P<>a)", "a group without a name of its own"),
        ("(?P<1>a)", "a group without a name of its own"),
        ("(?P<a>a)(?P<a>b)", "a group without a name of its own"),
        (r"\U00110000", "a bad escape"),
    ],
)
def test_what_python_refuses_is_undecided(pattern, what):
    with pytest.raises(re.error):
        re.compile(pattern)
    with pytest.raises(Undecidable, match=what):
        parse_pattern(pattern)


@pytest.mark.parametrize("pattern", ["a{,}", "a{,}?b", "a{}", "a{ 1}", "a{1, 2}", "{a}", "a{,2"])
@pytest.mark.parametrize("text", ["", "a", "aaa", "aab", "a{}", "a{ 1}", "a{1, 2}", "{a}", "a{,2"])
def test_braces_mean_what_they_mean_to_python(pattern, text):
    assert accepts(parse_pattern(pattern), text) == bool(re.fullmatch(pattern, text))
