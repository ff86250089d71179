"""Two patterns are compared by what they accept, and a difference is shown by a string."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail.model.patterns import Accepted, PatternChange, compare
from tests.support.profiles import STEADY

SERVICE_NAME = "^[a-z0-9]{1,2}|[a-z0-9][a-z0-9-]+[a-z0-9]$"


def change(old: str, new: str) -> PatternChange | None:
    return compare(Accepted(old), Accepted(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[a-z]+", "^[a-z]+$"),
        ("^[a-z]+$", "^[a-z]+"),
        (r"^a\\$", r"a\\"),
        (SERVICE_NAME, SERVICE_NAME.strip("^$")),
        (r"\p{L}+", r"^\p{L}+$"),
    ],
)
def test_a_change_of_anchors_alone_is_none(old, new):
    assert change(old, new) is None


def test_an_escaped_dollar_is_not_an_anchor():
    assert change(r"a\$", "a") == PatternChange(only_old="a$", only_new="a")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"\w+", "[A-Za-z0-9_]+"),
        ("a|b|c", "[a-c]"),
        ("aa*", "a+"),
        (SERVICE_NAME, "[a-z0-9]([a-z0-9-]*[a-z0-9])?"),
        (r"[\s\S]*", r"(?:.|[\n\r\u2028\u2029])*"),
        ("(?!b)[ab]", "a"),
    ],
)
def test_another_spelling_of_the_same_pattern_is_no_change(old, new):
    assert change(old, new) is None


def test_a_looser_pattern_is_shown_by_a_string_that_was_refused():
    assert change("[a-z]+", "[a-z_]+") == PatternChange(only_new="_")


def test_a_tighter_pattern_is_shown_by_a_string_that_was_accepted():
    assert change("[a-z-]+", "[a-z]([a-z-]*[a-z])?") == PatternChange(only_old="-")


def test_a_pattern_that_is_both_is_shown_by_two_strings():
    assert change("[a-c]+", "[b-d]+") == PatternChange(only_old="a", only_new="d")


def test_the_string_is_the_shortest_there_is():
    assert change("[a-z]{1,63}", "[a-z]{1,64}") == PatternChange(only_new="a" * 64)


def test_a_look_ahead_is_decided_too():
    assert change("(?!aws:)[a-z:]+", "[a-z:]+") == PatternChange(only_new="aws:")


def test_the_string_keeps_the_least_length_of_its_side():
    found = compare(Accepted("[a-z]+", minimum=3), Accepted("[b-z]+"))
    assert found == PatternChange(only_old="aaa")


def test_a_difference_beyond_the_greatest_length_of_its_side_is_none():
    assert compare(Accepted("[a-z]{1,9}", maximum=5), Accepted("[a-z]{1,7}", maximum=5)) is None
    assert compare(Accepted("[a-z]{1,9}", maximum=7), Accepted("[a-z]{1,7}")) is None
    found = compare(Accepted("[a-z]{1,9}", maximum=8), Accepted("[a-z]{1,7}"))
    assert found == PatternChange(only_old="a" * 8)


@pytest.mark.parametrize(
    ("minimum", "maximum", "value"),
    [(0, None, "z"), (0, 1, "z"), (1, 2, "z"), (2, 2, "zz"), (2, 9, "zz"), (3, None, None)],
)
def test_of_named_values_the_first_within_the_lengths_of_its_side_is_shown(minimum, maximum, value):
    values = ("a", "z", "zz")
    found = compare(Accepted("[a-z]+", minimum, maximum, values), Accepted("[a-y]+", values=values))
    assert found == (None if value is None else PatternChange(only_old=value))


@pytest.mark.parametrize(
    ("old", "new", "only_old"),
    [("a^|b", "c", "b"), ("^|b", "b", ""), ("a|b", "a^|b", "a"), ("a?", "^|b", "a")],
)
def test_an_anchor_of_the_start_holds_at_the_start_alone(old, new, only_old):
    found = change(old, new)
    assert found is not None
    assert found.only_old == only_old


def test_characters_at_both_ends_of_unicode_are_told_apart():
    assert change(r"[\s\S]", "[^\0]") == PatternChange(only_old="\0")
    assert change(r"[\s\S]", "[^\U0010ffff]") == PatternChange(only_old="\U0010ffff")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"\p{L}+", r"the escape \p"),
        ("(?<=a)b", "a look-behind"),
        (".*a.{40}", "too large to compare"),
    ],
)
def test_says_why_it_cannot_decide(pattern, reason):
    found = change(pattern, pattern + "x?")
    assert found is not None
    assert reason in (found.undecided or "")


def test_keeps_what_one_side_shows_where_the_other_cannot_be_decided():
    found = change("(?:.{0,50}a){0,50}b", "(?:.{0,50}a){0,50}c?b")
    assert found is not None
    assert found.only_new == "cb"
    assert found.undecided is not None


PIECES = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "[^a]", ".", "c"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("(?:{0[0]}|{0[1]})".format),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}"])).map(
            "(?:{0[0]}){0[1]}".format
        ),
        inner.map("(?!{})".format),
    ),
    max_leaves=6,
)


@settings(derandomize=STEADY, deadline=None, max_examples=300)
@given(old=PIECES, new=PIECES, text=st.text("abcd\n", max_size=6))
def test_strings_prove_what_is_said(old, new, text):
    found = change(old, new)
    if found is None:
        assert bool(re.fullmatch(old, text)) == bool(re.fullmatch(new, text))
    elif found.undecided is None:
        for witness, yes, no in ((found.only_old, old, new), (found.only_new, new, old)):
            if witness is not None:
                assert re.fullmatch(yes, witness)
                assert not re.fullmatch(no, witness)
            else:
                assert not (re.fullmatch(yes, text) and not re.fullmatch(no, text))
