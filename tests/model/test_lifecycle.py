"""How long events take, and which transitions are invalid."""

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
def test_the_stages_of_an_event_last_as_documented(event: str, seconds: list[int]) -> None:
    assert [stage.seconds for stage in TIMELINES[event]] == seconds


def test_the_error_for_an_invalid_transition_lists_the_edges_of_the_state() -> None:
    with pytest.raises(ConfigurationError) as refused:
        take(SERVICE_EDGES, "DELETING", "deploy")
    assert str(refused.value) == "'deploy' is not possible in state DELETING (possible: deleted)"
