"""Wheels of botocore that contain only a service model."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"


def botocore_wheel(version: str, folder: Path, model: bytes | None = None) -> Path:
    """Write the wheel of a release. By default, it contains the model in ``tests/data``."""
    if model is None:
        model = gzip.decompress((_DATA / f"botocore-{version}" / "service-2.json.gz").read_bytes())
    path = folder / f"botocore-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("botocore/data/lightsail/2016-11-28/service-2.json", model)
    return path
