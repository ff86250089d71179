"""Damaged or unrelated files, read as contracts and scenarios."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_lightsail import ConfigurationError
from pytest_lightsail.model import service
from pytest_lightsail.recording.contract import from_document, to_document
from pytest_lightsail.simulator.scenario import read_scenario, scenario_from_json
from tests.hostile.command import run
from tests.hostile.originals import CONTRACT, NEWEST, SCENARIO
from tests.support.mutations import damaged
from tests.support.profiles import examples

quickly = settings(
    examples(20),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check_contract(path: Path) -> int:
    return run("contract", "check", path, "--against", NEWEST)


def code(read: Callable[[Path], object], path: Path, *refusals: type[Exception]) -> int:
    """Return the exit code of a command that reads the file, and check that an error names the file."""
    try:
        read(path)
    except refusals as error:
        message = str(error)
    else:
        return 0
    assert str(path) in message
    return 2


def read_script(path: Path) -> int:
    return code(read_scenario, path, ConfigurationError)


# --- any file, read as a contract or a scenario --------------------------------------------------

Reader = Callable[[Path], int]


READERS = [check_contract, read_script]
readers = pytest.mark.parametrize("read", READERS)


@readers
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b"null",
        b"[" * 200_000,
        b"[" * 60 + b"]" * 60,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"1" + b"0" * 5000,
        b"[1" + b"0" * 5000 + b"]",
        b"NaN",
        b"\x00" * 1000,
    ],
    ids=lambda content: f"{content[:6]!r}-{len(content)}",
)
def test_a_file_with_unrelated_content_is_refused(read: Reader, tmp_path: Path, content: bytes):
    (tmp_path / "file").write_bytes(content)
    assert read(tmp_path / "file") == 2


@readers
def test_a_pipe_is_refused_without_waiting(read: Reader, tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    assert read(tmp_path / "pipe") == 2


@readers
def test_a_directory_or_a_cycle_of_links_is_refused(read: Reader, tmp_path: Path):
    (tmp_path / "one").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "one")
    assert read(tmp_path) == 2
    assert read(tmp_path / "one") == 2


@readers
def test_a_file_that_is_too_large_is_refused(read: Reader, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(service, "LARGEST", 2**20)
    (tmp_path / "file").write_bytes(b'{"a": "' + b"a" * 2**20 + b'"}')
    assert read(tmp_path / "file") == 2


@readers
@quickly
@given(content=st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(read: Reader, tmp_path: Path, content: bytes):
    (tmp_path / "file").write_bytes(content)
    assert read(tmp_path / "file") in {0, 1, 2}


# --- damaged contracts and scenarios -------------------------------------------------------------


def test_the_undamaged_documents_are_accepted(tmp_path: Path):
    for read, document in (
        (check_contract, CONTRACT),
        (read_script, SCENARIO),
    ):
        (tmp_path / "file").write_text(json.dumps(document))
        assert read(tmp_path / "file") == 0


@quickly
@given(document=damaged(CONTRACT))
def test_a_damaged_contract_is_checked_or_refused(tmp_path, document):
    path = tmp_path / "contract.json"
    path.write_text(json.dumps(document))
    assert check_contract(path) in {0, 2}
    assert run("contract", "check", path, "--against", NEWEST, "--format", "json") in {0, 2}


@quickly
@given(document=damaged(SCENARIO))
def test_a_damaged_scenario_is_read_or_refused(tmp_path, document):
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(document))
    if read_script(path) == 0:
        scenario = scenario_from_json(json.loads(path.read_text()))
        assert repr(scenario)
        assert hash(scenario) == hash(read_scenario(path))


def test_the_contract_in_these_tests_is_as_the_package_writes_it(tmp_path):
    ours = to_document(from_document(CONTRACT))
    assert ours == {"generator": "pytest-lightsail", **CONTRACT}
