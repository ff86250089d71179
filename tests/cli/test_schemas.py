"""``pytest-lightsail schemas write`` writes JSON Schemas to a directory."""

import json

import pytest

from pytest_lightsail import schema
from pytest_lightsail.cli import main
from tests.support.models import NEWEST, ROOT

MODEL = str(ROOT / "tests" / "data" / "botocore-1.44.5" / "service-2.json.gz")
OTHER = str(ROOT / "tests" / "data" / "botocore-1.26.9" / "service-2.json.gz")


@pytest.fixture
def directory(tmp_path, capsys):
    assert main(["schemas", "write", str(tmp_path), "--from", MODEL]) == 0
    capsys.readouterr()
    return tmp_path


def operations(directory):
    return sorted({path.name.partition(".")[0] for path in directory.iterdir()})


def test_write_reports_the_number_of_files_and_the_botocore_release(tmp_path, capsys):
    assert main(["schemas", "write", str(tmp_path), "--from", MODEL]) == 0

    assert capsys.readouterr().out == f"{tmp_path}: wrote 38 files from botocore 1.44.5\n"


def test_write_uses_the_installed_botocore_by_default(tmp_path):
    assert main(["schemas", "write", str(tmp_path)]) == 0

    request = json.loads((tmp_path / "GetContainerServices.request.json").read_text())
    assert request == schema("GetContainerServices", "request")


def test_write_covers_the_container_family_by_default(directory):
    assert "GetContainerServices" in operations(directory)
    assert "GetInstances" not in operations(directory)


def test_write_covers_only_the_given_operations(tmp_path):
    named = ["--operation", "GetInstances", "--operation", "GetDisks", "GetBuckets"]

    assert main(["schemas", "write", str(tmp_path), *named, "--from", MODEL]) == 0
    assert operations(tmp_path) == ["GetBuckets", "GetDisks", "GetInstances"]


def test_write_all_covers_every_operation(tmp_path):
    assert main(["schemas", "write", str(tmp_path), "--all", "--from", MODEL]) == 0

    assert operations(tmp_path) == sorted(NEWEST.operations)


def test_write_refuses_the_all_and_operation_options_together(tmp_path, capsys):
    assert main(["schemas", "write", str(tmp_path), "--all", "--operation", "GetDisks"]) == 2

    assert "pass either --all or --operation, not both" in capsys.readouterr().err


def test_write_refuses_an_unknown_operation(tmp_path, capsys):
    assert main(["schemas", "write", str(tmp_path), "--operation", "GetDisc"]) == 2

    assert "did you mean 'GetDisk'" in capsys.readouterr().err


def test_write_refuses_a_missing_model_file(directory, capsys):
    assert main(["schemas", "write", str(directory), "--from", str(directory / "none.json")]) == 2

    assert "none.json" in capsys.readouterr().err


def test_write_covers_only_operations_that_already_have_schemas(tmp_path):
    named = ["--operation", "GetInstances"]
    assert main(["schemas", "write", str(tmp_path), *named, "--from", OTHER]) == 0

    assert main(["schemas", "write", str(tmp_path), "--from", MODEL]) == 0

    assert operations(tmp_path) == ["GetInstances"]


def test_write_covers_the_container_family_if_no_existing_operation_is_left(tmp_path):
    new = ["--operation", "GetSetupHistory", "--from", MODEL]
    assert main(["schemas", "write", str(tmp_path), *new]) == 0
    assert main(["schemas", "write", str(tmp_path), "--from", OTHER]) == 0

    assert "GetContainerServices" in operations(tmp_path)
    assert "GetSetupHistory" not in operations(tmp_path)


def test_write_does_not_replace_a_file_of_another_program(directory, capsys):
    foreign = next(directory.glob("CreateContainerService*.json"))
    foreign.write_text('{"mine": true}')
    assert main(["schemas", "write", str(directory)]) == 2
    assert "was not written by" in capsys.readouterr().err
    assert foreign.read_text() == '{"mine": true}'


def test_write_refuses_an_empty_path(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["schemas", "write", ""])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert "DIR" in error
    assert "the path is empty" in error
