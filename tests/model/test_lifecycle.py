"""How long events take, and how stages are created and refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.lifecycle import SERVICE_EDGES, TIMELINES, Stage, take
from pytest_lightsail.options import LONGEST


@pytest.mark.parametrize(
    ("event", "seconds"),
    [
        ("create", [40]),
        ("deploy", [2, 28, 30, 30, 60, 60, 30, 60]),
        ("update", [2, 28, 120]),
        ("disable", [30]),
        ("enable", [30]),
        ("delete", [5]),
    ],
)
def test_an_event_takes_the_time_that_the_documentation_names(
    event: str, seconds: list[int]
) -> None:
    assert [stage.seconds for stage in TIMELINES[event]] == seconds


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        (Stage("PENDING"), "Stage('PENDING', seconds=0)"),
        (Stage("PENDING", seconds=40.0), "Stage('PENDING', seconds=40)"),
        (Stage("PENDING", seconds=0.1), "Stage('PENDING', seconds=0.1)"),
        (Stage("PENDING", seconds=1234567.25), "Stage('PENDING', seconds=1234567.25)"),
        (Stage("PENDING", seconds=math.inf), "Stage('PENDING', seconds=math.inf)"),
        (
            Stage("DEPLOYING", "CREATING_DEPLOYMENT", polls=1),
            "Stage('DEPLOYING', 'CREATING_DEPLOYMENT', polls=1)",
        ),
    ],
)
def test_a_stage_is_written_as_the_line_that_makes_it(stage: Stage, line: str) -> None:
    assert repr(stage) == line
    assert eval(line, {"Stage": Stage, "math": math}) == stage  # noqa: S307 - our own line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"state": "ABSENT"}, "unknown state 'ABSENT'"),
        ({"detail": "HEALTH"}, "unknown stateDetail code 'HEALTH'"),
        ({"seconds": -0.5}, "0 or more seconds, not -0.5"),
        ({"seconds": True}, "0 or more seconds, not True"),
        ({"seconds": LONGEST + 1}, "0 or more seconds"),
        ({"polls": 0}, "1 or more polls, not 0"),
        ({"polls": 1.0}, "1 or more polls, not 1.0"),
        ({"polls": 1, "seconds": 1}, "pass only one"),
    ],
)
def test_a_stage_that_cannot_be_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Stage(**{"state": "PENDING", **arguments})


def test_a_stage_lasts_as_long_as_virtual_time_goes_or_for_ever() -> None:
    assert Stage("PENDING", seconds=LONGEST).seconds == LONGEST
    assert Stage("PENDING", seconds=math.inf).seconds == math.inf


def test_an_impossible_move_is_told_with_the_moves_of_its_own_state_only() -> None:
    with pytest.raises(ConfigurationError) as refused:
        take(SERVICE_EDGES, "DELETING", "deploy")
    assert str(refused.value) == "'deploy' is impossible in state DELETING; possible: deleted"
