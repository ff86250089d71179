"""The simulated account behaves as was observed of the real service."""

import pytest

from pytest_lightsail.conformance.transcript import read, replay
from tests.support.models import ROOT

EVIDENCE = sorted((ROOT / "tests" / "evidence").glob("*.json"))


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.stem)
def test_the_account_answers_as_was_observed(path):
    assert replay(read(path)) == []
