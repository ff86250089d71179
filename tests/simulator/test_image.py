"""What a test says of an image, and how the account looks it up."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_lightsail import ConfigurationError, Image, UnknownResourceError
from pytest_lightsail.simulator.clock import NANOSECONDS, to_nanoseconds
from pytest_lightsail.simulator.images import Images, Reply
from tests.support.profiles import examples

quick = examples(25, among=50)


def answer(image: Image, path: str, seconds: float = 0, **more: Any) -> Reply | None:
    of = {"environment": (), "port": 80, **more}
    return image.reply_at(path, to_nanoseconds(seconds), **of)


def listens(image: Image, *seconds: float, **more: object) -> list[bool]:
    return [answer(image, "/", at, **more) is not None for at in seconds]


def logged(image: Image, begin: int, end: int, environment: tuple[str, ...] = ()) -> list:
    lines = image.log(environment, begin * NANOSECONDS, end * NANOSECONDS)
    return [(at / NANOSECONDS, line) for at, line in lines]


# --- what it answers ---------------------------------------------------------------------------------


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
def test_an_image_answers_a_status_a_body_or_both(responds, status, body):
    assert answer(Image(responds=responds), "/any") == Reply(status, body, 0)
    assert answer(Image(responds={"/one": responds}), "/one") == Reply(status, body, 0)


def test_an_image_answers_200_on_every_path_unless_told_otherwise():
    assert answer(Image(), "/whatever") == Reply(200, b"", 0)


def test_a_path_that_responds_does_not_name_is_not_found():
    assert answer(Image(responds={"/health": 200}), "/") == Reply(404, b"", 0)


def test_a_query_does_not_matter_unless_responds_names_it():
    image = Image(responds={"/health": 200, "/health?deep": 503})
    replies = [answer(image, path) for path in ("/health?x=1", "/health?deep")]
    assert [reply.status for reply in replies if reply] == [200, 503]


def test_how_a_path_is_encoded_does_not_matter():
    image = Image(responds={"/søk": 200, "/a b": 503, "/a%20b": 201, "/50%": 202})
    paths = "/s%C3%B8k?q=%20", "/a%20b", "/a b", "/50%25", "/%C3"
    replies = [answer(image, path) for path in paths]
    assert [reply.status for reply in replies if reply] == [200, 201, 503, 202, 404]


def test_an_answer_says_how_long_it_takes():
    assert answer(Image(answers_after=1.5), "/") == Reply(200, b"", 1.5)
    assert answer(Image(answers_after=math.inf), "/") == Reply(200, b"", math.inf)


# --- when it answers ---------------------------------------------------------------------------------


def test_an_image_listens_from_starts_after_on():
    assert listens(Image(starts_after=40), 0, 39.999999999, 40, 10**6) == [False, False, True, True]


def test_an_image_may_never_listen():
    assert listens(Image(starts_after=math.inf), 0, 10**9) == [False, False]


def test_an_image_that_exits_starts_again_and_again():
    image = Image(starts_after=2, exits=10)
    assert listens(image, 1, 2, 9, 10, 11, 12, 22) == [False, True, True, False, False, True, True]


def test_an_image_that_exits_within_a_second_starts_again_after_a_second():
    assert listens(Image(exits=0.5), 0, 0.4, 0.5, 0.9, 1, 1.5) == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_an_image_that_exits_at_once_never_listens():
    assert listens(Image(exits=0), 0, 1, 2.5) == [False, False, False]


def test_an_answer_is_lost_if_the_container_goes_down_before_it():
    assert listens(Image(answers_after=4, exits=10), 5, 6, 7) == [True, False, False]


def test_an_image_listens_on_its_port_alone():
    image = Image(port=8080)
    assert listens(image, 0, port=8080) + listens(image, 0, port=80) == [True, False]


def test_an_image_without_the_environment_that_it_needs_never_listens():
    image = Image(needs_env=("A", "B"))
    assert listens(image, 0, 9, environment={"A": "1"}) == [False, False]
    assert listens(image, 0, environment={"A": "1", "B": ""}) == [True]


# --- what it writes ----------------------------------------------------------------------------------


def test_an_image_writes_its_lines_when_it_starts():
    image = Image(logs=("one", "two"))
    assert logged(image, 0, 100) == [(0, "one"), (0, "two")]
    assert logged(image, 1, 100) == []


def test_every_exit_and_every_start_after_it_is_logged():
    assert logged(Image(logs=("up",), exits=5, exit_code=3), 0, 8) == [
        (0, "up"),
        (5, "exited with code 3"),
        (5, "up"),
    ]


def test_a_missing_environment_variable_is_named_before_the_exit():
    image = Image(needs_env=("HOST", "TOKEN"))
    assert logged(image, 0, 1, ("HOST",)) == [
        (0, "environment variable TOKEN is not set"),
        (0, "exited with code 1"),
    ]


@quick
@given(st.integers(0, 20), st.integers(0, 40), st.integers(0, 40), st.booleans())
def test_what_is_written_does_not_depend_on_how_it_is_read(exits, begin, more, lacks):
    image = Image(logs=("up",), exits=exits, needs_env=("X",) if lacks else ())
    whole = logged(image, 0, begin + more)
    assert whole == logged(image, 0, begin) + logged(image, begin, begin + more)


# --- how it is written down --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (Image(), "Image()"),
        (Image(responds=200, starts_after=0), "Image()"),
        (
            Image(responds={"/health": 200, "/": "hello"}, starts_after=40),
            "Image(responds={'/health': 200, '/': 'hello'}, starts_after=40)",
        ),
        (Image(answers_after=math.inf), "Image(answers_after=math.inf)"),
        (Image(needs_env=["X"]), "Image(needs_env=('X',))"),
        (Image(exits=3, pull="fails", port=80), "Image(exits=3, pull='fails', port=80)"),
    ],
)
def test_an_image_shows_what_is_not_the_default(image, text):
    assert repr(image) == text


def test_images_that_do_the_same_are_equal():
    assert Image(responds={"/": 200}) == Image(responds={"/": 200}) != Image(responds={"/": 201})
    assert hash(Image(responds={"/": 200})) == hash(Image(responds={"/": 200}))


def test_an_image_keeps_what_it_was_given():
    given = {"/": 200}
    image = Image(responds=given)
    given["/"] = 500
    assert answer(image, "/") == Reply(200, b"", 0)


@pytest.mark.parametrize(
    ("member", "values"),
    {
        "responds": [99, 600, True, 200.0, None, (200,), (200, 5), ("a", "b"), {"x": 200}, {"/": 1}],
        "starts_after": [-1, math.nan, "1", None, True],
        "answers_after": [-1, math.nan, "1", None],
        "pull_seconds": [-1, math.nan, "1", None],
        "exits": [-1, math.inf, math.nan, "1", False],
        "exit_code": [-1, 256, 1.0, None, True],
        "pull": ["slow", 5, True],
        "needs_env": ["HOME", (1,), None],
        "logs": ["started", (b"x",), None],
        "port": [0, 65536, "80", 80.0, True],
        "cpu": [-1, 100.5, math.nan, "1", None],
        "memory": [-1, 101, math.inf, None],
    }.items(),
)  # fmt: skip
def test_a_value_that_an_image_cannot_have_is_refused(member, values):
    for value in values:
        with pytest.raises(ConfigurationError, match=rf"^Image: invalid {member}="):
            Image(**{member: value})


@pytest.mark.parametrize("code", [0, 255])
def test_an_image_exits_with_any_code_of_a_process(code):
    messages = [message for _, message in logged(Image(exits=5, exit_code=code), 0, 6)]
    assert messages == [f"exited with code {code}"]


# --- looking it up -----------------------------------------------------------------------------------


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
        (":shop.web.latest", ":shop.web.latest:latest", False),
        ("web@sha256:" + "0" * 64, "web", False),
    ],
)
def test_an_image_is_looked_up_as_it_is_written(images, one, other, same):
    images[one] = Image(responds=503)
    assert one in images
    assert (other in images) is same


def test_an_image_that_nobody_described_is_healthy_at_once(images):
    assert images.find("redis:7") == Image()


def test_images_behave_as_a_mapping(images):
    images.update({"nginx": Image(), "shop:2": Image(responds=503)})
    del images["nginx:latest"]
    assert dict(images) == {"shop:2": Image(responds=503)}
    assert repr(images) == "<Images {'shop:2': Image(responds=503)}>"


def test_an_image_that_is_not_there_is_named_with_those_that_are(images):
    images["shop:2"] = Image()
    for look in (images.__getitem__, images.__delitem__):
        with pytest.raises(
            UnknownResourceError,
            match=r"^no image 'shop:9'; there are: shop:2; did you mean 'shop:2'",
        ):
            look("shop:9")


@pytest.mark.parametrize("value", [None, 200, {"/": 200}, Image])
def test_only_an_image_is_an_image(images, value):
    with pytest.raises(ConfigurationError, match=r"images\['nginx'\]: expected an Image"):
        images["nginx"] = value


@pytest.mark.parametrize("reference", ["", None, 5])
def test_an_image_has_a_reference(images, reference):
    with pytest.raises(ConfigurationError, match="expected the reference of an image"):
        images[reference] = Image()
