"""A part of a document that is not what it should be is told with its place and what stands there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from pytest_lightsail.exceptions import ModelSourceError
from pytest_lightsail.model.part import _WIDEST, Part


def told(read: Callable[[Part], object], value: Any) -> str:
    with pytest.raises(ModelSourceError) as refused:
        read(Part({"here": value}, "shapes.Tag", "a test"))
    return str(refused.value)


@pytest.mark.parametrize(
    ("read", "value", "wanted"),
    [
        (lambda part: part.part("here"), [], "an object, not []"),
        (lambda part: list(part.listed("here")), {}, "a list, not {}"),
        (lambda part: part.texts("here"), ["a", 1], "a list of strings, not ['a', 1]"),
        (lambda part: part.text("here"), None, "a string, not None"),
        (lambda part: part.maybe_text("here"), 1, "a string, not 1"),
        (lambda part: part.maybe_number("here"), True, "a finite number, not True"),
        (lambda part: part.maybe_number("here"), "1", "a finite number, not '1'"),
        (lambda part: part.maybe_number("here"), math.inf, "a finite number, not inf"),
        (lambda part: part.maybe_number("here"), 2**64, f"64 bits, not {2**64}"),
        (lambda part: part.flag("here"), 1, "true or false, not 1"),
    ],
)
def test_what_is_read_as_something_else_is_refused(read, value, wanted):
    said = told(read, value)
    assert said.startswith("a test is not a service model: shapes.Tag.here is ")
    assert said.endswith(wanted)


def test_an_element_of_a_list_has_its_number():
    assert "shapes.Tag.here[1] is an object" in told(
        lambda part: list(part.listed("here")), [{}, 0]
    )


def test_what_is_absent_is_empty_or_none():
    part = Part({}, "", "a test")
    assert list(part.parts("here")) == list(part.listed("here")) == []
    assert part.texts("here") == ()
    assert part.maybe_text("here") is part.maybe_number("here") is None
    assert part.flag("here") is False


@pytest.mark.parametrize("size", [0, 1, _WIDEST - 3, _WIDEST - 2])
def test_what_is_short_is_shown_whole(size):
    assert told(lambda part: part.part("here"), "x" * size).endswith(f"not '{'x' * size}'")


def test_of_what_is_long_the_beginning_is_shown():
    said = told(lambda part: part.part("here"), "x" * _WIDEST)
    assert said.endswith(f"not '{'x' * (_WIDEST - 1)}…")


def test_a_number_of_64_bits_is_read():
    assert Part({"here": 2**64 - 1}, "", "a test").maybe_number("here") == 2**64 - 1
