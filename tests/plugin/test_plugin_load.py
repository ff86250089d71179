"""Loading the plugin, as every run of pytest does, imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    *("botocore", "boto3", "hypothesis", "jsonschema", "responses", "requests"),
    *("pytest_lightsail.recording", "pytest_lightsail.simulation", "pytest_lightsail.reporting"),
)


def loaded(code: str, folder: Path) -> set[str]:
    """Run ``code`` in a new interpreter, and return the heavy packages that it imports."""
    show = (
        f"{code}\nimport sys\nprint('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
    )
    output = subprocess.run(  # noqa: S603
        [sys.executable, "-c", show], cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    return set(output.rpartition("loaded:")[2].split())


def test_importing_the_plugin_imports_nothing_heavy(tmp_path: Path) -> None:
    assert loaded("import pytest_lightsail.plugin", tmp_path) == set()


def test_collecting_an_empty_file_imports_nothing_heavy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_lightsail.plugin")  # no other plugins
    (tmp_path / "test_empty.py").touch()
    flags = ["--collect-only", "-q", "-p", "no:cacheprovider"]
    assert loaded(f"import pytest\npytest.main({flags})", tmp_path) == set()


def test_every_public_name_can_be_imported(tmp_path: Path) -> None:
    every = "[getattr(p, name) for name in p.__all__]"
    code = f"import pytest_lightsail as p\n{every}\nassert dir(p) == p.__all__"
    assert "botocore" in loaded(code, tmp_path)


def test_a_run_loads_only_what_its_tests_need(pytester: pytest.Pytester) -> None:
    # In a new process, because the plugin has been used in this one.
    pytester.makepyfile(
        """
        import sys, time, warnings
        from unittest import mock

        import pytest

        def loaded(*names):
            return [name for name in names if name in sys.modules]

        def test_without_an_account():
            print("output")
            warnings.warn("a warning")
            assert not loaded("botocore", "requests")

        def test_masking_is_not_loaded():
            assert not loaded("pytest_lightsail.reporting", "pytest_lightsail.contract")

        @pytest.fixture(scope="class")
        def no_sleep():
            with mock.patch("time.sleep") as sleep, mock.patch("time.monotonic", lambda: 7.0):
                yield sleep

        class TestWithItsOwnClock:
            def test_the_mocks_stay(self, no_sleep, lightsail):
                time.sleep(3)
                assert no_sleep.called
                assert time.monotonic() == 7.0

        def test_later_tests_have_virtual_time(lightsail):
            before = time.monotonic()
            time.sleep(3)
            assert time.monotonic() == before + 3

        def test_strategies_are_loaded_by_tests_that_name_them(lightsail):
            assert not loaded("pytest_lightsail.strategies")
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=5, warnings=1)
