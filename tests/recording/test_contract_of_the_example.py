"""The contract of the release tool is as its tests record it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import pytest_lightsail.recording.contract  # noqa: F401 - pytester forgets what a run imports first
from pytest_lightsail.model.service import load, release

EXAMPLE = Path(__file__).parents[2] / "examples" / "release"
CONTRACT = EXAMPLE / "contracts" / "lightsail.json"
OF_THE_MODEL = {"botocore", "type", "enum", "pattern", "known_errors"}


def uses(value: Any) -> Any:
    """A contract without what the model says, which other releases of botocore may say otherwise."""
    if isinstance(value, dict):
        return {key: uses(one) for key, one in value.items() if key not in OF_THE_MODEL}
    return value


def test_the_committed_contract_is_what_the_tests_record(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("boto3")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio -p no:randomly -p no:cacheprovider")
    shutil.copytree(EXAMPLE, pytester.path / "release")
    result = pytester.runpytest_inprocess(
        "release/tests/test_release.py", "--lightsail-contract=recorded.json"
    )
    assert result.ret == 0
    written = (pytester.path / "recorded.json").read_bytes()
    assert uses(json.loads(written)) == uses(json.loads(CONTRACT.read_bytes())), (
        "record it anew, as examples/release/README.md says"
    )
    if json.loads(CONTRACT.read_bytes())["botocore"] == release(load()):
        assert written == CONTRACT.read_bytes()
