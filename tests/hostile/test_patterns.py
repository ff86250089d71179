"""What ``guided`` has found: a pattern that Python refuses is undecided, and others are decided right."""

from __future__ import annotations

import re
import time

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


CONDITIONS = "".join(f"(?:(?=.*{one}.)|(?=.*{one}))" for one in "abcdefghijklmnop")
ALTERNATIVES = "|".join("abc"[number % 3] for number in range(980))


@pytest.mark.parametrize("part", ["(?:a*|b*)", "(?:|)", "(?:|a|b)", "(?:(?=a)|(?=b)|)"])
def test_options_that_may_all_be_empty_are_read_once_each(part):
    change = compare(Accepted(part * 200), Accepted("x"))
    assert (change.only_old, change.only_new, change.undecided) == ("", "x", None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"(?:(?:{ALTERNATIVES})*x|.*a.{{300}})*", ".{301}"),
        (".*a.{40}", ".*a.{40}x?"),
        ("a{60000}", "a{60001}"),
        (f"(?:{CONDITIONS})(?:{CONDITIONS.swapcase()}).*", ".*z"),
    ],
)
def test_what_a_partial_match_costs_is_counted(old, new):
    begun = time.process_time()
    assert compare(Accepted(old), Accepted(new)).undecided.endswith("too large to compare")
    assert time.process_time() - begun < 30
