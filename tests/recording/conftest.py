"""Runs of pytest inside these tests load our plugin, and pytest-xdist where it is asked for."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _only_our_plugin(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    del pytester  # it clears the variable, so it has to come first
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly")
