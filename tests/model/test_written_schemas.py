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


def test_the_committed_schemas_are_those_of_the_container_family_in_the_newest_model(tmp_path):
    write_schemas(tmp_path, NEWEST, CONTAINER_OPERATIONS)

    assert {path.name for path in schema_files(COMMITTED)} == set(names(tmp_path))
    for path in schema_files(COMMITTED):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_an_operation_has_its_request_and_its_response(tmp_path):
    write_schemas(tmp_path, NEWEST, [OPERATION])

    assert names(tmp_path) == [f"{OPERATION}.request.json", f"{OPERATION}.response.json"]


def test_a_file_holds_the_document_as_the_schema_function_gives_it(tmp_path):
    write_schemas(tmp_path, NEWEST, [OPERATION])

    written = json.loads((tmp_path / f"{OPERATION}.response.json").read_text())
    assert written == schema(OPERATION, "response", model=NEWEST)


def test_the_same_bytes_are_written_each_time(tmp_path):
    write_schemas(tmp_path / "once", NEWEST, [OPERATION])
    write_schemas(tmp_path / "twice", NEWEST, [OPERATION])

    for name in names(tmp_path / "once"):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "twice" / name).read_bytes()


def test_documents_of_an_earlier_write_are_taken_away(tmp_path):
    write_schemas(tmp_path, NEWEST, [OPERATION, "TagResource"])
    write_schemas(tmp_path, NEWEST, [OPERATION])

    assert "TagResource.request.json" not in names(tmp_path)


def test_files_that_are_not_its_own_are_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    write_schemas(tmp_path, NEWEST, [OPERATION])

    assert (tmp_path / "README.md").read_text() == "mine"


def test_an_unknown_operation_leaves_the_directory_as_it_was(tmp_path):
    with pytest.raises(ConfigurationError):
        write_schemas(tmp_path / "new", NEWEST, [OPERATION, "Fly"])

    assert not (tmp_path / "new").exists()


def test_a_directory_with_a_file_of_that_name_is_left_alone(tmp_path):
    (tmp_path / f"{OPERATION}.response.json").write_text('{"mine": 1}')

    with pytest.raises(ConfigurationError, match="was not written by"):
        write_schemas(tmp_path, NEWEST, [OPERATION])
    assert names(tmp_path) == [f"{OPERATION}.response.json"]


def test_a_directory_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="file is a file, not a directory"):
        write_schemas(tmp_path / "file", NEWEST, [OPERATION])
