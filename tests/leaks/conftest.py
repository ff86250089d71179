"""Runs of pytest inside these tests load our plugin and no other that would change or warn of things."""

from __future__ import annotations

import pytest

PLUGINS = ("asyncio", "cacheprovider", "randomly", "rerunfailures", "timeout")


@pytest.fixture(autouse=True)
def _only_our_plugin(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester")  # it clears the variable, so it has to come first
        monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in PLUGINS))
