"""Runs of pytest inside these tests load our plugin and no other that would change or warn of things."""

from __future__ import annotations

import pytest

# pytester forgets what a run in this process imports first.
# Hypothesis does not bear that, and it takes time.
import pytest_lightsail.verification.state_machine  # noqa: F401


@pytest.fixture(autouse=True)
def _only_our_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    del pytester  # it clears the variable, so it has to come first
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly")
