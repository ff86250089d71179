"""Image references, checked without an account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples

quick = examples(25, among=50)


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        "nginx:latest",
        "user/repo:tag",
        "amazon/amazon-lightsail:hello-world",
        "public.ecr.aws/nginx/nginx:latest",
        "ghcr.io/acme/shop@sha256:" + "0" * 64,
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:2",
    ],
)
def test_an_image_in_a_registry_is_accepted(container, image):
    assert container(image=image) == []


@pytest.mark.parametrize(
    "image", [":shop.web.1", ":shop.web.123", ":shop.web.latest", ":shop.latest.2"]
)
def test_a_stored_image_of_the_service_is_accepted(container, image):
    assert container(image=image) == []


@pytest.mark.parametrize(
    "image",
    [
        ":shop.web.LATEST",
        ":shop.web",
        ":shop.web.0",
        ":shop.web.01",
        ":shop.web.",
        ":",
        ":shop.web.1.2",
        "",
        "nginx latest",
        "https://example.com/nginx",
        "nginx:",
        "Nginx",
        "nginx\n",
        "x" * 5000,
    ],
)
def test_an_invalid_image_reference_is_refused(container, image):
    assert container(image=image) == [("image.reference", "image")]


@pytest.mark.parametrize("host", ["", "ghcr.io/", "localhost:5000/"])
def test_an_image_name_without_its_host_may_have_up_to_255_characters(container, host):
    assert container(image=host + "x" * 255) == []
    assert container(image=host + "x" * 256) == [("image.reference", "image")]


@pytest.mark.parametrize("image", [":blog.web.1", ":sho.web.1", ":shop2.web.latest"])
def test_a_stored_image_of_another_service_is_refused(container, image):
    assert container(image=image) == [("image.reference", "image")]


def test_every_invalid_image_is_reported(deployment):
    containers = {"a": {"image": "A"}, "b": {"image": "nginx"}, "c": {"image": ":"}}
    assert deployment(containers=containers) == [
        ("image.reference", "containers.a.image"),
        ("image.reference", "containers.c.image"),
    ]


@quick
@given(st.integers(1, 10**9), st.sampled_from(["", "0", "v", " ", "-"]))
def test_the_version_of_a_stored_image_is_a_plain_positive_number(broken, number, before):
    containers = {"web": {"image": f":shop.web.{before}{number}"}}
    found = broken("CreateContainerServiceDeployment", containers=containers)
    assert (found == []) is (before == "")
