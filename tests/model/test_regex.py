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
    r"\x4": "a bad escape",
    r"\U00110000": "a bad escape",
    r"(?P<1>a)": "a group without a name of its own",
    r"(?P<a>a)(?P<a>b)": "a group without a name of its own",
    r"^*": "a quantifier of nothing",
    r"a|$+": "a quantifier of nothing",
    r"a{4294967295}": "a quantifier that counts too far",
    "a" * 4001: "a pattern of more than 4000 characters",
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


@pytest.mark.parametrize("nothing", ["a{0}", "a{,0}", "a{0,0}?", "(?:a|b){0}", "(?:(?=a)){0}"])
def test_what_comes_no_times_is_nothing(nothing):
    pattern = parse_pattern(f"{nothing}b")
    assert [text for text in ("b", "ab", "bb", "a", "") if accepts(pattern, text)] == ["b"]


def test_one_character_between_two_ranges_is_outside_of_both():
    assert accepts(parse_pattern(r"\W"), "`")
    assert accepts(parse_pattern("[^a-ce-z]"), "d")


@pytest.mark.parametrize("negation", ["", "^"])
def test_a_class_has_what_any_of_its_ranges_has(negation):
    pattern = f"[{negation}ce-zf-ga-bx-{{]"
    for text in "abcdefghmyz{|`\0\U0010ffff":
        assert agrees(pattern, text)


@pytest.mark.parametrize("ahead", ["", "a?", "a*|b"])
@pytest.mark.parametrize("text", ["", "b", "\0", "\n\u2028", "\U0010ffff"])
def test_anything_may_follow_nothing_that_is_looked_ahead_for(ahead, text):
    assert accepts(parse_pattern(rf"(?={ahead})[\s\S]*"), text)
    assert not accepts(parse_pattern(rf"(?!{ahead})[\s\S]*"), text)


def test_a_pattern_goes_as_far_as_it_may():
    assert not accepts(parse_pattern("a" * 4000), "a")
    assert accepts(parse_pattern("a{0,4294967294}"), "aa")
    assert accepts(parse_pattern(r"\U0010ffff"), "\U0010ffff")


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
