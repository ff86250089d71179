"""Common to the tests and the examples."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session", autouse=True)
def _processes_share_what_they_compile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let processes that tests start compile each module once, where nothing is to be written beside it.

    Each run of pytest would otherwise rewrite all of Hypothesis, for a second.
    """
    with pytest.MonkeyPatch.context() as environment:
        if sys.dont_write_bytecode:
            base = tmp_path_factory.getbasetemp()
            shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
            environment.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
            environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield
