"""Pages are run as if a reader sat in front of a terminal."""

from __future__ import annotations

import pytest

from tests.support.page_runner import Runner


@pytest.fixture
def runner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Runs sections of pages, with a terminal as wide as everybody's."""
    monkeypatch.setenv("COLUMNS", "80")
    # pytest shows more where it thinks that nobody sits in front of it.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    return Runner(pytester)
