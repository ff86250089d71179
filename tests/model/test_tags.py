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


def test_a_tag_may_have_only_a_key(tags):
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
def test_a_tag_value_of_more_than_256_characters_is_refused(tags, length):
    assert tags({"key": "k", "value": "v" * length}) == [("tag.value-length", "tags[0].value")]


def test_the_length_of_a_tag_is_counted_in_characters_not_bytes(tags):
    assert tags({"key": "ä" * 128, "value": "字" * 256}) == []


@pytest.mark.parametrize("key", ["A b", "a+b-c=d._:/@", "Größe", "名前", "0"])
def test_letters_digits_spaces_and_some_symbols_are_accepted_in_a_tag(tags, key):
    assert tags({"key": key, "value": key}) == []


@quick
@given(st.text(st.characters(max_codepoint=0x7F), min_size=1, max_size=4))
def test_a_tag_accepts_only_the_documented_ascii_characters(tags, text):
    expected = [] if set(text) <= ASCII_ALLOWED else [("tag.alphabet", "tags[0].key")]
    assert tags({"key": text}) == expected


@pytest.mark.parametrize(
    "value", ["a\nb", "a\n", "tab\t", "50%", "a,b", "<x>", "{}", "#1", "x;y", "\x00"]
)
def test_other_characters_in_a_tag_value_are_refused(tags, value):
    assert tags({"key": "k", "value": value}) == [("tag.alphabet", "tags[0].value")]


@pytest.mark.parametrize("key", ["aws:name", "AWS:name", "Aws:", "aws:"])
def test_tag_keys_with_the_prefix_aws_colon_are_refused(tags, key):
    assert tags({"key": key}) == [("tag.reserved-prefix", "tags[0].key")]


@pytest.mark.parametrize("key", ["aws", "awsome:x", "my-aws:x", "laws:x"])
def test_other_tag_keys_that_contain_aws_are_accepted(tags, key):
    assert tags({"key": key}) == []


def test_a_tag_value_may_start_with_aws_colon(tags):
    assert tags({"key": "k", "value": "aws:x"}) == []


def test_a_repeated_tag_key_is_refused_at_its_second_position(tags):
    found = tags({"key": "a"}, {"key": "b"}, {"key": "a", "value": "x"})
    assert found == [("tags.unique-keys", "tags[2].key")]


def test_tag_keys_are_case_sensitive(tags):
    assert tags({"key": "a"}, {"key": "A"}) == []


@quick
@given(st.lists(st.sampled_from("abc"), max_size=6))
def test_only_the_repetitions_of_a_tag_key_are_refused(tags, keys):
    again = [index for index, key in enumerate(keys) if key in keys[:index]]
    found = tags(*({"key": key} for key in keys))
    assert found == [("tags.unique-keys", f"tags[{index}].key") for index in again]


def test_tags_cannot_be_changed_by_an_update(broken):
    found = broken("UpdateContainerService", tags=[{"key": "team"}])
    assert found == [("json.unknown-member", "tags")]
