"""Wheels and sdists that somebody has made to hurt whoever opens them: read in bounds, or refused."""

from __future__ import annotations

import gzip
import json
import struct
import tarfile
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ModelSourceError
from pytest_lightsail.model import sources
from pytest_lightsail.model.sources import read_model
from tests.hostile.originals import MEMBER, SDIST, SMALLEST, WHEEL, sdist, wheel
from tests.support.profiles import examples

OTHER = json.dumps({"metadata": {"other": True}, "operations": {}, "shapes": {}}).encode()
MEGABYTE = 2**20


def header(name: str, kind: bytes, size: int) -> bytes:
    """A header of a tar file that says what no tool would write."""
    info = tarfile.TarInfo(name)
    info.type = kind
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = (
        b"\xff" + size.to_bytes(11, "big", signed=True) if size < 0 else b"%011o\0" % size
    )
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def refusal(path: Path) -> str:
    with pytest.raises(ModelSourceError) as refused:
        read_model(str(path))
    assert str(path) in str(refused.value)
    return str(refused.value)


@pytest.fixture
def packed(tmp_path: Path):
    def put(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return put


both = pytest.mark.parametrize(("name", "pack"), [(WHEEL, wheel), (SDIST, sdist)])


@both
@pytest.mark.parametrize("start", ["../../", "/", "/etc/../", "C:\\", "a/../../"])
def test_a_name_that_leads_elsewhere_leads_nowhere(packed, name, pack, start):
    path = packed(name, pack((start.replace("\\", "/") + MEMBER, SMALLEST)))
    assert read_model(str(path)).content["metadata"] == {}
    assert [each.name for each in path.parent.iterdir()] == [name]


@both
def test_of_two_members_of_one_name_one_is_read(packed, name, pack):
    path = packed(name, pack((MEMBER, SMALLEST), (MEMBER, OTHER)))
    assert read_model(str(path)).content["metadata"] == {}


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
@pytest.mark.parametrize("target", [MEMBER, "../../../etc/passwd", "/etc/passwd"])
def test_a_link_is_not_followed(packed, kind, target):
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.size = kind, target, 0

    assert "no service model" in refusal(packed(SDIST, sdist((MEMBER, b""), change=change)))


@both
@pytest.mark.parametrize("times", [2, 3])
def test_a_model_is_unpacked_once(packed, name, pack, times):
    data = SMALLEST
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    assert "cannot read" in refusal(packed(name, pack((f"{MEMBER}.gz", data))))


@both
def test_a_bomb_is_refused_within_the_largest_size_of_a_model(packed, monkeypatch, name, pack):
    monkeypatch.setattr(sources, "LARGEST_MODEL", MEGABYTE)
    bomb = gzip.compress(bytes(64 * MEGABYTE), mtime=0)
    for member, data in ((f"{MEMBER}.gz", bomb), (MEMBER, bytes(16 * MEGABYTE))):
        path = packed(name, pack((member, data)))
        tracemalloc.start()
        try:
            said = refusal(path)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert "larger than any service model" in said
        assert most < 8 * MEGABYTE


@both
def test_an_archive_of_many_members_is_refused(packed, monkeypatch, name, pack):
    monkeypatch.setattr(sources, "MOST_MEMBERS", 100)
    path = packed(name, pack(*((f"{number}", b"") for number in range(102)), (MEMBER, SMALLEST)))
    assert "more than the 100 members" in refusal(path)


def test_a_wheel_that_is_too_large_is_not_opened(packed, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST_WHEEL", 10)
    assert "larger than any wheel" in refusal(packed(WHEEL, wheel((MEMBER, SMALLEST))))


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
@pytest.mark.parametrize("size", [-512, -1, 40 * MEGABYTE, 8**11 - 1])
def test_a_header_of_an_impossible_size_is_refused(packed, kind, size):
    path = packed(SDIST, gzip.compress(header("x", kind, size) + bytes(40 * MEGABYTE), mtime=0))
    tracemalloc.start()
    try:
        assert "header" in refusal(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * MEGABYTE


@pytest.mark.parametrize("size", [-1024, -512, 8**11 - 1])
def test_a_member_of_an_impossible_size_ends(packed, size):
    refusal(packed(SDIST, gzip.compress(header("x", tarfile.REGTYPE, size) * 3, mtime=0)))


def test_a_sparse_member_is_no_model(packed):
    holes = header(MEMBER, tarfile.GNUTYPE_SPARSE, 512) + bytes(1024)
    refusal(packed(SDIST, gzip.compress(holes, mtime=0)))


def test_an_encrypted_member_is_refused(packed):
    data = bytearray(wheel((MEMBER, SMALLEST)))
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    assert "encrypted" in refusal(packed(WHEEL, bytes(data)))


@pytest.mark.parametrize("method", [1, 12, 14, 97])
def test_another_compression_than_that_of_wheels_is_refused(packed, method):
    data = bytearray(wheel((MEMBER, SMALLEST)))
    data[data.index(b"PK\x01\x02") + 10] = method
    assert "not compressed as wheels are" in refusal(packed(WHEEL, bytes(data)))


@pytest.mark.parametrize("claimed", [1, 10**6, 2**32 - 2])
def test_a_wrong_size_in_the_directory_of_a_wheel_is_refused(packed, claimed):
    data = bytearray(wheel((MEMBER, SMALLEST)))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, claimed)
    if claimed == 1:
        refusal(packed(WHEEL, bytes(data)))
    else:  # what is there is all that is there
        assert read_model(str(packed(WHEEL, bytes(data)))).content["shapes"] == {}


@both
def test_a_truncated_archive_is_refused(packed, name, pack):
    whole = pack((MEMBER, SMALLEST))
    for length in range(0, len(whole), 7):
        refusal(packed(name, whole[:length]))


@both
def test_a_name_of_many_digits_takes_no_time(packed, name, pack):
    folder = f"botocore-1.{'1' * 12_000}_"
    label = read_model(str(packed(f"x{name}", pack((f"{folder}/{MEMBER}", SMALLEST))))).label
    assert len(label) < 1000


@settings(examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@both
def test_a_damaged_archive_is_read_or_refused(packed, name, pack, data):
    whole = bytearray(pack(("setup.py", b"#"), (MEMBER, SMALLEST)))
    if pack is sdist and data.draw(st.booleans(), label="damage what is packed"):
        unpacked = bytearray(gzip.decompress(whole))
        damage(data, unpacked, 3 * 1024)
        whole = bytearray(gzip.compress(unpacked, mtime=0))
    else:
        damage(data, whole, len(whole))
    with suppress(ModelSourceError):
        read_model(str(packed(name, bytes(whole))))


def damage(data: st.DataObject, content: bytearray, size: int) -> None:
    for _ in range(data.draw(st.integers(1, 4), label="places")):
        at = data.draw(st.integers(0, size - 1), label="at")
        new = data.draw(st.binary(min_size=1, max_size=8), label="new")
        content[at : at + len(new)] = new
