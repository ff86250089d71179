"""Tags of a new service."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples

quick = examples(25, among=50)

ASCII_ALLOWED = set(string.ascii_letters + string.digits + " +-=._:/@")


@pytest.fixture(scope="session")
def tags(broken):
    def ask(*given: object):
        return broken("CreateContainerService", tags=list(given))

    return ask


def many(count: int) -> list[dict[str, str]]:
    return [{"key": f"key-{number}"} for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 49, 50])
def test_a_service_may_have_up_to_50_tags(tags, count):
    assert tags(*many(count)) == []


@pytest.mark.parametrize("count", [51, 200])
def test_a_service_with_more_than_50_tags_is_refused(tags, count):
    assert tags(*many(count)) == [("tags.count", "tags")]


def test_a_tag_may_be_a_key_alone(tags):
    assert tags({"key": "team"}) == []


def test_a_tag_may_have_an_empty_value(tags):
    assert tags({"key": "team", "value": ""}) == []


@pytest.mark.parametrize("tag", [{}, {"value": "x"}, {"key": None, "value": "x"}])
def test_a_tag_without_a_key_is_refused(tags, tag):
    assert tags({"key": "team"}, tag) == [("tag.key-required", "tags[1].key")]


@pytest.mark.parametrize("length", [1, 2, 127, 128])
def test_a_tag_key_of_1_to_128_characters_is_accepted(tags, length):
    assert tags({"key": "k" * length}) == []


@pytest.mark.parametrize("length", [0, 129, 4000])
def test_a_tag_key_of_another_length_is_refused(tags, length):
    assert tags({"key": "k" * length}) == [("tag.key-length", "tags[0].key")]


@pytest.mark.parametrize("length", [0, 1, 255, 256])
def test_a_tag_value_of_up_to_256_characters_is_accepted(tags, length):
    assert tags({"key": "k", "value": "v" * length}) == []


@pytest.mark.parametrize("length", [257, 4000])
def test_a_longer_tag_value_is_refused(tags, length):
    assert tags({"key": "k", "value": "v" * length}) == [("tag.value-length", "tags[0].value")]


def test_characters_of_a_tag_are_counted_not_their_bytes(tags):
    assert tags({"key": "ä" * 128, "value": "字" * 256}) == []


@pytest.mark.parametrize("key", ["A b", "a+b-c=d._:/@", "Größe", "名前", "0"])
def test_letters_numbers_spaces_and_some_marks_make_a_tag(tags, key):
    assert tags({"key": key, "value": key}) == []


@quick
@given(st.text(st.characters(max_codepoint=0x7F), min_size=1, max_size=4))
def test_of_ascii_the_documented_characters_are_accepted_and_no_others(tags, text):
    expected = [] if set(text) <= ASCII_ALLOWED else [("tag.alphabet", "tags[0].key")]
    assert tags({"key": text}) == expected


@pytest.mark.parametrize(
    "value", ["a\nb", "a\n", "tab\t", "50%", "a,b", "<x>", "{}", "#1", "x;y", "\x00"]
)
def test_other_characters_in_a_tag_value_are_refused(tags, value):
    assert tags({"key": "k", "value": value}) == [("tag.alphabet", "tags[0].value")]


@pytest.mark.parametrize("key", ["aws:name", "AWS:name", "Aws:", "aws:"])
def test_keys_that_begin_with_aws_and_a_colon_are_reserved(tags, key):
    assert tags({"key": key}) == [("tag.reserved-prefix", "tags[0].key")]


@pytest.mark.parametrize("key", ["aws", "awsome:x", "my-aws:x", "laws:x"])
def test_other_keys_with_those_letters_are_free(tags, key):
    assert tags({"key": key}) == []


def test_a_value_may_begin_with_aws_and_a_colon(tags):
    assert tags({"key": "k", "value": "aws:x"}) == []


def test_a_key_given_twice_is_refused_where_it_stands_again(tags):
    found = tags({"key": "a"}, {"key": "b"}, {"key": "a", "value": "x"})
    assert found == [("tags.unique-keys", "tags[2].key")]


def test_keys_differ_by_case(tags):
    assert tags({"key": "a"}, {"key": "A"}) == []


@quick
@given(st.lists(st.sampled_from("abc"), max_size=6))
def test_every_repetition_of_a_key_is_refused_and_nothing_else(tags, keys):
    again = [index for index, key in enumerate(keys) if key in keys[:index]]
    found = tags(*({"key": key} for key in keys))
    assert found == [("tags.unique-keys", f"tags[{index}].key") for index in again]


def test_tags_are_given_at_creation_alone(broken):
    found = broken("UpdateContainerService", tags=[{"key": "team"}])
    assert found == [("json.unknown-member", "tags")]
