"""How long a comparison goes on before it gives up."""

from __future__ import annotations

import pytest

from pytest_lightsail import ConfigurationError
from pytest_lightsail.model import effort
from pytest_lightsail.model.bounds import DEEPEST


def test_as_many_steps_as_there_may_be_are_taken(monkeypatch):
    monkeypatch.setattr(effort, "MOST_STEPS", 3)
    effort_of_all = effort.Effort()
    for _ in range(3):
        effort_of_all.step(0)
    with pytest.raises(ConfigurationError, match="too many places"):
        effort_of_all.step(0)


def test_a_step_leads_as_deep_as_a_document_can_be():
    effort.Effort().step(DEEPEST)
    with pytest.raises(ConfigurationError, match=f"more than {DEEPEST} levels deep"):
        effort.Effort().step(DEEPEST + 1)
