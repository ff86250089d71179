"""How long events take, and which moves are impossible."""

from __future__ import annotations

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.lifecycle import SERVICE_EDGES, TIMELINES, take


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


def test_an_impossible_move_is_told_with_the_moves_of_its_own_state_only() -> None:
    with pytest.raises(ConfigurationError) as refused:
        take(SERVICE_EDGES, "DELETING", "deploy")
    assert str(refused.value) == "'deploy' is not possible in state DELETING (possible: deleted)"
