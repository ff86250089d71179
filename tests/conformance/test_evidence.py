"""What has been observed of the real service is what the simulated account does."""

import pytest

from pytest_lightsail.conformance.transcript import read, replay
from tests.support.models import ROOT

EVIDENCE = sorted((ROOT / "tests" / "evidence").glob("*.json"))


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.stem)
def test_the_account_answers_as_was_observed(path):
    assert replay(read(path)) == []
