"""Editors suggest the same values for an argument as the tables contain."""

from typing import get_args

from pytest_lightsail.model import lifecycle
from pytest_lightsail.simulator.history import Operation
from pytest_lightsail.simulator.operations import OPERATIONS


def test_literal_types_list_the_values_of_the_tables() -> None:
    states = {state for edge in lifecycle.SERVICE_EDGES for state in (edge.state, edge.target)}
    assert set(get_args(lifecycle.State)) == states
    assert get_args(lifecycle.Detail) == tuple(lifecycle.STATE_DETAILS)
    assert get_args(lifecycle.StuckDetail) == lifecycle.STUCK
    assert get_args(lifecycle.PaceName) == tuple(lifecycle.PACES)
    assert set(get_args(Operation)) == OPERATIONS.keys()
