"""Common to the tests and the examples."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import hypothesis.entry_points  # noqa: F401 - plugins of it must not be met by it among what is frozen
import pytest
from hypothesis import settings

from tests.support.stand_in import stand_in_for_aws

pytest_plugins = ["pytester"]

PLUGINS = ("pytest_lightsail.plugin", "_hypothesis_pytestplugin", "xdist.plugin")

_ESCAPED = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Let a server of this machine stand for AWS, with credentials that would be good for AWS."""
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
        pytest.fail(f"calls left for AWS: {', '.join(escaped)}")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage neither during collection nor, later, among what it has made, which stays.

    That would be a third of the time of collection, and a tenth of that of the tests; so would looking as
    often as Python does by itself.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _runs_inside_of_tests_start_fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let runs of pytest inside of tests load few plugins, and processes compile each module once.

    To load every plugin that is installed takes most of the time of a small run: a test names with ``-p``
    those it needs beside ours, Hypothesis's, and the one for workers. Where nothing is to be written
    beside modules, each process would otherwise rewrite all of Hypothesis, for a second.
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
    """Let no run inside of a test choose the profile of later tests."""
    # Releases of pytest before 9.2 warn that the inner run imports what the outer one has imported.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-W ignore::pytest.PytestAssertRewriteWarning")
    profile = str(settings._current_profile)  # its function is newer than the oldest release
    yield pytester
    settings.load_profile(profile)
