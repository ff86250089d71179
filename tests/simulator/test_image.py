"""Descriptions of images, and how the account finds them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_lightsail import ConfigurationError, Image, UnknownResourceError
from pytest_lightsail.options import LONGEST
from pytest_lightsail.simulator.clock import NANOSECONDS
from pytest_lightsail.simulator.images import Container, Images


def run(image: Image, environment: Any = ()) -> Container:
    images = Images()
    images["web:1"] = image
    (container,) = images.run({"web": {"image": "web:1", "environment": environment}})
    return container


def response(image: Image, path: str) -> tuple[int, bytes]:
    return run(image).reply(path)


# --- responses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("responds", "status", "body"),
    [
        (503, 503, b""),
        ("hello", 200, b"hello"),
        (b"\xff", 200, b"\xff"),
        ((404, "nothing"), 404, b"nothing"),
        ((500, b"oops"), 500, b"oops"),
    ],
)
def test_an_image_responds_with_a_status_a_body_or_both(responds, status, body):
    assert response(Image(responds=responds), "/any") == (status, body)
    assert response(Image(responds={"/one": responds}), "/one") == (status, body)


def test_an_image_responds_with_200_on_every_path_by_default():
    assert response(Image(), "/whatever") == (200, b"")


def test_a_path_without_a_response_is_not_found():
    assert response(Image(responds={"/health": 200}), "/") == (404, b"")


def test_the_query_and_the_encoding_of_a_path_do_not_matter():
    image = Image(responds={"/søk": 200, "/a b": 503, "/50%": 202, "/%7Eme": 201, "/d%20e": 204})
    paths = "/s%C3%B8k?q=%20", "/søk", "/a%20b", "/a b", "/50%25", "/%C3", "/%7Eme?q", "/d e"
    statuses = [response(image, path)[0] for path in paths]
    assert statuses == [200, 200, 503, 503, 202, 404, 201, 204]


# --- start -------------------------------------------------------------------------------------------


def test_an_image_that_lacks_an_environment_variable_never_listens():
    image = Image(needs_env=("A", "B"))
    lacking, complete = run(image, {"A": "1"}), run(image, {"A": "1", "B": ""})
    assert (lacking.exits_ns, lacking.starts_ns / NANOSECONDS) == (0, LONGEST)
    assert (complete.exits_ns, complete.starts_ns) == (math.inf, 0)


# --- log lines ---------------------------------------------------------------------------------------


def test_an_image_logs_its_lines_and_the_missing_environment_variables():
    image = Image(logs=("one", "two"), needs_env=("HOST", "TOKEN"))
    assert run(image, ("HOST",)).log == ["one", "two", "environment variable TOKEN is not set"]


# --- values ------------------------------------------------------------------------------------------


def test_images_with_the_same_behaviour_are_equal():
    assert Image(responds={"/": 200}) == Image(responds={"/": 200}) != Image(responds={"/": 201})
    assert hash(Image(responds={"/": 200})) == hash(Image(responds={"/": 200}))


def test_an_image_copies_its_responses():
    given = {"/": 200}
    image = Image(responds=given)
    given["/"] = 500
    assert response(image, "/") == (200, b"")


@pytest.mark.parametrize(
    ("member", "values"),
    {
        "responds": [99, 600, True, 200.0, None, (200,), (200, 5), ("a", "b"), {"x": 200}, {"/?": 200}],
        "starts_after": [-1, math.nan, "1", None, True],
        "exits": [-1, math.inf, math.nan, "1", False],
        "pull": ["slow", 5, True],
        "needs_env": ["HOME", (1,), None],
        "logs": ["started", (b"x",), None],
    }.items(),
)  # fmt: skip
def test_an_invalid_value_of_an_image_is_refused(member, values):
    for value in values:
        with pytest.raises(ConfigurationError, match=rf"^Image: invalid {member}="):
            Image(**{member: value})


# --- descriptions ------------------------------------------------------------------------------------


@pytest.fixture
def images() -> Images:
    return Images()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("nginx", "nginx:latest", True),
        ("nginx", "nginx:1", False),
        ("registry:5000/team/web", "registry:5000/team/web:latest", True),
        (":shop.web.3", ":shop.web.latest", False),
        ("web@sha256:" + "0" * 64, "web", False),
    ],
)
def test_latest_is_the_default_tag(images, one, other, same):
    for described, deployed in ((one, other), (other, one)):
        images.clear()
        images[described] = Image(responds=503)
        (running,) = images.run({"web": {"image": deployed, "environment": {}}})
        assert (running.image == Image(responds=503)) is same
        assert (images.unused() == []) is same


def test_the_description_with_exactly_the_deployed_name_takes_precedence(images):
    images.update({"nginx": Image(responds=503), "nginx:latest": Image(responds=500)})
    for deployed, status in (("nginx", 503), ("nginx:latest", 500)):
        (running,) = images.run({"web": {"image": deployed, "environment": {}}})
        assert running.image.responds == status


def test_an_image_without_a_description_is_healthy_immediately(images):
    (running,) = images.run({"cache": {"image": "redis:7", "environment": {}}})
    assert running.image == Image()


def test_images_are_a_mapping(images):
    images.update({"nginx": Image(), "shop:2": Image(responds=503)})
    del images["nginx"]
    assert dict(images) == {"shop:2": Image(responds=503)}


def test_an_unknown_image_is_reported_with_the_known_images(images):
    images["shop:2"] = Image()
    with pytest.raises(
        UnknownResourceError,
        match=r"^no image 'shop:9'; known: shop:2; did you mean 'shop:2'",
    ):
        images["shop:9"]


@pytest.mark.parametrize("value", [None, 200, {"/": 200}, Image])
def test_a_description_that_is_not_an_image_is_refused(images, value):
    with pytest.raises(ConfigurationError, match=r"images\['nginx'\]: expected an Image"):
        images["nginx"] = value
