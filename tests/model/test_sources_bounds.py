"""What a service model is read from is bounded, and what is damaged is refused or passed over."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from pathlib import Path

import pytest

from pytest_lightsail.exceptions import ModelSourceError
from pytest_lightsail.model.service import load
from pytest_lightsail.model.sources import LARGEST_WHEEL
from pytest_lightsail.model.unpacked import LARGEST_HEADER, Unpacked

DATA = Path(__file__).parents[1] / "data" / "botocore-1.26.9" / "service-2.json.gz"
IN_PACKAGE = "botocore/data/lightsail/2016-11-28/service-2.json.gz"


def refusal(path: Path) -> str:
    with pytest.raises(ModelSourceError) as refused:
        load(path)
    return str(refused.value)


def wheel(path: Path, member: str, *, before: int = 0) -> Path:
    """A wheel with so many bytes before it, as those that unpack themselves have."""
    with path.open("wb") as file:
        file.truncate(before)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, DATA.read_bytes())
    return path


def packed(path: Path, size: int) -> Path:
    path.write_bytes(gzip.compress(bytes(size)))
    return path


def test_a_wheel_has_sixty_four_mebibytes_at_most(tmp_path: Path) -> None:
    assert LARGEST_WHEEL == 64 * 2**20
    name = "botocore-1.0.0-py3-none-any.whl"
    before = LARGEST_WHEEL - wheel(tmp_path / name, IN_PACKAGE).stat().st_size
    largest = wheel(tmp_path / name, IN_PACKAGE, before=before)
    assert largest.stat().st_size == LARGEST_WHEEL
    assert load(largest).label == "botocore 1.0.0"
    larger = wheel(tmp_path / f"larger-{name}", IN_PACKAGE, before=before + 1)
    assert f"larger than any wheel of botocore: over {LARGEST_WHEEL} bytes" in refusal(larger)


def test_of_a_name_in_an_archive_as_much_counts_as_names_of_files_have(tmp_path: Path) -> None:
    release = f"1.{'2' * 300}"
    path = wheel(tmp_path / "new.whl", f"botocore-{release}/{IN_PACKAGE}")
    assert load(path).label == f"botocore {release}"[:255]


@pytest.mark.parametrize("size", [-1, -512])
def test_a_member_of_an_sdist_with_less_than_nothing_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "botocore-1.0.0.tar.gz"
    member = tarfile.TarInfo("botocore/__init__.py")
    member.size = size
    path.write_bytes(gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(1024)))
    assert "cannot read a service model" in refusal(path)


@pytest.mark.parametrize("source", [b"__version__ = '2.0'  # \xe9\n", b"version = 2\n"])
def test_a_package_whose_version_cannot_be_read_is_labelled_by_its_folder(
    tmp_path: Path, source: bytes
) -> None:
    file = tmp_path / "botocore-1.26.9" / IN_PACKAGE
    file.parent.mkdir(parents=True)
    file.write_bytes(DATA.read_bytes())
    (tmp_path / "botocore-1.26.9" / "botocore" / "__init__.py").write_bytes(source)
    assert load(tmp_path).label == "botocore 1.26.9"


def test_as_much_as_a_header_has_is_unpacked_at_once(tmp_path: Path) -> None:
    with Unpacked(packed(tmp_path / "a.gz", LARGEST_HEADER + 1), 2**20) as unpacked:
        assert unpacked.read(0) == b""
        assert unpacked.read(LARGEST_HEADER) == bytes(LARGEST_HEADER)
        for size in (LARGEST_HEADER + 1, -1, None):
            with pytest.raises(ModelSourceError, match=f"it asks for {size} bytes"):
                unpacked.read(size)
        with pytest.raises(ModelSourceError, match="it asks for -1 bytes"):
            unpacked.read()


def test_no_more_is_unpacked_than_is_looked_through(tmp_path: Path) -> None:
    with Unpacked(packed(tmp_path / "a.gz", 200), 100) as unpacked:
        assert unpacked.seek(100) == 100
        with pytest.raises(ModelSourceError, match="more than the 100 bytes"):
            unpacked.seek(101)
