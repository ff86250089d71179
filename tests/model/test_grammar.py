"""The small grammars of the catalogue: decimal ranges, success codes, image references."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_lightsail.model.grammar import (
    PUBLIC_IMAGE_PATTERN,
    STORED_IMAGE_PATTERN,
    EcrImage,
    StoredImage,
    codes_pattern,
    decimal_range_pattern,
    parse_ecr_image,
    parse_stored_image,
    success_code_ranges,
)
from tests.support.profiles import STEADY

quick = settings(deadline=None, derandomize=STEADY, max_examples=100)

numbers = st.integers(0, 70_000)


def whole(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


# --- decimal ranges ----------------------------------------------------------------------------------


@quick
@given(st.tuples(numbers, numbers).map(sorted), numbers)
def test_a_decimal_range_matches_the_numbers_inside_it_and_no_others(ends, number):
    low, high = ends
    pattern = decimal_range_pattern(low, high)
    for probe in {number, low - 1, low, low + 1, high - 1, high, high + 1} - {-1}:
        assert whole(pattern, str(probe)) is (low <= probe <= high), probe


@pytest.mark.parametrize(("low", "high"), [(200, 499), (0, 9), (1, 65535), (7, 7), (99, 1001)])
def test_a_decimal_range_is_exact_over_everything_near_it(low, high):
    matches = re.compile(decimal_range_pattern(low, high)).fullmatch
    matched = [n for n in range(high + 1200) if matches(str(n))]
    assert matched == list(range(low, high + 1))


@quick
@given(
    st.integers(1, 60_000),
    st.sampled_from(["0{}", "00{}", "+{}", "-{}", " {}", "{} ", "{}\n", "{}.0", "{}e0", "{}_"]),
)
def test_a_decimal_range_matches_a_number_in_its_plain_form_only(number, form):
    pattern = decimal_range_pattern(1, 60_000)
    assert whole(pattern, str(number))
    assert not whole(pattern, form.format(number))


@pytest.mark.parametrize(
    ("low", "high", "pattern"),
    [
        (200, 499, "(?:[2-4][0-9]{2})"),
        (0, 19, "(?:[0-9]|1[0-9])"),
        (98, 1234, "(?:9[8-9]|[1-9][0-9]{2}|1[0-1][0-9]{2}|12[0-2][0-9]|123[0-4])"),
    ],
)
def test_a_decimal_range_is_written_in_few_alternatives(low, high, pattern):
    assert decimal_range_pattern(low, high) == pattern


def test_a_decimal_range_does_not_match_the_digits_of_other_scripts():
    assert not re.fullmatch(decimal_range_pattern(200, 499), "２００")  # noqa: RUF001 - the point of it


def test_a_decimal_range_stays_one_alternative_inside_a_longer_pattern():
    assert whole(decimal_range_pattern(8, 12) + "x", "12x")
    assert not whole(decimal_range_pattern(8, 12) + "x", "8")


# --- success codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "codes", ["200", "499", "200,202", "200-299", "200-499", "200,301-302,404", "200-200"]
)
def test_success_codes_are_values_and_ranges_with_commas_between(codes):
    assert whole(codes_pattern(200, 499), codes)


@pytest.mark.parametrize(
    "codes",
    [
        "",
        "199",
        "500",
        "200-500",
        "199-200",
        "200,",
        ",200",
        "200,,202",
        "200-",
        "-200",
        "200--299",
        "200-250-299",
        "200, 202",
        "200 ",
        "2xx",
        "20O",
        "0200",
        "200\n",
        "200;202",
    ],
)
def test_anything_else_is_no_success_codes(codes):
    assert not whole(codes_pattern(200, 499), codes)


code = st.integers(200, 499)
code_ranges = st.lists(st.tuples(code, code).map(sorted).map(tuple), min_size=1, max_size=6)


@quick
@given(code_ranges)
def test_written_ranges_of_success_codes_are_read_back(ranges):
    text = ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in ranges)
    assert whole(codes_pattern(200, 499), text)
    assert list(success_code_ranges(text)) == ranges


def test_a_turned_range_of_success_codes_is_read_as_it_stands():
    assert list(success_code_ranges("299-200")) == [(299, 200)]


# --- stored images -----------------------------------------------------------------------------------


def test_a_stored_image_names_service_label_and_version():
    assert parse_stored_image(":shop.web.3") == StoredImage("shop", "web", "3")


def test_a_stored_image_may_have_the_label_latest():
    assert parse_stored_image(":demo-signup.latest.2") == StoredImage("demo-signup", "latest", "2")


@pytest.mark.parametrize(
    "image", ["shop.web.3", ":shop.web", ":shop.web.3.4", ":", "", "nginx", "x:shop.web.3"]
)
def test_what_has_no_colon_in_front_or_not_three_parts_is_no_stored_image(image):
    assert parse_stored_image(image) is None


@pytest.mark.parametrize("version", ["1", "10", "123", "latest"])
def test_the_version_of_a_stored_image_is_a_number_or_latest(version):
    assert whole(STORED_IMAGE_PATTERN, f":shop.web.{version}")


@pytest.mark.parametrize(
    "version", ["0", "01", "LATEST", "Latest", "1a", "", "-1", "1\n", "latest "]
)
def test_other_words_are_no_version_of_a_stored_image(version):
    assert not whole(STORED_IMAGE_PATTERN, f":shop.web.{version}")


# --- images in registries ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:latest",
        "user/repo:tag",
        "amazon/amazon-lightsail:hello-world",
        "public.ecr.aws/nginx/nginx:1.27-alpine",
        "ghcr.io/acme/shop:2",
        "localhost:5000/shop",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/shop:2",
        "a__b/c--d/e.f",
        "nginx@sha256:" + "0" * 64,
        "nginx:1@sha256:" + "aB" * 32,
        "Registry.example/shop",
        "nginx:" + "T" * 128,
    ],
)
def test_a_reference_into_a_registry_is_read(image):
    assert whole(PUBLIC_IMAGE_PATTERN, image)


@pytest.mark.parametrize(
    "image",
    [
        "",
        ":",
        ":shop",
        "nginx:",
        "nginx:-x",
        "Nginx",
        "a/B",
        "nginx latest",
        " nginx",
        "nginx\n",
        "/nginx",
        "nginx/",
        "a//b",
        "a___b",
        "-a",
        "a-",
        "nginx@sha256",
        "nginx@sha256:12ab",
        "https://example.com/nginx",
        "nginx:" + "T" * 129,
        "nginx:a:b",
        "ünix",
        "nginx:täg",
    ],
)
def test_what_no_container_engine_takes_is_no_reference(image):
    assert not whole(PUBLIC_IMAGE_PATTERN, image)


def test_an_ecr_image_names_account_region_and_repository():
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/shop:2"
    assert parse_ecr_image(image) == EcrImage("123456789012", "eu-west-1", "team/shop")


def test_an_ecr_image_may_be_named_by_its_digest():
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:" + "0" * 64
    assert parse_ecr_image(image) == EcrImage("123456789012", "eu-west-1", "shop")


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "public.ecr.aws/nginx/nginx",
        "12345678901.dkr.ecr.eu-west-1.amazonaws.com/shop",
        "x/123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "123456789012.dkr.ecr.eu-west-1.example.com/shop",
    ],
)
def test_images_elsewhere_are_no_ecr_images(image):
    assert parse_ecr_image(image) is None


@pytest.mark.parametrize(
    "names", ["shop.", ".web", "shop.We b!", "shop.-x", "shop.x-", "sh_op.web"]
)
def test_a_stored_image_has_names_of_service_and_label(names):
    assert not whole(STORED_IMAGE_PATTERN, f":{names}.1")
