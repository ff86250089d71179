"""A change to an answer is one change, to a place, by what JSON can hold."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.changes import Edit, edited
from tests.support.models import INSTALLED

STATE = "containerServices[].state"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({}, "one of becomes"),
        ({"at": STATE, "becomes": "X", "lacks": "state"}, "one of becomes"),
        ({"becomes": "X"}, "becomes=… also needs at"),
        ({"at": 5, "becomes": "X"}, "at=… must be a string, not 5"),
        ({"at": None, "gains": {"a": 1}}, "at=… must be a string, not None"),
        ({"gains": [1]}, "gains=… must be a dict of members"),
        ({"gains": {1: "a"}}, "gains=… must be a dict of members"),
        ({"lacks": ["a"]}, "lacks=… must be a name"),
    ],
)
def test_what_is_not_one_change_to_one_place_is_refused(edit: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Edit(**edit)


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [51, 900, 100_000])
def test_what_is_nested_deeper_than_any_answer_is_refused(levels: int) -> None:
    edit = Edit("containerServices", becomes=nested(levels))
    with pytest.raises(ConfigurationError, match="can only hold JSON"):
        edit.check(INSTALLED, "GetContainerServices")


def test_every_element_of_a_list_is_changed() -> None:
    services = {"containerServices": [{"state": "READY"}, {"state": "RUNNING"}]}
    changed = edited(services, Edit(STATE, becomes="ASLEEP"))
    assert changed == {"containerServices": [{"state": "ASLEEP"}, {"state": "ASLEEP"}]}
    assert services["containerServices"][0] == {"state": "READY"}


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit(STATE, becomes="ASLEEP"), f"{STATE} becomes 'ASLEEP'"),
        (Edit(gains={"mood": "good", "age": 3}), "the response gains mood, age"),
        (Edit("containerServices[]", lacks="url"), "containerServices[] lacks url"),
        (Edit(STATE, becomes="x" * 58), f"{STATE} becomes '{'x' * 58}'"),
        (Edit(STATE, becomes="x" * 59), f"{STATE} becomes '{'x' * 59}…"),
    ],
)
def test_a_change_is_told_in_a_few_words(edit: Edit, words: str) -> None:
    assert str(edit) == words
