"""The small grammars of the catalogue: ports, success codes, image references."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail.model.catalogue import (
    StoredImage,
    ecr_region,
    parse_stored_image,
    rule,
    success_code_ranges,
)
from tests.support.profiles import examples

quick = examples(25, among=50)


def matches(rule_id: str, text: str) -> bool:
    return re.fullmatch(rule(rule_id).pattern or "", text, re.ASCII) is not None


def is_codes(text: str) -> bool:
    return matches("health-check.success-codes", text)


def is_image(image: str) -> bool:
    entry = rule("image.reference")
    assert entry.check is not None
    return not list(
        entry.check({"serviceName": "shop", "containers": {"web": {"image": image}}}, entry)
    )


def test_the_port_pattern_matches_exactly_the_numbers_in_the_range_of_its_rule():
    entry = rule("port.range")
    matched = [number for number in range(70_000) if matches("port.range", str(number))]
    assert matched == list(range(entry.minimum, entry.maximum + 1))
    assert not any(matches("port.range", text) for text in ("080", "+80", "80\n", "8 0", "٨٠"))


# --- success codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "codes", ["200", "499", "200,202", "200-299", "200-499", "200,301-302,404", "200-200"]
)
def test_success_codes_are_codes_and_ranges_separated_by_commas(codes):
    assert is_codes(codes)


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
def test_other_strings_are_not_success_codes(codes):
    assert not is_codes(codes)


code = st.integers(200, 499)
code_ranges = st.lists(st.tuples(code, code).map(sorted).map(tuple), min_size=1, max_size=6)


@quick
@given(code_ranges)
def test_ranges_of_success_codes_are_parsed(ranges):
    text = ",".join(f"{low}" if low == high else f"{low}-{high}" for low, high in ranges)
    assert is_codes(text)
    assert list(success_code_ranges(text)) == ranges


def test_a_reversed_range_of_success_codes_is_parsed_unchanged():
    assert list(success_code_ranges("299-200")) == [(299, 200)]


# --- stored images -----------------------------------------------------------------------------------


def test_a_stored_image_has_a_service_a_label_and_a_version():
    assert parse_stored_image(":shop.web.3") == StoredImage("shop", "web", "3")


def test_a_stored_image_may_have_the_label_latest():
    assert parse_stored_image(":demo-signup.latest.2") == StoredImage("demo-signup", "latest", "2")


@pytest.mark.parametrize(
    "image", ["shop.web.3", ":shop.web", ":shop.web.3.4", ":", "", "nginx", "x:shop.web.3"]
)
def test_a_stored_image_must_start_with_a_colon_and_have_three_parts(image):
    assert parse_stored_image(image) is None


@pytest.mark.parametrize("version", ["1", "10", "123", "latest"])
def test_the_version_of_a_stored_image_is_a_number_or_latest(version):
    assert is_image(f":shop.web.{version}")


@pytest.mark.parametrize(
    "version", ["0", "01", "LATEST", "Latest", "1a", "", "-1", "1\n", "latest "]
)
def test_other_versions_of_a_stored_image_are_invalid(version):
    assert not is_image(f":shop.web.{version}")


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
        "nginx:1@sha256:" + "ab" * 32,
        "Registry.example/shop",
        "nginx:" + "T" * 128,
    ],
)
def test_a_reference_to_an_image_in_a_registry_is_valid(image):
    assert is_image(image)


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
        "nginx@sha256:" + "aB" * 32,
        "https://example.com/nginx",
        "nginx:" + "T" * 129,
        "nginx:a:b",
        "ünix",
        "nginx:täg",
    ],
)
def test_a_reference_that_no_container_engine_accepts_is_invalid(image):
    assert not is_image(image)


def test_an_ecr_image_names_its_region():
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/shop:2"
    assert ecr_region(image) == "eu-west-1"


def test_an_ecr_image_with_a_digest_names_its_region():
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:" + "0" * 64
    assert ecr_region(image) == "eu-west-1"


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
def test_images_in_other_registries_are_not_ecr_images(image):
    assert ecr_region(image) is None


@pytest.mark.parametrize(
    "names", ["shop.", ".web", "shop.We b!", "shop.-x", "shop.x-", "sh_op.web"]
)
def test_a_stored_image_with_an_invalid_service_name_or_label_is_invalid(names):
    assert not is_image(f":{names}.1")
