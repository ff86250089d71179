"""A fixture that runs pages of the documentation as a reader would in a terminal."""

from __future__ import annotations

import pytest

from tests.support.page_runner import Runner


@pytest.fixture
def runner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Return a runner for sections of pages, in a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    # pytest prints longer summaries if one of these variables is set.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    return Runner(pytester)
