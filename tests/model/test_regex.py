"""Patterns as terms accept the very strings that Python's ``re`` accepts, whole and in ASCII.

Of what means something else in ECMA-262 they accept what ``re`` does of the portable form.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_lightsail.model.portable import LINE_ENDS, compiled
from pytest_lightsail.model.regex import Undecidable, accepts
from pytest_lightsail.model.regex_parser import parse_pattern
from pytest_lightsail.model.service import load
from tests.support.profiles import STEADY

PATTERNS = sorted({shape.pattern for shape in load().shapes.values() if shape.pattern})
RICH = [
    r"a|",
    r"(?:ab|a)(?:c|bcd)d*",
    r"(a*b*)*c",
    r"(?:a?){3}b{2,}?",
    r"x{,2}y",
    r"a{2",
    r"[]a-]+",
    r"[^\W\d_]+",
    r"[\w.-]+",
    r"\x41\u0042\t\.",
    r"\Aab\Z|c$|^d",
    r"a^b|c",
    r"a*^",
    r"(?P<first>a)(b)",
    r"(?!aws:)[a-z:]*",
    r"(?=.{2,4}$)[a-z]+(-[a-z]+)*",
    r"(?:(?!--)[a-z-])+",
    r"(?!.*(^|/)\.\.?(/|$))[a-z./]+",
    r"a(?!b)(?:b|c)",
    r"(?!ab\Z)[ab\n]+",
    r"(?:a|b(?=c))+c",
    r"[^\s\S]|z",
    r"[^a-xb-dc]|b",
]
REFUSED = {
    r"\p{L}+": r"the escape \p",
    r"\bword": r"the escape \b",
    r"(a)\1": r"the escape \1",
    r"(?<=a)b": "a look-behind",
    r"(?i)a": "a flag",
    r"a**": "a quantifier of a quantifier",
    r"a++": "a quantifier of a quantifier",
    r"*a": "a quantifier of nothing",
    r"(?:(?=a))*": "a repeated condition",
    r"a{3,2}": "a quantifier whose maximum is below its minimum",
    r"[b-a]": "a range that ends before it begins",
    r"[a-\d]": "a class as the end of a range",
    r"[a-z&&[^b]]": "a set operation",
    r"[a": "an unexpected end",
    r"(a": "an unbalanced parenthesis",
    r"a)": "an unbalanced parenthesis",
    r"\xZZ": "a bad escape",
}


def agrees(pattern: str, text: str) -> bool:
    return accepts(parse_pattern(pattern), text) == bool(re.fullmatch(pattern, text, re.ASCII))


@pytest.mark.parametrize("pattern", [*PATTERNS, *(rich for rich in RICH if "(?=" not in rich)])
@settings(derandomize=STEADY, deadline=None, max_examples=60)
@given(data=st.data())
def test_agrees_with_python_on_strings_near_to_the_pattern(pattern, data):
    near = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    # Python's own engine takes for ever over long strings that almost match nested repetitions.
    text = data.draw(near)[: 80 if pattern in PATTERNS else 12]
    assume(not set(text) & (set(LINE_ENDS) - {"\n"}))  # Python's dot stands for these
    assert agrees(pattern, text)
    place = data.draw(st.integers(0, len(text)))
    other = data.draw(st.sampled_from(["", "\n", "-", "!", "a", "B", "0", "é", "٣"]))
    assert agrees(pattern, text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("pattern", RICH)
@settings(derandomize=STEADY, deadline=None, max_examples=150)
@given(text=st.text("abcdxyz:-/.\n_A", max_size=8))
def test_agrees_with_python_on_any_string(pattern, text):
    assert agrees(pattern, text)


@pytest.mark.parametrize(
    ("name", "good"), [("ab", True), ("ab!", False), ("!ab", False), ("ab\n", False)]
)
def test_anchors_of_one_alternative_hold_for_the_whole_string(name, good):
    trap = parse_pattern("^[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9]$")
    assert accepts(trap, name) is good


@pytest.mark.parametrize(("pattern", "what"), REFUSED.items())
def test_says_what_it_cannot_express(pattern, what):
    with pytest.raises(Undecidable, match=re.escape(what)):
        parse_pattern(pattern)


@pytest.mark.parametrize("end", LINE_ENDS)
def test_a_dot_is_no_end_of_a_line(end):
    assert not accepts(parse_pattern("."), end)
    assert accepts(parse_pattern(r"[^.]\s?|[\s\S]"), end)


@pytest.mark.parametrize("text", ["a", "a\n"])
def test_a_dollar_is_the_end_of_the_string(text):
    assert accepts(parse_pattern(r"a$\n?"), text) is (text == "a")


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        ".",
        "$",
        "^",
        "[ab]",
        "[^a]",
        r"[^\n]",
        r"\s",
        r"\S",
        r"\w",
        r"\D",
        "é",
        r"\u2028",
        "{",
        ",",
    ]
)
PIECES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(
            inner, st.sampled_from(["*", "+?", "?", "{2}", "{1,}", "{,2}", "{,}", "{,", "{}"])
        ).map("(?:{0[0]}){0[1]}".format),
        inner.map("(?={})".format),
        inner.map("(?!{})".format),
        inner.map("({})".format),
    ),
    max_leaves=6,
)


@settings(derandomize=STEADY, deadline=None, max_examples=600)
@given(pattern=PIECES, text=st.text("ab1 é{,\n\r\u2028", max_size=6))
def test_both_readers_of_patterns_agree(pattern, text):
    matcher = compiled(pattern)
    try:
        terms = parse_pattern(pattern)
    except Undecidable:
        return
    assert matcher is None or accepts(terms, text) is bool(matcher.match(text))
