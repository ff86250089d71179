"""Service models are read from the installed botocore, files and wheels."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import botocore
import pytest

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model import service
from pytest_lightsail.model.service import ServiceModel, load, parse

DATA = Path(__file__).parents[1] / "data" / "botocore-1.26.9" / "service-2.json.gz"
MODEL = gzip.decompress(DATA.read_bytes())
IN_PACKAGE = "botocore/data/lightsail/2016-11-28/service-2.json"


def wheel(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def version_of_api(version: str) -> bytes:
    document = json.loads(MODEL)
    document["metadata"]["apiVersion"] = version
    return json.dumps(document).encode()


def is_lightsail(model: ServiceModel) -> bool:
    return model.shapes["ContainerServiceScale"].maximum == 20


# --- what is read --------------------------------------------------------------------------------


def test_reads_the_installed_botocore():
    assert is_lightsail(load("installed"))
    assert load("installed").label == f"botocore {botocore.__version__}"


def test_reads_a_service_model_file(tmp_path):
    file = tmp_path / "service-2.json"
    file.write_bytes(MODEL)
    assert is_lightsail(load(file))


def test_reads_a_gzipped_service_model_file():
    assert is_lightsail(load(DATA))


def test_reads_a_wheel(tmp_path):
    model = load(wheel(tmp_path / "botocore-1.26.9-py3-none-any.whl", **{IN_PACKAGE: MODEL}))
    assert is_lightsail(model)
    assert model.label == "botocore 1.26.9"


def test_reads_the_gzipped_model_of_a_newer_wheel(tmp_path):
    packed = {f"{IN_PACKAGE}.gz": gzip.compress(MODEL)}
    assert is_lightsail(load(wheel(tmp_path / "botocore-1.44.5-py3-none-any.whl", **packed)))


def test_the_newest_api_version_of_an_archive_wins(tmp_path):
    name = "botocore-9.9.9-py3-none-any.whl"
    members = {
        f"botocore/data/lightsail/{version}/service-2.json": version_of_api(version)
        for version in ("2016-11-28", "2031-01-01", "2020-02-02")
    }
    assert load(wheel(tmp_path / name, **members)).metadata["apiVersion"] == "2031-01-01"


def test_of_two_models_of_one_api_version_the_one_nearer_to_the_top_wins(tmp_path):
    name = "botocore-9.9.9-py3-none-any.whl"
    members = {f"botocore/vendored/{IN_PACKAGE}": b"{}", IN_PACKAGE: MODEL}
    assert is_lightsail(load(wheel(tmp_path / name, **members)))


def test_gives_the_same_model_for_the_same_source():
    assert load(DATA) is load(str(DATA))


# --- labels --------------------------------------------------------------------------------------


def test_a_file_is_labelled_by_the_release_that_its_folder_names():
    assert load(DATA).label == "botocore 1.26.9"


def test_a_wheel_that_was_renamed_is_labelled_by_its_path(tmp_path):
    path = wheel(tmp_path / "new.whl", **{IN_PACKAGE: MODEL})
    assert load(path).label == str(path)


def test_the_innermost_folder_that_names_a_release_labels_a_file(tmp_path):
    folder = tmp_path / "since-botocore-1.26.8" / "botocore-1.26.9"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_bytes(MODEL)
    assert load(folder / "service-2.json").label == "botocore 1.26.9"


def test_a_file_of_unknown_release_is_labelled_by_its_path(tmp_path):
    file = tmp_path / "mine.json"
    file.write_bytes(MODEL)
    assert load(file).label == str(file)


# --- what is refused, and how it is said ---------------------------------------------------------


def refusal(source: object) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(source)  # type: ignore[arg-type]
    return str(refused.value)


def test_says_which_path_does_not_exist(tmp_path):
    assert f"{tmp_path / 'nowhere'}" in refusal(tmp_path / "nowhere")


def test_says_what_it_looked_for_in_an_archive(tmp_path):
    name = "botocore-1.0.0-py3-none-any.whl"
    text = refusal(wheel(tmp_path / name, **{"botocore/data/ec2/2016-11-15/service-2.json": MODEL}))
    assert name in text
    assert "lightsail/<version>/service-2.json(.gz)" in text


@pytest.mark.parametrize("name", ["notes.txt", "service-2.json.gz", "botocore-1.whl"])
def test_refuses_a_file_that_is_something_else(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x1f\x8b neither JSON nor an archive")
    assert str(tmp_path / name) in refusal(tmp_path / name)


def test_refuses_json_that_is_not_an_object(tmp_path):
    (tmp_path / "service-2.json").write_text("[]")
    assert "is not a service model" in refusal(tmp_path / "service-2.json")


def test_refuses_json_that_is_nested_without_end(tmp_path):
    (tmp_path / "service-2.json").write_text("[" * 200_000)
    assert "cannot read a service model" in refusal(tmp_path / "service-2.json")


def test_refuses_json_of_another_kind(tmp_path):
    (tmp_path / "service-2.json").write_text("{}")
    assert "is not a service model" in refusal(tmp_path / "service-2.json")


def test_refuses_a_model_that_names_a_shape_it_does_not_define():
    document = json.loads(MODEL)
    del document["shapes"]["ContainerServiceScale"]
    with pytest.raises(ConfigurationError, match=r"KeyError\('ContainerServiceScale'\)"):
        parse(document, source="a test")


def test_refuses_a_model_in_an_archive_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(service, "LARGEST", 1000)
    name = "botocore-1.0.0-py3-none-any.whl"
    assert "the content is larger than " in refusal(
        wheel(tmp_path / name, **{IN_PACKAGE: b" " * 1001})
    )


def test_refuses_a_gzipped_model_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(service, "LARGEST", 1000)
    (tmp_path / "service-2.json.gz").write_bytes(gzip.compress(b" " * 1_000_000, mtime=0))
    assert "the content is larger than " in refusal(tmp_path / "service-2.json.gz")
