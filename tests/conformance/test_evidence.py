"""The simulated account responds as the real service was observed to respond."""

import pytest

from pytest_lightsail.conformance.transcript import read, replay
from tests.support.models import ROOT

EVIDENCE = sorted((ROOT / "tests" / "evidence").glob("*.json"))


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.stem)
def test_the_account_responds_as_observed(path):
    assert replay(read(path)) == []
