"""Patterns that ``guided`` has found: what Python does not take is undecided, what is decided is right."""

from __future__ import annotations

import re

import pytest

from pytest_lightsail.model.patterns import Accepted, compare
from pytest_lightsail.model.regex import Undecidable
from pytest_lightsail.model.regex_parser import parse_pattern


@pytest.mark.parametrize("times", ["4294967295", "1,69999999999999993", "4294967295,"])
def test_a_quantifier_that_counts_too_far_is_none(times):
    pattern = f"a{{{times}}}"
    with pytest.raises((OverflowError, re.error)):
        re.compile(pattern)
    with pytest.raises(Undecidable, match="counts too far"):
        parse_pattern(pattern)
    assert compare(Accepted("b"), Accepted(pattern)).undecided is not None
