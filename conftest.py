"""Fixtures and hooks for the tests and the examples."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import hypothesis.entry_points  # noqa: F401 - imported before gc.freeze()
import pytest
from hypothesis import settings

from tests.support.stand_in import stand_in_for_aws

pytest_plugins = ["pytester"]

PLUGINS = ("pytest_lightsail.plugin", "_hypothesis_pytestplugin", "xdist.plugin")

_ESCAPED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Send calls that would reach AWS to a local server, and set credentials for them."""
    undo = ExitStack()
    config.add_cleanup(undo.close)
    url, config.stash[_ESCAPED] = undo.enter_context(stand_in_for_aws())
    environment = undo.enter_context(pytest.MonkeyPatch.context())
    environment.setenv("AWS_ENDPOINT_URL", url)
    environment.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.fixture(autouse=True)
def _nothing_reaches_aws(pytestconfig: pytest.Config) -> Iterator[None]:
    yield
    if escaped := pytestconfig.stash[_ESCAPED]:
        pytest.fail(f"these calls would have reached AWS: {', '.join(escaped)}")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Disable garbage collection while tests are collected, and exempt the collected objects from it.

    This saves a third of the time for collecting tests and a tenth of the time for running them.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _pytest_starts_fast_inside_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Load only a few plugins when a test runs pytest, and keep the bytecode of all modules.

    Loading all installed plugins would take longer than most of these runs. A test names the other
    plugins that it needs with ``-p``. Without bytecode, each process would compile Hypothesis again.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        environment.setenv("PYTEST_PLUGINS", ",".join(PLUGINS))
        if sys.dont_write_bytecode:
            base = tmp_path_factory.getbasetemp()
            shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
            environment.setenv("PYTHONPYCACHEPREFIX", str(shared / "bytecode"))
            environment.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        yield


@pytest.fixture
def pytester(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.Pytester]:
    """Restore the Hypothesis profile after a test that runs pytest."""
    # Before pytest 9.2, the inner run warns about modules that the outer run has imported.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-W ignore::pytest.PytestAssertRewriteWarning")
    profile = str(settings._current_profile)  # the oldest release has no public function
    yield pytester
    settings.load_profile(profile)
