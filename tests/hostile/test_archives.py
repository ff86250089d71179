"""Hostile wheels are read within limits, or refused."""

from __future__ import annotations

import gzip
import json
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_lightsail.exceptions import ConfigurationError
from pytest_lightsail.model import service
from pytest_lightsail.model.service import load, read_model
from tests.hostile.originals import MEMBER, SMALLEST, WHEEL, wheel
from tests.support.profiles import examples

OTHER = json.dumps({"metadata": {"other": True}, "operations": {}, "shapes": {}}).encode()
MEGABYTE = 2**20


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_model(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


@pytest.fixture
def packed(tmp_path: Path):
    def put(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return put


def test_the_last_of_two_members_with_the_same_name_is_read(packed):
    path = packed(WHEEL, wheel((MEMBER, SMALLEST), (MEMBER, OTHER)))
    assert read_model(path)["metadata"] == {"other": True}


@pytest.mark.parametrize("times", [2, 3])
def test_a_model_that_is_gzipped_more_than_once_is_refused(packed, times):
    data = SMALLEST
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    assert "cannot read" in refusal(packed(WHEEL, wheel((f"{MEMBER}.gz", data))))


def test_an_archive_bomb_is_refused_without_using_much_memory(packed, monkeypatch):
    monkeypatch.setattr(service, "LARGEST", MEGABYTE)
    bomb = gzip.compress(bytes(64 * MEGABYTE), mtime=0)
    for member, data in ((f"{MEMBER}.gz", bomb), (MEMBER, bytes(16 * MEGABYTE))):
        path = packed(WHEEL, wheel((member, data)))
        tracemalloc.start()
        try:
            message = refusal(path)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert "the content is larger than " in message
        assert most < 8 * MEGABYTE


def test_an_encrypted_member_is_refused(packed):
    data = bytearray(wheel((MEMBER, SMALLEST)))
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    assert "encrypted" in refusal(packed(WHEEL, bytes(data)))


@pytest.mark.parametrize("method", [1, 12, 14, 97])
def test_an_unsupported_compression_method_is_refused(packed, method):
    data = bytearray(wheel((MEMBER, SMALLEST)))
    data[data.index(b"PK\x01\x02") + 10] = method
    assert "uses an unsupported compression method" in refusal(packed(WHEEL, bytes(data)))


def with_declared_size(size: int) -> bytes:
    """Return a wheel whose directory declares another size for its member."""
    data = bytearray(wheel((MEMBER, SMALLEST)))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, size)
    return bytes(data)


def test_a_member_larger_than_its_declared_size_is_refused(packed):
    refusal(packed(WHEEL, with_declared_size(1)))


@pytest.mark.parametrize("size", [10**6, 2**32 - 2])
def test_a_member_smaller_than_its_declared_size_is_read(packed, size):
    assert read_model(packed(WHEEL, with_declared_size(size)))["shapes"] == {}


def test_a_truncated_archive_is_refused(packed):
    whole = wheel((MEMBER, SMALLEST))
    for length in range(0, len(whole), 7):
        refusal(packed(WHEEL, whole[:length]))


def test_a_name_with_thousands_of_digits_does_not_slow_down_reading(packed):
    folder = f"botocore-1.{'1' * 12_000}_"
    refusal(packed(WHEEL, wheel((f"{folder}/{MEMBER}", SMALLEST))))
    with pytest.raises(ConfigurationError, match="not of lightsail"):
        load(packed(f"{folder[:200]}.whl", wheel((MEMBER, SMALLEST))))


@settings(examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_archive_is_read_or_refused(packed, data):
    whole = bytearray(wheel(("setup.py", b"#"), (MEMBER, SMALLEST)))
    damage(data, whole, len(whole))
    with suppress(ConfigurationError):
        read_model(packed(WHEEL, bytes(whole)))


def damage(data: st.DataObject, content: bytearray, size: int) -> None:
    for _ in range(data.draw(st.integers(1, 4), label="places")):
        at = data.draw(st.integers(0, size - 1), label="at")
        new = data.draw(st.binary(min_size=1, max_size=8), label="new")
        content[at : at + len(new)] = new
