"""Written schemas are compared with those of a model, and files that differ are named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_lightsail.contract.published import differences, write
from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from tests.support.models import CHANGELOG, NEWEST, ROOT

OPERATION = "CreateContainerService"
REQUEST = f"{OPERATION}.request.json"


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, NEWEST, [OPERATION, "GetContainerServices"])
    return tmp_path


def test_the_committed_schemas_are_those_of_the_newest_model():
    assert differences(ROOT / "schemas", NEWEST) == []


def test_the_committed_schemas_are_of_the_container_family():
    operations = {path.name.partition(".")[0] for path in (ROOT / "schemas").glob("*.json")}

    assert operations == set(CONTAINER_OPERATIONS)
    assert operations > {name for name in NEWEST.operations if "Container" in name}


def test_freshly_written_schemas_have_no_differences(folder):
    assert differences(folder, NEWEST) == []


@pytest.mark.parametrize("change", [lambda text: f"{text} ", lambda text: text.replace("20", "19")])
def test_a_file_with_other_bytes_is_different(folder, change):
    (folder / REQUEST).write_text(change((folder / REQUEST).read_text()))

    assert differences(folder, NEWEST) == [f"{REQUEST}: different"]


def test_a_file_that_is_gone_is_missing(folder):
    (folder / REQUEST).unlink()

    assert differences(folder, NEWEST) == [f"{REQUEST}: missing"]


def test_the_schemas_of_an_operation_that_the_model_lacks_are_unexpected(folder):
    operations = {name: one for name, one in NEWEST.operations.items() if name != OPERATION}

    found = differences(folder, replace(NEWEST, operations=operations))
    assert [line.partition(",")[0] for line in found] == [
        f"{OPERATION}.request.json: unexpected",
        f"{OPERATION}.response.json: unexpected",
        f"{OPERATION}.response.strict.json: unexpected",
    ]


def test_another_release_with_another_contract_is_different(folder):
    found = differences(folder, CHANGELOG)

    assert f"{OPERATION}.response.json: different" in found


def test_other_files_may_lie_beside_the_schemas(folder):
    for name in ("lightsail.json", "notes.old.json", "README.md"):
        (folder / name).write_text("{}")

    assert differences(folder, NEWEST) == []


@pytest.mark.parametrize("folder", [ROOT / "tests", ROOT / "nowhere"])
def test_a_folder_without_schemas_cannot_be_checked(folder):
    with pytest.raises(ConfigurationError, match="schemas write"):
        differences(folder, NEWEST)
