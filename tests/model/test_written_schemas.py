"""``schemas write`` writes a directory of schemas."""

import json

import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model.schema import schema, schema_files, write_schemas
from pytest_lightsail.simulator.operations import CONTAINER_OPERATIONS
from tests.support.models import NEWEST, ROOT

OPERATION = "GetContainerServices"
COMMITTED = ROOT / "schemas"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_committed_schemas_match_the_newest_model(tmp_path):
    write_schemas(tmp_path, NEWEST, CONTAINER_OPERATIONS)

    assert {path.name for path in schema_files(COMMITTED)} == set(names(tmp_path))
    for path in schema_files(COMMITTED):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_an_operation_gets_a_request_file_and_a_response_file(tmp_path):
    write_schemas(tmp_path, NEWEST, [OPERATION])

    assert names(tmp_path) == [f"{OPERATION}.request.json", f"{OPERATION}.response.json"]


def test_a_file_contains_the_result_of_the_schema_function(tmp_path):
    write_schemas(tmp_path, NEWEST, [OPERATION])

    written = json.loads((tmp_path / f"{OPERATION}.response.json").read_text())
    assert written == schema(OPERATION, "response", model=NEWEST)


def test_the_same_bytes_are_written_each_time(tmp_path):
    write_schemas(tmp_path / "once", NEWEST, [OPERATION])
    write_schemas(tmp_path / "twice", NEWEST, [OPERATION])

    for name in names(tmp_path / "once"):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes()


def test_schemas_of_an_earlier_write_are_removed(tmp_path):
    write_schemas(tmp_path, NEWEST, [OPERATION, "TagResource"])
    write_schemas(tmp_path, NEWEST, [OPERATION])

    assert "TagResource.request.json" not in names(tmp_path)


def test_other_files_are_not_removed(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    write_schemas(tmp_path, NEWEST, [OPERATION])

    assert (tmp_path / "README.md").read_text() == "mine"


def test_nothing_is_written_if_an_operation_is_unknown(tmp_path):
    with pytest.raises(ConfigurationError):
        write_schemas(tmp_path / "new", NEWEST, [OPERATION, "Fly"])

    assert not (tmp_path / "new").exists()


def test_a_file_that_the_package_did_not_write_is_not_replaced(tmp_path):
    (tmp_path / f"{OPERATION}.response.json").write_text('{"mine": 1}')

    with pytest.raises(ConfigurationError, match="was not written by"):
        write_schemas(tmp_path, NEWEST, [OPERATION])
    assert names(tmp_path) == [f"{OPERATION}.response.json"]


def test_a_path_to_a_file_instead_of_a_directory_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="file is a file, not a directory"):
        write_schemas(tmp_path / "file", NEWEST, [OPERATION])
