"""The depth and size of external documents are limited, and values in messages are shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_lightsail.exceptions import shown
from pytest_lightsail.model.service import (
    DEEPEST,
    LARGEST,
    is_deeper_than,
    read_json,
    read_json_file,
)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_is_read_up_to_the_maximum_depth(opening: str, closing: str) -> None:
    def nested(levels: int) -> bytes:
        return (opening * (levels - 1) + "{}" + closing * (levels - 1)).encode()

    assert read_json(nested(DEEPEST))
    with pytest.raises(ValueError, match=f"more than {DEEPEST} levels deep"):
        read_json(nested(DEEPEST + 1))


@pytest.mark.parametrize("value", [1, "text", None])
def test_a_scalar_has_no_levels_of_nesting(value: object) -> None:
    assert not is_deeper_than(0, value)
    assert is_deeper_than(0, [value])


def test_a_file_is_read_up_to_the_maximum_size(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b"1".ljust(LARGEST))
    assert read_json_file(path) == 1
    path.write_bytes(b"1".ljust(LARGEST + 1))
    with pytest.raises(ValueError, match=f"larger than {LARGEST} bytes"):
        read_json_file(path)


def test_a_value_is_shown_as_its_repr() -> None:
    assert shown("60") == "'60'"
    assert shown([1, None]) == "[1, None]"


def test_a_long_value_is_cut_after_200_characters() -> None:
    assert shown(10**199) == f"1{'0' * 199}"
    assert shown(10**200) == f"1{'0' * 199}…"


def test_a_value_whose_repr_fails_is_shown_as_its_type() -> None:
    nested: list[object] = []
    for _ in range(200_000):
        nested = [nested]
    assert shown(nested) == "this list"
    assert len(shown(10**10_000)) <= 201
