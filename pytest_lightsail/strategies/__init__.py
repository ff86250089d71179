"""Hypothesis strategies for valid values, and for invalid values that each break one rule.

>>> from hypothesis import given
>>> from pytest_lightsail import strategies
>>> @given(strategies.service_names(max_size=20))
... def test_accepts_any_name(name):
...     assert len(name) <= 20
"""

from . import values
from .corners import Corner, Corners, corners
from .scenarios import scenarios
from .values import *  # noqa: F403

__all__ = ["Corner", "Corners", "corners", "scenarios"]
__all__ += values.__all__
