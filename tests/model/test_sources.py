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
from pytest_lightsail.model.service import ServiceModel, load

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


# --- sources -------------------------------------------------------------------------------------


def test_load_reads_the_installed_botocore():
    assert is_lightsail(load("installed"))
    assert load("installed").label == f"botocore {botocore.__version__}"


def test_load_reads_a_wheel(tmp_path):
    model = load(wheel(tmp_path / "botocore-1.26.9-py3-none-any.whl", **{IN_PACKAGE: MODEL}))
    assert is_lightsail(model)
    assert model.label == "botocore 1.26.9"


def test_load_reads_the_gzipped_model_of_a_newer_wheel(tmp_path):
    packed = {f"{IN_PACKAGE}.gz": gzip.compress(MODEL)}
    assert is_lightsail(load(wheel(tmp_path / "botocore-1.44.5-py3-none-any.whl", **packed)))


def test_load_uses_the_newest_api_version_in_an_archive(tmp_path):
    name = "botocore-9.9.9-py3-none-any.whl"
    members = {
        f"botocore/data/lightsail/{version}/service-2.json": version_of_api(version)
        for version in ("2016-11-28", "2031-01-01", "2020-02-02")
    }
    assert load(wheel(tmp_path / name, **members)).metadata["apiVersion"] == "2031-01-01"


def test_load_prefers_the_model_nearest_to_the_top_of_an_archive(tmp_path):
    name = "botocore-9.9.9-py3-none-any.whl"
    members = {f"botocore/vendored/{IN_PACKAGE}": b"{}", IN_PACKAGE: MODEL}
    assert is_lightsail(load(wheel(tmp_path / name, **members)))


# --- labels --------------------------------------------------------------------------------------


def test_a_file_is_labelled_with_the_release_in_the_name_of_its_folder():
    assert load(DATA).label == "botocore 1.26.9"


def test_a_renamed_wheel_is_labelled_with_its_path(tmp_path):
    path = wheel(tmp_path / "new.whl", **{IN_PACKAGE: MODEL})
    assert load(path).label == str(path)


def test_a_file_is_labelled_with_the_release_of_the_innermost_folder(tmp_path):
    folder = tmp_path / "since-botocore-1.26.8" / "botocore-1.26.9"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_bytes(MODEL)
    assert load(folder / "service-2.json").label == "botocore 1.26.9"


def test_a_file_of_an_unknown_release_is_labelled_with_its_path(tmp_path):
    file = tmp_path / "mine.json"
    file.write_bytes(MODEL)
    assert load(file).label == str(file)


# --- refused sources, and the errors -------------------------------------------------------------


def refusal(source: object) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(source)  # type: ignore[arg-type]
    return str(refused.value)


def test_the_error_names_the_file_that_is_missing_in_an_archive(tmp_path):
    name = "botocore-1.0.0-py3-none-any.whl"
    text = refusal(wheel(tmp_path / name, **{"botocore/data/ec2/2016-11-15/service-2.json": MODEL}))
    assert name in text
    assert "lightsail/<version>/service-2.json(.gz)" in text


@pytest.mark.parametrize("name", ["notes.txt", "service-2.json.gz", "botocore-1.whl"])
def test_a_file_that_is_neither_json_nor_an_archive_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x1f\x8b neither JSON nor an archive")
    assert str(tmp_path / name) in refusal(tmp_path / name)


def test_deeply_nested_json_is_refused(tmp_path):
    (tmp_path / "service-2.json").write_text("[" * 200_000)
    assert "cannot read a service model" in refusal(tmp_path / "service-2.json")


def test_an_empty_json_object_is_refused(tmp_path):
    (tmp_path / "service-2.json").write_text("{}")
    assert "is not a service model" in refusal(tmp_path / "service-2.json")


def test_a_model_in_an_archive_is_refused_if_it_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(service, "LARGEST", 1000)
    name = "botocore-1.0.0-py3-none-any.whl"
    assert "the content is larger than " in refusal(
        wheel(tmp_path / name, **{IN_PACKAGE: b" " * 1001})
    )


def test_a_gzipped_model_is_refused_if_it_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(service, "LARGEST", 1000)
    (tmp_path / "service-2.json.gz").write_bytes(gzip.compress(b" " * 1_000_000, mtime=0))
    assert "the content is larger than " in refusal(tmp_path / "service-2.json.gz")
